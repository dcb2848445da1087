// Times and numbers as the user has chosen them.

import assert from "node:assert/strict";
import { test } from "node:test";

import { formatMoment, formatNumber, loadSoon, textNow, timeAgo } from "../../custom_components/smartcar/frontend/texts.js";
import { TEXTS } from "./dom.js";
import { House } from "./house.js";

const NOON = Date.UTC(2026, 4, 6, 12, 0);
Date.now = () => NOON;

const hass = (locale, language = "en") => {
  const house = new House(TEXTS);
  house.locale = { ...house.locale, language, time_zone: "server", ...locale };
  return house.hass();
};

test("numbers follow the chosen format, not only the language", () => {
  const shown = (format, language) => formatNumber(hass({ number_format: format }, language), 1234.5);
  assert.equal(shown("language", "de"), "1.234,5");
  assert.equal(shown("comma_decimal", "de"), "1,234.5");
  assert.equal(shown("decimal_comma"), "1.234,5");
  assert.match(shown("space_comma"), /^1\s234,5$/);
  assert.match(shown("quote_decimal"), /^1[’']234\.5$/);
  assert.equal(shown("none"), "1234.5");
});

test("times follow the chosen format", () => {
  const shown = (format, language) => formatMoment(hass({ time_format: format }, language), { hour: "numeric", minute: "2-digit" }, NOON);
  assert.equal(shown("24"), "12:00");
  assert.match(shown("12"), /^12:00\sPM$/);
  assert.equal(shown("language", "de"), "12:00");
});

test("how long ago, in the largest unit that fits", () => {
  const ago = (minutes) => timeAgo(hass({}), new Date(NOON - minutes * 60_000));
  assert.deepEqual([0.5, 1, 59, 60, 1439, 1440, -5].map(ago), ["now", "1 minute ago", "59 minutes ago", "1 hour ago", "23 hours ago", "yesterday", "now"]);
});

test("a text outside of a card is English until the page can say it", () => {
  const entry = ["strategy_title", "Vehicles"];
  assert.equal(textNow(entry), "Vehicles");
  const app = document.createElement("home-assistant");
  app.hass = hass({});
  document.body.append(app);
  assert.equal(textNow(entry), TEXTS.common.strategy_title);
  app.remove();
});

test("lists of cards are in the user's language before any card is shown", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const app = document.createElement("home-assistant");
  document.body.append(app);
  loadSoon();
  assert.equal(textNow(["strategy_title", "fallback"]), "fallback");
  // In a language that no other test has, so that its texts are not there yet.
  app.hass = { ...hass({}, "fi"), localize: () => "" };
  context.mock.timers.tick(500);
  await Promise.resolve();
  await Promise.resolve();
  assert.equal(textNow(["strategy_title", "fallback"]), TEXTS.common.strategy_title);
  app.remove();
});
