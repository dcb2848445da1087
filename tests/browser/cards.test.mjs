// The cards in a real Home Assistant: what a car does is seen, what is pressed is done.

import assert from "node:assert/strict";

import {
  BLUE, CARS, FAMILY, NISSAN,
  ask, atCar, card, cardOf, dashboard, deviceOf, diary, entityOf, go, part, picture, press, quiet, say, stage, useStage,
} from "./stage.mjs";

useStage();

const carCard = async (name, more) => ({ type: "custom:smartcar-card", device_id: (await deviceOf(name)).id, ...more });
const carView = (name) => go(`demo-cars/${stage.cars[name]}`);
const sentence = (key) => card().locator("#sentence-text").getByText(say(key), { exact: true }).waitFor();

part("the overview has a card of each car", async () => {
  await go("demo-cars/cars");
  for (const name of CARS) await cardOf(name).waitFor();
  assert.equal(await card().count(), CARS.length);
});

part("a car's view has its card, its controls and its diary", async () => {
  await carView(BLUE);
  await picture("door_front_left", "closed");
  await picture("lock", "locked");
  await sentence("card_closed_locked");
  for (const key of ["strategy_controls", "diary_card_title"]) {
    await stage.page.getByRole("heading", { name: say(key) }).first().waitFor();
  }
  await diary().locator("#entries li").first().waitFor();
});

part("the diary has two trips and a charge, and takes a correction", async () => {
  await carView(BLUE);
  const entries = diary().locator("#entries li");
  const months = diary().locator(".month");
  await months.first().waitFor();
  const filled = await months.evaluateAll((nodes) => nodes.flatMap(({ title }, at) => (/: 0 /.test(title) ? [] : [at])));
  const charged = say("diary_card_charge_energy", { energy: "20 kWh" });
  const drove = say("diary_card_drive", { distance: "" }).trim();
  // What was yesterday may have been last month, or in both.
  const drives = new Set();
  for (let turn = 0; drives.size < 2 || !(await entries.filter({ hasText: charged }).count()); turn += 1) {
    await months.nth(filled[turn % filled.length]).click();
    await entries.first().waitFor();
    for (const drive of await entries.filter({ hasText: drove }).allInnerTexts()) drives.add(drive);
  }
  const charge = entries.filter({ hasText: charged });
  await charge.getByRole("button").first().click();
  await charge.getByRole("spinbutton", { name: say("diary_card_energy") }).fill("21.5");
  await press(say("diary_card_save"), charge);
  const corrected = entries.filter({ hasText: say("diary_card_charge_energy", { energy: "21.5 kWh" }) });
  await corrected.getByRole("button").first().click();
  await corrected.getByText(say("diary_card_corrected")).waitFor();
});

part("a door that is opened is seen and named, and is seen closed again", async () => {
  await carView(BLUE);
  await picture("door_front_left", "closed");
  await atCar(BLUE, "open_door");
  await card().locator("#door_front_left[data-open]").waitFor({ state: "attached" });
  const name = await card().locator("#door_front_left").getAttribute("aria-label");
  await card().locator("#exceptions").getByText(say("card_open", { part: name.split(":")[0] })).waitFor();
  await atCar(BLUE, "close_door");
  await picture("door_front_left", "closed");
  await sentence("card_closed_locked");
});

part("a part of the picture opens its dialog, by mouse and by key, and has the focus after it", async () => {
  const { page } = stage;
  await carView(BLUE);
  await picture("door_front_left", "closed");
  const { entity_id: lock } = await entityOf(BLUE, "lock", "lock");
  const dialog = page.locator("ha-more-info-dialog").getByRole("button", { name: "Close" });
  const open = [
    () => card().locator("#lock").click(),
    () => card().locator("#lock").press("Enter"),
  ];
  for (const act of open) {
    await act();
    await dialog.first().waitFor();
    await page.waitForURL((url) => url.searchParams.get("more-info-entity-id") === lock);
    await page.keyboard.press("Escape");
    await page.waitForURL((url) => !url.searchParams.has("more-info-entity-id"));
    await page.waitForFunction((node) => node.getRootNode().activeElement === node, await card().locator("#lock").elementHandle());
  }
});

part("the car is unlocked after a question, and locked without one", async () => {
  await carView(BLUE);
  await picture("lock", "locked");
  await press(say("card_unlock"), card());
  await card().getByText(say("card_ask_unlock", { car: BLUE })).waitFor();
  await press(say("card_cancel"), card());
  await card().locator("#confirm").waitFor({ state: "hidden" });
  await press(say("card_unlock"), card());
  await press(say("card_unlock"), card().locator("#confirm"));
  await picture("lock", "unlocked");
  await sentence("card_closed_unlocked");
  await press(say("card_lock"), card());
  await picture("lock", "locked");
  await sentence("card_closed_locked");
});

