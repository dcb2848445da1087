// The cards and the dashboard by strategy, in a real Home Assistant with three simulated cars.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { control, part as partOf, startBrowser, startDemo, truth } from "./home.mjs";

const BLUE = "Blauer Blitz";
// A delivery comes some ten seconds after a change, on a busy machine later.
const PUSHED = 120_000;
const CARS = [BLUE, "Familienkutsche", "Anna's Nissan"];

let demo;
let browser;
let complaints;
let said;
let page;
let cars;

before(async () => {
  [demo, { browser, complaints, said, page }] = await Promise.all([
    startDemo([], /Log in/),
    startBrowser().then(async (started) => ({ ...started, page: await started.context.newPage() })),
  ]);
  cars = Object.fromEntries(Object.entries((await truth(demo)).cars).map(([id, { nickname }]) => [nickname, id]));
  // A car that lives on its own would drive off in the middle of a test.
  for (const id of Object.values(cars)) await control(demo, `cars/${id}`, { action: "hold" });
  await page.goto(demo.address);
  await page.getByRole("textbox", { name: /Username/ }).fill("demo");
  await page.getByRole("textbox", { name: /Password/ }).fill("demo");
  await press("Log in");
  await page.waitForURL(/demo-cars/);
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

const part = (name, run) => partOf(name, () => ({ page, said, demo }), run);

const press = (name, within = page) => within.getByRole("button", { name, exact: true }).click();

const cardOf = (name) => page.locator("smartcar-card").filter({ has: page.getByRole("heading", { name, exact: true }) });
const card = () => page.locator("smartcar-card");
const diary = () => page.locator("smartcar-diary-card");
const overview = () => page.goto(`${demo.address}/dashboard-cars/cars`);
const carView = (name) => page.goto(`${demo.address}/dashboard-cars/${cars[name]}`);

/** Wait until a part of the picture has a state. */
const picture = (id, state) =>
  card().locator(`#${id}[data-state=${state}]`).waitFor({ state: "attached", timeout: PUSHED });

/** Ask Home Assistant as its own pages do. */
const ask = (message) =>
  page.evaluate(async (sent) => (await window.hassConnection).conn.sendMessagePromise(sent), message);

const deviceOf = async (name) => {
  const devices = await ask({ type: "config/device_registry/list" });
  return devices.find(({ identifiers }) => identifiers.some(([domain, id]) => domain === "smartcar" && id === cars[name]));
};

part("the dashboard of the cars is among the community dashboards", async () => {
  await page.goto(`${demo.address}/config/lovelace/dashboards`);
  await press("Add dashboard");
  await page.getByText("Community dashboards").waitFor();
  await page.getByText("Your cars at a glance.").click();
  assert.equal(await page.getByRole("textbox", { name: "Title*" }).inputValue(), "Cars");
  assert.equal(await page.getByRole("textbox", { name: "URL*" }).inputValue(), "dashboard-cars");
  await press("Create");
  await page.getByRole("textbox", { name: "URL*" }).waitFor({ state: "detached" });
});

part("the overview has a card of each car", async () => {
  await overview();
  for (const name of CARS) await cardOf(name).waitFor();
  assert.equal(await card().count(), CARS.length);
});

part("a car's view has its card, its controls and its diary", async () => {
  await carView(BLUE);
  await picture("door_front_left", "closed");
  await picture("lock", "locked");
  await card().locator("#sentence").getByText("All closed and locked").waitFor();
  for (const title of ["Controls", "Trips and charges"]) {
    await page.getByRole("heading", { name: title }).first().waitFor();
  }
  await diary().locator("#entries li").first().waitFor();
});

part("the diary has two trips and a charge, and takes a correction", async () => {
  const entries = diary().locator("#entries li");
  await entries.filter({ hasText: "Charged" }).first().waitFor();
  assert.ok((await entries.filter({ hasText: "Drove" }).count()) >= 2);
  const charge = entries.filter({ hasText: "Charged 20 kWh" });
  await charge.getByRole("button").first().click();
  await charge.getByRole("spinbutton", { name: "Energy (kWh)" }).fill("21.5");
  await press("Save", charge);
  const corrected = entries.filter({ hasText: "Charged 21.5 kWh" });
  await corrected.getByRole("button").first().click();
  await corrected.getByText("Corrected").waitFor();
});

part("an account that is disabled leaves a sentence, and comes back by itself", async () => {
  const { primary_config_entry: entry } = await deviceOf(BLUE);
  // A dashboard that shows the card whatever the strategy would leave out.
  const { id } = await deviceOf(BLUE);
  await ask({ type: "lovelace/dashboards/create", url_path: "one-card", title: "One", mode: "storage" });
  await ask({
    type: "lovelace/config/save",
    url_path: "one-card",
    config: { views: [{ cards: [{ type: "custom:smartcar-card", device_id: id }] }] },
  });
  await page.goto(`${demo.address}/one-card`);
  await picture("door_front_left", "closed");
  await ask({ type: "config_entries/disable", entry_id: entry, disabled_by: "user" });
  await card().getByText(/^Blauer Blitz is disabled in Home Assistant/).waitFor();
  await card().locator("#picture").waitFor({ state: "hidden" });
  await ask({ type: "config_entries/disable", entry_id: entry, disabled_by: null });
  await card().locator("#note").waitFor({ state: "hidden" });
  await picture("door_front_left", "closed");
});

test("no page has complained", () => assert.deepEqual(complaints, []));
