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
