// A page in Chromium that holds cards and nothing else: a made-up host, served from
// the source folder, with a stand-in for `ha-card` and the variables of a theme.

import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";
import { NOON } from "../cars.js";

const ROOT = new URL("../../../", import.meta.url);
const HOST = "http://cards.test";
const FOLDERS = { frontend: "custom_components/smartcar/frontend/", tests: "tests/frontend/" };

// As Home Assistant sets them.
const COMMON = [
  "--warning-color:#ffa600;--error-color:#db4437;--success-color:#43a047;--text-primary-color:#fff",
  "--state-lock-locked-color:#4caf50;--state-lock-locking-color:#ff9800;--state-lock-jammed-color:#f44336",
  "--energy-battery-in-color:#f06292;--energy-solar-color:#ff9800",
  "--ha-font-size-s:12px;--ha-font-size-m:14px;--ha-font-size-l:16px;--ha-font-size-xl:20px;",
].join(";");
const THEMES = {
  light: `${COMMON}--primary-text-color:#141414;--secondary-text-color:#5e5e5e;--card-background-color:#fff;--divider-color:#e0e0e0;--outline-color:#0000001f;--primary-color:#006787;background:#fafafa`,
  dark: `${COMMON}--primary-text-color:#e1e1e1;--secondary-text-color:#9b9b9b;--card-background-color:#1c1c1c;--divider-color:#333;--outline-color:#e1e1e11f;--primary-color:#37c8fd;--text-primary-color:#000;background:#111`,
};

export function start() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: ["--no-sandbox"],
  });
}

/** Open an empty page; what goes wrong in it is added to `page.errors`. */
export async function open(browser, { theme = "light", dir = "ltr", scale = 1, width = 1100, ...options } = {}) {
  const page = await browser.newPage({ viewport: { width, height: 900 }, deviceScaleFactor: scale, ...options });
  page.errors = [];
  page.on("pageerror", (error) => page.errors.push(String(error)));
  page.on("console", (message) => message.type() === "error" && page.errors.push(message.text()));
  await page.clock.setFixedTime(new Date(NOON));
  await page.route(`${HOST}/**`, (route) => {
    const [, folder, name] = new URL(route.request().url()).pathname.split("/");
    if (!folder) {
      const body = `<!doctype html><html lang="en" dir="${dir}"><head><title>Cards</title></head><body><main></main></body></html>`;
      return route.fulfill({ contentType: "text/html", body });
    }
    if (folder === "en.json") {
      const body = readFileSync(new URL("custom_components/smartcar/translations/en.json", ROOT));
      return route.fulfill({ contentType: "application/json", body });
    }
    if (!FOLDERS[folder]) return route.fulfill({ status: 204 });
    return route.fulfill({ contentType: "text/javascript", body: readFileSync(new URL(FOLDERS[folder] + name, ROOT)) });
  });
  await page.goto(HOST);
  await page.addStyleTag({
    content: `body{margin:0;font-family:Roboto,"Liberation Sans",Arial,sans-serif;${THEMES[theme]}} main{display:flex;flex-wrap:wrap;gap:16px;padding:16px;align-items:flex-start}`,
  });
  await page.evaluate(async () => {
    customElements.define(
      "ha-card",
      class extends HTMLElement {
        constructor() {
          super();
          this.attachShadow({ mode: "open" }).innerHTML =
            "<style>:host{display:block;background:var(--card-background-color);color:var(--primary-text-color);border-radius:12px;border:1px solid var(--divider-color);position:relative;box-sizing:border-box}</style><slot></slot>";
        }
      },
    );
    const [{ House }, { houseWithDiary }] = await Promise.all(
      ["/tests/house.js", "/tests/diaries.js", "/frontend/car-card.js", "/frontend/diary-card.js"].map((name) => import(name)),
    );
    const texts = await (await fetch("/en.json")).json();
    const place = async (tag, width, house, config) => {
      house.locale = { ...house.locale, time_zone: "server" };
      const card = document.createElement(tag);
      card.house = house;
      card.setConfig(config);
      card.hass = house.hass();
      const box = document.createElement("div");
      box.style.width = `${width}px`;
      box.append(card);
      document.querySelector("main").append(box);
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      return card;
    };
    /** Put a card of a car into the page. */
    window.put = (width, name, parts, config = {}) => place("smartcar-card", width, new House(texts).add("car", name, parts), config);
    /** Put the diary of a car into the page. */
    window.putDiary = (width, name) => {
      const house = houseWithDiary(texts);
      // The name of a car stands there only if there are several.
      if (name) house.add("car", name, {}).add("other", name, {});
      return place("smartcar-diary-card", width, house, {});
    };
  });
  return page;
}
