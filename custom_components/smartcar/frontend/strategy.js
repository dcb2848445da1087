// Dashboards, views and sections of cars, made of core's cards and the cards of a car.

import { CAR_SELECTOR, define, formOf } from "./element.js";
import { carDevices, carOf, domainOf, firstCar, idOf, nameOf } from "./entities.js";
import { localized, textNow } from "./texts.js";

const NAME = ["strategy_title", "Cars"];
const DAYS = 14;
const WIDE = { grid_options: { columns: "full" } };
const NAMED = { name: { type: "entity" } };

const feature = (type, options) => ({ features: [{ type, ...options }] });
const LEVEL = { ...feature("bar-gauge", { min: 0, max: 100 }), ...WIDE };
const WHEN_CHARGING = { when: "binary_sensor.charging" };

// Of each tile: the keys of which the first that the car has is shown, and how.
const CONTROLS = {
	"lock.lock binary_sensor.locked": { ...feature("lock-commands"), ...WIDE },
	"switch.charging": feature("toggle"),
	"cover.charge_port binary_sensor.charge_port": feature("cover-open-close"),
	"number.charge_limit sensor.charge_limit": { ...feature("numeric-input", { style: "slider" }), ...WIDE },
	"button.refresh": { ...feature("button"), hide_state: true },
};
const ENERGY = {
	"sensor.battery": LEVEL,
	"sensor.fuel_level": LEVEL,
	"sensor.range": {},
	"sensor.fuel_range": {},
	"binary_sensor.plug": {},
	"sensor.consumption sensor.fuel_consumption": {},
	"sensor.charging_power": WHEN_CHARGING,
	"sensor.charging_finish": WHEN_CHARGING,
};
const CONDITION = {
	"sensor.odometer": { ...feature("trend-graph", { hours_to_show: 24 * 7 }), ...WIDE },
	"sensor.tire_pressure_front_left": {},
	"sensor.tire_pressure_front_right": {},
	"sensor.tire_pressure_rear_left": {},
	"sensor.tire_pressure_rear_right": {},
	"sensor.outside_temperature": {},
	"sensor.inside_temperature": {},
	"sensor.low_voltage_battery": {},
};
// Core's own features need an entity of their domain.
const FEATURE_DOMAINS = { "lock-commands": "lock", "cover-open-close": "cover", "numeric-input": "number" };

// What is shown only while it is so.
const ON = { condition: "state", state: "on" };
const OFF = { condition: "state", state: "off" };
const ATTENTION = {
	"binary_sensor.left_open": ON,
	"binary_sensor.warnings": ON,
	"sensor.trouble_codes": { condition: "numeric_state", above: 0 },
	"binary_sensor.online": OFF,
};
const BADGES = { "sensor.battery": undefined, "sensor.fuel_level": undefined, "binary_sensor.plug": ON, "binary_sensor.left_open": ON };

const grid = (cards, options) => ({ type: "grid", cards, ...options });
const titled = (heading, icon, cards, options) => (cards.length ? [grid([{ type: "heading", heading, icon }, ...cards], options)] : []);
const missing = async (hass) => grid([{ type: "markdown", content: (await localized(hass))("strategy_missing"), ...WIDE }]);
const carCard = ({ id }) => ({ type: "custom:smartcar-card", device_id: id, ...WIDE });
const slugOf = ({ identifiers }) => identifiers.find(([domain]) => domain === "smartcar")[1].toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");

/** What finds the entities of a car that its owner has not hidden. */
function finder(hass, device) {
	const car = carOf(hass, device.id);
	return (keys) => idOf(car, keys, (id) => id && !hass.entities[id].hidden);
}

const during = (condition, entity) => condition && { visibility: [{ ...condition, entity }] };

function tiles(find, table) {
	return Object.entries(table).flatMap(([keys, { when, features, ...options }]) => {
		const entity = find(keys);
		if (!entity) return [];
		const fits = features?.every(({ type }) => (FEATURE_DOMAINS[type] ?? domainOf(entity)) === domainOf(entity));
		return [{ type: "tile", entity, ...NAMED, ...options, ...(fits && { features }), ...(when && find(when) && during(ON, find(when))) }];
	});
}

function badges(find) {
	return Object.keys(BADGES).flatMap((key) => {
		const entity = find(key);
		return entity ? [{ type: "entity", entity, ...NAMED, ...during(BADGES[key], entity) }] : [];
	});
}

function attention(find, title) {
	const cards = Object.keys(ATTENTION).flatMap((key) =>
		tiles(find, { [key]: { color: "red", ...WIDE } }).map((tile) => ({ ...tile, ...during(ATTENTION[key], tile.entity) })),
	);
	const conditions = cards.map(({ visibility }) => visibility[0]);
	return titled(title, "mdi:alert", cards, { visibility: [{ condition: "or", conditions }] });
}

function diary(find, device, days) {
	if (!find("calendar.diary")) return [];
	const id = `smartcar:${slugOf(device).replaceAll("-", "_")}_charge`;
	const entities = [`${id}_home`, `${id}_away`];
	const options = { stat_types: ["change"], chart_type: "bar", period: "day", days_to_show: days };
	const graph = { type: "statistics-graph", entities, ...options, ...WIDE };
	const card = { type: "custom:smartcar-diary-card", device_id: device.id, ...WIDE };
	return [grid(find("sensor.charged_this_month") ? [card, graph] : [card])];
}

/** A map of the cars that say where they are. */
function place(finders, title, { map }, hours) {
	const entities = finders.map((find) => find("device_tracker.location")).filter(Boolean);
	const options = { hours_to_show: hours, auto_fit: true, fit_zones: false, default_zoom: 14 };
	const card = { type: "map", entities, ...options, grid_options: { columns: "full", rows: 6 } };
	return titled(title, "mdi:map-marker", entities.length && map !== false ? [card] : []);
}

