// A car's trips and charges: the months as bars, and the entries of one of them.

import { SmartcarElement, announce, define, make, setAttribute, setHidden, setList, setText } from "./element.js";
import { carDevices, carOf, deviceIdOf, nameOf } from "./entities.js";
import { clockTime, formatMoment, formatNumber, text, textNow } from "./texts.js";

const DOCUMENTATION = "https://github.com/smartcar-home-assistant/smartcar/blob/main/docs/dashboard.md#the-diary-card";
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
const PLACES = ["home", "away", "unknown"];
const ICONS = { charge: "mdi:ev-station", drive: "mdi:car", refuel: "mdi:gas-station" };

const MARKUP = `
<ha-card>
	<header><h2 id="title"></h2><span id="car"></span></header>
	<p id="note" role="status"></p>
	<div id="months" role="group"></div>
	<p id="totals"></p>
	<ul id="entries"></ul>
	<button id="more" class="plain"></button>
</ha-card>`;

const STYLES = `
:host { display: block; container-type: inline-size; }
ha-card { display: block; padding: 16px; overflow: hidden; height: 100%; box-sizing: border-box; overflow-y: auto; }
header { display: flex; gap: 8px; align-items: baseline; justify-content: space-between; }
h2 { margin: 0; font-size: var(--ha-font-size-xl, 20px); font-weight: var(--ha-font-weight-medium, 500); }
#car, .when, #totals, .month span, dt { color: var(--secondary-text-color); }
p { margin: 12px 0 0; }
#months { display: flex; gap: 4px; margin-top: 16px; align-items: stretch; }
button { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; text-align: start; }
button:focus-visible, input:focus-visible, select:focus-visible {
	outline: 3px solid var(--primary-color); outline-offset: -1px; border-radius: 8px;
}
.month {
	flex: 1; min-width: 0; padding: 6px 2px; border-radius: 8px; text-align: center;
	font-size: var(--ha-font-size-s, 12px); display: flex; flex-direction: column; gap: 4px;
}
.month[aria-pressed="true"] { background: color-mix(in srgb, var(--primary-color) 14%, transparent); }
.bar { height: 72px; display: flex; flex-direction: column-reverse; align-items: center; }
.bar i { width: 60%; max-width: 36px; flex: none; }
.bar i:last-of-type { border-start-start-radius: 4px; border-start-end-radius: 4px; }
.home, .way { background: var(--energy-battery-in-color, var(--primary-color)); }
.away { background: var(--energy-solar-color, var(--warning-color)); }
.unknown { background: var(--state-unavailable-color, var(--disabled-color)); }
.key { display: inline-block; width: 10px; height: 10px; border-radius: 3px; margin-inline: 0 4px; }
#totals { display: flex; flex-wrap: wrap; gap: 4px 16px; font-size: var(--ha-font-size-s, 12px); }
ul { list-style: none; margin: 8px 0 0; padding: 0; }
li + li { border-top: 1px solid var(--divider-color); }
.row { display: grid; grid-template-columns: auto 1fr auto; gap: 2px 12px; width: 100%; padding: 10px 4px; align-items: center; }
.row ha-icon { grid-row: span 2; color: var(--secondary-text-color); }
.when { grid-column: 2 / 4; font-size: var(--ha-font-size-s, 12px); }
.details { padding: 0 4px 12px 40px; }
[dir="rtl"] .details { padding: 0 40px 12px 4px; }
dl { display: grid; grid-template-columns: auto 1fr; gap: 4px 16px; margin: 0; font-size: var(--ha-font-size-s, 12px); }
dd { margin: 0; }
form { display: flex; flex-wrap: wrap; gap: 8px 12px; align-items: end; margin-top: 12px; }
label { display: grid; gap: 2px; font-size: var(--ha-font-size-s, 12px); color: var(--secondary-text-color); }
input, select {
	font: inherit; color: var(--primary-text-color); background: var(--card-background-color);
	border: 1px solid var(--outline-color, var(--divider-color)); border-radius: 8px; padding: 8px; min-height: 24px; width: 9em;
	box-sizing: border-box;
}
.plain { color: var(--primary-color); min-height: 44px; padding: 0 12px; font-weight: var(--ha-font-weight-medium, 500); }
.danger { color: var(--error-color); }
@container (max-width: 300px) { .month:nth-child(-n + 3) { display: none; } input, select { width: 7.5em; } }
`;

