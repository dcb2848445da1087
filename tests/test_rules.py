"""What follows from every error that Smartcar publishes.

The table was written down from Smartcar's error reference, row by row.
"""

from datetime import timedelta

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smartcar.api import (
    APPLICATION_PROBLEMS,
    READING_PROBLEMS,
    CannotConnectError,
    OutcomeUnknownError,
    Problem,
    Retry,
    SmartcarError,
    account_repair,
)
from custom_components.smartcar.api.errors import ERROR_TYPES, from_response
from custom_components.smartcar.const import DOMAIN
from custom_components.smartcar.failures import FIRST_RETRY, wait_after
from simulator import errors, fleet
from simulator.cloud import Cloud
from simulator.faults import Fault

from .cars import BATTERY, value
from .conftest import Travel

LATER, CAR, PERSON, NEVER = (
    Retry.BACKOFF,
    Retry.CAR_STATE,
    Retry.USER_ACTION,
    Retry.NEVER,
)

# What to do, and where a person is told beyond the message of a failed command.
EXPECTED = {
    "AUTHENTICATION/UNAUTHORIZED": (PERSON, Problem.CREDENTIALS),
    "AUTHENTICATION/ACCESS_DENIED": (NEVER, Problem.FORBIDDEN),
    "BILLING/INVALID_PLAN": (PERSON, Problem.PLAN),
    "BILLING/VEHICLE_LIMIT": (PERSON, Problem.VEHICLE_LIMIT),
    "BILLING/VEHICLE_REQUEST_LIMIT": (PERSON, Problem.QUOTA),
    "BILLING/ACCOUNT_SUSPENDED": (PERSON, Problem.SUSPENDED),
    "COMPATIBILITY/MAKE_NOT_COMPATIBLE": (NEVER, None),
    "COMPATIBILITY/SMARTCAR_NOT_CAPABLE": (NEVER, None),
    "COMPATIBILITY/VEHICLE_NOT_CAPABLE": (NEVER, None),
    "COMPATIBILITY/PLATFORM_NOT_CAPABLE": (PERSON, None),
    "CONNECTED_SERVICES_ACCOUNT/ACCOUNT_ISSUE": (PERSON, Problem.OWNER_ACCOUNT),
    "CONNECTED_SERVICES_ACCOUNT/AUTHENTICATION_FAILED": (PERSON, Problem.OWNER_ACCOUNT),
    "CONNECTED_SERVICES_ACCOUNT/NO_VEHICLES": (PERSON, Problem.OWNER_ACCOUNT),
    "CONNECTED_SERVICES_ACCOUNT/PERMISSION": (PERSON, Problem.OWNER_ACCOUNT),
    "CONNECTED_SERVICES_ACCOUNT/SUBSCRIPTION": (PERSON, Problem.OWNER_ACCOUNT),
    "CONNECTED_SERVICES_ACCOUNT/VEHICLE_MISSING": (PERSON, Problem.OWNER_ACCOUNT),
    "CONNECTED_SERVICES_ACCOUNT/VIRTUAL_KEY_REQUIRED": (PERSON, Problem.OWNER_ACCOUNT),
    "PERMISSION": (PERSON, Problem.PERMISSION),
    "RATE_LIMIT/SMARTCAR_API": (LATER, None),
    "RATE_LIMIT/VEHICLE": (LATER, None),
    "RESOURCE_NOT_FOUND/PATH": (NEVER, None),
    "RESOURCE_NOT_FOUND/VERSION": (NEVER, None),
    "RESOURCE_NOT_FOUND/INVALID_PATH": (NEVER, None),
    "RESOURCE_NOT_FOUND/VEHICLE_NOT_FOUND": (PERSON, None),
    "RESOURCE_NOT_FOUND/SIGNAL_NOT_FOUND": (LATER, None),
    "SERVER/INTERNAL": (LATER, None),
    "SERVER/MULTIPLE_RECORDS_FOUND": (NEVER, None),
    "SERVER/RECORD_NOT_FOUND": (NEVER, None),
    "UPSTREAM/INVALID_DATA": (LATER, None),
    "UPSTREAM/KNOWN_ISSUE": (LATER, None),
    "UPSTREAM/NO_RESPONSE": (LATER, None),
    "UPSTREAM/RATE_LIMIT": (LATER, None),
    "UPSTREAM/UNKNOWN_ISSUE": (LATER, None),
    "VALIDATION": (NEVER, None),
    "VALIDATION/PARAMETER": (NEVER, None),
    "VALIDATION/INVALID_INPUT_FORMAT": (NEVER, None),
    "VALIDATION/MISSING_PARAMETER": (NEVER, None),
    "VEHICLE_STATE/ASLEEP": (CAR, None),
    "VEHICLE_STATE/UNREACHABLE": (LATER, None),
    "VEHICLE_STATE/VEHICLE_OFFLINE_FOR_SERVICE": (CAR, None),
    "VEHICLE_STATE/REMOTE_ACCESS_DISABLED": (PERSON, None),
    "VEHICLE_STATE/DEVICE_PAIRING_REQUIRED": (PERSON, None),
    "VEHICLE_STATE/CHARGING_PLUG_NOT_CONNECTED": (CAR, None),
    "VEHICLE_STATE/CHARGING_PLUG_CONNECTED": (CAR, None),
    "VEHICLE_STATE/CHARGING_IN_PROGRESS": (CAR, None),
    "VEHICLE_STATE/FULLY_CHARGED": (CAR, None),
    "VEHICLE_STATE/NOT_CHARGING": (CAR, None),
    "VEHICLE_STATE/CHARGE_FAULT": (PERSON, None),
    "VEHICLE_STATE/DOOR_OPEN": (CAR, None),
    "VEHICLE_STATE/HOOD_OPEN": (CAR, None),
    "VEHICLE_STATE/TRUNK_OPEN": (CAR, None),
    "VEHICLE_STATE/IGNITION_ON": (CAR, None),
    "VEHICLE_STATE/IN_MOTION": (CAR, None),
    "VEHICLE_STATE/LOW_BATTERY": (LATER, None),
    "VEHICLE_STATE/UNKNOWN": (LATER, None),
}


