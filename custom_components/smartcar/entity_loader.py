"""Add the entities of a car as its signals and permissions come and go."""

from collections import defaultdict
from collections.abc import Callable, Iterable
import copy
from dataclasses import replace
import re
from typing import Any, Final

from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import (
    AddConfigEntryEntitiesCallback,
    async_get_current_platform,
)
from homeassistant.helpers.typing import UNDEFINED

from .car.readings import Body, Grid, position_key
from .const import DOMAIN
from .coordinator import SmartcarVehicle
from .entity import SmartcarEntityDescription
from .runtime import SmartcarConfigEntry

# Positions with names of their own in the translations.
NAMED_POSITIONS: Final = frozenset({(0, 0), (0, 1), (1, 0), (1, 1)})

# What codes look like, and how many that no table has a car may bring.
CODE: Final = re.compile(r"[a-z0-9]{1,40}(-[a-z0-9]{1,40}){1,3}")
MAX_NEW_CODES: Final = 50


def for_every_car[Row: SmartcarEntityDescription](
    *rows: Row,
) -> Callable[[SmartcarVehicle], Iterable[Row]]:
    """Return a table that is the same for every car."""
    return lambda _: rows


def at_positions[Row: SmartcarEntityDescription](
    vehicle: SmartcarVehicle, *rows: Row
) -> Iterable[Row]:
    """Yield a row for every door, window or tyre that a car reports.

    The rows of one signal share its cells.
    """
    grids: defaultdict[str, Grid] = defaultdict(Grid)
    for row in rows:
        if row.signal is None:
            continue
        grid = grids[row.signal]
        for position, cell in grid.cells(vehicle.data.body(row.signal)).items():
            if row.leaf not in cell:
                continue
            key = f"{row.key}_{position_key(position)}"
            own = replace(row, key=key, grid=grid, position=position)
            yield (
                own
                if position in NAMED_POSITIONS
                else replace(
                    own,
                    translation_key=f"{row.key}_other",
                    placeholders={
                        "row": str(position[0] + 1),
                        "column": str(position[1] + 1),
                    },
                )
            )


def new_codes(
    is_new: Callable[[str, Body], bool],
) -> Callable[[SmartcarVehicle], Iterable[str]]:
    """Return a function that returns a car's codes that no table has.

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
    """Return a name for a code without one in the translations.

    `cabin-air` is `cabin air`.
    """
    return code.replace("-", " ")


@callback
def _forget_default(registry: er.EntityRegistry, key: tuple[str, str, str]) -> None:
    """Forget that an entity which was removed had been disabled by default.

    Home Assistant would bring that back, also where another integration with the same
    unique id had the default.
    """
    gone: Any = registry.deleted_entities.get(key)
    if gone is not None and gone.disabled_by is er.RegistryEntryDisabler.INTEGRATION:
        registry.deleted_entities[key] = copy.replace(gone, disabled_by=UNDEFINED)


@callback
def async_add_described[Row: SmartcarEntityDescription](
    entry: SmartcarConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    rows: Callable[[SmartcarVehicle], Iterable[Row]],
    build: Callable[[SmartcarVehicle, Row], Entity],
) -> None:
    """Add an entity for every row that applies to a car, now and later.

    `rows` returns a platform's rows for a car; more cars may come later. When a
    permission comes or goes, another row may show the same signal: then the
    entity of the row before is removed. Its entity id comes back with it.
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
                for row in new:
                    unique_id = f"{vehicle.id}_{row.key}"
                    _forget_default(registry, (domain, DOMAIN, unique_id))
                async_add_entities([build(vehicle, row) for row in new])

        add()
        entry.async_on_unload(vehicle.shape.async_add(add))

    entry.async_on_unload(
        entry.runtime_data.connections.async_add_vehicle_listener(track)
    )
