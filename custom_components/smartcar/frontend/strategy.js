// Dashboards, views and sections of cars, made of core's cards and the cards of a car.

import { CAR_SELECTOR, define, formOf, tell } from "./element.js";
import { PLACES, carDevices, carOf, domainOf, firstCar, idOf, nameOf } from "./entities.js";
import { localized, textNow } from "./texts.js";

const NAME = ["strategy_title", "Cars"];
const DAYS = 14;
const WIDE = { grid_options: { columns: "full" } };
const NAMED = { name: { type: "entity" } };

const feature = (type, options) => ({ features: [{ type, ...options }] });
const wide = (...given) => ({ ...feature(...given), ...WIDE });
const LEVEL = wide("bar-gauge", { min: 0, max: 100 });
const WHEN_CHARGING = { when: "binary_sensor.charging" };
// Core's own features need an entity of their domain.
const FEATURE_DOMAINS = { "lock-commands": "lock", "cover-open-close": "cover", "numeric-input": "number" };

// Of each tile: the keys of which the first that the car has is shown, and how.
const CONTROLS = [
	["lock.lock binary_sensor.locked", wide("lock-commands")],
	["switch.charging", feature("toggle")],
	["cover.charge_port binary_sensor.charge_port", feature("cover-open-close")],
	["number.charge_limit sensor.charge_limit", wide("numeric-input", { style: "slider" })],
	["button.refresh", { ...feature("button"), hide_state: true }],
];
const ENERGY = [
	["sensor.battery", LEVEL],
	["sensor.fuel_level", LEVEL],
	["sensor.range"],
	["sensor.fuel_range"],
	["binary_sensor.plug"],
	["sensor.consumption sensor.fuel_consumption"],
	["sensor.charging_power", WHEN_CHARGING],
	["sensor.charging_finish", WHEN_CHARGING],
];
const CONDITION = [
	["sensor.odometer", wide("trend-graph", { hours_to_show: 24 * 7 })],
	...PLACES.map((place) => [`sensor.tire_pressure_${place}`]),
	["sensor.outside_temperature"],
	["sensor.inside_temperature"],
	["sensor.low_voltage_battery"],
];
// What is shown only while it is so.
const state = (value) => ({ condition: "state", state: value });
const ATTENTION = [
	["binary_sensor.left_open", state("on")],
	["binary_sensor.warnings", state("on")],
	["sensor.trouble_codes", { condition: "numeric_state", above: 0 }],
	["binary_sensor.online", state("off")],
];
const BADGES = [["sensor.battery"], ["sensor.fuel_level"], ["binary_sensor.plug", state("on")], ["binary_sensor.left_open", state("on")]];

const grid = (cards, options) => ({ type: "grid", cards, ...options });
const titled = (heading, icon, cards, options) => (cards.length ? [grid([{ type: "heading", heading, icon }, ...cards], options)] : []);
const missing = async (hass) => grid([{ type: "markdown", content: (await localized(hass))("strategy_missing"), ...WIDE }]);
const own = (type, { id }) => ({ type: `custom:${type}`, device_id: id, ...WIDE });
const slugOf = ({ identifiers }) => identifiers.find(([domain]) => domain === "smartcar")[1].toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");

/** What finds the entities of a car that its owner has not hidden. */
function finder(hass, { id: deviceId }) {
	const car = carOf(hass, deviceId);
	return (keys) => idOf(car, keys, (id) => id && !hass.entities[id].hidden);
}

const during = (condition, entity) => condition && entity && { visibility: [{ ...condition, entity }] };

/** A card or badge for each key that the car has, by `make(entity, options)`. */
const each = (find, rows, make) => rows.flatMap(([keys, options]) => (find(keys) ? [make(find(keys), options)] : []));

const tiles = (find, rows) =>
	each(find, rows, (entity, { when, features, ...options } = {}) => {
		const fits = features?.every(({ type }) => (FEATURE_DOMAINS[type] ?? domainOf(entity)) === domainOf(entity));
		return { type: "tile", entity, ...NAMED, ...options, ...(fits && { features }), ...during(when && state("on"), when && find(when)) };
	});

function attention(find, title) {
	const cards = each(find, ATTENTION, (entity, condition) => ({ type: "tile", entity, ...NAMED, color: "red", ...WIDE, ...during(condition, entity) }));
	return titled(title, "mdi:alert", cards, { visibility: [{ condition: "or", conditions: cards.flatMap(({ visibility }) => visibility) }] });
}

