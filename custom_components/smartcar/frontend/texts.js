// Texts, times and numbers in the user's language. The texts stand in the group
// "common" of the integration's translations.

export const PREFIX = "component.smartcar.common.";
const MINUTE = 60_000;
const STEPS = [
	["day", 24 * 60 * MINUTE],
	["hour", 60 * MINUTE],
	["minute", MINUTE],
];
const NUMBER_LANGUAGES = {
	comma_decimal: ["en-US", "en"],
	decimal_comma: ["de", "es", "it"],
	space_comma: ["fr", "sv", "cs"],
	quote_decimal: ["de-CH"],
};

let asked;
let loading;
let loaded = () => "";

/** Load the texts of the language, once; wait for them with what is returned. */
export function loadTexts(hass) {
	if (asked !== hass.language) {
		asked = hass.language;
		const failed = () => (asked = undefined);
		loading = hass.loadBackendTranslation("common", "smartcar").then((localize) => (loaded = localize), failed);
	}
	return loading;
}

/** Wait for the texts; return what says one by its key. */
export async function localized(hass) {
	const localize = await hass.loadBackendTranslation("common", "smartcar");
	return (key, values) => localize(PREFIX + key, values);
}

/** A text, or "" until the texts are there; a card in a list of cards gets no other `hass` then. */
export function text(hass, key, values) {
	return hass.localize(PREFIX + key, values) || loaded(PREFIX + key, values) || "";
}

/** A text outside of any element, as in lists of cards. */
export function textNow(key, fallback) {
	const hass = document.querySelector("home-assistant")?.hass;
	return (hass && text(hass, key)) || fallback;
}

function timeOptions(hass, options) {
	const { time_format: format, time_zone: zone } = hass.locale;
	return {
		...options,
		...(format === "12" || format === "24" ? { hourCycle: format === "12" ? "h12" : "h23" } : {}),
		...(zone === "server" ? { timeZone: hass.config?.time_zone } : {}),
	};
}

/** Format a moment as the user wishes; `options` are those of `Intl.DateTimeFormat`. */
export function formatMoment(hass, moment, options) {
	const language = hass.locale.time_format === "system" ? undefined : hass.locale.language;
	return new Intl.DateTimeFormat(language, timeOptions(hass, options)).format(moment);
}

/** The time of day, with the weekday unless it is today. */
export function clockTime(hass, moment, now = Date.now()) {
	const day = { year: "numeric", month: "numeric", day: "numeric" };
	const isToday = formatMoment(hass, moment, day) === formatMoment(hass, new Date(now), day);
	return formatMoment(hass, moment, {
		hour: "numeric",
		minute: "2-digit",
		...(isToday ? {} : { weekday: "short" }),
	});
}

/** How long ago a moment was, in words: "5 minutes ago". */
export function timeAgo(hass, moment, now = Date.now()) {
	const past = Math.max(0, now - moment.getTime());
	const format = new Intl.RelativeTimeFormat(hass.locale.language, { numeric: "auto" });
	for (const [unit, step] of STEPS) {
		if (past >= step) return format.format(-Math.floor(past / step), unit);
	}
	return format.format(0, "second");
}

/** A number as the user writes them. */
export function formatNumber(hass, value, options) {
	const { number_format: format, language } = hass.locale;
	if (format === "none") return String(value);
	const locale = format === "system" ? undefined : (NUMBER_LANGUAGES[format] ?? language);
	return new Intl.NumberFormat(locale, options).format(value);
}
