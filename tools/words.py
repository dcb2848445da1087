"""Home Assistant's own words in the languages of this integration.

`python -m tools.words --write` takes them from the installed Home Assistant and its
frontend into `tests/fixtures/words.json`; `python -m tools.words de` prints those of
one language for a translator. A translation uses these words for these things.
"""

from functools import cache
from importlib.util import find_spec
import json
from pathlib import Path
import re
import sys
from typing import Any, Final

from tests.consistency.files import ROOT

FILE: Final = ROOT / "tests" / "fixtures" / "words.json"

LANGUAGES: Final = (
    "en",
    "cs",
    "da",
    "de",
    "es",
    "fi",
    "fr",
    "hu",
    "it",
    "ja",
    "nb",
    "nl",
    "pl",
    "pt",
    "pt-BR",
    "sv",
    "zh-Hans",
)

# Where words stand: `component:path` in core, a path without a component in the
# frontend. Of several places, a language's word is from the first that has it.
type Places = dict[str, tuple[str, ...]]

_STATES: Final[Places] = {
    "lock.state.locked": ("lock:entity_component._.state.locked",),
    "lock.state.unlocked": ("lock:entity_component._.state.unlocked",),
    "lock.state.locking": ("lock:entity_component._.state.locking",),
    "lock.state.unlocking": ("lock:entity_component._.state.unlocking",),
    "lock.state.jammed": ("lock:entity_component._.state.jammed",),
    "cover.state.open": ("cover:entity_component._.state.open",),
    "cover.state.opening": ("cover:entity_component._.state.opening",),
    "cover.state.closed": ("cover:entity_component._.state.closed",),
    "cover.state.closing": ("cover:entity_component._.state.closing",),
    "switch.state.on": ("switch:entity_component._.state.on",),
    "switch.state.off": ("switch:entity_component._.state.off",),
    "device_tracker.state.home": ("device_tracker:entity_component._.state.home",),
    "device_tracker.state.not_home": (
        "device_tracker:entity_component._.state.not_home",
    ),
    "battery_charging.state.on": (
        "binary_sensor:entity_component.battery_charging.state.on",
        "enphase_envoy:entity.sensor.acb_battery_state.state.charging",
    ),
    "battery_charging.state.off": (
        "binary_sensor:entity_component.battery_charging.state.off",
    ),
    "plug.state.on": ("binary_sensor:entity_component.plug.state.on",),
    "plug.state.off": ("binary_sensor:entity_component.plug.state.off",),
    "connectivity.state.on": ("binary_sensor:entity_component.connectivity.state.on",),
    "connectivity.state.off": (
        "binary_sensor:entity_component.connectivity.state.off",
    ),
    "problem.state.on": ("binary_sensor:entity_component.problem.state.on",),
    "problem.state.off": ("binary_sensor:entity_component.problem.state.off",),
    "battery.state.on": ("binary_sensor:entity_component.battery.state.on",),
    "battery.state.off": ("binary_sensor:entity_component.battery.state.off",),
    "state.unknown": ("state.default.unknown",),
    "state.unavailable": ("state.default.unavailable",),
}

_KINDS: Final[Places] = {
    "lock.name": ("lock:title",),
    "cover.name": ("cover:title",),
    "switch.name": ("switch:title",),
    "button.name": ("button:title",),
    "number.name": ("number:title",),
    "sensor.name": ("sensor:title",),
    "binary_sensor.name": ("binary_sensor:title",),
    "calendar.name": ("calendar:title",),
    "device_tracker.name": ("device_tracker:title",),
    "event.name": ("event:title",),
    "battery.name": ("sensor:entity_component.battery.name",),
    "battery_charging.name": ("binary_sensor:entity_component.battery_charging.name",),
    "plug.name": ("binary_sensor:entity_component.plug.name",),
    "door.name": ("binary_sensor:entity_component.door.name",),
    "window.name": ("binary_sensor:entity_component.window.name",),
    "connectivity.name": ("binary_sensor:entity_component.connectivity.name",),
    "problem.name": ("binary_sensor:entity_component.problem.name",),
    "current.name": ("sensor:entity_component.current.name",),
    "distance.name": ("sensor:entity_component.distance.name",),
    "duration.name": ("sensor:entity_component.duration.name",),
    "energy.name": ("sensor:entity_component.energy.name",),
    "energy_storage.name": ("sensor:entity_component.energy_storage.name",),
    "power.name": ("sensor:entity_component.power.name",),
    "pressure.name": ("sensor:entity_component.pressure.name",),
    "speed.name": ("sensor:entity_component.speed.name",),
    "temperature.name": ("sensor:entity_component.temperature.name",),
    "voltage.name": ("sensor:entity_component.voltage.name",),
    "volume.name": ("sensor:entity_component.volume.name",),
    "firmware.name": ("update:entity_component.firmware.name",),
    "latitude.name": (
        "device_tracker:entity_component._.state_attributes.latitude.name",
    ),
    "longitude.name": (
        "device_tracker:entity_component._.state_attributes.longitude.name",
    ),
    "source.name": (
        "device_tracker:entity_component._.state_attributes.source_type.name",
    ),
    "location.name": (
        "renault:entity.device_tracker.location.name",
        "ui.components.map.location",
    ),
}

