// A car's trips and charges: the months as bars, and the entries of one of them.

import { CAR_SELECTOR, SmartcarElement, defineCard, field, labelOf, make, setAttributes, setHidden, setList, setText } from "./element.js";
import { carDevices, carOf, nameOf } from "./entities.js";
import { clockTime, formatMoment, formatNumber } from "./texts.js";

const MONTHS = 6;
const SHOWN = 15;
const MOST = 500;
const KM_PER_MILE = 1.609344;

// A change of one of these is a change of an entry.
const TOLD_BY = [
	"sensor.last_charge",
	"sensor.last_drive",
	"sensor.charged_this_month",
	"sensor.charging_cost_this_month",
	"calendar.diary",
];
// A zone has no text: it has the name that its owner gave it.
const PLACES = { home: "diary_card_home", away: "diary_card_away", unknown: "diary_card_unknown" };
const SOURCES = { car: "diary_card_source_car", level: "diary_card_source_level", record: "diary_card_source_record" };
const ICONS = { charge: "mdi:ev-station", drive: "mdi:car", refuel: "mdi:gas-station" };

const MARKUP = `
<ha-card>
	<header><h2 id="title"></h2><span id="car"></span></header>
	<p id="note" role="status"></p>
	<div id="months" role="group"></div>
	<p id="totals" class="small"></p>
	<ul id="entries"></ul>
	<button id="more" class="plain"></button>
</ha-card>`;

const STYLES = `
ha-card { display: block; padding: 16px; overflow: hidden auto; box-sizing: border-box }
header { display: flex; gap: 8px; align-items: baseline; justify-content: space-between }
h2 { font-size: var(--ha-font-size-xl, 20px) }
.small, .month, dl, label { font-size: var(--small) }
#car, .when, #totals, .month span, dt, label, ha-icon { color: var(--quiet) }
p { margin-top: 12px }
#months { display: flex; gap: 4px; margin-top: 16px }
:is(button, input, select):focus-visible { outline-offset: -1px; border-radius: 8px }
.month {
	flex: 1; min-width: 0; padding: 6px 2px; border-radius: 8px; text-align: center; display: flex; flex-direction: column; gap: 4px;
	&[aria-pressed=true] { background: color-mix(in srgb, var(--primary-color) 14%, transparent) }
}
.bar { height: 72px; display: flex; flex-direction: column-reverse; align-items: center }
.bar i { width: 60%; max-width: 36px; flex: none; &:last-of-type { border-radius: 4px 4px 0 0 } }
.home, .way { background: var(--energy-battery-in-color, var(--primary-color)) }
.away { background: var(--energy-solar-color, var(--warning-color)) }
.unknown { background: var(--state-unavailable-color, var(--disabled-color)) }
.key { display: inline-block; width: 10px; height: 10px; border-radius: 3px; margin-inline-end: 4px }
#totals { display: flex; flex-wrap: wrap; gap: 4px 16px }
ul { margin-top: 8px }
li + li { border-top: 1px solid var(--divider-color) }
.row { display: grid; grid-template-columns: auto 1fr auto; gap: 2px 12px; width: 100%; padding: 10px 4px; align-items: center }
ha-icon { grid-row: span 2 }
.when { grid-column: 2 / 4 }
.details { padding: 0 4px 12px; padding-inline-start: 40px }
dl { display: grid; grid-template-columns: auto 1fr; gap: 4px 16px; margin: 0 }
dd { margin: 0 }
form { display: flex; flex-wrap: wrap; gap: 8px 12px; align-items: end; margin-top: 12px }
label { display: grid; gap: 2px }
input, select {
	font: inherit; color: var(--text); background: var(--card-background-color); border-radius: 8px; padding: 8px; width: 9em;
	border: 1px solid var(--outline-color, var(--divider-color)); min-height: 24px; box-sizing: border-box;
}
.plain { color: var(--primary-color); min-height: 44px; padding: 0 12px; font-weight: var(--ha-font-weight-medium, 500) }
.danger { color: color-mix(in oklab, var(--error-color) 70%, var(--text)) }
@container (max-width: 300px) { .month:nth-child(-n + 3) { display: none } input, select { width: 7.5em } }
`;

/** The first moment of the month `back` months before now, in the zone of the browser. */
const monthStart = (now, back) => new Date(now.getFullYear(), now.getMonth() - back, 1);

