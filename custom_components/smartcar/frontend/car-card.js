// The car card: how a car is, drawn and in words, and what it can be told to do.

import { Presses, controlsOf } from "./car-controls.js";
import { PICTURE, Picture } from "./car-picture.js";
import { exceptionsOf, findEntities, readCar, sentenceOf } from "./car-state.js";
import { CARD_STYLES, PICTURE_STYLES } from "./car-styles.js";
import { SmartcarElement, announce, define, setAttribute, setHidden, setList, setText } from "./element.js";
import { carDevices, carOf, deviceIdOf, isCar, isKnown, nameOf, numberOf } from "./entities.js";
import { iconMarkup, setIcon } from "./icons.js";
import { clockTime, formatNumber, text, textNow, timeAgo } from "./texts.js";

const TYPE = "smartcar-card";
const DOCUMENTATION = "https://github.com/smartcar-home-assistant/smartcar/blob/main/docs/dashboard.md";
const INTEGRATION_PAGE = "/config/integrations/integration/smartcar";
const HOUR = 3_600_000;
const OLD_AFTER_HOURS = 12;

const FORM = [
	{ name: "device_id", selector: { device: { filter: { integration: "smartcar" } } } },
	{ name: "name", selector: { text: {} } },
	{ name: "color", selector: { ui_color: {} } },
	{ name: "controls", default: true, selector: { boolean: {} } },
	{ name: "old_after", default: OLD_AFTER_HOURS, selector: { number: { min: 1, max: 168, unit_of_measurement: "h", mode: "box" } } },
	{ name: "tap_action", selector: { ui_action: { default_action: "none" } } },
];
const LABELS = {
	device_id: "card_form_device",
	name: "card_form_name",
	color: "card_form_color",
	controls: "card_form_controls",
	old_after: "card_form_old_after",
	tap_action: "card_form_tap_action",
};
const HELP = { device_id: "card_form_device_help", old_after: "card_form_old_after_help" };

// Names of colours that a form offers are variables of the theme.
const COLOR_NAME = /^[a-z]+(-[a-z]+)*$/;

const DETAILS = {
	inside: "thermometer",
	outside: "sun",
	odometer: "road",
};

const MARKUP = `
<ha-card><div id="card" class="card">
<header><div><h2 id="name"></h2><p id="where" class="quiet"></p></div>
<div class="age quiet"><button id="age" class="quiet"></button><button id="refresh">${iconMarkup("refresh")}</button></div></header>
<div id="note" hidden><p id="note-text"></p><p><a id="note-link"></a></p></div>
<div class="car"><div>${PICTURE}</div></div>
<div class="facts"><div id="levels"></div>
<button id="charge" class="line">${iconMarkup("bolt", "charge-icon")}<span id="charge-text"></span></button>
<div><ul id="exceptions"></ul><p id="sentence" class="line">${iconMarkup("check", "sentence-icon")}<span id="sentence-text"></span></p><p id="unknown" class="quiet"></p></div></div>
<ul id="details"></ul>
<div class="acts"><div id="controls"></div>
<div id="confirm" role="alertdialog" aria-labelledby="question" hidden><p id="question"></p><div class="answers"><button id="no"></button><button id="yes"></button></div></div></div>
<p id="said" role="status" aria-live="polite"></p>
</div></ha-card>`;

const LEVEL = `${iconMarkup("bolt")}<button class="value"></button><button class="range"></button><div class="track" aria-hidden="true"><div class="fill"></div><div class="tick" hidden></div></div>`;

function made(tag, className, markup) {
	const node = document.createElement(tag);
	if (className) node.className = className;
	// Only markup of this file.
	if (markup) node.innerHTML = markup;
	return node;
}

export class SmartcarCard extends SmartcarElement {
	static markup = MARKUP;
	static styles = CARD_STYLES + PICTURE_STYLES;

	#device;
	#ids;
	#picture;
	#presses;
	#asked;
	#observer;

