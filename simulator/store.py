"""Smartcar's signal store for one connection: what the read endpoints answer from.

The store reads the car at a rhythm and after changes it is told of; between two
readings it answers the same values with the same stamps, as the real one does.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from simulator.bodies import STATIC_GROUPS, reading
from simulator.car import UNSET, Car, Override
from simulator.catalogue import CATALOGUE, SignalKind, describe
from simulator.clock import Clock, iso
from simulator.errors import NOT_PERMITTED, SIGNED_OUT, Json, SignalError, Value
from simulator.traits import Teller

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

HEARD_BEFORE = timedelta(seconds=2)
"""How long before a reading the maker last heard from an awake car."""

READ_BEFORE = timedelta(milliseconds=500)
"""How long before the store's entry Smartcar asked the maker."""

BARE_ERRORS = frozenset({"COMPATIBILITY", "PERMISSION", "SERVER"})
"""Error types that come without a body."""


@dataclass(frozen=True)
class Stored:
    """One signal as the store holds it."""

    kind: SignalKind
    status: str
    body: Value = None
    has_body: bool = False
    error: SignalError | None = None
    oem_updated_at: datetime | None = None
    retrieved_at: datetime | None = None
    ingested_at: datetime | None = None

    def element(self, vehicle_url: str) -> Json:
        """Write the signal as one element of the list."""
        code = self.kind.code
        status: Json = {"value": self.status}
        if self.error:
            status["error"] = self.error.element()
        attributes: Json = {
            "code": code,
            "name": self.kind.name,
            "group": self.kind.group,
            "status": status,
        }
        if self.has_body:
            attributes["body"] = self.body
        times = {
            "oemUpdatedAt": self.oem_updated_at,
            "retrievedAt": self.retrieved_at,
            "ingestedAt": self.ingested_at,
        }
        return {
            "id": code,
            "type": "signal",
            "attributes": attributes,
            "meta": {name: iso(time) for name, time in times.items() if time},
            "links": {"self": f"{vehicle_url}/signals/{code}"},
        }


class SignalStore:
    """The stored signals of one car for one connection's permissions."""

    def __init__(self, car: Car, clock: Clock, permissions: Collection[str]) -> None:
        """Begin empty."""
        self.car = car
        self.permissions = set(permissions)
        self.refresh_seconds = 60.0
        """Real seconds between two readings of the car."""
        self.signed_out = False
        """Whether the owner must sign in again: old bodies beside errors."""
        self.teller = Teller(car)
        """Tells what the car's traits make of the truth."""
        self._clock = clock
        self._signals: dict[str, Stored] = {}
        """The truth of the last reading."""
        self._told: dict[str, Stored] = {}
        self._first: datetime | None = None
        self._last: datetime | None = None
        self._changed_at: datetime | None = None
        self._shows_at: datetime | None = None

    def catch_up(self, now: datetime) -> bool:
        """Read the car if a reading is due by ``now``; return whether it was."""
        due = self._due(now)
        if due is not None:
            self.read(due)
        return due is not None

    def touched(self, now: datetime, delay: float) -> None:
        """Note that the car changed; it shows ``delay`` real seconds later."""
        self._changed_at = now
        self._shows_at = now + timedelta(seconds=delay)

    def empty(self) -> None:
        """Forget everything, as if never filled."""
        self._signals.clear()
        self._told = {}
        self._first = self._last = self._changed_at = self._shows_at = None

    def _due(self, now: datetime) -> datetime | None:
        if self._first is None or self._last is None:
            return now
        # A change on its way holds back the regular readings, so that no reading
        # shows it early.
        if self._shows_at is not None and self._shows_at > now:
            return None
        rounds = (now - self._first).total_seconds() // self.refresh_seconds
        due = self._first + timedelta(seconds=rounds * self.refresh_seconds)
        if self._shows_at is not None:
            due = max(due, self._shows_at)
        return due if due > self._last else None

    def read(self, when: datetime) -> None:
        """Read every signal from the car, with stamps for that moment."""
        self.car.live_until(self._clock.life_at(when))
        heard = when - HEARD_BEFORE
        if self._changed_at is not None:
            heard = max(heard, self._changed_at)
        if self._first is None:
            self._first = when
        self._last = when
        self._changed_at = self._shows_at = None
        for code, kind in CATALOGUE.items():
            if code not in self.car.not_stored:
                self._signals[code] = self._renewed(kind, heard, when)
        self._told = self.teller.tell(self._signals, self._told, when=when, heard=heard)

    def _renewed(self, kind: SignalKind, heard: datetime, when: datetime) -> Stored:
        old = self._signals.get(kind.code)
        if self.signed_out and old is not None:
            return replace(old, status="ERROR", error=SIGNED_OUT, ingested_at=when)
        body, error = reading(self.car, kind.code)
        if error is None and kind.permission not in {None, *self.permissions}:
            body, error = None, NOT_PERMITTED
        status = "ERROR" if error else "SUCCESS"
        if error and error.type in BARE_ERRORS:
            # A standing refusal was written once and is not written again.
            if old is not None and old.error == error:
                return old
            return Stored(kind, status, error=error, ingested_at=when)
        same = old is not None and (old.body, old.status) == (body, status)
        news = not same or (self.car.talks and kind.group not in STATIC_GROUPS)
        oem = heard if news or old is None else old.oem_updated_at
        asked: datetime | None = max(when - READ_BEFORE, heard)
        if kind.code == "vehicleidentification-vin" and self.car.spec.bare_vin_times:
            oem = asked = None
        return Stored(kind, status, body, True, error, oem, asked, when)  # noqa: FBT003

    def signals(self) -> Iterator[Stored]:
        """Yield what the store answers now, forced values included."""
        for code, stored in self._told.items():
            if code not in self.car.overrides:
                yield stored
        for code in self.car.overrides:
            forced = self.signal(code)
            if forced is not None:
                yield forced

    def signal(self, code: str) -> Stored | None:
        """Return one stored signal, or None where the store has none."""
        stored = self._told.get(code)
        override = self.car.overrides.get(code)
        if override is None:
            return stored
        return None if override.absent else self._forced(code, stored, override)

    def _forced(self, code: str, stored: Stored | None, override: Override) -> Stored:
        now = self._clock.now()
        kind = describe(code)
        kind = replace(
            kind,
            name=override.name or kind.name,
            group=override.group or kind.group,
        )
        if stored is None:
            stored = Stored(kind, "SUCCESS")
        body, has_body = stored.body, stored.has_body
        if override.body is not UNSET:
            body, has_body = override.body, override.body is not None
        elif override.error and override.error.type in BARE_ERRORS:
            body, has_body = None, False
        status = override.status or ("ERROR" if override.error else "SUCCESS")
        times = {
            "oem_updated_at": override.oem_updated_at,
            "retrieved_at": override.retrieved_at,
            "ingested_at": override.ingested_at,
        }
        bare = not has_body
        for name, given in times.items():
            if given is UNSET:
                kept = getattr(stored, name) or now
                hidden = bare and name != "ingested_at"
                times[name] = None if hidden else kept
        return Stored(kind, status, body, has_body, override.error, **times)
