// A list of cards gives each of them one `hass` and never another.

import { TEXTS, settle } from "./dom.js";
import assert from "node:assert/strict";
import { test } from "node:test";

import { ELECTRIC } from "./cars.js";
import { House } from "./house.js";
import "../../custom_components/smartcar/frontend/car-card.js";

test("the texts come, although they are loaded only after the card was made", async () => {
  const house = new House(TEXTS).add("car", "Blauer Blitz", ELECTRIC);
  const card = document.createElement("smartcar-card");
  card.setConfig({});
  card.hass = { ...house.hass(), localize: () => "" };
  document.body.append(card);
  await settle();
  assert.equal(card.shadowRoot.querySelector('[data-key="unlock"]').textContent, TEXTS.common.card_unlock);
});