/** The first moment of the month `back` months before now, in the zone of the browser. */
const monthStart = (now, back) => new Date(now.getFullYear(), now.getMonth() - back, 1);

/** Where a charge was: the zone of home has the name of the house. */
const placeOf = ({ place, zone }) => (place === "home" ? place : (zone ?? place));

const isGiven = (value) => value !== null && value !== undefined;

const sum = (parts) => PLACES.reduce((total, place) => total + (parts[place] ?? 0), 0);

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

	static checkConfig({ device_id: device }) {
		if (device !== undefined && typeof device !== "string") throw new Error("device_id is the id of a device");
	}

	static getStubConfig(hass) {
		const [device] = carDevices(hass);
		return device ? { device_id: device.id } : {};
	}

	static getConfigForm() {
		return {
			schema: [{ name: "device_id", selector: { device: { filter: { integration: "smartcar" } } } }],
			computeLabel: (_schema, localize) => localize("component.smartcar.common.strategy_car"),
		};
	}

	getCardSize() {
		return 8;
	}

	getGridOptions() {
		return { columns: 12, min_columns: 6 };
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
			service_data: { device_id: this.#deviceId, kinds: ["charge", "drive", "refuel"], ...data },
			return_response: true,
		});
		return answer.response;
	}

	async #ask() {
		const asked = ++this.#asked;
		const now = new Date();
		const period = (back) => ({
			from: monthStart(now, back).toISOString(),
			to: (back ? monthStart(now, back - 1) : new Date(now.getTime() + 1000)).toISOString(),
		});
		const backs = [...Array(MONTHS).keys()];
		try {
			const answers = await Promise.all(
				backs.map((back) => this.#call({ ...period(back), limit: back === this.#chosen ? MOST : 1 })),
			);
			if (asked !== this.#asked) return;
			this.#months = answers.map(({ totals }, back) => ({ back, start: monthStart(now, back), totals }));
			this.#entries = answers[this.#chosen].entries;
			this.#failure = "";
		} catch (error) {
			if (asked !== this.#asked) return;
			this.#failure = error.message || "diary_card_failed";
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

	// Words

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

	#percent(value) {
		return formatNumber(this.hass, value / 100, { style: "percent" });
	}

	/** A place in words; a zone has the name that its owner gave it. */
	#place(place) {
		return PLACES.includes(place) ? text(this.hass, `diary_card_${place}`) : place;
	}

	#titleOf(entry) {
		const say = (key, values) => text(this.hass, key, values);
		const isAbout = entry.is_sum || entry.source === "level";
		switch (entry.kind) {
			case "drive":
				return say("diary_card_drive", { distance: this.#distance(entry.distance) });
			case "refuel":
				return isGiven(entry.amount)
					? say("diary_card_refuel_amount", { amount: `${this.#number(entry.amount)} L` })
					: say("diary_card_refuel");
			default:
				if (entry.energy === null) return say("diary_card_charge");
				return say(isAbout ? "diary_card_charge_about" : "diary_card_charge_energy", {
					energy: this.#energy(entry.energy),
				});
		}
	}

	#when(entry) {
		const { hass } = this;
		const day = (moment) => formatMoment(hass, moment, { weekday: "short", day: "numeric", month: "short" });
		const start = (entry.is_sum && entry.start_after) || entry.start;
		const end = (entry.is_sum && entry.end_before) || entry.end;
		const from = new Date(start);
		const first = `${day(from)}, ${clockTime(hass, from, from)}`;
		if (!end) return text(hass, "diary_card_since", { start: first });
		const to = new Date(end);
		const last = day(from) === day(to) ? clockTime(hass, to, to) : `${day(to)}, ${clockTime(hass, to, to)}`;
		if (entry.is_sum) return text(hass, "diary_card_between", { start: first, end: last });
		return first.endsWith(last) ? first : `${first} – ${last}`;
	}

	#details(entry) {
		const rows = [];
		const level = [entry.level_start, entry.level_end];
		if (level.every(isGiven)) {
			rows.push(["diary_card_level", level.map((one) => this.#percent(one)).join(" → ")]);
		}
		if (entry.kind === "drive") {
			const way = [entry.from, entry.to].map((one) => this.#place(one ?? "unknown"));
			if (entry.from || entry.to) rows.push(["diary_card_way", way.join(" → ")]);
			if (entry.efficiency) rows.push(["diary_card_consumption", `${this.#number(entry.efficiency)} kWh/100 km`]);
		}
		if (entry.kind === "charge") {
			rows.push(["diary_card_place", this.#place(placeOf(entry))]);
			const source = entry.source ? `diary_card_source_${entry.source}` : "diary_card_source_none";
			rows.push(["diary_card_source", text(this.hass, source)]);
			if (entry.corrected.length) rows.push(["diary_card_corrected", text(this.hass, "diary_card_yes")]);
		}
		return rows;
	}

	// Pictures

	#show(hass, device, car) {
		setText(this.node("title"), text(hass, "diary_card_title"));
		setText(this.node("car"), device && carDevices(hass).length > 1 ? nameOf(device) : "");
		const isEmpty = this.#months?.every(({ totals }) => !totals.charges && !totals.drives && !totals.refuels);
		let note = this.#failure.startsWith("diary_card_") ? text(hass, this.#failure) : this.#failure;
		if (!car) note = text(hass, "strategy_missing");
		else if (isEmpty) note = text(hass, "diary_card_empty");
		setText(this.node("note"), note);
		const hasEntries = Boolean(car && this.#months && !isEmpty);
		for (const id of ["months", "totals", "entries"]) setHidden(this.node(id), !hasEntries);
		setText(this.node("more"), hasEntries && this.#entries.length > this.#shown ? text(hass, "diary_card_more") : "");
		if (!hasEntries) return;
		this.#showMonths();
		this.#showTotals();
		this.#showEntries();
	}

	#showMonths() {
		setAttribute(this.node("months"), "aria-label", text(this.hass, "diary_card_months"));
		const isElectric = this.#months.some(({ totals }) => sum(totals.energy) > 0);
		const height = ({ totals }) => (isElectric ? sum(totals.energy) : totals.distance);
		const most = Math.max(...this.#months.map(height), 1);
		setList(
			this.node("months"),
			this.#months.toReversed().map((month) => ({ key: String(month.back), ...month })),
			({ back }) => {
				const parts = [...PLACES, "way"].map((className) => make("i", { className }));
				const bar = make("div", { className: "bar" }, ...parts);
				const onclick = () => this.#choose(back);
				return make("button", { className: "month", onclick }, make("b"), bar, make("span"));
			},
			(node, { back, start, totals }) => {
				const [value, bar, label] = node.children;
				const name = formatMoment(this.hass, start, { month: "short" });
				const shown = isElectric ? sum(totals.energy) : this.#length(totals.distance);
				const amount = isElectric ? this.#energy(shown) : this.#distance(totals.distance);
				setText(label, name);
				setText(value, this.#number(shown, 0));
				const parts = isElectric ? PLACES.map((place) => totals.energy[place] ?? 0) : [0, 0, 0, totals.distance];
				parts.forEach((part, index) => (bar.children[index].style.height = `${(100 * part) / most}%`));
				setAttribute(node, "aria-pressed", back === this.#chosen);
				setAttribute(node, "aria-label", `${name}: ${amount}`);
			},
		);
	}

	#showTotals() {
		const { totals } = this.#months[this.#chosen];
		const lines = PLACES.filter((place) => totals.energy[place] > 0).map((place) => ({
			key: place,
			value: `${this.#place(place)}: ${this.#energy(totals.energy[place])}`,
		}));
		if (sum(totals.cost)) lines.push({ key: "cost", value: this.#money(sum(totals.cost)) });
		if (totals.distance) lines.push({ key: "way", value: this.#distance(totals.distance) });
		setList(
			this.node("totals"),
			lines,
			({ key }) => make("span", {}, make("i", { className: `key ${key}`, hidden: !PLACES.includes(key) }), make("span")),
			(node, { value }) => setText(node.lastChild, value),
		);
	}

	#showEntries() {
		setList(
			this.node("entries"),
			this.#entries.slice(0, this.#shown).map((entry) => ({ key: `${entry.kind} ${entry.start}`, entry })),
			({ key, entry }) => {
				const icon = make("ha-icon", { icon: ICONS[entry.kind], ariaHidden: "true" });
				const onclick = () => {
					this.#open = this.#open === key ? undefined : key;
					this.#isAsked = false;
					this.queue();
				};
				const facts = [make("span"), make("span"), make("span", { className: "when" })];
				const row = make("button", { className: "row", onclick }, icon, ...facts);
				return make("li", {}, row, make("div", { className: "details" }));
			},
			(node, { key, entry }) => {
				const [row, details] = node.children;
				const [, title, value, when] = row.children;
				setText(title, this.#titleOf(entry));
				setText(value, isGiven(entry.cost) ? this.#money(entry.cost, entry.currency) : "");
				const place = entry.kind === "charge" && entry.place !== "unknown" ? ` · ${this.#place(placeOf(entry))}` : "";
				setText(when, this.#when(entry) + place);
				const isOpen = this.#open === key;
				setAttribute(row, "aria-expanded", isOpen);
				setHidden(details, !isOpen);
				if (isOpen) this.#showDetails(details, entry);
				else details.replaceChildren();
			},
		);
	}

	#showDetails(parent, entry) {
		if (!parent.firstChild) parent.append(make("dl"), ...(entry.kind === "charge" ? [this.#form(entry)] : []));
		parent.firstChild.replaceChildren(
			...this.#details(entry).flatMap(([key, textContent]) => [
				make("dt", { textContent: text(this.hass, key) }),
				make("dd", { textContent }),
			]),
		);
		const remove = parent.querySelector(".danger");
		if (remove) setText(remove, text(this.hass, this.#isAsked ? "diary_card_remove_surely" : "diary_card_remove"));
	}

	/** What a person may correct of a charge. */
	#form(entry) {
		const say = (key) => text(this.hass, key);
		const number = (value) => make("input", { type: "number", step: "any", value: value ?? "" });
		const inputs = {
			energy: Object.assign(number(entry.energy), { min: 0 }),
			cost: number(entry.cost),
			place: make("select", {}, ...PLACES.map((one) => new Option(this.#place(one), one, false, one === entry.place))),
		};
		const labels = { energy: "diary_card_energy", cost: "diary_card_cost", place: "diary_card_place" };
		const fields = Object.entries(inputs).map(([key, input]) => make("label", {}, say(labels[key]), input));
		const onsubmit = (event) => {
			event.preventDefault();
			const facts = {};
			for (const [key, input] of Object.entries(inputs)) {
				const value = key === "place" ? input.value : input.valueAsNumber;
				if (input.value !== "" && value !== entry[key]) facts[key] = value;
			}
			if (Object.keys(facts).length) this.#correct(entry, facts);
		};
		const onclick = () => {
			if (this.#isAsked) return this.#correct(entry, { remove: true });
			this.#isAsked = true;
			this.queue();
		};
		const save = make("button", { className: "plain", textContent: say("diary_card_save") });
		const remove = make("button", { className: "plain danger", type: "button", onclick });
		return make("form", { onsubmit }, ...fields, save, remove);
	}

	async #correct(entry, facts) {
		if (this.preview) return;
		this.#open = undefined;
		try {
			const data = { device_id: this.#deviceId, start: entry.start, ...facts };
			await this.hass.callService("smartcar", "correct_charge", data);
		} catch {
			// Home Assistant has shown the reason.
		}
		this.#ask();
		this.queue();
	}
}

define("smartcar-diary-card", DiaryCard);
announce("customCards", {
	type: "smartcar-diary-card",
	preview: true,
	documentationURL: DOCUMENTATION,
	get name() {
		return textNow("diary_card_title", "Trips and charges");
	},
	get description() {
		return textNow("diary_card_description", "What a car charged and how far it went, by month.");
	},
	getEntitySuggestion(hass, entityId) {
		const device = deviceIdOf(hass, entityId);
		const config = { type: "custom:smartcar-diary-card", device_id: device };
		return device && entityId.startsWith("calendar.") ? { config } : null;
	},
});
