// The strategies: which views, sections and cards a house gets.

import assert from "node:assert/strict";
import { test } from "node:test";

import { TEXTS } from "./dom.js";
import { ELECTRIC, HYBRID, PETROL } from "./cars.js";
import { House } from "./house.js";

const { CarsDashboard, VehicleSection, VehicleView } = await import("../../custom_components/smartcar/frontend/strategy.js");

const three = () =>
  new House(TEXTS).add("a", "Anton", ELECTRIC).add("b", "Berta", HYBRID).add("c", "Caesar", PETROL);
const views = async (house, config = {}) => (await CarsDashboard.generate(config, house.hass())).views;
const view = (house, config) => VehicleView.generate(config, house.hass());
const cards = ({ sections }) => sections.flatMap((section) => section.cards);
const entities = (generated) => cards(generated).flatMap(({ entity }) => entity ?? []);

test("a house with one car has its view alone", async () => {
  const found = await views(new House(TEXTS).add("car", "Blauer Blitz", ELECTRIC), { days: 30, map: false });
  assert.deepEqual(found, [
    {
      title: "Blauer Blitz",
      icon: "mdi:car",
      show_icon_and_title: true,
      path: "vehicle-car",
      strategy: { type: "custom:smartcar-vehicle", device_id: "car", map: false, days: 30 },
    },
  ]);
});

test("several cars have an overview first, hidden ones left out and the order kept", async () => {
  const house = three();
  assert.deepEqual((await views(house)).map(({ path }) => path), ["cars", "vehicle-a", "vehicle-b", "vehicle-c"]);
  const config = { order: ["c"], hidden: ["a"] };
  const [all, ...each] = await views(house, config);
  assert.deepEqual(each.map(({ title }) => title), ["Caesar", "Berta"]);
  const overview = await view(house, all.strategy);
  const shown = cards(overview).flatMap(({ device_id: id }) => id ?? []);
  assert.deepEqual(shown, ["c", "b"]);
  const { entities: tracked } = cards(overview).find(({ type }) => type === "map");
  assert.deepEqual(tracked, ["device_tracker.c_location", "device_tracker.b_location"]);
  assert.equal(cards(await view(house, { ...all.strategy, map: false })).some(({ type }) => type === "map"), false);
});

test("a view has a tile only for what the car has, and with a feature only if that fits", async () => {
  const parts = { "binary_sensor.locked": "off", "sensor.battery": [50, "%"], "sensor.charge_limit": [80, "%"] };
  const generated = await view(new House(TEXTS).add("car", "Car", parts), { device_id: "car" });
  assert.deepEqual(entities(generated).sort(), ["binary_sensor.car_locked", "sensor.car_battery", "sensor.car_charge_limit"]);
  const features = Object.fromEntries(cards(generated).flatMap(({ entity, features: given }) => (entity ? [[entity, given]] : [])));
  assert.equal(features["binary_sensor.car_locked"], undefined);
  assert.equal(features["sensor.car_charge_limit"], undefined);
  assert.deepEqual(features["sensor.car_battery"], [{ type: "bar-gauge", min: 0, max: 100 }]);
  const full = await view(new House(TEXTS).add("car", "Car", ELECTRIC), { device_id: "car" });
  const lock = cards(full).find(({ entity }) => entity === "lock.car_lock");
  assert.deepEqual(lock.features, [{ type: "lock-commands" }]);
});

test("what its owner has hidden is left out", async () => {
  const house = new House(TEXTS).add("car", "Car", ELECTRIC);
  for (const id of ["lock.car_lock", "device_tracker.car_location"]) {
    assert.ok(id in house.entities);
    house.entities[id].hidden = true;
  }
  const generated = await view(house, { device_id: "car" });
  assert.equal(entities(generated).includes("lock.car_lock"), false);
  assert.equal(cards(generated).some(({ type }) => type === "map"), false);
});

test("what needs attention is shown only while it is so", async () => {
  const house = new House(TEXTS).add("car", "Car", { "binary_sensor.warnings": "off", "sensor.trouble_codes": 0 });
  const [first] = (await view(house, { device_id: "car" })).sections;
  const warnings = { condition: "state", state: "on", entity: "binary_sensor.car_warnings" };
  const codes = { condition: "numeric_state", above: 0, entity: "sensor.car_trouble_codes" };
  assert.deepEqual(first.visibility, [{ condition: "or", conditions: [warnings, codes] }]);
  assert.deepEqual(first.cards.slice(1).map(({ visibility }) => visibility), [[warnings], [codes]]);
});

