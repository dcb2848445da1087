"""Charges in the hours in which they happened, as statistics of Home Assistant.

An entity's own statistics take late news into the hour of its arrival. These are
external ones: their hours are written again when news is late.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from homeassistant.components.recorder.models import (
    StatisticData,
    StatisticMeanType,
    StatisticMetaData,
)
from homeassistant.components.recorder.statistics import (
    async_add_external_statistics,
    get_last_statistics,
)
from homeassistant.const import UnitOfEnergy
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.helpers.recorder import get_instance
from homeassistant.util import dt as dt_util, slugify
from homeassistant.util.unit_conversion import EnergyConverter

from .const import DOMAIN
from .memory.entries import AWAY, HOME, Charge, by_hours
from .texts import text_of

HOUR: Final = 3600
COST: Final = "cost"
NAMES: Final = (HOME, AWAY, COST)


class Sums(NamedTuple):
    """What was charged at home and elsewhere (kWh), and what all of it cost."""

    home: float = 0.0
    away: float = 0.0
    cost: float = 0.0


class HourRow(NamedTuple):
    """All that was charged until the end of an hour; `hour`: its first second."""

    hour: int
    sums: Sums


def rows(
    charges: Sequence[Charge], base: Sums, since: int, closed_until: int
) -> list[HourRow]:
    """Return the running sums of all closed hours from that of `since` on.

    `charges`: all there are; `base`: the sums of those that are kept no more. Times
    are seconds since 1970. What has no place counts for neither, but its cost does;
    it lies in the hours of the energy.
    """
    first = since // HOUR * HOUR
    added: dict[str, dict[int, float]] = {name: defaultdict(float) for name in NAMES}
    for charge in charges:
        hours = by_hours(charge.steps)
        for hour, amount in hours.items():
            if charge.where.place in added:
                added[charge.where.place][hour] += amount
        if charge.cost is not None:
            energy = sum(hours.values())
            # A cost that a person told, of unknown energy or of none.
            parts = hours if energy else {charge.end // HOUR * HOUR: 1.0}
            for hour, amount in parts.items():
                added[COST][hour] += charge.cost * amount / (energy or 1)
    sums = {
        name: start
        + sum(amount for hour, amount in added[name].items() if hour < first)
        for name, start in base._asdict().items()
    }
    found = []
    for hour in range(first, closed_until // HOUR * HOUR, HOUR):
        for name in NAMES:
            sums[name] += added[name].get(hour, 0)
        found.append(HourRow(hour, Sums(*(round(sums[name], 6) for name in NAMES))))
    return found


class ChargeStatistics:
    """Writes the statistics of one car's charges."""

    def __init__(
        self,
        hass: HomeAssistant,
        vehicle_id: str,
        car_name: str,
        charges: Callable[[], Sequence[Charge]],
        base: Callable[[], Sums],
    ) -> None:
        """Write nothing yet.

        `charges` and `base` return all charges and the sums of dropped ones.
        """
        self._hass = hass
        self._ids = _ids(vehicle_id)
        self._car_name = car_name
        self._charges = charges
        self._base = base
        self._sent: list[HourRow] = []
        # Those that have ever had something to tell.
        self._told: set[str] = set()
        # From when on hours are to be written; whether older ones are known to be.
        self._due: int | None = None
        self._is_continued = False
        self._look: asyncio.Task[None] | None = None
        # Ends the wait for the present hour.
        self._cancel: CALLBACK_TYPE | None = None

    @callback
    def async_write(self, since: int) -> None:
        """Write all hours since a moment (seconds since 1970) that have closed.

        The present one is written when it closes. What the database lacks of earlier
        hours is written, too. Without the recorder nothing is.
        """
        if "recorder" not in self._hass.config.components:
            return
        self._due = since if self._due is None else min(self._due, since)
        if self._is_continued:
            self._write()
        elif self._look is None:
            self._look = self._hass.async_create_background_task(
                self._async_continue(), f"{DOMAIN} statistics"
            )

    async def _async_continue(self) -> None:
        """Begin where the database ends: it may be new, or an older copy."""
        last = await _async_last_hours(self._hass, self._ids)
        charges, due = self._charges(), self._due or 0
        if charges and last is not None:
            (before,) = rows(charges, self._base(), due - HOUR, due)
            begins = min(charge.begins for charge in charges)
            for name in NAMES:
                if name in last:
                    due = min(due, last[name])
                elif getattr(before.sums, name):
                    due = min(due, begins)
        self._due, self._is_continued, self._look = due, True, None
        self._write()

    def _write(self) -> None:
        closed = int(dt_util.utcnow().timestamp()) // HOUR * HOUR
        charges = self._charges()
        found = rows(charges, self._base(), self._due or 0, closed)
        self._due = None
        if found != self._sent:
            self._sent = found
            self._send(found)
        if self._cancel is None and any(_last(charge) >= closed for charge in charges):

            @callback
            def write_closed(_: datetime) -> None:
                self._cancel = None
                self.async_write(closed)

            self._cancel = async_track_point_in_utc_time(
                self._hass, write_closed, dt_util.utc_from_timestamp(closed + HOUR)
            )

    @callback
    def async_close(self) -> None:
        """Write nothing more by itself."""
        if self._cancel is not None:
            self._cancel()
        if self._look is not None:
            self._look.cancel()
        self._cancel = self._look = None

    def _send(self, found: Sequence[HourRow]) -> None:
        for name in NAMES:
            if any(getattr(row.sums, name) for row in found):
                self._told.add(name)
            if name in self._told:
                async_add_external_statistics(
                    self._hass,
                    self._metadata(name),
                    [
                        StatisticData(
                            start=dt_util.utc_from_timestamp(row.hour),
                            sum=getattr(row.sums, name),
                        )
                        for row in found
                    ],
                )

    def _metadata(self, name: str) -> StatisticMetaData:
        is_cost = name == COST
        return StatisticMetaData(
            statistic_id=self._ids[name],
            source=DOMAIN,
            name=self._name(name),
            unit_of_measurement=(
                self._hass.config.currency if is_cost else UnitOfEnergy.KILO_WATT_HOUR
            ),
            unit_class=None if is_cost else EnergyConverter.UNIT_CLASS,
            mean_type=StatisticMeanType.NONE,
            has_sum=True,
        )

    def _name(self, name: str) -> str:
        """Return what a person finds it by, in the language of Home Assistant."""
        key = f"statistics.options.charge_{name}"
        return text_of(self._hass, key, group="selector", car=self._car_name)


