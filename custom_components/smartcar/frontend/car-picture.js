// The car from above, front up, in a view box of 200 by 316. Looks are CSS on `data-state`.

import { setAttributes, setText } from "./element.js";
import { PATHS } from "./icons.js";

const path = (name, d) => `<path class="${name}" d="${d}"/>`;
const rect = (name, [x, y, width, height, rx = 4]) => `<rect class="${name}" x="${x}" y="${y}" width="${width}" height="${height}" rx="${rx}"/>`;
const circle = (name, y, r) => `<circle class="${name}" cx="100" cy="${y}" r="${r}"/>`;
const part = (id, kind, shapes, area) => `<g id="${id}" class="part ${kind}" part="${kind}">${shapes}${rect("hit", area)}</g>`;
const decoration = (...shapes) => `<g aria-hidden="true">${shapes.join("")}</g>`;
const gradient = (kind, id, direction, stops) =>
	`<${kind}Gradient id="${id}" ${direction}>${stops.map(([name, at]) => `<stop class="${name}" offset="${at}"/>`).join("")}</${kind}Gradient>`;

// Shapes are those of the left side, a little over the middle; the right ones are their mirror images.
const both = (make) => `${make("left")}<g transform="matrix(-1 0 0 1 200 0)">${make("right")}</g>`;
const twice = (name, d) => both(() => path(name, d));
const lid = (id, d, crease, area) => part(id, "lid", `${twice("bay", d)}<g class="flap">${twice("skin", d)}${crease}</g>`, area);

// Of each row: the top of its wheel, and of its door the top, height, skin, mirror and pane.
const ROWS = {
	front: [56, 107, 60, "M50.5 110Q49.4 140 49.5 167h9L57 114Q54 110 50.5 110Z", "M51 114L43 111q-4-1-4 3l1 4q.5 2 4 2l7-1Z", "M58.6 116Q59.2 141 59.3 166h7.7l-.4-35Z"],
	rear: [222, 169, 45, "M49.5 168.5Q49.5 190 50.3 208q2 6 8.1 6.4v-46Z", "", "M59.3 169.3H67l-.2 35.5q-1.5 6.5-6.2 8.3-1.2-3.5-1.3-16Z"],
};

const wheels = (row) => both((side) => part(`tire_pressure_${row}_${side}`, "tire", path("rubber", `M49.2 ${ROWS[row][0]}h-1q-4.4 0-4.4 5v26q0 5 4.4 5h1Z`), [26, ROWS[row][0] - 5, 23, 46]));
const leaves = (row) =>
	both((side) => {
		const [, y, height, skin, mirror, pane] = ROWS[row];
		const door = part(`door_${row}_${side}`, "door", path("mirror", mirror) + path("skin", skin), [44, y, 14, height]);
		return `<g class="leaf ${row}">${door}${part(`window_${row}_${side}`, "window", path("gap", pane) + path("pane", pane), [58, y, 10, height - 4])}</g>`;
	});
const label = (row, side, x) => {
	const text = (name, below) => `<text class="${name}" x="${x}" y="${ROWS[row][0] + below}"></text>`;
	return `<g id="label_${row}_${side}" class="label ${side}">${text("value", 20)}${text("unit", 32)}</g>`;
};

const SUNROOF = [76, 136, 48, 32, 6];
const BLADES = [0, 90, 180, 270].map((turn) => `<path transform="rotate(${turn} 100 108)" d="M100 105c-4.6-3.4-3.6-7.6.4-7.6 3.4 0 3.4 4-.4 7.6"/>`);
const DOTS = [284, 296, 308, 320, 332].map((y) => circle("dot", y, 2));

