// What a car can be told to do: which buttons there are, and what became of each press.

import { text, timeAgo } from "./texts.js";

// How long a press waits for the car to do it.
const PATIENCE = 60_000;

/** The buttons that a car has now, each with what it does and when that is done. */
export function controlsOf(hass, ids, { lock, charge, port, isOld, newest }, car) {
	const found = [];
	// When all is old, what a press does is less sure.
	const warning = isOld ? text(hass, "card_ask_old", { age: timeAgo(hass, newest) }) : "";
	const add = (key, icon, label, ask, call, isDone, more) => {
		const question = ask && [warning, text(hass, ask, { car })];
		found.push({ key, icon, label: text(hass, label), call, isDone, question: warning && question, ...more?.(question) });
	};
	const isPlugged = ["charging", "plugged"].includes(charge.state);
	if (ids.lock?.startsWith("lock.")) {
		// While the lock moves, the button that was pressed stays.
		const isMoving = ["locking", "unlocking", "opening"].includes(lock.state);
		if (!["locked", "unlocking", "opening"].includes(lock.state)) {
			add("lock", "lock", "card_lock", "", ["lock", "lock", ids.lock], (now) => now.lock.state === "locked", () => ({ isMoving }));
		}
		if (!["unlocked", "open", "locking"].includes(lock.state)) {
			const isDone = (now) => ["unlocked", "open"].includes(now.lock.state);
			const always = (question) => ({ isMoving, question });
			add("unlock", "unlock", "card_unlock", "card_ask_unlock", ["lock", "unlock", ids.lock], isDone, always);
		}
	}
	if (ids.chargeSwitch && isPlugged) {
		const isOn = charge.state === "charging";
		const words = isOn ? ["stop", "charge_stop", "card_stop_charging", "card_ask_stop"] : ["start", "bolt", "card_start_charging", "card_ask_start"];
		const isDone = (now) => (now.charge.state === "charging") !== isOn;
		add(...words, ["switch", isOn ? "turn_off" : "turn_on", ids.chargeSwitch], isDone);
	}
	// While the cable is in, the flap cannot close.
	if (ids.port?.startsWith("cover.") && !isPlugged) {
		const isOpen = port.state === "open";
		const words = isOpen ? ["close_port", "port", "card_close_port", "card_ask_close_port"] : ["open_port", "port", "card_open_port", "card_ask_open_port"];
		const isDone = (now) => now.port.state === (isOpen ? "closed" : "open");
		add(...words, ["cover", isOpen ? "close_cover" : "open_cover", ids.port], isDone);
	}
	return found;
}

/** The presses that wait for their car. */
export class Presses {
	#waiting = new Map();
	#changed;
	#say;

	/** `changed()` shows the buttons again; `say(what, entityId)` what came of one. */
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
		press.timer = setTimeout(() => {
			this.#say("late", entityId);
			this.#end(entityId, press);
		}, PATIENCE);
	}

	/** Look whether the car has done what it was told. */
	settle(view) {
		for (const [entityId, press] of this.#waiting) {
			if (!press.isDone?.(view)) continue;
			clearTimeout(press.timer);
			this.#waiting.delete(entityId);
			this.#say("done", entityId);
		}
	}

	forget() {
		for (const { timer } of this.#waiting.values()) clearTimeout(timer);
		this.#waiting.clear();
	}

	#end(entityId, press) {
		if (this.#waiting.get(entityId) !== press) return;
		this.#waiting.delete(entityId);
		this.#changed();
	}
}
