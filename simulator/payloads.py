"""The bodies of deliveries: their documented frames, in every form seen so far."""

from copy import deepcopy
from dataclasses import dataclass, field, replace
from itertools import count
import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal
import uuid

from simulator.car import Car
from simulator.catalogue import describe
from simulator.clock import iso
from simulator.cloud import ulid
from simulator.errors import DOCS, TABLE
from simulator.resources import vehicle_attributes
from simulator.store import SignalStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from simulator.application import Application
    from simulator.clock import Clock
    from simulator.errors import Json, Value
    from simulator.resources import Subscription, User, Webhook
    from simulator.store import Stored

STATE = "VEHICLE_STATE"
ERROR = "VEHICLE_ERROR"
VERIFY = "VERIFY"

NOTE = 'Grüße, blå, 99 € "quoted" \\ ✓'
"""Text that no two JSON writers write alike; no field of the documentation."""

MOST_BYTES = 50 * 1024
"""The largest body the platform sends."""

SAMPLE_CHARGE = 77.0
"""Percent in the car of the test button, which also stands unlocked."""

FILLER = "simulator-filler"
"""Code of the signal that fills a large body; published nowhere."""


@dataclass
class Forms:
    """Which of the forms that exist are sent; all may be changed at any time."""

    triggers: Literal["current", "older", "docs"] = "current"
    """``triggers[]`` with ``type`` and ``signal``; the same with ``signal`` as
    ``"Group.Name"``; or ``data.triggers[]`` of bare names, with ``vehicleId`` on
    top and ``fetchedAt`` for ``retrievedAt``."""
    times: Literal["epoch", "iso"] = "epoch"
    """Milliseconds since 1970, or ISO 8601 text."""
    error_signals: Literal["objects", "swapped", "names", "absent"] = "objects"
    """Signals of an error: objects, objects with name and group exchanged,
    ``"Group.Name"``, or no list."""
    verify: Literal["current", "legacy"] = "current"
    verify_signed: bool = True
    """Whether VERIFY carries ``SC-Signature``."""
    writing: Literal["unusual", "compact"] = "unusual"
    """JSON with odd spacing, mixed escapes and a note, or the shortest JSON."""
    sequence: bool = True
    application_id: bool = True

    def choose(self, name: str, choice: Value) -> None:
        """Change one form; ValueError when there is no such form."""
        if choice not in CHOICES.get(name, ()):
            raise ValueError(f"{name} must be one of {CHOICES.get(name, ())}")
        setattr(self, name, choice)


CHOICES: Mapping[str, tuple[str | bool, ...]] = MappingProxyType(
    {
        "triggers": ("current", "older", "docs"),
        "times": ("epoch", "iso"),
        "error_signals": ("objects", "swapped", "names", "absent"),
        "verify": ("current", "legacy"),
        "verify_signed": (True, False),
        "writing": ("unusual", "compact"),
        "sequence": (True, False),
        "application_id": (True, False),
    }
)
"""Every field of ``Forms`` with what it may be."""


@dataclass(frozen=True)
class Problem:
    """One entry of ``data.errors``."""

    type: str
    code: str | None
    resolved: bool = False
    url: str | None = None
    """``resolution.url``."""
    signals: tuple[str, ...] = field(default=())
    """Codes of the signals it is about; empty means all of the webhook's."""


