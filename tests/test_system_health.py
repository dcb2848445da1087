"""What stands on the page of system information."""

from typing import Any

from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    get_system_health_info,
)

from custom_components.smartcar.api import Signal, StateDelivery, Webhook
from custom_components.smartcar.const import CONF_MANAGEMENT_TOKEN, DOMAIN
from custom_components.smartcar.push.address import CallbackUrl
from custom_components.smartcar.push.subscriptions import PushReport
from simulator import fleet
from simulator.clock import ManualClock
from simulator.cloud import Cloud


async def told(hass: HomeAssistant) -> dict[str, Any]:
    """Read the page."""
    assert await async_setup_component(hass, "system_health", {})
    await hass.async_block_till_done()
    info = await get_system_health_info(hass, DOMAIN)
    info["can_reach_server"] = await info["can_reach_server"]
    return info


async def test_what_is_told(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry
) -> None:
    """Reach, cars, calls, webhooks, and that this is not the real Smartcar."""
    info = await told(hass)
    assert info == {
        "can_reach_server": "ok",
        "cars": 3,
        "calls_left": 3 * 499,
        "push": "off",
        "override": "SMARTCAR_ENDPOINT",
    }


async def test_without_an_entry(hass: HomeAssistant, cloud: Cloud) -> None:
    """Nothing runs, nothing is wrong."""
    assert await async_setup_component(hass, DOMAIN, {})
    info = await told(hass)
    assert (info["cars"], info["calls_left"], info["push"]) == (0, 0, "off")


HOOK = Webhook(
    id="hook",
    name="Home",
    callback_uri="https://home.example.org/api/webhook/x",
    is_enabled=True,
    auto_subscribe=False,
    triggers=("closure-islocked",),
    data=("closure-islocked",),
)
CARS = frozenset({fleet.BEV, fleet.PHEV, fleet.ICE})


@pytest.mark.parametrize(
    ("report", "delivered", "flowing", "state"),
    [
        (PushReport(), False, False, "incomplete"),
        (PushReport(webhook=HOOK), False, False, "incomplete"),
        (PushReport(webhook=HOOK, subscribed=CARS), False, False, "waiting"),
        (PushReport(webhook=HOOK, subscribed=CARS), True, False, "silent"),
        (PushReport(webhook=HOOK, subscribed=CARS), True, True, "working"),
    ],
)
async def test_the_state_of_push(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    report: PushReport,
    delivered: bool,
    flowing: bool,
    state: str,
) -> None:
    """From nothing to everything."""
    data = {**loaded.data, CONF_WEBHOOK_ID: "x", CONF_MANAGEMENT_TOKEN: "t"}
    hass.config_entries.async_update_entry(loaded, data=data)
    account = loaded.runtime_data
    account.push.callback = CallbackUrl("https://home.example.org/api/webhook/x")
    account.push.report = report
    now = dt_util.utcnow()
    account.push.log.delivered_at = now if delivered else None
    if flowing:
        account.vehicles[fleet.BEV].stored.rhythm.note(now)
    assert account.push_state == state


async def test_all_cars_show_that_deliveries_come(
    hass: HomeAssistant, loaded: MockConfigEntry, clock: ManualClock
) -> None:
    """The first delivery of one car tells it to the sensors of the others."""
    data = {**loaded.data, CONF_WEBHOOK_ID: "x", CONF_MANAGEMENT_TOKEN: "t"}
    hass.config_entries.async_update_entry(loaded, data=data)
    account = loaded.runtime_data
    account.push.callback = CallbackUrl("https://home.example.org/api/webhook/x")
    account.push.report = PushReport(webhook=HOOK, subscribed=CARS)
    account.connections.async_update_listeners()

    def shown() -> set[str]:
        return {
            state.state
            for state in hass.states.async_all("sensor")
            if state.entity_id.endswith("_webhook")
        }

    assert shown() == {"waiting"}
    now = clock.now()
    account.push.log.delivered_at = now
    delivery = StateDelivery(
        event_id=None,
        vehicle_id=fleet.BEV,
        user_id=None,
        webhook_id=None,
        delivered_at=now,
        sequence=0,
        is_test=False,
        signals=(Signal("closure-islocked", "SUCCESS", {"value": True}),),
        triggers=(),
        is_first=True,
    )
    assert account.async_deliver(delivery)
    assert shown() == {"working"}
