"""Deliveries as Smartcar writes them, and an entry that hears them.

They are made and signed apart from the integration, and from the simulator.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime
import json
from typing import Any
from uuid import uuid4

from homeassistant.components.webhook import async_generate_path
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest

from custom_components.smartcar.api import VehicleDelivery, deliveries
from custom_components.smartcar.const import CONF_MANAGEMENT_TOKEN
from simulator import fleet

from .cars import SOC
from .simulator.receiver import code_of

WEBHOOK_ID = "5d0c7f3e91b24a68" * 4
PATH = async_generate_path(WEBHOOK_ID)
NEW_TOKEN = "another-management-token-2c5e"


# A way to post a delivery, signed unless the key is None; tells the answer's status.
type Post = Callable[..., Awaitable[int]]


def milliseconds(time: datetime | None = None) -> int:
    """Return a time, or now, as webhooks write it."""
    return int((time or dt_util.utcnow()).timestamp() * 1000)


def signal(code: str, value: object, at: datetime | None = None) -> dict[str, Any]:
    """Return a signal measured at a time, or now."""
    time = milliseconds(at)
    return {
        "code": code,
        "body": {"value": value},
        "status": {"value": "SUCCESS"},
        "meta": {"oemUpdatedAt": time, "retrievedAt": time},
    }


def battery(percent: float, at: datetime | None = None) -> dict[str, Any]:
    """Return how full a battery is."""
    found = signal(SOC, percent, at)
    found["body"]["unit"] = "percent"
    return found


def failed(
    code: str, type_: str, error: str | None, at: datetime | None = None
) -> dict[str, Any]:
    """Return a signal that Smartcar could not get."""
    found = signal(code, None, at)
    found["status"] = {"value": "ERROR", "error": {"type": type_, "code": error}}
    return found


def _frame(
    event_type: str,
    data: dict[str, Any],
    *,
    vehicle: str = fleet.BEV,
    user: str | None = fleet.USER_1,
    event: str | None = None,
    at: datetime | None = None,
    **meta: Any,
) -> dict[str, Any]:
    return {
        "eventId": event or str(uuid4()),
        "eventType": event_type,
        "data": {"user": {"id": user}, "vehicle": {"id": vehicle}, **data},
        "triggers": [],
        "meta": {
            "version": "4.0",
            "webhookId": fleet.WEBHOOK,
            "webhookName": "Home",
            "deliveryId": str(uuid4()),
            "deliveredAt": milliseconds(at),
            "mode": "LIVE",
            **meta,
        },
    }


def state(*signals: dict[str, Any], **frame: Any) -> dict[str, Any]:
    """Return a delivery of signals."""
    return _frame("VEHICLE_STATE", {"signals": list(signals)}, **frame)


def error(
    code: str | None = "AUTHENTICATION_FAILED",
    *,
    type_: str = "CONNECTED_SERVICES_ACCOUNT",
    resolved: bool = False,
    **frame: Any,
) -> dict[str, Any]:
    """Return a delivery of one error, or of its end."""
    item = {
        "type": type_,
        "code": code,
        "state": "RESOLVED" if resolved else "ERROR",
        "resolution": None if resolved else {"type": "REAUTHENTICATE"},
    }
    return _frame("VEHICLE_ERROR", {"errors": [item]}, **frame)


def verify(challenge: str) -> dict[str, Any]:
    """Return the question whether an address knows the key."""
    return {"eventType": "VERIFY", "data": {"challenge": challenge}}


def written(content: object) -> bytes:
    """Return a delivery's bytes."""
    return json.dumps(content).encode()


def heard(content: object) -> VehicleDelivery:
    """Return a delivery about a car as the integration reads it."""
    delivery = deliveries.parse(written(content))
    assert isinstance(delivery, VehicleDelivery)
    return delivery


def signature(body: bytes, key: str = fleet.MANAGEMENT_TOKEN) -> dict[str, str]:
    """Return the header that signs bytes."""
    return {"SC-Signature": code_of(body, key)}


async def reachable(
    hass: HomeAssistant,
    new_client: Callable[[], Awaitable[Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> Any:
    """Let Home Assistant be called over HTTP; return who calls.

    Addresses can be added later, as to Home Assistant's own server. Subscriptions are
    not waited for.
    """
    for component in ("webhook", "calendar"):
        assert await async_setup_component(hass, component, {})
    monkeypatch.setattr(hass.http.app.router, "freeze", lambda: None)
    monkeypatch.setattr("custom_components.smartcar.push.subscriptions.POLL_SECONDS", 0)
    client = await new_client()
    hass.config.internal_url = str(client.make_url("")).rstrip("/")
    return client


async def hear(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Set an entry up with push."""
    data = {
        **entry.data,
        CONF_WEBHOOK_ID: WEBHOOK_ID,
        CONF_MANAGEMENT_TOKEN: fleet.MANAGEMENT_TOKEN,
    }
    hass.config_entries.async_update_entry(entry, data=data)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


async def reload(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Let an entry start again."""
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


def outcomes(entry: ConfigEntry[Any]) -> Counter[str]:
    """Return how the calls of an entry's webhook were counted."""
    counted: Counter[str] = entry.runtime_data.push.log.outcomes
    return counted
