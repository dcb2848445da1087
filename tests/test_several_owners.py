"""A car that two people have connected: the better grant counts for each thing."""

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import fleet
from simulator.cloud import Cloud
from simulator.faults import Fault

from .conftest import Travel
from .deliveries import BATTERY, battery, failed, heard, state

HOUR = 3600


def level(hass: HomeAssistant) -> str | None:
    """Return what the battery shows."""
    shown = hass.states.get("sensor.blauer_blitz_battery")
    return shown.state if shown else None


def readers(cloud: Cloud) -> list[str | None]:
    """Return by whom the car was read."""
    return [
        request.user_id
        for request in cloud.requests
        if (request.operation, request.vehicle_id) == ("signals", fleet.BEV)
    ]


async def test_a_partner_who_grants_less_takes_nothing_away(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """The car is read by the one who lets us read more."""
    less = ("read_security", "read_vehicle_info")
    cloud.connect(cloud.users[fleet.USER_2], cloud.cars[fleet.BEV], less)
    await travel(HOUR + 1)
    await travel(6 * HOUR)
    assert level(hass) == "62.0"
    assert set(readers(cloud)) == {fleet.USER_1}


async def test_a_login_that_fails_leaves_it_to_the_other(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """The newest is tried first, and no more once its account has a problem."""
    cloud.connect(cloud.users[fleet.USER_2], cloud.cars[fleet.BEV])
    await travel(HOUR + 1)
    failure = {"type": "CONNECTED_SERVICES_ACCOUNT", "code": "AUTHENTICATION_FAILED"}
    cloud.faults.add(Fault("signals", **failure, user_id=fleet.USER_2, times=None))
    before = len(readers(cloud))
    for _ in range(30):
        await travel(HOUR + 1)
    assert readers(cloud)[before] == fleet.USER_2
    assert set(readers(cloud)[before + 1 :]) == {fleet.USER_1}
    assert loaded.runtime_data.vehicles[fleet.BEV].last_update_success


@pytest.mark.parametrize("granted", ["read_security", "read_battery"])
async def test_what_one_may_not_read_the_other_may(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    travel: Travel,
    granted: str,
) -> None:
    """Deliveries made for both do not take each other's values away."""
    cloud.connect(cloud.users[fleet.USER_2], cloud.cars[fleet.BEV], (granted,))
    await travel(HOUR + 1)
    car = loaded.runtime_data.vehicles[fleet.BEV]
    car.async_take_delivery(heard(state(battery(70), user=fleet.USER_1)))
    await travel(5)
    denied = failed(BATTERY, "PERMISSION", None)
    car.async_take_delivery(heard(state(denied, user=fleet.USER_2)))
    assert level(hass) == "70.0"


async def test_what_nobody_grants_any_more_is_unknown(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """The word of the only one who granted it counts."""
    cloud.connect(cloud.users[fleet.USER_2], cloud.cars[fleet.BEV], ("read_security",))
    await travel(HOUR + 1)
    denied = failed(BATTERY, "PERMISSION", None)
    car = loaded.runtime_data.vehicles[fleet.BEV]
    car.async_take_delivery(heard(state(denied, user=fleet.USER_1)))
    assert level(hass) == "unknown"
