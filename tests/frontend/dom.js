// A document for tests without a browser. Import it before any card.

import { readFileSync } from "node:fs";
import { Window } from "happy-dom";

const window = new Window({ url: "http://house.test/" });
const NAMES = ["window", "document", "customElements", "HTMLElement", "CustomEvent", "CSSStyleSheet", "Event", "KeyboardEvent"];
for (const name of NAMES) globalThis[name] = name === "window" ? window : window[name];

const path = new URL("../../custom_components/smartcar/translations/en.json", import.meta.url);
export const TEXTS = JSON.parse(readFileSync(path, "utf-8"));

/** Let all that was put off to the end of this moment happen. */
export const settle = () => new Promise((resolve) => setImmediate(resolve));

// A card's timers do not keep a test from ending.
for (const name of ["setInterval", "setTimeout"]) {
  const real = globalThis[name];
  globalThis[name] = (...given) => real(...given).unref();
}
