// What a car's entities say, as one plain object.

import { PLACES, idOf, isKnown, momentOf, numberOf } from "./entities.js";

const OPENINGS = ["hood", "front_trunk", ...PLACES.flatMap((place) => [`door_${place}`, `window_${place}`]), "sunroof", "rear_trunk", "tailgate"];
const TIRES = PLACES.map((place) => `tire_pressure_${place}`);
const SENSORS =
	"charging_connection charging_status charging_power charging_finish battery range fuel_range gear speed inside_temperature outside_temperature odometer trouble_codes data_age";
// Doors and windows of further rows of seats: they share a key, and are in words only.
const OTHERS = ["binary_sensor.door_other", "binary_sensor.window_other"];

/** What is shown: the first of these that a car has, by the name of the first. */
export const KEYS = [
	...[...OPENINGS, "plug", "climate", "asleep", "warnings"].map((name) => `binary_sensor.${name}`),
	...[...TIRES, ...SENSORS.split(" ")].map((name) => `sensor.${name}`),
	"lock.lock binary_sensor.locked",
	"cover.charge_port binary_sensor.charge_port",
	"binary_sensor.charging switch.charging",
	"number.charge_limit sensor.charge_limit",
	"sensor.fuel_level sensor.fuel",
	"device_tracker.location",
	"button.refresh",
];

const BAR = { bar: 1, cbar: 0.01, kPa: 0.01, hPa: 0.001, mbar: 0.001, Pa: 1e-5, psi: 0.0689476, mmHg: 0.00133322, inHg: 0.0338639 };
// A tyre is low below this, or this much below the other one of its axle.
const LOWEST_BAR = 1.7;
const LOWER_BY = 0.1;

// "On" of a binary sensor of class lock means unlocked; a lock has words of its own.
const LOCKS = { on: "unlocked", off: "locked" };
const PORTS = { on: "open", open: "open", opening: "busy", closing: "busy", off: "closed", closed: "closed" };
const SWITCHES = { on: "open", off: "closed" };
const LEFT_OPEN = { on: "bad", off: "closed" };

/** The ids of all entities that a card of this car shows. */
export function findEntities(car) {
	const found = KEYS.map((keys) => [/\w+$/.exec(keys.split(" ", 1))[0], idOf(car, keys)]).filter(([, id]) => id);
	const others = OTHERS.flatMap((key) => car[key] ?? []);
	return { ...Object.fromEntries(found), charging_switch: idOf(car, "switch.charging"), others, all: [...found.map(([, id]) => id), ...others] };
}

/**
 * Read what is known of a car; `oldAfter` is in milliseconds. Openings and tyres are `absent`,
 * `unknown`, `closed`, `open` or `bad`: an opening is bad if the car is parked and locked.
 */
export function readCar(ids, states, oldAfter) {
	const stateOf = (name) => states[ids[name]];
	const value = (name) => (isKnown(stateOf(name)) ? stateOf(name).state : undefined);
	const number = (name) => numberOf(stateOf(name));
	const unit = (name) => stateOf(name)?.attributes.unit_of_measurement;
	const isOn = (name) => value(name) && value(name) === "on";
	const read = (entityId, words, isLock) => {
		if (!entityId) return { state: "absent" };
		const state = isKnown(states[entityId]) && states[entityId].state;
		return { entityId, state: words[state] ?? ((isLock && state) || "unknown") };
	};

	const updates = () => ids.all.map((id) => momentOf(states[id]?.attributes.updated_at)).filter(Boolean);
	const newest = value("data_age") ? momentOf(value("data_age")) : updates().sort((a, b) => b - a)[0];
	const isOld = Date.now() - newest > oldAfter;
	const driving = !isOld && (number("speed") === undefined ? ["drive", "reverse"].includes(value("gear")) : number("speed") > 0);

	const lock = read(ids.lock, LOCKS, true);
	const words = lock.state === "locked" && !driving ? LEFT_OPEN : SWITCHES;
	const bars = (name) => number(name) * BAR[unit(name)];
	const readTire = (name) => {
		const other = name.replace(/left|right/, (side) => (side === "left" ? "right" : "left"));
		const isLow = bars(name) < LOWEST_BAR || bars(name) < bars(other) * (1 - LOWER_BY);
		return { entityId: ids[name], unit: unit(name), state: !ids[name] ? "absent" : !value(name) ? "unknown" : isLow ? "bad" : "closed" };
	};
	const all = (names, one) => Object.fromEntries(names.map((name) => [name, one(name)]));

	const [status, connection, power] = [value("charging_status"), value("charging_connection"), number("charging_power")];
	const isCharging = isOn("charging") ?? (status ?? connection) === "charging";
	const isPlugged = isOn("plug") ?? (connection && ["connected", "charging", "complete"].includes(connection));
	const canCharge = ["charging", "plug", "charging_connection", "charging_status"].some((name) => ids[name]);
	const plugged = { true: "plugged", false: "unplugged" }[isPlugged] ?? "unknown";
	const level = (name, range) => ids[name] && { name, entityId: ids[name], range: ids[range], percent: unit(name) === "%" ? number(name) : undefined };
	return {
		lock,
		openings: { ...all(OPENINGS, (name) => read(ids[name], words)), ...all(ids.others, (id) => read(id, words)) },
		tires: all(TIRES, readTire),
		charge: {
			state: !canCharge ? "absent" : isCharging ? "charging" : plugged,
			isFull: status === "fully_charged" || connection === "complete",
			kilowatts: unit("charging_power") === "W" ? power / 1000 : power,
			finish: momentOf(value("charging_finish")),
			limit: number("charge_limit"),
		},
		port: read(ids.charge_port, PORTS),
		climate: read(ids.climate, SWITCHES),
		levels: [level("battery", "range"), level("fuel_level", "fuel_range")].filter(Boolean),
		driving,
		asleep: !driving && isOn("asleep") === true,
		newest,
		isOld,
	};
}

const isOpen = ({ state }) => state === "open" || state === "bad";

/** What stands out, worst first: each item has an entity, and may be open or bad. */
export function exceptionsOf({ lock, openings, tires }, ids, states) {
	const open = Object.values(openings).filter(isOpen).map(({ entityId, state }) => ({ entityId, isOpen: true, isBad: state === "bad" }));
	const others = [lock.state === "jammed" && lock.entityId, ...Object.values(tires).map((tire) => isOpen(tire) && tire.entityId)];
	if (states[ids.warnings]?.state === "on") others.push(ids.warnings);
	if (numberOf(states[ids.trouble_codes]) > 0) others.push(ids.trouble_codes);
	return [...open, ...others.filter(Boolean).map((entityId) => ({ entityId, isBad: true }))].sort((a, b) => b.isBad - a.isBad);
}

// What is said of a lock when all is closed, and otherwise.
const NOT_LOCKED = ["card_closed_unlocked", "card_unlocked"];
const SENTENCES = {
	locked: ["card_closed_locked", "card_locked"],
	unlocked: NOT_LOCKED,
	open: NOT_LOCKED,
	unknown: ["card_closed_lock_unknown", "card_lock_unknown"],
	absent: ["card_closed", "card_openings_unknown"],
};

/** The key of the sentence about lock and openings; undefined if nothing is known. */
export function sentenceOf({ lock, openings }) {
	const parts = Object.values(openings).filter(({ state }) => state !== "absent");
	if (lock.state === "absent" && (!parts.length || parts.some(isOpen))) return undefined;
	const isClosed = parts.length > 0 && parts.every(({ state }) => state === "closed");
	return SENTENCES[lock.state]?.[isClosed ? 0 : 1];
}
