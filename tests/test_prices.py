"""What electricity costs at home: units, history, what is suggested, the repair."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.energy import data
from homeassistant.components.recorder import Recorder
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)
from sqlalchemy.exc import SQLAlchemyError

from custom_components.smartcar.const import DOMAIN
from custom_components.smartcar.prices import (
    async_price_history,
    async_suggested_home_price,
    price_factor,
)
from simulator.cloud import Cloud

from .conftest import START, Travel
from .flow import TEXTS, configure

SENSOR = "sensor.electricity_price"
NOW = int(START.timestamp())
HOUR = 3600


@pytest.mark.parametrize(
    ("unit", "currency", "factor"),
    [
        ("EUR/kWh", "EUR", 1),
        ("EUR / kWh", "EUR", 1),
        ("€/kWh", "EUR", 1),
        ("$/kWh", "USD", 1),
        ("SEK/Wh", "SEK", 1000),
        ("EUR/MWh", "EUR", 0.001),
        ("€/MWh", "EUR", 0.001),
        # Another currency, or a part of it.
        ("USD/kWh", "EUR", None),
        ("€/kWh", "SEK", None),
        ("$/kWh", "CAD", None),
        ("ct/kWh", "EUR", None),
        ("öre/kWh", "SEK", None),
        # Of something else, or of nothing.
        ("EUR/m³", "EUR", None),
        ("EUR/GJ", "EUR", None),
        ("EUR", "EUR", None),
        ("kWh", "EUR", None),
        ("/kWh", "EUR", None),
        ("EUR/kWh/h", "EUR", None),
        ("", "EUR", None),
        (None, "EUR", None),
    ],
)
def test_units(unit: str | None, currency: str, factor: float | None) -> None:
    assert price_factor(unit, currency) == factor


# The past


def set_price(hass: HomeAssistant, state: str, unit: str | None = "EUR/kWh") -> None:
    """Let the entity tell a price."""
    attributes = {} if unit is None else {"unit_of_measurement": unit}
    hass.states.async_set(SENSOR, state, attributes)


async def tell(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, hours: float, state: str
) -> None:
    """Let the entity tell a price so many hours after the start."""
    freezer.move_to(START + timedelta(hours=hours))
    set_price(hass, state)
    await async_wait_recording_done(hass)


async def history(
    hass: HomeAssistant, since: float, until: float
) -> list[tuple[float, float | None]]:
    """Return hours after the start, and the price from then on."""
    span = (NOW + round(since * HOUR), NOW + round(until * HOUR))
    found = await async_price_history(hass, SENSOR, *span)
    assert found[0].at == span[0]
    return [((at - NOW) / HOUR, price) for at, price in found]


async def test_prices_of_a_day(
    recorder_mock: Recorder, hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Each from its own moment on; what no price is, is unknown."""
    hass.config.currency = "EUR"
    told = ["0.10", "0.30", "unavailable", "-0.05", "unknown", "cheap", "nan", "inf"]
    for hour, state in enumerate(told):
        await tell(hass, freezer, hour, state)
    await tell(hass, freezer, 8.5, "0.25")
    freezer.move_to(START + timedelta(hours=10))
    assert await history(hass, 0, 10) == [
        (0, 0.1),
        (1, 0.3),
        (2, None),
        (3, -0.05),
        (4, None),
        (5, None),
        (6, None),
        (7, None),
        (8.5, 0.25),
    ]
    # The one before holds at first; a change at the very beginning counts.
    assert await history(hass, 0.5, 1.5) == [(0.5, 0.1), (1, 0.3)]
    assert await history(hass, 1, 2) == [(1, 0.3)]
    # Before the recorder knows it, it is unknown.
    assert await history(hass, -2, 0.5) == [(-2, None), (0, 0.1)]
    assert await history(hass, -2, -1) == [(-2, None)]
    assert await history(hass, 9, 10) == [(9, 0.25)]


