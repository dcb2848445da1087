// The car from above, front up. Shapes stand in a view box of 200 by 380; all looks
// are CSS on `data-state`.

import { setAttribute, setHidden, setText } from "./element.js";
import { formatNumber } from "./texts.js";
import { isKnown } from "./entities.js";

// Left halves; the right ones are their mirror images.
const LEAVES = {
  front: {
    skin: "M50.5 131C49.8 155 49.4 180 49.5 203L58.4 203 58 150 57 136Q54 131 50.5 131Z",
    pane: "M58.6 139Q59.2 170 59.3 201.5L67 201.5 66.6 158Z",
    mirror: "M51 137L43 133.2Q38.6 132 38.8 136L39.8 141.4Q40.5 143.8 43.6 143.4L51 142.4Z",
    door: [44, 128, 14, 75],
    window: [58, 138, 10, 64],
  },
  rear: {
    skin: "M49.5 204.6C49.6 225 49.8 240 50.3 254Q52 261 58.4 262L58.4 204.6Z",
    pane: "M59.3 205.6L67 205.6 66.8 250Q65.4 258 60.6 260.4 59.4 256 59.3 240Z",
    door: [44, 205, 14, 56],
    window: [58, 205, 10, 54],
  },
};
const MIRRORED = 'transform="matrix(-1 0 0 1 200 0)"';

const BODY =
  "M100 24C80 24 66 28 58 38.5 51 49 48.5 66 48.5 86 48.5 102 50.5 114 50.5 130 49.6 155 49.3 180 49.5 203 " +
  "49.6 225 49.9 240 50.3 256 49.2 268 48 278 48 294 48 318 50 335 56.5 345.5 64 355 80 357 100 357 " +
  "120 357 136 355 143.5 345.5 150 335 152 318 152 294 152 278 150.8 268 149.7 256 150.1 240 150.4 225 150.5 203 " +
  "150.7 180 150.4 155 149.5 130 149.5 114 151.5 102 151.5 86 151.5 66 149 49 142 38.5 134 28 120 24 100 24Z";
const HOOD = "M59.5 121Q100 99 140.5 121C143 96 141 64 131 46Q117 36.5 100 36.5T69 46C59 64 57 96 59.5 121Z";
const TRUNK = "M64 297Q100 306 136 297L138.6 328Q138 342 129 345.5 115 349.5 100 349.5T71 345.5Q62 342 61.4 328Z";
const ROOF = "M67.8 157Q100 147.5 132.2 157L133 248Q132.8 258 130.6 264.6 100 270 69.4 264.6 67.2 258 67 248Z";

/** What can be reached by keyboard, in the order of the arrow keys. */
export const ORDER = [
  "hood",
  "tire_front_left",
  "tire_front_right",
  "door_front_left",
  "window_front_left",
  "window_front_right",
  "door_front_right",
  "climate",
  "sunroof",
  "door_rear_left",
  "window_rear_left",
  "lock",
  "window_rear_right",
  "door_rear_right",
  "tire_rear_left",
  "tire_rear_right",
  "trunk",
  "port",
];

const hit = ([x, y, width, height]) =>
  `<rect class="hit" x="${x}" y="${y}" width="${width}" height="${height}" rx="4"/>`;

const part = (id, kind, shapes, area) =>
  `<g id="${id}" class="part ${kind}" part="${kind}" data-state="absent">${shapes}${hit(area)}</g>`;

function leaf(row, side) {
  const { skin, pane, mirror, door, window } = LEAVES[row];
  return (
    `<g class="leaf ${row}">` +
    part(`door_${row}_${side}`, "door", (mirror ? `<path class="mirror" d="${mirror}"/>` : "") + `<path class="skin" d="${skin}"/>`, door) +
    part(`window_${row}_${side}`, "window", `<path class="gap" d="${pane}"/><path class="pane" d="${pane}"/>`, window) +
    "</g>"
  );
}

function wheel(row, side) {
  const y = row === "front" ? 67 : 273;
  return part(`tire_${row}_${side}`, "tire", `<rect class="rubber" x="43.8" y="${y}" width="13" height="40" rx="4.5"/>`, [26, y - 6, 24, 52]);
}

function label(row, side) {
  const y = row === "front" ? 90 : 296;
  const x = side === "left" ? 38 : 162;
  return `<g id="label_${row}_${side}" class="label ${side}"><text class="value" x="${x}" y="${y}"></text><text class="unit" x="${x}" y="${y + 12}"></text></g>`;
}

const both = (make, row) => `${make(row, "left")}<g ${MIRRORED}>${make(row, "right")}</g>`;

const seat = (x, y, width) =>
  `<rect x="${x}" y="${y}" width="${width}" height="30" rx="7"/><rect x="${x + 3}" y="${y + 24}" width="${width - 6}" height="12" rx="5"/>`;

