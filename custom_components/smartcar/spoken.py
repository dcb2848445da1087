"""What Assist answers about a car, in words and with how old it is."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final, NamedTuple, cast

from .memory import AWAY, HOME
from .phrases import Phrases
from .summary import Fact, Opening, Summary


class Telling(NamedTuple):
    """A car in brief that is to be told in a language, at a moment."""

    phrases: Phrases
    summary: Summary
    now: datetime

    def known(self, name: str) -> Fact | None:
        """Return a fact that is known."""
        fact = self.summary.facts.get(name)
        return None if fact is None or fact.value is None else fact

    def say(self, key: str, *facts: Fact | None, **values: str) -> str:
        """Return an answer that is as old as the oldest of its facts."""
        times = [fact.updated_at for fact in facts if fact is not None]
        said = self.phrases.say(
            key, car=self.summary.name, age=self.age(times), **values
        )
        is_assumed = any(fact.is_assumed for fact in facts if fact is not None)
        return f"{said} {self.phrases.say('assumed')}" if is_assumed else said

    def age(self, times: Iterable[datetime | None]) -> str:
        """Return how old the oldest of some times is.

        What bears no time is as old as the newest data.
        """
        known = [time or self.summary.newest_data for time in times]
        return self.phrases.age(min(filter(None, known), default=None), self.now)

    def amount(self, fact: Fact) -> str:
        """Return a number that is known, and its unit."""
        return self.phrases.amount(cast("float", fact.value), fact.unit)


def _location(telling: Telling) -> str:
    place = telling.known("location")
    if place is None:
        return telling.say("location_unknown")
    if place.value in (HOME, AWAY):
        return telling.say(f"location_{place.value}", place)
    return telling.say("location_zone", place, zone=str(place.value))


def _range(telling: Telling) -> str:
    ranges = {
        name: fact
        for name in ("range", "fuel_range")
        if (fact := telling.known(name)) is not None
    }
    if not ranges:
        return telling.say("range_unknown")
    amounts = {name: telling.amount(fact) for name, fact in ranges.items()}
    if len(ranges) > 1:
        return telling.say("range_two", *ranges.values(), **amounts)
    (amount,) = amounts.values()
    return telling.say("range_one", *ranges.values(), range=amount)


def _level(telling: Telling) -> str:
    levels = {
        name: fact
        for name in ("battery", "fuel")
        if (fact := telling.known(name)) is not None
    }
    if not levels:
        return telling.say("level_unknown")
    key = "level_both" if len(levels) > 1 else f"level_{next(iter(levels))}"
    amounts = {name: telling.amount(fact) for name, fact in levels.items()}
    return telling.say(key, *levels.values(), **amounts)


def _charging(telling: Telling) -> str:
    plug, charging = telling.known("plugged_in"), telling.known("charging")
    if charging is not None and charging.value is True:
        finish = telling.known("charging_finish")
        if finish is not None and isinstance(finish.value, datetime):
            when = telling.phrases.moment(finish.value, telling.now)
            return telling.say("charging_until", charging, finish=when)
        return telling.say("charging_yes", charging)
    if plug is not None:
        key = "charging_plugged_in" if plug.value else "charging_unplugged"
        if charging is None and plug.value:
            key = "charging_maybe"
        return telling.say(key, plug, charging)
    return telling.say(
        "charging_unknown" if charging is None else "charging_no", charging
    )


def _charge_limit(telling: Telling) -> str:
    limit = telling.known("charge_limit")
    if limit is None:
        return telling.say("limit_unknown")
    return telling.say("limit_known", limit, limit=telling.amount(limit))


def _open(telling: Telling) -> str:
    """Return what is open, and whether the car is locked."""
    return " ".join([*_openings(telling), *_locked(telling)])


def _lock(telling: Telling) -> str:
    """Return whether the car is locked, and what is open."""
    return " ".join([*_locked(telling), *_openings(telling)])


def _openings(telling: Telling) -> Iterator[str]:
    """Yield what is open; what is not visible is never taken for closed."""
    summary = telling.summary
    known = [
        one
        for one in summary.openings
        if not one.is_lock and one not in summary.unclear
    ]
    if found := summary.open or known:
        age = telling.age(one.updated_at for one in found)
        key = "open_some" if summary.open else "open_none"
        yield telling.phrases.say(
            key, car=summary.name, age=age, parts=_names(telling, found)
        )
        if summary.unclear:
            yield telling.say("open_unclear", parts=_names(telling, summary.unclear))
    else:
        yield telling.say("open_unknown")
    if summary.unlocked:
        yield telling.say("unlocked_some", parts=_names(telling, summary.unlocked))


def _locked(telling: Telling) -> Iterator[str]:
    """Yield whether the car is locked, if that is visible."""
    if (locked := telling.known("locked")) is not None:
        yield telling.say("locked_yes" if locked.value else "locked_no", locked)
    elif "locked" in telling.summary.facts:
        yield telling.say("locked_unknown")


def _names(telling: Telling, openings: Iterable[Opening]) -> str:
    return telling.phrases.listed(one.name for one in openings)


def _charged(telling: Telling) -> str:
    """Return what a month has brought; the diary's sums have no age."""
    energy = telling.known("charged_this_month")
    cost = telling.known("charging_cost_this_month")
    values = {
        name: telling.amount(fact)
        for name, fact in (("energy", energy), ("cost", cost))
        if fact is not None
    }
    if not values:
        return telling.say("charged_unknown")
    key = "both" if len(values) > 1 else next(iter(values))
    return telling.say(f"charged_{key}", **values)


class Question(NamedTuple):
    """A question: the facts that answer it, and the words for them.

    `needs`: facts without which something of the answer would be missing; an entity
    that shows one and is not exposed is named. `with_openings`: whether doors,
    windows and lids answer it, too.
    """

    facts: tuple[str, ...]
    answer: Callable[[Telling], str]
    needs: tuple[str, ...] = ()
    with_openings: bool = False

    def is_answered(self, summary: Summary) -> bool:
        """Return whether anything that is visible answers it."""
        if self.with_openings and summary.openings:
            return True
        return any(name in summary.facts for name in self.facts)


QUESTIONS: Final[Mapping[str, Question]] = {
    "SmartcarGetLocation": Question(("location",), _location),
    "SmartcarGetRange": Question(("range", "fuel_range"), _range),
    "SmartcarGetLevel": Question(("battery", "fuel"), _level),
    "SmartcarGetCharging": Question(("charging", "plugged_in"), _charging),
    "SmartcarGetChargeLimit": Question(("charge_limit",), _charge_limit),
    "SmartcarGetOpen": Question(
        ("locked",), _open, needs=("locked",), with_openings=True
    ),
    "SmartcarGetLock": Question(
        ("locked",), _lock, needs=("locked",), with_openings=True
    ),
    "SmartcarGetCharged": Question(
        ("charged_this_month", "charging_cost_this_month"),
        _charged,
        needs=("charged_this_month", "charging_cost_this_month"),
    ),
}
