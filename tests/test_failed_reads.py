"""What follows from a read that Smartcar refuses: a repair, or none, and a wait."""

from datetime import timedelta

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smartcar.api import CannotConnectError, Problem, SmartcarError
from custom_components.smartcar.api.answers import from_response
from custom_components.smartcar.const import DOMAIN
from custom_components.smartcar.failures import FIRST_RETRY, wait_after
from simulator import errors, fleet
from simulator.cloud import Cloud
from simulator.faults import Fault

from .api.table import ROWS, Row, name
from .cars import BATTERY, value
from .conftest import START, Travel


def answered(type_: str, code: str | None = None) -> SmartcarError:
    """Return the error that an answer of this type and code becomes."""
    body = {"errors": [{"type": type_, "code": code}]}
    return from_response(500, body, {}, START)


def test_waiting_grows_where_waiting_helps() -> None:
    """Half an hour, an hour, … six hours; Smartcar's own word comes first."""
    outage = CannotConnectError("x")
    waits = [wait_after(outage, number) for number in range(1, 7)]
    hours = [wait / timedelta(hours=1) for wait in waits]
    assert hours == [0.5, 1, 2, 4, 6, 6]
    assert wait_after(answered("VEHICLE_STATE", "ASLEEP"), 3) == timedelta(hours=1)
    assert wait_after(answered("PERMISSION"), 9) == timedelta(hours=6)
    assert wait_after(answered("VALIDATION"), 1) == timedelta(hours=24)
    told = from_response(429, {}, {"Retry-After": "90"}, START)
    assert wait_after(told, 5) == timedelta(seconds=90)
    assert timedelta(minutes=30) == FIRST_RETRY


# What a person is told of a failed read, and how it goes away


def raised(hass: HomeAssistant) -> set[str | None]:
    """Return the keys of all repairs of the integration."""
    found = ir.async_get(hass).issues.items()
    return {issue.translation_key for (domain, _), issue in found if domain == DOMAIN}


PUBLISHED = [row for row in ROWS if (row.type_, row.code) in errors.TABLE]


@pytest.mark.parametrize("row", PUBLISHED, ids=name)
async def test_a_failed_read_tells_what_its_row_says(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    travel: Travel,
    row: Row,
) -> None:
    """One repair, or none; the next success takes it back. Reauth is for one only."""
    scopes: tuple[dict[str, str], ...] = (
        {"match": "signals", "vehicle_id": fleet.BEV},
    )
    if row.problem is Problem.CREDENTIALS:
        # Refused credentials are refused everywhere: an answer to another request
        # would prove them right, and which one comes last is chance.
        scopes = {"match": "signals"}, {"match": "connections"}
    for scope in scopes:
        cloud.faults.add(Fault(**scope, type=row.type_, code=row.code, times=None))
    await travel(6 * 3600 + 1)
    flows = hass.config_entries.flow.async_progress()
    asks = [flow["context"]["source"] for flow in flows]
    is_of_credentials = row.problem is Problem.CREDENTIALS
    assert asks == (["reauth"] if is_of_credentials else [])
    assert raised(hass) == ({row.told} - {None, "credentials"})
    assert value(hass, BATTERY) == ("unavailable" if is_of_credentials else "62.0")

    cloud.faults.clear()
    cloud.refresh()
    if row.problem is Problem.QUOTA:
        loaded.runtime_data.vehicles[fleet.BEV].stored.budget.used = 0
    await travel(24 * 3600 + 1)
    assert raised(hass) == set()
