// What all cards share: nodes that are described and kept, and a base that renders changes.

import { deviceIdOf, firstCar, isKnown, plain } from "./entities.js";
import { PREFIX, loadTexts, text, textNow } from "./texts.js";

const MINUTE = 60_000;
const PAGE = "https://github.com/smartcar-home-assistant/smartcar/blob/main/docs/dashboard.md";
const TAG = /^(\w+)#?([\w-]*) ?(.*)$/;

// With one of these, names, words or formats may be others.
const FRAME = ["entities", "devices", "language", "locale", "localize", "formatEntityState", "formatEntityName", "themes"];

const STYLES = `
:host {
	--text: var(--primary-text-color); --quiet: var(--secondary-text-color); --small: var(--ha-font-size-s);
	display: block; height: 100%; container-type: inline-size; overflow-wrap: anywhere;
}
ha-card { height: 100%; box-sizing: border-box }
h2, p, ul { margin: 0; padding: 0; list-style: none }
h2 { font-weight: 500 }
.quiet { color: var(--quiet); font-size: var(--small) }
button { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; text-align: start; border-radius: 10px }
:is(button, a, input, select):focus-visible { outline: 3px solid var(--primary-color); outline-offset: 1px }
.icon { flex: none; width: 20px; height: 20px }
.icon svg { display: block; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round }
`;

/** Set what is different; undefined, null and false remove an attribute. */
export function setAttributes(node, attributes) {
	for (const [name, given] of Object.entries(attributes)) {
		const value = Array.isArray(given) ? given.filter(Boolean).join(" ") : (given ?? false);
		if (name.startsWith("on")) node[name] = value;
		else if (name === "style") for (const one in value) node.style.setProperty(one, value[one]);
		else if (value === false) node.removeAttribute(name);
		else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
	}
}

export function setText(node, text) {
	if (node.textContent !== text) node.textContent = text;
}

function create(tag) {
	const [, name, id, className] = TAG.exec(tag);
	const node = document.createElement(name);
	return Object.assign(node, id && { id }, className && { className });
}

/**
 * Show a text in a node, or children: each is an array of a tag ("p#id class"), attributes,
 * and its content. Without its only content it is left out. It keeps its node for its key,
 * or else for its tag and place.
 */
export function show(parent, children) {
	if (typeof children[0] === "string") return setText(parent, children[0]);
	const wanted = new Map();
	for (const [at, [tag, ...content]] of children.map((child) => child || []).entries()) {
		const attributes = content[0]?.constructor === Object ? content.shift() : {};
		if (tag && (content.length !== 1 || content[0])) wanted.set(attributes.key ?? tag + at, [tag, attributes, content]);
	}
	for (const node of [...parent.childNodes]) if (!wanted.has(node.key)) node.remove();
	const kept = new Map([...parent.children].map((node) => [node.key, node]));
	let place = parent.firstElementChild;
	for (const [key, [tag, { key: _key, html, ...attributes }, content]] of wanted) {
		const node = kept.get(key) ?? Object.assign(create(tag), { key }, html && { innerHTML: html });
		if (node === place) place = place.nextElementSibling;
		else parent.insertBefore(node, place);
		setAttributes(node, attributes);
		if (!html) show(node, content);
	}
}

export const tell = (node, type, detail) => node.dispatchEvent(new CustomEvent(type, { bubbles: true, composed: true, detail }));

/** A card: `resolve(hass)` returns the entities it follows, `render(hass)` what is in it. */
export class SmartcarElement extends HTMLElement {
	static getStubConfig = firstCar;

	static checkConfig({ device_id: id }) {
		if (id !== undefined && typeof id !== "string") throw new Error("device_id must be a text");
	}

	/** Set by Home Assistant in pickers and editors: nothing moves or acts. */
	preview = false;

	#hass;
	#watched;
	#words;
	#isQueued = false;
	#timer;

