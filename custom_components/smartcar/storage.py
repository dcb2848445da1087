"""What an entry keeps on disk: its connections, and each car's signals."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
import logging
from math import inf
from typing import Any, Final, NamedTuple, Self

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, UnsupportedStorageVersionError
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util
import orjson

from .api import Connection, Vehicle
from .car.account_errors import OwnerErrors
from .car.logins import Logins
from .car.state import VehicleState
from .const import DOMAIN
from .polling.budget import CallBudget
from .polling.pace import ReadPace
from .polling.rhythm import DeliveryRhythm
from .push.log import PushLog
from .times import past, read_time, write_time

_LOGGER = logging.getLogger(__name__)

VERSION: Final = 1
SAVE_DELAY: Final = 30.0  # seconds after the first change that is not saved
SAVE_GAP: Final = 1.0  # seconds between two writes that are due at once
WRITE_AHEAD_SECONDS: Final = 5.0  # that a command waits for the disk

# How a car can come to be without a connection: by itself, or by a person here.
LOST: Final = "lost"
DISCONNECTED: Final = "disconnected"


@dataclass(slots=True)
class StoredVehicle:
    """What is kept of one car.

    `empty_since`: when Smartcar first had nothing at all to tell of the car.
    `refused`: which signals' commands it cannot carry out, by Smartcar's word, and the
    mark of the connection it was said of; `incapable` and `kept`: the same, where a
    person has removed the control or kept it. `command_since`: when the command that
    is under way was sent; one that is found at a start was cut off. `absence`: how the
    car came to be without a connection. `confirmations`: which of the reads comes next
    that show what came of a command; 0 for none. `read_problem`: the key of the repair
    that says why the car is not read.
    """

    state: VehicleState = field(default_factory=VehicleState)
    budget: CallBudget = field(default_factory=CallBudget)
    pace: ReadPace = field(default_factory=ReadPace)
    last_contact: datetime | None = None
    empty_since: datetime | None = None
    command_since: datetime | None = None
    absence: str | None = None
    confirmations: int = 0
    read_problem: str | None = None
    refused: dict[str, str] = field(default_factory=dict)
    incapable: dict[str, str] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    rhythm: DeliveryRhythm = field(default_factory=DeliveryRhythm)
    owner_errors: OwnerErrors = field(default_factory=OwnerErrors)
    logins: Logins = field(default_factory=Logins)

    def heed(self, now: datetime) -> None:
        """Count every time that lies ahead of now as now: a wrong clock noted it."""
        self.last_contact = past(self.last_contact, now)
        self.empty_since = past(self.empty_since, now)
        for part in (
            *(self.state, self.pace, self.rhythm),
            *(self.owner_errors, self.logins),
        ):
            part.heed(now)

    def as_dict(self) -> dict[str, Any]:
        """Return what goes on disk."""
        return _write(self, VEHICLE)

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Self:
        """Read `as_dict` back; what cannot be read is as for a new car."""
        return cls(**_read(stored, VEHICLE, []))


@dataclass(slots=True)
class Stored:
    """Everything an entry keeps.

    `left_out` names the parts of a file that could not be read, never what they
    said.
    """

    connections: tuple[Connection, ...] = ()
    answered_at: datetime | None = None
    shared_budget: CallBudget = field(default_factory=CallBudget)
    push: PushLog = field(default_factory=PushLog)
    vehicles: dict[str, StoredVehicle] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list, compare=False)

    def forget(self, vehicle_id: str) -> None:
        """Keep nothing of a car but its calls, which are spent all the same."""
        if (known := self.vehicles.get(vehicle_id)) is not None:
            self.vehicles[vehicle_id] = StoredVehicle(budget=known.budget)

    def heed(self, now: datetime) -> None:
        """Count the entry's own times that lie ahead of now as now."""
        self.answered_at = past(self.answered_at, now)
        self.push.heed(now)

    def heed_all(self, now: datetime) -> None:
        """Count every time of the entry and its cars that lies ahead as now."""
        self.heed(now)
        for car in self.vehicles.values():
            car.heed(now)

    def as_dict(self) -> dict[str, Any]:
        """Return what goes on disk."""
        return {
            "connections": [_write_connection(item) for item in self.connections],
            **_write(self, ENTRY),
            "vehicles": {id_: car.as_dict() for id_, car in self.vehicles.items()},
        }

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Self:
        """Read `as_dict` back, car by car: a broken part costs no other."""
        left_out: list[str] = []
        connections, vehicles = [], {}
        for item in _part(stored, "connections", list, left_out):
            try:
                connections.append(_read_connection(item))
            except UNREADABLE:
                left_out.append("connections")
        for vehicle_id, car in _part(stored, "vehicles", dict, left_out).items():
            if isinstance(car, dict):
                parts = _read(car, VEHICLE, left_out)
                vehicles[vehicle_id] = StoredVehicle(**parts)
            else:
                left_out.append("vehicles")
        return cls(
            connections=tuple(connections),
            **_read(stored, ENTRY, left_out),
            vehicles=vehicles,
            left_out=left_out,
        )


