// Dashboards, views and sections of cars, made of core's cards and the car card.

import { CAR_SELECTOR, announce, define, field } from "./element.js";
import { carDevices, carOf, firstCar, nameOf } from "./entities.js";
import { localized, textNow } from "./texts.js";

const WIDE = { grid_options: { columns: "full" } };
const DAYS = 14;

const feature = (type, options) => ({ features: [{ type, ...options }] });
const wide = (type, options) => ({ ...feature(type, options), ...WIDE });
const LEVEL = wide("bar-gauge", { min: 0, max: 100 });
const WHEN_CHARGING = { when: "binary_sensor.charging" };

// Each row: the keys of which the first that the car has is shown, and how.
const CONTROLS = [
	[["lock.lock", "binary_sensor.locked"], wide("lock-commands")],
	[["switch.charging"], feature("toggle")],
	[["cover.charge_port", "binary_sensor.charge_port"], feature("cover-open-close")],
	[["number.charge_limit", "sensor.charge_limit"], wide("numeric-input", { style: "slider" })],
	[["button.refresh"], { ...feature("button"), hide_state: true }],
];
const ENERGY = [
	[["sensor.battery"], LEVEL],
	[["sensor.fuel_level"], LEVEL],
	[["sensor.range"]],
	[["sensor.fuel_range"]],
	[["binary_sensor.plug"]],
	[["sensor.consumption", "sensor.fuel_consumption"]],
	[["sensor.charging_power"], WHEN_CHARGING],
	[["sensor.charging_finish"], WHEN_CHARGING],
];
const CONDITION = [
	[["sensor.odometer"], wide("trend-graph", { hours_to_show: 24 * 7 })],
	[["sensor.tire_pressure_front_left"]],
	[["sensor.tire_pressure_front_right"]],
	[["sensor.tire_pressure_rear_left"]],
	[["sensor.tire_pressure_rear_right"]],
	[["sensor.outside_temperature"]],
	[["sensor.inside_temperature"]],
	[["sensor.low_voltage_battery"]],
];

const isState = (state) => ({ condition: "state", state });

// What is shown only while it is so.
const ATTENTION = [
	["binary_sensor.left_open", isState("on")],
	["binary_sensor.warnings", isState("on")],
	["sensor.trouble_codes", { condition: "numeric_state", above: 0 }],
	["binary_sensor.online", isState("off")],
];
const BADGES = [
	["sensor.battery"],
	["sensor.fuel_level"],
	["binary_sensor.plug", isState("on")],
	["binary_sensor.left_open", isState("on")],
];

// Core's own features need an entity of their domain.
const FEATURE_DOMAINS = { "lock-commands": "lock", "cover-open-close": "cover", "numeric-input": "number" };

const grid = (cards, options) => ({ type: "grid", cards, ...options });
const titled = (heading, icon, cards, options) => (cards.length ? [grid([{ type: "heading", heading, icon }, ...cards], options)] : []);

/** A car as a strategy sees it: the entities that its owner has not hidden. */
class Source {
	constructor(hass, device) {
		this.hass = hass;
		this.device = device;
		this.car = carOf(hass, device.id);
		const [, vehicleId] = device.identifiers.find(([domain]) => domain === "smartcar");
		this.path = vehicleId.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
		this.card = { type: "custom:smartcar-card", device_id: device.id, ...WIDE };
	}

	id(...keys) {
		return keys.map((key) => this.car?.id(key)).find((id) => id && !this.hass.entities[id].hidden);
	}

	tiles(rows) {
		return rows.flatMap(([keys, options]) => this.tile(keys, options));
	}

	tile(keys, { when, features, ...options } = {}) {
		const entity = this.id(...keys);
		if (!entity) return [];
		const tile = { type: "tile", entity, name: { type: "entity" }, ...options };
		const domain = entity.split(".", 1)[0];
		if (features?.every(({ type }) => (FEATURE_DOMAINS[type] ?? domain) === domain)) tile.features = features;
		const condition = when && this.id(when);
		if (condition) tile.visibility = [{ ...isState("on"), entity: condition }];
		return [tile];
	}

	badges() {
		return BADGES.flatMap(([key, condition]) => {
			const entity = this.id(key);
			const visibility = condition && { visibility: [{ ...condition, entity }] };
			return entity ? [{ type: "entity", entity, name: { type: "entity" }, ...visibility }] : [];
		});
	}

	attention(title) {
		const cards = ATTENTION.flatMap(([key, condition]) =>
			this.tile([key], { color: "red", ...WIDE }).map((tile) => ({ ...tile, visibility: [{ ...condition, entity: tile.entity }] })),
		);
		const conditions = cards.map(({ visibility }) => visibility[0]);
		return titled(title, "mdi:alert", cards, { visibility: [{ condition: "or", conditions }] });
	}

	diary(days) {
		if (!this.id("calendar.diary")) return [];
		const id = `smartcar:${this.path.replaceAll("-", "_")}_charge`;
		const graph = {
			type: "statistics-graph",
			entities: [`${id}_home`, `${id}_away`],
			stat_types: ["change"],
			chart_type: "bar",
			period: "day",
			days_to_show: days,
			...WIDE,
		};
		const card = { type: "custom:smartcar-diary-card", device_id: this.device.id, ...WIDE };
		return [grid(this.id("sensor.charged_this_month") ? [card, graph] : [card])];
	}
}