const isGiven = (value) => value !== null && value !== undefined;

const sum = (parts) => Object.keys(PLACES).reduce((total, place) => total + (parts[place] ?? 0), 0);

export class DiaryCard extends SmartcarElement {
	static markup = MARKUP;
	static styles = STYLES;

	#deviceId;
	#told;
	#asked = 0;
	#months;
	#entries;
	#failure = "";
	#chosen = 0;
	#open;
	#shown = SHOWN;
	#isAsked = false;

	static getConfigForm() {
		const computeLabel = (_schema, localize) => labelOf(localize, "strategy_car");
		return { schema: [field("device_id", CAR_SELECTOR)], computeLabel };
	}

	constructor() {
		super();
		this.node("more").onclick = () => {
			this.#shown += 2 * SHOWN;
			this.queue();
		};
	}

	resolve(hass) {
		const device = this.config.device_id ?? carDevices(hass)[0]?.id;
		if (device !== this.#deviceId) {
			this.#deviceId = device;
			this.#months = this.#entries = this.#told = undefined;
		}
		const car = device && carOf(hass, device);
		return TOLD_BY.map((key) => car?.id(key)).filter(Boolean);
	}

	update(hass) {
		const device = hass.devices[this.#deviceId];
		const car = device && carOf(hass, device.id);
		if (car) this.#follow(hass, car);
		this.#show(hass, device, car);
	}

	/** Ask again if an entry may have changed; a state that stays the same asks nothing. */
	#follow(hass, car) {
		const told = TOLD_BY.map((key) => hass.states[car.id(key)]);
		if (this.preview ? this.#told : this.#told?.every((state, index) => state === told[index])) return;
		this.#told = told;
		this.#ask();
	}

	async #call(data) {
		const answer = await this.hass.callWS({
			type: "call_service",
			domain: "smartcar",
			service: "get_diary",
			service_data: { device_id: this.#deviceId, kinds: Object.keys(ICONS), ...data },
			return_response: true,
		});
		return answer.response;
	}

	async #ask() {
		const asked = ++this.#asked;
		const now = new Date();
		const one = (back) => {
			const end = back ? monthStart(now, back - 1) : new Date(now.getTime() + 1000);
			const period = { from: monthStart(now, back).toISOString(), to: end.toISOString() };
			return this.#call({ ...period, limit: back === this.#chosen ? MOST : 1 });
		};
		let failure = "";
		const answers = await Promise.all([...Array(MONTHS).keys()].map(one)).catch((error) => {
			failure = error.message || "diary_card_failed";
		});
		if (asked !== this.#asked) return;
		this.#failure = failure;
		if (answers) {
			this.#months = answers.map(({ totals }, back) => ({ key: String(back), back, start: monthStart(now, back), totals }));
			this.#entries = answers[this.#chosen].entries;
		}
		this.queue();
	}

	#choose(back) {
		this.#chosen = back;
		this.#shown = SHOWN;
		this.#open = undefined;
		this.#ask();
		this.queue();
	}

