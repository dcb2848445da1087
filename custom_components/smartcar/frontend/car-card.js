// The car card: how a car is, drawn and in words, and what it can be told to do.

import { Presses, controlsOf } from "./car-controls.js";
import { PICTURE, Picture } from "./car-picture.js";
import { exceptionsOf, findEntities, readCar, sentenceOf } from "./car-state.js";
import { STYLES } from "./car-styles.js";
import { CAR_SELECTOR, SmartcarElement, defineCard, formOf, tell } from "./element.js";
import { carDevices, carOf, isCar, nameOf, numberOf } from "./entities.js";
import { icon } from "./icons.js";
import { TIME, formatMoment, formatNumber, isSameDay, timeAgo } from "./texts.js";

const HOUR = 3_600_000;
const OLD_AFTER_HOURS = 12;

const FORM = {
	device_id: ["card_form_device", CAR_SELECTOR, undefined, "card_form_device_help"],
	name: ["card_form_name", { text: {} }],
	color: ["card_form_color", { ui_color: {} }],
	controls: ["card_form_controls", { boolean: {} }, true],
	old_after: ["card_form_old_after", { number: { min: 1, max: 168, unit_of_measurement: "h", mode: "box" } }, OLD_AFTER_HOURS, "card_form_old_after_help"],
	tap_action: ["card_form_tap_action", { ui_action: { default_action: "none" } }],
};

// Names of colours that a form offers are variables of the theme.
const COLOR_NAME = /^[a-z]+(-[a-z]+)*$/;
const DETAILS = { inside_temperature: "thermometer", outside_temperature: "sun", odometer: "road" };
const LOCK_ICONS = { locked: "lock", unlocked: "unlock", open: "unlock", absent: "check" };

const join = (parts, between = ", ") => parts.filter(Boolean).join(between);

export class SmartcarCard extends SmartcarElement {
	static styles = STYLES;
	static getConfigForm = () => ({ ...formOf(FORM), assertConfig: SmartcarCard.checkConfig });

	#device;
	#ids;
	#view;
	#name;
	#words;
	#asked;
	#said;
	#picture;
	#presses = new Presses(this);
	#isSeen = false;
	#observer;

