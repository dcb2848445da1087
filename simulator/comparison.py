"""Compares two reports of the same cars."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from simulator.errors import Json, Value
    from simulator.report import Report


@dataclass(frozen=True)
class Field:
    """One thing that a signal tells, and when it counts."""

    read: Callable[[Json], Value]
    counts: Callable[[Json], bool] = lambda _: True


def body_of(signal: Json) -> Value:
    """Return what a car has told of a signal, which may differ from what is shown."""
    if "asked" in signal and signal["asked"] is None:
        return None
    body = signal.get("told", signal.get("body"))
    if signal["error"] == "VEHICLE_STATE/NOT_CHARGING" and "asked" not in signal:
        return None
    return body


def _without_unit(body: Value) -> Value:
    if not isinstance(body, dict):
        return body
    return {leaf: value for leaf, value in body.items() if leaf != "unit"}


def _unit(signal: Json) -> Value:
    body = body_of(signal)
    own = body.get("unit") if isinstance(body, dict) else None
    return own or signal.get("unit")


FIELDS: Mapping[str, Field] = MappingProxyType(
    {
        "shown": Field(
            lambda one: _without_unit(one.get("body")),
            lambda one: not one.get("assumed"),
        ),
        "value": Field(lambda one: _without_unit(body_of(one))),
        "unit": Field(_unit, lambda one: "asked" in one),
        "status": Field(lambda one: one["error"]),
        "the car's time": Field(
            lambda one: one.get("measured"), lambda one: body_of(one) is not None
        ),
        "Smartcar's time": Field(
            lambda one: one.get("asked"), lambda one: "asked" in one
        ),
        "time of the error": Field(
            lambda one: one.get("answered"),
            lambda one: one["error"] is not None and "answered" in one,
        ),
    }
)


PAST = frozenset(
    {
        "sensor.api_calls",
        "sensor.data_age",
        "sensor.energy_charged",
        "sensor.last_contact",
        "sensor.next_read",
        "sensor.webhook",
    }
)
"""States that follow from what was and from how it came, not from what is told now."""

OF_A_MOMENT = "time of the error"
"""The part that is the same only if nothing has come since."""


def differences(before: Report, after: Report, *, is_live: bool = False) -> list[str]:
    """Return what two reports of the same cars say differently, a line each.

    `is_live`: the second was made at another moment, of cars that also deliver, and
    only of the entities that are enabled at first.
    """
    if len(before.cars) != len(after.cars):
        return [f"{len(before.cars)} cars, and then {len(after.cars)}"]
    return [
        f"{one['car']['make']} {one['car']['model']}: {line}"
        for one, other in zip(before.cars, after.cars, strict=True)
        for line in _different(one, other, is_live=is_live)
    ]


def _different(one: Json, other: Json, *, is_live: bool) -> Iterable[str]:
    for name in ("car", "permissions", "commands", "incapable"):
        if name in one and one[name] != other.get(name):
            yield f"{name} {one[name]}, and then {other.get(name)}"
    for code, signal in one["signals"].items():
        if (again := other["signals"].get(code)) is None:
            yield f"{code} is not there"
        else:
            for what in _told_differently(signal, again, is_live=is_live):
                yield f"{code}: {what}"
    for code in other["signals"].keys() - one["signals"].keys():
        yield f"{code} came up"
    yield from _shown_differently(
        one.get("states", {}), other.get("states", {}), is_live=is_live
    )


def _told_differently(signal: Json, again: Json, *, is_live: bool) -> Iterable[str]:
    for name, part in FIELDS.items():
        if (is_live and name == OF_A_MOMENT) or not part.counts(signal):
            continue
        if (was := part.read(signal)) != (now := part.read(again)):
            yield f"{name} {was}, and then {now}"


def _shown_differently(states: Json, again: Json, *, is_live: bool) -> Iterable[str]:
    for key, state in states.items():
        if key in PAST or state.get("assumed"):
            continue
        if key not in again and (is_live or state.get("state") == "unknown"):
            # An entity outlasts the value that it was made for.
            continue
        if again.get(key) != state:
            yield f"{key} {state}, and then {again.get(key)}"
