// What a car's entities say, as one plain object. Nothing here draws or writes.

import { isKnown, momentOf, numberOf } from "./entities.js";

/** What opens, in reading order: from the front, left before right. */
export const OPENINGS = {
  hood: ["binary_sensor.hood"],
  front_trunk: ["binary_sensor.front_trunk"],
  door_front_left: ["binary_sensor.door_front_left"],
  window_front_left: ["binary_sensor.window_front_left"],
  window_front_right: ["binary_sensor.window_front_right"],
  door_front_right: ["binary_sensor.door_front_right"],
  sunroof: ["binary_sensor.sunroof"],
  door_rear_left: ["binary_sensor.door_rear_left"],
  window_rear_left: ["binary_sensor.window_rear_left"],
  window_rear_right: ["binary_sensor.window_rear_right"],
  door_rear_right: ["binary_sensor.door_rear_right"],
  rear_trunk: ["binary_sensor.rear_trunk"],
  tailgate: ["binary_sensor.tailgate"],
};

// Those of further rows of seats have no place in the picture, but count.
const OTHER_OPENINGS = ["binary_sensor.door_other", "binary_sensor.window_other"];

export const TIRES = {
  front_left: { keys: ["sensor.tire_pressure_front_left"], beside: "front_right" },
  front_right: { keys: ["sensor.tire_pressure_front_right"], beside: "front_left" },
  rear_left: { keys: ["sensor.tire_pressure_rear_left"], beside: "rear_right" },
  rear_right: { keys: ["sensor.tire_pressure_rear_right"], beside: "rear_left" },
};

const SINGLE = {
  lock: ["lock.lock", "binary_sensor.locked"],
  port: ["cover.charge_port", "binary_sensor.charge_port"],
  plug: ["binary_sensor.plug"],
  connection: ["sensor.charging_connection"],
  charging: ["binary_sensor.charging", "switch.charging"],
  chargeSwitch: ["switch.charging"],
  chargingStatus: ["sensor.charging_status"],
  power: ["sensor.charging_power"],
  finish: ["sensor.charging_finish"],
  limit: ["number.charge_limit", "sensor.charge_limit"],
  battery: ["sensor.battery"],
  range: ["sensor.range"],
  fuelLevel: ["sensor.fuel_level"],
  fuel: ["sensor.fuel"],
  fuelRange: ["sensor.fuel_range"],
  climate: ["binary_sensor.climate"],
  asleep: ["binary_sensor.asleep"],
  gear: ["sensor.gear"],
  speed: ["sensor.speed"],
  location: ["device_tracker.location"],
  inside: ["sensor.inside_temperature"],
  outside: ["sensor.outside_temperature"],
  odometer: ["sensor.odometer"],
  warnings: ["binary_sensor.warnings"],
  codes: ["sensor.trouble_codes"],
  age: ["sensor.data_age"],
  refresh: ["button.refresh"],
};

const BAR = { bar: 1, cbar: 0.01, kPa: 0.01, hPa: 0.001, mbar: 0.001, Pa: 1e-5, psi: 0.0689476, mmHg: 0.00133322, inHg: 0.0338639 };
// A tyre is low below this, or this much below the other one of its axle.
const LOWEST_BAR = 1.7;
const LOWER_BY = 0.1;

const LOCKS = new Set(["locked", "unlocked", "locking", "unlocking", "jammed", "open", "opening"]);
const MOVING_GEARS = new Set(["drive", "reverse"]);
const CONNECTED = new Set(["connected", "charging", "complete"]);

/** The ids of all entities that a card of this car shows, by what they are to it. */
export function findEntities(car) {
  const found = { openings: {}, tires: {}, others: [], all: [] };
  const take = (target, name, keys) => {
    const id = car.id(...keys);
    if (!id) return;
    target[name] = id;
    found.all.push(id);
  };
  for (const [name, keys] of Object.entries(OPENINGS)) take(found.openings, name, keys);
  for (const [name, { keys }] of Object.entries(TIRES)) take(found.tires, name, keys);
  for (const [name, keys] of Object.entries(SINGLE)) take(found, name, keys);
  found.others = OTHER_OPENINGS.flatMap((key) => car.ids(key));
  found.all.push(...found.others);
  return found;
}

function isOn(state) {
  return isKnown(state) ? state.state === "on" : undefined;
}

function openingOf(state) {
  const on = isOn(state);
  return on === undefined ? "unknown" : on ? "open" : "closed";
}

function lockOf(id, state) {
  if (!id) return "absent";
  if (!isKnown(state)) return "unknown";
  // "On" of a binary sensor of class lock means unlocked.
  if (state.state === "on") return "unlocked";
  if (state.state === "off") return "locked";
  return LOCKS.has(state.state) ? state.state : "unknown";
}

function portOf(id, state) {
  if (!id) return "absent";
  if (!isKnown(state)) return "unknown";
  if (["opening", "closing"].includes(state.state)) return "busy";
  return ["on", "open"].includes(state.state) ? "open" : "closed";
}

function kilowatts(state) {
  const value = numberOf(state);
  if (value === undefined) return undefined;
  return state.attributes.unit_of_measurement === "W" ? value / 1000 : value;
}

function bars(state) {
  const value = numberOf(state);
  const factor = BAR[state?.attributes.unit_of_measurement];
  return value === undefined || factor === undefined ? undefined : value * factor;
}

function readTires(ids, states) {
  const tires = {};
  for (const [name, { beside }] of Object.entries(TIRES)) {
    if (!ids[name]) {
      tires[name] = { state: "absent" };
      continue;
    }
    const state = states[ids[name]];
    const own = bars(state);
    const other = bars(states[ids[beside]]);
    const isLow = own < LOWEST_BAR || own < other * (1 - LOWER_BY);
    tires[name] = {
      entityId: ids[name],
      value: numberOf(state),
      unit: state?.attributes.unit_of_measurement,
      state: !isKnown(state) ? "unknown" : isLow ? "bad" : "closed",
    };
  }
  return tires;
}

