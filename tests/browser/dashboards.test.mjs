// How a user comes by the cards: lists, suggestions and forms of Home Assistant's editors.

import assert from "node:assert/strict";

import { BLUE, CARS, ask, card, dashboard, deviceOf, diary, go, part, press, quiet, saved, say, stage, useStage } from "./stage.mjs";

useStage();

const shown = (text) => stage.page.getByText(text, { exact: true }).first().waitFor();

/** Open the list of cards in a dashboard that is empty yet. */
const pick = async (path) => {
  await dashboard(path);
  await press("Edit dashboard");
  await press("Add card");
  await shown("Add to dashboard");
};

/** The cards that a dashboard has, as they are saved. */
const cardsOf = async (path) => (await saved(path)).views[0].cards;

part("the dashboard of the cars is among the community dashboards", async () => {
  const { page } = stage;
  await go("config/lovelace/dashboards");
  await press("Add dashboard");
  await shown("Community dashboards");
  await page.getByText(say("strategy_description")).click();
  assert.equal(await page.getByRole("textbox", { name: "Title*" }).inputValue(), say("strategy_title"));
  await press("Create");
  await page.getByRole("textbox", { name: "URL*" }).waitFor({ state: "detached" });
  await go("dashboard-cars/cars");
  await card().nth(CARS.length - 1).waitFor();
});

part("the list of cards has both, drawn with a car", async () => {
  const { page } = stage;
  await pick("the-list");
  await page.getByRole("tab", { name: "By card" }).click();
  await page.getByPlaceholder("Search cards").fill(say("diary_card_title"));
  await diary().locator("#title").getByText(say("diary_card_title")).waitFor();
  await page.getByPlaceholder("Search cards").fill(say("card_name"));
  await card().locator("#lock[data-state=locked]").waitFor({ state: "attached" });
});

part("a car's entity brings its card, with that car", async () => {
  const { page } = stage;
  await pick("by-entity");
  await page.getByPlaceholder("Search entities").fill(`${BLUE} Lock`);
  await page.getByText("Lock", { exact: true }).first().click();
  await shown("Community");
  await card().getByRole("heading", { name: BLUE }).waitFor();
  await page.getByRole("button").filter({ has: card() }).first().click({ position: { x: 20, y: 10 } });
  await press("Edit");
  const { id } = await deviceOf(BLUE);
  assert.deepEqual(await cardsOf("by-entity"), [{ type: "custom:smartcar-card", device_id: id }]);
});

part("the form of a card changes it, and saves only what was changed", async () => {
  const { page } = stage;
  const { id } = await deviceOf(BLUE);
  await dashboard("the-form", { type: "custom:smartcar-card", device_id: id });
  await press("Edit dashboard");
  await press("Edit");
  // In the dialog stands a second card, as it will be.
  const preview = card().last();
  await card().nth(1).waitFor();
  await page.getByRole("textbox", { name: say("card_form_name") }).fill("Company car");
  await preview.getByRole("heading", { name: "Company car" }).waitFor();
  await preview.locator("#controls").waitFor();
  await page.getByRole("switch").press("Space");
  await preview.locator("#controls").waitFor({ state: "hidden" });
  await press("Save");
  await page.getByRole("textbox", { name: say("card_form_name") }).waitFor({ state: "detached" });
  await press("Done");
  await card().getByRole("heading", { name: "Company car" }).waitFor();
  assert.deepEqual(await cardsOf("the-form"), [
    { type: "custom:smartcar-card", device_id: id, name: "Company car", controls: false },
  ]);
});

part("a section by strategy has the card of its car, and what it can be told", async () => {
  const { id } = await deviceOf(BLUE);
  const strategy = { type: "custom:smartcar-vehicle", device_id: id };
  await ask({ type: "lovelace/dashboards/create", url_path: "a-section", title: "a-section", mode: "storage" });
  await ask({ type: "lovelace/config/save", url_path: "a-section", config: { views: [{ type: "sections", sections: [{ strategy }] }] } });
  await go("a-section");
  await card().getByRole("heading", { name: BLUE }).waitFor();
  await stage.page.locator("hui-tile-card").getByText("Lock", { exact: true }).waitFor();
});

part("the card is there although the app starts late", async () => {
  const { page } = stage;
  const late = /\/frontend_(latest|es5)\/app\.[^/]*js$/;
  let waited = 0;
  await page.route(late, async (route) => {
    // The registry of elements is the browser's own until the app has started.
    await new Promise((done) => setTimeout(done, 3_000));
    waited += 1;
    await route.continue();
  });
  await go("demo-cars/cars");
  await card().nth(CARS.length - 1).waitFor();
  await page.unroute(late);
  assert.ok(waited > 0);
});

quiet();
