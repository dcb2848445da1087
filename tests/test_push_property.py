"""Whatever the order, the repetitions and the restarts: one picture in the end.

What a car shows and which errors of its users are open depends on what was
told, not on how it came.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
import json
from typing import Any

from hypothesis import given, strategies as st

from custom_components.smartcar.api import (
    ErrorDelivery,
    Signal,
    StateDelivery,
    deliveries,
)
from custom_components.smartcar.car.account_errors import ACCOUNT, OwnerErrors
from custom_components.smartcar.car.state import VehicleState
from custom_components.smartcar.push.log import PushLog
from simulator import fleet

from .deliveries import error, state, written
from .test_vehicle import BODIES, NOW, STATUSES, TIMES, minute, picture, signals

CODES = ("tractionbattery-stateofcharge", "charge-ischarging", "charge-wattage")
USERS = (fleet.USER_1, fleet.USER_2)


@dataclass(frozen=True)
class Read:
    """What a read answered, and by whose connection."""

    user: str
    signals: tuple[Signal, ...]


@dataclass(frozen=True)
class Login:
    """A connection that was renewed."""

    user: str
    at: datetime


@dataclass(frozen=True)
class Restart:
    """Home Assistant starts again."""


type Event = StateDelivery | ErrorDelivery | Read | Login | Restart


def _parsed(content: dict[str, Any]) -> Any:
    return deliveries.parse(written(content))


@st.composite
def told_signals(draw: st.DrawFn) -> dict[str, Any]:
    """Return a signal as a webhook writes it."""
    return {
        "code": draw(st.sampled_from(CODES)),
        "status": draw(STATUSES),
        "body": draw(BODIES),
        "meta": {"oemUpdatedAt": draw(TIMES), "retrievedAt": draw(TIMES)},
    }


@st.composite
def events(draw: st.DrawFn) -> Event:
    """Return anything that can come; an event's id is its content's."""
    user = draw(st.sampled_from(USERS))
    kind = draw(st.sampled_from(["state", "error", "error", "read", "login"]))
    if kind == "login":
        return Login(user, draw(st.sampled_from([minute(0), minute(1)])))
    if kind == "read":
        return Read(user, tuple(draw(st.lists(signals(), max_size=3))))
    frame = {
        "user": user,
        "event": draw(st.uuids()).hex,
        "at": draw(st.sampled_from([minute(0), minute(1), minute(59)])),
        "sequence": draw(st.integers(0, 1)),
    }
    if kind == "state":
        content = state(*draw(st.lists(told_signals(), max_size=3)), **frame)
        # NaN is unreadable, and then there is no delivery.
        return _parsed(content) or Restart()
    code = draw(st.sampled_from(["SUBSCRIPTION", "PERMISSION", None]))
    return _parsed(error(code, resolved=draw(st.booleans()), **frame))


class Car:
    """A car's memory, fed as the coordinator feeds it."""

    def __init__(self) -> None:
        """Know nothing."""
        self.state = VehicleState(connected_at=minute(1))
        self.errors = OwnerErrors()
        self.log = PushLog()

    def take(self, event: Event) -> None:
        """Take an event in."""
        match event:
            case Restart():
                self.restart()
            case Login(user, at):
                self.errors.record_data(user, at)
            case Read(user, found):
                self.state.merge(found, NOW)
                self._hear(user, found)
            case StateDelivery() if self.log.is_new(event.event_id):
                self.state.merge(
                    event.signals,
                    NOW,
                    delivered_at=event.delivered_at,
                    sequence=event.sequence,
                )
                self._hear(str(event.user_id), event.signals)
                self.log.remember(event.event_id)
            case ErrorDelivery() if self.log.is_new(event.event_id):
                assert event.user_id is not None
                assert event.delivered_at is not None
                for item in event.errors:
                    self.errors.report(
                        event.user_id,
                        item.code,
                        event.delivered_at,
                        event.sequence,
                        is_resolved=item.is_resolved,
                    )
                self.log.remember(event.event_id)

    def _hear(self, user: str, found: tuple[Signal, ...]) -> None:
        for item in found:
            asked = item.retrieved_at or item.ingested_at
            if asked is None:
                continue
            if item.body is not None:
                self.errors.record_data(user, asked)
            elif item.error is not None and item.error.type == ACCOUNT:
                self.errors.report(user, item.error.code, asked)

    def restart(self) -> None:
        """Write everything down and read it back."""
        self.state = VehicleState.from_dict(_stored(self.state))
        self.state.connected_at = minute(1)
        self.errors = OwnerErrors.from_dict(_stored(self.errors))
        self.log = PushLog.from_dict(_stored(self.log))

    def shown(self) -> tuple[str, dict[str, str], set[str]]:
        """Return values, open errors and known events."""
        return (
            picture(self.state),
            self.errors.open(),
            set(self.log.as_dict()["events"]),
        )


def _stored(part: Any) -> Any:
    return json.loads(json.dumps(part.as_dict()))


@given(told=st.lists(events(), max_size=8), data=st.data())
def test_any_interleaving_ends_in_the_same_picture(
    told: list[Event], data: st.DataObject
) -> None:
    """Late, twice, in any order, and with restarts in between."""
    again = data.draw(st.integers(0, len(told)))
    restarts = data.draw(st.integers(0, 3))
    mixed = data.draw(st.permutations([*told, *told[:again], *[Restart()] * restarts]))
    first, other = Car(), Car()
    for event in told:
        first.take(event)
    for event in mixed:
        other.take(event)
    assert first.shown() == other.shown()
    other.restart()
    assert first.shown() == other.shown()


@given(
    steps=st.permutations([(0, False), (1, True), (2, False), (3, True), (4, False)]),
    count=st.integers(1, 5),
)
def test_the_latest_word_on_an_error_counts(
    steps: list[tuple[int, bool]], count: int
) -> None:
    """Of what has come, whatever came last."""
    car = Car()
    for at, is_resolved in steps[:count]:
        car.take(_parsed(error(resolved=is_resolved, at=minute(at))))
    _, is_resolved = max(steps[:count])
    expected = {} if is_resolved else {fleet.USER_1: "AUTHENTICATION_FAILED"}
    assert car.errors.open() == expected
    car.take(Login(fleet.USER_1, minute(4) + timedelta(seconds=1)))
    assert car.errors.open() == {}
