// The diary card: what it asks, what it shows, and how it corrects.

import assert from "node:assert/strict";
import { test } from "node:test";

import { TEXTS, settle } from "./dom.js";
import { CHARGE, DRIVE, NOTHING, houseWithDiary } from "./diaries.js";

await import("../../custom_components/smartcar/frontend/diary-card.js");

const NOW = Date.parse("2026-11-21T12:00:00Z");
Date.now = () => NOW;

const house = (...given) => houseWithDiary(TEXTS, ...given);

async function shown(home, config = {}) {
  const card = document.createElement("smartcar-diary-card");
  card.setConfig(config);
  card.hass = home.hass();
  document.body.append(card);
  await settle();
  await settle();
  return card;
}

async function update(card, home) {
  card.hass = home.hass();
  await settle();
  await settle();
}

const texts = (card, id) => [...card.node(id).children].map((node) => node.textContent);
const rows = (card) => [...card.node("entries").children].map((node) => node.firstChild);
const open = async (card, at) => {
  rows(card)[at].click();
  await settle();
  return card.node("entries").children[at].lastChild;
};

test("the diary is asked only when one of its entities has changed", async () => {
  const home = house();
  const card = await shown(home);
  assert.equal(home.asked.length, 6);
  assert.deepEqual(home.asked.map(({ service_data: { limit } }) => limit), [500, 1, 1, 1, 1, 1]);
  const { domain, service, return_response: answers, service_data: data } = home.asked[0];
  assert.deepEqual([domain, service, answers, data.device_id], ["smartcar", "get_diary", true, "car"]);
  for (const [at, { service_data: { from } }] of home.asked.slice(0, -1).entries()) {
    assert.equal(home.asked[at + 1].service_data.to, from);
  }
  home.set("car", "sensor.battery", [59, "%"]);
  await update(card, home);
  assert.equal(home.asked.length, 6);
  home.set("car", "sensor.last_charge", "2026-11-21T06:00:00+00:00");
  await update(card, home);
  assert.equal(home.asked.length, 12);
});

test("months begin where the user's clock is", async () => {
  const { TZ } = process.env;
  process.env.TZ = "America/New_York";
  const periods = async (zone) => {
    const home = house();
    home.zone = "Pacific/Auckland";
    home.locale = { ...home.locale, time_zone: zone };
    const card = await shown(home);
    const months = [...card.node("months").children].map((node) => node.lastChild.textContent);
    const entry = [...card.node("entries").children].map((node) => node.querySelector(".quiet").textContent)[1];
    return [home.asked.map(({ service_data: { from } }) => from), months, entry];
  };
  // The clocks of both have changed since September.
  const [server, months, entry] = await periods("server");
  assert.deepEqual(server.slice(0, 3), ["2026-10-31T11:00:00.000Z", "2026-09-30T11:00:00.000Z", "2026-08-31T12:00:00.000Z"]);
  assert.deepEqual(months, ["Jun", "Jul", "Aug", "Sep", "Oct", "Nov"]);
  assert.match(entry, /^Thu, Nov 19, 21:00/);
  const [local, , own] = await periods("local");
  assert.deepEqual(local.slice(0, 2), ["2026-11-01T04:00:00.000Z", "2026-10-01T04:00:00.000Z"]);
  assert.match(own, /^Thu, Nov 19, 03:00/);
  process.env.TZ = TZ ?? "";
});

test("names of cars and zones are texts", async () => {
  const evil = "<img src=x onerror=alert(1)>";
  const home = house([{ ...CHARGE, place: "away", zone: `${evil}\u202e` }]).add("other", evil, {});
  home.devices.car.name = `${evil}\u202e`;
  const card = await shown(home, { device_id: "car" });
  assert.equal(card.node("car").textContent, evil);
  assert.ok(card.node("entries").textContent.endsWith(`· ${evil}`));
  assert.equal(card.shadowRoot.querySelector("img"), null);
});

test("the totals of a month, in the units of the house", async () => {
  const home = house();
  assert.deepEqual(texts(await shown(home), "totals"), ["Home: 30 kWh", "Away: 12.5 kWh", "€15.50", "161 km"]);
  home.length = "mi";
  const card = await shown(home);
  assert.equal(texts(card, "totals").at(-1), "100 mi");
  assert.equal(rows(card)[1].children[1].textContent, "Drove 20 mi");
  const month = card.node("months").lastElementChild;
  assert.equal(month.getAttribute("aria-pressed"), "true");
  assert.match(month.getAttribute("title"), /: 42\.5 kWh$/);
});

test("home is always the lowest part of a bar", async () => {
  const home = house([CHARGE], { ...NOTHING, charges: 2, energy: { unknown: 0, away: 10, home: 30 } });
  const bar = (await shown(home)).node("months").lastElementChild.querySelector(".bar");
  assert.deepEqual([...bar.children].map((node) => [node.className, node.style.height]), [["home", "75%"], ["away", "25%"]]);
});

test("a car without charges is shown by its way", async () => {
  const home = house([DRIVE], { ...NOTHING, drives: 1, distance: 160.9344 });
  home.length = "mi";
  const month = (await shown(home)).node("months").lastElementChild;
  assert.equal(month.firstChild.textContent, "100");
  assert.match(month.getAttribute("title"), /: 100 mi$/);
});

test("another month is asked for its entries", async () => {
  const home = house();
  const card = await shown(home);
  card.node("months").children[4].click();
  await settle();
  assert.deepEqual(home.asked.slice(6).map(({ service_data: { limit } }) => limit), [1, 500, 1, 1, 1, 1]);
});

