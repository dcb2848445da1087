// A car's trips and charges: the months as bars, and the entries of one of them.

import { CAR_SELECTOR, SmartcarElement, defineCard, formOf } from "./element.js";
import { carDevices, carOf, idOf, nameOf, plain } from "./entities.js";
import { icon } from "./icons.js";
import { TIME, formatMoment, formatNumber, isSameDay, monthStart } from "./texts.js";

const MONTHS = [0, 1, 2, 3, 4, 5];
const SHOWN = 15;
const MOST = 500;
const KM_PER_MILE = 1.609344;
const DAY = { weekday: "short", day: "numeric", month: "short" };

// A change of one of these is a change of an entry.
const TOLD_BY = ["sensor.last_charge", "sensor.last_drive", "sensor.charged_this_month", "sensor.charging_cost_this_month", "calendar.diary"];
// A zone has no text: it has the name that its owner gave it.
const PLACES = { home: "diary_card_home", away: "diary_card_away", unknown: "diary_card_unknown" };
const SOURCES = { car: "diary_card_source_car", level: "diary_card_source_level", record: "diary_card_source_record" };
const ICONS = { charge: "plug", drive: "road", refuel: "fuel" };

const STYLES = `
ha-card { display: block; padding: 16px; overflow: hidden auto }
header { display: flex; gap: 8px; align-items: baseline; justify-content: space-between }
h2 { font-size: var(--ha-font-size-xl) }
.month, dl, label { font-size: var(--small) }
#car, .month span, dt, label, .icon { color: var(--quiet) }
p { margin-top: 12px }
#months { display: flex; gap: 4px; margin-top: 16px }
:is(button, input, select):focus-visible { outline-offset: -1px }
.month {
	flex: 1; min-width: 0; padding: 6px 2px; text-align: center; display: grid; gap: 4px;
	&[aria-pressed=true] { background: color-mix(in srgb, var(--primary-color) 14%, transparent) }
}
.bar { height: 72px; display: flex; flex-direction: column-reverse; align-items: center }
.bar i { width: 60%; max-width: 36px; flex: none; &:last-child { border-radius: 4px 4px 0 0 } }
.home, .way { background: var(--energy-battery-in-color) }
.away { background: var(--energy-solar-color) }
.unknown { background: var(--state-unavailable-color, var(--disabled-color)) }
.key { display: inline-block; width: 10px; height: 10px; border-radius: 3px; margin-inline-end: 4px }
#totals { display: flex; flex-wrap: wrap; gap: 4px 16px }
ul { margin-top: 8px }
li + li { border-top: 1px solid var(--divider-color) }
.row { display: grid; grid-template-columns: auto 1fr auto; gap: 2px 12px; width: 100%; padding: 10px 4px; align-items: center }
.row .icon { grid-row: span 2 }
.row .quiet { grid-column: 2 / 4 }
.details { padding: 0 4px 12px; padding-inline-start: 36px }
dl { display: grid; grid-template-columns: auto 1fr; gap: 4px 16px; margin: 0 }
dd { margin: 0 }
form { display: flex; flex-wrap: wrap; gap: 8px 12px; align-items: end; margin-top: 12px }
label { display: grid; gap: 2px }
input, select {
	font: inherit; color: var(--text); background: var(--card-background-color); border: 1px solid var(--outline-color);
	border-radius: 8px; padding: 8px; width: 9em; box-sizing: border-box;
}
.ends { flex: 1 0 100%; display: flex; justify-content: space-between; margin-inline: -12px }
.plain { color: var(--primary-color); min-height: 44px; padding: 0 12px; font-weight: 500 }
.danger { color: color-mix(in oklab, var(--error-color) 70%, var(--text)) }
@container (max-width: 300px) { .month:nth-child(-n + 3) { display: none } input, select { width: 7.5em } }
`;

const isGiven = (value) => value !== null && value !== undefined;
const sum = (parts) => Object.values(parts).reduce((total, part) => total + part, 0);

export class DiaryCard extends SmartcarElement {
	static styles = STYLES;
	static getConfigForm = () => formOf({ device_id: ["strategy_car", CAR_SELECTOR] });

	#device;
	#car;
	#told;
	#asked = 0;
	#months;
	#entries;
	#failure = "";
	#chosen = 0;
	#open;
	#shown = SHOWN;
	#isAsked = false;

