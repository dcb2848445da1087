"""Whether a car is known not to charge: one answer of all that bear witness to it.

Makers keep old numbers of a session, and tell of its end by one signal or another.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from .readings import Body, boolean, member
from .reports import Report

CHARGING_STATUS: Final = "charge-detailedchargingstatus"
IS_CHARGING: Final = "charge-ischarging"
IS_PLUGGED_IN: Final = "charge-ischargingcableconnected"
TIME_LEFT: Final = "charge-timetocomplete"

# Shown while the car is known not to charge, whatever a report from before says.
IDLE_BODIES: Final[Mapping[str, Body | None]] = {
    "charge-wattage": {"value": 0, "unit": "watts"},
    "charge-amperage": {"value": 0, "unit": "ampere"},
    "charge-chargerate": {"value": 0, "unit": "km/h"},
    TIME_LEFT: None,
}

# What is shown of these depends on when it was told, too.
SHOWN_BY_TIMES: Final = IDLE_BODIES.keys() | {IS_CHARGING}

# Shown for the error VEHICLE_STATE / NOT_CHARGING; other signals keep theirs.
NOT_CHARGING_BODIES: Final[Mapping[str, Body | None]] = {
    **IDLE_BODIES,
    "charge-voltage": None,
    "charge-fastchargertype": None,
}

# code -> what its values say of charging; a cable that is in says nothing.
_WORDS: Final[Mapping[str, Mapping[bool | str | None, bool]]] = {
    IS_CHARGING: {True: True, False: False},
    IS_PLUGGED_IN: {False: False},
    CHARGING_STATUS: {"charging": True, "not_charging": False, "fully_charged": False},
}
WITNESSES: Final = frozenset(_WORDS)


class Stop(NamedTuple):
    """When a car was last known not to charge: by its own time, and asked for."""

    measured: datetime
    asked: datetime

    def covers(self, report: Report) -> bool:
        """Return whether a report comes from before."""
        return report.asked <= self.asked or report.measured <= self.measured

    def over(self, code: str, report: Report) -> Body | None:
        """Return what is shown of a signal whose last report is this one."""
        if code in IDLE_BODIES and self.covers(report):
            return IDLE_BODIES[code]
        return {**report.body, "value": False} if code == IS_CHARGING else report.body


def says(code: str, body: Body) -> bool | None:
    """Return whether a signal's value says that the car charges, if it does."""
    value = boolean(body, "value")
    return _WORDS[code].get(member(body, "value") if value is None else value)


def claimed(told: Callable[[str], Report | None]) -> dict[str, datetime]:
    """Return which signals say that the car charges, and the car's time of it."""
    return {
        code: report.measured
        for code in _WORDS
        if (report := told(code)) is not None and says(code, report.body)
    }


def last_stop(
    told: Callable[[str], Report | None], refusals: Iterable[datetime]
) -> Stop | None:
    """Return when the car was last known not to charge, unless it charges again.

    `refusals`: when values were refused because it was not charging. A witness
    falls to a newer word of charging; the signal for charging itself to none.
    """
    claims = claimed(told)
    newest = max(claims.values(), default=None)
    stops = [
        Stop(report.measured, report.asked)
        for code in _WORDS
        if (report := told(code)) is not None
        and says(code, report.body) is False
        and (code == IS_CHARGING or newest is None or newest <= report.measured)
    ]
    stops += [Stop(at, at) for at in refusals if newest is None or newest <= at]
    if not stops:
        return None
    return Stop(max(stop.measured for stop in stops), max(stop.asked for stop in stops))


# What `connection` says, in words that chargers' software knows, too.
CONNECTIONS: Final = ("disconnected", "connected", "charging", "complete")


def connection(
    body: Callable[[str], Body | None], *, is_charging: bool, is_full: bool
) -> str | None:
    """Return whether a car is plugged in and what that does, one of `CONNECTIONS`.

    `body` returns that of a signal, `is_full` whether the limit is reached. None where
    the car does not tell of its cable.
    """
    if is_charging:
        return "charging"
    is_plugged_in = boolean(body(IS_PLUGGED_IN) or {}, "value")
    if not is_plugged_in:
        return None if is_plugged_in is None else "disconnected"
    status = member(body(CHARGING_STATUS) or {}, "value")
    return "complete" if is_full or status == "fully_charged" else "connected"