test("badges of a state stand only in it", async () => {
  const house = new House(TEXTS).add("car", "Car", { "sensor.battery": [50, "%"], "binary_sensor.plug": "off" });
  const { badges } = await view(house, { device_id: "car" });
  assert.deepEqual(badges.map(({ entity, visibility }) => [entity, visibility]), [
    ["sensor.car_battery", undefined],
    ["binary_sensor.car_plug", [{ condition: "state", state: "on", entity: "binary_sensor.car_plug" }]],
  ]);
});

test("the diary and its energy by day", async () => {
  const house = new House(TEXTS).add("car", "Car", { "calendar.diary": "off", "sensor.charged_this_month": [40, "kWh"] });
  const graph = async (config) =>
    cards(await view(house, { device_id: "car", ...config })).find(({ type }) => type === "statistics-graph");
  const { entities: ids, days_to_show: days } = await graph({});
  assert.deepEqual(ids, ["smartcar:vehicle_car_charge_home", "smartcar:vehicle_car_charge_away"]);
  assert.equal(days, 14);
  assert.equal((await graph({ days: "7" })).days_to_show, 7);
  house.set("car", "sensor.charged_this_month", undefined);
  assert.equal(await graph({}), undefined);
  assert.ok(cards(await view(house, { device_id: "car" })).some(({ type }) => type === "custom:smartcar-diary-card"));
});

test("a car whose entry is disabled has no view, and its own one says so", async () => {
  const house = three();
  house.entities = Object.fromEntries(Object.entries(house.entities).filter(([, { device_id: id }]) => id !== "b"));
  house.devices = { ...house.devices, b: { ...house.devices.b, disabled_by: "config_entry" } };
  assert.deepEqual((await views(house)).map(({ path }) => path), ["cars", "vehicle-a", "vehicle-c"]);
  for (const id of ["b", "gone"]) {
    const [only, ...others] = cards(await view(house, { device_id: id }));
    assert.deepEqual([only.type, others], ["markdown", []]);
    assert.equal(only.content, TEXTS.common.strategy_missing);
  }
});

test("a path is a slug of the vehicle id, and stays when the car is renamed", async () => {
  const house = new House(TEXTS).add("car", "Car", ELECTRIC, { identifiers: [["smartcar", "0AB_c9--X.y"]], name_by_user: "Other" });
  const [{ path, title }] = await views(house);
  assert.deepEqual([path, title], ["0ab-c9-x-y", "Other"]);
});

test("a hostile name is a title without what turns it around", async () => {
  const evil = "<img src=x onerror=alert(1)>";
  const house = new House(TEXTS).add("car", `\u202e${evil}`, ELECTRIC);
  assert.equal((await views(house))[0].title, evil);
  assert.equal((await VehicleSection.generate({}, house.hass())).cards[0].heading, evil);
});

test("states never regenerate, entities, devices and the language do", () => {
  const house = three();
  const before = house.hass();
  house.set("a", "sensor.battery", [5, "%"]);
  assert.equal(CarsDashboard.shouldRegenerate({}, before, house.hass()), false);
  for (const change of [{ entities: {} }, { devices: {} }, { language: "de" }]) {
    for (const type of [CarsDashboard, VehicleView, VehicleSection]) {
      assert.equal(type.shouldRegenerate({}, before, { ...before, ...change }), true);
    }
  }
});

test("a section shows the chosen car, the first one, or what is missing", async () => {
  const section = (house, config) => VehicleSection.generate(config, house.hass());
  const house = three();
  assert.equal((await section(house, { device_id: "b" })).cards[0].heading, "Berta");
  assert.equal((await section(house, {})).cards[1].device_id, "a");
  assert.equal((await section(new House(TEXTS), {})).cards[0].type, "markdown");
  assert.deepEqual(VehicleSection.getStubConfig(house.hass()), { device_id: "a" });
  assert.deepEqual(VehicleSection.getStubConfig(new House(TEXTS).hass()), {});
});

test("the editor keeps what it does not know", async () => {
  const house = three();
  const editor = CarsDashboard.getConfigElement();
  editor.setConfig({ type: "custom:smartcar", days: 30 });
  editor.hass = house.hass();
  await new Promise((resolve) => setImmediate(resolve));
  const form = editor.firstChild;
  assert.deepEqual(form.data, { type: "custom:smartcar", map: true, days: 30, hidden: [], order: [] });
  assert.deepEqual(form.schema.map(form.computeLabel), ["strategy_order", "strategy_hidden", "strategy_map", "strategy_days"].map((key) => TEXTS.common[key]));
  let config;
  editor.addEventListener("config-changed", ({ detail }) => ({ config } = detail));
  form.dispatchEvent(new CustomEvent("value-changed", { bubbles: true, detail: { value: { map: false } } }));
  assert.deepEqual(config, { type: "custom:smartcar", days: 30, map: false });
});
