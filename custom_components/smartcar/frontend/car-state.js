// What a car's entities say, as one plain object. Nothing here draws or writes.

import { isKnown, momentOf, numberOf } from "./entities.js";

/** What opens, in reading order: from the front, left before right. */
export const OPENINGS = [
	"binary_sensor.hood",
	"binary_sensor.front_trunk",
	"binary_sensor.door_front_left",
	"binary_sensor.window_front_left",
	"binary_sensor.window_front_right",
	"binary_sensor.door_front_right",
	"binary_sensor.sunroof",
	"binary_sensor.door_rear_left",
	"binary_sensor.window_rear_left",
	"binary_sensor.window_rear_right",
	"binary_sensor.door_rear_right",
	"binary_sensor.rear_trunk",
	"binary_sensor.tailgate",
].map((key) => key.split(".")[1]);
// Those of further rows of seats have no place in the picture, but count.
const OTHER_OPENINGS = ["binary_sensor.door_other", "binary_sensor.window_other"];

/** Each tyre, and the other one of its axle. */
export const TIRES = {
	front_left: "front_right",
	front_right: "front_left",
	rear_left: "rear_right",
	rear_right: "rear_left",
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

// "On" of a binary sensor of class lock means unlocked.
const LOCKS = { on: "unlocked", off: "locked" };
for (const state of ["locked", "unlocked", "locking", "unlocking", "jammed", "open", "opening"]) LOCKS[state] = state;
const PORTS = { on: "open", open: "open", opening: "busy", closing: "busy" };
const SWITCHES = { on: "open", off: "closed" };

/** The ids of all entities that a card of this car shows, by what they are to it. */
export function findEntities(car) {
	const found = { openings: {}, tires: {}, others: OTHER_OPENINGS.flatMap((key) => car.ids(key)), all: [] };
	const take = (target, name, ...keys) => {
		const id = car.id(...keys);
		if (!id) return;
		target[name] = id;
		found.all.push(id);
	};
	for (const name of OPENINGS) take(found.openings, name, `binary_sensor.${name}`);
	for (const name in TIRES) take(found.tires, name, `sensor.tire_pressure_${name}`);
	for (const name in SINGLE) take(found, name, ...SINGLE[name]);
	found.all.push(...found.others);
	return found;
}

const valueOf = (state) => (isKnown(state) ? state.state : undefined);
const isOn = (state) => (isKnown(state) ? state.state === "on" : undefined);
const unitOf = (state) => state?.attributes.unit_of_measurement;

/** An entity and what its state means: `absent` without one, `unknown` if the table has no word. */
function read(entityId, states, words, other = "unknown") {
	const value = valueOf(states[entityId]);
	return { entityId, state: !entityId ? "absent" : value === undefined ? "unknown" : (words[value] ?? other) };
}

function readTires(ids, states) {
	const bars = (name) => numberOf(states[ids[name]]) * BAR[unitOf(states[ids[name]])];
	const readOne = ([name, beside]) => {
		const entityId = ids[name];
		const state = states[entityId];
		const isLow = bars(name) < LOWEST_BAR || bars(name) < bars(beside) * (1 - LOWER_BY);
		const word = !entityId ? "absent" : !isKnown(state) ? "unknown" : isLow ? "bad" : "closed";
		return [name, { entityId, value: numberOf(state), unit: unitOf(state), state: word }];
	};
	return Object.fromEntries(Object.entries(TIRES).map(readOne));
}

function readCharge(ids, states) {
	const of = (name) => states[ids[name]];
	const status = valueOf(of("chargingStatus"));
	const connection = valueOf(of("connection"));
	const power = numberOf(of("power"));
	const told = status ?? connection;
	const isCharging = isOn(of("charging")) ?? (told && told === "charging");
	const isPlugged = isOn(of("plug")) ?? (connection && ["connected", "charging", "complete"].includes(connection));
	let state = "unknown";
	if (!(ids.charging || ids.plug || ids.connection || ids.chargingStatus)) state = "absent";
	else if (isCharging) state = "charging";
	else if (isPlugged) state = "plugged";
	else if (isPlugged === false) state = "unplugged";
	return {
		state,
		isFull: status === "fully_charged" || connection === "complete",
		kilowatts: unitOf(of("power")) === "W" ? power / 1000 : power,
		finish: momentOf(valueOf(of("finish"))),
		limit: numberOf(of("limit")),
	};
}

function newestOf(ids, states) {
	if (isKnown(states[ids.age])) return momentOf(states[ids.age].state);
	const moments = ids.all.map((id) => momentOf(states[id]?.attributes.updated_at)).filter(Boolean);
	return moments.sort((a, b) => b - a)[0];
}

/**
 * Read what is known of a car.
 *
 * `oldAfter` is in milliseconds. States of openings and tyres are `absent`, `unknown`,
 * `closed`, `open` and `bad`; an opening is bad if the car is parked and locked.
 */
export function readCar(ids, states, { now, oldAfter }) {
	const lock = read(ids.lock, states, LOCKS);
	const newest = newestOf(ids, states);
	const isOld = now - newest > oldAfter;
	const speed = numberOf(states[ids.speed]);
	const gear = valueOf(states[ids.gear]);
	const driving = !isOld && (speed === undefined ? gear === "drive" || gear === "reverse" : speed > 0);
	const words = lock.state === "locked" && !driving ? { on: "bad", off: "closed" } : SWITCHES;
	const level = (kind, entityId, range, of) => entityId && { kind, entityId, range, percent: numberOf(states[of]) };
	return {
		lock,
		openings: Object.fromEntries(OPENINGS.map((name) => [name, read(ids.openings[name], states, words)])),
		others: ids.others.map((id) => read(id, states, words)),
		tires: readTires(ids.tires, states),
		charge: readCharge(ids, states),
		port: read(ids.port, states, PORTS, "closed"),
		climate: read(ids.climate, states, SWITCHES),
		levels: [
			level("battery", ids.battery, ids.range, ids.battery),
			level("fuel", ids.fuelLevel ?? ids.fuel, ids.fuelRange, ids.fuelLevel),
		].filter(Boolean),
		driving,
		asleep: !driving && isOn(states[ids.asleep]) === true,
		hasWarning: isOn(states[ids.warnings]) === true,
		codes: numberOf(states[ids.codes]) ?? 0,
		newest,
		isOld,
	};
}

const allOpenings = (view) => [...Object.values(view.openings), ...view.others];
const isOpen = ({ state }) => state === "open" || state === "bad";

/** What opens and is not known. */
export const unknownOf = (view) => allOpenings(view).filter(({ state }) => state === "unknown");

/** What stands out, worst first; each item has a kind, a key and an entity. */
export function exceptionsOf(view) {
	const add = (kind) => ({ entityId, state }) => ({ kind, key: entityId, entityId, isBad: state !== "open" });
	return [
		...[view.lock].filter(({ state }) => state === "jammed").map(add("jammed")),
		...allOpenings(view).filter(isOpen).map(add("open")),
		...Object.values(view.tires).filter(isOpen).map(add("tire")),
	].sort((a, b) => b.isBad - a.isBad);
}

// What is said of a lock when all is closed, and otherwise.
const SENTENCES = {
	locked: ["card_closed_locked", "card_locked"],
	unlocked: ["card_closed_unlocked", "card_unlocked"],
	open: ["card_closed_unlocked", "card_unlocked"],
	unknown: ["card_closed_lock_unknown", "card_lock_unknown"],
	absent: ["card_closed", "card_openings_unknown"],
};

/** The key of the sentence about lock and openings; undefined if nothing is known. */
export function sentenceOf(view) {
	const parts = allOpenings(view).filter(({ state }) => state !== "absent");
	if (view.lock.state === "absent" && (!parts.length || parts.some(isOpen))) return undefined;
	const isClosed = parts.length > 0 && parts.every(({ state }) => state === "closed");
	return SENTENCES[view.lock.state]?.[isClosed ? 0 : 1];
}
