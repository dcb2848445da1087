"""What all entities of a car have in common, and how they come to be."""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, override

from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .const import DOMAIN
from .coordinator import SmartcarConfigEntry, SmartcarVehicle
from .readings import Body, Position, cells, position_key


@dataclass(frozen=True, kw_only=True)
class SmartcarEntityDescription(EntityDescription):
    """One row of a platform's table.

    `signal`: the code it shows; none for what the integration itself tells.
    `companion`: a second code, of which `attributes` are read instead.
    `leaf`: where in the body the value stands; `position`: in which cell of a
    grid (doors, windows, tyres). `needs` and `unless`: a permission that must,
    or must not, be granted.
    """

    signal: str | None = None
    companion: str | None = None
    leaf: str = "value"
    position: Position | None = None
    needs: str | None = None
    unless: str | None = None
    attributes: Callable[[Body], Mapping[str, Any]] | None = None

    def applies(self, vehicle: SmartcarVehicle) -> bool:
        """Tell whether the car answers the signal and the owner allows it."""
        permissions = vehicle.permissions
        return (
            (self.signal is None or vehicle.data.has(self.signal))
            and (self.needs is None or self.needs in permissions)
            and (self.unless is None or self.unless not in permissions)
        )

    @property
    def signals(self) -> frozenset[str] | None:
        """Return the codes whose change matters; `None` for any."""
        codes = frozenset(code for code in (self.signal, self.companion) if code)
        return codes or None

    def body(self, vehicle: SmartcarVehicle) -> Body:
        """Return the body to read from, empty when nothing is known."""
        if self.signal is None:
            return {}
        body = vehicle.data.body(self.signal) or {}
        return body if self.position is None else cells(body).get(self.position, {})


# Positions with names of their own in the translations.
USUAL_POSITIONS: Final = frozenset({(0, 0), (0, 1), (1, 0), (1, 1)})


def at_positions[Row: SmartcarEntityDescription](
    vehicle: SmartcarVehicle, *rows: Row
) -> Iterable[Row]:
    """Make a row for every door, window or tyre that a car reports."""
    for row in rows:
        body = vehicle.data.body(row.signal) if row.signal else None
        for position, cell in cells(body or {}).items():
            if row.leaf in cell:
                yield replace(
                    row,
                    key=f"{row.key}_{position_key(position)}",
                    position=position,
                    translation_key=None
                    if position in USUAL_POSITIONS
                    else f"{row.key}_other",
                )


class SmartcarEntity[Value](CoordinatorEntity[SmartcarVehicle]):
    """An entity of a car; writes its state only when something differs."""

    _attr_has_entity_name = True
    entity_description: SmartcarEntityDescription

    def __init__(
        self, vehicle: SmartcarVehicle, description: SmartcarEntityDescription
    ) -> None:
        """Take a row of a platform's table and the first reading."""
        super().__init__(vehicle, context=description.signals)
        self.entity_description = description
        self._attr_translation_key = description.translation_key or description.key
        position = description.position
        if position is not None and position not in USUAL_POSITIONS:
            row, column = position
            self._attr_translation_placeholders = {
                "row": str(row + 1),
                "column": str(column + 1),
            }
        self._attr_unique_id = f"{vehicle.id}_{description.key}"
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, vehicle.id)})
        self._value: Value | None = None
        self._attributes: dict[str, Any] = {}
        self._shown: tuple[object, ...] | None = None
        self._take()

    @property
    def body(self) -> Body:
        """Return the body this entity reads from."""
        return self.entity_description.body(self.coordinator)

    @abstractmethod
    def read(self) -> Value | None:
        """Return the value to show, `None` when it is unknown."""

    def read_attributes(self) -> Mapping[str, Any]:
        """Return what stands beside the value."""
        row = self.entity_description
        if row.attributes is None:
            return {}
        if row.companion is None:
            return row.attributes(self.body)
        return row.attributes(self.coordinator.data.body(row.companion) or {})

    @property
    @override
    def available(self) -> bool:
        return self.coordinator.is_available

    @property
    @override
    def assumed_state(self) -> bool:
        signal = self.entity_description.signal
        return signal is not None and self.coordinator.data.is_assumed(signal)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        return self._attributes

    @callback
    def _take(self) -> bool:
        """Take the present reading; tell whether anything differs."""
        value, attributes = self.read(), self.read_attributes()
        shown = (value, attributes, self.available, self.assumed_state)
        if shown == self._shown:
            return False
        self._shown = shown
        self._value = value
        self._attributes = dict(attributes)
        if signal := self.entity_description.signal:
            measured = self.coordinator.data.measured(signal)
            self._attributes["updated_at"] = measured.isoformat() if measured else None
        return True

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        if self._take():
            self.async_write_ha_state()


@callback
def async_add_described[Row: SmartcarEntityDescription](
    entry: SmartcarConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    rows: Callable[[SmartcarVehicle], Iterable[Row]],
    build: Callable[[SmartcarVehicle, Row], Entity],
) -> None:
    """Add an entity for every row that applies, now and whenever one comes to.

    `rows` gives a platform's rows for a car; cars may come later, too.
    """
    known: set[tuple[str, str]] = set()

    @callback
    def track(vehicle: SmartcarVehicle) -> None:
        @callback
        def add() -> None:
            new = [
                row
                for row in rows(vehicle)
                if (vehicle.id, row.key) not in known and row.applies(vehicle)
            ]
            known.update((vehicle.id, row.key) for row in new)
            if new:
                async_add_entities([build(vehicle, row) for row in new])

        add()
        entry.async_on_unload(vehicle.async_add_shape_listener(add))

    entry.async_on_unload(entry.runtime_data.async_add_vehicle_listener(track))