_CONTROLS: Final[Places] = {
    "lock": ("ui.card.lock.lock",),
    "unlock": ("ui.card.lock.unlock",),
    "open": ("ui.card.lock.open",),
    "close": ("ui.common.close",),
    "turn_on": ("ui.card.vacuum.actions.turn_on",),
    "turn_off": ("ui.card.vacuum.actions.turn_off",),
    "press": ("ui.card.button.press",),
    "submit": ("ui.common.submit",),
    "next": ("ui.common.next",),
    "back": ("ui.common.back",),
    "finish": ("ui.panel.config.integrations.config_flow.finish",),
    "cancel": ("ui.common.cancel",),
    "save": ("ui.common.save",),
    "add": ("ui.common.add",),
    "create": ("ui.common.create",),
    "copy": ("ui.common.copy",),
    "delete": ("ui.common.delete",),
    "remove": ("ui.common.remove",),
    "edit": ("ui.common.edit",),
    "refresh": ("ui.common.refresh",),
    "enable": ("ui.common.enable",),
    "disable": ("ui.common.disable",),
    "ignore": ("ui.panel.config.repairs.dialog.ignore",),
    "reload": ("ui.panel.config.integrations.config_entry.reload",),
    "restart": ("ui.dialogs.quick-bar.commands.home_assistant_control.restart",),
    "configure": ("ui.panel.config.integrations.config_entry.configure",),
    "reconfigure": ("ui.panel.config.integrations.config_entry.reconfigure",),
    "show_more": ("ui.dialogs.more_info_control.show_more",),
    "yes": ("ui.common.yes",),
    "no": ("ui.common.no",),
    "none": ("ui.common.none",),
    "optional": ("ui.common.optional",),
    "for_at_least": ("lock:common.trigger_for_name",),
    "trigger_when": ("lock:common.trigger_behavior_name",),
    "condition_passes_if": ("lock:common.condition_behavior_name",),
}

_PLACES: Final[Places] = {
    "settings": ("panel.config",),
    "devices_and_services": ("ui.panel.config.dashboard.devices.main",),
    "automations_and_scenes": ("ui.panel.config.dashboard.automations.main",),
    "areas_labels_zones": ("ui.panel.config.dashboard.areas.main",),
    "system": ("ui.panel.config.dashboard.system.main",),
    "network": ("ui.panel.config.network.caption",),
    "logs": ("ui.panel.config.logs.caption",),
    "repairs": ("ui.panel.config.repairs.caption",),
    "tools": ("ui.panel.config.dashboard.tools.main",),
    "actions_page": ("ui.panel.config.tools.tabs.actions.title",),
    "states_page": ("ui.panel.config.tools.tabs.states.title",),
    "statistics": ("ui.panel.config.tools.tabs.statistics.title",),
    "template": ("ui.panel.config.tools.tabs.templates.title",),
    "voice_assistants": ("ui.panel.config.dashboard.voice_assistants.main",),
    "assist": ("ui.dialogs.voice_command.title",),
    "expose": ("ui.dialogs.voice-settings.expose_header",),
    "aliases": ("ui.dialogs.voice-settings.aliases_header",),
    "application_credentials": ("ui.panel.config.application_credentials.caption",),
    "home_assistant_url": ("ui.panel.config.url.caption",),
    "home_assistant_cloud": ("ui.panel.config.cloud.login.landing_title",),
    "download_diagnostics": (
        "ui.panel.config.integrations.config_entry.download_diagnostics",
    ),
    "debug_logging": (
        "ui.panel.config.integrations.config_entry.enable_debug_logging",
    ),
    "add_integration": ("ui.panel.config.integrations.add_integration",),
    "integration_entries": ("ui.panel.config.integrations.integration_page.entries",),
    "system_options": ("ui.panel.config.integrations.config_entry.system_options",),
    "helpers": ("ui.panel.config.helpers.caption",),
    "energy_page": ("panel.energy",),
    "history": ("panel.history",),
    "activity": ("panel.logbook",),
    "map": ("panel.map",),
    "calendar_page": ("panel.calendar",),
    "overview": ("panel.states",),
    "dashboard": ("ui.panel.lovelace.editor.select_view.dashboard_label",),
    "dashboards": ("ui.panel.config.lovelace.caption",),
    "edit_dashboard": ("ui.panel.lovelace.menu.configure_ui",),
    "add_card": ("ui.panel.lovelace.editor.edit_card.add",),
}

