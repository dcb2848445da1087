// What a car can be told to do: which buttons there are, and what became of each press.

import { text, timeAgo } from "./texts.js";

// How long a press waits for the car to do it.
const PATIENCE = 60_000;

// In which states a button has no purpose; while the lock moves, the one pressed stays.
const NOT_TO_LOCK = ["locked", "unlocking", "opening"];
const NOT_TO_UNLOCK = ["unlocked", "open", "locking"];
const MOVING = ["locking", "unlocking", "opening"];

/** The buttons that a car has now, each with what it does and when that is done. */
export function controlsOf(hass, ids, view, car) {
	const found = [];
	const lock = ids.lock?.startsWith("lock.") ? ids.lock : undefined;
	const isMoving = MOVING.includes(view.lock.state);
	const ask = (key) => text(hass, key, { car });
	// When all is old, what a press does is less sure.
	const warning = view.isOld && view.newest ? text(hass, "card_ask_old", { age: timeAgo(hass, view.newest) }) : "";
	if (lock && !NOT_TO_LOCK.includes(view.lock.state)) {
		found.push({
			key: "lock",
			icon: "lock",
			label: text(hass, "card_lock"),
			call: ["lock", "lock", lock],
			isMoving,
			isDone: ({ lock: { state } }) => state === "locked",
		});
	}
	if (lock && !NOT_TO_UNLOCK.includes(view.lock.state)) {
		found.push({
			key: "unlock",
			icon: "unlock",
			label: text(hass, "card_unlock"),
			call: ["lock", "unlock", lock],
			isMoving,
			question: [warning, ask("card_ask_unlock")],
			isDone: ({ lock: { state } }) => state === "unlocked" || state === "open",
		});
	}
	if (ids.chargeSwitch && ["charging", "plugged"].includes(view.charge.state)) {
		const isOn = view.charge.state === "charging";
		found.push({
			key: isOn ? "stop" : "start",
			icon: isOn ? "charge_stop" : "bolt",
			label: text(hass, isOn ? "card_stop_charging" : "card_start_charging"),
			call: ["switch", isOn ? "turn_off" : "turn_on", ids.chargeSwitch],
			question: warning && [warning, ask(isOn ? "card_ask_stop" : "card_ask_start")],
			isDone: ({ charge: { state } }) => (state === "charging") !== isOn,
		});
	}
	const port = ids.port?.startsWith("cover.") ? ids.port : undefined;
	// While the cable is in, the flap cannot close.
	if (port && !["charging", "plugged"].includes(view.charge.state)) {
		const isOpen = view.port.state === "open";
		found.push({
			key: isOpen ? "close_port" : "open_port",
			icon: "port",
			label: text(hass, isOpen ? "card_close_port" : "card_open_port"),
			call: ["cover", isOpen ? "close_cover" : "open_cover", port],
			question: warning && [warning, ask(isOpen ? "card_ask_close_port" : "card_ask_open_port")],
			isDone: ({ port: { state } }) => state === (isOpen ? "closed" : "open"),
		});
	}
	return found;
}

/** The presses that wait for their car. */
export class Presses {
	#waiting = new Map();
	#timers = new Set();
	#changed;
	#say;

	/** `changed()` shows the buttons again; `say(what, entityId)` tells what came of it. */
	constructor(changed, say) {
		this.#changed = changed;
		this.#say = say;
	}

	isWaiting(entityId) {
		return this.#waiting.has(entityId);
	}

	/** Send a command once; a second press does nothing until it is settled. */
	async send(hass, { call: [domain, action, entityId], isDone }) {
		if (this.isWaiting(entityId)) return;
		const press = { isDone };
		this.#waiting.set(entityId, press);
		this.#changed();
		try {
			await hass.callService(domain, action, {}, { entity_id: entityId });
		} catch {
			// Home Assistant has said why.
			return this.#end(entityId, press);
		}
		if (this.#waiting.get(entityId) !== press) return;
		if (!isDone) return this.#end(entityId, press);
		const timer = setTimeout(() => {
			this.#timers.delete(timer);
			if (this.#waiting.get(entityId) !== press) return;
			this.#say("late", entityId);
			this.#end(entityId, press);
		}, PATIENCE);
		this.#timers.add(timer);
	}

	/** Look whether the car has done what it was told. */
	settle(view) {
		for (const [entityId, press] of this.#waiting) {
			if (!press.isDone?.(view)) continue;
			this.#say("done", entityId);
			this.#waiting.delete(entityId);
		}
	}

	forget() {
		for (const timer of this.#timers) clearTimeout(timer);
		this.#timers.clear();
		this.#waiting.clear();
	}

	#end(entityId, press) {
		if (this.#waiting.get(entityId) !== press) return;
		this.#waiting.delete(entityId);
		this.#changed();
	}
}
