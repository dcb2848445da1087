"""Texts that are put together in Home Assistant's own language.

The language of these tests says of every text which one it is, and what it was given.
"""

from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
import re
from typing import Any
from unittest.mock import patch

from homeassistant.components.calendar import DOMAIN as CALENDARS
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, translation
from homeassistant.util.unit_system import US_CUSTOMARY_SYSTEM
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smartcar.const import DOMAIN
from custom_components.smartcar.memory import AWAY, HOME, Charge, Drive, Place, Refuel
from custom_components.smartcar.numbers import localized
from custom_components.smartcar.texts import error_text, text_of
from simulator import fleet
from simulator.clock import ManualClock
from simulator.cloud import Cloud
from simulator.faults import Fault

from .cars import HOUR
from .conftest import Tell, Travel
from .consistency.files import texts

# No language of Home Assistant's; it writes numbers with a comma.
PSEUDO = "xx"
DIARY = "calendar.blauer_blitz_trips_and_charges"
SCHEDULE = "calendar.blauer_blitz_charge_schedule"

# What no entry of these tests is about.
NO_CHARGE = Charge(
    start=0,
    end=0,
    start_after=None,
    end_before=None,
    level_start=None,
    level_end=None,
    added=None,
    points=0,
    is_partial=False,
    is_level_whole=False,
    is_sum=False,
    latitude=None,
    longitude=None,
    is_home=None,
)

type Texts = Mapping[str, Any]
type Speak = Callable[[str], Awaitable[None]]
type Loader = Callable[[Any], Mapping[str, Mapping[str, Texts]]]


def pseudo(node: Any, key: str = "") -> Any:
    """Return texts that say their key and all that they are given."""
    if isinstance(node, dict):
        return {
            name: pseudo(value, key if name == "message" else name)
            for name, value in node.items()
        }
    given = [f"{name}={{{name}}}" for name in sorted(set(re.findall(r"{(\w+)}", node)))]
    return f"«{' '.join([key, *given])}»"


@pytest.fixture(autouse=True)
def _language(disable_translations_once: None) -> Generator[None]:
    """Serve that language's file beside those on disk."""
    name = "_load_translations_files_by_language"
    load: Loader = getattr(translation, name)

    def served(files: Mapping[str, Mapping[str, Any]]) -> Any:
        found = dict(load(files))
        if DOMAIN in files.get(PSEUDO, {}):
            found[PSEUDO] = {**found.get(PSEUDO, {}), DOMAIN: pseudo(texts())}
        return found

    with patch.object(translation, name, served):
        yield


@pytest.fixture
async def speak(hass: HomeAssistant) -> Speak:
    """Return a way to change Home Assistant's language while it runs."""

    async def change(language: str) -> None:
        await hass.config.async_update(language=language)
        await hass.async_block_till_done()

    return change


async def summaries(hass: HomeAssistant, calendar: str, start: datetime) -> list[str]:
    """Return what a calendar says of the eight days from a moment on."""
    events = await listed(hass, calendar, start)
    return [event["summary"] for event in events]


async def listed(
    hass: HomeAssistant, calendar: str, start: datetime
) -> Sequence[Mapping[str, Any]]:
    """Return a calendar's events of the eight days from a moment on."""
    answer = await hass.services.async_call(
        CALENDARS,
        "get_events",
        {
            "entity_id": calendar,
            "start_date_time": start.isoformat(),
            "end_date_time": (start + timedelta(days=8)).isoformat(),
        },
        blocking=True,
        return_response=True,
    )
    events: Sequence[Mapping[str, Any]] = answer[calendar]["events"]
    return events


