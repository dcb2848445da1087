"""A user's diagnostics file becomes a simulated car, and that car a test."""

from datetime import datetime
import json
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.json import ExtendedJSONEncoder
from homeassistant.util.unit_system import METRIC_SYSTEM, US_CUSTOMARY_SYSTEM
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smartcar.diagnostics import async_get_config_entry_diagnostics
from simulator import fleet
from simulator.cloud import Cloud
from simulator.comparison import differences
from simulator.report import Report, parse, read
from simulator.reported import replace_household
from tools.report import FIXTURES

from .conftest import Travel


async def file_of(hass: HomeAssistant, entry: MockConfigEntry) -> bytes:
    """Return the file that an entry's owner would download."""
    data = await async_get_config_entry_diagnostics(hass, entry)
    manifest = {"domain": "smartcar", "version": "0.1.0"}
    whole = {"home_assistant": {}, "integration_manifest": manifest, "data": data}
    return json.dumps(whole, cls=ExtendedJSONEncoder).encode()


async def test_a_car_goes_round(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    before = parse(await file_of(hass, loaded))
    await hass.config_entries.async_remove(loaded.entry_id)
    replace_household(cloud, before)
    entry = MockConfigEntry(
        **{
            "domain": "smartcar",
            "version": loaded.version,
            "data": dict(loaded.data),
            "options": dict(loaded.options),
        }
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await travel(2)
    after = parse(await file_of(hass, entry))
    assert differences(before, after) == []
