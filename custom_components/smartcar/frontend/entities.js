// Which entities belong to a car. Ids and names are the user's; the domain and the
// translation key within a device are the integration's.

const DOMAIN = "smartcar";
export const PLACES = ["front_left", "front_right", "rear_left", "rear_right"];
// They would turn the rest of a sentence around.
const BIDI_CONTROLS = /[\u202a-\u202e\u2066-\u2069]/g;

const known = new WeakMap();

export const domainOf = (entityId) => entityId.split(".", 1)[0];

/** The entity ids of each device by "domain.translation_key"; further rows of seats share a key. */
function carsOf(entities) {
	if (known.has(entities)) return known.get(entities);
	const cars = {};
	for (const [id, { platform, device_id: device, translation_key: name }] of Object.entries(entities)) {
		if (platform === DOMAIN && device && name) ((cars[device] ??= {})[`${domainOf(id)}.${name}`] ??= []).push(id);
	}
	known.set(entities, cars);
	return cars;
}

/** The entities of a device; undefined if none is enabled. */
export const carOf = (hass, deviceId) => carsOf(hass.entities)[deviceId];

/** The first entity of these keys ("lock.lock binary_sensor.locked") that a car has. */
export const idOf = (car, keys, isWanted = Boolean) => keys.split(" ").map((key) => car?.[key]?.[0]).find(isWanted);

export const isCar = ({ identifiers }) => identifiers?.some(([domain]) => domain === DOMAIN);

export const plain = (name) => (name ?? "").replace(BIDI_CONTROLS, "");

export const nameOf = (device) => plain(device.name_by_user || device.name);

/** All cars by name; those that are disabled come last. */
export function carDevices(hass) {
	const isOff = ({ id }) => !carOf(hass, id);
	const compare = (a, b) => isOff(a) - isOff(b) || nameOf(a).localeCompare(nameOf(b)) || (a.id < b.id ? -1 : 1);
	return Object.values(hass.devices).filter(isCar).sort(compare);
}

/** The configuration that a card or section starts with. */
export function firstCar(hass) {
	const [device] = carDevices(hass);
	return device ? { device_id: device.id } : {};
}

/** The device that an entity of a car belongs to. */
export function deviceIdOf(hass, entityId) {
	const { platform, device_id: device } = hass.entities[entityId] ?? {};
	return platform === DOMAIN && device;
}

export const isKnown = (state) => state !== undefined && !["unknown", "unavailable"].includes(state.state);

/** A state as a number, or undefined. */
export function numberOf(state) {
	const value = isKnown(state) && state.state !== "" ? Number(state.state) : NaN;
	return Number.isFinite(value) ? value : undefined;
}

/** A text as a moment, or undefined. */
export function momentOf(text) {
	const moment = new Date(text ?? "");
	return Number.isNaN(moment.getTime()) ? undefined : moment;
}
