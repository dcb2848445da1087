// Which entities belong to a car. Entity ids and names are the user's; what stays is
// the domain and the translation key within a device.

const DOMAIN = "smartcar";

const carsByRegistry = new WeakMap();

/** A car's entities. Those of further rows of seats share a key. */
export class Car {
	#ids = {};

	add(key, entityId) {
		(this.#ids[key] ??= []).push(entityId);
	}

	/** The id of the first of these keys ("lock.lock") that the car has. */
	id(...keys) {
		return keys.map((key) => this.#ids[key]?.[0]).find(Boolean);
	}

	/** All ids of a key. */
	ids(key) {
		return this.#ids[key] ?? [];
	}
}

function carsOf(entities) {
	let cars = carsByRegistry.get(entities);
	if (cars) return cars;
	cars = new Map();
	for (const [entityId, entry] of Object.entries(entities)) {
		const { platform, device_id: deviceId, translation_key: name } = entry;
		if (platform !== DOMAIN || !deviceId || !name) continue;
		if (!cars.has(deviceId)) cars.set(deviceId, new Car());
		cars.get(deviceId).add(`${entityId.split(".", 1)[0]}.${name}`, entityId);
	}
	carsByRegistry.set(entities, cars);
	return cars;
}

/** The entities of a device, or undefined if it has none that are enabled. */
export function carOf(hass, deviceId) {
	return carsOf(hass.entities).get(deviceId);
}

export function isCar(device) {
	return device.identifiers?.some(([domain]) => domain === DOMAIN) ?? false;
}

export function nameOf(device) {
	return device.name_by_user || device.name || "";
}

/** The devices of all cars by name; those that are disabled come last. */
export function carDevices(hass) {
	const off = (device) => Number(!carOf(hass, device.id));
	return Object.values(hass.devices)
		.filter(isCar)
		.sort((a, b) => off(a) - off(b) || nameOf(a).localeCompare(nameOf(b)) || (a.id < b.id ? -1 : 1));
}

/** The configuration that a card or section starts with. */
export function firstCar(hass) {
	const [device] = carDevices(hass);
	return device ? { device_id: device.id } : {};
}

/** The device that an entity of a car belongs to. */
export function deviceIdOf(hass, entityId) {
	const entry = hass.entities[entityId];
	return entry?.platform === DOMAIN ? (entry.device_id ?? undefined) : undefined;
}

/** Whether a state says something: the entity is there, and its value is known. */
export function isKnown(state) {
	return state !== undefined && !["unknown", "unavailable"].includes(state.state);
}

/** A state as a number, or undefined. */
export function numberOf(state) {
	if (!isKnown(state) || state.state === "") return undefined;
	const value = Number(state.state);
	return Number.isFinite(value) ? value : undefined;
}

/** A state or text as a moment, or undefined. */
export function momentOf(text) {
	const moment = typeof text === "string" ? new Date(text) : undefined;
	return moment && !Number.isNaN(moment.getTime()) ? moment : undefined;
}
