// The car from above, front up. Shapes stand in a view box of 200 by 306; all looks
// are CSS on `data-state`.

import { setAttributes, setHidden, setText } from "./element.js";
import { isKnown } from "./entities.js";
import { formatNumber } from "./texts.js";

const path = (name, d) => `<path class="${name}" d="${d}"/>`;
const rect = (name, [x, y, width, height, rx = 4]) =>
	`<rect class="${name}" x="${x}" y="${y}" width="${width}" height="${height}" rx="${rx}"/>`;
const part = (id, kind, shapes, area) =>
	`<g id="${id}" class="part ${kind}" part="${kind}" data-state="absent">${shapes}${rect("hit", area)}</g>`;

// Shapes are those of the left side; the right ones are their mirror images.
const both = (make, row) => `${make(row, "left")}<g transform="matrix(-1 0 0 1 200 0)">${make(row, "right")}</g>`;
const twice = (name, d) => both(() => path(name, d));

const LEAVES = {
	front: {
		skin: "M50.5 109.6C49.8 128.8 49.4 148.8 49.5 167.2L58.4 167.2 58 124.8 57 113.6Q54 109.6 50.5 109.6Z",
		pane: "M58.6 116Q59.2 140.8 59.3 166L67 166 66.6 131.2Z",
		mirror: "M51 114.4L43 111.4Q38.6 110.4 38.8 113.6L39.8 117.9Q40.5 119.8 43.6 119.5L51 118.7Z",
		door: [44, 107, 14, 60],
		window: [58, 115, 10, 51],
	},
	rear: {
		skin: "M49.5 168.5C49.6 184.8 49.8 196.8 50.3 208Q52 213.6 58.4 214.4L58.4 168.5Z",
		pane: "M59.3 169.3L67 169.3 66.8 204.8Q65.4 211.2 60.6 213.1 59.4 209.6 59.3 196.8Z",
		door: [44, 169, 14, 45],
		window: [58, 169, 10, 43],
	},
};

function leaf(row, side) {
	const { skin, pane, mirror, door, window } = LEAVES[row];
	const outside = (mirror ? path("mirror", mirror) : "") + path("skin", skin);
	const inside = path("gap", pane) + path("pane", pane);
	return `<g class="leaf ${row}">${part(`door_${row}_${side}`, "door", outside, door)}${part(`window_${row}_${side}`, "window", inside, window)}</g>`;
}

function wheel(row, side) {
	const y = row === "front" ? 56 : 222;
	return part(`tire_${row}_${side}`, "tire", rect("rubber", [43.8, y, 13, 36, 4.5]), [26, y - 5, 23, 46]);
}

function label([row, side]) {
	const y = row === "front" ? 78 : 241;
	const line = (name, below) => `<text class="${name}" x="${side === "left" ? 38 : 162}" y="${y + below}"></text>`;
	return `<g id="label_${row}_${side}" class="label ${side}">${line("value", 0)}${line("unit", 12)}</g>`;
}

const lid = (id, d, crease, area) =>
	part(id, "lid", `${path("bay", d)}<g class="flap">${path("skin", d)}${crease}</g>`, area);
const stops = (...list) => list.map(([name, offset]) => `<stop class="${name}" offset="${offset}"/>`).join("");
const seat = (x, y, width) => rect("seat", [x, y, width, 30, 7]) + rect("seat", [x + 3, y + 24, width - 6, 12, 5]);

const HOOD = "M59.5 101.6Q100 84 140.5 101.6C143 81.6 141 56 131 41.6Q117 34 100 34T69 41.6C59 56 57 81.6 59.5 101.6Z";
const TRUNK = "M64 242.4Q100 249.6 136 242.4L138.6 267.2Q138 278.4 129 281.2 115 284.4 100 284.4T71 281.2Q62 278.4 61.4 267.2Z";
const SUNROOF = [76, 136, 48, 32, 6];