def named(type_: str, code: str | None) -> str:
    """Write a type and a code as one name."""
    return f"{type_}/{code}" if code else type_


def answered(name: str) -> SmartcarError:
    """Return the error that an answer of this name becomes."""
    type_, _, code = name.partition("/")
    kind = errors.TABLE.get((type_, code or None))
    status = kind.status if kind else 500
    body = {"errors": [{"type": type_, "code": code or None, "status": str(status)}]}
    return from_response(status, body, {}, dt_util.utcnow())


@pytest.mark.parametrize("name", EXPECTED)
def test_every_published_error_has_its_rule(name: str) -> None:
    """The category that is written down for it, and the problem."""
    error = answered(name)
    assert (error.retry, error.problem) == EXPECTED[name]


def test_nothing_published_is_left_out() -> None:
    """Every row of the simulator's table, and every row of ours."""
    published = {named(*key) for key in errors.TABLE}
    assert published <= EXPECTED.keys()
    assert {
        named(type_, code) for type_, kind in ERROR_TYPES.items() for code in kind.codes
    } <= EXPECTED.keys()


@pytest.mark.parametrize(
    "error",
    [
        CannotConnectError("x"),
        OutcomeUnknownError("x"),
        answered("NEVER_HEARD_OF"),
        from_response(409, {}, {}, dt_util.utcnow()),
        from_response(418, {}, {}, dt_util.utcnow()),
    ],
)
def test_what_nobody_documents_passes_by_itself(error: SmartcarError) -> None:
    """It is tried again and tells nobody."""
    assert (error.retry, error.problem) == (Retry.BACKOFF, None)


def test_waiting_grows_where_waiting_helps() -> None:
    """Half an hour, an hour, … six hours; Smartcar's own word comes first."""
    outage = CannotConnectError("x")
    waits = [wait_after(outage, number) for number in range(1, 7)]
    hours = [wait / timedelta(hours=1) for wait in waits]
    assert hours == [0.5, 1, 2, 4, 6, 6]
    assert wait_after(answered("VEHICLE_STATE/ASLEEP"), 3) == timedelta(hours=1)
    assert wait_after(answered("PERMISSION"), 9) == timedelta(hours=6)
    assert wait_after(answered("VALIDATION"), 1) == timedelta(hours=24)
    told = from_response(429, {}, {"Retry-After": "90"}, dt_util.utcnow())
    assert wait_after(told, 5) == timedelta(seconds=90)
    assert timedelta(minutes=30) == FIRST_RETRY


# What a person is told of a failed read, and how it goes away


def raised(hass: HomeAssistant) -> set[str | None]:
    """Return the keys of all repairs of ours."""
    found = ir.async_get(hass).issues.items()
    return {issue.translation_key for (domain, _), issue in found if domain == DOMAIN}


PUBLISHED = sorted(EXPECTED.keys() & {named(*key) for key in errors.TABLE})


@pytest.mark.parametrize("name", PUBLISHED)
async def test_a_failed_read_tells_what_its_row_says(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    travel: Travel,
    name: str,
) -> None:
    """One repair, or none; the next success takes it back. Reauth is for one only."""
    type_, _, code = name.partition("/")
    problem = EXPECTED[name][1]
    scopes: tuple[dict[str, str], ...] = (
        {"match": "signals", "vehicle_id": fleet.BEV},
    )
    if problem is Problem.CREDENTIALS:
        # Refused credentials are refused everywhere: an answer to another request
        # would prove them right, and which one comes last is chance.
        scopes = {"match": "signals"}, {"match": "connections"}
    for scope in scopes:
        cloud.faults.add(Fault(**scope, type=type_, code=code or None, times=None))
    await travel(6 * 3600 + 1)
    expected: set[str | None] = set()
    if problem in {*APPLICATION_PROBLEMS, *READING_PROBLEMS}:
        expected = {problem.value}
    elif problem is Problem.OWNER_ACCOUNT:
        expected = {account_repair(code)}
    flows = hass.config_entries.flow.async_progress()
    asks = [flow["context"]["source"] for flow in flows]
    assert raised(hass) == expected
    assert asks == (["reauth"] if problem is Problem.CREDENTIALS else [])
    assert value(hass, BATTERY) == (
        "unavailable" if problem is Problem.CREDENTIALS else "62.0"
    )

    cloud.faults.clear()
    cloud.refresh()
    if problem is Problem.QUOTA:
        loaded.runtime_data.vehicles[fleet.BEV].stored.budget.used = 0
    await travel(24 * 3600 + 1)
    assert raised(hass) == set()
