// What all cards share: one template that is cloned once and patched from then on.

import { deviceIdOf, firstCar, isKnown } from "./entities.js";
import { PREFIX, loadTexts, text, textNow } from "./texts.js";

const MINUTE = 60_000;
const PAGE = "https://github.com/smartcar-home-assistant/smartcar/blob/main/docs/dashboard.md";

// With one of these, names, words or formats may be others.
const FRAME = ["entities", "devices", "language", "locale", "localize", "formatEntityState", "formatEntityName", "themes"];

// `[hidden]` comes last, or another `display` would win.
const BASE_STYLES = `
:host {
	--text: var(--primary-text-color, #212121); --quiet: var(--secondary-text-color, #5f6368); --small: var(--ha-font-size-s, 12px);
	display: block; height: 100%; container-type: inline-size;
}
ha-card { height: 100% }
h2, p, ul { margin: 0; padding: 0; list-style: none }
h2 { font-weight: var(--ha-font-weight-medium, 500) }
.quiet { color: var(--quiet); font-size: var(--small) }
button { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; text-align: start }
:is(button, a, input, select):focus-visible { outline: 3px solid var(--primary-color); outline-offset: 1px }
`;

const prepared = new WeakMap();

function prepare(type) {
	if (!prepared.has(type)) {
		const template = document.createElement("template");
		template.innerHTML = type.markup;
		const sheet = new CSSStyleSheet();
		sheet.replaceSync(`${BASE_STYLES}${type.styles}[hidden] { display: none !important }`);
		prepared.set(type, { template, sheet });
	}
	return prepared.get(type);
}

/**
 * A card of a car. Subclasses have static `markup` and `styles`, `resolve(hass)`, which
 * returns the entity ids whose states they show, and `update(hass)`, which patches.
 */
export class SmartcarElement extends HTMLElement {
	static checkConfig({ device_id: id }) {
		if (id !== undefined && typeof id !== "string") throw new Error("device_id must be a text");
	}

	static getStubConfig = firstCar;

	/** Set by Home Assistant in pickers and editors: nothing moves or acts. */
	preview = false;

	#hass;
	#config;
	#watched = [];
	#isResolved = false;
	#isQueued = false;
	#timer;
	#nodes = new Map();

	constructor() {
		super();
		const { template, sheet } = prepare(this.constructor);
		const root = this.attachShadow({ mode: "open" });
		root.adoptedStyleSheets = [sheet];
		root.append(document.importNode(template.content, true));
	}

	get hass() {
		return this.#hass;
	}