test("entries in words, and their facts once they are opened", async () => {
  const home = house([CHARGE, { ...CHARGE, start: "2026-11-18T18:00:00+00:00", source: "level", place: "away", zone: null, cost: null }, DRIVE]);
  const card = await shown(home);
  const [first, second, third] = rows(card).map((row) => [...row.children].slice(1).map(({ textContent }) => textContent));
  assert.deepEqual(first.slice(0, 2), ["Charged 20.5 kWh", "€6.15"]);
  assert.match(first[2], /18:00\s–\s21:30 · Home$/);
  assert.deepEqual([second[0], second.length], ["Charged about 20.5 kWh", 2]);
  assert.equal(third[0], "Drove 32.2 km");
  const facts = await open(card, 2);
  assert.equal(facts.querySelector("form"), null);
  assert.match(facts.textContent, /Home → Office.*18\.2 kWh\/100 km/);
  assert.match((await open(card, 0)).textContent, /40% → 80%/);
});

test("refuelings, charges between two reads, and those that still last", async () => {
  const refuel = { kind: "refuel", start: "2026-11-17T08:00:00+00:00", end: null, amount: 31.46 };
  const sum = { ...CHARGE, is_sum: true, start_after: "2026-11-16T08:00:00+00:00", end_before: "2026-11-16T10:00:00+00:00" };
  const longer = { ...sum, start: "2026-11-15T08:00:00+00:00", end_before: "2026-11-18T10:00:00+00:00", energy: null };
  const card = await shown(house([refuel, { ...refuel, start: "2026-11-14T08:00:00+00:00", amount: null }, sum, longer]));
  const [first, second, third, fourth] = rows(card).map((row) => [...row.children].slice(1).map(({ textContent }) => textContent));
  assert.equal(first[0], "Refueled 31.5 L");
  assert.match(first.at(-1), /^Since Tue, Nov 17, 08:00$/);
  assert.equal(second[0], "Refueled");
  assert.equal(third[0], "Charged about 20.5 kWh");
  assert.match(third.at(-1), /^Between Mon, Nov 16, 08:00 and 10:00 · Home$/);
  assert.equal(fourth[0], "Charged");
  assert.match(fourth.at(-1), /^Between Mon, Nov 16, 08:00 and Wed, Nov 18, 10:00 · Home$/);
});

test("more entries come when they are asked for", async () => {
  const many = Array.from({ length: 20 }, (_, at) => ({ ...DRIVE, start: new Date(NOW - at * 3_600_000).toISOString() }));
  const card = await shown(house(many));
  assert.equal(rows(card).length, 15);
  card.node("more").click();
  await settle();
  assert.equal(rows(card).length, 20);
  assert.equal(card.node("more"), null);
});

test("a correction sends only what was changed", async () => {
  const home = house();
  const card = await shown(home);
  const form = (await open(card, 0)).querySelector("form");
  const submit = () => form.dispatchEvent(new Event("submit", { cancelable: true }));
  submit();
  assert.deepEqual(home.calls, []);
  form.querySelectorAll("input")[1].value = "7.5";
  submit();
  await settle();
  assert.deepEqual(home.calls, [["smartcar", "correct_charge", { device_id: "car", start: CHARGE.start, cost: 7.5 }]]);
  assert.equal(home.asked.length, 12);
});

test("removing asks twice", async () => {
  const home = house();
  const card = await shown(home);
  const details = await open(card, 0);
  const remove = details.querySelector(".danger");
  assert.equal(remove.textContent, "Remove");
  remove.click();
  await settle();
  assert.equal(remove.textContent, "Remove this charge?");
  assert.deepEqual(home.calls, []);
  remove.click();
  await settle();
  assert.deepEqual(home.calls, [["smartcar", "correct_charge", { device_id: "car", start: CHARGE.start, remove: true }]]);
});

test("a failure is said, and goes when the diary answers", async () => {
  const home = house();
  const { diary } = home;
  const fail = (error) => (home.diary = async () => Promise.reject(error));
  fail(new Error("The car is not set up"));
  const card = await shown(home);
  assert.equal(card.node("note").textContent, "The car is not set up");
  assert.equal(card.node("entries"), null);
  fail(new Error(""));
  await update(card, home.set("car", "calendar.diary", "on"));
  assert.equal(card.node("note").textContent, TEXTS.common.diary_card_failed);
  home.diary = diary;
  await update(card, home.set("car", "calendar.diary", "off"));
  assert.equal(card.node("note"), null);
  assert.equal(rows(card).length, 2);
});

test("an empty diary and a missing car are said", async () => {
  assert.equal((await shown(house([], NOTHING))).node("note").textContent, TEXTS.common.diary_card_empty);
  const card = await shown(house(), { device_id: "gone" });
  assert.equal(card.node("note").textContent, TEXTS.common.strategy_missing);
});

test("a preview asks once and corrects nothing", async () => {
  const home = house();
  const card = await shown(home);
  card.preview = true;
  await update(card, home.set("car", "calendar.diary", "on"));
  assert.equal(home.asked.length, 6);
  const remove = (await open(card, 0)).querySelector(".danger");
  remove.click();
  remove.click();
  await settle();
  assert.deepEqual(home.calls, []);
});

test("the picker offers it for the calendar of a car", () => {
  const home = house();
  const entry = window.customCards.find(({ type }) => type === "smartcar-diary-card");
  assert.equal(entry.getEntitySuggestion(home.hass(), "sensor.car_battery"), null);
  assert.equal(entry.getEntitySuggestion(home.hass(), "calendar.car_diary").config.device_id, "car");
});
