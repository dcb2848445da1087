"""Which cars may be one: what a person is asked, and what they are told.

Nothing is merged by make and model: the VIN tells, or a person does.
"""

from asyncio import Handle
from collections.abc import Iterable, Iterator, Mapping
from itertools import takewhile
from typing import Any, Final, Protocol

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from .api import Connection
from .const import CONF_EXCLUDED, DOMAIN, ENTRY_VERSION
from .context import Context
from .coordinator import SmartcarVehicle
from .issues import Issue
from .texts import kind_of

# The scopes of the board, and kinds of repairs.
SAME_CAR: Final = "same_car"
TWO_ENTRIES: Final = "two_entries"

# The fields of devices that matter here.
COMPARED: Final = frozenset({"disabled_by", "name_by_user", "serial_number"})


def candidates(
    car: SmartcarVehicle, cars: Mapping[str, SmartcarVehicle]
) -> list[SmartcarVehicle]:
    """Return which of an entry's cars that came before it a car may be.

    `cars`: in the order in which they came. None where a person has answered.
    """
    if car.grants.is_gone:
        return []
    earlier = takewhile(lambda before: before is not car, cars.values())
    return [before for before in earlier if _may_be(car, before)]


def _may_be(car: SmartcarVehicle, before: SmartcarVehicle) -> bool:
    """Return whether a car may be one that came before it."""
    if before.id in car.stored.is_not or car.id in before.stored.is_not:
        return False
    if car.vin is not None and before.vin is not None:
        return car.vin == before.vin
    makes = {item.vehicle.make.casefold() for item in (car, before)} - {""}
    is_gone = before.grants.is_gone and before.id in car.stored.may_be
    return is_gone and len(makes) <= 1


@callback
def description(entry: ConfigEntry[Any], car: SmartcarVehicle) -> str:
    """Return make, model and year of a car, and what a person calls it."""
    kind, year = kind_of(car.hass, car.vehicle), car.vehicle.year
    full = f"{kind} ({year})" if year else kind
    return full if (name := _name(entry, car)) == kind else f"{name}, {full}"


def _name(entry: ConfigEntry[Any], car: SmartcarVehicle) -> str:
    """Return what a person calls a car in Home Assistant, else in its app."""
    device = dr.async_get(car.hass).async_get_device_by_identifier(
        (DOMAIN, car.id), entry.entry_id
    )
    return (device and device.name_by_user) or car.car_name


@callback
def questions(
    entry: ConfigEntry[Any], cars: Mapping[str, SmartcarVehicle]
) -> Iterator[Issue]:
    """Yield which cars of an entry a person is asked about.

    One of a VIN is the same car for sure; then it is asked whether it goes on as one.
    """
    for car in cars.values():
        if found := candidates(car, cars):
            is_sure = car.vin is not None and car.vin in [one.vin for one in found]
            known = "; ".join(description(entry, before) for before in found)
            yield Issue(
                SAME_CAR,
                "same_vin" if is_sure else "same_car",
                {"car": _name(entry, car), "known": known},
                car.id,
                data={"vehicle_id": car.id},
            )


@callback
def in_two_entries(
    hass: HomeAssistant, entry: ConfigEntry[Any], cars: Mapping[str, SmartcarVehicle]
) -> Iterator[Issue]:
    """Yield which cars an earlier entry has, too, under other ids."""
    entries = hass.config_entries.async_entries(DOMAIN, include_disabled=False)
    known: dict[str | None, str] = {}
    for other in takewhile(lambda one: one.entry_id != entry.entry_id, entries):
        if other.version == ENTRY_VERSION:
            known |= {
                device.serial_number: other.title
                for device in dr.async_entries_for_config_entry(
                    dr.async_get(hass), other.entry_id
                )
                if device.disabled_by is None
            }
    for car in cars.values():
        if car.vin in known and car.vin is not None and not car.grants.is_gone:
            yield Issue(
                TWO_ENTRIES,
                "two_entries",
                {
                    "car": _name(entry, car),
                    "title": entry.title,
                    "other": known[car.vin],
                },
                car.id,
                is_fixable=False,
            )


class Move(Protocol):
    """Let a car go on under another id; return whether it does."""

    def __call__(
        self,
        old: str,
        new: str,
        connections: Iterable[Connection],
        *,
        replaces: bool = False,
    ) -> bool:
        """Move; `replaces`: what the new id has of its own gives way."""


class Comparison:
    """Asks which cars of an entry are one, and takes the answers."""

    def __init__(
        self, context: Context, cars: Mapping[str, SmartcarVehicle], move: Move
    ) -> None:
        """Follow the devices; nothing is asked yet."""
        self._context = context
        self._cars = cars
        self._move = move
        self._next: Handle | None = None
        context.entry.async_on_unload(
            context.hass.bus.async_listen(
                dr.EVENT_DEVICE_REGISTRY_UPDATED, self._follow_devices
            )
        )
        context.entry.async_on_unload(self._close)

    @callback
    def show(self) -> None:
        """Show, or clear, the questions and what is said of two entries."""
        self._next = None
        hass, entry, board = (
            self._context.hass,
            self._context.entry,
            self._context.issues,
        )
        board.show(SAME_CAR, tuple(questions(entry, self._cars)))
        board.show(TWO_ENTRIES, tuple(in_two_entries(hass, entry, self._cars)))

    @callback
    def join(self, old: str, new: str) -> None:
        """Let a car go on as another one, which a person says it is.

        An id before that is listed still is left out from now on.
        """
        hass, entry = self._context.hass, self._context.entry
        if not self._cars[old].grants.is_gone:
            excluded = sorted({*entry.data.get(CONF_EXCLUDED, ()), old})
            hass.config_entries.async_update_entry(
                entry, data={**entry.data, CONF_EXCLUDED: excluded}
            )
        self._move(old, new, self._cars[new].grants.connections, replaces=True)
        hass.config_entries.async_schedule_reload(entry.entry_id)

    @callback
    def keep_apart(self, vehicle_id: str) -> None:
        """Remember that a car is none of those that it may have been."""
        car = self._cars[vehicle_id]
        car.stored.is_not |= {other.id for other in candidates(car, self._cars)}
        self._context.save(vehicle_id)
        self.show()

    @callback
    def _follow_devices(self, event: Event[dr.EventDeviceRegistryUpdatedData]) -> None:
        """Compare again when VINs, names or cars of any entry come or go."""
        data = event.data
        if data["action"] == "update" and COMPARED.isdisjoint(data["changes"]):
            return
        # A set-up makes the devices of many cars in one moment.
        if self._next is None:
            self._next = self._context.hass.loop.call_soon(self.show)

    @callback
    def _close(self) -> None:
        """Clear all where the entry was disabled; nothing is here twice then."""
        if self._next is not None:
            self._next.cancel()
        if self._context.entry.disabled_by is not None:
            for scope in (SAME_CAR, TWO_ENTRIES):
                self._context.issues.show(scope, ())
