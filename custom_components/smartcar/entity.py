"""What all entities of a car have in common, and how they come to be."""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
import re
from typing import Any, Final, override

from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import (
    AddConfigEntryEntitiesCallback,
    async_get_current_platform,
)
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .car.readings import Body, Position, cells, position_key
from .commands import Command
from .const import DOMAIN
from .coordinator import SmartcarVehicle
from .runtime import SmartcarConfigEntry
from .sending import async_send_command


@dataclass(frozen=True, kw_only=True)
class SmartcarEntityDescription(EntityDescription):
    """One row of a platform's table.

    `signal`: the code it shows; none for what the integration itself tells.
    `companion`: a second code, of which `attributes` are read instead.
    `fallback`: a code that tells the same where `signal` tells nothing.
    `leaf`: where in the body the value stands; `position`: in which cell of a
    grid (doors, windows, tyres). `needs` and `unless`: a permission by which the
    signal must, or must not, be under control. `placeholders`: what the name in
    the translations leaves open. `assumable`: a control that makes sense without
    its signal; `hidden_unless_answered`: but is off at first then. `beside`: a code
    that tells the same and more; this is off at first where a car answers it.
    """

    signal: str | None = None
    companion: str | None = None
    fallback: str | None = None
    leaf: str = "value"
    position: Position | None = None
    placeholders: Mapping[str, str] | None = None
    needs: str | None = None
    unless: str | None = None
    assumable: bool = False
    hidden_unless_answered: bool = False
    beside: str | None = None
    attributes: Callable[[Body], Mapping[str, Any]] | None = None

    def applies(self, vehicle: SmartcarVehicle) -> bool:
        """Tell whether the car answers the signal and the owner allows it.

        Before a car has told anything, nobody knows what it will not tell.
        """
        return self.is_allowed(vehicle) and (
            self.signal is None
            or self.is_answered(vehicle)
            or (self.assumable and bool(vehicle.data.codes))
        )

    def is_answered(self, vehicle: SmartcarVehicle) -> bool:
        """Tell whether the car has ever answered the signal with a value."""
        return any(map(vehicle.data.has, self.sources))

    def is_on_at_first(self, vehicle: SmartcarVehicle) -> bool:
        """Return whether the entity of a car is enabled when it is registered."""
        if self.hidden_unless_answered and not self.is_answered(vehicle):
            return False
        is_spare = self.beside is not None and vehicle.data.has(self.beside)
        return self.entity_registry_enabled_default and not is_spare

    def is_allowed(self, vehicle: SmartcarVehicle) -> bool:
        """Tell whether what the owner granted, and the car can do, asks for this."""
        return (
            self.needs is None or vehicle.grants.may_control(self.needs, self.signal)
        ) and (
            self.unless is None
            or not vehicle.grants.may_control(self.unless, self.signal)
        )

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """Return the codes that may hold the value, the best one first."""
        return tuple(code for code in (self.signal, self.fallback) if code)

    @cached_property
    def signals(self) -> frozenset[str] | None:
        """Return the codes whose change matters; `None` for any."""
        codes = frozenset(self.sources)
        return (codes | {self.companion} if self.companion else codes) or None

    def body(self, vehicle: SmartcarVehicle) -> Body:
        """Return the body to read from, empty when nothing is known."""
        body: Body = {}
        for code in self.sources:
            body = vehicle.data.body(code) or {}
            if body and not body.get("unit") and (unit := vehicle.data.unit(code)):
                body = {**body, "unit": unit}
            if body.get(self.leaf) is not None:
                break
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
                own = replace(
                    row,
                    key=f"{row.key}_{position_key(position)}",
                    position=position,
                )
                if position in USUAL_POSITIONS:
                    yield own
                    continue
                yield replace(
                    own,
                    translation_key=f"{row.key}_other",
                    placeholders={
                        "row": str(position[0] + 1),
                        "column": str(position[1] + 1),
                    },
                )


# What codes look like, and how many that no table has a car may bring.
CODE: Final = re.compile(r"[a-z0-9]{1,40}(-[a-z0-9]{1,40}){1,3}")
MAX_NEW_CODES: Final = 50


def new_codes(
    is_new: Callable[[str, Body], bool],
) -> Callable[[SmartcarVehicle], Iterable[str]]:
    """Return a way to tell a car's codes that no table has.

    A car keeps those it had first, so that no flood of codes replaces them.
    """
    found: dict[str, dict[str, None]] = {}

    def codes(vehicle: SmartcarVehicle) -> Iterable[str]:
        mine = found.setdefault(vehicle.id, {})
        for code in sorted(vehicle.data.codes - mine.keys()):
            if len(mine) == MAX_NEW_CODES:
                break
            if CODE.fullmatch(code) and is_new(code, vehicle.data.body(code) or {}):
                mine[code] = None
        return tuple(mine)

    return codes


