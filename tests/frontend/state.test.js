// What a card reads from the states of a car's entities.

import assert from "node:assert/strict";
import { test } from "node:test";

import { TEXTS } from "./dom.js";
import { ELECTRIC, HYBRID, NOON, PETROL, ago } from "./cars.js";
import { House } from "./house.js";
import { KEYS, exceptionsOf, findEntities, readCar, sentenceOf } from "../../custom_components/smartcar/frontend/car-state.js";
import { carOf } from "../../custom_components/smartcar/frontend/entities.js";

Date.now = () => NOON;
const HALF_A_DAY = 12 * 3_600_000;

function view(parts, changes = {}) {
  const house = new House({}).add("car", "Car", { ...parts, ...changes });
  const ids = findEntities(carOf(house.hass(), "car"));
  return readCar(ids, house.states, HALF_A_DAY);
}

test("what is closed and locked is said only if all of it is known", () => {
  assert.equal(sentenceOf(view(ELECTRIC)), "card_closed_locked");
  for (const gone of ["unknown", "unavailable"]) {
    const unsure = view(ELECTRIC, { "binary_sensor.window_rear_left": gone });
    assert.equal(sentenceOf(unsure), "card_locked");
    assert.equal(unsure.openings.window_rear_left.state, "unknown");
  }
  assert.equal(sentenceOf(view(ELECTRIC, { "lock.lock": "unknown" })), "card_closed_lock_unknown");
  assert.equal(sentenceOf(view(ELECTRIC, { "lock.lock": "unlocked" })), "card_closed_unlocked");
});

test("a car without a lock says only whether it is closed", () => {
  const doors = { "binary_sensor.door_front_left": "off" };
  assert.equal(sentenceOf(view(doors)), "card_closed");
  assert.equal(sentenceOf(view({ "binary_sensor.door_front_left": "unknown" })), "card_openings_unknown");
  assert.equal(sentenceOf(view({ "binary_sensor.door_front_left": "on" })), undefined);
  assert.equal(sentenceOf(view({ "sensor.battery": [50, "%"] })), undefined);
});

test("an opening is bad only while the car is parked and locked", () => {
  const open = { "binary_sensor.window_rear_left": "on" };
  const state = (changes) => view(ELECTRIC, { ...open, ...changes }).openings.window_rear_left.state;
  assert.equal(state({}), "bad");
  assert.equal(state({ "lock.lock": "unlocked" }), "open");
  assert.equal(state({ "lock.lock": "unknown" }), "open");
  assert.equal(state({ "sensor.gear": "drive" }), "open");
  assert.equal(state({ "sensor.gear": "park" }), "bad");
});

test("a car that only tells of its lock is read by Home Assistant's meaning of on", () => {
  assert.equal(view({ "binary_sensor.locked": "on" }).lock.state, "unlocked");
  assert.equal(view({ "binary_sensor.locked": "off" }).lock.state, "locked");
});

test("a tyre is low beside the other one of its axle, whatever the unit", () => {
  const low = (front, unit, rear = front) =>
    Object.entries(
      view({
        "sensor.tire_pressure_front_left": [front[0], unit],
        "sensor.tire_pressure_front_right": [front[1], unit],
        "sensor.tire_pressure_rear_left": [rear[0], unit],
        "sensor.tire_pressure_rear_right": [rear[1], unit],
      }).tires,
    )
      .filter(([, { state }]) => state === "bad")
      .map(([key]) => key.replace("tire_pressure_", ""));
  assert.deepEqual(low([2.4, 2.1], "bar", [2.4, 2.4]), ["front_right"]);
  assert.deepEqual(low([35, 31], "psi", [35, 35]), ["front_right"]);
  assert.deepEqual(low([240, 240], "kPa", [290, 285]), []);
  assert.deepEqual(low([160, 160], "kPa", [240, 240]), ["front_left", "front_right"]);
  assert.deepEqual(low([1, 1], "loaves"), []);
});

test("charging, plugged in, or neither", () => {
  const state = (changes) => view(ELECTRIC, changes).charge.state;
  assert.equal(state({}), "charging");
  assert.equal(state({ "binary_sensor.charging": "off" }), "plugged");
  assert.equal(state({ "binary_sensor.charging": "off", "binary_sensor.plug": "off" }), "unplugged");
  assert.equal(state({ "binary_sensor.charging": "unknown", "binary_sensor.plug": "unknown" }), "unknown");
  assert.equal(view(PETROL).charge.state, "absent");
  assert.equal(view({ "sensor.charging_connection": "complete" }).charge.isFull, true);
  assert.equal(view(ELECTRIC, { "sensor.charging_power": [7400, "W"] }).charge.kilowatts, 7.4);
});

test("levels of the three kinds of cars", () => {
  const kinds = (parts) => view(parts).levels.map(({ name, percent }) => [name, percent]);
  assert.deepEqual(kinds(ELECTRIC), [["battery", 62]]);
  assert.deepEqual(kinds(HYBRID), [["battery", 34], ["fuel_level", 71]]);
  assert.deepEqual(kinds(PETROL), [["fuel_level", 18]]);
  assert.deepEqual(kinds({ "sensor.fuel": [31, "L"] }), [["fuel_level", undefined]]);
});

test("data are old after half a day, and an old car does not drive", () => {
  const driving = { "sensor.gear": "drive" };
  assert.equal(view(ELECTRIC, driving).driving, true);
  const old = view(ELECTRIC, { ...driving, "sensor.data_age": ago(12 * 60 + 1) });
  assert.equal(old.isOld, true);
  assert.equal(old.driving, false);
  assert.equal(view(ELECTRIC, { "sensor.data_age": ago(12 * 60) }).isOld, false);
});

test("without the sensor of its age, the newest of the entities counts", () => {
  const house = new House({}).add("car", "Car", { "sensor.battery": [50, "%"], "lock.lock": "locked" });
  house.set("car", "sensor.battery", [50, "%"], { updated_at: ago(90) });
  house.set("car", "lock.lock", "locked", { updated_at: ago(30) });
  const ids = findEntities(carOf(house.hass(), "car"));
  assert.equal(readCar(ids, house.states, HALF_A_DAY).newest.toISOString(), ago(30));
});

test("what stands out comes worst first", () => {
  const found = (parts, changes = {}) => {
    const house = new House({}).add("car", "Car", { ...parts, ...changes });
    const ids = findEntities(carOf(house.hass(), "car"));
    const { states } = house;
    return exceptionsOf(readCar(ids, states, HALF_A_DAY), ids, states).map(({ entityId, isBad }) => [entityId.split("car_")[1], isBad]);
  };
  assert.deepEqual(found(PETROL), [["window_front_right", true], ["rear_trunk", true], ["tire_pressure_front_right", true]]);
  const troubled = { "sensor.tire_pressure_rear_left": [1.2, "bar"], "binary_sensor.warnings": "on", "sensor.trouble_codes": 2 };
  assert.deepEqual(found(HYBRID, troubled), [
    ["tire_pressure_rear_left", true],
    ["warnings", true],
    ["trouble_codes", true],
    ["door_front_left", false],
    ["window_rear_left", false],
  ]);
  assert.deepEqual(found(ELECTRIC, { "lock.lock": "jammed" }), [["lock", true]]);
});

test("every key that a card looks for is an entity's", () => {
  for (const key of KEYS.flatMap((keys) => keys.split(" "))) {
    const [domain, name] = key.split(".");
    assert.ok(name in TEXTS.entity[domain], key);
  }
});