class Frames:
    """Makes the frames of one application's deliveries.

    A frame is a delivery's body without ``deliveryId`` and ``deliveredAt``, which
    every attempt gets again.
    """

    def __init__(self, application: Application) -> None:
        """Send the current forms."""
        self.forms = Forms()
        self._application = application
        self._sequence = count(1)

    def state(
        self,
        subscription: Subscription,
        signals: Iterable[Stored],
        changed: Sequence[str],
    ) -> Json:
        """Make a VEHICLE_STATE frame; without changed codes a first delivery."""
        written = [self._signal(stored) for stored in signals]
        data = self._about(subscription.user, subscription.car)
        data["signals"] = written
        frame = self._frame(STATE, subscription.webhook, data)
        frame["meta"]["signalCount"] = len(written)
        triggers = self._triggers(changed)
        if self.forms.triggers == "docs":
            frame["vehicleId"] = subscription.car.vehicle_id
            data["triggers"] = triggers
        else:
            frame["triggers"] = triggers
        return frame

    def test(
        self, subscription: Subscription, signals: Iterable[Stored], changed: str
    ) -> Json:
        """Make the frame of the dashboard's test button."""
        frame = self.state(subscription, signals, (changed,))
        frame["data"]["vehicle"]["mode"] = "test"
        frame["meta"].pop("sequence", None)
        frame["meta"] |= {
            "mode": "TEST",
            "webhookId": ulid("wh"),
            "applicationId": ulid("app"),
        }
        return frame

    def error(self, subscription: Subscription, problem: Problem) -> Json:
        """Make a VEHICLE_ERROR frame with one error."""
        data = self._about(subscription.user, subscription.car)
        codes = problem.signals or subscription.webhook.data
        data["errors"] = [self._error(problem, codes)]
        frame = self._frame(ERROR, subscription.webhook, data)
        frame["triggers"] = []
        return frame

    def verify(self, webhook: Webhook, challenge: str) -> Json:
        """Make a VERIFY frame."""
        if self.forms.verify == "legacy":
            return {
                "version": "2.0",
                "webhookId": webhook.id,
                "eventName": "verify",
                "payload": {"challenge": challenge},
            }
        frame = self._frame(VERIFY, webhook, {"challenge": challenge})
        for name in ("mode", "applicationId", "sequence"):
            frame["meta"].pop(name, None)
        return frame

    def stamp(self, frame: Json, delivery_id: str, now: datetime) -> bytes:
        """Write an attempt's body."""
        frame = deepcopy(frame)
        # The legacy VERIFY has no meta.
        if "meta" in frame:
            frame["meta"]["deliveryId"] = delivery_id
            frame["meta"]["deliveredAt"] = self._time(now)
        return WRITERS[self.forms.writing](frame)

    def fill(self, frame: Json, size: int, now: datetime) -> Json:
        """Return a frame with one more signal, so that its body has ``size`` bytes.

        Raises ValueError when it is larger already.
        """
        signal: Json = {
            "code": FILLER,
            "name": "Filler",
            "group": "Simulator",
            "body": {"value": ""},
            "status": {"value": "SUCCESS"},
            "meta": {"oemUpdatedAt": self._time(now), "retrievedAt": self._time(now)},
        }
        filled = deepcopy(frame)
        filled["data"]["signals"].append(signal)
        filled["meta"]["signalCount"] += 1
        missing = size - len(self.stamp(filled, str(uuid.uuid4()), now))
        if missing < 0:
            raise ValueError(f"the body is {-missing} bytes larger")
        signal["body"]["value"] = "x" * missing
        return filled

    def _frame(self, kind: str, webhook: Webhook, data: Json) -> Json:
        meta: Json = {
            "version": "4.0",
            "webhookId": webhook.id,
            "webhookName": webhook.name,
            "mode": "LIVE",
        }
        if self.forms.application_id:
            meta["applicationId"] = self._application.application_id
        if self.forms.sequence:
            meta["sequence"] = next(self._sequence)
        return {
            "eventId": str(uuid.uuid4()),
            "eventType": kind,
            "data": data,
            "meta": meta,
        }

    @staticmethod
    def _about(user: User, car: Car) -> Json:
        owner = {"id": user.id}
        if user.external_id is not None:
            owner["externalId"] = user.external_id
        vehicle = {"id": car.vehicle_id, **vehicle_attributes(car)}
        return {"user": owner, "vehicle": vehicle}

    def _signal(self, stored: Stored) -> Json:
        status: Json = {"value": stored.status}
        if stored.error is not None:
            error = stored.error
            # The read endpoints give a missing permission a code, deliveries none.
            code = None if error.type == "PERMISSION" else error.code
            status["error"] = {"type": error.type, "code": code}
        signal = _names(stored.kind.code, stored.kind.name, stored.kind.group)
        if stored.has_body:
            signal["body"] = deepcopy(stored.body)
        asked = "fetchedAt" if self.forms.triggers == "docs" else "retrievedAt"
        # Without a stamp of the maker a value comes with 0 and an error with null.
        unknown = 0 if stored.has_body else None
        times = {"oemUpdatedAt": stored.oem_updated_at, asked: stored.retrieved_at}
        signal["status"] = status
        signal["meta"] = {
            name: unknown if when is None else self._time(when)
            for name, when in times.items()
        }
        return signal

    def _triggers(self, changed: Sequence[str]) -> list[Json]:
        if not changed:
            return [{"type": "FIRST_DELIVERY"}]
        return [_TRIGGERS[self.forms.triggers](code) for code in changed]

    def _error(self, problem: Problem, codes: Sequence[str]) -> Json:
        row = TABLE.get((problem.type, problem.code))
        page = problem.type.lower().replace("_", "-")
        anchor = f"#{problem.code.lower().replace('_', '-')}" if problem.code else ""
        error: Json = {
            "type": problem.type,
            "code": problem.code,
            "description": row.detail if row else "The vehicle has a problem.",
            "docURL": f"{DOCS}/{page}-errors{anchor}",
            "state": "RESOLVED" if problem.resolved else "ERROR",
        }
        if not problem.resolved:
            kind = row.resolution if row else None
            resolution = {"type": kind} if kind else None
            if resolution and problem.url:
                resolution["url"] = problem.url
            error["resolution"] = resolution
            error["suggestedUserMessage"] = row.message if row else None
        if self.forms.error_signals != "absent":
            write = _ERROR_SIGNALS[self.forms.error_signals]
            error["signals"] = [write(code) for code in codes]
        return error

    def _time(self, when: datetime) -> int | str:
        if self.forms.times == "iso":
            return iso(when)
        return round(when.timestamp() * 1000)


