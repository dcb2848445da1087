"""A car as a device, whose fields follow what the car reports."""

from typing import Final

from homeassistant.core import callback
from homeassistant.helpers import device_registry as dr

from .car.readings import text
from .car.state import NICKNAME, VIN
from .const import DOMAIN
from .coordinator import SmartcarVehicle
from .runtime import SmartcarConfigEntry

FIRMWARE: Final = "connectivitysoftware-currentfirmwareversion"
TRIM: Final = "vehicleidentification-trim"
FIELDS: Final = frozenset({FIRMWARE, NICKNAME, TRIM, VIN})


def vehicle_id_of(device: dr.DeviceEntry) -> str | None:
    """Return Smartcar's id of the car that a device stands for."""
    return next((id_ for domain, id_ in device.identifiers if domain == DOMAIN), None)


@callback
def async_follow_devices(entry: SmartcarConfigEntry) -> None:
    """Make every car's device and keep it current; excluded cars have none.

    Entity ids do not follow a nickname that comes later; names do.
    """
    connections = entry.runtime_data.connections
    registry = dr.async_get(connections.hass)
    for device in dr.async_entries_for_config_entry(registry, entry.entry_id):
        if vehicle_id_of(device) in connections.excluded:
            registry.async_remove_device(device.id)

    @callback
    def track(vehicle: SmartcarVehicle) -> None:
        def signal(code: str) -> str | None:
            return text(vehicle.data.body(code) or {}, "value")

        @callback
        def update() -> None:
            car = vehicle.vehicle
            registry.async_get_or_create(
                config_entry_id=entry.entry_id,
                identifiers={(DOMAIN, vehicle.id)},
                manufacturer=car.make,
                model=f"{car.model} ({car.year})" if car.year else car.model,
                model_id=signal(TRIM),
                name=vehicle.car_name,
                serial_number=signal(VIN),
                sw_version=signal(FIRMWARE),
            )

        update()
        entry.async_on_unload(vehicle.shape.async_add(update, FIELDS))

    entry.async_on_unload(connections.async_add_vehicle_listener(track))