export const PICTURE = `
<svg id="picture" part="car" viewBox="0 0 200 380" role="group" aria-labelledby="picture-title picture-text">
<title id="picture-title"></title><desc id="picture-text"></desc>
<defs>
<linearGradient id="paint"><stop class="dark" offset="0"/><stop class="mid" offset=".14"/><stop class="light" offset=".5"/><stop class="mid" offset=".86"/><stop class="dark" offset="1"/></linearGradient>
<linearGradient id="glass" x2="0" y2="1"><stop class="pale" offset="0"/><stop class="deep" offset="1"/></linearGradient>
<linearGradient id="beam" x2="0" y1="1" y2="0"><stop class="bright" offset="0"/><stop class="gone" offset="1"/></linearGradient>
<radialGradient id="ground"><stop class="near" offset=".62"/><stop class="far" offset="1"/></radialGradient>
<clipPath id="along"><path d="M166 321.5h40v9h-40z"/></clipPath>
</defs>
<g aria-hidden="true">
<ellipse class="ground" cx="100" cy="194" rx="76" ry="186"/>
<path class="beams" d="M58 42L40 0H84L73 34ZM142 42L160 0H116L127 34Z"/>
</g>
${both(wheel, "front")}${both(wheel, "rear")}
<g aria-hidden="true">
<path class="body" d="${BODY}"/>
<path class="crease" d="M54 58C50.5 82 53 112 54 128M146 58C149.5 82 147 112 146 128M52.5 268C51 288 52 312 55.5 330M147.5 268C149 288 148 312 144.5 330"/>
<path class="inside" d="M57 130Q100 110 143 130L147 140 147.5 252Q140 276 138 292 100 300 62 292 60 276 52.5 252L53 140Z"/>
<g class="seats">${seat(71, 166, 25)}${seat(104, 166, 25)}${seat(71, 222, 58)}</g>
</g>
${part("hood", "lid", `<path class="bay" d="${HOOD}"/><g class="flap"><path class="skin" d="${HOOD}"/><path class="crease" d="M76 113C72 88 73 64 80 47M124 113C128 88 127 64 120 47"/></g>`, [62, 40, 76, 66])}
${part("trunk", "lid", `<path class="bay" d="${TRUNK}"/><g class="flap"><path class="skin" d="${TRUNK}"/><path class="crease" d="M72 330Q100 337 128 330"/></g>`, [64, 300, 72, 48])}
<g aria-hidden="true">
<path class="glass" d="M60.4 127.4Q100 106.5 139.6 127.4L132.4 155Q100 145.6 67.6 155Z"/>
<path class="glass" d="M69.6 266.8Q100 272.4 130.4 266.8L136.6 291.6Q100 300.6 63.4 291.6Z"/>
<path class="roof" d="${ROOF}"/>
<path class="shine" d="M75 122Q84 117 94 115.4L88 147.4Q80 148.6 74.6 150.4Z"/>
<g class="head"><path d="M54.6 62C56.6 50 62 41 71.4 35.4L74 38.4C66 43.6 60.6 52 58.8 63Z"/><path d="M145.4 62C143.4 50 138 41 128.6 35.4L126 38.4C134 43.6 139.4 52 141.2 63Z"/></g>
<g class="tail"><path d="M51.6 324C52.6 337 56 346 66.6 352L68.4 348.4C59.6 343.6 57 336 56.4 325Z"/><path d="M148.4 324C147.4 337 144 346 133.4 352L131.6 348.4C140.4 343.6 143 336 143.6 325Z"/></g>
</g>
${part("sunroof", "window", '<rect class="gap" x="76" y="166" width="48" height="36" rx="6"/><rect class="pane" x="76" y="166" width="48" height="36" rx="6"/>', [76, 166, 48, 36])}
${both(leaf, "front")}${both(leaf, "rear")}
${part("climate", "climate", '<g class="fan"><circle cx="100" cy="131" r="2"/><path d="M100 128.4c-4.6-3.4-3.6-7.6.4-7.6 3.4 0 3.4 4-.4 7.6M102.6 131c3.4-4.6 7.6-3.6 7.6.4 0 3.4-4 3.4-7.6-.4M100 133.6c4.6 3.4 3.6 7.6-.4 7.6-3.4 0-3.4-4 .4-7.6M97.4 131c-3.4 4.6-7.6 3.6-7.6-.4 0-3.4 4-3.4 7.6.4"/></g>', [84, 115, 32, 32])}
<path class="moon" aria-hidden="true" d="M107 84a10 10 0 1 1-9-14.6 8 8 0 0 0 9 14.6Z"/>
${part("port", "port", '<path class="cable" d="M163 326H200"/><g class="flow" clip-path="url(#along)" aria-hidden="true"><g class="dots"><circle cx="172" cy="326" r="2"/><circle cx="184" cy="326" r="2"/><circle cx="196" cy="326" r="2"/><circle cx="208" cy="326" r="2"/><circle cx="220" cy="326" r="2"/></g></g><rect class="plug" x="153" y="319.5" width="12" height="13" rx="3.5"/><rect class="door" x="147" y="318" width="4.6" height="16" rx="1.6"/>', [142, 308, 58, 34])}
${part("lock", "lock", '<circle class="badge" cx="100" cy="234" r="16"/><path class="shackle" d="M94.5 233v-4.4a5.5 5.5 0 0 1 11 0V233"/><rect class="case" x="91.5" y="232" width="17" height="12.4" rx="3"/><text class="mark" x="100" y="242.4">?</text>', [80, 214, 40, 40])}
<g class="labels" aria-hidden="true">${["front", "rear"].flatMap((row) => ["left", "right"].map((side) => label(row, side))).join("")}</g>
</svg>`;

