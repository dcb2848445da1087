// Dashboards, views and sections of cars, made of core's cards and the car card.

import { announce, define } from "./element.js";
import { carDevices, carOf, nameOf } from "./entities.js";
import { localized, textNow } from "./texts.js";

const DOCUMENTATION = "https://github.com/smartcar-home-assistant/smartcar/blob/main/docs/dashboard.md";

const WIDE = { grid_options: { columns: "full" } };
const DAYS = 14;

const feature = (type, options) => ({ features: [{ type, ...options }] });

// Each row: the keys of which the first that the car has is shown, and how.
const CONTROLS = [
	[["lock.lock", "binary_sensor.locked"], { ...feature("lock-commands"), ...WIDE }],
	[["switch.charging"], feature("toggle")],
	[["cover.charge_port", "binary_sensor.charge_port"], feature("cover-open-close")],
	[["number.charge_limit", "sensor.charge_limit"], { ...feature("numeric-input", { style: "slider" }), ...WIDE }],
	[["button.refresh"], { ...feature("button"), hide_state: true }],
];

const ENERGY = [
	[["sensor.battery"], { ...feature("bar-gauge", { min: 0, max: 100 }), ...WIDE }],
	[["sensor.fuel_level"], { ...feature("bar-gauge", { min: 0, max: 100 }), ...WIDE }],
	[["sensor.range"]],
	[["sensor.fuel_range"]],
	[["binary_sensor.plug"]],
	[["sensor.consumption", "sensor.fuel_consumption"]],
	[["sensor.charging_power"], { when: "binary_sensor.charging" }],
	[["sensor.charging_finish"], { when: "binary_sensor.charging" }],
];

const CONDITION = [
	[["sensor.odometer"], { ...feature("trend-graph", { hours_to_show: 24 * 7 }), ...WIDE }],
	[["sensor.tire_pressure_front_left"]],
	[["sensor.tire_pressure_front_right"]],
	[["sensor.tire_pressure_rear_left"]],
	[["sensor.tire_pressure_rear_right"]],
	[["sensor.outside_temperature"]],
	[["sensor.inside_temperature"]],
	[["sensor.low_voltage_battery"]],
];

// What is shown only while it is so.
const ATTENTION = [
	["binary_sensor.left_open", { condition: "state", state: "on" }],
	["binary_sensor.warnings", { condition: "state", state: "on" }],
	["sensor.trouble_codes", { condition: "numeric_state", above: 0 }],
	["binary_sensor.online", { condition: "state", state: "off" }],
];

// Core's own features need an entity of their domain.
const FEATURE_DOMAINS = {
	"lock-commands": "lock",
	"cover-open-close": "cover",
	"numeric-input": "number",
};

/** A car as a strategy sees it: the entities that its owner has not hidden. */
class Source {
	constructor(hass, device) {
		this.hass = hass;
		this.device = device;
		this.car = carOf(hass, device.id);
	}

	get path() {
		const [, vehicleId] = this.device.identifiers.find(([domain]) => domain === "smartcar");
		return vehicleId.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
	}

	id(...keys) {
		for (const key of keys) {
			const id = this.car?.id(key);
			if (id && !this.hass.entities[id].hidden) return id;
		}
		return undefined;
	}

	tiles(rows) {
		return rows.flatMap(([keys, options]) => this.tile(keys, options) ?? []);
	}

	tile(keys, { when, features, ...options } = {}) {
		const entity = this.id(...keys);
		if (!entity) return undefined;
		const tile = { type: "tile", entity, name: { type: "entity" }, ...options };
		const domain = entity.split(".", 1)[0];
		if (features?.every(({ type }) => (FEATURE_DOMAINS[type] ?? domain) === domain)) tile.features = features;
		const condition = when && this.id(when);
		if (condition) tile.visibility = [{ condition: "state", entity: condition, state: "on" }];
		return tile;
	}

	get statistics() {
		const id = `smartcar:${this.path.replaceAll("-", "_")}`;
		return [`${id}_charge_home`, `${id}_charge_away`];
	}

	get card() {
		return { type: "custom:smartcar-card", device_id: this.device.id, ...WIDE };
	}
}

