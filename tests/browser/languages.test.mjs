// The cards in other languages, written from the left and from the right.

import assert from "node:assert/strict";

import { BLUE, ask, atCar, card, deviceOf, diary, go, part, picture, press, quiet, say, stage, useStage } from "./stage.mjs";

useStage();

const carView = () => go(`demo-cars/${stage.cars[BLUE]}`);

/** Let the user choose a language, as the profile does; all formats follow it. */
const choose = (language) => {
  const formats = ["number_format", "time_format", "date_format", "first_weekday"].map((key) => [key, "language"]);
  const value = { language, time_zone: "local", ...Object.fromEntries(formats) };
  return ask({ type: "frontend/set_user_data", key: "language", value });
};

/** Load the view of a car in a language. */
const speak = async (language) => {
  await choose(language);
  await carView();
  await stage.page.locator(`html[lang="${language}"]`).waitFor({ state: "attached" });
  await picture("lock", "locked");
  await diary().locator("#entries li").first().waitFor();
};

/** What a card says, to people who see it and to those who hear it. */
const words = async () => (await Promise.all([card(), diary()].map((one) => one.ariaSnapshot()))).join("\n");

const NO_TEXT = /component\.smartcar|\b(card|diary_card|strategy)_[a-z_]+|\bundefined\b|\bNaN\b|\[object|\{\w+\}/;

part("German: no key is seen, and numbers and days are German", async () => {
  await speak("de");
  const shown = await words();
  assert.doesNotMatch(shown, NO_TEXT);
  assert.match(shown, /\b18\.43\d km/);
  assert.match(shown, /\b(Mo|Di|Mi|Do|Fr|Sa|So)\., \d+\. /);
});

part("German: Home Assistant's own words are German", async () => {
  const label = (id) => card().locator(`#${id}`).getAttribute("aria-label");
  assert.match(await label("lock"), /: Verriegelt$/);
  assert.match(await label("door_front_left"), /: Geschlossen$/);
  await card().locator("#age").getByText(/^(vor \d+ (Sekunden|Minuten?)|jetzt)$/).waitFor();
  await atCar(BLUE, "open_door");
  await card().locator('#door_front_left[aria-label$=": Geöffnet"]').waitFor({ state: "attached" });
  await atCar(BLUE, "close_door");
  await card().locator('#door_front_left[aria-label$=": Geschlossen"]').waitFor({ state: "attached" });
});

part("Hebrew: written from the right, with nothing broken and the car as it is", async () => {
  await speak("he");
  assert.equal(await stage.page.locator("html").getAttribute("dir"), "rtl");
  assert.doesNotMatch(await words(), NO_TEXT);
  const [direction, over, left, right] = await card().evaluate((node) => {
    const root = node.shadowRoot;
    const frame = node.getBoundingClientRect();
    const box = (id) => root.getElementById(id).getBoundingClientRect();
    const over = [...root.querySelectorAll("button, h2, p, li")]
      .filter((one) => one.id !== "said" && one.getClientRects().length)
      .filter((one) => one.getBoundingClientRect().left < frame.left - 0.5 || one.getBoundingClientRect().right > frame.right + 0.5)
      .map((one) => one.id || one.textContent);
    return [getComputedStyle(root.getElementById("card")).direction, over, box("door_front_left").left, box("door_front_right").left];
  });
  assert.equal(direction, "rtl");
  assert.deepEqual(over, []);
  // Its left is its left.
  assert.ok(left < right);
});

part("Hebrew: the car is locked and unlocked", async () => {
  const control = (key) => card().locator(`#controls [data-key=${key}]`);
  await control("unlock").click();
  await card().locator("#question").getByText(BLUE).waitFor();
  await card().locator("#yes").click();
  await picture("lock", "unlocked");
  await control("lock").click();
  await picture("lock", "locked");
});

part("English again, at once and without a reload", async () => {
  await stage.page.evaluate(() => (window.isStillThisPage = true));
  await choose("en");
  await card().locator("#sentence-text").getByText(say("card_closed_locked")).waitFor();
  await press(say("card_unlock"), card());
  await press(say("card_cancel"), card());
  await stage.page.locator('html[dir="ltr"]').waitFor({ state: "attached" });
  await card().locator('#lock[aria-label$=": Locked"]').waitFor({ state: "attached" });
  assert.equal(await stage.page.evaluate(() => window.isStillThisPage), true);
});

/** Let Home Assistant itself speak a language, which names the entities. */
const nameIn = async (language) => {
  await ask({ type: "config/core/update", language });
  await stage.page.evaluate(async () => {
    const { auth, conn } = await window.hassConnection;
    const [{ entry_id }] = await conn.sendMessagePromise({ type: "config_entries/get", domain: "smartcar" });
    const headers = { authorization: `Bearer ${auth.accessToken}` };
    await fetch(`/api/config/config_entries/entry/${entry_id}/reload`, { method: "POST", headers });
  });
};

/** The texts of the entities' lists on a device's page that are longer than their place. */
const cutOff = () =>
  stage.page.evaluate(() => {
    const found = [];
    const look = (node, isListed) => {
      const within = isListed || node.localName === "ha-device-entities-card";
      if (within && node instanceof HTMLElement && getComputedStyle(node).textOverflow === "ellipsis") {
        if (node.scrollWidth > node.clientWidth) found.push(node.textContent.trim());
      }
      for (const child of [...(node.shadowRoot?.children ?? []), ...node.children]) look(child, within);
    };
    look(document.body, false);
    return found;
  });

for (const [language, name] of Object.entries({ de: "Ladelimit", fi: "Latausraja", ja: "充電上限" })) {
  part(`${language}: no name is cut off on a wide device page`, async () => {
    await stage.page.setViewportSize({ width: 1280, height: 900 });
    const { id } = await deviceOf(BLUE);
    await nameIn(language);
    await choose(language);
    await go(`config/devices/device/${id}`);
    await stage.page.locator("ha-device-entities-card").getByText(name, { exact: true }).first().waitFor();
    assert.deepEqual(await cutOff(), []);
  });
}

quiet();
