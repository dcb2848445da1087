// The car card in a document without layout: what it shows, follows and sends.

import assert from "node:assert/strict";
import { test } from "node:test";

import { TEXTS, settle } from "./dom.js";
import { ELECTRIC, HYBRID, NOON, PETROL, ago } from "./cars.js";
import { House } from "./house.js";

const { SmartcarCard } = await import("../../custom_components/smartcar/frontend/car-card.js");

Date.now = () => NOON;

async function shown(house, config = {}) {
  const card = document.createElement("smartcar-card");
  card.setConfig(config);
  card.hass = house.hass();
  document.body.append(card);
  await settle();
  return card;
}

async function update(card, house) {
  card.hass = house.hass();
  await settle();
}

const one = (parts, name = "Blauer Blitz") => new House(TEXTS).add("car", name, parts);
const words = (card, id) => card.node(id)?.textContent ?? "";
const exceptions = (card) => [...card.node("exceptions").children].map((node) => node.textContent);
const buttons = (card) => [...card.node("controls").children].map((node) => node.textContent);
const press = async (card, key) => {
  card.node("controls").querySelector(`[data-key="${key}"]`).click();
  await settle();
};

test("a charging car in words", async () => {
  const house = one(ELECTRIC);
  house.locale = { ...house.locale, time_zone: "server" };
  const card = await shown(house);
  assert.equal(words(card, "name"), "Blauer Blitz");
  assert.equal(words(card, "where"), "Home");
  assert.equal(words(card, "age"), "3 minutes ago");
  assert.equal(words(card, "charge-text"), "11\u00a0kW, 80\u00a0% at 14:40");
  assert.equal(words(card, "sentence-text"), "All closed and locked");
  assert.deepEqual(exceptions(card), []);
  assert.equal(card.node("picture").getAttribute("data-charge"), "charging");
  assert.equal(card.node("door_front_left").getAttribute("data-state"), "closed");
});

test("without a limit the car will be full", async () => {
  const house = one({ ...ELECTRIC, "number.charge_limit": [100, "%"] });
  house.locale = { ...house.locale, time_zone: "server" };
  assert.equal(words(await shown(house), "charge-text"), "11\u00a0kW, full at 14:40");
});

test("what is open is said by its name", async () => {
  const card = await shown(one(PETROL));
  assert.deepEqual(exceptions(card), ["Window front right open", "Rear trunk open", "Tire pressure front right: 1.9\u00a0bar"]);
  assert.equal(card.node("trunk").getAttribute("data-state"), "bad");
  assert.match(words(card, "picture-text"), /^Locked\. Window front right open\./);
  assert.deepEqual(buttons(card), []);
});

test("a part that is not known looks so, and is named", async () => {
  const card = await shown(one({ ...ELECTRIC, "binary_sensor.hood": "unknown" }));
  assert.equal(card.node("hood").getAttribute("data-state"), "unknown");
  assert.equal(words(card, "unknown"), "Unknown: Hood");
  assert.equal(words(card, "sentence-text"), "Locked");
});

test("entities are followed when they get another id or name", async () => {
  const house = one(HYBRID);
  const card = await shown(house);
  const before = house.id("car", "binary_sensor.door_front_left");
  const after = "binary_sensor.anything";
  const { [before]: entry, ...entities } = house.entities;
  const { [before]: state, ...states } = house.states;
  house.entities = { ...entities, [after]: { ...entry, entity_id: after, name: "Driver's door" } };
  house.states = { ...states, [after]: { ...state, entity_id: after } };
  house.devices = { car: { ...house.devices.car, name_by_user: "Family car" } };
  await update(card, house);
  assert.equal(words(card, "name"), "Family car");
  assert.equal(exceptions(card)[0], "Driver's door open");
  house.states = { ...house.states, [after]: { ...house.states[after], state: "off" } };
  await update(card, house);
  assert.deepEqual(exceptions(card), ["Window rear left open"]);
});