_THINGS: Final[Places] = {
    "integration": ("ui.components.related-items.integration",),
    "device": ("ui.components.device-picker.device",),
    "devices": ("ui.components.target-picker.type.devices",),
    "service": ("ui.panel.config.devices.type.service_heading",),
    "entity": ("ui.components.entity.entity-picker.entity",),
    "entities": ("ui.components.related-items.entity",),
    "entity_id": ("ui.dialogs.entity_registry.editor.entity_id",),
    "state": ("ui.components.entity.entity-state-picker.state",),
    "attribute": ("ui.components.entity.entity-attribute-picker.attribute",),
    "area": ("ui.components.area-picker.area",),
    "label": ("ui.components.label-picker.label",),
    "zone": ("ui.panel.config.automation.editor.triggers.type.zone.label",),
    "automation": ("ui.panel.config.blueprint.overview.types.automation",),
    "automations": ("ui.dialogs.quick-bar.commands.navigation.automation",),
    "script": ("ui.panel.config.blueprint.overview.types.script",),
    "blueprint": ("ui.panel.config.automation.editor.blueprint.header",),
    "blueprints": ("ui.panel.config.blueprint.caption",),
    "trigger": ("ui.panel.config.automation.editor.triggers.trigger",),
    "condition": ("ui.panel.config.automation.editor.conditions.condition",),
    "action": ("ui.panel.config.automation.editor.actions.action",),
    "event": ("ui.dialogs.logbook_detail.event",),
    "target": ("ui.components.selectors.selector.types.target",),
    "webhook": ("ui.panel.config.automation.editor.triggers.type.webhook.label",),
    "access_tokens": ("ui.panel.profile.long_lived_access_tokens.header",),
    "card": ("ui.panel.lovelace.editor.card.conditional.card",),
    "options": ("ui.dialogs.options_flow.form.header",),
    "name": ("ui.common.name",),
    "currency": ("ui.components.currency-picker.currency",),
    "cost": ("ui.panel.lovelace.cards.energy.energy_sources_table.cost",),
    "price": ("ui.panel.config.energy.grid.dialog.cost_number_label",),
    "enabled": ("ui.dialogs.entity_registry.editor.enabled_label",),
    "disabled": ("ui.dialogs.entity_registry.editor.disabled_label",),
    "diagnostic": ("ui.panel.config.devices.entities.diagnostic",),
    "configuration": ("ui.panel.config.devices.entities.config",),
    "sensors": ("ui.panel.config.devices.entities.sensor",),
    "controls": ("ui.panel.config.devices.entities.control",),
    "notifications": ("ui.notification_drawer.title",),
    "month": ("ui.components.calendar.views.dayGridMonth",),
    "today": ("ui.components.calendar.today",),
    "yesterday": ("ui.components.selectors.period.periods.yesterday",),
}