const WORSE = ["absent", "closed", "unknown", "open", "bad"];

/** Two openings that are one lid in the picture: the one that matters more. */
function lidOf(first, second) {
  return WORSE.indexOf(second.state) > WORSE.indexOf(first.state) ? second : first;
}

function flowOf(kilowatts) {
  if (kilowatts === undefined || kilowatts < 4) return "slow";
  return kilowatts < 30 ? "steady" : "fast";
}

/** Patches the picture, and makes its parts one stop of the keyboard. */
export class Picture {
  #node;
  #ids = {};
  #show;

  /** `node(id)` finds nodes; `show(entityId)` opens an entity. */
  constructor(node, show) {
    this.#node = node;
    this.#show = show;
    const svg = node("picture");
    svg.addEventListener("click", (event) => this.#open(event));
    svg.addEventListener("keydown", (event) => this.#press(event));
  }

  update(hass, view, { name, summary }) {
    const { openings, tires } = view;
    setText(this.#node("picture-title"), name);
    setText(this.#node("picture-text"), summary);
    const parts = { ...openings, lock: view.lock, port: view.port, climate: view.climate };
    parts.hood = lidOf(openings.front_trunk, openings.hood);
    parts.trunk = lidOf(openings.rear_trunk, openings.tailgate);
    for (const [place, tire] of Object.entries(tires)) parts[`tire_${place}`] = tire;
    for (const id of ORDER) this.#patch(hass, id, parts[id]);
    for (const [place, tire] of Object.entries(tires)) this.#label(hass, place, tire);
    const svg = this.#node("picture");
    setAttribute(svg, "data-charge", view.charge.state);
    setAttribute(svg, "data-flow", view.charge.state === "charging" ? flowOf(view.charge.kilowatts) : null);
    setAttribute(svg, "data-driving", view.driving ? "" : null);
    setAttribute(svg, "data-asleep", view.asleep ? "" : null);
    this.#letOneBeReached();
  }

  #patch(hass, id, { entityId, state }) {
    const node = this.#node(id);
    setAttribute(node, "data-state", state);
    this.#ids[id] = entityId;
    const known = hass.states[entityId];
    setAttribute(node, "role", entityId ? "button" : null);
    setAttribute(node, "aria-hidden", entityId ? null : "true");
    const label = known ? `${hass.formatEntityName(known, { type: "entity" })}: ${hass.formatEntityState(known)}` : entityId;
    setAttribute(node, "aria-label", entityId ? label : null);
    if (!entityId) setAttribute(node, "tabindex", null);
  }

  #label(hass, place, { entityId, value, unit, state }) {
    const node = this.#node(`label_${place}`);
    const [number, below] = node.children;
    setHidden(node, state === "absent");
    setAttribute(node, "data-state", state);
    const precision = hass.entities[entityId]?.display_precision;
    const digits = { minimumFractionDigits: precision ?? 0, maximumFractionDigits: precision ?? 2 };
    const shown = value === undefined ? "–" : formatNumber(hass, value, digits);
    setText(number, state === "bad" ? `! ${shown}` : shown);
    setText(below, isKnown(hass.states[entityId]) ? unit : "");
  }

  #reachable() {
    return ORDER.filter((id) => this.#ids[id]);
  }

  #letOneBeReached(wanted) {
    const ids = this.#reachable();
    const one = wanted ?? ids.find((id) => this.#node(id).getAttribute("tabindex") === "0") ?? ids[0];
    for (const id of ids) setAttribute(this.#node(id), "tabindex", id === one ? "0" : "-1");
  }

  #open(event) {
    const id = event.target.closest(".part")?.id;
    if (!this.#ids[id]) return;
    event.stopPropagation();
    this.#letOneBeReached(id);
    this.#show(this.#ids[id]);
  }

  #press(event) {
    const ids = this.#reachable();
    const at = ids.indexOf(event.target.id);
    if (at < 0) return;
    const steps = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: -1 };
    if (event.key === "Enter" || event.key === " ") this.#open(event);
    else if (event.key in steps) {
      const id = ids.at(steps[event.key] % ids.length);
      this.#letOneBeReached(id);
      this.#node(id).focus();
    } else return;
    event.preventDefault();
  }
}