	/** Comes with every change of any state in the house, so it decides by identity. */
	set hass(hass) {
		const old = this.#hass;
		this.#hass = hass;
		if (!old || FRAME.some((key) => old[key] !== hass[key])) return this.refresh();
		const [before, after] = [old.states, hass.states];
		if (before !== after && this.#watched.some((id) => before[id] !== after[id])) this.queue();
	}

	get config() {
		return this.#config;
	}

	setConfig(config) {
		if (config === null || typeof config !== "object") throw new Error("No configuration");
		this.constructor.checkConfig(config);
		this.#config = { ...config };
		this.refresh();
	}

	getCardSize() {
		return 7;
	}

	getGridOptions() {
		return { columns: 12, min_columns: 6 };
	}

	connectedCallback() {
		this.refresh();
		// Ages are in words, and nothing else tells that time passes.
		this.#timer = setInterval(() => this.queue(), MINUTE);
	}

	disconnectedCallback() {
		clearInterval(this.#timer);
	}

	/** Find the entities again, then show all. */
	refresh() {
		this.#isResolved = false;
		this.queue();
	}

	/** Show what is new, once for all changes of a moment. */
	queue() {
		if (this.#isQueued) return;
		this.#isQueued = true;
		queueMicrotask(() => {
			this.#isQueued = false;
			if (!this.isConnected || !this.#hass || !this.#config) return;
			if (!this.#isResolved) {
				loadTexts(this.#hass).then(() => this.queue());
				this.#watched = this.resolve(this.#hass);
				this.#isResolved = true;
			}
			this.update(this.#hass);
		});
	}

	/** A node of the template. */
	node(id) {
		if (!this.#nodes.has(id)) this.#nodes.set(id, this.shadowRoot.getElementById(id));
		return this.#nodes.get(id);
	}

	/** Write into a node of the template. */
	write(id, value) {
		setText(this.node(id), value);
	}

	say(key, values) {
		return text(this.#hass, key, values);
	}

	/** The state of an entity in words, or "". */
	format(id) {
		const state = this.#hass.states[id];
		return isKnown(state) ? this.#hass.formatEntityState(state) : "";
	}

	nameOf(id) {
		const state = this.#hass.states[id];
		return state ? this.#hass.formatEntityName(state, { type: "entity" }) : id;
	}

	/** Tell Home Assistant something. */
	tell(type, detail) {
		this.dispatchEvent(new CustomEvent(type, { bubbles: true, composed: true, detail }));
	}

	/** Open the dialog of an entity. */
	showMore(entityId) {
		if (entityId && !this.preview) this.tell("hass-more-info", { entityId });
	}
}

/** A text for a form; undefined leaves the row its own name. */
export const labelOf = (localize, key) => (key && localize(PREFIX + key)) || undefined;

export const CAR_SELECTOR = { device: { filter: { integration: "smartcar" } } };

/** A row of a form. */
export const field = (name, selector, more) => ({ name, selector, ...more });

/** Define an element, unless another copy of this file has done so. */
export function define(tag, type) {
	if (!customElements.get(tag)) customElements.define(tag, type);
}

/** Add to one of Home Assistant's lists; `name` and `description` are a key and an English text. */
export function announce(list, { name, description, ...entry }, anchor = "") {
	window[list] ??= [];
	const { type, strategyType } = entry;
	if (window[list].some((one) => one.type === type && one.strategyType === strategyType)) return;
	window[list].push({
		...entry,
		documentationURL: PAGE + anchor,
		get name() {
			return textNow(...name);
		},
		get description() {
			return textNow(...description);
		},
	});
}

/** Define a card and offer it for entities of a car that begin with `start`. */
export function defineCard(type, element, texts, { anchor, start = "" } = {}) {
	define(type, element);
	const getEntitySuggestion = (hass, entityId) => {
		const device = entityId.startsWith(start) && deviceIdOf(hass, entityId);
		return device ? { config: { type: `custom:${type}`, device_id: device } } : null;
	};
	announce("customCards", { type, preview: true, getEntitySuggestion, ...texts }, anchor);
}

/** Make an element with properties and children; `innerHTML` only of a module's own. */
export function make(tag, properties, ...children) {
	const node = Object.assign(document.createElement(tag), properties);
	node.append(...children);
	return node;
}

/** Write a text if it is another one; without a text the node is hidden. */
export function setText(node, value) {
	const shown = value ?? "";
	if (node.textContent !== shown) node.textContent = shown;
	setHidden(node, shown === "");
}

// Nodes of SVG have only the attribute.
export function setHidden(node, isHidden) {
	setAttributes(node, { hidden: isHidden ? "" : null });
}

/** Set the attributes that are others; null and undefined remove one. */
export function setAttributes(node, attributes) {
	for (const name in attributes) {
		const value = attributes[name] ?? null;
		if (value === null) node.removeAttribute(name);
		else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
	}
}

/**
 * Make as many nodes as there are items, each from `make()` and kept for its key.
 * `patch(node, item)` shows an item.
 */
export function setList(parent, items, make, patch) {
	const kept = new Map([...parent.children].map((node) => [node.dataset.key, node]));
	let before = null;
	for (const item of items) {
		let node = kept.get(item.key);
		kept.delete(item.key);
		if (!node) {
			node = make(item);
			node.dataset.key = item.key;
		}
		const place = before ? before.nextElementSibling : parent.firstElementChild;
		if (place !== node) parent.insertBefore(node, place);
		patch(node, item);
		before = node;
	}
	for (const node of kept.values()) node.remove();
}