@callback
def async_remove_statistics(hass: HomeAssistant, vehicle_id: str) -> None:
    """Remove the statistics of a car that goes for good."""
    if "recorder" in hass.config.components:
        get_instance(hass).async_clear_statistics([*_ids(vehicle_id).values()])


async def _async_last_hours(
    hass: HomeAssistant, ids: Mapping[str, str]
) -> dict[str, int] | None:
    """Return the last hour that the database has, of those statistics that it has.

    `None` if it does not answer.
    """

    def look() -> dict[str, int]:
        found: dict[str, int] = {}
        for name, id_ in ids.items():
            last = get_last_statistics(hass, 1, id_, convert_units=False, types={"sum"})
            for row in last.get(id_, ()):
                found[name] = int(row["start"])
        return found

    try:
        return await get_instance(hass).async_add_executor_job(look)
    except Exception:  # noqa: BLE001 - it may migrate or end just now
        return None


def _last(charge: Charge) -> int:
    """Return the last moment of which a charge has anything to tell."""
    return max((charge.end, *(step.until for step in charge.steps)))


def _ids(vehicle_id: str) -> dict[str, str]:
    """Return the ids of a car's statistics; they take lower case and single `_`."""
    return {name: f"{DOMAIN}:{slugify(vehicle_id)}_charge_{name}" for name in NAMES}