	constructor() {
		super();
		const type = this.constructor;
		if (!type.sheet) (type.sheet = new CSSStyleSheet()).replaceSync(STYLES + type.styles);
		const root = this.attachShadow({ mode: "open" });
		root.adoptedStyleSheets = [type.sheet];
		root.append(document.createElement("ha-card"));
	}

	get hass() {
		return this.#hass;
	}

	/** Comes with every change of any state in the house, so it decides by identity. */
	set hass(hass) {
		const old = this.#hass;
		this.#hass = hass;
		if (!old || FRAME.some((key) => old[key] !== hass[key])) this.refresh();
		else if (this.#watched?.some((id) => old.states[id] !== hass.states[id])) this.queue();
	}

	setConfig(config) {
		this.constructor.checkConfig(config);
		this.config = config;
		this.refresh();
	}

	getCardSize = () => 7;
	getGridOptions = () => ({ columns: 12, min_columns: 6 });

	connectedCallback() {
		this.refresh();
		// Ages are in words, and time passes without a state.
		this.#timer = setInterval(() => this.queue(), MINUTE);
	}

	disconnectedCallback() {
		clearInterval(this.#timer);
	}

	/** Find the entities again, then show all. */
	refresh() {
		this.#watched = undefined;
		this.#words = new WeakMap();
		this.queue();
	}

	/** Show what is new, once for all changes of a moment. */
	queue() {
		if (!this.#isQueued) queueMicrotask(() => this.update());
		this.#isQueued = true;
	}

	update() {
		this.#isQueued = false;
		if (!this.isConnected || !this.#hass || !this.config) return;
		// In a list of cards there is no other `hass` when the texts are there.
		if (!this.#watched) loadTexts(this.#hass).then(() => this.queue());
		this.#watched ??= this.resolve(this.#hass);
		show(this.shadowRoot.firstChild, this.render(this.#hass));
		this.rendered?.();
	}

	node = (id) => this.shadowRoot.getElementById(id);

	say = (key, values) => text(this.#hass, key, values);

	/** The state of an entity in words, or ""; made once for each state, as most stay the same. */
	format(id) {
		const state = this.#hass.states[id];
		if (!isKnown(state)) return "";
		if (!this.#words.has(state)) this.#words.set(state, plain(this.#hass.formatEntityState(state)));
		return this.#words.get(state);
	}

	nameOf(id) {
		const state = this.#hass.states[id];
		return state ? plain(this.#hass.formatEntityName(state, { type: "entity" })) : id;
	}

	describe = (id) => `${this.nameOf(id)}: ${this.format(id) || this.say("card_unknown")}`;

	showMore(entityId) {
		if (entityId && !this.preview) tell(this, "hass-more-info", { entityId });
	}
}

/** A form: of each option its text, its selector, its default and its help. */
export function formOf(options) {
	const schema = Object.entries(options).map(([name, [, selector, value]]) => ({ name, selector, default: value }));
	// A row without a text keeps its own name.
	const word = (at) => ({ name }, localize) => localize(PREFIX + options[name]?.[at]) || undefined;
	return { schema, computeLabel: word(0), computeHelper: word(3) };
}

export const CAR_SELECTOR = { device: { filter: { integration: "smartcar" } } };

/** Define an element once, and offer it in one of Home Assistant's lists. */
export function define(tag, type, list, { name, description, anchor = "", ...entry } = {}) {
	if (customElements.get(tag)) return;
	customElements.define(tag, type);
	if (!list) return;
	(window[list] ??= []).push({
		...entry,
		documentationURL: PAGE + anchor,
		get name() {
			return textNow(name);
		},
		get description() {
			return textNow(description);
		},
	});
}

/** Define a card and offer it for entities of a car that begin with `start`. */
export function defineCard(type, element, start, texts) {
	const getEntitySuggestion = (hass, entityId) => {
		const device = entityId.startsWith(start) && deviceIdOf(hass, entityId);
		return device ? { config: { type: `custom:${type}`, device_id: device } } : null;
	};
	define(type, element, "customCards", { type, preview: true, getEntitySuggestion, ...texts });
}