async def test_prices_per_megawatt_hour(
    recorder_mock: Recorder, hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """The unit is that of now: a person who corrects it means the past, too."""
    hass.config.currency = "EUR"
    freezer.move_to(START)
    set_price(hass, "90", unit=None)
    await async_wait_recording_done(hass)
    freezer.tick(timedelta(hours=1))
    set_price(hass, "250", unit="EUR/MWh")
    await async_wait_recording_done(hass)
    assert await history(hass, 0, 2) == [(0, 0.09), (1, 0.25)]


async def test_a_price_that_was_told_just_now(
    recorder_mock: Recorder, hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """The recorder takes some seconds to write it down."""
    hass.config.currency = "EUR"
    await tell(hass, freezer, 0, "0.10")
    freezer.tick(timedelta(hours=1))
    set_price(hass, "0.30")
    assert await history(hass, 0, 2) == [(0, 0.1), (1, 0.3)]


async def test_without_the_recorder(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """What an entity says now holds since it last changed."""
    hass.config.currency = "EUR"
    freezer.move_to(START)
    set_price(hass, "0.30")
    freezer.tick(timedelta(hours=1))
    assert await history(hass, -1, 1) == [(-1, None), (0, 0.3)]
    assert await history(hass, 0.5, 1) == [(0.5, 0.3)]


@pytest.mark.parametrize("unit", [None, "ct/kWh"])
async def test_a_unit_that_is_none(hass: HomeAssistant, unit: str | None) -> None:
    hass.config.currency = "EUR"
    set_price(hass, "0.30", unit)
    assert await history(hass, 0, 1) == [(0, None)]


async def test_an_entity_that_is_not_there(hass: HomeAssistant) -> None:
    assert await history(hass, 0, 1) == [(0, None)]


async def test_a_database_that_does_not_answer(
    recorder_mock: Recorder, hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """All that is known is what the entity says now."""
    hass.config.currency = "EUR"
    await tell(hass, freezer, 0, "0.10")
    await tell(hass, freezer, 1, "0.30")
    name = "custom_components.smartcar.prices.state_changes_during_period"
    with patch(name, side_effect=SQLAlchemyError):
        assert await history(hass, 0, 2) == [(0, None), (1, 0.3)]


# What is suggested

SOLAR = {"type": "solar", "stat_energy_from": "sensor.roof"}


def grid(entity: str | None = None, number: float | None = None) -> dict[str, Any]:
    """Return a grid as the Energy dashboard keeps it."""
    return {
        "type": "grid",
        "entity_energy_price": entity,
        "number_energy_price": number,
        "number_energy_price_export": 0.08,
    }


@pytest.mark.parametrize(
    ("sources", "suggested"),
    [
        ([SOLAR, grid(SENSOR)], SENSOR),
        ([grid(), grid(number=0.31)], 0.31),
        ([grid(number=0)], 0),
        # An entity that could not be chosen is passed over.
        ([grid("sensor.in_cents"), grid(number=0.31)], 0.31),
        ([grid("sensor.never_heard_of")], None),
        ([SOLAR, grid()], None),
        ([], None),
        # As older versions kept it.
        (
            [
                {
                    "type": "grid",
                    "flow_from": [grid(SENSOR)],
                    "flow_to": [grid("sensor.sold")],
                }
            ],
            SENSOR,
        ),
        # As none has kept it yet.
        (["grid"], None),
        ([{"type": "grid", "flow_from": 5}], None),
    ],
)
async def test_the_price_of_the_energy_dashboard(
    hass: HomeAssistant, sources: list[Any], suggested: str | float | None
) -> None:
    hass.config.currency = "EUR"
    set_price(hass, "0.30")
    hass.states.async_set("sensor.in_cents", "30", {"unit_of_measurement": "ct/kWh"})
    hass.config.components.add("energy")
    manager = await data.async_get_manager(hass)
    manager.data = {"energy_sources": sources}
    assert await async_suggested_home_price(hass) == suggested


async def test_an_energy_dashboard_that_was_never_set_up(hass: HomeAssistant) -> None:
    hass.config.components.add("energy")
    assert await async_suggested_home_price(hass) is None


async def test_no_energy_dashboard(hass: HomeAssistant) -> None:
    """It is not loaded only to be asked."""
    with patch("custom_components.smartcar.prices.async_get_manager") as manager:
        assert await async_suggested_home_price(hass) is None
    assert manager.call_count == 0


async def test_the_real_energy_dashboard(
    recorder_mock: Recorder, hass: HomeAssistant
) -> None:
    """Its own check and store take what is suggested from it later."""
    hass.config.currency = "EUR"
    set_price(hass, "0.30")
    assert await async_setup_component(hass, "energy", {})
    manager = await data.async_get_manager(hass)
    source = data.GRID_SOURCE_SCHEMA(
        {
            "type": "grid",
            "stat_energy_from": "sensor.meter",
            "entity_energy_price": SENSOR,
            "number_energy_price": None,
            "cost_adjustment_day": 0,
        }
    )
    await manager.async_update({"energy_sources": [source]})
    assert await async_suggested_home_price(hass) == SENSOR


# The repair


def repair(hass: HomeAssistant, entry: MockConfigEntry) -> ir.IssueEntry | None:
    """Return the repair of the price, with a text for it and all that it names."""
    registry = ir.async_get(hass)
    issue = registry.async_get_issue(DOMAIN, f"price_unit_changed_{entry.entry_id}")
    if issue is not None:
        text = TEXTS["issues"][issue.translation_key]["description"]
        assert text.format_map(issue.translation_placeholders)
        assert not issue.is_fixable
    return issue


@pytest.fixture
async def priced(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry, travel: Travel
) -> MockConfigEntry:
    """Return the entry, set up, with a home price from an entity."""
    hass.config.currency = "EUR"
    set_price(hass, "0.30")
    options = {**entry.options, "home_price_entity": SENSOR}
    hass.config_entries.async_update_entry(entry, options=options)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return entry


@pytest.mark.parametrize("unit", ["ct/kWh", "USD/kWh", None])
async def test_a_unit_that_changes_is_told(
    hass: HomeAssistant, priced: MockConfigEntry, unit: str | None
) -> None:
    """It goes by itself when the unit is right again."""
    assert repair(hass, priced) is None
    set_price(hass, "30", unit)
    await hass.async_block_till_done()
    assert (issue := repair(hass, priced)) is not None
    assert issue.translation_key == "price_unit_changed"
    assert issue.translation_placeholders == {
        "entity": "sensor.electricity_price",
        "unit": unit or "?",
        "units": "EUR/kWh, EUR/Wh, EUR/MWh",
    }
    set_price(hass, "0.30")
    await hass.async_block_till_done()
    assert repair(hass, priced) is None


async def test_an_entity_that_goes_is_told(
    hass: HomeAssistant, priced: MockConfigEntry
) -> None:
    hass.states.async_remove(SENSOR)
    await hass.async_block_till_done()
    assert (issue := repair(hass, priced)) is not None
    assert issue.translation_key == "price_entity_missing"
    set_price(hass, "0.30")
    await hass.async_block_till_done()
    assert repair(hass, priced) is None


@pytest.mark.parametrize("state", ["unavailable", "unknown"])
@pytest.mark.parametrize("unit", ["EUR/kWh", None])
async def test_an_entity_that_is_silent_is_no_trouble(
    hass: HomeAssistant, priced: MockConfigEntry, state: str, unit: str | None
) -> None:
    set_price(hass, state, unit)
    await hass.async_block_till_done()
    assert repair(hass, priced) is None


async def test_another_price_ends_the_repair(
    hass: HomeAssistant, priced: MockConfigEntry
) -> None:
    """The entity is looked at no more."""
    set_price(hass, "30", "ct/kWh")
    await hass.async_block_till_done()
    assert repair(hass, priced) is not None
    await configure(hass, priced, home_price_entity=None, home_price=0.3)
    assert priced.state is ConfigEntryState.LOADED
    assert repair(hass, priced) is None
    set_price(hass, "31", "ct/kWh")
    await hass.async_block_till_done()
    assert repair(hass, priced) is None


async def test_an_entity_may_come_late(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry
) -> None:
    """While Home Assistant starts nothing is wrong with what is not there yet."""
    hass.config.currency = "EUR"
    hass.set_state(CoreState.starting)
    options = {**entry.options, "home_price_entity": SENSOR}
    hass.config_entries.async_update_entry(entry, options=options)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert repair(hass, entry) is None
    set_price(hass, "30", "ct/kWh")
    await hass.async_block_till_done()
    assert repair(hass, entry) is None
    hass.set_state(CoreState.running)
    hass.bus.async_fire("homeassistant_started")
    await hass.async_block_till_done()
    assert repair(hass, entry) is not None
