"""A home in which blueprints run: a phone, a calendar, and a car that is told of."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path
import re
from typing import Any, Final, override
from unittest.mock import patch

from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.components.automation.config import AUTOMATION_BLUEPRINT_SCHEMA
from homeassistant.components.blueprint.models import Blueprint, DomainBlueprints
from homeassistant.components.calendar import (
    DATA_COMPONENT,
    CalendarEntity,
    CalendarEvent,
)
from homeassistant.const import STATE_ON
from homeassistant.core import EVENT_HOMEASSISTANT_STARTED, HomeAssistant, ServiceCall
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util, slugify
from homeassistant.util.yaml import load_yaml_dict
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)

from custom_components.smartcar.const import DOMAIN
from simulator import fleet
from simulator.clock import ManualClock
from simulator.cloud import Cloud
from tests.cars import (
    BATTERY,
    ENERGY_ADDED,
    IS_CHARGING,
    IS_LOCKED,
    LIMIT,
    ODOMETER,
    PLUG,
    SOC,
    STATUS,
)
from tests.deliveries import Post, signal, state

BLUEPRINTS: Final = Path(__file__).parents[2] / "blueprints" / AUTOMATION
FOLDER: Final = "smartcar"
NAMES: Final = tuple(sorted(path.stem for path in (BLUEPRINTS / FOLDER).glob("*.yaml")))

LOCATION: Final = "location-preciselocation"
CODES: Final = {
    "added": ENERGY_ADDED,
    "charging": IS_CHARGING,
    "km": ODOMETER,
    "level": SOC,
    "locked": IS_LOCKED,
    "plug": PLUG,
    "status": STATUS,
}
UNITS: Final = {SOC: "percent", ODOMETER: "km", ENERGY_ADDED: "kWh"}

START: Final = "input_datetime.start"
SURPLUS: Final = "sensor.surplus"
APPOINTMENTS: Final = "calendar.appointments"
PHONE: Final = {
    "action": "notify.phone",
    "data": {"title": "{{ title }}", "message": "{{ message }}"},
}


class Appointments(CalendarEntity):
    """A calendar that holds what a test writes into it."""

    _attr_name = "Appointments"

    def __init__(self) -> None:
        """Begin without events."""
        self.events: list[CalendarEvent] = []

    @property
    @override
    def event(self) -> CalendarEvent | None:
        """Return the next event."""
        return min(self.events, key=lambda one: one.start_datetime_local, default=None)

    @override
    async def async_get_events(
        self, hass: HomeAssistant, start_date: datetime, end_date: datetime
    ) -> list[CalendarEvent]:
        """Return the events of a period."""
        return [
            event
            for event in self.events
            if event.end_datetime_local > start_date
            and event.start_datetime_local < end_date
        ]


@dataclass
class Home:
    """A home with a simulated car, whose calls are counted."""

    hass: HomeAssistant
    cloud: Cloud
    clock: ManualClock
    travel: Callable[[float], Awaitable[None]]
    post: Post
    entry: MockConfigEntry
    car: str
    appointments: Appointments
    sent: list[ServiceCall]
    counted: int = 0

    def entity(self, domain: str, name: str) -> str:
        """Return the car's entity whose id ends with a name."""
        found = (
            entry.entity_id
            for entry in er.async_entries_for_device(er.async_get(self.hass), self.car)
            if entry.domain == domain and entry.entity_id.endswith(name)
        )
        return next(found, f"{domain}.{name}")

    async def use(self, *names: str, **inputs: Any) -> None:
        """Make automations of blueprints, with this home's inputs and others."""
        given = self.inputs | inputs
        automations = [
            {
                "id": name,
                "alias": name,
                "use_blueprint": {
                    "path": f"{FOLDER}/{name}.yaml",
                    "input": {
                        key: given[key]
                        for key in blueprint(name).inputs
                        if key in given
                    },
                },
            }
            for name in names
        ]
        with patch.object(DomainBlueprints, "blueprint_folder", BLUEPRINTS):
            assert await async_setup_component(
                self.hass, AUTOMATION, {AUTOMATION: automations}
            )
        await self.hass.async_block_till_done()
        for name in names:
            state = self.hass.states.get(f"{AUTOMATION}.{slugify(name)}")
            assert state is not None
            assert state.state == STATE_ON, name
        self.counted = self.calls()

    @property
    def inputs(self) -> dict[str, Any]:
        """Return what this home chooses in every blueprint that asks for it."""
        return {
            "battery": BATTERY,
            "calendar": APPOINTMENTS,
            "car": self.car,
            "limit": LIMIT,
            "location": "device_tracker.blauer_blitz_location",
            "notify": [PHONE],
            "odometer": "sensor.blauer_blitz_odometer",
            "power": 11,
            "start": START,
            "surplus": SURPLUS,
            "switches": "counter.switches",
        }

    def calls(self) -> int:
        """Return the billable requests so far."""
        return self.cloud.count("signals") + self.cloud.count("command")

    def used(self) -> int:
        """Return the billable requests since the automation was made."""
        return self.calls() - self.counted

    def texts(self) -> list[str]:
        """Return the messages that the phone got."""
        return [call.data["message"] for call in self.sent]

    async def tell(self, *, ago: float = 0, **facts: Any) -> None:
        """Deliver what the car tells, measured now or some seconds ago.

        `at`: degrees north of home.
        """
        time = self.clock.now() - timedelta(seconds=ago)
        told = []
        for name, fact in facts.items():
            if name == "at":
                body = {
                    "latitude": self.hass.config.latitude + fact,
                    "longitude": self.hass.config.longitude,
                }
                told.append(signal(LOCATION, None, time) | {"body": body})
                continue
            told.append(signal(CODES[name], fact, time))
            if (unit := UNITS.get(CODES[name])) is not None:
                told[-1]["body"]["unit"] = unit
        assert await self.post(state(*told)) == HTTPStatus.OK

    async def travel_until(self, hour: int, minute: int = 0, days: int = 0) -> None:
        """Let time pass until the clock on the wall next shows a time."""
        now = dt_util.as_local(self.clock.now())
        then = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
        then += timedelta(days=days + (then <= now and not days))
        # A second later, as the timers of triggers have parts of one.
        await self.travel((then - now).total_seconds() + 1)

    async def write(
        self, summary: str, in_hours: float, hours: float = 1, location: str = ""
    ) -> None:
        """Write an event into the calendar, and let its triggers see it."""
        start = dt_util.as_local(self.clock.now()) + timedelta(hours=in_hours)
        self.appointments.events.append(
            CalendarEvent(
                start=start,
                end=start + timedelta(hours=hours),
                summary=summary,
                location=location or None,
            )
        )
        await self.travel(16 * 60)

    def shine(self, watts: float) -> None:
        """Let the sun leave some power for the car, in W."""
        attributes = {"unit_of_measurement": "W", "device_class": "power"}
        self.hass.states.async_set(SURPLUS, str(watts), attributes)

    async def leave(self) -> None:
        """Turn the automations off, and all timers with them."""
        await self.turn("off")
        await self.appointments.async_remove()

    async def turn(self, to: str) -> None:
        """Turn the automations on or off."""
        for entity_id in self.hass.states.async_entity_ids(AUTOMATION):
            await self.hass.services.async_call(
                AUTOMATION, f"turn_{to}", {"entity_id": entity_id}, blocking=True
            )
        await self.hass.async_block_till_done()

    async def restart(self, after: float = 0) -> None:
        """Let Home Assistant be off for some seconds, and start again."""
        await self.turn("off")
        await self.hass.config_entries.async_unload(self.entry.entry_id)
        await self.travel(after)
        await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.turn("on")
        self.hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
        await self.hass.async_block_till_done(wait_background_tasks=True)


