"""The rows of the platforms' tables, and the base of all entities of a car."""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Final, override

from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .car.readings import Body, Grid, Position
from .commands import Command
from .const import DOMAIN
from .coordinator import SmartcarVehicle
from .sending import async_send_command


@dataclass(frozen=True, kw_only=True)
class SmartcarEntityDescription(EntityDescription):
    """One row of a platform's table.

    `signal`: the code it shows; none for what the integration itself provides.
    `fallback`: a code that says the same where `signal` says nothing.
    `leaf`: where in the body the value stands.
    `grid`, `position`: the cells of the signal (doors, windows, tyres), which all
    its rows share, and the one of them that this row shows.
    `placeholders`: those of the name in the translations.
    `required_permission`, `hidden_by_permission`: the entity exists only while the
    signal is under control by this permission, or only while it is not.
    `works_without_signal`: a control that makes sense without its signal;
    `disabled_without_signal`: but is disabled at first then.
    `beside`: a code that says the same and more; the entity is disabled at first
    where a car answers it.
    `attributes`: reads what stands beside the value; `companion`: a second code,
    from whose body it reads. `followed`: what else its value depends on.
    `exists`: whether a car has it, where that does not follow from `signal`.
    """

    signal: str | None = None
    fallback: str | None = None
    leaf: str = "value"
    grid: Grid | None = field(default=None, compare=False)
    position: Position = (0, 0)
    placeholders: Mapping[str, str] | None = None
    required_permission: str | None = None
    hidden_by_permission: str | None = None
    works_without_signal: bool = False
    disabled_without_signal: bool = False
    beside: str | None = None
    attributes: Callable[[Body], Mapping[str, Any]] | None = None
    companion: str | None = None
    followed: frozenset[str] = frozenset()
    exists: Callable[[SmartcarVehicle], bool] | None = None

    def applies(self, vehicle: SmartcarVehicle) -> bool:
        """Return whether the car answers the signal and the owner allows it.

        Before the first answer of a car it is unknown which signals it lacks.
        """
        if self.exists is not None:
            return self.is_allowed(vehicle) and self.exists(vehicle)
        return self.is_allowed(vehicle) and (
            self.signal is None
            or self.is_answered(vehicle)
            or (self.works_without_signal and bool(vehicle.data.codes))
        )

    def is_answered(self, vehicle: SmartcarVehicle) -> bool:
        """Return whether the car has ever answered the signal with a value."""
        return any(map(vehicle.data.has, self.sources))

    def is_enabled_at_first(self, vehicle: SmartcarVehicle) -> bool:
        """Return whether the entity of a car is enabled when it is registered."""
        if self.disabled_without_signal and not self.is_answered(vehicle):
            return False
        is_spare = self.beside is not None and vehicle.data.has(self.beside)
        return self.entity_registry_enabled_default and not is_spare

    def is_allowed(self, vehicle: SmartcarVehicle) -> bool:
        """Return whether the permissions granted for the car call for the entity."""
        required, hiding = self.required_permission, self.hidden_by_permission
        return (
            required is None or vehicle.grants.may_control(required, self.signal)
        ) and (hiding is None or not vehicle.grants.may_control(hiding, self.signal))

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """Return the codes that may hold the value, the best one first."""
        return tuple(code for code in (self.signal, self.fallback) if code)

    @cached_property
    def signals(self) -> frozenset[str] | None:
        """Return the codes whose change matters; `None` for any."""
        codes = self.followed.union(self.sources)
        return (codes | {self.companion} if self.companion else codes) or None

    def body(self, vehicle: SmartcarVehicle) -> Body:
        """Return the body to read from, empty when nothing is known."""
        data = vehicle.data
        body: Body = {}
        if self.grid is not None and self.signal is not None:
            cells = self.grid.cells(data.body(self.signal))
            return cells.get(self.position, body)
        for code in self.sources:
            body = data.body(code) or {}
            if body and not body.get("unit") and (unit := data.unit(code)):
                body = {**body, "unit": unit}
            if body.get(self.leaf) is not None:
                break
        return body


class TimeText:
    """The ISO text of the time that was written last.

    Most signals of a report bear one time, and entities write one after another.
    """

    __slots__ = ("_text", "_time")

    def __init__(self) -> None:
        """Begin without a time."""
        self._time: datetime | None = None
        self._text = ""

    def of(self, time: datetime) -> str:
        """Return the text of a time."""
        if time != self._time:
            self._time, self._text = time, time.isoformat()
        return self._text


class SmartcarEntity[Value](CoordinatorEntity[SmartcarVehicle]):
    """An entity of a car; writes its state only when something differs."""

    _attr_has_entity_name = True
    entity_description: SmartcarEntityDescription
    # Whether it is shown although the car is not available.
    _outlasts_car = False
    _time_text: Final = TimeText()

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
        self._attr_entity_registry_enabled_default = description.is_enabled_at_first(
            vehicle
        )
        self._value: Value | None = None
        self._attributes: dict[str, Any] = {}
        self._shown: tuple[object, ...] | None = None
        self._take()

    @abstractmethod
    def read(self, body: Body) -> Value | None:
        """Return the value to show of the row's body, `None` when it is unknown."""

    def read_attributes(self, body: Body) -> Mapping[str, Any]:
        """Return what stands beside the value that was read of the row's body."""
        row = self.entity_description
        if row.attributes is None:
            return {}
        if row.companion is None:
            return row.attributes(body)
        return row.attributes(self.coordinator.data.body(row.companion) or {})

    @override
    async def async_added_to_hass(self) -> None:
        """Take what has changed since the entity was made."""
        await super().async_added_to_hass()
        self._take()

    @property
    @override
    def device_info(self) -> DeviceInfo:
        # Made when it is asked for, once: kept, it would double an entity's memory.
        return DeviceInfo(identifiers={(DOMAIN, self.coordinator.id)})

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
        return self.coordinator.data.assumed.stands(row.signal) or (
            row.works_without_signal and not row.is_answered(self.coordinator)
        )

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        return self._attributes

    @callback
    def _take(self) -> bool:
        """Take the present reading; return whether anything differs.

        Every state that Home Assistant writes comes from here, so that the next
        reading is compared with what was written last.
        """
        vehicle, row = self.coordinator, self.entity_description
        body = row.body(vehicle)
        # First the value: the attributes of some entities follow from it.
        value = self.read(body)
        attributes = self.read_attributes(body)
        available = self._outlasts_car or vehicle.shown_available
        shown = (value, attributes, available, assumed := self._is_assumed())
        if shown == self._shown:
            return False
        self._shown = shown
        self._attr_available, self._attr_assumed_state = available, assumed
        self._value = value
        self._attributes = dict(attributes)
        if row.signals:
            self._attributes["updated_at"] = self._updated_at(row.signals)
        return True

    def _updated_at(self, codes: Iterable[str]) -> str | None:
        """Return when the car last reported any of some signals."""
        newest = None
        for code in codes:
            measured = self.coordinator.data.measured(code)
            if measured is not None and (newest is None or measured > newest):
                newest = measured
        return self._time_text.of(newest) if newest else None

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        if self._take():
            self.async_write_ha_state()


class SmartcarMovingEntity[Value](SmartcarEntity[Value]):
    """A control that shows a transition while its command is under way."""

    _moving = False

    async def _move(self, transition: str, command: Command) -> None:
        """Send a command; `transition` names the attribute to set meanwhile."""
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
        """Ignore reports until the transition has ended."""
        if not self._moving:
            super()._handle_coordinator_update()
