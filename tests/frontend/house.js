// A house with cars, as Home Assistant hands it to cards: plain objects, no network.

const WORDS = {
  door: ["Open", "Closed"],
  window: ["Open", "Closed"],
  opening: ["Open", "Closed"],
  lock: ["Unlocked", "Locked"],
  plug: ["Plugged in", "Unplugged"],
  problem: ["Problem", "OK"],
};
const CLASSES = {
  door: /^door_(front|rear|other)/,
  window: /^(window_|sunroof)/,
  opening: /^(hood|front_trunk|rear_trunk|tailgate|charge_port)$/,
  lock: /^locked$/,
  plug: /^plug$/,
  problem: /^warnings$/,
};

function classOf(domain, key) {
  if (domain !== "binary_sensor") return undefined;
  return Object.keys(CLASSES).find((name) => CLASSES[name].test(key));
}

function capital(word) {
  return word.charAt(0).toUpperCase() + word.slice(1).replaceAll("_", " ");
}

/** Home Assistant with no car. `texts` are the integration's translations. */
export class House {
  calls = [];
  states = {};
  entities = {};
  devices = {};
  language = "en";
  locale = { language: "en", number_format: "language", time_format: "24", time_zone: "local" };
  answer = async () => undefined;
  // What the action of the diary was asked, and what it answers.
  asked = [];
  diary = async () => ({ entries: [], totals: {} });
  length = "km";
  zone = "UTC";

  constructor(texts) {
    this.texts = texts;
    this.localize = this.#localize.bind(this);
    this.formatEntityState = this.#formatState.bind(this);
    this.formatEntityName = this.#formatName.bind(this);
    this.themes = { darkMode: false };
    this.loaded = [];
  }

  /** Add a car; `parts` are states by "domain.key": a value, or [value, unit]. */
  add(deviceId, name, parts, device = {}) {
    this.devices = {
      ...this.devices,
      [deviceId]: { id: deviceId, name, identifiers: [["smartcar", `vehicle-${deviceId}`]], name_by_user: null, ...device },
    };
    for (const [key, value] of Object.entries(parts)) this.set(deviceId, key, value);
    return this;
  }

  id(deviceId, key) {
    const [domain, name] = key.split(".");
    return `${domain}.${deviceId}_${name}`;
  }

  /** Let an entity have a state; undefined takes it away. */
  set(deviceId, key, value, attributes = {}) {
    const entityId = this.id(deviceId, key);
    if (value === undefined) {
      this.states = { ...this.states };
      this.entities = { ...this.entities };
      delete this.states[entityId];
      delete this.entities[entityId];
      return this;
    }
    const [state, unit] = Array.isArray(value) ? value : [value];
    const [domain, name] = key.split(".");
    if (!this.entities[entityId]) {
      const entry = { entity_id: entityId, device_id: deviceId, platform: "smartcar", translation_key: name };
      if (name.startsWith("tire_")) entry.display_precision = unit === "bar" ? 1 : 0;
      this.entities = { ...this.entities, [entityId]: entry };
    }
    this.states = {
      ...this.states,
      [entityId]: {
        entity_id: entityId,
        state: String(state),
        attributes: { device_class: classOf(domain, name), unit_of_measurement: unit, ...attributes },
      },
    };
    return this;
  }

  /** What a card gets: a new object each time. */
  hass() {
    const { states, entities, devices, language, locale, themes, localize, formatEntityState, formatEntityName } = this;
    return {
      ...{ states, entities, devices, language, locale, themes, localize, formatEntityState, formatEntityName },
      config: { time_zone: this.zone, currency: "EUR", unit_system: { length: this.length } },
      loadBackendTranslation: async (...what) => {
        this.loaded.push(what);
        return this.localize;
      },
      callWS: async (message) => {
        this.asked.push(message);
        return { response: await this.diary(message.service_data) };
      },
      callService: async (...call) => {
        this.calls.push(call);
        return this.answer(...call);
      },
    };
  }

  #localize(key, values = {}) {
    const prefix = "component.smartcar.";
    let found = this.texts;
    for (const step of key.replace(prefix, "").split(".")) found = found?.[step];
    if (typeof found !== "string") return "";
    return found.replace(/{(\w+)}/g, (_, name) => String(values[name] ?? ""));
  }

  #formatState({ entity_id: entityId, state, attributes }) {
    const { device_class: kind, unit_of_measurement: unit } = attributes;
    const [domain] = entityId.split(".");
    const key = this.entities[entityId]?.translation_key;
    if (unit) {
      const precision = this.entities[entityId]?.display_precision;
      const options = precision === undefined ? {} : { minimumFractionDigits: precision, maximumFractionDigits: precision };
      return `${new Intl.NumberFormat(this.locale.language, options).format(Number(state))}\u00a0${unit}`;
    }
    if (kind && ["on", "off"].includes(state)) return WORDS[kind][state === "on" ? 0 : 1];
    return this.#localize(`entity.${domain}.${key}.state.${state}`) || capital(state);
  }

  #formatName({ entity_id: entityId }) {
    const [domain] = entityId.split(".");
    const entry = this.entities[entityId];
    return entry?.name ?? (this.#localize(`entity.${domain}.${entry?.translation_key}.name`) || entityId);
  }
}
