// Draws the pictures of docs/dashboard.md.

import { fileURLToPath } from "node:url";

import { ELECTRIC, HYBRID, PETROL, ago } from "../cars.js";
import { open, start } from "./page.js";

const FOLDER = new URL("../../../docs/images/", import.meta.url);

const PARKED = {
  "binary_sensor.charging": "off",
  "binary_sensor.plug": "off",
  "switch.charging": "off",
  "cover.charge_port": "closed",
};
const SHUT = { "binary_sensor.window_front_right": "off", "binary_sensor.rear_trunk": "off", "sensor.tire_pressure_front_right": [2.4, "bar"] };

const CARS = [
  [344, "Blauer Blitz", ELECTRIC],
  [344, "Outlander", HYBRID],
  [344, "Golf", PETROL],
];
const PICTURES = {
  "card-cars": { theme: "light", width: 1112, cards: CARS },
  "card-dark": { theme: "dark", width: 1112, cards: CARS },
  "card-states": {
    theme: "light",
    width: 1112,
    cards: [
      [344, "On the road", { ...ELECTRIC, ...PARKED, "sensor.gear": "drive", "sensor.speed": [54, "km/h"], "binary_sensor.climate": "on" }],
      [344, "Asleep", { ...PETROL, ...SHUT, "binary_sensor.asleep": "on" }, { color: "#7d9ab5" }],
      [344, "Not heard of", { ...HYBRID, "sensor.data_age": ago(50 * 60), "binary_sensor.hood": "unknown", "binary_sensor.window_front_left": "unknown" }],
    ],
  },
  "card-diary": { theme: "light", width: 752, diaries: [344, 344] },
  "card-widths": {
    theme: "light",
    width: 904,
    cards: [
      [872, "Blauer Blitz", { ...ELECTRIC, "binary_sensor.sunroof": "on" }],
      [560, "Blauer Blitz", { ...ELECTRIC, ...PARKED }],
      [296, "Outlander", HYBRID],
    ],
  },
};

const browser = await start();
for (const [name, { theme, width, cards = [], diaries = [] }] of Object.entries(PICTURES)) {
  const page = await open(browser, { theme, width, scale: 1.5, reducedMotion: "reduce" });
  for (const card of cards) await page.evaluate((given) => window.put(...given).then(() => undefined), card);
  for (const diary of diaries) await page.evaluate((at) => window.putDiary(at).then(() => undefined), diary);
  if (diaries.length) await page.locator("smartcar-diary-card").last().locator(".row").first().click();
  const path = fileURLToPath(new URL(`${name}.png`, FOLDER));
  await page.locator("main").screenshot({ path });
  console.log(`pictures: docs/images/${name}.png`);
  if (page.errors.length) throw new Error(page.errors.join("\n"));
  await page.close();
}
await browser.close();