/** A map of the cars that say where they are. */
function place(sources, title, { map }, hours) {
	const entities = sources.map((source) => source.id("device_tracker.location")).filter(Boolean);
	const options = { hours_to_show: hours, auto_fit: true, fit_zones: false, default_zoom: 14 };
	const card = { type: "map", entities, ...options, grid_options: { columns: "full", rows: 6 } };
	return titled(title, "mdi:map-marker", entities.length && map !== false ? [card] : []);
}

/** The cars that a dashboard shows, in its order. */
export function chosen(config, hass) {
	const order = config.order ?? [];
	const hidden = config.hidden ?? [];
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
			const sources = chosen(config, hass).map((device) => new Source(hass, device));
			const cards = sources.map((source) => grid([source.card]));
			return { ...view, sections: [...cards, ...place(sources, say("strategy_place"), config, 0)] };
		}
		const device = hass.devices[config.device_id];
		if (!device || !carOf(hass, device.id)) {
			return { ...view, sections: [grid([{ type: "markdown", content: say("strategy_missing"), ...WIDE }])] };
		}
		const source = new Source(hass, device);
		const sections = [
			...source.attention(say("strategy_attention")),
			grid([source.card], { column_span: 2 }),
			...titled(say("strategy_controls"), "mdi:car-key", source.tiles(CONTROLS)),
			...titled(say("strategy_energy"), "mdi:lightning-bolt", source.tiles(ENERGY)),
			...place([source], say("strategy_place"), config, 24),
			...source.diary(Number(config.days) || DAYS),
			...titled(say("strategy_condition"), "mdi:car-wrench", source.tiles(CONDITION)),
		];
		return { ...view, badges: source.badges(), sections };
	}
}

/** A section with a car, for any dashboard. */
export class VehicleSection extends Strategy {
	static getStubConfig = firstCar;

	static getConfigElement() {
		return document.createElement("smartcar-section-editor");
	}

	static async generate(config, hass) {
		const device = hass.devices[config.device_id] ?? carDevices(hass)[0];
		if (!device) {
			const say = await localized(hass);
			return grid([{ type: "markdown", content: say("strategy_missing"), ...WIDE }]);
		}
		const source = new Source(hass, device);
		return titled(nameOf(device), "mdi:car", [source.card, ...source.tiles(CONTROLS)])[0];
	}
}

/** The dashboard: an overview of several cars, and a view of each. */
export class CarsDashboard extends Strategy {
	static getCreateSuggestions() {
		return { title: textNow("strategy_title", "Cars"), icon: "mdi:car" };
	}

	static getConfigElement() {
		return document.createElement("smartcar-dashboard-editor");
	}

	static async generate({ map, days, hidden, order }, hass) {
		const say = await localized(hass);
		const cars = chosen({ hidden, order }, hass);
		const view = (title, icon, path, options) => {
			const strategy = { type: "custom:smartcar-vehicle", ...options, map, days };
			return { title, icon, show_icon_and_title: true, path, strategy };
		};
		const all = cars.length === 1 ? [] : [view(say("strategy_title"), "mdi:car-multiple", "cars", { hidden, order })];
		const each = cars.map((device) => view(nameOf(device), "mdi:car", new Source(hass, device).path, { device_id: device.id }));
		return { views: [...all, ...each] };
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
		const { schema, defaults, labels } = this.constructor;
		const data = { ...defaults, ...this.#config };
		Object.assign(this.#form, { hass, schema: schema(hass), data, computeLabel: ({ name }) => say(labels[name]) });
	}
}

class DashboardEditor extends Editor {
	static defaults = { map: true, days: DAYS, hidden: [], order: [] };
	static labels = { order: "strategy_order", hidden: "strategy_hidden", map: "strategy_map", days: "strategy_days" };

	static schema(hass) {
		const options = carDevices(hass).map((device) => ({ value: device.id, label: nameOf(device) }));
		const cars = { multiple: true, mode: "dropdown", options };
		return [
			field("order", { select: { ...cars, reorder: true } }),
			field("hidden", { select: cars }),
			field("map", { boolean: {} }),
			field("days", { number: { min: 1, max: 90, mode: "box" } }),
		];
	}
}

class SectionEditor extends Editor {
	static labels = { device_id: "strategy_car" };
	static schema = () => [field("device_id", CAR_SELECTOR, { required: true })];
}

define("smartcar-dashboard-editor", DashboardEditor);
define("smartcar-section-editor", SectionEditor);
define("ll-strategy-dashboard-smartcar", CarsDashboard);
define("ll-strategy-view-smartcar-vehicle", VehicleView);
define("ll-strategy-section-smartcar-vehicle", VehicleSection);

const description = ["strategy_description", "Your cars at a glance."];
announce("customStrategies", { type: "smartcar", strategyType: "dashboard", name: ["strategy_title", "Cars"], description });
announce("customStrategies", { type: "smartcar-vehicle", strategyType: "section", name: ["strategy_car", "Car"], description });
