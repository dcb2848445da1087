"""What is known of an entry's cars, as it goes on disk."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, NamedTuple, Self, override

from homeassistant.exceptions import HomeAssistantError
import orjson

from .activity import ActivityLog
from .api import Connection
from .car.account_errors import OwnerErrors
from .car.logins import Logins
from .car.state import VehicleState
from .memory import Point
from .polling.budget import CallBudget
from .polling.pace import ReadPace
from .polling.rhythm import DeliveryRhythm
from .push.log import PushLog
from .records import NOT_STORED, Record, decoder
from .times import past

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
    `activity`: what was told of it as events.
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
    activity: ActivityLog = field(default_factory=ActivityLog)
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
        self.points += other.points
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