	#number(value, maximumFractionDigits = 1) {
		return formatNumber(this.hass, value, { maximumFractionDigits });
	}

	#energy(value) {
		return `${this.#number(value)} kWh`;
	}

	/** A way in km as the house measures. */
	#length(way) {
		return this.hass.config.unit_system.length === "mi" ? way / KM_PER_MILE : way;
	}

	#distance(way) {
		const shown = this.#length(way);
		return `${this.#number(shown, shown < 100 ? 1 : 0)} ${this.hass.config.unit_system.length}`;
	}

	#money(value, currency = this.hass.config.currency) {
		return formatNumber(this.hass, value, { style: "currency", currency });
	}

	#place(place) {
		return PLACES[place] ? this.say(PLACES[place]) : place;
	}

	/** Where a charge was: the zone of home has the name of the house. */
	#placeOf({ place, zone }) {
		return this.#place(place === "home" ? place : (zone ?? place));
	}

	#titleOf({ kind, distance, amount, energy, is_sum: isSum, source }) {
		if (kind === "drive") return this.say("diary_card_drive", { distance: this.#distance(distance) });
		if (kind === "refuel") {
			if (!isGiven(amount)) return this.say("diary_card_refuel");
			return this.say("diary_card_refuel_amount", { amount: `${this.#number(amount)} L` });
		}
		if (energy === null) return this.say("diary_card_charge");
		const key = isSum || source === "level" ? "diary_card_charge_about" : "diary_card_charge_energy";
		return this.say(key, { energy: this.#energy(energy) });
	}

	#when(entry) {
		const day = (moment) => formatMoment(this.hass, moment, { weekday: "short", day: "numeric", month: "short" });
		const time = (moment) => clockTime(this.hass, moment, moment);
		const from = new Date((entry.is_sum && entry.start_after) || entry.start);
		const until = (entry.is_sum && entry.end_before) || entry.end;
		const start = `${day(from)}, ${time(from)}`;
		if (!until) return this.say("diary_card_since", { start });
		const to = new Date(until);
		const end = day(from) === day(to) ? time(to) : `${day(to)}, ${time(to)}`;
		if (entry.is_sum) return this.say("diary_card_between", { start, end });
		return start.endsWith(end) ? start : `${start} – ${end}`;
	}

	/** What is known of an entry: the key of each fact, and its words. */
	#details(entry) {
		const { kind, from, to, efficiency, source, corrected } = entry;
		const rows = [];
		const level = [entry.level_start, entry.level_end];
		const percent = (value) => formatNumber(this.hass, value / 100, { style: "percent" });
		if (level.every(isGiven)) rows.push(["diary_card_level", level.map(percent).join(" → ")]);
		if (kind === "drive") {
			if (from || to) rows.push(["diary_card_way", [from, to].map((one) => this.#place(one ?? "unknown")).join(" → ")]);
			if (efficiency) rows.push(["diary_card_consumption", `${this.#number(efficiency)} kWh/100 km`]);
		}
		if (kind === "charge") {
			rows.push(["diary_card_place", this.#placeOf(entry)]);
			rows.push(["diary_card_source", this.say(SOURCES[source] ?? "diary_card_source_none")]);
			if (corrected.length) rows.push(["diary_card_corrected", this.say("diary_card_yes")]);
		}
		return rows;
	}

	#show(hass, device, car) {
		this.write("title", this.say("diary_card_title"));
		this.write("car", device && carDevices(hass).length > 1 ? nameOf(device) : "");
		const isEmpty = this.#months?.every(({ totals }) => !totals.charges && !totals.drives && !totals.refuels);
		const failure = this.#failure === "diary_card_failed" ? this.say(this.#failure) : this.#failure;
		this.write("note", !car ? this.say("strategy_missing") : isEmpty ? this.say("diary_card_empty") : failure);
		const hasEntries = Boolean(car && this.#months && !isEmpty);
		for (const id of ["months", "totals", "entries"]) setHidden(this.node(id), !hasEntries);
		this.write("more", hasEntries && this.#entries.length > this.#shown ? this.say("diary_card_more") : "");
		if (!hasEntries) return;
		this.#showMonths();
		this.#showTotals();
		this.#showEntries();
	}

	#showMonths() {
		setAttributes(this.node("months"), { "aria-label": this.say("diary_card_months") });
		const isElectric = this.#months.some(({ totals }) => sum(totals.energy) > 0);
		const height = ({ totals }) => (isElectric ? sum(totals.energy) : totals.distance);
		const most = Math.max(...this.#months.map(height), 1);
		const classes = [...Object.keys(PLACES), "way"];
		const create = ({ back }) => {
			const bar = make("div", { className: "bar" }, ...classes.map((className) => make("i", { className })));
			return make("button", { className: "month", onclick: () => this.#choose(back) }, make("b"), bar, make("span"));
		};
		setList(this.node("months"), this.#months.toReversed(), create, (node, month) => {
			const { back, start, totals } = month;
			const [value, bar, label] = node.children;
			const name = formatMoment(this.hass, start, { month: "short" });
			const shown = height(month);
			setText(label, name);
			setText(value, this.#number(isElectric ? shown : this.#length(shown), 0));
			const parts = isElectric ? totals.energy : { way: totals.distance };
			classes.forEach((key, index) => (bar.children[index].style.height = `${(100 * (parts[key] ?? 0)) / most}%`));
			const amount = isElectric ? this.#energy(shown) : this.#distance(shown);
			setAttributes(node, { "aria-pressed": back === this.#chosen, title: `${name}: ${amount}` });
		});
	}

	#showTotals() {
		const { energy, cost, distance } = this.#months[this.#chosen].totals;
		const lines = Object.keys(PLACES)
			.filter((key) => energy[key] > 0)
			.map((key) => ({ key, value: `${this.#place(key)}: ${this.#energy(energy[key])}` }));
		if (sum(cost)) lines.push({ key: "cost", value: this.#money(sum(cost)) });
		if (distance) lines.push({ key: "way", value: this.#distance(distance) });
		const create = ({ key }) => make("span", {}, make("i", { className: `key ${key}`, hidden: !PLACES[key] }), make("span"));
		setList(this.node("totals"), lines, create, (node, { value }) => setText(node.lastChild, value));
	}

	#showEntries() {
		const items = this.#entries.slice(0, this.#shown).map((entry) => ({ key: `${entry.kind} ${entry.start}`, entry }));
		const create = ({ key, entry }) => {
			const icon = make("ha-icon", { icon: ICONS[entry.kind], ariaHidden: "true" });
			const onclick = () => {
				this.#open = this.#open === key ? undefined : key;
				this.#isAsked = false;
				this.queue();
			};
			const facts = [make("span"), make("span"), make("span", { className: "when small" })];
			return make("li", {}, make("button", { className: "row", onclick }, icon, ...facts), make("div", { className: "details" }));
		};
		setList(this.node("entries"), items, create, (node, { key, entry }) => {
			const [row, details] = node.children;
			const [, title, value, when] = row.children;
			const isOpen = this.#open === key;
			const isPlaced = entry.kind === "charge" && entry.place !== "unknown";
			setText(title, this.#titleOf(entry));
			setText(value, isGiven(entry.cost) ? this.#money(entry.cost, entry.currency) : "");
			setText(when, this.#when(entry) + (isPlaced ? ` · ${this.#placeOf(entry)}` : ""));
			setAttributes(row, { "aria-expanded": isOpen });
			setHidden(details, !isOpen);
			if (isOpen) this.#showDetails(details, entry);
			else details.replaceChildren();
		});
	}

	#showDetails(parent, entry) {
		if (!parent.firstChild) parent.append(make("dl"), ...(entry.kind === "charge" ? [this.#form(entry)] : []));
		const rows = this.#details(entry).flatMap(([key, textContent]) => [
			make("dt", { textContent: this.say(key) }),
			make("dd", { textContent }),
		]);
		parent.firstChild.replaceChildren(...rows);
		const remove = parent.querySelector(".danger");
		if (remove) setText(remove, this.say(this.#isAsked ? "diary_card_remove_surely" : "diary_card_remove"));
	}

	/** What a person may correct of a charge. */
	#form(entry) {
		const number = (value, more) => make("input", { type: "number", step: "any", value: value ?? "", ...more });
		const options = Object.keys(PLACES).map((value) => make("option", { value, textContent: this.#place(value), selected: value === entry.place }));
		const inputs = {
			energy: ["diary_card_energy", number(entry.energy, { min: 0 })],
			cost: ["diary_card_cost", number(entry.cost)],
			place: ["diary_card_place", make("select", {}, ...options)],
		};
		const onsubmit = (event) => {
			event.preventDefault();
			const facts = {};
			for (const key in inputs) {
				const { value, valueAsNumber } = inputs[key][1];
				const given = key === "place" ? value : valueAsNumber;
				if (value !== "" && given !== entry[key]) facts[key] = given;
			}
			if (Object.keys(facts).length) this.#correct(entry, facts);
		};
		const onclick = () => {
			if (this.#isAsked) return this.#correct(entry, { remove: true });
			this.#isAsked = true;
			this.queue();
		};
		const fields = Object.values(inputs).map(([key, input]) => make("label", {}, this.say(key), input));
		const save = make("button", { className: "plain", textContent: this.say("diary_card_save") });
		return make("form", { onsubmit }, ...fields, save, make("button", { className: "plain danger", type: "button", onclick }));
	}

	async #correct(entry, facts) {
		if (this.preview) return;
		this.#open = undefined;
		try {
			await this.hass.callService("smartcar", "correct_charge", { device_id: this.#deviceId, start: entry.start, ...facts });
		} catch {
			// Home Assistant has shown the reason.
		}
		this.#ask();
		this.queue();
	}
}

defineCard(
	"smartcar-diary-card",
	DiaryCard,
	{
		name: ["diary_card_title", "Trips and charges"],
		description: ["diary_card_description", "The trips and charges of a car, by month."],
	},
	{ anchor: "#the-diary-card", start: "calendar." },
);
