"""What an entry keeps on disk: its connections, and each car's signals."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
import logging
from typing import Any, Final, Self

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, UnsupportedStorageVersionError
from homeassistant.helpers.storage import Store

from .api import Connection, Vehicle
from .budget import CallBudget
from .const import DOMAIN
from .owner_errors import OwnerErrors
from .pace import ReadPace
from .push_log import PushLog
from .rhythm import DeliveryRhythm
from .vehicle import VehicleState

_LOGGER = logging.getLogger(__name__)

VERSION: Final = 1
SAVE_DELAY: Final = 30  # seconds after the last change

# How a car can come to be without a connection: by itself, or by a person here.
LOST: Final = "lost"
DISCONNECTED: Final = "disconnected"


@dataclass(slots=True)
class StoredVehicle:
    """What is kept of one car.

    `empty_since`: when Smartcar first had nothing at all to tell of the car.
    `incapable`: which signals' commands it refused for good, and the mark of the
    connection it did so for. `command_since`: when the command that is under way
    was sent; one that is found at a start was cut off. `absence`: how the car came
    to be without a connection. `confirmations`: which of the reads comes next that
    show what came of a command; 0 for none.
    """

    state: VehicleState = field(default_factory=VehicleState)
    budget: CallBudget = field(default_factory=CallBudget)
    pace: ReadPace = field(default_factory=ReadPace)
    last_contact: datetime | None = None
    empty_since: datetime | None = None
    command_since: datetime | None = None
    absence: str | None = None
    confirmations: int = 0
    incapable: dict[str, str] = field(default_factory=dict)
    rhythm: DeliveryRhythm = field(default_factory=DeliveryRhythm)
    owner_errors: OwnerErrors = field(default_factory=OwnerErrors)

    def as_dict(self) -> dict[str, Any]:
        """Return what goes on disk."""
        return {
            "state": self.state.as_dict(),
            "budget": self.budget.as_dict(),
            "pace": self.pace.as_dict(),
            "last_contact": _write_time(self.last_contact),
            "empty_since": _write_time(self.empty_since),
            "command_since": _write_time(self.command_since),
            "absence": self.absence,
            "confirmations": self.confirmations,
            "incapable": dict(self.incapable),
            "rhythm": self.rhythm.as_dict(),
            "owner_errors": self.owner_errors.as_dict(),
        }

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Self:
        """Read `as_dict` back."""
        return cls(
            state=VehicleState.from_dict(stored["state"]),
            budget=CallBudget.from_dict(stored["budget"]),
            pace=ReadPace.from_dict(stored.get("pace", {})),
            last_contact=_read_time(stored["last_contact"]),
            empty_since=_read_time(stored.get("empty_since")),
            command_since=_read_time(stored.get("command_since")),
            absence=stored.get("absence"),
            confirmations=stored.get("confirmations", 0),
            incapable=dict(stored.get("incapable", {})),
            rhythm=DeliveryRhythm.from_dict(stored.get("rhythm", {})),
            owner_errors=OwnerErrors.from_dict(stored.get("owner_errors", {})),
        )


@dataclass(slots=True)
class Stored:
    """Everything an entry keeps."""

    connections: tuple[Connection, ...] = ()
    answered_at: datetime | None = None
    shared_budget: CallBudget = field(default_factory=CallBudget)
    push: PushLog = field(default_factory=PushLog)
    vehicles: dict[str, StoredVehicle] = field(default_factory=dict)

    def forget(self, vehicle_id: str) -> None:
        """Keep nothing of a car but its calls, which are spent all the same."""
        if (known := self.vehicles.get(vehicle_id)) is not None:
            self.vehicles[vehicle_id] = StoredVehicle(budget=known.budget)

    def as_dict(self) -> dict[str, Any]:
        """Return what goes on disk."""
        return {
            "connections": [_write_connection(item) for item in self.connections],
            "answered_at": _write_time(self.answered_at),
            "shared_budget": self.shared_budget.as_dict(),
            "push": self.push.as_dict(),
            "vehicles": {id_: car.as_dict() for id_, car in self.vehicles.items()},
        }

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Self:
        """Read `as_dict` back."""
        return cls(
            connections=tuple(_read_connection(item) for item in stored["connections"]),
            answered_at=_read_time(stored["answered_at"]),
            shared_budget=CallBudget.from_dict(stored["shared_budget"])
            if "shared_budget" in stored
            else CallBudget(),
            push=PushLog.from_dict(stored.get("push", {})),
            vehicles={
                id_: StoredVehicle.from_dict(car)
                for id_, car in stored["vehicles"].items()
            },
        )


class SmartcarStore:
    """One file per entry, private and written atomically.

    A file of a newer version is left alone: `problem` names why the entry
    started empty, and nothing is written over it.
    """

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Name the file; nothing is read yet."""
        self._store: Store[dict[str, Any]] = Store(
            hass, VERSION, f"{DOMAIN}.{entry_id}", private=True, atomic_writes=True
        )
        self.problem: str | None = None

    async def async_load(self) -> Stored:
        """Return what was kept, or nothing where it cannot be read."""
        try:
            stored = await self._store.async_load()
            return Stored.from_dict(stored) if stored is not None else Stored()
        except UnsupportedStorageVersionError:
            self.problem = "newer_version"
        except HomeAssistantError, KeyError, TypeError, ValueError, AttributeError:
            self.problem = "unreadable"
        _LOGGER.warning(
            "The stored values of the cars cannot be used (%s); starting without",
            self.problem,
        )
        return Stored()

    def schedule(self, stored: Callable[[], Stored]) -> None:
        """Save soon; called at every change."""
        if self.problem != "newer_version":
            self._store.async_delay_save(lambda: stored().as_dict(), SAVE_DELAY)

    async def async_flush(self, stored: Stored) -> None:
        """Save now."""
        if self.problem != "newer_version":
            await self._store.async_save(stored.as_dict())

    async def async_remove(self) -> None:
        """Delete the file."""
        await self._store.async_remove()


def _write_time(time: datetime | None) -> str | None:
    return time.isoformat() if time else None


def _read_time(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def _write_connection(connection: Connection) -> dict[str, Any]:
    vehicle = connection.vehicle
    return {
        "id": connection.id,
        "user_id": connection.user_id,
        "permissions": sorted(connection.permissions),
        "updated_at": _write_time(connection.updated_at),
        "vehicle": {
            "id": vehicle.id,
            "make": vehicle.make,
            "model": vehicle.model,
            "year": vehicle.year,
            "powertrain": vehicle.powertrain,
            "mode": vehicle.mode,
        },
    }


def _read_connection(stored: dict[str, Any]) -> Connection:
    return Connection(
        id=stored["id"],
        user_id=stored["user_id"],
        vehicle=Vehicle(**stored["vehicle"]),
        permissions=frozenset(stored["permissions"]),
        updated_at=_read_time(stored["updated_at"]),
    )
