"""What language models are answered about a car: short, and with how old it is."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from homeassistant.const import PERCENTAGE, UnitOfEnergy, UnitOfLength, UnitOfVolume
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_conversion import DistanceConverter, VolumeConverter

from .memory import HOME, PLACES, UNKNOWN
from .summary import Fact, Opening, Summary

# What follows from the rest while the car does not charge.
_WHILE_CHARGING: Final = frozenset({"charging_power", "charging_finish"})
_NOT_CONFIRMED: Final = "assumed, not confirmed by the car"


def car_answer(hass: HomeAssistant, summary: Summary) -> dict[str, Any]:
    """Return a car in brief.

    What bears no age is as old as the newest data. `unknown` lists what the car has
    told nothing of, so that it is not taken for a no.
    """
    now = dt_util.utcnow()
    newest = _age(summary.newest_data, now)
    answer: dict[str, Any] = {"car": summary.name}
    if newest:
        answer["newest_data"] = newest
    if not summary.is_available:
        answer["available"] = False
    unknown = [one.name for one in summary.unclear]
    charging = summary.facts.get("charging")
    for name, fact in summary.facts.items():
        if charging and charging.value is False and name in _WHILE_CHARGING:
            continue
        if fact.value is None:
            unknown.append(name)
        elif (words := _REMEMBERED.get(name)) is not None:
            answer[name] = words(hass, fact)
        else:
            notes = [_age(fact.updated_at, now)]
            answer[name] = _noted(
                text_of(fact),
                _NOT_CONFIRMED if fact.is_assumed else "",
                *(note for note in notes if note != newest),
            )
    if summary.openings:
        answer |= _openings(summary, newest, now)
    if unknown:
        answer["unknown"] = unknown
    return answer


def text_of(fact: Fact) -> str:
    """Return a value that is known, in words and with its unit."""
    match fact.value:
        case bool(value):
            return "yes" if value else "no"
        case datetime() as time:
            return moment(time)
        case float(value):
            return amount(value, fact.unit)
        case value:
            return str(value)


def amount(value: float, unit: str | None) -> str:
    """Return a number without zeros that say nothing, and its unit."""
    number = f"{value:.2f}".rstrip("0").rstrip(".")
    return f"{number} {unit}" if unit else number


def moment(time: datetime) -> str:
    """Return a time as a person here would write it, to the minute."""
    return f"{dt_util.as_local(time):%Y-%m-%d %H:%M}"


def _age(time: datetime | None, now: datetime) -> str:
    """Return how long ago something was, `""` if that is not known."""
    if time is None:
        return ""
    minutes = int((now - time).total_seconds()) // 60
    if minutes < 1:
        return "just now"
    if minutes < 120:  # noqa: PLR2004 - as people say it
        return f"{minutes} min ago"
    hours = minutes // 60
    return f"{hours} h ago" if hours < 48 else f"{hours // 24} days ago"  # noqa: PLR2004 - as people say it


def _noted(text: str, *notes: str) -> str:
    """Return a text with what is to be said of it in brackets."""
    notes = tuple(filter(None, notes))
    return f"{text} ({', '.join(notes)})" if notes else text


def _openings(summary: Summary, newest: str, now: datetime) -> dict[str, Any]:
    """Return what is open and unlocked; `nothing` is as old as its oldest report."""

    def named(found: Iterable[Opening]) -> list[str]:
        ages = ((one.name, _age(one.updated_at, now)) for one in found)
        return [_noted(name, "" if age == newest else age) for name, age in ages]

    def nothing(of: Iterable[Opening]) -> str:
        known = [one.updated_at for one in of if one.is_on is not None]
        age = _age(min(filter(None, known), default=None), now)
        return _noted("nothing", "" if age == newest else age)

    answer: dict[str, Any] = {}
    lids = [one for one in summary.openings if not one.is_lock]
    if any(one.is_on is not None for one in lids):
        answer["open"] = named(summary.open) or nothing(lids)
    if summary.unlocked:
        answer["unlocked"] = named(summary.unlocked)
    return answer


# What the car remembers


def _last_charge(hass: HomeAssistant, fact: Fact) -> dict[str, Any]:
    said = fact.details
    return _entry(
        energy=text_of(fact),
        start=said.get("start_time"),
        end=said.get("end_time"),
        place=_place(said),
        cost=_money(hass, said.get("charging_cost")),
    )


def _last_drive(_: HomeAssistant, fact: Fact) -> dict[str, Any]:
    said = fact.details
    return _entry(
        distance=text_of(fact),
        start=said.get("start_time"),
        end=said.get("end_time"),
        origin=said.get("from"),
        destination=said.get("to"),
        is_sum=said.get("is_sum"),
    )


def _energy_sum(_: HomeAssistant, fact: Fact) -> dict[str, Any]:
    return {"total": text_of(fact), **_parts(fact, "without_energy")}


def _cost_sum(hass: HomeAssistant, fact: Fact) -> dict[str, Any]:
    cost = fact.value if isinstance(fact.value, float) else None
    return {"total": _money(hass, cost), **_parts(fact, "without_cost")}


def _parts(fact: Fact, lacking: str) -> dict[str, float]:
    """Return a sum by place, and how many charges lack the figure."""
    count = fact.details.get(lacking)
    return {**by_place(fact.details), **({lacking: count} if count else {})}


_REMEMBERED: Final = {
    "last_charge": _last_charge,
    "last_drive": _last_drive,
    "charged_this_month": _energy_sum,
    "charging_cost_this_month": _cost_sum,
}


def by_place(figures: Mapping[str, Any]) -> dict[str, float]:
    """Return a sum by place, without places that have no share."""
    return {
        "unknown_place" if place == UNKNOWN else place: figures[place]
        for place in PLACES
        if figures.get(place)
    }


def _place(said: Mapping[str, Any]) -> str | None:
    """Return where a charge was; the zone of home may be called anything."""
    place = said.get("place")
    if place == HOME:
        return HOME
    return said.get("zone") or (None if place == UNKNOWN else place)


def _money(hass: HomeAssistant, cost: float | None) -> str | None:
    return None if cost is None else f"{cost:.2f} {hass.config.currency}"


def _entry(
    *,
    start: datetime | None,
    end: datetime | None,
    origin: str | None = None,
    destination: str | None = None,
    is_sum: bool | None = None,
    **rest: str | None,
) -> dict[str, Any]:
    """Return a charge or a drive, without what is not known of it."""
    found = {
        **rest,
        "start": start and moment(start),
        "end": end and moment(end),
        "from": origin,
        "to": destination,
        # It lies somewhere between these times.
        "is_between_reports": True if is_sum else None,
    }
    return {name: value for name, value in found.items() if value is not None}


def diary_answer(
    hass: HomeAssistant,
    diary: Mapping[str, Any],
    *,
    kind: str | None = None,
    with_ways: bool,
) -> dict[str, Any]:
    """Return what the action for the diary answers, for a language model.

    Energy is in kWh, distance in the unit of the instance. No positions; and from
    where to where drives led only `with_ways`. `kind`: of which entries alone it was
    asked for.
    """
    totals = diary["totals"]
    answer: dict[str, Any] = {}
    if kind in (None, "charge"):
        answer |= _charges(hass, totals)
    if kind in (None, "drive"):
        answer["drives"] = totals["drives"]
        answer["distance"] = _distance(hass, totals["distance"])
    if kind == "refuel" or totals["refuels"]:
        answer["refuels"] = totals["refuels"]
        answer["fuel"] = _volume(hass, totals["fuel"])
    answer["entries"] = [
        _diary_entry(hass, entry, with_ways=with_ways) for entry in diary["entries"]
    ]
    if diary["is_cut"]:
        answer["older_entries_left_out"] = True
    if diary["gaps"]:
        answer["gaps_without_data"] = len(diary["gaps"])
    return answer


def _charges(hass: HomeAssistant, totals: Mapping[str, Any]) -> dict[str, Any]:
    """Return what charges add up to; money only if any of them has a cost."""
    energy, cost = totals["energy"], totals["cost"]
    total = amount(sum(energy.values()), UnitOfEnergy.KILO_WATT_HOUR)
    answer = {
        "charges": totals["charges"],
        "energy": {"total": total, **by_place(energy)},
    }
    if totals["without_energy"]:
        answer["without_energy"] = totals["without_energy"]
    if any(cost.values()):
        answer["cost"] = {"total": _money(hass, sum(cost.values())), **by_place(cost)}
        if totals["without_cost"]:
            answer["without_cost"] = totals["without_cost"]
    return answer


def _diary_entry(
    hass: HomeAssistant, entry: Mapping[str, Any], *, with_ways: bool
) -> dict[str, Any]:
    energy, distance = entry.get("energy"), entry.get("distance")
    fuel, loss = entry.get("amount"), entry.get("loss")
    found = _entry(
        start=_parsed(entry["start"]),
        end=_parsed(entry["end"]),
        energy=None if energy is None else amount(energy, UnitOfEnergy.KILO_WATT_HOUR),
        distance=None if distance is None else _distance(hass, distance),
        fuel=None if fuel is None else _volume(hass, fuel),
        # Where nothing else says how much it was.
        level=_levels(entry) if energy is distance is None else None,
        lost_per_day=None if loss is None else amount(loss, PERCENTAGE),
        place=_place(entry),
        cost=_money(hass, entry.get("cost")),
        origin=entry.get("from") if with_ways else None,
        destination=entry.get("to") if with_ways else None,
        is_sum=entry.get("is_sum"),
    )
    return {"kind": entry["kind"], **found}


def _levels(entry: Mapping[str, Any]) -> str | None:
    start, end = entry.get("level_start"), entry.get("level_end")
    if start is None or end is None:
        return None
    return f"{amount(start, None)} to {amount(end, PERCENTAGE)}"


def _parsed(said: str | None) -> datetime | None:
    return None if said is None else dt_util.parse_datetime(said)


def _distance(hass: HomeAssistant, kilometers: float) -> str:
    unit = hass.config.units.length_unit
    distance = DistanceConverter.convert(kilometers, UnitOfLength.KILOMETERS, unit)
    return amount(round(distance, 1), unit)


def _volume(hass: HomeAssistant, liters: float) -> str:
    unit = hass.config.units.volume_unit
    volume = VolumeConverter.convert(liters, UnitOfVolume.LITERS, unit)
    return amount(round(volume, 1), unit)
