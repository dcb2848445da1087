// Texts, times and numbers in the user's language. Texts are those of the group "common"
// of the integration's translations.

export const PREFIX = "component.smartcar.common.";
const STEPS = { day: 86_400_000, hour: 3_600_000, minute: 60_000 };
const NUMBER_LANGUAGES = { comma_decimal: "en-US", decimal_comma: "de", space_comma: "fr", quote_decimal: "de-CH", system: undefined };
const DAY = { year: "numeric", month: "numeric", day: "numeric" };
export const TIME = { hour: "numeric", minute: "2-digit" };

let asked;
let loading;
let loaded = () => "";

const load = (hass) => hass.loadBackendTranslation("common", "smartcar");

/** Load the texts of the language, once; wait for them with what is returned. */
export function loadTexts(hass) {
	if (asked !== hass.language) {
		asked = hass.language;
		loading = load(hass).then((localize) => (loaded = localize), () => (asked = undefined));
	}
	return loading;
}

/** Wait for the texts; return what says one by its key. */
export async function localized(hass) {
	const localize = await load(hass);
	return (key, values) => localize(PREFIX + key, values);
}

/** A text, or "" until the texts are there. */
export const text = (hass, key, values) => hass.localize(PREFIX + key, values) || loaded(PREFIX + key, values) || "";

const here = () => document.querySelector("home-assistant")?.hass;

/** Load the texts when a person is logged in: lists of cards ask once, and wait for nothing. */
export function loadSoon() {
	if (here()) loadTexts(here());
	else setTimeout(loadSoon, 500);
}

/** A text outside of any element, as in lists of cards. */
export const textNow = ([key, fallback]) => (here() && text(here(), key)) || fallback;

const zoneOf = ({ locale, config }) => (locale.time_zone === "server" ? config.time_zone : undefined);

/** Format a moment, or the time between two; `options` are those of `Intl.DateTimeFormat`. */
export function formatMoment(hass, options, ...moments) {
	const { time_format: format, language } = hass.locale;
	const hourCycle = { 12: "h12", 24: "h23" }[format];
	const formatter = new Intl.DateTimeFormat(format === "system" ? undefined : language, { ...options, hourCycle, timeZone: zoneOf(hass) });
	return moments.length > 1 ? formatter.formatRange(...moments) : formatter.format(...moments);
}

export const isSameDay = (hass, one, other) => formatMoment(hass, DAY, one) === formatMoment(hass, DAY, other);

/** The first moment of the month `back` months before now, by the user's clock. */
export function monthStart(hass, now, back) {
	// What that clock shows, as if it were UTC.
	const clock = (moment) => Date.parse(`${new Date(moment).toLocaleString("sv", { timeZone: zoneOf(hass) }).replace(" ", "T")}Z`);
	const today = new Date(clock(now));
	const first = Date.UTC(today.getUTCFullYear(), today.getUTCMonth() - back);
	// It may have been put back or forward since.
	const near = 2 * first - clock(first);
	return new Date(first + near - clock(near));
}

/** How long ago a moment was: "5 minutes ago". */
export function timeAgo(hass, moment) {
	const past = Math.max(0, Date.now() - moment);
	const unit = Object.keys(STEPS).find((one) => past >= STEPS[one]) ?? "second";
	return new Intl.RelativeTimeFormat(hass.locale.language, { numeric: "auto" }).format(-Math.floor(past / STEPS[unit]) || 0, unit);
}

export function formatNumber(hass, value, options) {
	const { number_format: format, language } = hass.locale;
	if (format === "none") return String(value);
	return new Intl.NumberFormat(format in NUMBER_LANGUAGES ? NUMBER_LANGUAGES[format] : language, options).format(value);
}