	static checkConfig({ device_id: deviceId }) {
		if (deviceId !== undefined && typeof deviceId !== "string") throw new Error("device_id must be a text");
	}

	static getStubConfig(hass) {
		const device = carDevices(hass)[0];
		return device ? { device_id: device.id } : {};
	}

	static getConfigForm() {
		return {
			schema: FORM,
			computeLabel: ({ name }, localize) => (LABELS[name] && localize(`component.smartcar.common.${LABELS[name]}`)) || undefined,
			computeHelper: ({ name }, localize) => (HELP[name] && localize(`component.smartcar.common.${HELP[name]}`)) || undefined,
			assertConfig: SmartcarCard.checkConfig,
		};
	}

	constructor() {
		super();
		const on = (id, act) => this.node(id).addEventListener("click", act);
		this.#picture = new Picture((id) => this.node(id), (entityId) => this.showMore(entityId));
		this.#presses = new Presses(() => this.queue(), (what, entityId) => this.#say(what, entityId));
		on("age", () => this.showMore(this.#ids?.age));
		on("refresh", () => this.#refreshCar());
		on("charge", () => this.showMore(this.#ids?.power ?? this.#ids?.charging ?? this.#ids?.plug));
		on("picture", () => this.#tap());
		on("no", () => this.#answer(false));
		on("yes", () => this.#answer(true));
		this.node("confirm").addEventListener("keydown", (event) => {
			if (event.key !== "Escape") return;
			event.stopPropagation();
			this.#answer(false);
		});
	}

	connectedCallback() {
		super.connectedCallback();
		// Nothing moves while it is not seen.
		if (!globalThis.IntersectionObserver) return;
		this.#observer = new IntersectionObserver(([{ isIntersecting }]) => {
			this.node("card").classList.toggle("live", isIntersecting && !this.preview);
		});
		this.#observer.observe(this);
	}

	disconnectedCallback() {
		super.disconnectedCallback();
		this.#observer?.disconnect();
		this.#presses.forget();
		this.#asked = undefined;
	}

	getCardSize() {
		return 7;
	}

	getGridOptions() {
		return { columns: 12, min_columns: 6 };
	}

	resolve(hass) {
		const wanted = this.config.device_id;
		this.#device = wanted ? hass.devices[wanted] : carDevices(hass)[0];
		const car = this.#device && carOf(hass, this.#device.id);
		const before = this.#ids?.all.join();
		this.#ids = car && findEntities(car);
		if (this.#ids?.all.join() !== before) this.#asked = undefined;
		return this.#ids?.all ?? [];
	}

	update(hass) {
		const name = this.config.name || (this.#device ? nameOf(this.#device) : "");
		setText(this.node("name"), name || text(hass, "card_car"));
		const color = this.config.color;
		const isName = typeof color === "string" && COLOR_NAME.test(color);
		const paint = isName ? `var(--${color}-color, ${color})` : color;
		const { style } = this.node("card");
		if (typeof paint === "string" && paint) style.setProperty("--smartcar-body-color", paint);
		else style.removeProperty("--smartcar-body-color");
		const missing = this.#missing();
		const isEmpty = missing !== undefined && missing !== "card_silent";
		this.node("card").classList.toggle("empty", isEmpty);
		this.#showNote(hass, missing, name);
		if (isEmpty) return;

		const now = Date.now();
		const oldAfter = (Number(this.config.old_after) || OLD_AFTER_HOURS) * HOUR;
		const view = readCar(this.#ids, hass.states, { now, oldAfter });
		const { classList } = this.node("card");
		classList.toggle("is-old", view.isOld);
		classList.toggle("charging", view.charge.state === "charging");
		this.#showHeader(hass, view, now);
		this.#showLevels(hass, view);
		this.#showCharge(hass, view);
		const words = this.#showExceptions(hass, view);
		this.#picture.update(hass, view, { name, summary: words.filter(Boolean).join(". ") });
		this.#showDetails(hass);
		this.#presses.settle(view);
		this.#showControls(hass, view, name);
	}

	/** The key of what is missing, if the car cannot be shown. */
	#missing() {
		if (!this.#device || !isCar(this.#device)) return this.config.device_id ? "card_gone" : "card_no_car";
		if (!this.#ids) return this.#device.disabled_by ? "card_disabled" : "card_no_entities";
		const { states } = this.hass;
		const isSilent = this.#ids.all.every((id) => !states[id] || states[id].state === "unavailable");
		return isSilent ? "card_silent" : undefined;
	}

	#showNote(hass, key, car) {
		setHidden(this.node("note"), key === undefined);
		if (!key) return;
		setText(this.node("note-text"), text(hass, key, { car }));
		setText(this.node("note-link"), text(hass, "card_open_integration"));
		const device = key === "card_disabled" || key === "card_no_entities";
		setAttribute(this.node("note-link"), "href", device ? `/config/devices/device/${this.#device.id}` : INTEGRATION_PAGE);
	}

	#format(id) {
		const state = this.hass.states[id];
		return isKnown(state) ? this.hass.formatEntityState(state) : "";
	}

	#nameOf(id) {
		const state = this.hass.states[id];
		return state ? this.hass.formatEntityName(state, { type: "entity" }) : id;
	}

	#showHeader(hass, view, now) {
		const speed = numberOf(hass.states[this.#ids.speed]) > 0 ? this.#format(this.#ids.speed) : "";
		const doing = view.driving ? [text(hass, "card_driving"), speed] : view.asleep ? [text(hass, "card_asleep")] : [];
		const place = view.driving ? "" : this.#format(this.#ids.location);
		setText(this.node("where"), [place, ...doing].filter(Boolean).join(" · "));
		const age = view.newest ? timeAgo(hass, view.newest, now) : text(hass, "card_age_unknown");
		setText(this.node("age"), age);
		setAttribute(this.node("age"), "aria-label", text(hass, "card_age", { age }));
		const { refresh } = this.#ids;
		const button = this.node("refresh");
		setHidden(button, !refresh || this.config.controls === false);
		setAttribute(button, "aria-label", text(hass, "card_refresh"));
		setAttribute(button, "title", text(hass, "card_refresh"));
		const isBusy = this.#presses.isWaiting(refresh);
		button.classList.toggle("busy", isBusy);
		setAttribute(button, "aria-disabled", isBusy || this.preview ? "true" : null);
	}

	#showLevels(hass, view) {
		const parent = this.node("levels");
		this.node("card").classList.toggle("two", view.levels.length > 1);
		const make = ({ key }) => {
			const node = made("div", `level ${key}`, LEVEL);
			const [icon, value, range] = node.children;
			setIcon(icon, key === "fuel" ? "fuel" : "bolt");
			value.addEventListener("click", () => this.showMore(node.dataset.entity));
			range.addEventListener("click", () => this.showMore(node.dataset.range));
			return node;
		};
		const items = view.levels.map((level) => ({ ...level, key: level.kind }));
		setList(parent, items, make, (node, { kind, entityId, range, percent }) => {
			const [, value, range_, track] = node.children;
			setAttribute(node, "data-entity", entityId);
			setAttribute(node, "data-range", range);
			setText(value, this.#format(entityId) || "–");
			setAttribute(value, "aria-label", `${this.#nameOf(entityId)}: ${this.#format(entityId) || text(hass, "card_unknown")}`);
			setText(range_, this.#format(range));
			if (range) setAttribute(range_, "aria-label", `${this.#nameOf(range)}: ${this.#format(range)}`);
			setHidden(track, percent === undefined);
			const [fill, tick] = track.children;
			fill.style.inlineSize = `${percent ?? 0}%`;
			const limit = kind === "battery" ? view.charge.limit : undefined;
			setHidden(tick, limit === undefined || limit >= 100);
			tick.style.insetInlineStart = `${limit ?? 0}%`;
			const isCharging = kind === "battery" && view.charge.state === "charging";
			node.classList.toggle("few", !isCharging && percent > 10 && percent <= 20);
			node.classList.toggle("least", !isCharging && percent <= 10);
		});
	}

	#showCharge(hass, view) {
		const { state, isFull, finish, limit } = view.charge;
		const words = [];
		const target = limit !== undefined && limit < 100 ? this.#format(this.#ids.limit) : "";
		if (state === "charging") {
			words.push(this.#format(this.#ids.power) || text(hass, "card_charging"));
			if (finish && finish.getTime() > Date.now()) {
				const time = clockTime(hass, finish);
				words.push(target ? text(hass, "card_limit_at", { limit: target, time }) : text(hass, "card_full_at", { time }));
			} else if (target) words.push(text(hass, "card_limit", { limit: target }));
		} else if (state === "plugged") {
			words.push(text(hass, isFull ? "card_plugged_full" : "card_plugged"));
			if (target && !isFull) words.push(text(hass, "card_limit", { limit: target }));
		} else if (state === "unplugged") {
			words.push(text(hass, "card_unplugged"));
		}
		setText(this.node("charge-text"), words.join(", "));
		setHidden(this.node("charge"), words.length === 0);
		setIcon(this.node("charge-icon"), state === "charging" ? "bolt" : "plug");
	}

	/** Show what stands out, or that nothing does; return the words. */
	#showExceptions(hass, view) {
		const items = exceptionsOf(view).map((item) => ({ ...item, words: this.#wordsOf(hass, item) }));
		if (view.hasWarning) items.push(this.#problem("warnings"));
		if (view.codes > 0) items.push(this.#problem("codes"));
		const make = () => {
			const node = made("li", "", '<button class="line"><span class="dot"></span><span></span></button>');
			node.firstChild.addEventListener("click", () => this.showMore(node.dataset.key));
			return node;
		};
		setList(this.node("exceptions"), items, make, (node, { words, isBad }) => {
			setText(node.firstChild.lastChild, words);
			node.classList.toggle("bad", isBad);
		});
		const key = sentenceOf(view);
		const sentence = key ? text(hass, key) : view.lock.state === "absent" ? "" : this.#format(this.#ids.lock);
		setText(this.node("sentence-text"), sentence);
		setHidden(this.node("sentence"), !sentence);
		const icon = { locked: "lock", unlocked: "unlock", open: "unlock", absent: "check" }[view.lock.state] ?? "question";
		setIcon(this.node("sentence-icon"), icon);
		const unknown = [...Object.values(view.openings), ...view.others].filter(({ state }) => state === "unknown");
		const names = unknown.map(({ entityId }) => this.#nameOf(entityId));
		const some = names.length > 3 ? text(hass, "card_unknown_count", { count: formatNumber(hass, names.length) }) : names.join(", ");
		const note = names.length ? text(hass, "card_not_known", { parts: some }) : "";
		setText(this.node("unknown"), key === "card_openings_unknown" ? "" : note);
		return [sentence, ...items.map(({ words }) => words), note];
	}

	#problem(name) {
		const entityId = this.#ids[name];
		const words = name === "codes" ? `${this.#nameOf(entityId)}: ${this.#format(entityId)}` : this.#nameOf(entityId);
		return { key: entityId, entityId, isBad: true, words };
	}

	#wordsOf(hass, { kind, entityId }) {
		const part = this.#nameOf(entityId);
		if (kind === "open") return text(hass, "card_open", { part });
		return `${part}: ${this.#format(entityId)}`;
	}

	#showDetails(hass) {
		const items = Object.keys(DETAILS)
			.filter((name) => this.#format(this.#ids[name]))
			.map((name) => ({ key: name, entityId: this.#ids[name] }));
		const make = ({ key }) => {
			const node = made("li", "small", `<button>${iconMarkup(DETAILS[key])}<span class="name"></span> <span class="value"></span></button>`);
			node.firstChild.addEventListener("click", () => this.showMore(node.dataset.entity));
			return node;
		};
		setList(this.node("details"), items, make, (node, { entityId }) => {
			const [, name, value] = node.firstChild.children;
			setAttribute(node, "data-entity", entityId);
			setText(name, this.#nameOf(entityId));
			setText(value, this.#format(entityId));
		});
		setHidden(this.node("details"), items.length === 0);
	}

	#showControls(hass, view, name) {
		const controls = this.config.controls === false ? [] : controlsOf(hass, this.#ids, view, name);
		// A question stays only while what it asks about can be done.
		if (this.#asked && !controls.some(({ key }) => key === this.#asked.key)) this.#asked = undefined;
		const make = ({ key }) => {
			const node = made("button", "", `${iconMarkup("bolt")}<span></span>`);
			node.addEventListener("click", () => this.#press(key));
			return node;
		};
		setList(this.node("controls"), controls, make, (node, control) => {
			const isBusy = control.isMoving || this.#presses.isWaiting(control.call[2]);
			setIcon(node.firstChild, isBusy ? "refresh" : control.icon);
			setText(node.lastChild, control.label);
			node.classList.toggle("busy", isBusy);
			setAttribute(node, "aria-busy", isBusy ? "true" : null);
			setAttribute(node, "aria-disabled", isBusy || this.preview ? "true" : null);
		});
		this.controls = controls;
		setHidden(this.node("controls"), controls.length === 0 || this.#asked !== undefined);
		setHidden(this.node("confirm"), this.#asked === undefined);
		if (!this.#asked) return;
		setText(this.node("question"), this.#asked.question.filter(Boolean).join(" "));
		setText(this.node("no"), text(hass, "card_cancel"));
		setText(this.node("yes"), this.#asked.label);
	}

	async #press(key) {
		const control = this.controls.find((one) => one.key === key);
		if (!control || this.preview || control.isMoving || this.#presses.isWaiting(control.call[2])) return;
		if (!control.question) {
			this.#presses.send(this.hass, control);
			return;
		}
		this.#asked = control;
		this.update(this.hass);
		this.node("no").focus();
	}

	#answer(isYes) {
		const asked = this.#asked;
		if (!asked) return;
		this.#asked = undefined;
		if (isYes) this.#presses.send(this.hass, asked);
		this.update(this.hass);
		const button = [...this.node("controls").children].find(({ dataset }) => dataset.key === asked.key);
		button?.focus();
	}

	#refreshCar() {
		if (this.preview) return;
		this.#presses.send(this.hass, { call: ["button", "press", this.#ids.refresh] });
	}

	#tap() {
		const { tap_action: action } = this.config;
		if (!action || action.action === "none" || this.preview) return;
		this.tell("hass-action", { config: { entity: this.#ids.battery ?? this.#ids.lock, tap_action: action }, action: "tap" });
	}

	#say(what, entityId) {
		const part = this.#nameOf(entityId);
		const words = what === "late" ? text(this.hass, "card_no_answer", { part }) : `${part}: ${this.#format(entityId)}`;
		setText(this.node("said"), words);
		this.tell("haptic", what === "late" ? "warning" : "success");
	}
}

define(TYPE, SmartcarCard);
announce("customCards", {
	type: TYPE,
	get name() {
		return textNow("card_name", "Smartcar car");
	},
	get description() {
		return textNow("card_description", "A car from above: what is open, how full, how old the data");
	},
	preview: true,
	documentationURL: DOCUMENTATION,
	getEntitySuggestion(hass, entityId) {
		const deviceId = deviceIdOf(hass, entityId);
		return deviceId ? { config: { type: `custom:${TYPE}`, device_id: deviceId } } : null;
	},
});