# Core's integrations of cars and charging stations. They differ among each other,
# and in some languages none of them is translated: help for choosing, not a rule.
_CARS: Final[Places] = {
    "car": ("waze_travel_time:selector.vehicle_type.options.car",),
    "vehicle": (
        "opengarage:entity.binary_sensor.vehicle.name",
        "ohme:entity.select.vehicle.name",
    ),
    "range": ("subaru:entity.sensor.range.name",),
    "odometer": (
        "subaru:entity.sensor.odometer.name",
        "tessie:entity.sensor.vehicle_state_odometer.name",
        "volvo:entity.sensor.odometer.name",
        "renault:entity.sensor.mileage.name",
    ),
    "fuel_level": ("subaru:entity.sensor.fuel_level.name",),
    "fuel_consumption": ("subaru:entity.sensor.average_fuel_consumption.name",),
    "battery_capacity": (
        "volvo:entity.sensor.battery_capacity.name",
        "nut:entity.sensor.battery_capacity.name",
    ),
    "charge_limit": (
        "tessie:entity.number.charge_state_charge_limit_soc.name",
        "tesla_fleet:entity.number.charge_state_charge_limit_soc.name",
        "teslemetry:entity.number.charge_state_charge_limit_soc.name",
    ),
    "charge_cable": (
        "tesla_fleet:entity.binary_sensor.charge_state_conn_charge_cable.name",
        "tessie:entity.binary_sensor.charge_state_conn_charge_cable.name",
        "teslemetry:entity.binary_sensor.charge_state_conn_charge_cable.name",
    ),
    "charge_port": (
        "tesla_fleet:entity.cover.charge_state_charge_port_door_open.name",
        "teslemetry:entity.cover.charge_state_charge_port_door_open.name",
        "tessie:entity.cover.charge_state_charge_port_door_open.name",
    ),
    "charging_power": (
        "renault:entity.sensor.charging_power.name",
        "wallbox:entity.sensor.charging_power.name",
        "volvo:entity.sensor.charging_power.name",
    ),
    "charging_current": (
        "elgato:entity.sensor.input_charge_current.name",
        "openevse:entity.sensor.charging_current.name",
    ),
    "charging_speed": ("wallbox:entity.sensor.charging_speed.name",),
    "charging_status": (
        "matter:entity.binary_sensor.evse_charging_status.name",
        "volvo:entity.sensor.charging_status.name",
        "openevse:entity.sensor.status.name",
    ),
    "connector_type": ("nrgkick:entity.sensor.connector_type.name",),
    "inside_temperature": (
        "tessie:entity.sensor.climate_state_inside_temp.name",
        "ambient_station:entity.sensor.inside_temperature.name",
        "daikin:entity.sensor.inside_temperature.name",
        "tesla_fleet:entity.sensor.climate_state_inside_temp.name",
    ),
    "outside_temperature": (
        "renault:entity.sensor.outside_temperature.name",
        "tessie:entity.sensor.climate_state_outside_temp.name",
        "tesla_fleet:entity.sensor.climate_state_outside_temp.name",
    ),
    "hood": (
        "volvo:entity.binary_sensor.hood.name",
        "starline:entity.binary_sensor.hood.name",
        "subaru:entity.binary_sensor.door_engine_hood.name",
    ),
    "trunk": (
        "starline:entity.binary_sensor.trunk.name",
        "tesla_fleet:entity.cover.vehicle_state_rt.name",
        "tessie:entity.cover.vehicle_state_rt.name",
    ),
    "frunk": (
        "tesla_fleet:entity.cover.vehicle_state_ft.name",
        "tessie:entity.cover.vehicle_state_ft.name",
        "teslemetry:entity.cover.vehicle_state_ft.name",
    ),
    "tailgate": (
        "volvo:entity.binary_sensor.tailgate.name",
        "subaru:entity.binary_sensor.door_boot.name",
    ),
    "sunroof": (
        "volvo:entity.binary_sensor.sunroof.name",
        "tesla_fleet:entity.cover.vehicle_state_sun_roof_state.name",
        "subaru:entity.binary_sensor.window_sunroof.name",
        "tessie:entity.cover.vehicle_state_sun_roof_state.name",
    ),
    "door_front_left": (
        "volvo:entity.binary_sensor.door_front_left.name",
        "subaru:entity.binary_sensor.door_front_left.name",
    ),
    "window_rear_right": (
        "volvo:entity.binary_sensor.window_rear_right.name",
        "subaru:entity.binary_sensor.window_rear_right.name",
    ),
    "tire_pressure_front_left": (
        "subaru:entity.sensor.tire_pressure_front_left.name",
        "tessie:entity.sensor.vehicle_state_tpms_pressure_fl.name",
        "tesla_fleet:entity.sensor.vehicle_state_tpms_pressure_fl.name",
        "teslemetry:entity.sensor.vehicle_state_tpms_pressure_fl.name",
    ),
    "washer_fluid": ("volvo:entity.binary_sensor.washer_fluid_level_warning.name",),
    "steering_wheel_heater": (
        "tessie:entity.switch.climate_state_steering_wheel_heater.name",
        "tesla_fleet:entity.select.climate_state_steering_wheel_heat_level.name",
        "teslemetry:entity.select.climate_state_steering_wheel_heat_level.name",
    ),
    "gear.park": (
        "tessie:entity.sensor.drive_state_shift_state.state.p",
        "tesla_fleet:entity.sensor.drive_state_shift_state.state.p",
    ),
    "gear.reverse": (
        "tessie:entity.sensor.drive_state_shift_state.state.r",
        "tesla_fleet:entity.sensor.drive_state_shift_state.state.r",
    ),
    "gear.neutral": (
        "tessie:entity.sensor.drive_state_shift_state.state.n",
        "tesla_fleet:entity.sensor.drive_state_shift_state.state.n",
    ),
    "gear.drive": (
        "tessie:entity.sensor.drive_state_shift_state.state.d",
        "tesla_fleet:entity.sensor.drive_state_shift_state.state.d",
    ),
}

