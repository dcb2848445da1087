"""Which cars an action means, and whether who calls it may do that."""

from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import ServiceCall
from homeassistant.exceptions import Unauthorized, UnknownUser
from homeassistant.helpers import (
    config_validation as cv,
    entity_registry as er,
    service,
)

from .const import DOMAIN
from .coordinator import SmartcarVehicle
from .device import vehicle_id_of
from .failures import refusal
from .runtime import SmartcarConfigEntry

__all__ = ["POLICY_CONTROL", "POLICY_READ", "async_vehicles"]


async def async_vehicles(call: ServiceCall, policy: str) -> list[SmartcarVehicle]:
    """Find the cars of a call; nothing is sent when one is not there.

    Raise Unauthorized where the person who calls may not do what `policy` says
    with any entity of a car, UnknownUser and ServiceValidationError.
    """
    vehicles = []
    for device_id in dict.fromkeys(cv.ensure_list(call.data[ATTR_DEVICE_ID])):
        await _check_right(call, device_id, policy)
        entry: SmartcarConfigEntry
        device, entry = service.async_get_device_and_config_entry(
            call.hass, DOMAIN, device_id, include_child_devices=False
        )
        vehicle = entry.runtime_data.vehicles.get(vehicle_id_of(device) or "")
        if vehicle is None:
            raise refusal("connection_gone", device.name or "")
        vehicles.append(vehicle)
    return vehicles


async def _check_right(call: ServiceCall, device_id: str, policy: str) -> None:
    """Refuse a person who may not read or control any entity of a device."""
    if (user_id := call.context.user_id) is None:
        return
    if (user := await call.hass.auth.async_get_user(user_id)) is None:
        raise UnknownUser(context=call.context, permission=policy, user_id=user_id)
    entities = er.async_entries_for_device(
        er.async_get(call.hass), device_id, include_disabled_entities=True
    )
    may = user.permissions.check_entity
    if not (
        user.permissions.access_all_entities(policy)
        or any(may(entity.entity_id, policy) for entity in entities)
    ):
        raise Unauthorized(context=call.context, permission=policy, user_id=user_id)
