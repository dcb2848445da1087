// Three simulated cars in a real Home Assistant, with a page of its user's browser.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { ROOT, control, part as partOf, start, truth } from "./home.mjs";

export const BLUE = "Blauer Blitz";
export const FAMILY = "Familienkutsche";
export const NISSAN = "Anna's Nissan";
export const CARS = [BLUE, FAMILY, NISSAN];

// At this speed no car drives off by itself before it is held.
export const SLOW = ["--speed", "2"];

const COMMON = JSON.parse(readFileSync(join(ROOT, "custom_components/smartcar/translations/en.json"), "utf8")).common;

/** An English text of the cards. */
export const say = (key, values = {}) => COMMON[key].replaceAll(/\{(\w+)\}/g, (_, name) => values[name]);

/** A Home Assistant, its browser and its page; filled when the tests begin. */
export const stage = {};

/** Log in on the page, where the dashboard of the cars comes first. */
export const logIn = async (page, address) => {
  await page.goto(address);
  await page.getByRole("textbox", { name: /Username/ }).fill("demo");
  await page.getByRole("textbox", { name: /Password/ }).fill("demo");
  await page.getByRole("button", { name: "Log in", exact: true }).click();
  await page.waitForURL(/demo-cars/);
};

/** Let the cars stand still: one would drive off in the middle of a test. */
export const hold = async (demo) => {
  const { cars } = await truth(demo);
  await control(demo, "application", { store_delay: 1 });
  for (const id of Object.keys(cars)) await control(demo, `cars/${id}`, { action: "hold" });
  return Object.fromEntries(Object.entries(cars).map(([id, { nickname }]) => [nickname, id]));
};

/** Start everything before the tests of a file, and end it after them. */
export const useStage = () => {
  before(async () => {
    Object.assign(stage, await start(SLOW, /Log in/));
    stage.cars = await hold(stage.demo);
    await logIn(stage.page, stage.demo.address);
  });
  after(async () => {
    await stage.browser?.close();
    await stage.demo?.stop();
  });
};

/** Test a part of what a user does. */
export const part = (name, run) => partOf(name, () => stage, run);

/** Test, after all others of a file, that no page has complained. */
export const quiet = () => test("no page has complained", () => assert.deepEqual(stage.complaints, []));

/** Do something at a car, as a person who stands beside it. */
export const atCar = (name, action, more) => control(stage.demo, `cars/${stage.cars[name]}`, { action, ...more });

export const go = (path) => stage.page.goto(`${stage.demo.address}/${path}`);
export const press = (name, within = stage.page) => within.getByRole("button", { name, exact: true }).click();
export const card = (within = stage.page) => within.locator("smartcar-card");
export const diary = (within = stage.page) => within.locator("smartcar-diary-card");
export const cardOf = (name) =>
  card().filter({ has: stage.page.getByRole("heading", { name, exact: true }) });

/** Wait until a part of the picture has a state. */
export const picture = (id, state, within = card()) =>
  within.locator(`#${id}[data-state=${state}]`).waitFor({ state: "attached" });

/** Ask Home Assistant as its own pages do. */
export const ask = (message) =>
  stage.page.evaluate(async (sent) => {
    const { conn } = await window.hassConnection;
    // Home Assistant's errors are plain objects.
    return conn.sendMessagePromise(sent).catch(({ code, message }) => Promise.reject(new Error(`${code}: ${message}`)));
  }, message);

export const deviceOf = async (name) => {
  const devices = await ask({ type: "config/device_registry/list" });
  return devices.find(({ identifiers }) => identifiers.some(([domain, id]) => domain === "smartcar" && id === stage.cars[name]));
};

/** The registry's entry of an entity, found by what it is and not by its id. */
export const entityOf = async (name, domain, key) => {
  const { id } = await deviceOf(name);
  const entries = await ask({ type: "config/entity_registry/list" });
  return entries.find((one) => one.device_id === id && one.translation_key === key && one.entity_id.startsWith(`${domain}.`));
};

/** Make a dashboard of these cards, and open it. */
export const dashboard = async (path, ...cards) => {
  await ask({ type: "lovelace/dashboards/create", url_path: path, title: path, mode: "storage" });
  await ask({ type: "lovelace/config/save", url_path: path, config: { views: [{ cards }] } });
  await go(path);
};

/** What stands in a dashboard now. */
export const saved = async (path) => ask({ type: "lovelace/config", url_path: path });