@pytest.fixture
async def diary(
    hass: HomeAssistant,
    hearing: MockConfigEntry,
    tell: Tell,
    travel: Travel,
    monkeypatch: pytest.MonkeyPatch,
) -> int:
    """Let a car remember every case of every kind of entry; return since when."""
    await tell(km=20_000, level=60)
    await travel(HOUR)
    await tell(km=20_040, level=52)
    await travel(HOUR)
    remembered = hearing.runtime_data.vehicles[fleet.BEV].diary
    start = remembered.drives()[0].start
    places = (Place(HOME, "Casa"), Place(AWAY, "A"), Place())
    charges = [
        NO_CHARGE._replace(
            start=start + n, end=start + n, energy=energy, cost=cost, where=where
        )
        for n, (energy, cost, where) in enumerate(
            product((12.04, None), (7.2, None), places)
        )
    ]
    refuels = [
        Refuel(start + n, start + n, start, amount=amount, level_end=level)
        for n, (amount, level) in enumerate(product((30.0, None), (97.0, None)))
    ]
    drives = [
        Drive(start, start, None, None, 41.6, None, None, is_sum)
        for is_sum in (False, True)
    ]
    monkeypatch.setattr(remembered, "charges", lambda: charges)
    monkeypatch.setattr(remembered, "drives", lambda: drives)
    monkeypatch.setattr(remembered.memory, "refuels", lambda: refuels)
    hass.config.currency = "EUR"
    return start


async def test_every_entry_of_the_diary(
    hass: HomeAssistant, diary: int, speak: Speak
) -> None:
    """Each case is one whole sentence, given numbers as the language writes them."""
    since = datetime.fromtimestamp(diary, UTC) - timedelta(minutes=1)
    await speak(PSEUDO)
    assert sorted(await summaries(hass, DIARY, since)) == sorted(
        [
            "«calendar_charged_energy_cost_home cost=7,20 EUR energy=12,0 kWh»",
            "«calendar_charged_energy_cost_zone cost=7,20 EUR energy=12,0 kWh zone=A»",
            "«calendar_charged_energy_cost cost=7,20 EUR energy=12,0 kWh»",
            "«calendar_charged_energy_home energy=12,0 kWh»",
            "«calendar_charged_energy_zone energy=12,0 kWh zone=A»",
            "«calendar_charged_energy energy=12,0 kWh»",
            "«calendar_charged_cost_home cost=7,20 EUR»",
            "«calendar_charged_cost_zone cost=7,20 EUR zone=A»",
            "«calendar_charged_cost cost=7,20 EUR»",
            "«calendar_charged_home»",
            "«calendar_charged_zone zone=A»",
            "«calendar_charged»",
            "«calendar_drove_distance distance=42 km»",
            "«calendar_about_then event=«calendar_drove_distance distance=42 km»»",
            "«calendar_refueled_amount_level amount=30 L level=97 %»",
            "«calendar_refueled_amount amount=30 L»",
            "«calendar_refueled_level level=97 %»",
            "«calendar_refueled»",
        ]
    )


async def test_every_event_of_the_schedule(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
    travel: Travel,
    clock: ManualClock,
    speak: Speak,
) -> None:
    """Charging windows and departures are named, and how to delete a schedule."""
    car = device_registry.async_get_device_by_identifier(
        (DOMAIN, fleet.BEV), loaded.entry_id
    )
    assert car is not None
    made = await hass.services.async_call(
        DOMAIN,
        "create_charge_schedule",
        {
            "device_id": car.id,
            "type": "daily",
            "start_time": "23:00",
            "stop_time": "05:30",
        },
        blocking=True,
        return_response=True,
    )
    await travel(61)
    await speak(PSEUDO)
    events = await listed(hass, SCHEDULE, clock.now())
    assert {event["summary"] for event in events} == {
        "«calendar_charging»",
        "«calendar_departure»",
    }
    assert {event.get("description") for event in events} == {
        f"«calendar_schedule_id id={made['schedule_id']}»",
        None,
    }


