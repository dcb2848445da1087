"""What nobody but the owner may see, planted everywhere and looked for.

In diagnostics, the integration's log lines at debug level, repairs and exceptions.
"""

from contextlib import suppress
import json
import logging
from typing import Any

from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from homeassistant.helpers.json import ExtendedJSONEncoder
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.smartcar.commands import START_CHARGING, UNLOCK
from custom_components.smartcar.const import (
    CONF_MANAGEMENT_TOKEN,
    CONF_PREVIOUS_TOKEN,
    CONF_ROTATED_AT,
    DOMAIN,
)
from custom_components.smartcar.diagnostics import (
    async_get_config_entry_diagnostics,
    async_get_device_diagnostics,
)
from custom_components.smartcar.sending import async_send_command
from simulator import fleet
from simulator.cloud import Cloud
from simulator.faults import Fault
from simulator.resources import Webhook

from .cars import IS_LOCKED
from .conftest import Travel
from .deliveries import (
    PATH,
    WEBHOOK_ID,
    battery,
    error,
    reachable,
    signal,
    signature,
    state,
    verify,
    written,
)

PREVIOUS = "the-token-before-9a31"
EVENT = "7f6d1d7e-4b0f-45f0-9b0e-3c6a2f6f1c55"
HOOK = "41c3f0aa-5a8f-4a0c-8d0a-0b7e0a1e9a77"


def secrets(cloud: Cloud) -> set[str]:
    """Return every text that no one but the owner may see."""
    found = {
        fleet.CLIENT_ID,
        fleet.CLIENT_SECRET,
        fleet.MANAGEMENT_TOKEN,
        PREVIOUS,
        WEBHOOK_ID,
        HOOK,
        EVENT,
        fleet.USER_1,
        fleet.USER_2,
        *cloud.connections,
        *cloud.subscriptions,
    }
    for car in cloud.cars.values():
        found |= {car.spec.vin, str(car.latitude), str(car.longitude)}
    return found


@pytest.fixture
async def everything(
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    travel: Travel,
    hass_client_no_auth: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> list[str]:
    """Let all go well and wrong once; return the texts of all exceptions."""
    caplog.set_level(logging.DEBUG, logger="custom_components.smartcar")
    client: Any = await reachable(hass, hass_client_no_auth, monkeypatch)
    cloud.subscription_delay = 0
    url = f"{hass.config.internal_url}{PATH}"
    made = Webhook(id=HOOK, name="Home", callback_uri=url, created_at=dt_util.utcnow())
    cloud.add_webhook(made)
    data = {
        **entry.data,
        CONF_WEBHOOK_ID: WEBHOOK_ID,
        CONF_MANAGEMENT_TOKEN: fleet.MANAGEMENT_TOKEN,
        CONF_PREVIOUS_TOKEN: PREVIOUS,
        CONF_ROTATED_AT: dt_util.utcnow().isoformat(),
    }
    hass.config_entries.async_update_entry(entry, data=data)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await travel(2)

    said: list[str] = []

    async def call(content: object, **headers: str) -> None:
        body = written(content)
        await client.post(PATH, data=body, headers=headers or signature(body))
        await hass.async_block_till_done()

    await call(verify("a-challenge"))
    await call(state(battery(70), signal(IS_LOCKED, value=False), event=EVENT))
    await call(state(battery(70), event=EVENT))
    await call(error("AUTHENTICATION_FAILED"))
    await call({"eventType": "NEWS", "data": {"user": {"id": fleet.USER_1}}})
    for _ in range(6):
        await call(state(battery(1)), **{"SC-Signature": "0" * 64})
    for match, kind in (
        ("command.unlock", {"type": "VEHICLE_STATE", "code": "UNREACHABLE"}),
        ("command.unlock", {"kind": "held_then_cut"}),
        ("command.charge-start", {"kind": "html"}),
        ("command.unlock", {"type": "PERMISSION", "code": None}),
    ):
        cloud.faults.add(Fault(match, **kind))
        command = START_CHARGING if "charge" in match else UNLOCK
        with suppress(HomeAssistantError):
            try:
                await async_send_command(
                    entry.runtime_data.vehicles[fleet.BEV], command
                )
            except HomeAssistantError as err:
                said.append(f"{err} {err.__cause__!r} {err.__context__!r}")
                raise
    for fault in (
        Fault("signals", "cut_mid_body", times=3),
        Fault("connections", "html"),
        Fault("webhooks", "invalid_json"),
        Fault("signals", type="BILLING", code="ACCOUNT_SUSPENDED", times=3),
        Fault("signals", type="PERMISSION", vehicle_id=fleet.ICE),
    ):
        cloud.faults.add(fault)
        await travel(6 * 3600 + 1)
    connection = cloud.connection(fleet.USER_1, fleet.PHEV)
    assert connection is not None
    cloud.disconnect(connection)
    await travel(3601)
    await travel(3601)
    cloud.application.revoke_secret()
    cloud.application.expire_tokens()
    await travel(3601)
    return said


async def test_nothing_leaks(
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    everything: list[str],
    caplog: pytest.LogCaptureFixture,
    device_registry: dr.DeviceRegistry,
) -> None:
    """Four places, and every secret, identifier and position in none of them."""
    lines = [
        f"{record.getMessage()} {record.exc_text} {record.exc_info}"
        for record in caplog.get_records("setup")
        if record.name.startswith("custom_components.smartcar")
    ]
    repairs = [
        json.dumps(
            [issue.issue_id, issue.translation_placeholders, issue.learn_more_url],
        )
        for (domain, _), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN
    ]
    device = device_registry.async_get_device_by_identifier(
        (DOMAIN, fleet.BEV), entry.entry_id
    )
    assert device is not None
    dumps = [
        json.dumps(told, cls=ExtendedJSONEncoder)
        for told in (
            await async_get_config_entry_diagnostics(hass, entry),
            await async_get_device_diagnostics(hass, entry, device),
        )
    ]
    assert len(everything) == 4
    assert len(lines) > 10
    assert len(repairs) > 3
    for place in (lines, repairs, dumps, everything):
        found = [
            secret for secret in secrets(cloud) for text in place if secret in text
        ]
        assert found == []
    # What tells cars apart inside Home Assistant is no one else's business either.
    cars = {fleet.BEV, fleet.PHEV, fleet.ICE}
    assert [car for car in cars for text in (*dumps, *lines) if car in text] == []