async def move_in(
    hass: HomeAssistant,
    cloud: Cloud,
    clock: ManualClock,
    travel: Callable[[float], Awaitable[None]],
    post: Post,
    entry: MockConfigEntry,
) -> Home:
    """Return the home of a car whose entry has push."""
    lives = cloud.cars[fleet.BEV].spec.home
    await hass.config.async_update(latitude=lives.latitude, longitude=lives.longitude)
    helpers = {
        "counter": {"switches": {}},
        "input_datetime": {"start": {"has_date": True, "has_time": True}},
    }
    for component in ("zone", *helpers):
        assert await async_setup_component(hass, component, helpers)
    appointments = Appointments()
    await hass.data[DATA_COMPONENT].async_add_entities([appointments])
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, fleet.BEV), entry.entry_id
    )
    assert device is not None
    sent = async_mock_service(hass, "notify", "phone")
    return Home(hass, cloud, clock, travel, post, entry, device.id, appointments, sent)


def blueprint(name: str) -> Blueprint:
    """Return a blueprint as Home Assistant loads it."""
    return Blueprint(
        load_yaml_dict(BLUEPRINTS / FOLDER / f"{name}.yaml"),
        path=name,
        expected_domain=AUTOMATION,
        schema=AUTOMATION_BLUEPRINT_SCHEMA,
    )


CALLS: Final = re.compile(
    r"\*\*Smartcar calls:\*\* (?:none|(?P<each>\d+) for each .*?"
    r"about (?P<month>\d+) a month)",
    re.DOTALL,
)


def promised(name: str) -> tuple[int, int]:
    """Return the calls that a description names: of one time, and of a month."""
    found = CALLS.search(blueprint(name).metadata["description"])
    assert found is not None, name
    return int(found["each"] or 0), int(found["month"] or 0)
