"""A car that two people have connected: the better grant counts for each thing."""

from datetime import timedelta

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from simulator import fleet
from simulator.cloud import Cloud
from simulator.faults import Fault
from simulator.resources import Connection

from .cars import HOUR, SOC
from .conftest import Travel
from .deliveries import (
    WEBHOOK_ID,
    battery,
    failed,
    hear,
    heard,
    reachable,
    state,
)


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
    denied = failed(SOC, "PERMISSION", None)
    car.async_take_delivery(heard(state(denied, user=fleet.USER_2)))
    assert level(hass) == "70.0"


async def test_what_nobody_grants_any_more_is_unknown(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """The word of the only one who granted it counts."""
    cloud.connect(cloud.users[fleet.USER_2], cloud.cars[fleet.BEV], ("read_security",))
    await travel(HOUR + 1)
    denied = failed(SOC, "PERMISSION", None)
    car = loaded.runtime_data.vehicles[fleet.BEV]
    car.async_take_delivery(heard(state(denied, user=fleet.USER_1)))
    assert level(hass) == "unknown"


async def partner_connects(cloud: Cloud, travel: Travel) -> Connection:
    """Let a second login of the car come that the maker does not serve."""
    later = cloud.connect(cloud.users[fleet.USER_2], cloud.cars[fleet.BEV])
    freeze(later)
    await travel(HOUR + 1)
    return later


def freeze(connection: Connection) -> None:
    """Let a login's store hear nothing of the car any more."""
    connection.store.catch_up = lambda _: False  # type: ignore[method-assign]


@pytest.mark.parametrize("known", ["nothing", "old"])
async def test_the_login_that_the_maker_serves_is_read(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    travel: Travel,
    known: str,
) -> None:
    """The later login is tried once, and no more; nor after a restart."""
    later = await partner_connects(cloud, travel)
    if known == "nothing":
        later.store.empty()
    else:
        later.store.read(cloud.clock.now() - timedelta(days=9))
    car = cloud.cars[fleet.BEV]
    before = len(readers(cloud))
    for percent in (50, 51, 52):
        cloud.change(
            car, lambda percent=percent: setattr(car, "state_of_charge", percent)
        )
        await travel(6 * HOUR)
    assert readers(cloud)[before:] == [fleet.USER_2, fleet.USER_1, fleet.USER_1]
    assert level(hass) == "52.0"

    assert await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await travel(6 * HOUR)
    assert readers(cloud)[before + 3 :] == [fleet.USER_1]


async def test_a_login_that_is_no_longer_served_leaves_it_to_the_other(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """While the car says nothing new, either may be the one; news decides."""
    later = cloud.connect(cloud.users[fleet.USER_2], cloud.cars[fleet.BEV])
    car = cloud.cars[fleet.BEV]
    await travel(HOUR + 1)
    await travel(6 * HOUR)
    assert readers(cloud)[-1] == fleet.USER_2
    freeze(later)
    for percent in (50, 51, 52, 53, 54):
        cloud.change(
            car, lambda percent=percent: setattr(car, "state_of_charge", percent)
        )
        await travel(6 * HOUR)
    assert readers(cloud)[-3:] == [fleet.USER_1] * 3
    assert level(hass) == "54.0"


async def test_a_login_made_again_is_tried_again(
    cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """It may be served now."""
    later = await partner_connects(cloud, travel)
    later.store.empty()
    await travel(6 * HOUR)
    await travel(6 * HOUR)
    assert readers(cloud)[-1] == fleet.USER_1
    again = cloud.connect(cloud.users[fleet.USER_2], cloud.cars[fleet.BEV])
    freeze(again)
    await travel(HOUR + 1)
    before = len(readers(cloud))
    await travel(6 * HOUR)
    await travel(6 * HOUR)
    assert readers(cloud)[before:] == [fleet.USER_2, fleet.USER_1]


async def test_the_login_that_is_served_is_subscribed(
    hass: HomeAssistant,
    hass_client_no_auth: ClientSessionGenerator,
    cloud: Cloud,
    loaded: MockConfigEntry,
    travel: Travel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And the other one is not any more; commands go by it, too."""
    later = await partner_connects(cloud, travel)
    later.store.empty()
    await hass.config_entries.async_unload(loaded.entry_id)
    client = await reachable(hass, hass_client_no_auth, monkeypatch)
    hook = cloud.webhooks[fleet.WEBHOOK]
    hook.callback_uri = str(client.make_url(f"/api/webhook/{WEBHOOK_ID}"))
    await hear(hass, loaded)
    await travel(60)
    assert subscribers(cloud) == {fleet.USER_2}
    await travel(6 * HOUR)
    await travel(6 * HOUR)
    await travel(60)
    assert readers(cloud)[-2:] == [fleet.USER_2, fleet.USER_1]
    await travel(HOUR)
    assert subscribers(cloud) == {fleet.USER_1}


def subscribers(cloud: Cloud) -> set[str]:
    """Return by whom the car is attached to the webhook."""
    return {
        item.user.id
        for item in cloud.subscriptions.values()
        if item.car is cloud.cars[fleet.BEV]
    }