test("a state, a name and a device that change alone are followed", async () => {
  const house = one(ELECTRIC);
  const card = await shown(house);
  const door = house.id("car", "binary_sensor.door_front_left");
  house.set("car", "binary_sensor.door_front_left", "on");
  await update(card, house);
  assert.equal(card.node("door_front_left").getAttribute("data-state"), "bad");
  assert.deepEqual(exceptions(card), ["Door front left open"]);
  house.entities = { ...house.entities, [door]: { ...house.entities[door], name: "Driver's door" } };
  await update(card, house);
  assert.deepEqual(exceptions(card), ["Driver's door open"]);
  assert.equal(card.node("door_front_left").getAttribute("aria-label"), "Driver's door: Open");
  house.devices = { car: { ...house.devices.car, name_by_user: "Family car" } };
  await update(card, house);
  assert.equal(words(card, "name"), "Family car");
  house.set("car", "binary_sensor.door_front_left", "off");
  await update(card, house);
  assert.equal(words(card, "sentence-text"), "All closed and locked");
});

test("what stays keeps its node, and so the focus", async () => {
  const house = one(HYBRID);
  const card = await shown(house);
  const [door, window] = card.node("exceptions").children;
  const charge = card.node("charge");
  house.set("car", "sensor.tire_pressure_front_left", [1.2, "bar"]).set("car", "binary_sensor.door_front_left", "off");
  await update(card, house);
  assert.deepEqual(exceptions(card), ["Tire pressure front left: 1.2\u00a0bar", "Window rear left open"]);
  assert.equal(card.node("exceptions").lastChild, window);
  assert.equal(door.isConnected, false);
  assert.equal(card.node("charge"), charge);
});

test("what is said of a state follows the user's language and formats", async () => {
  const house = one(ELECTRIC);
  const card = await shown(house);
  assert.match(words(card, "details"), /24,310/);
  house.locale = { ...house.locale, language: "de" };
  await update(card, house);
  assert.match(words(card, "details"), /24\.310/);
});

test("a tap beside the parts does what its owner chose", async () => {
  const action = { action: "navigate", navigation_path: "/garage" };
  const card = await shown(one(ELECTRIC), { tap_action: action });
  const told = [];
  card.addEventListener("hass-action", ({ detail }) => told.push(detail));
  card.node("picture").dispatchEvent(new Event("click", { bubbles: true }));
  assert.deepEqual(told, [{ config: { entity: "sensor.car_battery", tap_action: action }, action: "tap" }]);
  card.node("lock").dispatchEvent(new Event("click", { bubbles: true }));
  assert.equal(told.length, 1);
});

test("a question goes when the card shows another car", async () => {
  const house = one(ELECTRIC).add("other", "Other", ELECTRIC);
  const card = await shown(house, { device_id: "car" });
  await press(card, "unlock");
  assert.ok(card.node("confirm"));
  card.setConfig({ device_id: "other" });
  await settle();
  assert.equal(card.node("confirm"), null);
});

test("what opens at a place that is not in the picture is in words", async () => {
  const house = one(ELECTRIC);
  const add = (position, kind, state) => {
    const id = `binary_sensor.car_${kind}_${position}`;
    const name = `${kind} ${position}`;
    house.entities = { ...house.entities, [id]: { entity_id: id, device_id: "car", platform: "smartcar", translation_key: `${kind}_other`, name } };
    house.states = { ...house.states, [id]: { entity_id: id, state, attributes: { device_class: kind } } };
  };
  for (const position of ["middle_left", "middle_right", "row_3_left"]) {
    for (const kind of ["door", "window"]) add(position, kind, "off");
  }
  const card = await shown(house);
  assert.equal(words(card, "sentence-text"), "All closed and locked");
  add("row_3_left", "door", "on");
  add("middle_left", "window", "on");
  add("middle_right", "window", "unknown");
  await update(card, house);
  assert.deepEqual(exceptions(card), ["door row_3_left open", "window middle_left open"]);
  assert.equal(words(card, "unknown"), "Unknown: window middle_right");
  assert.equal(words(card, "sentence-text"), "Locked");
});