part("of two cars each card shows its own", async () => {
  await dashboard("two-cars", await carCard(FAMILY), await carCard(NISSAN));
  for (const name of [FAMILY, NISSAN]) await picture("lock", "locked", cardOf(name));
  await atCar(FAMILY, "open_door");
  await cardOf(FAMILY).locator("#door_front_left[data-open]").waitFor({ state: "attached" });
  await picture("door_front_left", "closed", cardOf(NISSAN));
  await atCar(FAMILY, "close_door");
  await picture("door_front_left", "closed", cardOf(FAMILY));
});

part("other ids and names of entities and of the car are followed without a reload", async () => {
  await dashboard("renamed-car", await carCard(BLUE));
  await picture("lock", "locked");
  await stage.page.evaluate(() => (window.isStillThisPage = true));
  const { entity_id: lock } = await entityOf(BLUE, "lock", "lock");
  const { entity_id: door } = await entityOf(BLUE, "binary_sensor", "door_front_left");
  const { id } = await deviceOf(BLUE);
  await ask({ type: "config/device_registry/update", device_id: id, name_by_user: "Company car" });
  await cardOf("Company car").waitFor();
  await ask({ type: "config/entity_registry/update", entity_id: lock, new_entity_id: "lock.another_id" });
  await ask({ type: "config/entity_registry/update", entity_id: door, name: "Driver's door" });
  await card().locator("#door_front_left[aria-label^=\"Driver's door: \"]").waitFor({ state: "attached" });
  await press(say("card_unlock"), card());
  await press(say("card_unlock"), card().locator("#confirm"));
  await picture("lock", "unlocked");
  await press(say("card_lock"), card());
  await picture("lock", "locked");
  await ask({ type: "config/entity_registry/update", entity_id: "lock.another_id", new_entity_id: lock });
  await ask({ type: "config/entity_registry/update", entity_id: door, name: null });
  await ask({ type: "config/device_registry/update", device_id: id, name_by_user: null });
  await cardOf(BLUE).waitFor();
  assert.equal(await stage.page.evaluate(() => window.isStillThisPage), true);
});

part("a name is shown as it is written, and never as markup", async () => {
  const name = "<img src=x onerror=alert(1)>";
  const { id } = await deviceOf(BLUE);
  let alerts = 0;
  const count = (dialog) => {
    alerts += 1;
    return dialog.dismiss();
  };
  stage.page.on("dialog", count);
  await ask({ type: "config/device_registry/update", device_id: id, name_by_user: name });
  await carView(BLUE);
  await cardOf(name).waitFor();
  await diary().locator("#car").getByText(name, { exact: true }).waitFor();
  await press(say("card_unlock"), card());
  await card().getByText(say("card_ask_unlock", { car: name })).waitFor();
  await press(say("card_cancel"), card());
  // The strategy's views, in the bar of the dashboard.
  await stage.page.getByRole("tab", { name }).waitFor();
  for (const one of [card(), diary()]) assert.equal(await one.locator("img").count(), 0);
  await ask({ type: "config/device_registry/update", device_id: id, name_by_user: null });
  await cardOf(BLUE).waitFor();
  stage.page.off("dialog", count);
  assert.equal(alerts, 0);
});

part("an entity that its owner disables leaves the picture without an error", async () => {
  await dashboard("missing-part", await carCard(NISSAN));
  await picture("door_front_left", "closed");
  const { entity_id: door } = await entityOf(NISSAN, "binary_sensor", "door_front_left");
  await ask({ type: "config/entity_registry/update", entity_id: door, disabled_by: "user" });
  await picture("door_front_left", "absent");
  await picture("door_front_right", "closed");
  assert.equal(await card().locator("#note").isVisible(), false);
  assert.equal(await card().locator("#door_front_left").getAttribute("role"), null);
});

part("an account that is disabled leaves a sentence, and comes back by itself", async () => {
  const { primary_config_entry: entry } = await deviceOf(BLUE);
  await dashboard("one-card", await carCard(BLUE));
  await picture("door_front_left", "closed");
  await ask({ type: "config_entries/disable", entry_id: entry, disabled_by: "user" });
  await card().locator("#note-text").getByText(say("card_disabled", { car: BLUE })).waitFor();
  await card().locator("#picture").waitFor({ state: "hidden" });
  await ask({ type: "config_entries/disable", entry_id: entry, disabled_by: null });
  await card().locator("#note").waitFor({ state: "hidden" });
  await picture("door_front_left", "closed");
});

quiet();