def sample(
    webhook: Webhook, subscription: Subscription, clock: Clock
) -> tuple[Subscription, list[Stored]]:
    """Invent a car that resembles a subscribed one, for the test button.

    Its values are not those of the real one, so that it shows who applies them.
    """
    spec = replace(
        subscription.car.spec, vehicle_id=str(uuid.uuid4()), vin="5YJYGDEE0MF000000"
    )
    car = Car(spec, state_of_charge=SAMPLE_CHARGE, locked=False)
    store = SignalStore(car, clock, subscription.car.permissions)
    store.read(clock.now())
    user = replace(subscription.user, id=str(uuid.uuid4()), external_id=None)
    found = [stored for stored in map(store.signal, webhook.data) if stored]
    return replace(subscription, webhook=webhook, user=user, car=car), found


def _names(code: str, name: str, group: str) -> Json:
    return {"code": code, "name": name, "group": group}


def _described(code: str) -> Json:
    kind = describe(code)
    return _names(code, kind.name, kind.group)


def _swapped(code: str) -> Json:
    kind = describe(code)
    return _names(code, kind.group, kind.name)


def _dotted(code: str) -> str:
    kind = describe(code)
    return f"{kind.group}.{kind.name}"


_TRIGGERS: Mapping[str, Callable[[str], Json]] = MappingProxyType(
    {
        "current": lambda code: {"type": "SIGNAL_UPDATED", "signal": _described(code)},
        "older": lambda code: {"type": "SIGNAL_UPDATED", "signal": _dotted(code)},
        "docs": _described,
    }
)

_ERROR_SIGNALS: Mapping[str, Callable[[str], Json | str]] = MappingProxyType(
    {"objects": _described, "swapped": _swapped, "names": _dotted}
)


def _unusual(frame: Json) -> bytes:
    if "meta" in frame:
        frame["meta"]["note"] = NOTE
    text = json.dumps(frame, ensure_ascii=False, separators=(" ,", " :  "))
    # One letter is escaped and the others are not: who parses and writes again
    # gets other bytes, whatever the writer's settings.
    return f" {text.replace('ü', r'\u00fc')}\r\n".encode()


def _compact(frame: Json) -> bytes:
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":")).encode()


WRITERS: Mapping[str, Callable[[Json], bytes]] = MappingProxyType(
    {"unusual": _unusual, "compact": _compact}
)
"""How a frame becomes bytes."""
