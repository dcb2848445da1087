// What a car can be told to do: which buttons there are, and what became of each press.

import { text, timeAgo } from "./texts.js";

// How long a press waits for the car to do it.
const PATIENCE = 60_000;

// Of each button: icon, text and question, what is called for which entity, the states in
// which it is there, and those in which it is done. While a lock moves, the button that was
// pressed stays; while the cable is in, the flap cannot close.
const COMMANDS = {
	lock: ["lock", "card_lock", "", "lock lock", "lock", "unlocked open locking jammed unknown", "locked"],
	unlock: ["unlock", "card_unlock", "card_ask_unlock", "lock unlock", "lock", "locked unlocking opening jammed unknown", "unlocked open"],
	stop: ["charge_stop", "card_stop_charging", "card_ask_stop", "switch turn_off", "charging_switch", "charging", "plugged unplugged unknown"],
	start: ["bolt", "card_start_charging", "card_ask_start", "switch turn_on", "charging_switch", "plugged", "charging"],
	close_port: ["port", "card_close_port", "card_ask_close_port", "cover close_cover", "charge_port", "open", "closed"],
	open_port: ["port", "card_open_port", "card_ask_open_port", "cover open_cover", "charge_port", "closed busy unknown", "open"],
};

const stateOf = ({ lock, charge, port }, target) => ({ lock, charging_switch: charge, charge_port: port })[target].state;

export function controlsOf(hass, ids, view, car) {
	// When all is old, what a press does is less sure.
	const warning = view.isOld ? text(hass, "card_ask_old", { age: timeAgo(hass, view.newest) }) : "";
	const isPlugged = ["charging", "plugged"].includes(view.charge.state);
	return Object.entries(COMMANDS).flatMap(([key, [icon, label, ask, action, target, there, done]]) => {
		const [entityId, state] = [ids[target], stateOf(view, target)];
		if (!entityId?.startsWith(`${action.split(" ", 1)}.`) || !there.split(" ").includes(state)) return [];
		if (target === "charge_port" && isPlugged) return [];
		const question = ask && (warning || key === "unlock") && `${warning} ${text(hass, ask, { car })}`.trim();
		const isMoving = /^(un)?locking$|^opening$/.test(state);
		const isDone = (now) => done.split(" ").includes(stateOf(now, target));
		return [{ key, icon, label: text(hass, label), question, action, entityId, isMoving, isDone }];
	});
}

/** The presses that wait for their car. */
export class Presses {
	#waiting = new Map();

	constructor(card) {
		this.card = card;
	}

	isWaiting = (entityId) => this.#waiting.has(entityId);

	/** Send a command once; a second press does nothing until it is settled. */
	async send(hass, { action, entityId, isDone }) {
		if (this.isWaiting(entityId)) return;
		const press = { isDone };
		this.#waiting.set(entityId, press);
		this.card.queue();
		// Home Assistant says why it refuses.
		const isRefused = await hass.callService(...action.split(" "), {}, { entity_id: entityId }).then(() => false, () => true);
		if (this.#waiting.get(entityId) !== press) return;
		if (isRefused || !isDone) this.#end(entityId);
		else press.timer = setTimeout(() => this.#end(entityId, "late"), PATIENCE);
	}

	/** Look whether the car has done what it was told. */
	settle(view) {
		for (const [entityId, { isDone }] of this.#waiting) if (isDone?.(view)) this.#end(entityId, "done");
	}

	forget() {
		for (const { timer } of this.#waiting.values()) clearTimeout(timer);
		this.#waiting.clear();
	}

	#end(entityId, result) {
		clearTimeout(this.#waiting.get(entityId).timer);
		this.#waiting.delete(entityId);
		if (result) this.card.tellResult(result, entityId);
		this.card.queue();
	}
}