GROUPS: Final[dict[str, Places]] = {
    "States": _STATES,
    "Kinds of entities, and what they measure": _KINDS,
    "Buttons and fields": _CONTROLS,
    "Pages and menus": _PLACES,
    "Other terms": _THINGS,
    "Cars": _CARS,
}

type Words = dict[str, dict[str, str]]


def _folder(package: str) -> Path:
    """Return where an installed package lies."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        sys.exit(f"{package} is not installed here")
    return Path(spec.origin).parent


def _look_up(texts: Any, path: str) -> str | None:
    """Return the text at a path, if there is one.

    In the frontend's files a path is one key, in core's it leads through several.
    """
    if path in texts:
        return str(texts[path])
    for part in path.split("."):
        if part not in texts:
            return None
        texts = texts[part]
    return str(texts)


@cache
def _core(component: str, language: str) -> Any:
    """Read the texts of one of core's integrations."""
    folder = _folder("homeassistant") / "components" / component / "translations"
    file = folder / f"{language}.json"
    return json.loads(file.read_text("utf-8")) if file.exists() else {}


@cache
def _frontend(language: str) -> tuple[Any, ...]:
    """Read the texts of the frontend, which are in one file for each of its parts."""
    name = re.compile(rf"{re.escape(language)}-[0-9a-f]+\.json")
    folder = _folder("hass_frontend") / "static" / "translations"
    files = sorted(path for path in folder.rglob("*.json") if name.fullmatch(path.name))
    return tuple(json.loads(file.read_text("utf-8")) for file in files)


def _found(place: str, language: str) -> str | None:
    """Return the word of one place."""
    component, colon, path = place.partition(":")
    if colon:
        return _look_up(_core(component, language), path)
    texts = (_look_up(part, place) for part in _frontend(language))
    return next(filter(None, texts), None)


def _word(places: tuple[str, ...], language: str) -> str | None:
    """Return the word of the first place that has it."""
    words = (_found(place, language) for place in places)
    return next(filter(None, words), None)


def collected() -> Words:
    """Collect the words of the installed Home Assistant."""
    return {
        key: {
            language: word
            for language in LANGUAGES
            if (word := _word(places, language)) is not None
        }
        for group in GROUPS.values()
        for key, places in group.items()
    }


@cache
def kept() -> Words:
    """Return the words that are kept in the project."""
    words: Words = json.loads(FILE.read_text("utf-8"))
    return words


def for_translators(language: str) -> str:
    """Write the words of one language, by group."""
    lines = [f"# Home Assistant's words: {language}"]
    for title, group in GROUPS.items():
        lines += ["", f"## {title}", ""]
        for key in group:
            words = kept()[key]
            lines.append(f"{words['en']} = {words.get(language, '?')}  ({key})")
    return "\n".join((*lines, ""))


def write() -> None:
    """Keep the words of the installed Home Assistant."""
    text = json.dumps(collected(), ensure_ascii=False, indent=2)
    FILE.write_text(f"{text}\n", "utf-8")


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        write()
    else:
        for chosen in sys.argv[1:] or LANGUAGES:
            print(for_translators(chosen))  # noqa: T201 - a command prints