function readCharge(ids, states) {
  const of = (name) => states[ids[name]];
  const status = isKnown(of("chargingStatus")) ? of("chargingStatus").state : undefined;
  const connection = isKnown(of("connection")) ? of("connection").state : undefined;
  let isCharging = isOn(of("charging"));
  if (isCharging === undefined && status) isCharging = status === "charging";
  if (isCharging === undefined && connection) isCharging = connection === "charging";
  let isPlugged = isOn(of("plug"));
  if (isPlugged === undefined && connection) isPlugged = CONNECTED.has(connection);
  const can = ids.charging || ids.plug || ids.connection || ids.chargingStatus;
  let state = "unknown";
  if (!can) state = "absent";
  else if (isCharging) state = "charging";
  else if (isPlugged) state = "plugged";
  else if (isPlugged === false) state = "unplugged";
  return {
    state,
    isFull: status === "fully_charged" || connection === "complete",
    kilowatts: kilowatts(of("power")),
    finish: isKnown(of("finish")) ? momentOf(of("finish").state) : undefined,
    limit: numberOf(of("limit")),
  };
}

function newestOf(ids, states) {
  if (isKnown(states[ids.age])) return momentOf(states[ids.age].state);
  let newest;
  for (const id of ids.all) {
    const moment = momentOf(states[id]?.attributes.updated_at);
    if (moment && (!newest || moment > newest)) newest = moment;
  }
  return newest;
}

function isDriving(ids, states) {
  const speed = numberOf(states[ids.speed]);
  if (speed !== undefined) return speed > 0;
  return isKnown(states[ids.gear]) && MOVING_GEARS.has(states[ids.gear].state);
}

/**
 * Read what is known of a car.
 *
 * `oldAfter` is in milliseconds. States of openings and tyres are `absent`, `unknown`,
 * `closed`, `open` and `bad`; an opening is bad if the car is parked and locked.
 */
export function readCar(ids, states, { now, oldAfter }) {
  const lock = lockOf(ids.lock, states[ids.lock]);
  const newest = newestOf(ids, states);
  const isOld = newest !== undefined && now - newest.getTime() > oldAfter;
  const driving = !isOld && isDriving(ids, states);
  const charge = readCharge(ids, states);
  const isGuarded = lock === "locked" && !driving;
  const openings = {};
  for (const name of Object.keys(OPENINGS)) {
    const entityId = ids.openings[name];
    const state = entityId ? openingOf(states[entityId]) : "absent";
    openings[name] = { entityId, state: state === "open" && isGuarded ? "bad" : state };
  }
  const others = ids.others.map((entityId) => {
    const state = openingOf(states[entityId]);
    return { entityId, state: state === "open" && isGuarded ? "bad" : state };
  });
  return {
    lock: { entityId: ids.lock, state: lock },
    openings,
    others,
    tires: readTires(ids.tires, states),
    charge,
    port: { entityId: ids.port, state: portOf(ids.port, states[ids.port]) },
    climate: { entityId: ids.climate, state: ids.climate ? openingOf(states[ids.climate]) : "absent" },
    levels: [
      ids.battery && { kind: "battery", entityId: ids.battery, range: ids.range, percent: numberOf(states[ids.battery]) },
      (ids.fuelLevel || ids.fuel) && {
        kind: "fuel",
        entityId: ids.fuelLevel ?? ids.fuel,
        range: ids.fuelRange,
        percent: numberOf(states[ids.fuelLevel]),
      },
    ].filter(Boolean),
    driving,
    asleep: !driving && isOn(states[ids.asleep]) === true,
    hasWarning: isOn(states[ids.warnings]) === true,
    codes: numberOf(states[ids.codes]) ?? 0,
    newest,
    isOld,
    isSilent: ids.all.every((id) => states[id] === undefined || states[id].state === "unavailable"),
  };
}

/** What stands out, worst first; each item has a kind, a key and an entity. */
export function exceptionsOf(view) {
  const found = [];
  const add = (kind, entityId, isBad) => found.push({ kind, key: entityId, entityId, isBad });
  if (view.lock.state === "jammed") add("jammed", view.lock.entityId, true);
  for (const { entityId, state } of [...Object.values(view.openings), ...view.others]) {
    if (state === "open" || state === "bad") add("open", entityId, state === "bad");
  }
  for (const { entityId, state } of Object.values(view.tires)) {
    if (state === "bad") add("tire", entityId, true);
  }
  return found.sort((a, b) => Number(b.isBad) - Number(a.isBad));
}

/** The key of the sentence about lock and openings; undefined if nothing is known. */
export function sentenceOf(view) {
  const all = [...Object.values(view.openings), ...view.others].map(({ state }) => state);
  const parts = all.filter((state) => state !== "absent");
  const isOpen = parts.some((state) => state === "open" || state === "bad");
  const isClosed = parts.length > 0 && parts.every((state) => state === "closed");
  switch (view.lock.state) {
    case "locked":
      return isClosed ? "card_closed_locked" : "card_locked";
    case "unlocked":
    case "open":
      return isClosed ? "card_closed_unlocked" : "card_unlocked";
    case "locking":
    case "opening":
    case "unlocking":
    case "jammed":
      return undefined;
    case "unknown":
      return isClosed ? "card_closed_lock_unknown" : "card_lock_unknown";
    default:
      return isClosed ? "card_closed" : isOpen || !parts.length ? undefined : "card_openings_unknown";
  }
}