class Part(NamedTuple):
    """How a part of a record is written, and read back.

    `read` raises one of `UNREADABLE` for what nobody has written like this.
    """

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def _as_it_is(*kinds: type) -> Part:
    """Return how to keep what JSON knows itself."""

    def read(value: object) -> object:
        if type(value) not in kinds:
            raise TypeError
        return value

    return Part(lambda value: value, read)


def _read_texts(value: dict[str, str]) -> dict[str, str]:
    if not all(isinstance(text, str) for text in value.values()):
        raise TypeError
    return dict(value)


UNREADABLE: Final = (KeyError, TypeError, ValueError, AttributeError)
UNREADABLE_FILE: Final = (HomeAssistantError, *UNREADABLE)

TIME: Final = Part(write_time, read_time)
BUDGET: Final = Part(CallBudget.as_dict, CallBudget.from_dict)

VEHICLE: Final[Mapping[str, Part]] = {
    "state": Part(VehicleState.as_dict, VehicleState.from_dict),
    "budget": BUDGET,
    "pace": Part(ReadPace.as_dict, ReadPace.from_dict),
    "last_contact": TIME,
    "empty_since": TIME,
    "command_since": TIME,
    "absence": _as_it_is(str, type(None)),
    "confirmations": _as_it_is(int),
    "read_problem": _as_it_is(str, type(None)),
    "refused": Part(dict, _read_texts),
    "incapable": Part(dict, _read_texts),
    "kept": Part(dict, _read_texts),
    "rhythm": Part(DeliveryRhythm.as_dict, DeliveryRhythm.from_dict),
    "owner_errors": Part(OwnerErrors.as_dict, OwnerErrors.from_dict),
    "logins": Part(Logins.as_dict, Logins.from_dict),
}

ENTRY: Final[Mapping[str, Part]] = {
    "answered_at": TIME,
    "shared_budget": BUDGET,
    "push": Part(PushLog.as_dict, PushLog.from_dict),
}


def _write(record: object, parts: Mapping[str, Part]) -> dict[str, Any]:
    """Write the parts of a record."""
    return {name: part.write(getattr(record, name)) for name, part in parts.items()}


def _read(
    stored: Mapping[str, Any], parts: Mapping[str, Part], left_out: list[str]
) -> dict[str, Any]:
    """Read the parts of a record that are there and can be read."""
    found = {}
    for name, part in parts.items():
        if name in stored:
            try:
                found[name] = part.read(stored[name])
            except UNREADABLE:
                left_out.append(name)
    return found


def _part[Kind: (list[Any], dict[str, Any])](
    stored: Mapping[str, Any], name: str, kind: type[Kind], left_out: list[str]
) -> Kind:
    """Return the records of a file, or none where something else stands."""
    found = stored.get(name, kind())
    if isinstance(found, kind):
        return found
    left_out.append(name)
    return kind()


def writable(data: dict[str, Any]) -> tuple[dict[str, Any], frozenset[str]]:
    """Leave out of a file what JSON cannot hold; name the parts it was in.

    One such text or number would keep everything off the disk, and Home Assistant
    would write it into the log.
    """
    if _is_writable(data):
        return data, frozenset()
    left_out = set()

    def keep(items: Mapping[str, Any], blank: Mapping[str, Any]) -> dict[str, Any]:
        kept = {}
        for name, value in items.items():
            if name == "state" and not _is_writable(value):
                left_out.add("signals")
                value["signals"] = {
                    code: signal
                    for code, signal in value["signals"].items()
                    if _is_writable({code: signal})
                }
            if _is_writable(value):
                kept[name] = value
            else:
                left_out.add(name)
                kept[name] = blank[name]
        return kept

    connections = [item for item in data["connections"] if _is_writable(item)]
    cars = {id_: car for id_, car in data["vehicles"].items() if _is_writable(id_)}
    if len(connections) < len(data["connections"]):
        left_out.add("connections")
    if len(cars) < len(data["vehicles"]):
        left_out.add("vehicles")
    blank, blank_car = Stored().as_dict(), StoredVehicle().as_dict()
    of_entry = {name: data[name] for name in ENTRY}
    return {
        "connections": connections,
        **keep(of_entry, blank),
        "vehicles": {id_: keep(car, blank_car) for id_, car in cars.items()},
    }, frozenset(left_out)