test("the charging port is drawn in the middle, as no car says where it is", async () => {
  const card = await shown(one(ELECTRIC));
  assert.equal(card.node("port").querySelector(".badge").getAttribute("cx"), "100");
  assert.match(card.node("picture").querySelector(".cable").getAttribute("d"), /^M100 \d+V\d+$/);
});

test("only changes of this car are rendered, and several at once", async () => {
  const house = one(ELECTRIC).add("other", "Other", PETROL);
  const card = await shown(house, { device_id: "car" });
  let renders = 0;
  const render = card.render.bind(card);
  card.render = (hass) => {
    renders += 1;
    return render(hass);
  };
  house.set("other", "sensor.fuel_level", [17, "%"]);
  await update(card, house);
  assert.equal(renders, 0);
  house.set("car", "sensor.battery", [63, "%"]);
  card.hass = house.hass();
  house.set("car", "sensor.range", [290, "km"]);
  await update(card, house);
  assert.equal(renders, 1);
  assert.match(words(card, "levels"), /63\u00a0%290\u00a0km/);
});

test("names are texts, and turn nothing around", async () => {
  const evil = '<img src=x onerror="alert(1)">';
  const house = one(HYBRID, `${evil}\u202e`);
  house.entities[house.id("car", "binary_sensor.door_front_left")].name = `\u202e${evil}`;
  const card = await shown(house);
  assert.equal(words(card, "name"), evil);
  assert.equal(exceptions(card)[0], `${evil} open`);
  assert.equal(card.shadowRoot.querySelector("img"), null);
});

test("what is missing is said, and comes back by itself", async () => {
  const house = new House(TEXTS);
  const card = await shown(house);
  assert.match(words(card, "note-text"), /^There is no car yet/);
  assert.equal(card.node("note-link").getAttribute("href"), "/config/integrations/integration/smartcar");
  house.add("car", "Blauer Blitz", ELECTRIC);
  await update(card, house);
  assert.equal(card.node("note"), null);
  const { entities, states } = house;
  house.entities = {};
  house.states = {};
  house.devices = { car: { ...house.devices.car, disabled_by: "config_entry" } };
  await update(card, house);
  assert.match(words(card, "note-text"), /^Blauer Blitz is disabled in Home Assistant/);
  Object.assign(house, { entities, states, devices: { car: { ...house.devices.car, disabled_by: null } } });
  await update(card, house);
  assert.equal(words(card, "sentence-text"), "All closed and locked");
  const gone = await shown(house, { device_id: "elsewhere" });
  assert.match(words(gone, "note-text"), /no longer in Home Assistant/);
});

test("unlocking asks first, locking does not", async () => {
  const house = one(ELECTRIC);
  const card = await shown(house);
  await press(card, "unlock");
  assert.equal(words(card, "question"), "Unlock Blauer Blitz?");
  assert.deepEqual(house.calls, []);
  card.node("no").click();
  assert.equal(card.node("confirm"), null);
  await press(card, "unlock");
  card.node("yes").click();
  await settle();
  const lock = house.id("car", "lock.lock");
  assert.deepEqual(house.calls, [["lock", "unlock", {}, { entity_id: lock }]]);
  house.set("car", "lock.lock", "unlocked");
  await update(card, house);
  assert.equal(words(card, "said"), "Lock: Unlocked");
  await press(card, "lock");
  assert.equal(house.calls.length, 2);
  assert.equal(card.node("confirm"), null);
});

test("a second press waits for the first", async () => {
  const house = one({ ...ELECTRIC, "lock.lock": "unlocked" });
  const card = await shown(house);
  await press(card, "lock");
  await press(card, "lock");
  assert.equal(house.calls.length, 1);
  assert.equal(card.node("controls").firstElementChild.getAttribute("aria-busy"), "true");
  card.remove();
});

