// Three cars as their entities say they are, at noon of one day.

export const NOON = Date.UTC(2026, 4, 6, 12, 0);

export function ago(minutes) {
  return new Date(NOON - minutes * 60_000).toISOString();
}

const PLACES = ["front_left", "front_right", "rear_left", "rear_right"];

function everywhere(kind, values) {
  return Object.fromEntries(PLACES.map((place, at) => [`${kind}_${place}`, Array.isArray(values) ? values[at] : values]));
}

const SHUT = {
  ...everywhere("binary_sensor.door", "off"),
  ...everywhere("binary_sensor.window", "off"),
  "binary_sensor.hood": "off",
  "binary_sensor.rear_trunk": "off",
};

const bar = (...values) => everywhere("sensor.tire_pressure", values.map((value) => [value, "bar"]));

/** An electric car, at home, locked and charging. */
export const ELECTRIC = {
  ...SHUT,
  ...bar(2.5, 2.5, 2.7, 2.7),
  "binary_sensor.front_trunk": "off",
  "binary_sensor.sunroof": "off",
  "lock.lock": "locked",
  "cover.charge_port": "open",
  "binary_sensor.plug": "on",
  "binary_sensor.charging": "on",
  "switch.charging": "on",
  "binary_sensor.climate": "off",
  "binary_sensor.asleep": "off",
  "binary_sensor.warnings": "off",
  "sensor.battery": [62, "%"],
  "sensor.range": [287, "km"],
  "sensor.charging_power": [11, "kW"],
  "sensor.charging_finish": new Date(NOON + 160 * 60_000).toISOString(),
  "number.charge_limit": [80, "%"],
  "sensor.inside_temperature": [21.5, "°C"],
  "sensor.outside_temperature": [12, "°C"],
  "sensor.odometer": [24_310, "km"],
  "sensor.data_age": ago(3),
  "device_tracker.location": "home",
  "button.refresh": "unknown",
};

/** A plug-in hybrid away from home, not locked, with a window open. */
export const HYBRID = {
  ...SHUT,
  ...bar(2.3, 2.3, 2.2, 2.2),
  "binary_sensor.window_rear_left": "on",
  "binary_sensor.door_front_left": "on",
  "lock.lock": "unlocked",
  "binary_sensor.charge_port": "off",
  "binary_sensor.plug": "off",
  "binary_sensor.charging": "off",
  "sensor.battery": [34, "%"],
  "sensor.range": [18, "km"],
  "sensor.fuel_level": [71, "%"],
  "sensor.fuel_range": [540, "km"],
  "sensor.odometer": [61_842, "km"],
  "sensor.outside_temperature": [9.5, "°C"],
  "sensor.data_age": ago(25),
  "device_tracker.location": "not_home",
  "button.refresh": "unknown",
};

/** A car with petrol that is locked but left open, with a low tyre. */
export const PETROL = {
  ...SHUT,
  ...bar(2.4, 1.9, 2.3, 2.3),
  "binary_sensor.window_front_right": "on",
  "binary_sensor.rear_trunk": "on",
  "binary_sensor.locked": "off",
  "sensor.fuel_level": [18, "%"],
  "sensor.fuel_range": [96, "km"],
  "sensor.odometer": [98_120, "km"],
  "sensor.data_age": ago(70),
  "device_tracker.location": "home",
  "button.refresh": "unknown",
};
