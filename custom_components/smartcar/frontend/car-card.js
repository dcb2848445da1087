// The car card: how a car is, drawn and in words, and what it can be told to do.

import { Presses, controlsOf } from "./car-controls.js";
import { PICTURE, Picture } from "./car-picture.js";
import { exceptionsOf, findEntities, readCar, sentenceOf, unknownOf } from "./car-state.js";
import { CARD_STYLES, PICTURE_STYLES } from "./car-styles.js";
import { CAR_SELECTOR, SmartcarElement, defineCard, field, labelOf, make, setAttributes, setHidden, setList, setText } from "./element.js";
import { carDevices, carOf, isCar, nameOf, numberOf } from "./entities.js";
import { iconMarkup, setIcon } from "./icons.js";
import { clockTime, formatNumber, timeAgo } from "./texts.js";

const HOUR = 3_600_000;
const OLD_AFTER_HOURS = 12;

const FORM = [
	field("device_id", CAR_SELECTOR),
	field("name", { text: {} }),
	field("color", { ui_color: {} }),
	field("controls", { boolean: {} }, { default: true }),
	field("old_after", { number: { min: 1, max: 168, unit_of_measurement: "h", mode: "box" } }, { default: OLD_AFTER_HOURS }),
	field("tap_action", { ui_action: { default_action: "none" } }),
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

const DETAILS = { inside: "thermometer", outside: "sun", odometer: "road" };
const LOCK_ICONS = { locked: "lock", unlocked: "unlock", open: "unlock", absent: "check" };

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

export class SmartcarCard extends SmartcarElement {
	static markup = MARKUP;
	static styles = CARD_STYLES + PICTURE_STYLES;

	#device;
	#ids;
	#controls = [];
	#picture = new Picture(this);
	#presses = new Presses(() => this.queue(), (what, entityId) => this.#tellResult(what, entityId));
	#asked;
	#observer;

	static getConfigForm() {
		const word = (keys) => ({ name }, localize) => labelOf(localize, keys[name]);
		return { schema: FORM, computeLabel: word(LABELS), computeHelper: word(HELP), assertConfig: SmartcarCard.checkConfig };
	}

	constructor() {
		super();
		const acts = {
			age: () => this.showMore(this.#ids?.age),
			refresh: () => this.preview || this.#presses.send(this.hass, { call: ["button", "press", this.#ids.refresh] }),
			charge: () => this.showMore(this.#ids?.power ?? this.#ids?.charging ?? this.#ids?.plug),
			picture: () => this.#tap(),
			no: () => this.#answer(false),
			yes: () => this.#answer(true),
		};
		for (const id in acts) this.node(id).addEventListener("click", acts[id]);
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
		this.#observer = new IntersectionObserver(([{ isIntersecting }]) => this.#mark({ live: isIntersecting && !this.preview }));
		this.#observer.observe(this);
	}

	disconnectedCallback() {
		super.disconnectedCallback();
		this.#observer?.disconnect();
		this.#presses.forget();
		this.#asked = undefined;
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
		this.write("name", name || this.say("card_car"));
		const color = typeof this.config.color === "string" ? this.config.color : "";
		const paint = COLOR_NAME.test(color) ? `var(--${color}-color, ${color})` : color;
		// An empty value removes the property.
		this.node("card").style.setProperty("--smartcar-body-color", paint);
		const missing = this.#missing();
		const empty = missing !== undefined && missing !== "card_silent";
		this.#mark({ empty });
		this.#showNote(missing, name);
		if (empty) return;

		const now = Date.now();
		const oldAfter = (Number(this.config.old_after) || OLD_AFTER_HOURS) * HOUR;
		const view = readCar(this.#ids, hass.states, { now, oldAfter });
		this.#mark({ "is-old": view.isOld, charging: view.charge.state === "charging", two: view.levels.length > 1 });
		this.#showHeader(view, now);
		this.#showLevels(view);
		this.#showCharge(view.charge);
		const summary = this.#showExceptions(view).filter(Boolean).join(". ");
		this.#picture.update(view, { name, summary });
		this.#showDetails();
		this.#presses.settle(view);
		this.#showControls(view, name);
	}

	#mark(classes) {
		for (const name in classes) this.node("card").classList.toggle(name, classes[name]);
	}

	/** The key of what is missing, if the car cannot be shown. */
	#missing() {
		if (!this.#device || !isCar(this.#device)) return this.config.device_id ? "card_gone" : "card_no_car";
		if (!this.#ids) return this.#device.disabled_by ? "card_disabled" : "card_no_entities";
		const isSilent = this.#ids.all.every((id) => (this.hass.states[id]?.state ?? "unavailable") === "unavailable");
		return isSilent ? "card_silent" : undefined;
	}

	#showNote(key, car) {
		setHidden(this.node("note"), !key);
		if (!key) return;
		this.write("note-text", this.say(key, { car }));
		this.write("note-link", this.say("card_open_integration"));
		const page = key === "card_disabled" || key === "card_no_entities" ? `devices/device/${this.#device.id}` : "integrations/integration/smartcar";
		setAttributes(this.node("note-link"), { href: `/config/${page}` });
	}

	#showHeader(view, now) {
		const { speed, location, refresh } = this.#ids;
		const isMoving = numberOf(this.hass.states[speed]) > 0;
		const doing = view.driving ? [this.say("card_driving"), isMoving && this.format(speed)] : [this.format(location), view.asleep && this.say("card_asleep")];
		this.write("where", doing.filter(Boolean).join(" · "));
		const age = view.newest ? timeAgo(this.hass, view.newest, now) : this.say("card_age_unknown");
		this.write("age", age);
		setAttributes(this.node("age"), { "aria-label": this.say("card_age", { age }) });
		const title = this.say("card_refresh");
		setHidden(this.node("refresh"), !refresh || this.config.controls === false);
		setAttributes(this.node("refresh"), { title, "aria-label": title });
		this.#showBusy(this.node("refresh"), this.#presses.isWaiting(refresh));
	}

	#showBusy(node, isBusy) {
		node.classList.toggle("busy", isBusy);
		setAttributes(node, { "aria-busy": isBusy || null, "aria-disabled": isBusy || this.preview || null });
	}

	#showLevels({ levels, charge }) {
		const create = ({ key }) => {
			const node = make("div", { className: `level ${key}`, innerHTML: LEVEL });
			const [icon, value, range] = node.children;
			setIcon(icon, key === "fuel" ? "fuel" : "bolt");
			value.onclick = () => this.showMore(node.dataset.entity);
			range.onclick = () => this.showMore(node.dataset.range);
			return node;
		};
		const items = levels.map((level) => ({ ...level, key: level.kind }));
		setList(this.node("levels"), items, create, (node, { key, entityId, range, percent }) => {
			const [, value, reach, track] = node.children;
			const [fill, tick] = track.children;
			const label = (id) => `${this.nameOf(id)}: ${this.format(id) || this.say("card_unknown")}`;
			const isBattery = key === "battery";
			const limit = isBattery ? charge.limit : undefined;
			const isFilling = isBattery && charge.state === "charging";
			setAttributes(node, { "data-entity": entityId, "data-range": range });
			setText(value, this.format(entityId) || "–");
			setAttributes(value, { "aria-label": label(entityId) });
			setText(reach, this.format(range));
			setAttributes(reach, { "aria-label": range && label(range) });
			setHidden(track, percent === undefined);
			fill.style.inlineSize = `${percent ?? 0}%`;
			setHidden(tick, !(limit < 100));
			tick.style.insetInlineStart = `${limit ?? 0}%`;
			node.classList.toggle("few", !isFilling && percent > 10 && percent <= 20);
			node.classList.toggle("least", !isFilling && percent <= 10);
		});
	}

	#showCharge({ state, isFull, finish, limit: value }) {
		const limit = value < 100 ? this.format(this.#ids.limit) : "";
		const target = limit && this.say("card_limit", { limit });
		let words = [];
		if (state === "charging") {
			const time = finish > Date.now() && clockTime(this.hass, finish);
			const end = time && (limit ? this.say("card_limit_at", { limit, time }) : this.say("card_full_at", { time }));
			words = [this.format(this.#ids.power) || this.say("card_charging"), end || target];
		} else if (state === "plugged") words = isFull ? [this.say("card_plugged_full")] : [this.say("card_plugged"), target];
		else if (state === "unplugged") words = [this.say("card_unplugged")];
		this.write("charge-text", words.filter(Boolean).join(", "));
		setHidden(this.node("charge"), !words.length);
		setIcon(this.node("charge-icon"), state === "charging" ? "bolt" : "plug");
	}

	/** Show what stands out, or that nothing does; return the words. */
	#showExceptions(view) {
		const withState = (id) => `${this.nameOf(id)}: ${this.format(id)}`;
		const bad = (key, words) => ({ key, isBad: true, words });
		const items = exceptionsOf(view).map(({ kind, key, isBad }) => ({
			key,
			isBad,
			words: kind === "open" ? this.say("card_open", { part: this.nameOf(key) }) : withState(key),
		}));
		if (view.hasWarning) items.push(bad(this.#ids.warnings, this.nameOf(this.#ids.warnings)));
		if (view.codes > 0) items.push(bad(this.#ids.codes, withState(this.#ids.codes)));
		const create = ({ key }) => {
			const parts = [make("span", { className: "dot" }), make("span")];
			return make("li", {}, make("button", { className: "line", onclick: () => this.showMore(key) }, ...parts));
		};
		setList(this.node("exceptions"), items, create, (node, { words, isBad }) => {
			setText(node.firstChild.lastChild, words);
			node.classList.toggle("bad", isBad);
		});
		const key = sentenceOf(view);
		const sentence = key ? this.say(key) : this.format(this.#ids.lock);
		this.write("sentence-text", sentence);
		setHidden(this.node("sentence"), !sentence);
		setIcon(this.node("sentence-icon"), LOCK_ICONS[view.lock.state] ?? "question");
		const names = unknownOf(view).map(({ entityId }) => this.nameOf(entityId));
		const count = formatNumber(this.hass, names.length);
		const parts = names.length > 3 ? this.say("card_unknown_count", { count }) : names.join(", ");
		const note = parts && this.say("card_not_known", { parts });
		this.write("unknown", key === "card_openings_unknown" ? "" : note);
		return [sentence, ...items.map(({ words }) => words), note];
	}

	#showDetails() {
		const items = Object.keys(DETAILS)
			.map((key) => ({ key, id: this.#ids[key] }))
			.filter(({ id }) => this.format(id));
		const create = ({ key }) => {
			const innerHTML = `<button>${iconMarkup(DETAILS[key])}<span class="name"></span> <span class="value"></span></button>`;
			const node = make("li", { className: "small", innerHTML });
			node.firstChild.onclick = () => this.showMore(this.#ids[key]);
			return node;
		};
		setList(this.node("details"), items, create, (node, { id }) => {
			const [, name, value] = node.firstChild.children;
			setText(name, this.nameOf(id));
			setText(value, this.format(id));
		});
		setHidden(this.node("details"), !items.length);
	}

	#showControls(view, name) {
		const controls = this.config.controls === false ? [] : controlsOf(this.hass, this.#ids, view, name);
		this.#controls = controls;
		// A question stays only while what it asks about can be done.
		if (!controls.some(({ key }) => key === this.#asked?.key)) this.#asked = undefined;
		const create = ({ key }) =>
			make("button", { innerHTML: `${iconMarkup("bolt")}<span></span>`, onclick: () => this.#press(key) });
		setList(this.node("controls"), controls, create, (node, control) => {
			const isBusy = this.#isBusy(control);
			setIcon(node.firstChild, isBusy ? "refresh" : control.icon);
			setText(node.lastChild, control.label);
			this.#showBusy(node, isBusy);
		});
		setHidden(this.node("controls"), !controls.length || this.#asked);
		setHidden(this.node("confirm"), !this.#asked);
		if (!this.#asked) return;
		this.write("question", this.#asked.question.filter(Boolean).join(" "));
		this.write("no", this.say("card_cancel"));
		this.write("yes", this.#asked.label);
	}

	#isBusy({ isMoving, call }) {
		return isMoving || this.#presses.isWaiting(call[2]);
	}

	#press(key) {
		const control = this.#controls.find((one) => one.key === key);
		if (!control || this.preview || this.#isBusy(control)) return;
		if (!control.question) return void this.#presses.send(this.hass, control);
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
		[...this.node("controls").children].find(({ dataset }) => dataset.key === asked.key)?.focus();
	}

	#tap() {
		const { tap_action: action } = this.config;
		if (!action || action.action === "none" || this.preview) return;
		this.tell("hass-action", { config: { entity: this.#ids.battery ?? this.#ids.lock, tap_action: action }, action: "tap" });
	}

	#tellResult(what, entityId) {
		const part = this.nameOf(entityId);
		const isLate = what === "late";
		this.write("said", isLate ? this.say("card_no_answer", { part }) : `${part}: ${this.format(entityId)}`);
		this.tell("haptic", isLate ? "warning" : "success");
	}
}

defineCard("smartcar-card", SmartcarCard, {
	name: ["card_name", "Smartcar car"],
	description: ["card_description", "A car from above: what is open, how full, how old the data"],
});