test("while the lock moves, only its own button stands, busy", async () => {
  const house = one({ ...ELECTRIC, "lock.lock": "locking", "binary_sensor.plug": "off", "binary_sensor.charging": "off" });
  const card = await shown(house);
  assert.deepEqual(buttons(card), ["Lock", "Close port"]);
  await press(card, "lock");
  assert.deepEqual(house.calls, []);
  house.set("car", "lock.lock", "unlocking");
  await update(card, house);
  assert.deepEqual(buttons(card), ["Unlock", "Close port"]);
  house.set("car", "lock.lock", "unknown");
  await update(card, house);
  assert.deepEqual(buttons(card), ["Lock", "Unlock", "Close port"]);
});

test("a refused command ends the wait", async () => {
  const house = one({ ...ELECTRIC, "lock.lock": "unlocked" });
  house.answer = async () => {
    throw new Error("refused");
  };
  const card = await shown(house);
  await press(card, "lock");
  assert.equal(card.node("controls").firstElementChild.getAttribute("aria-busy"), null);
});

test("with old data commands say so before", async () => {
  const house = one({ ...ELECTRIC, "sensor.data_age": ago(26 * 60) });
  const card = await shown(house);
  assert.equal(card.node("card").classList.contains("is-old"), true);
  await press(card, "stop");
  assert.equal(words(card, "question"), "The newest data is from yesterday. Stop charging Blauer Blitz?");
});

test("a preview sends nothing", async () => {
  const house = one({ ...ELECTRIC, "lock.lock": "unlocked" });
  const card = await shown(house);
  card.preview = true;
  await press(card, "lock");
  assert.deepEqual(house.calls, []);
});

test("arrow keys go through the parts, and one of them is a stop", async () => {
  const card = await shown(one(ELECTRIC));
  const stops = () => [...card.node("picture").querySelectorAll('[tabindex="0"]')].map(({ id }) => id);
  assert.deepEqual(stops(), ["hood"]);
  const key = (name) => card.node(stops()[0]).dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true }));
  key("ArrowRight");
  assert.deepEqual(stops(), ["tire_pressure_front_left"]);
  key("Home");
  key("ArrowLeft");
  assert.deepEqual(stops(), ["trunk"]);
  let opened;
  card.addEventListener("hass-more-info", ({ detail }) => (opened = detail.entityId));
  key("Enter");
  assert.equal(opened, "binary_sensor.car_rear_trunk");
});

test("the picker and the editor", () => {
  const house = one(ELECTRIC);
  assert.deepEqual(SmartcarCard.getStubConfig(new House(TEXTS).hass()), {});
  assert.deepEqual(SmartcarCard.getStubConfig(house.hass()), { device_id: "car" });
  const [entry] = window.customCards ?? globalThis.customCards;
  assert.equal(entry.type, "smartcar-card");
  assert.equal(entry.getEntitySuggestion(house.hass(), "light.kitchen"), null);
  assert.deepEqual(entry.getEntitySuggestion(house.hass(), "lock.car_lock").config, {
    type: "custom:smartcar-card",
    device_id: "car",
  });
  const { schema, computeLabel, assertConfig } = SmartcarCard.getConfigForm();
  for (const row of schema) assert.notEqual(computeLabel(row, house.localize), undefined);
  assert.throws(() => assertConfig({ device_id: 5 }));
});

test("a car that does not answer within a minute is said so, one that did is not", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const house = one({ ...ELECTRIC, "lock.lock": "unlocked" });
  const card = await shown(house);
  await press(card, "lock");
  t.mock.timers.tick(59_999);
  assert.equal(words(card, "said"), "");
  t.mock.timers.tick(1);
  await settle();
  assert.equal(words(card, "said"), house.localize("component.smartcar.common.card_no_answer", { part: "Lock" }));
  assert.equal(card.node("controls").firstElementChild.getAttribute("aria-busy"), null);
  await press(card, "lock");
  assert.equal(house.calls.length, 2);
  house.set("car", "lock.lock", "locked");
  await update(card, house);
  t.mock.timers.tick(60_000);
  assert.equal(words(card, "said"), "Lock: Locked");
});