	resolve(hass) {
		const device = hass.devices[this.config.device_id ?? carDevices(hass)[0]?.id];
		if (device?.id !== this.#device?.id) this.#months = this.#told = undefined;
		this.#device = device;
		this.#car = device && carOf(hass, device.id);
		return TOLD_BY.map((key) => idOf(this.#car, key)).filter(Boolean);
	}

	render(hass) {
		if (this.#car) this.#follow(hass);
		const name = this.#device && carDevices(hass).length > 1 && nameOf(this.#device);
		const isEmpty = this.#months?.every(({ totals }) => !totals.charges && !totals.drives && !totals.refuels);
		const note = !this.#car ? this.say("strategy_missing") : isEmpty ? this.say("diary_card_empty") : this.#failure;
		return [
			["header", ["h2#title", this.say("diary_card_title")], ["span#car", name]],
			["p#note", { role: "status" }, note],
			...(this.#car && this.#months && !isEmpty ? this.#diary() : []),
		];
	}

	/** Ask if an entry may have changed; in a preview only once. */
	#follow(hass) {
		const told = TOLD_BY.map((key) => hass.states[idOf(this.#car, key)]);
		if (this.preview ? this.#told : this.#told?.every((state, index) => state === told[index])) return;
		this.#told = told;
		this.#ask();
	}

	async #ask() {
		const asked = ++this.#asked;
		const now = Date.now();
		const starts = [new Date(now + 1000), ...MONTHS.map((back) => monthStart(this.hass, now, back))];
		const one = async (back) => {
			const [to, from] = starts.slice(back, back + 2).map((moment) => moment.toISOString());
			const limit = back === this.#chosen ? MOST : 1;
			const { response } = await this.hass.callWS({
				type: "call_service",
				domain: "smartcar",
				service: "get_diary",
				service_data: { device_id: this.#device.id, kinds: Object.keys(ICONS), from, to, limit },
				return_response: true,
			});
			return { ...response, back, start: starts[back + 1] };
		};
		let failure = "";
		const months = await Promise.all(MONTHS.map(one)).catch(({ message }) => {
			failure = message || this.say("diary_card_failed");
		});
		if (asked !== this.#asked) return;
		this.#failure = failure;
		this.#months = months ?? this.#months;
		this.#entries = months?.[this.#chosen].entries ?? this.#entries;
		this.queue();
	}

	#number(value, unit, maximumFractionDigits = 1) {
		return `${formatNumber(this.hass, value, { maximumFractionDigits })}${unit && ` ${unit}`}`;
	}

	/** A way in km as the house measures. */
	#length = (way) => (this.hass.config.unit_system.length === "mi" ? way / KM_PER_MILE : way);

	#distance(way) {
		const shown = this.#length(way);
		return this.#number(shown, this.hass.config.unit_system.length, shown < 100 ? 1 : 0);
	}

	#energy = (value) => this.#number(value, "kWh");

	#money = (value, currency = this.hass.config.currency) => formatNumber(this.hass, value, { style: "currency", currency });

	#place = (place) => (PLACES[place] ? this.say(PLACES[place]) : plain(place));

	/** Where a charge was: the zone of home has the name of the house. */
	#placeOf = ({ place, zone }) => this.#place(place === "home" ? place : (zone ?? place));

	#diary() {
		const isElectric = this.#months.some(({ totals }) => sum(totals.energy) > 0);
		const { energy, cost, distance } = this.#months[this.#chosen].totals;
		const places = Object.keys(PLACES).filter((key) => energy[key] > 0);
		const more = () => {
			this.#shown += 2 * SHOWN;
			this.queue();
		};
		return [
			["div#months", { role: "group", "aria-label": this.say("diary_card_months") }, ...this.#bars(isElectric)],
			[
				"p#totals quiet",
				...places.map((key) => ["span", { key }, [`i key ${key}`], ["span", `${this.#place(key)}: ${this.#energy(energy[key])}`]]),
				["span", sum(cost) && this.#money(sum(cost))],
				["span", distance && this.#distance(distance)],
			],
			["ul#entries", ...this.#entries.slice(0, this.#shown).map((entry) => this.#entry(entry))],
			this.#entries.length > this.#shown && ["button#more plain", { onclick: more }, this.say("diary_card_more")],
		];
	}

	#bars(isElectric) {
		const heights = this.#months.map(({ totals }) => (isElectric ? sum(totals.energy) : (totals.distance ?? 0)));
		const most = Math.max(...heights, 1);
		const bar = ({ back, start, totals }) => {
			const height = heights[back];
			const name = formatMoment(this.hass, { month: "short" }, start);
			const parts = isElectric ? totals.energy : { way: totals.distance };
			const drawn = [...Object.keys(PLACES), "way"].filter((key) => parts[key]);
			const onclick = () => {
				[this.#chosen, this.#shown, this.#open] = [back, SHOWN];
				this.#ask();
				this.queue();
			};
			const title = `${name}: ${isElectric ? this.#energy(height) : this.#distance(height)}`;
			return [
				"button month",
				{ key: back, "aria-pressed": String(back === this.#chosen), title, onclick },
				["b", this.#number(isElectric ? height : this.#length(height), "", 0)],
				["div bar", ...drawn.map((key) => [`i ${key}`, { style: { height: `${(100 * parts[key]) / most}%` } }])],
				["span", name],
			];
		};
		return this.#months.map(bar).toReversed();
	}

	#titleOf({ kind, distance, amount, energy, is_sum: isSum, source }) {
		if (kind === "drive") return this.say("diary_card_drive", { distance: this.#distance(distance) });
		if (kind === "refuel") return isGiven(amount) ? this.say("diary_card_refuel_amount", { amount: this.#number(amount, "L") }) : this.say("diary_card_refuel");
		if (energy === null) return this.say("diary_card_charge");
		const key = isSum || source === "level" ? "diary_card_charge_about" : "diary_card_charge_energy";
		return this.say(key, { energy: this.#energy(energy) });
	}

	#when({ start, end, is_sum: isSum, start_after: after, end_before: before }) {
		const format = (...moments) => formatMoment(this.hass, { ...DAY, ...TIME }, ...moments);
		const from = new Date((isSum && after) || start);
		const until = (isSum && before) || end;
		if (!until) return this.say("diary_card_since", { start: format(from) });
		const to = new Date(until);
		if (!isSum) return format(from, to);
		const isShort = isSameDay(this.hass, from, to);
		return this.say("diary_card_between", { start: format(from), end: isShort ? formatMoment(this.hass, TIME, to) : format(to) });
	}

	#entry(entry) {
		const { kind, start, place, cost, currency } = entry;
		const key = `${kind} ${start}`;
		const isOpen = this.#open === key;
		const onclick = () => {
			this.#open = isOpen ? undefined : key;
			this.#isAsked = false;
			this.queue();
		};
		const where = kind === "charge" && place !== "unknown" ? ` · ${this.#placeOf(entry)}` : "";
		const price = isGiven(cost) && this.#money(cost, currency);
		const words = [["span", this.#titleOf(entry)], ["span", price], ["span quiet", this.#when(entry) + where]];
		return [
			"li",
			{ key },
			["button row", { "aria-expanded": String(isOpen), onclick }, icon(ICONS[kind]), ...words],
			isOpen && ["div details", ["dl", ...this.#facts(entry)], kind === "charge" && this.#form(entry)],
		];
	}

	#facts(entry) {
		const { from, to, efficiency, source, corrected, level_start: before, level_end: after } = entry;
		const isCharge = entry.kind === "charge";
		const percent = (value) => formatNumber(this.hass, value / 100, { style: "percent" });
		const facts = {
			"diary_card_level": isGiven(before) && isGiven(after) && [before, after].map(percent).join(" → "),
			"diary_card_way": (from || to) && [from, to].map((one) => this.#place(one ?? "unknown")).join(" → "),
			"diary_card_consumption": efficiency && this.#number(efficiency, "kWh/100 km"),
			"diary_card_place": isCharge && this.#placeOf(entry),
			"diary_card_source": isCharge && this.say(SOURCES[source] ?? "diary_card_source_none"),
			"diary_card_corrected": corrected?.length && this.say("diary_card_yes"),
		};
		return Object.keys(facts).flatMap((key) => (facts[key] ? [["dt", this.say(key)], ["dd", facts[key]]] : []));
	}

	/** What a person may correct of a charge. */
	#form(entry) {
		const field = (key, input) => ["label", ["span", this.say(key)], input];
		const number = (name) => ["input", { name, type: "number", step: "any", value: entry[name] }];
		const option = (value) => ["option", { value, selected: value === entry.place }, this.#place(value)];
		const onsubmit = (event) => {
			event.preventDefault();
			const facts = {};
			for (const { name, value, valueAsNumber } of event.target.querySelectorAll("[name]")) {
				const given = name === "place" ? value : valueAsNumber;
				if (value !== "" && given !== entry[name]) facts[name] = given;
			}
			if (Object.keys(facts).length) this.#correct(entry, facts);
		};
		const onclick = () => {
			if (this.#isAsked) return this.#correct(entry, { remove: true });
			this.#isAsked = true;
			this.queue();
		};
		return [
			"form",
			{ onsubmit },
			field("diary_card_energy", number("energy")),
			field("diary_card_cost", number("cost")),
			field("diary_card_place", ["select", { name: "place" }, ...Object.keys(PLACES).map(option)]),
			[
				"div ends",
				["button plain danger", { type: "button", onclick }, this.say(this.#isAsked ? "diary_card_remove_surely" : "diary_card_remove")],
				["button plain", this.say("diary_card_save")],
			],
		];
	}

	async #correct(entry, facts) {
		if (this.preview) return;
		this.#open = undefined;
		// A refusal is shown by Home Assistant.
		await this.hass.callService("smartcar", "correct_charge", { device_id: this.#device.id, start: entry.start, ...facts }).catch(() => undefined);
		this.#ask();
		this.queue();
	}
}

defineCard("smartcar-diary-card", DiaryCard, "calendar.", {
	name: ["diary_card_title", "Trips and charges"],
	description: ["diary_card_description", "The trips and charges of a car, by month."],
	anchor: "#the-diary-card",
});
