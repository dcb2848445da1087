"""Cars without Home Assistant, and what entities they get: `python -m tools.table`.

Prints code and entities for a car that answers every signal, then counts for it
and for the simulator's cars. With `--write` it writes what follows from the rows:
the tables of `docs/entities.md`, and the codes in `car/published.py`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
import sys
from types import SimpleNamespace
from typing import Any

from homeassistant.util.unit_system import METRIC_SYSTEM

from custom_components.smartcar.api import Signal
from custom_components.smartcar.car.state import VehicleState
from custom_components.smartcar.const import DOMAIN, PLATFORMS
from custom_components.smartcar.entity import SmartcarEntityDescription
from custom_components.smartcar.memory import Memory
from simulator import fleet
from simulator.clock import ManualClock
from tests.consistency.tables import planned
from tests.documented import documented

from . import entities_page

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


class StandIn:
    """What entities ask of a car, without Home Assistant."""

    def __init__(
        self, signals: Iterable[Signal], permissions: Iterable[str] = ()
    ) -> None:
        """Take what the car has told, and what may be read of it."""
        self.id = "car"
        self.permissions = frozenset(permissions)
        self.is_available = True
        self.hass: Any = SimpleNamespace(
            config=SimpleNamespace(units=METRIC_SYSTEM, language="en")
        )
        self.data = VehicleState()
        memory = Memory()
        self.diary = SimpleNamespace(
            memory=memory,
            charges=memory.charges,
            drives=memory.drives,
            has_costs=False,
            costs=SimpleNamespace(is_on=False),
        )
        self.grants = self
        self.take(signals)

    def take(self, signals: Iterable[Signal]) -> None:
        """Take in what a read answered."""
        self.data.merge(signals, NOW)

    def may_control(self, permission: str, _signal: str | None) -> bool:
        """Return whether the owner granted a permission; the car can do everything."""
        return permission in self.permissions

    def __getattr__(self, name: str) -> Any:
        """Answer nothing to what only commands and reads need."""
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_: False

    def rows(self, platform: str) -> list[tuple[SmartcarEntityDescription, Any]]:
        """Return a platform's rows that apply, with what builds their entities."""
        car: Any = self
        return [
            (row, build) for row, build in planned(platform, car) if row.applies(car)
        ]

    def entities(self, *platforms: str) -> dict[str, Any]:
        """Build the entities that show signals, by platform and key."""
        found = {}
        for platform in platforms:
            for row, build in self.rows(platform):
                if row.signal is not None:
                    entity = build(self, row)
                    entity.hass = self.hass
                    entity.platform_data = SimpleNamespace(
                        default_language_platform_translations={},
                        platform_translations={},
                        platform_name=DOMAIN,
                        domain=platform,
                    )
                    found[f"{platform}.{row.key}"] = entity
        return found

    def table(self) -> list[tuple[str, SmartcarEntityDescription]]:
        """Return all rows that apply, of all platforms."""
        return [
            (str(platform), row)
            for platform in PLATFORMS
            for row, _ in self.rows(platform)
        ]


def refresh(entity: Any) -> None:
    """Let an entity read again, as it does when its car has news."""
    entity._take()  # noqa: SLF001 - without Home Assistant there is no publish


def parsed(items: Iterable[object]) -> list[Signal]:
    """Read elements of an answer."""
    return [signal for item in items if (signal := Signal.parse(item))]


def simulated(vehicle_id: str) -> StandIn:
    """Return one of the simulator's cars."""
    cloud = fleet.demo(ManualClock(NOW), living=False)
    (connection,) = (
        item for item in cloud.connections.values() if item.car.vehicle_id == vehicle_id
    )
    cloud.refresh()
    stored = [item.element("") for item in connection.store.signals()]
    return StandIn(parsed(stored), connection.permissions)


def report() -> Iterator[str]:
    """Yield the lines of the table and the counts."""
    everything: Any = StandIn(parsed(documented().values()), fleet.PERMISSIONS_BEV)
    homes: dict[str, list[str]] = {code: [] for code in sorted(documented())}
    for platform, row in everything.table():
        mark = "" if row.is_enabled_at_first(everything) else " (off)"
        # What only a car's diary tells is no signal, and has no line.
        for code in homes.keys() & (row.signals or ()):
            homes[code].append(f"{platform}.{row.key}{mark}")
    for code, keys in homes.items():
        yield f"{code:46} {', '.join(keys) or 'the device'}"
    cars = {
        "every signal": everything,
        "BEV": simulated(fleet.BEV),
        "PHEV": simulated(fleet.PHEV),
        "ICE": simulated(fleet.ICE),
    }
    for name, car in cars.items():
        rows = car.table()
        on = Counter(p for p, row in rows if row.is_enabled_at_first(car))
        off = Counter(p for p, row in rows if not row.is_enabled_at_first(car))
        yield f"\n{name}: {len(rows)} entities, {on.total()} on by default"
        for platform in sorted(on | off):
            yield f"  {platform:16} {on[platform]:3} on {off[platform]:3} off"


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        entities_page.write()
    else:
        print("\n".join(report()))  # noqa: T201 - a command prints