def _is_writable(value: object) -> bool:
    """Return whether JSON can hold a value."""
    try:
        orjson.dumps(value)
    except orjson.JSONEncodeError:
        return False
    return True


class SmartcarStore:
    """One file per entry, private and written atomically.

    Home Assistant's own delay begins again at every change, so that deliveries
    every 20 s would never be written; here a write is due a fixed time after the
    first change. A file of a newer version is left alone: `problem` names why the
    entry started empty, and nothing is written over it.
    """

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Name the file; nothing is read yet."""
        self._hass = hass
        self._store: Store[dict[str, Any]] = Store(
            hass, VERSION, f"{DOMAIN}.{entry_id}", private=True, atomic_writes=True
        )
        # By the loop's clock: when the write is due, and when the last one began.
        self._due: float | None = None
        self._written_at = -inf
        self._unwritable: frozenset[str] = frozenset()
        self.problem: str | None = None

    async def async_load(self) -> Stored:
        """Return what was kept; without what cannot be read."""
        try:
            if (stored := await self._store.async_load()) is None:
                return Stored()
            found = Stored.from_dict(stored)
            found.heed_all(dt_util.utcnow())
        except UnsupportedStorageVersionError:
            self.problem = "newer_version"
        except UNREADABLE_FILE:
            self.problem = "unreadable"
        else:
            if found.left_out:
                self.problem = "partly_unreadable"
                _LOGGER.warning(
                    "Some of what is stored of the cars cannot be read and is left"
                    " out: %s",
                    ", ".join(sorted(set(found.left_out))),
                )
            return found
        _LOGGER.warning(
            "The stored values of the cars cannot be used (%s); starting without",
            self.problem,
        )
        return Stored()

    @callback
    def schedule(self, stored: Callable[[], Stored], *, at_once: bool = False) -> None:
        """Save within `SAVE_DELAY` seconds of the first change; called at each.

        `at_once`: without delay, but not more often than every `SAVE_GAP` seconds.
        """
        if self.problem == "newer_version":
            return
        now = self._hass.loop.time()
        due = max(now, self._written_at + SAVE_GAP) if at_once else now + SAVE_DELAY
        if self._due is None or due < self._due:
            self._due = due
            self._store.async_delay_save(lambda: self._contents(stored()), due - now)

    async def async_flush(self, stored: Stored) -> None:
        """Save now."""
        if self.problem == "newer_version":
            return
        try:
            await self._store.async_save(self._contents(stored))
        except OSError as err:
            _LOGGER.error(  # noqa: TRY400 - a full disk needs no trace
                "What is known of the cars cannot be written (%s)", type(err).__name__
            )

    async def async_write_ahead(self, stored: Stored) -> None:
        """Save what must not be lost by what is done next.

        A disk that does not answer keeps nobody waiting for longer than
        `WRITE_AHEAD_SECONDS`; it is written as soon as the disk does.
        """
        saving = self._hass.async_create_task(
            self.async_flush(stored), f"{DOMAIN} write ahead"
        )
        await asyncio.wait((saving,), timeout=WRITE_AHEAD_SECONDS)
        if not saving.done():
            _LOGGER.warning("The disk does not answer; going on without it")

    async def async_remove(self) -> None:
        """Delete the file."""
        await self._store.async_remove()

    def _contents(self, stored: Stored) -> dict[str, Any]:
        """Return what is written now; called as the write begins."""
        self._due, self._written_at = None, self._hass.loop.time()
        data, left_out = writable(stored.as_dict())
        if left_out and left_out != self._unwritable:
            _LOGGER.warning(
                "Some of what is known of the cars cannot be written and is left"
                " out: %s",
                ", ".join(sorted(left_out)),
            )
        self._unwritable = left_out
        return data


def _write_connection(connection: Connection) -> dict[str, Any]:
    vehicle = connection.vehicle
    return {
        "id": connection.id,
        "user_id": connection.user_id,
        "permissions": sorted(connection.permissions),
        "updated_at": write_time(connection.updated_at),
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
        updated_at=read_time(stored["updated_at"]),
    )