const grid = (cards, options) => ({ type: "grid", cards, ...options });
const heading = (title, icon) => ({ type: "heading", heading: title, icon });

function map(entities, hours) {
	return {
		type: "map",
		entities,
		hours_to_show: hours,
		auto_fit: true,
		fit_zones: false,
		default_zoom: 14,
		grid_options: { columns: "full", rows: 6 },
	};
}

function attention(source, say) {
	const cards = ATTENTION.flatMap(([key, condition]) => {
		const entity = source.id(key);
		if (!entity) return [];
		return [{ ...source.tile([key]), color: "red", visibility: [{ ...condition, entity }], ...WIDE }];
	});
	if (!cards.length) return [];
	const visibility = [{ condition: "or", conditions: cards.map((card) => card.visibility[0]) }];
	return [grid([heading(say("strategy_attention"), "mdi:alert"), ...cards], { visibility })];
}

function titled(cards, title, icon) {
	return cards.length ? [grid([heading(title, icon), ...cards])] : [];
}

function diary(source, days) {
	if (!source.id("calendar.diary")) return [];
	const cards = [{ type: "custom:smartcar-diary-card", device_id: source.device.id, ...WIDE }];
	if (source.id("sensor.charged_this_month")) {
		cards.push({
			type: "statistics-graph",
			entities: source.statistics,
			stat_types: ["change"],
			chart_type: "bar",
			period: "day",
			days_to_show: days,
			...WIDE,
		});
	}
	return [grid(cards)];
}

function place(source, say, config) {
	const tracker = source.id("device_tracker.location");
	if (!tracker || config.map === false) return [];
	return [grid([heading(say("strategy_place"), "mdi:map-marker"), map([tracker], 24)])];
}

function badges(source) {
	const rows = [
		["sensor.battery"],
		["sensor.fuel_level"],
		["binary_sensor.plug", "on"],
		["binary_sensor.left_open", "on"],
	];
	return rows.flatMap(([key, state]) => {
		const entity = source.id(key);
		if (!entity) return [];
		const badge = { type: "entity", entity, name: { type: "entity" } };
		if (state) badge.visibility = [{ condition: "state", entity, state }];
		return [badge];
	});
}

/** Regenerate with what was generated from, and never with a state. */
const shouldRegenerate = (_config, old, now) =>
	["entities", "devices", "language"].some((key) => old[key] !== now[key]);

/** The cars that a dashboard shows, in its order. */
export function chosen(config, hass) {
	const order = config.order ?? [];
	const hidden = new Set(config.hidden ?? []);
	const rank = (device) => {
		const index = order.indexOf(device.id);
		return index < 0 ? order.length : index;
	};
	return carDevices(hass)
		.filter(({ id }) => !hidden.has(id) && carOf(hass, id))
		.sort((a, b) => rank(a) - rank(b));
}

async function overview(config, hass) {
	const say = await localized(hass);
	const sources = chosen(config, hass).map((device) => new Source(hass, device));
	const trackers = sources.flatMap((source) => source.id("device_tracker.location") ?? []);
	const sections = sources.map((source) => grid([source.card]));
	if (trackers.length && config.map !== false) {
		sections.push(grid([heading(say("strategy_place"), "mdi:map-marker"), map(trackers, 0)]));
	}
	return { type: "sections", max_columns: 4, sections };
}

/** The view of one car, or that of all without a `device_id`. */
export class VehicleView extends HTMLElement {
	static shouldRegenerate = shouldRegenerate;

	static async generate(config, hass) {
		if (!config.device_id) return overview(config, hass);
		const device = hass.devices[config.device_id];
		const say = await localized(hass);
		if (!device || !carOf(hass, device.id)) {
			const content = say("strategy_missing");
			return { type: "sections", sections: [grid([{ type: "markdown", content, ...WIDE }])] };
		}
		const source = new Source(hass, device);
		return {
			type: "sections",
			max_columns: 4,
			badges: badges(source),
			sections: [
				...attention(source, say),
				grid([source.card], { column_span: 2 }),
				...titled(source.tiles(CONTROLS), say("strategy_controls"), "mdi:car-key"),
				...titled(source.tiles(ENERGY), say("strategy_energy"), "mdi:lightning-bolt"),
				...place(source, say, config),
				...diary(source, Number(config.days) || DAYS),
				...titled(source.tiles(CONDITION), say("strategy_condition"), "mdi:car-wrench"),
			],
		};
	}
}