/** The cars that a dashboard shows, in its order. */
function chosen({ order = [], hidden = [] }, hass) {
	const rank = ({ id }) => (order.includes(id) ? order.indexOf(id) : order.length);
	return carDevices(hass)
		.filter(({ id }) => !hidden.includes(id) && carOf(hass, id))
		.sort((a, b) => rank(a) - rank(b));
}

class Strategy extends HTMLElement {
	/** Regenerate with what was generated from, and never with a state. */
	static shouldRegenerate(_config, old, now) {
		return ["entities", "devices", "language"].some((key) => old[key] !== now[key]);
	}
}

/** The view of one car, or that of all without a `device_id`. */
export class VehicleView extends Strategy {
	static async generate(config, hass) {
		const say = await localized(hass);
		const view = { type: "sections", max_columns: 4 };
		if (!config.device_id) {
			const cars = chosen(config, hass);
			const finders = cars.map((device) => finder(hass, device));
			return { ...view, sections: [...cars.map((device) => grid([carCard(device)])), ...place(finders, say("strategy_place"), config, 0)] };
		}
		const device = hass.devices[config.device_id];
		if (!device || !carOf(hass, device.id)) return { ...view, sections: [await missing(hass)] };
		const find = finder(hass, device);
		const sections = [
			...attention(find, say("strategy_attention")),
			grid([carCard(device)], { column_span: 2 }),
			...titled(say("strategy_controls"), "mdi:car-key", tiles(find, CONTROLS)),
			...titled(say("strategy_energy"), "mdi:lightning-bolt", tiles(find, ENERGY)),
			...place([find], say("strategy_place"), config, 24),
			...diary(find, device, Number(config.days) || DAYS),
			...titled(say("strategy_condition"), "mdi:car-wrench", tiles(find, CONDITION)),
		];
		return { ...view, badges: badges(find), sections };
	}
}

/** A section with a car, for any dashboard. */
export class VehicleSection extends Strategy {
	static getStubConfig = firstCar;
	static getConfigElement = () => document.createElement("smartcar-section-editor");

	static async generate(config, hass) {
		const device = hass.devices[config.device_id] ?? carDevices(hass)[0];
		if (!device) return missing(hass);
		return titled(nameOf(device), "mdi:car", [carCard(device), ...tiles(finder(hass, device), CONTROLS)])[0];
	}
}

/** The dashboard: an overview of several cars, and a view of each. */
export class CarsDashboard extends Strategy {
	static getCreateSuggestions = () => ({ title: textNow(NAME), icon: "mdi:car" });
	static getConfigElement = () => document.createElement("smartcar-dashboard-editor");

	static async generate({ map, days, hidden, order }, hass) {
		const say = await localized(hass);
		const cars = chosen({ hidden, order }, hass);
		const view = (title, icon, path, options) => {
			const strategy = { type: "custom:smartcar-vehicle", ...options, map, days };
			return { title, icon, show_icon_and_title: true, path, strategy };
		};
		const all = cars.length === 1 ? [] : [view(say("strategy_title"), "mdi:car-multiple", "cars", { hidden, order })];
		return { views: [...all, ...cars.map((device) => view(nameOf(device), "mdi:car", slugOf(device), { device_id: device.id }))] };
	}
}

/** A form whose values are the strategy's configuration. */
class Editor extends HTMLElement {
	#form;
	#hass;
	#config = {};

	set hass(hass) {
		this.#hass = hass;
		this.#show();
	}

	setConfig(config) {
		this.#config = config;
		this.#show();
	}

	async #show() {
		const hass = this.#hass;
		if (!hass) return;
		const say = await localized(hass);
		if (!this.#form) {
			this.#form = document.createElement("ha-form");
			this.#form.addEventListener("value-changed", (event) => {
				event.stopPropagation();
				const config = { ...this.#config, ...event.detail.value };
				this.dispatchEvent(new CustomEvent("config-changed", { bubbles: true, composed: true, detail: { config } }));
			});
			this.append(this.#form);
		}
		const options = this.constructor.optionsOf(hass);
		const defaults = Object.fromEntries(Object.entries(options).map(([name, [, , value]]) => [name, value]));
		const computeLabel = ({ name }) => say(options[name][0]);
		Object.assign(this.#form, { hass, ...formOf(options), data: { ...defaults, ...this.#config }, computeLabel });
	}
}

class DashboardEditor extends Editor {
	static optionsOf(hass) {
		const options = carDevices(hass).map((device) => ({ value: device.id, label: nameOf(device) }));
		const cars = { multiple: true, mode: "dropdown", options };
		return {
			order: ["strategy_order", { select: { ...cars, reorder: true } }, []],
			hidden: ["strategy_hidden", { select: cars }, []],
			map: ["strategy_map", { boolean: {} }, true],
			days: ["strategy_days", { number: { min: 1, max: 90, mode: "box" } }, DAYS],
		};
	}
}

class SectionEditor extends Editor {
	static optionsOf = () => ({ device_id: ["strategy_car", CAR_SELECTOR] });
}

define("smartcar-dashboard-editor", DashboardEditor);
define("smartcar-section-editor", SectionEditor);
define("ll-strategy-view-smartcar-vehicle", VehicleView);

const description = ["strategy_description", "Your cars at a glance."];
const dashboard = { type: "smartcar", strategyType: "dashboard", name: NAME, description };
const section = { type: "smartcar-vehicle", strategyType: "section", name: ["strategy_car", "Car"], description };
define("ll-strategy-dashboard-smartcar", CarsDashboard, "customStrategies", dashboard);
define("ll-strategy-section-smartcar-vehicle", VehicleSection, "customStrategies", section);