	connectedCallback() {
		super.connectedCallback();
		// Nothing moves while it is not seen.
		if (!globalThis.IntersectionObserver) return;
		this.#observer = new IntersectionObserver(([{ isIntersecting }]) => {
			this.#isSeen = isIntersecting;
			this.queue();
		});
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
		this.#ids = car && findEntities(car);
		return this.#ids?.all ?? [];
	}

	render(hass) {
		const { name, color = "", old_after: hours } = this.config;
		this.#name = name || (this.#device ? nameOf(this.#device) : "");
		const missing = this.#missing();
		const isShown = !missing || missing === "card_silent";
		const oldAfter = (Number(hours) || OLD_AFTER_HOURS) * HOUR;
		const view = (this.#view = isShown && readCar(this.#ids, hass.states, oldAfter));
		if (view) this.#presses.settle(view);
		const marks = view ? [view.isOld && "is-old", view.charge.state, view.levels[1] && "two", this.#isSeen && !this.preview && "live"] : [];
		// An empty value removes the property.
		const style = { "--smartcar-body-color": COLOR_NAME.test(color) ? `var(--${color}-color, ${color})` : color };
		return [["div#card", { class: ["card", ...marks], style }, this.#header(view), missing && this.#note(missing), ...(view ? this.#parts(view) : [])]];
	}

	rendered() {
		const svg = this.node("picture");
		if (!svg) return;
		if (this.#picture?.svg !== svg) this.#picture = new Picture(this, svg);
		this.#picture.update(this.#view, this.#name, this.#words);
	}

	#missing() {
		if (!this.#device || !isCar(this.#device)) return this.config.device_id ? "card_gone" : "card_no_car";
		if (!this.#ids) return this.#device.disabled_by ? "card_disabled" : "card_no_entities";
		const isSilent = (id) => (this.hass.states[id]?.state ?? "unavailable") === "unavailable";
		return this.#ids.all.every(isSilent) && "card_silent";
	}

	#note(key) {
		const href = `/config/${this.#device && !this.#ids ? `devices/device/${this.#device.id}` : "integrations/integration/smartcar"}`;
		const link = ["a#note-link", { href }, this.say("card_open_integration")];
		return ["div#note", ["p#note-text", this.say(key, { car: this.#name })], ["p", link]];
	}

	#header(view) {
		const title = ["h2#name", this.#name || this.say("card_car")];
		if (!view) return ["header", title];
		const { speed, location, refresh, data_age: ageId } = this.#ids;
		const isMoving = numberOf(this.hass.states[speed]) > 0;
		const where = view.driving
			? [this.say("card_driving"), isMoving && this.format(speed)]
			: [this.format(location), view.asleep && this.say("card_asleep")];
		const age = view.newest ? timeAgo(this.hass, view.newest) : this.say("card_age_unknown");
		const ask = refresh && this.config.controls !== false && this.#act("button#refresh", { action: "button press", entityId: refresh }, this.say("card_refresh"));
		const more = this.#more("button#age quiet", ageId, { "aria-label": this.say("card_age", { age }) }, age);
		return ["header", ["div", title, ["p#where quiet", join(where, " · ")]], ["div age quiet", more, ask]];
	}

	/** A button that opens the dialog of an entity. */
	#more = (tag, entityId, attributes, ...children) => [tag, { ...attributes, onclick: () => this.showMore(entityId) }, ...children];

	#parts(view) {
		const details = Object.entries(DETAILS).map(([key, name]) => [this.#ids[key], icon(name)]).filter(([id]) => this.format(id));
		const detail = ([id, drawn]) => {
			const words = [["span name", this.nameOf(id)], ["span value", this.format(id)]];
			return ["li small", { key: id }, this.#more("button", id, {}, drawn, ...words)];
		};
		const [exceptions, words] = this.#exceptions(view);
		this.#words = words;
		return [
			["div car", ["div", { html: PICTURE, onclick: () => this.#tap() }]],
			["div facts", ["div#levels", ...view.levels.map((level) => this.#level(level, view.charge))], this.#charge(view.charge), exceptions],
			details.length && ["ul#details", ...details.map(detail)],
			["div acts", ...this.#acts(view)],
			["p#said", { role: "status", "aria-live": "polite" }, ["span", this.#said], null],
		];
	}

	#level({ name, entityId, range, percent }, { state, limit }) {
		const isBattery = name === "battery";
		const isLow = percent <= 20 && !(isBattery && state === "charging");
		const more = (tag, id, otherwise) => id && this.#more(tag, id, { "aria-label": this.describe(id) }, this.format(id) || otherwise);
		const fill = ["div fill", { style: { "inline-size": `${percent}%` } }];
		const tick = isBattery && limit < 100 && ["div tick", { style: { "inset-inline-start": `${limit}%` } }];
		return [
			"div",
			{ key: name, class: ["level", name, isLow && (percent > 10 ? "few" : "least")] },
			icon(isBattery ? "bolt" : "fuel"),
			more("button value", entityId, "–"),
			more("button range", range),
			percent !== undefined && ["div track", { "aria-hidden": "true" }, fill, tick],
		];
	}

	#charge({ state, isFull, finish, limit: value }) {
		const { charging_power: power, charging, plug, charge_limit: limitId } = this.#ids;
		const limit = value < 100 && this.format(limitId);
		const target = limit && this.say("card_limit", { limit });
		const weekday = finish && !isSameDay(this.hass, finish, Date.now()) ? "short" : undefined;
		const time = finish > Date.now() && formatMoment(this.hass, { ...TIME, weekday }, finish);
		const end = time && this.say(limit ? "card_limit_at" : "card_full_at", { limit, time });
		const words = {
			charging: [this.format(power) || this.say("card_charging"), end || target],
			plugged: isFull ? [this.say("card_plugged_full")] : [this.say("card_plugged"), target],
			unplugged: [this.say("card_unplugged")],
		}[state];
		const drawn = icon(state === "charging" ? "bolt" : "plug");
		return words && this.#more("button#charge line", power ?? charging ?? plug, {}, drawn, ["span#charge-text", join(words)]);
	}

	/** What stands out, or that nothing does; and the same in words. */
	#exceptions(view) {
		const { openings, lock } = view;
		const items = exceptionsOf(view, this.#ids, this.hass.states).map(({ entityId, isOpen, isBad }) => {
			return [entityId, isBad, isOpen ? this.say("card_open", { part: this.nameOf(entityId) }) : this.describe(entityId)];
		});
		const key = sentenceOf(view);
		const sentence = key ? this.say(key) : this.format(lock.entityId);
		const names = Object.values(openings).filter(({ state }) => state === "unknown").map(({ entityId }) => this.nameOf(entityId));
		const parts = names.length > 3 ? this.say("card_unknown_count", { count: formatNumber(this.hass, names.length) }) : join(names);
		const note = parts && this.say("card_not_known", { parts });
		const line = ([id, isBad, words]) => ["li", { key: id, class: isBad && "bad" }, this.#more("button line", id, {}, ["span dot"], ["span", words])];
		const node = [
			"div",
			["ul#exceptions", ...items.map(line)],
			sentence && ["p#sentence line", icon(LOCK_ICONS[lock.state] ?? "question"), ["span#sentence-text", sentence]],
			["p#unknown quiet", key === "card_openings_unknown" ? "" : note],
		];
		return [node, join([sentence, ...items.map(([, , words]) => words), note], ". ")];
	}

	/** The buttons, or the question that one of them asks. */
	#acts(view) {
		const controls = this.config.controls === false ? [] : controlsOf(this.hass, this.#ids, view, this.#name);
		// A question stays only while what it asks about can be done.
		const isAsked = ({ key, entityId }) => key === this.#asked?.key && entityId === this.#asked.entityId;
		if (!controls.some(isAsked)) this.#asked = undefined;
		if (!this.#asked) return [["div#controls", ...controls.map((control) => this.#act("button", control))]];
		const { question, label } = this.#asked;
		const answer = (id, isYes, words) => [`button#${id}`, { onclick: () => this.#answer(isYes) }, words];
		const onkeydown = (event) => {
			if (event.key !== "Escape") return;
			event.stopPropagation();
			this.#answer(false);
		};
		const answers = ["div answers", answer("no", false, this.say("card_cancel")), answer("yes", true, label)];
		return [["div#confirm", { role: "alertdialog", "aria-labelledby": "question", onkeydown }, ["p#question", question], answers]];
	}

	#act(tag, control, title) {
		const { key, label, icon: name = "refresh" } = control;
		const isBusy = this.#isBusy(control);
		const aria = { "aria-label": title, "aria-busy": isBusy, "aria-disabled": isBusy || this.preview };
		const attributes = { key, title, "data-key": key, class: isBusy && "busy", ...aria, onclick: () => this.#press(control) };
		return [tag, attributes, icon(isBusy ? "refresh" : name), ["span", label]];
	}

	#isBusy({ isMoving, entityId }) {
		return isMoving || this.#presses.isWaiting(entityId);
	}

	#press(control) {
		if (this.preview || this.#isBusy(control)) return;
		if (!control.question) return void this.#presses.send(this.hass, control);
		this.#asked = control;
		this.update();
		this.node("no").focus();
	}

	#answer(isYes) {
		const asked = this.#asked;
		this.#asked = undefined;
		if (isYes) this.#presses.send(this.hass, asked);
		this.update();
		this.shadowRoot.querySelector(`[data-key=${asked.key}]`)?.focus();
	}

	#tap() {
		const { tap_action: action } = this.config;
		if (!action || action.action === "none" || this.preview) return;
		tell(this, "hass-action", { config: { entity: this.#ids.battery ?? this.#ids.lock, tap_action: action }, action: "tap" });
	}

	tellResult(what, entityId) {
		const isLate = what === "late";
		this.#said = isLate ? this.say("card_no_answer", { part: this.nameOf(entityId) }) : this.describe(entityId);
		tell(this, "haptic", isLate ? "warning" : "success");
	}
}

defineCard("smartcar-card", SmartcarCard, "", {
	name: ["card_name", "Smartcar car"],
	description: ["card_description", "A car from above: what is open, how full it is, and how old the data is."],
});