async def test_texts_follow_the_language(
    hass: HomeAssistant, diary: int, speak: Speak
) -> None:
    """It changes while Home Assistant runs, and back; units do so, too."""
    since = datetime.fromtimestamp(diary, UTC) - timedelta(minutes=1)
    assert "Charged 12.0 kWh at home, 7.20 EUR" in await summaries(hass, DIARY, since)
    await speak(PSEUDO)
    assert all(said.startswith("«") for said in await summaries(hass, DIARY, since))
    await speak("en")
    hass.config.units = US_CUSTOMARY_SYSTEM
    said = await summaries(hass, DIARY, since)
    assert "About then: Drove 26 mi" in said
    assert "Refueled 8 gal to 97 %" in said


async def test_a_language_without_a_file(
    hass: HomeAssistant, loaded: MockConfigEntry, speak: Speak
) -> None:
    """English stands in, as it does for a text that a language lacks."""
    await speak("ia")
    assert text_of(hass, "calendar_charged_energy", energy="1 kWh") == "Charged 1 kWh"


async def test_why_a_command_failed(
    hass: HomeAssistant, hearing: MockConfigEntry, cloud: Cloud, speak: Speak
) -> None:
    """Home Assistant's own words for an error are English in every language."""
    reasons = []

    @callback
    def note(event: Event[Any]) -> None:
        new = event.data["new_state"]
        if new.attributes.get("event_type") == "command_failed":
            reasons.append(new.attributes["reason"])

    hass.bus.async_listen("state_changed", note)
    await speak(PSEUDO)
    cloud.cars[fleet.BEV].refusal = "ASLEEP"
    target = {"entity_id": "lock.blauer_blitz_lock"}
    with pytest.raises(HomeAssistantError) as raised:
        await hass.services.async_call("lock", "unlock", target, blocking=True)
    assert reasons == ["«vehicle_state_asleep car=Blauer Blitz»"]
    assert "Blauer Blitz is asleep" in str(raised.value)


async def test_why_a_command_failed_for_several_cars(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
    speak: Speak,
) -> None:
    """The reasons within the message are in the language of Home Assistant, too."""
    await speak(PSEUDO)
    cars = dr.async_entries_for_config_entry(device_registry, loaded.entry_id)
    call = {
        "device_id": [car.id for car in cars if car.name != "Familienkutsche"],
    }
    with pytest.raises(HomeAssistantError) as raised:
        await hass.services.async_call(DOMAIN, "start_charging", call, blocking=True)
    named = raised.value.translation_placeholders
    assert named is not None
    assert sorted(re.findall("«.*?»", named["errors"])) == [
        "«missing_permission car=Anna's Nissan permission=control_charge»",
        "«vehicle_state_charging_plug_not_connected car=Blauer Blitz»",
    ]


async def test_errors_without_a_translation(hass: HomeAssistant) -> None:
    """Their own text is all there is."""
    assert error_text(hass, ValueError("as it is")) == "as it is"
    foreign = HomeAssistantError(translation_domain="nowhere", translation_key="a")
    assert "a" in error_text(hass, foreign)


async def test_what_stands_for_all_cars(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry, speak: Speak
) -> None:
    """An error about no single car is about those of the person."""
    await speak(PSEUDO)
    cloud.faults.add(Fault("token", type="AUTHENTICATION", times=None))
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.error_reason_translation_placeholders is not None
    named = entry.error_reason_translation_placeholders
    assert named["car"] == "«error_your_cars»"


async def test_a_car_without_make_and_model(
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
    travel: Travel,
    speak: Speak,
) -> None:
    """Its device is called a car, in the language of Home Assistant."""
    car = cloud.cars[fleet.ICE]
    car.spec = replace(car.spec, make="", model="", nickname="")
    await speak(PSEUDO)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await travel(2)
    device = device_registry.async_get_device_by_identifier(
        (DOMAIN, fleet.ICE), entry.entry_id
    )
    assert device is not None
    assert device.name == "«unnamed_car»"


@pytest.mark.parametrize(
    ("language", "number"),
    [("en", "1.5"), ("es-419", "1.5"), ("ja", "1.5"), ("es", "1,5"), ("pl", "1,5")],
)
def test_numbers(language: str, number: str) -> None:
    assert localized("1.5", language) == number