// Parts are in the order in which the arrow keys go through them.
export const PICTURE = `
<svg id="picture" part="car" viewBox="0 4 200 316" role="group" aria-labelledby="picture-title picture-text">
<title id="picture-title"></title><desc id="picture-text"></desc>
${gradient("linear", "paint", 'gradientUnits="userSpaceOnUse" x1="48" x2="152"', [["dark", 0], ["mid", 0.14], ["light", 0.5], ["mid", 0.86], ["dark", 1]])}
${gradient("linear", "glass", 'x2="0" y2="1"', [["pale", 0], ["deep", 1]])}
${gradient("linear", "beam", 'x2="0" y1="1" y2="0"', [["bright", 0], ["gone", 1]])}
${gradient("radial", "ground", "", [["near", 0.62], ["far", 1]])}
${decoration(
	'<ellipse class="ground" cx="100" cy="158" rx="74" ry="150"/>',
	twice("beams", "M58 38L40 5H84L73 32Z"),
	path("cable", "M100 280V320"),
	`<g class="dots">${DOTS.join("")}</g>`,
	twice("body", "M101 24H100C80 24 66 27 58 36 51 44 48.5 58 48.5 74S50.5 96 50.5 109C49.3 145 49.3 180 50.3 210 49 219 48 227 48 240 48 259 50 273 56.5 281 64 289 80 290.4 101 290.4"),
	twice("crease", "M54 51C50.5 70 53 94 54 107M52.5 219C51 235 52 254 55.5 269"),
	twice("inside", "M101 101Q78 101 57 109L53 117v89q7 19 9 32 19 3.5 39 3.5"),
)}
${lid("hood", "M101 34h-1Q83 34 69 41.6C59 56 57 82 59.5 101.6Q80 93 101 93", twice("crease", "M76 95C72 75 73 56 80 42"), [64, 40, 72, 44])}
${wheels("front")}
${decoration(
	twice("glass", "M101 98Q80 98 60.4 106.7L67.6 129Q84 125 101 125"),
	twice("glass", "M101 220Q85 220 69.6 218l-6.2 20q18 3.5 37.6 3.5"),
	twice("roof", "M101 126.6Q84 126.6 67.8 130.4L67 203q0 8 2.4 13.5 15 2.2 31.6 2.2"),
	path("shine", "M75 102q9-4 19-5l-6 26q-8 1-13 2Z"),
	path("moon", "M107 72a10 10 0 1 1-9-14.6 8 8 0 0 0 9 14.6Z"),
)}
${leaves("front")}
${part("climate", "climate", `<g class="fan">${circle("", 108, 2)}${BLADES.join("")}</g>`, [84, 92, 32, 32])}
${part("sunroof", "window", rect("gap", SUNROOF) + rect("pane", SUNROOF), SUNROOF)}
${leaves("rear")}
${part("lock", "lock", `${circle("badge", 192, 15)}${path("shackle", "M95 191v-4a5 5 0 0 1 10 0v4")}${rect("case", [92, 190, 16, 11, 3])}<text class="mark" x="100" y="199.6">?</text>`, [80, 172, 40, 40])}
${wheels("rear")}
${part("port", "port", `${circle("badge", 232, 11)}<path class="plug" transform="translate(91.6 223) scale(.7)" d="${PATHS.plug}"/>`, [84, 217, 32, 30])}
${lid("trunk", "M101 246Q82 246 64 242.4l-2.6 25q.6 11 9.6 14 14 3 30 3", path("crease", "M72 269q28 5 56 0"), [66, 248, 68, 34])}
${decoration(
	twice("head", "M54.6 54.4C56.6 45 62 38 71.4 33l2.6 2.5C66 40 60.6 46 58.8 55Z"),
	twice("tail", "M51.6 264c1 10 4.4 18 15 22.4l1.8-3C59.6 280 57 274 56.4 265Z"),
	...Object.keys(ROWS).map((row) => `<g class="labels">${label(row, "left", 38)}${label(row, "right", 162)}</g>`),
)}
</svg>`;

// States in which a part is drawn open.
const OPEN = ["open", "bad", "unlocked", "opening"];
const WORSE = ["absent", "closed", "unknown", "open", "bad"];

/** Of two openings that are one lid in the picture: the one that matters more. */
const lidOf = (...openings) => openings.sort((a, b) => WORSE.indexOf(b.state) - WORSE.indexOf(a.state))[0];

const flowOf = (kilowatts) => (kilowatts >= 30 ? "fast" : kilowatts >= 4 ? "steady" : "slow");

/** Patches the picture, and makes its parts one stop of the keyboard. */
export class Picture {
	#card;
	#parts = {};
	#stop;

	constructor(card, svg) {
		this.#card = card;
		this.svg = svg;
		this.nodes = [...svg.querySelectorAll(".part")];
		svg.onclick = (event) => this.#open(event);
		svg.onkeydown = (event) => this.#press(event);
	}

	update(view, name, summary) {
		const { openings, tires, charge, lock, port, climate } = view;
		const hood = lidOf(openings.hood, openings.front_trunk);
		const trunk = lidOf(openings.rear_trunk, openings.tailgate);
		this.#parts = { ...openings, ...tires, hood, trunk, lock, port, climate };
		for (const node of this.nodes) this.#patch(node, this.#parts[node.id]);
		for (const key in tires) this.#label(key, tires[key]);
		setText(this.#card.node("picture-title"), name);
		setText(this.#card.node("picture-text"), summary);
		setAttributes(this.svg, {
			"data-charge": charge.state,
			"data-flow": charge.state === "charging" && flowOf(charge.kilowatts),
			"data-driving": view.driving,
			"data-asleep": view.asleep,
		});
		this.#letOneBeReached(this.#stop);
	}

	#patch(node, { entityId, state }) {
		const aria = { role: entityId && "button", "aria-hidden": !entityId, "aria-label": entityId && this.#card.describe(entityId) };
		setAttributes(node, { "data-state": state, "data-open": OPEN.includes(state), ...aria });
	}

	#label(key, { entityId, unit, state }) {
		const node = this.#card.node(key.replace("tire_pressure", "label"));
		const words = this.#card.format(entityId);
		const value = words.replace(unit, "").trim() || "–";
		setAttributes(node, { "data-state": state });
		setText(node.firstChild, state === "bad" ? `! ${value}` : value);
		setText(node.lastChild, words && unit);
	}

	#reachable = () => this.nodes.filter(({ id }) => this.#parts[id].entityId);

	#letOneBeReached(wanted) {
		const nodes = this.#reachable();
		this.#stop = nodes.includes(wanted) ? wanted : nodes[0];
		for (const node of this.nodes) setAttributes(node, { tabindex: this.#parts[node.id].entityId && (node === this.#stop ? 0 : -1) });
	}

	#open(event) {
		const node = event.target.closest(".part");
		if (!this.#parts[node?.id]?.entityId) return;
		event.stopPropagation();
		this.#letOneBeReached(node);
		this.#card.showMore(this.#parts[node.id].entityId);
	}

	#press(event) {
		const nodes = this.#reachable();
		const at = nodes.indexOf(event.target);
		const steps = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: -1 };
		if (at < 0) return;
		if (event.key === "Enter" || event.key === " ") this.#open(event);
		else if (event.key in steps) {
			this.#letOneBeReached(nodes.at(steps[event.key] % nodes.length));
			this.#stop.focus();
		} else return;
		event.preventDefault();
	}
}
