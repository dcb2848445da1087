"""What an entry keeps on disk: its connections, and each car's signals."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
import logging
from math import inf
from typing import Any, Final, NamedTuple, Self, override

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, UnsupportedStorageVersionError
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util
import orjson

from .api import Connection
from .car.account_errors import OwnerErrors
from .car.logins import Logins
from .car.state import VehicleState
from .const import DOMAIN
from .memory import Point
from .polling.budget import CallBudget
from .polling.pace import ReadPace
from .polling.rhythm import DeliveryRhythm
from .push.log import PushLog
from .records import NOT_STORED, Record, decoder
from .times import past

_LOGGER = logging.getLogger(__name__)

VERSION: Final = 1
SAVE_DELAY: Final = 30.0  # seconds after the first change that is not saved
SAVE_GAP: Final = 1.0  # seconds between two writes that are due at once
SAVE_SPARE: Final = 5.0  # seconds that encoding the cars may take in turns
WRITE_AHEAD_SECONDS: Final = 5.0  # that a command waits for the disk

# How a car can come to be without a connection: by itself, or by a person here.
LOST: Final = "lost"
DISCONNECTED: Final = "disconnected"


class Encoded(NamedTuple):
    """A car's part of the file, and the names of what JSON cannot hold of it."""

    json: orjson.Fragment
    left_out: frozenset[str]


@dataclass(slots=True)
class StoredVehicle(Record):
    """What is kept of one car.

    `empty_since`: when Smartcar first had nothing at all to tell of the car.
    `refused`: which signals' commands it cannot carry out, by Smartcar's word, and the
    mark of the connection it was said of; `incapable` and `kept`: the same, where a
    person has removed the control or kept it. `command_since`: when the command that
    is under way was sent; one that is found at a start was cut off. `absence`: how the
    car came to be without a connection. `confirmations`: which of the reads comes next
    that show what came of a command; 0 for none. `read_problem`: the key of the repair
    that says why the car is not read. `diary`: the id under which its diary is kept;
    `points`: what came for it since that was written. `usable_capacity`: of the
    battery in kWh, as a person has said. `may_be`: the ids of the cars that had
    gone when this one came; `is_not`: those of cars that it is not, by a person's word.
    """

    state: VehicleState = field(
        default_factory=VehicleState,
        metadata={
            "serialize": VehicleState.as_dict,
            "deserialize": VehicleState.from_dict,
        },
    )
    budget: CallBudget = field(default_factory=CallBudget)
    pace: ReadPace = field(default_factory=ReadPace)
    last_contact: datetime | None = None
    empty_since: datetime | None = None
    command_since: datetime | None = None
    absence: str | None = None
    confirmations: int = 0
    read_problem: str | None = None
    diary: str = ""
    points: list[Point] = field(default_factory=list)
    usable_capacity: float | None = None
    refused: dict[str, str] = field(default_factory=dict)
    incapable: dict[str, str] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    may_be: frozenset[str] = frozenset()
    is_not: frozenset[str] = frozenset()
    rhythm: DeliveryRhythm = field(default_factory=DeliveryRhythm)
    owner_errors: OwnerErrors = field(default_factory=OwnerErrors)
    logins: Logins = field(default_factory=Logins)
    # None as long as it must be encoded before it is written.
    _encoded: Encoded | None = field(
        default=None, init=False, repr=False, compare=False, metadata=NOT_STORED
    )

    def clamp_times(self, now: datetime) -> None:
        """Count every time that lies ahead of now as now: a wrong clock noted it."""
        self.last_contact = past(self.last_contact, now)
        self.empty_since = past(self.empty_since, now)
        for part in (
            *(self.state, self.pace, self.rhythm),
            *(self.owner_errors, self.logins),
        ):
            part.clamp_times(now)

    def take_over(self, other: StoredVehicle) -> None:
        """Take what the same car has told, and used, under another id."""
        self.state.take_over(other.state)
        self.is_not |= other.is_not
        if other.budget.month == self.budget.month:
            self.budget.used += other.budget.used
        self.last_contact = max(
            filter(None, (self.last_contact, other.last_contact)), default=None
        )

    def note_change(self) -> None:
        """Let the car be encoded again before the next write."""
        self._encoded = None

    @property
    def is_encoded(self) -> bool:
        """Return whether nothing has changed since it was encoded."""
        return self._encoded is not None

    def encode(self) -> Encoded:
        """Return what goes on disk as JSON, made only when something has changed."""
        if self._encoded is None:
            data, left_out = self.as_dict(), frozenset[str]()
            try:
                json = orjson.dumps(data)
            except orjson.JSONEncodeError:
                data, left_out = writable(data, BLANK_VEHICLE)
                json = orjson.dumps(data)
            # orjson's own buffer is larger than what it holds; a join copies it.
            self._encoded = Encoded(orjson.Fragment(b"".join((json, b""))), left_out)
        return self._encoded