export const PICTURE = `
<svg id="picture" part="car" viewBox="0 4 200 306" role="group" aria-labelledby="picture-title picture-text">
<title id="picture-title"></title><desc id="picture-text"></desc>
<defs>
<linearGradient id="paint">${stops(["dark", 0], ["mid", 0.14], ["light", 0.5], ["mid", 0.86], ["dark", 1])}</linearGradient>
<linearGradient id="glass" x2="0" y2="1">${stops(["pale", 0], ["deep", 1])}</linearGradient>
<linearGradient id="beam" x2="0" y1="1" y2="0">${stops(["bright", 0], ["gone", 1])}</linearGradient>
<radialGradient id="ground">${stops(["near", 0.62], ["far", 1])}</radialGradient>
<clipPath id="along"><path d="M167 261h40v10h-40z"/></clipPath>
</defs>
<g aria-hidden="true"><ellipse class="ground" cx="100" cy="158" rx="74" ry="150"/>${twice("beams", "M58 38L40 5H84L73 32Z")}</g>
${both(wheel, "front")}${both(wheel, "rear")}
<g aria-hidden="true">
${path("body", "M100 24C80 24 66 27.2 58 35.6 51 44 48.5 57.6 48.5 73.6 48.5 86.4 50.5 96 50.5 108.8 49.6 128.8 49.3 148.8 49.5 167.2 49.6 184.8 49.9 196.8 50.3 209.6 49.2 219.2 48 227.2 48 240 48 259.2 50 272.8 56.5 281.2 64 288.8 80 290.4 100 290.4S136 288.8 143.5 281.2C150 272.8 152 259.2 152 240 152 227.2 150.8 219.2 149.7 209.6 150.1 196.8 150.4 184.8 150.5 167.2 150.7 148.8 150.4 128.8 149.5 108.8 149.5 96 151.5 86.4 151.5 73.6 151.5 57.6 149 44 142 35.6 134 27.2 120 24 100 24Z")}
${twice("crease", "M54 51C50.5 70 53 94 54 107M52.5 219C51 235 52 254 55.5 269")}
${path("inside", "M57 108.8Q100 92.8 143 108.8L147 116.8 147.5 206.4Q140 225.6 138 238.4 100 244.8 62 238.4 60 225.6 52.5 206.4L53 116.8Z")}
${seat(71, 138, 25)}${seat(104, 138, 25)}${seat(71, 178, 58)}
</g>
${lid("hood", HOOD, twice("crease", "M76 95C72 75 73 56 80 42"), [64, 40, 72, 44])}
${lid("trunk", TRUNK, path("crease", "M72 269Q100 274 128 269"), [66, 248, 68, 34])}
<g aria-hidden="true">
${path("glass", "M60.4 106.7Q100 90 139.6 106.7L132.4 128.8Q100 121.3 67.6 128.8Z")}
${path("glass", "M69.6 218.2Q100 222.7 130.4 218.2L136.6 238.1Q100 245.3 63.4 238.1Z")}
${path("roof", "M67.8 130.4Q100 122.8 132.2 130.4L133 203.2Q132.8 211.2 130.6 216.5 100 220.8 69.4 216.5 67.2 211.2 67 203.2Z")}
${path("shine", "M75 102Q84 98 94 97L88 123Q80 124 75 125Z")}
${twice("head", "M54.6 54.4C56.6 44.8 62 37.6 71.4 33.1L74 35.5C66 39.7 60.6 46.4 58.8 55.2Z")}
${twice("tail", "M51.6 264C52.6 274.4 56 281.6 66.6 286.4L68.4 283.5C59.6 279.7 57 273.6 56.4 264.8Z")}
</g>
${part("sunroof", "window", rect("gap", SUNROOF) + rect("pane", SUNROOF), SUNROOF)}
${both(leaf, "front")}${both(leaf, "rear")}
${part("climate", "climate", `<g class="fan"><circle cx="100" cy="108" r="2"/>${[0, 90, 180, 270].map((turn) => `<path transform="rotate(${turn} 100 108)" d="M100 105c-4.6-3.4-3.6-7.6.4-7.6 3.4 0 3.4 4-.4 7.6"/>`).join("")}</g>`, [84, 92, 32, 32])}
<path class="moon" aria-hidden="true" d="M107 72a10 10 0 1 1-9-14.6 8 8 0 0 0 9 14.6Z"/>
${part("port", "port", `${path("cable", "M163 266H200")}<g class="flow" clip-path="url(#along)" aria-hidden="true"><g class="dots">${[172, 184, 196, 208, 220].map((x) => `<circle cx="${x}" cy="266" r="2"/>`).join("")}</g></g>${rect("plug", [153, 259.5, 12, 13, 3.5])}${rect("door", [147, 258, 4.6, 16, 1.6])}`, [142, 254, 58, 28])}
${part("lock", "lock", `<circle class="badge" cx="100" cy="194" r="15"/>${path("shackle", "M95 193v-4a5 5 0 0 1 10 0V193")}${rect("case", [92, 192, 16, 11, 3])}<text class="mark" x="100" y="201.6">?</text>`, [80, 174, 40, 40])}
<g class="labels" aria-hidden="true">${["front left", "front right", "rear left", "rear right"].map((place) => label(place.split(" "))).join("")}</g>
</svg>`;