def name_of(code: str) -> str:
    """Name what has no name in the translations: `cabin-air` is `cabin air`."""
    return code.replace("-", " ")


class SmartcarEntity[Value](CoordinatorEntity[SmartcarVehicle]):
    """An entity of a car; writes its state only when something differs."""

    _attr_has_entity_name = True
    entity_description: SmartcarEntityDescription
    # Whether it is shown although the car is not available.
    _outlasts_car = False

    def __init__(
        self, vehicle: SmartcarVehicle, description: SmartcarEntityDescription
    ) -> None:
        """Take a row of a platform's table and the first reading."""
        super().__init__(vehicle, context=description.signals)
        self.entity_description = description
        self._attr_translation_key = description.translation_key or description.key
        if description.placeholders is not None:
            self._attr_translation_placeholders = dict(description.placeholders)
        self._attr_unique_id = f"{vehicle.id}_{description.key}"
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, vehicle.id)})
        self._attr_entity_registry_enabled_default = description.is_on_at_first(vehicle)
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

    @override
    async def async_added_to_hass(self) -> None:
        """Take what has changed since the entity was made."""
        await super().async_added_to_hass()
        self._take()

    @property
    @override
    def available(self) -> bool:
        """Return what was taken last, as Home Assistant writes states by itself."""
        return self._attr_available

    def _is_assumed(self) -> bool:
        """Return whether the value is what a command should have made of it."""
        row = self.entity_description
        if row.signal is None:
            return False
        return self.coordinator.data.is_assumed(row.signal) or (
            row.assumable and not row.is_answered(self.coordinator)
        )

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        return self._attributes

    @callback
    def _take(self) -> bool:
        """Take the present reading; return whether anything differs.

        All that is written comes from here, by any writer: what is compared with
        the next reading is then what was written last.
        """
        value, attributes = self.read(), self.read_attributes()
        available = self._outlasts_car or self.coordinator.is_available
        shown = (value, attributes, available, assumed := self._is_assumed())
        if shown == self._shown:
            return False
        self._shown = shown
        self._attr_available, self._attr_assumed_state = available, assumed
        self._value = value
        self._attributes = dict(attributes)
        if signals := self.entity_description.signals:
            measured = filter(None, map(self.coordinator.data.measured, signals))
            newest = max(measured, default=None)
            self._attributes["updated_at"] = newest.isoformat() if newest else None
        return True

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        if self._take():
            self.async_write_ha_state()


class SmartcarMovingEntity[Value](SmartcarEntity[Value]):
    """A control that shows the way there while its command is under way."""

    _moving = False

    async def _move(self, transition: str, command: Command) -> None:
        """Send a command; `transition` is the attribute that shows the way."""
        self._moving = True
        setattr(self, transition, True)
        self.async_write_ha_state()
        try:
            await async_send_command(self.coordinator, command)
        finally:
            self._moving = False
            setattr(self, transition, False)
            self._take()
            self.async_write_ha_state()

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Let nothing come between the transition and its end."""
        if not self._moving:
            super()._handle_coordinator_update()


def for_every_car[Row: SmartcarEntityDescription](
    *rows: Row,
) -> Callable[[SmartcarVehicle], Iterable[Row]]:
    """Return a table that is the same for every car."""
    return lambda _: rows


@callback
def async_add_described[Row: SmartcarEntityDescription](
    entry: SmartcarConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    rows: Callable[[SmartcarVehicle], Iterable[Row]],
    build: Callable[[SmartcarVehicle, Row], Entity],
) -> None:
    """Add an entity for every row that applies, now and whenever one comes to.

    `rows` gives a platform's rows for a car; cars may come later, too. Where a
    permission that comes or goes makes another row show the same, the entity of
    the row before goes; its id comes back with it.
    """
    known: set[tuple[str, str]] = set()
    registry = er.async_get(entry.runtime_data.connections.hass)
    domain = async_get_current_platform().domain

    @callback
    def remove(vehicle: SmartcarVehicle, row: Row) -> None:
        known.discard((vehicle.id, row.key))
        unique_id = f"{vehicle.id}_{row.key}"
        if entity_id := registry.async_get_entity_id(domain, DOMAIN, unique_id):
            registry.async_remove(entity_id)

    @callback
    def track(vehicle: SmartcarVehicle) -> None:
        @callback
        def add() -> None:
            new = []
            for row in rows(vehicle):
                if not row.is_allowed(vehicle):
                    remove(vehicle, row)
                elif (vehicle.id, row.key) not in known and row.applies(vehicle):
                    new.append(row)
            known.update((vehicle.id, row.key) for row in new)
            if new:
                async_add_entities([build(vehicle, row) for row in new])

        add()
        entry.async_on_unload(vehicle.async_add_shape_listener(add))

    connections = entry.runtime_data.connections
    entry.async_on_unload(connections.async_add_vehicle_listener(track))
