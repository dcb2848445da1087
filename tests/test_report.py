"""A user's diagnostics file becomes a simulated car, and that car a test."""

from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
import json
from pathlib import Path
import sys
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.json import ExtendedJSONEncoder
from homeassistant.util.unit_system import METRIC_SYSTEM, US_CUSTOMARY_SYSTEM
from hypothesis import given, settings, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smartcar.const import CONF_HOME_PRICE_ENTITY, DOMAIN
from custom_components.smartcar.diagnostics import (
    async_get_config_entry_diagnostics,
    async_get_device_diagnostics,
)
import demo.__main__
import simulator.__main__
from simulator import cleaning, fleet, report as reports
from simulator.cleaning import ReportError
from simulator.cloud import Cloud
from simulator.clock import ManualClock
from simulator.comparison import PAST, differences
from simulator.errors import SignalError
from simulator.report import Report, parse, read
from simulator.reported import household, replace_household
from tools import report as tool

from .cars import FUEL, IS_LOCKED, LOCATION, ODOMETER, SOC, TIRES
from .conftest import START, Travel

FIXTURES = sorted(tool.FIXTURES.glob("*.json"))


async def file_of(hass: HomeAssistant, entry: MockConfigEntry) -> bytes:
    """Return the file that an entry's owner downloads."""
    data = await async_get_config_entry_diagnostics(hass, entry)
    whole = {
        "home_assistant": {"version": "2026.10.4"},
        "integration_manifest": {"domain": DOMAIN, "version": "0.1.0"},
        "data": data,
    }
    return json.dumps(whole, cls=ExtendedJSONEncoder).encode()


async def set_up_again(
    hass: HomeAssistant,
    cloud: Cloud,
    report: Report,
    travel: Travel,
    like: MockConfigEntry,
) -> MockConfigEntry:
    """Set the cars of a report up, and read each twice."""
    replace_household(cloud, report)
    options = {**like.options, **report.options}
    # Which entity it was is not told.
    options.pop(CONF_HOME_PRICE_ENTITY, None)
    entry = MockConfigEntry(
        domain=DOMAIN, version=like.version, data=dict(like.data), options=options
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await travel(2)
    for vehicle in entry.runtime_data.vehicles.values():
        await vehicle.async_read_now()
    await hass.async_block_till_done(wait_background_tasks=True)
    return entry


def marked() -> list[Any]:
    """Return the fixtures, each with the moment at which it was made."""
    return [
        pytest.param(
            path,
            id=path.stem,
            marks=pytest.mark.start(json.loads(path.read_bytes())["made_at"]),
        )
        for path in FIXTURES
    ]


@pytest.mark.parametrize("path", marked())
@pytest.mark.usefixtures("everything_on")
async def test_a_report_goes_round(
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    travel: Travel,
    path: Path,
) -> None:
    """The simulated car shows what the user's car did: states, units, errors, times."""
    before = read(path)
    hass.config.units = (
        METRIC_SYSTEM if before.units == "metric" else US_CUSTOMARY_SYSTEM
    )
    hass.config.language = before.language
    await hass.config_entries.async_remove(entry.entry_id)
    again = await set_up_again(hass, cloud, before, travel, entry)
    after = parse(await file_of(hass, again))
    assert differences(before, after) == []
    assert (after.units, after.language) == (before.units, before.language)
    for car in before.cars:
        assert len(car["signals"]) > 80
        assert len(car["states"].keys() - PAST) > 30
