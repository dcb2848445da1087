// A diary, as the action `get_diary` answers.

import { House } from "./house.js";

const PARTS = {
  "calendar.diary": "off",
  "sensor.last_charge": "2026-11-20T06:00:00+00:00",
  "sensor.charged_this_month": [42, "kWh"],
  "sensor.battery": [60, "%"],
};
export const CHARGE = {
  kind: "charge",
  start: "2026-11-20T18:00:00+00:00",
  end: "2026-11-20T21:30:00+00:00",
  energy: 20.5,
  cost: 6.15,
  currency: "EUR",
  place: "home",
  zone: "Villa",
  source: "car",
  level_start: 40,
  level_end: 80,
  corrected: [],
};
export const DRIVE = {
  kind: "drive",
  start: "2026-11-19T08:00:00+00:00",
  end: "2026-11-19T09:00:00+00:00",
  distance: 32.2,
  from: "home",
  to: "Office",
  efficiency: 18.2,
};
const TOTALS = { charges: 2, drives: 1, refuels: 0, energy: { home: 30, away: 12.5 }, cost: { home: 9, away: 6.5 }, distance: 161 };
export const NOTHING = { charges: 0, drives: 0, refuels: 0, energy: {}, cost: {}, distance: 0 };

/** A house with a car whose diary has these entries in one month. */
export function houseWithDiary(texts, entries = [CHARGE, DRIVE], totals = TOTALS) {
  const made = new House(texts).add("car", "Blauer Blitz", PARTS);
  made.locale = { ...made.locale, time_zone: "server" };
  // Only the chosen month is asked for all its entries; the others have less of each.
  made.diary = async ({ from, limit }) => {
    if (limit > 1) return { entries, totals };
    const part = 0.3 + 0.2 * (new Date(from).getMonth() % 3);
    const scaled = (parts) => Object.fromEntries(Object.entries(parts).map(([key, value]) => [key, value * part]));
    const { energy, cost, distance } = totals;
    return { entries: [], totals: { ...totals, energy: scaled(energy), cost: scaled(cost), distance: distance * part } };
  };
  return made;
}