@dataclass(slots=True)
class Stored(Record):
    """Everything an entry keeps.

    `moved`: the ids now of cars that have come back under another, by the id before,
    until Home Assistant's registries are known to say so. `left_out` names the parts
    of a file that could not be read, never what they said.
    """

    connections: tuple[Connection, ...] = ()
    answered_at: datetime | None = None
    shared_budget: CallBudget = field(default_factory=CallBudget)
    push: PushLog = field(default_factory=PushLog)
    vehicles: dict[str, StoredVehicle] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    left_out: list[str] = field(
        default_factory=list, init=False, compare=False, metadata=NOT_STORED
    )

    def forget(self, vehicle_id: str) -> None:
        """Keep nothing of a car but its calls, which are spent all the same."""
        if (known := self.vehicles.get(vehicle_id)) is not None:
            self.vehicles[vehicle_id] = StoredVehicle(budget=known.budget)

    def move(self, old: str, new: str) -> None:
        """Let what is kept of a car go on under a new id, with what that has told."""
        if (car := self.vehicles.pop(old, None)) is not None:
            if (other := self.vehicles.get(new)) is not None:
                car.take_over(other)
            car.absence = None
            car.note_change()
            self.vehicles[new] = car
        for other in self.vehicles.values():
            if old in other.is_not:
                other.is_not = other.is_not - {old} | {new}
        for before, now in self.moved.items():
            if now == old:
                self.moved[before] = new
        self.moved[old] = new
        self.moved.pop(new, None)

    def clamp_times(self, now: datetime) -> None:
        """Count the entry's own times that lie ahead of now as now."""
        self.answered_at = past(self.answered_at, now)
        self.push.clamp_times(now)

    def clamp_all_times(self, now: datetime) -> None:
        """Count every time of the entry and its cars that lies ahead as now."""
        self.clamp_times(now)
        for car in self.vehicles.values():
            car.clamp_times(now)

    def note_change(self, vehicle_id: str | None = None) -> None:
        """Let a car be encoded again before the next write; all without an id."""
        for id_, car in self.vehicles.items():
            if vehicle_id in (None, id_):
                car.note_change()

    def encode(self) -> tuple[dict[str, Any], frozenset[str]]:
        """Return what goes on disk, and the names of what JSON cannot hold of it.

        Each car is a fragment of JSON; only those that have changed are encoded.
        """
        entry = replace(self, vehicles={}).as_dict()
        data, left_out = writable(entry, BLANK_ENTRY)
        cars = {
            id_: car.encode() for id_, car in self.vehicles.items() if _is_writable(id_)
        }
        if len(cars) < len(self.vehicles):
            left_out |= {"vehicles"}
        left_out = left_out.union(*(car.left_out for car in cars.values()))
        data["vehicles"] = {id_: car.json for id_, car in cars.items()}
        return data, left_out

    @classmethod
    @override
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Read `as_dict` back, car by car: a broken part costs no other."""
        parts = {**stored}
        left_out: list[str] = []
        connections = _part(parts, "connections", list, left_out)
        vehicles = _part(parts, "vehicles", dict, left_out)
        found = _read(cls, parts, left_out)
        for item in connections:
            try:
                found.connections += (decoder(Connection).decode(item),)
            except UNREADABLE:
                left_out.append("connections")
        for vehicle_id, car in vehicles.items():
            if isinstance(car, dict):
                found.vehicles[vehicle_id] = _read(StoredVehicle, car, left_out)
            else:
                left_out.append("vehicles")
        found.left_out = left_out
        return found


UNREADABLE: Final = (LookupError, TypeError, ValueError, AttributeError)
UNREADABLE_FILE: Final = (HomeAssistantError, *UNREADABLE)


def _read[Kind: Record](
    kind: type[Kind], stored: Mapping[str, Any], left_out: list[str]
) -> Kind:
    """Read the fields of a record that can be read; the others have their defaults."""
    # Only for mypy a class is as hashable as its instances.
    hashable: Any = kind
    decode: Callable[[Any], Kind] = decoder(hashable).decode
    with suppress(*UNREADABLE):
        return decode(stored)
    readable = {}
    for name, value in stored.items():
        try:
            decode({name: value})
        except UNREADABLE:
            left_out.append(name)
        else:
            readable[name] = value
    return decode(readable)


def _part[Kind: (list[Any], dict[str, Any])](
    stored: dict[str, Any], name: str, kind: type[Kind], left_out: list[str]
) -> Kind:
    """Take the records out of a file; there are none where something else stands."""
    found = stored.pop(name, kind())
    if isinstance(found, kind):
        return found
    left_out.append(name)
    return kind()


# What stands in a file for a part that JSON cannot hold.
BLANK_VEHICLE: Final = StoredVehicle().as_dict()
BLANK_ENTRY: Final = Stored().as_dict()


def writable(
    record: dict[str, Any], blank: Mapping[str, Any]
) -> tuple[dict[str, Any], frozenset[str]]:
    """Leave out of a record what JSON cannot hold; name the parts it was in.

    One such text or number would keep everything off the disk, and Home Assistant
    would write it into the log.
    """
    if _is_writable(record):
        return record, frozenset()
    kept, left_out = {}, set()
    for name, value in record.items():
        if _is_writable(value):
            kept[name] = value
        elif name == "connections":
            left_out.add(name)
            kept[name] = [item for item in value if _is_writable(item)]
        elif name == "state" and _is_writable(value | {"signals": {}}):
            # Of what a car tells only the signal itself.
            left_out.add("signals")
            signals = value["signals"].items()
            told = {code: item for code, item in signals if _is_writable({code: item})}
            kept[name] = value | {"signals": told}
        else:
            left_out.add(name)
            kept[name] = blank[name]
    return kept, frozenset(left_out)


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
        # When the write is due, and by the same clock when the last one began.
        self._due: asyncio.TimerHandle | None = None
        self._written_at = -inf
        self._unwritable: frozenset[str] = frozenset()
        self.problem: str | None = None

    async def async_load(self) -> Stored:
        """Return what was kept; without what cannot be read."""
        try:
            if (stored := await self._store.async_load()) is None:
                return Stored()
            found = await self._hass.async_add_executor_job(_read_file, stored)
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
    def schedule(
        self,
        stored: Callable[[], Stored],
        *,
        at_once: bool = False,
        vehicle_id: str | None = None,
    ) -> None:
        """Save within `SAVE_DELAY` seconds of the first change; called at each.

        `at_once`: without delay, but not more often than every `SAVE_GAP` seconds.
        `vehicle_id`: the only car that has changed; without it any may have.
        """
        if self.problem == "newer_version":
            return
        stored().note_change(vehicle_id)
        now = self._hass.loop.time()
        due = max(now, self._written_at + SAVE_GAP) if at_once else now + SAVE_DELAY
        if self._due is None or due < self._due.when():
            self._cancel()
            self._due = self._hass.loop.call_at(
                due,
                lambda: self._hass.async_create_task(
                    self._async_save_due(stored()), f"{DOMAIN} save"
                ),
            )
            # For the end of Home Assistant, and a loop that is too busy for turns.
            self._store.async_delay_save(
                lambda: self._all(stored()), due - now + SAVE_SPARE
            )

    async def _async_save_due(self, stored: Stored) -> None:
        """Save, unless another save or the removal of the file came first."""
        await _async_encode(stored)
        if self._due is not None:
            await self._async_save(stored)

    async def async_flush(self, stored: Stored, vehicle_id: str | None = None) -> None:
        """Save now; `vehicle_id` is the only car that has changed, if one is given."""
        if self.problem == "newer_version":
            return
        stored.note_change(vehicle_id)
        await _async_encode(stored)
        await self._async_save(stored)

    async def _async_save(self, stored: Stored) -> None:
        """Write the file; what the disk refuses is logged."""
        try:
            await self._store.async_save(self._contents(stored))
        except OSError as err:
            _LOGGER.error(  # noqa: TRY400 - a full disk needs no trace
                "What is known of the cars cannot be written (%s)", type(err).__name__
            )

    async def async_write_ahead(
        self, stored: Stored, vehicle_id: str | None = None
    ) -> None:
        """Save what must not be lost by what is done next.

        `vehicle_id`: the only car that has changed; without it any may have.
        It waits no longer than `WRITE_AHEAD_SECONDS` for a disk that does not
        answer; the file is written as soon as the disk does.
        """
        saving = self._hass.async_create_task(
            self.async_flush(stored, vehicle_id), f"{DOMAIN} write ahead"
        )
        await asyncio.wait((saving,), timeout=WRITE_AHEAD_SECONDS)
        if not saving.done():
            _LOGGER.warning("The disk does not answer; going on without it")

    async def async_remove(self) -> None:
        """Delete the file."""
        self._cancel()
        await self._store.async_remove()

    def _all(self, stored: Stored) -> dict[str, Any]:
        """Return what is written at the end, whatever has been called a change."""
        stored.note_change()
        return self._contents(stored)

    def _contents(self, stored: Stored) -> dict[str, Any]:
        """Return what is written now; called as the write begins."""
        self._cancel()
        self._written_at = self._hass.loop.time()
        data, left_out = stored.encode()
        if left_out and left_out != self._unwritable:
            _LOGGER.warning(
                "Some of what is known of the cars cannot be written and is left"
                " out: %s",
                ", ".join(sorted(left_out)),
            )
        self._unwritable = left_out
        return data

    def _cancel(self) -> None:
        """Let nothing be due any more."""
        if self._due is not None:
            self._due.cancel()
            self._due = None


def _read_file(stored: dict[str, Any]) -> Stored:
    """Return what was kept; off the event loop, as many cars take a while."""
    found = Stored.from_dict(stored)
    found.clamp_all_times(dt_util.utcnow())
    return found


async def _async_encode(stored: Stored) -> None:
    """Encode the cars that have changed, and let others have a turn after each."""
    for car in list(stored.vehicles.values()):
        if not car.is_encoded:
            car.encode()
            await asyncio.sleep(0)