function diary(find, device, days) {
	const id = `smartcar:${slugOf(device).replaceAll("-", "_")}_charge`;
	const options = { stat_types: ["change"], chart_type: "bar", period: "day", days_to_show: days };
	const graph = { type: "statistics-graph", entities: [`${id}_home`, `${id}_away`], ...options, ...WIDE };
	const card = own("smartcar-diary-card", device);
	return find("calendar.diary") ? [grid(find("sensor.charged_this_month") ? [card, graph] : [card])] : [];
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
	const isShown = ({ id }) => !hidden.includes(id) && carOf(hass, id);
	return carDevices(hass).filter(isShown).sort((a, b) => rank(a) - rank(b));
}

class Strategy extends HTMLElement {
	/** Regenerate with what was generated from, and never with a state. */
	static shouldRegenerate = (_config, old, now) => ["entities", "devices", "language"].some((key) => old[key] !== now[key]);
}

/** The view of one car, or that of all without a `device_id`. */
export class VehicleView extends Strategy {
	static async generate(config, hass) {
		const say = await localized(hass);
		const device = hass.devices[config.device_id];
		const view = { type: "sections", max_columns: 4 };
		if (!config.device_id) {
			const cars = chosen(config, hass);
			const map = place(cars.map((car) => finder(hass, car)), say("strategy_place"), config, 0);
			return { ...view, sections: [...cars.map((car) => grid([own("smartcar-card", car)])), ...map] };
		}
		if (!device || !carOf(hass, device.id)) return { ...view, sections: [await missing(hass)] };
		const find = finder(hass, device);
		const sections = [
			...attention(find, say("strategy_attention")),
			grid([own("smartcar-card", device)], { column_span: 2 }),
			...titled(say("strategy_controls"), "mdi:car-key", tiles(find, CONTROLS)),
			...titled(say("strategy_energy"), "mdi:lightning-bolt", tiles(find, ENERGY)),
			...place([find], say("strategy_place"), config, 24),
			...diary(find, device, Number(config.days) || DAYS),
			...titled(say("strategy_condition"), "mdi:car-wrench", tiles(find, CONDITION)),
		];
		const badges = each(find, BADGES, (entity, condition) => ({ type: "entity", entity, ...NAMED, ...during(condition, entity) }));
		return { ...view, badges, sections };
	}
}

/** A section with a car, for any dashboard. */
export class VehicleSection extends Strategy {
	static getStubConfig = firstCar;
	static getConfigElement = () => document.createElement("smartcar-section-editor");

	static async generate(config, hass) {
		const device = hass.devices[config.device_id] ?? carDevices(hass)[0];
		if (!device) return missing(hass);
		return titled(nameOf(device), "mdi:car", [own("smartcar-card", device), ...tiles(finder(hass, device), CONTROLS)])[0];
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

/** Define an element with a form, whose values are the strategy's configuration. */
function defineEditor(tag, optionsOf) {
	class Editor extends HTMLElement {
		#config = {};
		#hass;

		constructor() {
			super();
			this.addEventListener("value-changed", (event) => {
				event.stopPropagation();
				tell(this, "config-changed", { config: { ...this.#config, ...event.detail.value } });
			});
		}

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
			const options = optionsOf(hass);
			const defaults = Object.fromEntries(Object.entries(options).map(([name, [, , value]]) => [name, value]));
			const form = this.firstChild ?? this.appendChild(document.createElement("ha-form"));
			Object.assign(form, { hass, ...formOf(options), data: { ...defaults, ...this.#config }, computeLabel: ({ name }) => say(options[name][0]) });
		}
	}
	define(tag, Editor);
}

defineEditor("smartcar-section-editor", () => ({ device_id: ["strategy_car", CAR_SELECTOR] }));
defineEditor("smartcar-dashboard-editor", (hass) => {
	const options = carDevices(hass).map((device) => ({ value: device.id, label: nameOf(device) }));
	const cars = { multiple: true, mode: "dropdown", options };
	return {
		order: ["strategy_order", { select: { ...cars, reorder: true } }, []],
		hidden: ["strategy_hidden", { select: cars }, []],
		map: ["strategy_map", { boolean: {} }, true],
		days: ["strategy_days", { number: { min: 1, max: 90, mode: "box" } }, DAYS],
	};
});
define("ll-strategy-view-smartcar-vehicle", VehicleView);

const description = ["strategy_description", "Your cars at a glance."];
const dashboard = { type: "smartcar", strategyType: "dashboard", name: NAME, description };
const section = { type: "smartcar-vehicle", strategyType: "section", name: ["strategy_car", "Car"], description };
define("ll-strategy-dashboard-smartcar", CarsDashboard, "customStrategies", dashboard);
define("ll-strategy-section-smartcar-vehicle", VehicleSection, "customStrategies", section);