/** A section with a car, for any dashboard. */
export class VehicleSection extends HTMLElement {
	static shouldRegenerate = shouldRegenerate;

	static getStubConfig(hass) {
		const device = carDevices(hass)[0];
		return device ? { device_id: device.id } : {};
	}

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
		return grid([heading(nameOf(device), "mdi:car"), source.card, ...source.tiles(CONTROLS)]);
	}
}

/** The dashboard: an overview of several cars, and a view of each. */
export class CarsDashboard extends HTMLElement {
	static shouldRegenerate = shouldRegenerate;

	static getCreateSuggestions() {
		return { title: textNow("strategy_title", "Cars"), icon: "mdi:car" };
	}

	static getConfigElement() {
		return document.createElement("smartcar-dashboard-editor");
	}

	static async generate(config, hass) {
		const { map: hasMap, days: shownDays, hidden, order } = config;
		const options = { map: hasMap, days: shownDays };
		const say = await localized(hass);
		const cars = chosen(config, hass);
		const view = (strategy) => ({ type: "custom:smartcar-vehicle", ...strategy });
		const views = cars.map((device) => ({
			title: nameOf(device),
			icon: "mdi:car",
			show_icon_and_title: true,
			path: new Source(hass, device).path,
			strategy: view({ device_id: device.id, ...options }),
		}));
		if (cars.length !== 1) {
			const title = say("strategy_title");
			const strategy = view({ hidden, order, ...options });
			views.unshift({ title, icon: "mdi:car-multiple", show_icon_and_title: true, path: "cars", strategy });
		}
		return { views };
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
		if (!this.#hass) return;
		const say = await localized(this.#hass);
		if (!this.#form) {
			this.#form = document.createElement("ha-form");
			this.#form.addEventListener("value-changed", (event) => {
				event.stopPropagation();
				const config = { ...this.#config, ...event.detail.value };
				this.dispatchEvent(new CustomEvent("config-changed", { bubbles: true, composed: true, detail: { config } }));
			});
			this.append(this.#form);
		}
		Object.assign(this.#form, {
			hass: this.#hass,
			schema: this.constructor.schema(this.#hass),
			data: { ...this.constructor.defaults, ...this.#config },
			computeLabel: ({ name }) => say(this.constructor.labels[name]),
		});
	}
}

class DashboardEditor extends Editor {
	static defaults = { map: true, days: DAYS, hidden: [], order: [] };
	static labels = {
		order: "strategy_order",
		hidden: "strategy_hidden",
		map: "strategy_map",
		days: "strategy_days",
	};

	static schema(hass) {
		const options = carDevices(hass).map((device) => ({ value: device.id, label: nameOf(device) }));
		return [
			{ name: "order", selector: { select: { multiple: true, reorder: true, mode: "dropdown", options } } },
			{ name: "hidden", selector: { select: { multiple: true, mode: "dropdown", options } } },
			{ name: "map", selector: { boolean: {} } },
			{ name: "days", selector: { number: { min: 1, max: 90, mode: "box" } } },
		];
	}
}

class SectionEditor extends Editor {
	static defaults = {};
	static labels = { device_id: "strategy_car" };

	static schema() {
		return [{ name: "device_id", required: true, selector: { device: { filter: { integration: "smartcar" } } } }];
	}
}

define("smartcar-dashboard-editor", DashboardEditor);
define("smartcar-section-editor", SectionEditor);
define("ll-strategy-dashboard-smartcar", CarsDashboard);
define("ll-strategy-view-smartcar-vehicle", VehicleView);
define("ll-strategy-section-smartcar-vehicle", VehicleSection);

for (const [type, strategyType, key, fallback] of [
	["smartcar", "dashboard", "strategy_title", "Cars"],
	["smartcar-vehicle", "section", "strategy_car", "Car"],
]) {
	announce("customStrategies", {
		type,
		strategyType,
		documentationURL: DOCUMENTATION,
		get name() {
			return textNow(key, fallback);
		},
		get description() {
			return textNow("strategy_description", "Your cars at a glance.");
		},
	});
}