// What can be reached by keyboard, in the order of the arrow keys.
const ORDER = (
	"hood tire_front_left tire_front_right door_front_left window_front_left window_front_right door_front_right climate sunroof " +
	"door_rear_left window_rear_left lock window_rear_right door_rear_right tire_rear_left tire_rear_right trunk port"
).split(" ");
// States in which a part is drawn open.
const OPEN = ["open", "bad", "unlocked", "opening"];
const WORSE = ["absent", "closed", "unknown", "open", "bad"];

/** Two openings that are one lid in the picture: the one that matters more. */
const lidOf = (first, second) => (WORSE.indexOf(second.state) > WORSE.indexOf(first.state) ? second : first);

const flowOf = (kilowatts) => (kilowatts >= 30 ? "fast" : kilowatts >= 4 ? "steady" : "slow");

/** Patches the picture, and makes its parts one stop of the keyboard. */
export class Picture {
	#card;
	#ids = {};

	constructor(card) {
		this.#card = card;
		const svg = card.node("picture");
		svg.addEventListener("click", (event) => this.#open(event));
		svg.addEventListener("keydown", (event) => this.#press(event));
	}

	update(view, { name, summary }) {
		const { openings, tires, charge, lock, port, climate } = view;
		this.#card.write("picture-title", name);
		this.#card.write("picture-text", summary);
		const parts = { ...openings, lock, port, climate };
		parts.hood = lidOf(openings.front_trunk, openings.hood);
		parts.trunk = lidOf(openings.rear_trunk, openings.tailgate);
		for (const place in tires) {
			parts[`tire_${place}`] = tires[place];
			this.#label(place, tires[place]);
		}
		for (const id of ORDER) this.#patch(id, parts[id]);
		setAttributes(this.#card.node("picture"), {
			"data-charge": charge.state,
			"data-flow": charge.state === "charging" ? flowOf(charge.kilowatts) : null,
			"data-driving": view.driving ? "" : null,
			"data-asleep": view.asleep ? "" : null,
		});
		this.#letOneBeReached();
	}

	#patch(id, { entityId, state }) {
		const node = this.#card.node(id);
		const { hass } = this.#card;
		const known = hass.states[entityId];
		const label = known ? `${this.#card.nameOf(entityId)}: ${hass.formatEntityState(known)}` : entityId;
		this.#ids[id] = entityId;
		setAttributes(node, {
			"data-state": state,
			"data-open": OPEN.includes(state) ? "" : null,
			role: entityId ? "button" : null,
			"aria-hidden": entityId ? null : "true",
			"aria-label": label,
			...(entityId ? {} : { tabindex: null }),
		});
	}

	#label(place, { entityId, value, unit, state }) {
		const node = this.#card.node(`label_${place}`);
		const [number, below] = node.children;
		const { hass } = this.#card;
		setHidden(node, state === "absent");
		setAttributes(node, { "data-state": state });
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
		const one = wanted ?? ids.find((id) => this.#card.node(id).getAttribute("tabindex") === "0") ?? ids[0];
		for (const id of ids) setAttributes(this.#card.node(id), { tabindex: id === one ? 0 : -1 });
	}

	#open(event) {
		const id = event.target.closest(".part")?.id;
		if (!this.#ids[id]) return;
		event.stopPropagation();
		this.#letOneBeReached(id);
		this.#card.showMore(this.#ids[id]);
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
			this.#card.node(id).focus();
		} else return;
		event.preventDefault();
	}
}
