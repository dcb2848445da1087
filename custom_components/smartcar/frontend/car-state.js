// What a car's entities say, as one plain object. Nothing here draws or writes.

import { idOf, isKnown, momentOf, numberOf } from "./entities.js";

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
];
// Those of further rows of seats are not in the picture, but in words.
const OTHERS = ["binary_sensor.door_other", "binary_sensor.window_other"];
/** Each tyre, and the other one of its axle. */
export const TIRES = {
	tire_pressure_front_left: "tire_pressure_front_right",
	tire_pressure_front_right: "tire_pressure_front_left",
	tire_pressure_rear_left: "tire_pressure_rear_right",
	tire_pressure_rear_right: "tire_pressure_rear_left",
};
// What else is shown: the first of these keys that the car has, by the name of the first.
const SINGLE = [
	"lock.lock binary_sensor.locked",
	"cover.charge_port binary_sensor.charge_port",
	"binary_sensor.plug",
	"sensor.charging_connection",
	"binary_sensor.charging switch.charging",
	"sensor.charging_status",
	"sensor.charging_power",
	"sensor.charging_finish",
	"number.charge_limit sensor.charge_limit",
	"sensor.battery",
	"sensor.range",
	"sensor.fuel_level sensor.fuel",
	"sensor.fuel_range",
	"binary_sensor.climate",
	"binary_sensor.asleep",
	"sensor.gear",
	"sensor.speed",
	"device_tracker.location",
	"sensor.inside_temperature",
	"sensor.outside_temperature",
	"sensor.odometer",
	"binary_sensor.warnings",
	"sensor.trouble_codes",
	"sensor.data_age",
	"button.refresh",
];
const KEYS = [...OPENINGS, ...Object.keys(TIRES).map((name) => `sensor.${name}`), ...SINGLE];

const BAR = { bar: 1, cbar: 0.01, kPa: 0.01, hPa: 0.001, mbar: 0.001, Pa: 1e-5, psi: 0.0689476, mmHg: 0.00133322, inHg: 0.0338639 };
// A tyre is low below this, or this much below the other one of its axle.
const LOWEST_BAR = 1.7;
const LOWER_BY = 0.1;

// "On" of a binary sensor of class lock means unlocked; a lock has words of its own.
const LOCKS = { on: "unlocked", off: "locked" };
const PORTS = { on: "open", open: "open", opening: "busy", closing: "busy", off: "closed", closed: "closed" };
const SWITCHES = { on: "open", off: "closed" };
const LEFT_OPEN = { on: "bad", off: "closed" };

/** The ids of all entities that a card of this car shows, by the names of their keys. */
export function findEntities(car) {
	const found = KEYS.map((keys) => [/\w+$/.exec(keys.split(" ", 1)[0])[0], idOf(car, keys)]).filter(([, id]) => id);
	const others = OTHERS.flatMap((key) => car[key] ?? []);
	const all = [...found.map(([, id]) => id), ...others];
	return { ...Object.fromEntries(found), charging_switch: idOf(car, "switch.charging"), others, all };
}

/**
 * Read what is known of a car; `oldAfter` is in milliseconds.
 *
 * Openings and tyres are `absent`, `unknown`, `closed`, `open` or `bad`. An opening is
 * bad if the car is parked and locked.
 */
export function readCar(ids, states, oldAfter) {
	const stateOf = (name) => states[ids[name]];
	const value = (name) => (isKnown(stateOf(name)) ? stateOf(name).state : undefined);
	const number = (name) => numberOf(stateOf(name));
	const unit = (name) => stateOf(name)?.attributes.unit_of_measurement;
	const isOn = (name) => value(name) && value(name) === "on";
	const read = (entityId, words, isLock) => {
		if (!entityId) return { state: "absent" };
		const { state } = isKnown(states[entityId]) ? states[entityId] : {};
		return { entityId, state: words[state] ?? ((isLock && state) || "unknown") };
	};

	const updates = ids.all.map((id) => momentOf(states[id]?.attributes.updated_at)).filter(Boolean);
	const newest = ids.data_age && isKnown(stateOf("data_age")) ? momentOf(value("data_age")) : updates.sort((a, b) => b - a)[0];
	const isOld = Date.now() - newest > oldAfter;
	const isMoving = number("speed") === undefined ? ["drive", "reverse"].includes(value("gear")) : number("speed") > 0;
	const driving = isMoving && !isOld;

	const lock = read(ids.lock, LOCKS, true);
	const words = lock.state === "locked" && !driving ? LEFT_OPEN : SWITCHES;
	const openings = Object.fromEntries(OPENINGS.map((key) => key.split(".")[1]).map((name) => [name, read(ids[name], words)]));

	const bars = (name) => number(name) * BAR[unit(name)];
	const readTire = ([name, beside]) => {
		const isLow = bars(name) < LOWEST_BAR || bars(name) < bars(beside) * (1 - LOWER_BY);
		const state = !ids[name] ? "absent" : !value(name) ? "unknown" : isLow ? "bad" : "closed";
		return [name, { entityId: ids[name], value: number(name), unit: unit(name), state }];
	};

	const [status, connection, power] = [value("charging_status"), value("charging_connection"), number("charging_power")];
	const isCharging = isOn("charging") ?? (status ?? connection) === "charging";
	const isPlugged = isOn("plug") ?? (connection && ["connected", "charging", "complete"].includes(connection));
	const canCharge = ["charging", "plug", "charging_connection", "charging_status"].some((name) => ids[name]);
	const plugged = { true: "plugged", false: "unplugged" }[isPlugged] ?? "unknown";

	const level = (kind, name, range) => ids[name] && { kind, entityId: ids[name], range: ids[range], percent: unit(name) === "%" ? number(name) : undefined };
	return {
		lock,
		openings,
		opening: [...Object.values(openings), ...ids.others.map((id) => read(id, words))],
		tires: Object.fromEntries(Object.entries(TIRES).map(readTire)),
		charge: {
			state: !canCharge ? "absent" : isCharging ? "charging" : plugged,
			isFull: status === "fully_charged" || connection === "complete",
			kilowatts: unit("charging_power") === "W" ? power / 1000 : power,
			finish: momentOf(value("charging_finish")),
			limit: number("charge_limit"),
		},
		port: read(ids.charge_port, PORTS),
		climate: read(ids.climate, SWITCHES),
		levels: [level("battery", "battery", "range"), level("fuel", "fuel_level", "fuel_range")].filter(Boolean),
		driving,
		asleep: !driving && isOn("asleep") === true,
		hasWarning: isOn("warnings") === true,
		codes: number("trouble_codes") ?? 0,
		newest,
		isOld,
	};
}

const isOpen = ({ state }) => state === "open" || state === "bad";

/** What stands out, worst first. */
export function exceptionsOf({ lock, opening, tires }) {
	const add = (kind) => ({ entityId, state }) => ({ kind, entityId, isBad: state !== "open" });
	return [
		...[lock].filter(({ state }) => state === "jammed").map(add("jammed")),
		...opening.filter(isOpen).map(add("open")),
		...Object.values(tires).filter(isOpen).map(add("tire")),
	].sort((a, b) => b.isBad - a.isBad);
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
export function sentenceOf({ lock, opening }) {
	const parts = opening.filter(({ state }) => state !== "absent");
	if (lock.state === "absent" && (!parts.length || parts.some(isOpen))) return undefined;
	const isClosed = parts.length > 0 && parts.every(({ state }) => state === "closed");
	return SENTENCES[lock.state]?.[isClosed ? 0 : 1];
}
