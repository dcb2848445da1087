"""Actions about what a car remembers; none of them costs a call."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
import voluptuous as vol

from .const import DOMAIN
from .coordinator import SmartcarVehicle
from .diary import iso
from .failures import refusal
from .memory import (
    PLACES,
    Charge,
    Correction,
    Drive,
    Gap,
    Refuel,
    Stand,
    entries_within,
    sums_of,
)
from .targets import POLICY_CONTROL, POLICY_READ, async_vehicles

ATTR_COST: Final = "cost"
ATTR_ENERGY: Final = "energy"
ATTR_FROM: Final = "from"
ATTR_KINDS: Final = "kinds"
ATTR_LIMIT: Final = "limit"
ATTR_PLACE: Final = "place"
ATTR_PRICE: Final = "price"
ATTR_REMOVE: Final = "remove"
ATTR_START: Final = "start"
ATTR_TO: Final = "to"

# What is answered if no kinds are asked for; a stand is there for almost every night.
USUAL_KINDS: Final = ("charge", "drive", "refuel")
KINDS: Final = (*USUAL_KINDS, "stand")
USUAL_PERIOD: Final = timedelta(days=30)
USUAL_LIMIT: Final = 100
HIGHEST_LIMIT: Final = 500
# What somebody may have paid, and a battery may take (kWh).
MOST_MONEY: Final = 100_000
MOST_ENERGY: Final = 300

_MONEY: Final = vol.All(vol.Coerce(float), vol.Range(-MOST_MONEY, MOST_MONEY))

DIARY_SCHEMAS: Final = {
    "get_diary": vol.Schema(
        {
            vol.Required(ATTR_DEVICE_ID): cv.string,
            vol.Optional(ATTR_KINDS, default=list(USUAL_KINDS)): vol.All(
                cv.ensure_list, [vol.In(KINDS)], vol.Length(min=1)
            ),
            vol.Optional(ATTR_FROM): cv.datetime,
            vol.Optional(ATTR_TO): cv.datetime,
            vol.Optional(ATTR_LIMIT, default=USUAL_LIMIT): vol.All(
                vol.Coerce(int), vol.Range(1, HIGHEST_LIMIT)
            ),
        }
    ),
    "correct_charge": vol.Schema(
        {
            vol.Required(ATTR_DEVICE_ID): cv.string,
            vol.Required(ATTR_START): cv.datetime,
            vol.Optional(ATTR_COST): _MONEY,
            vol.Optional(ATTR_PRICE): _MONEY,
            vol.Optional(ATTR_ENERGY): vol.All(
                vol.Coerce(float), vol.Range(max=MOST_ENERGY)
            ),
            vol.Optional(ATTR_PLACE): vol.In(PLACES),
            vol.Optional(ATTR_REMOVE): cv.boolean,
        }
    ),
}


@callback
def async_setup_diary_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    for name, answer in (("get_diary", _get_diary), ("correct_charge", _correct)):
        response = (
            SupportsResponse.ONLY if name == "get_diary" else SupportsResponse.OPTIONAL
        )
        hass.services.async_register(
            DOMAIN,
            name,
            answer,
            schema=DIARY_SCHEMAS[name],
            supports_response=response,
        )


async def _get_diary(call: ServiceCall) -> ServiceResponse:
    """Answer entries of a period, newest first, with what all of them add up to."""
    (vehicle,) = await async_vehicles(call, POLICY_READ)
    until = _seconds(call.data.get(ATTR_TO, dt_util.utcnow()))
    since = until - int(USUAL_PERIOD.total_seconds())
    if ATTR_FROM in call.data:
        since = _seconds(call.data[ATTR_FROM])
    if since >= until:
        raise refusal("period_ends_before", vehicle.car_name)
    diary, kinds, limit = vehicle.diary, call.data[ATTR_KINDS], call.data[ATTR_LIMIT]
    memory = diary.memory
    charges = entries_within(diary.charges(), since, until) if "charge" in kinds else []
    drives = entries_within(diary.drives(), since, until) if "drive" in kinds else []
    refuels = entries_within(memory.refuels(), since, until)
    refuels = refuels if "refuel" in kinds else []
    stands = entries_within(memory.stands(), since, until) if "stand" in kinds else []
    entries = [
        *((item.start, _charge(item, vehicle)) for item in charges),
        *((item.start, _drive(item, vehicle)) for item in drives),
        *((item.start, _refuel(item)) for item in refuels),
        *((item.start, _stand(item)) for item in stands),
    ]
    entries.sort(key=lambda entry: entry[0], reverse=True)
    return {
        "entries": [entry for _, entry in entries[:limit]],
        "is_cut": len(entries) > limit,
        "totals": _totals(charges, drives, refuels),
        "gaps": [_gap(gap) for gap in entries_within(memory.gaps(), since, until)],
    }


def _seconds(time: datetime) -> int:
    """Return a time that a person gave, in seconds; without a zone it is local."""
    return int(dt_util.as_utc(time).timestamp())


def _charge(charge: Charge, vehicle: SmartcarVehicle) -> dict[str, Any]:
    place = charge.where
    return {
        "kind": "charge",
        **_times(charge),
        "energy": charge.energy,
        "source": charge.source,
        "level_start": charge.level_start,
        "level_end": charge.level_end,
        "place": place.place,
        "zone": place.zone,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "cost": None if charge.cost is None else round(charge.cost, 2),
        "currency": None if charge.cost is None else vehicle.hass.config.currency,
        "corrected": list(charge.corrected),
    }


def _drive(drive: Drive, vehicle: SmartcarVehicle) -> dict[str, Any]:
    efficiency = drive.efficiency(vehicle.diary.memory.capacity)
    return {
        "kind": "drive",
        **_times(drive),
        "distance": drive.distance,
        "from": vehicle.diary.name_of(drive.origin),
        "to": vehicle.diary.name_of(drive.destination),
        "level_start": drive.level_start,
        "level_end": drive.level_end,
        "efficiency": None if efficiency is None else round(efficiency, 1),
    }


def _refuel(refuel: Refuel) -> dict[str, Any]:
    return {
        "kind": "refuel",
        **_times(refuel),
        "amount": refuel.amount,
        "level_start": refuel.level_start,
        "level_end": refuel.level_end,
    }


def _stand(stand: Stand) -> dict[str, Any]:
    return {
        "kind": "stand",
        "start": iso(stand.start),
        "end": iso(stand.end),
        "level_start": stand.level_start,
        "level_end": stand.level_end,
        "loss": round(stand.loss, 2),
        "is_final": stand.is_final,
    }


def _times(entry: Charge | Drive | Refuel) -> dict[str, Any]:
    return {
        "start": iso(entry.start),
        "end": None if entry.is_open else iso(entry.end),
        "start_after": iso(entry.start_after),
        "end_before": iso(entry.end_before),
        "is_sum": entry.is_sum,
        "is_final": entry.is_final,
    }


def _gap(gap: Gap) -> dict[str, Any]:
    return {"start": iso(gap.start), "end": iso(gap.end), "reason": gap.reason}


def _totals(
    charges: Sequence[Charge], drives: Sequence[Drive], refuels: Sequence[Refuel]
) -> dict[str, Any]:
    """Add up entries; those without a figure are counted, never guessed."""
    energy = sums_of((charge, charge.energy) for charge in charges)
    cost = sums_of((charge, charge.cost) for charge in charges)
    return {
        "energy": {place: round(part, 3) for place, part in energy.by_place.items()},
        "cost": {place: round(part, 2) for place, part in cost.by_place.items()},
        "distance": round(sum(drive.distance for drive in drives), 1),
        "fuel": round(sum(refuel.amount or 0 for refuel in refuels), 1),
        "charges": len(charges),
        "drives": len(drives),
        "refuels": len(refuels),
        "without_energy": energy.lacking,
        "without_cost": cost.lacking,
        "without_amount": sum(refuel.amount is None for refuel in refuels),
    }


async def _correct(call: ServiceCall) -> ServiceResponse:
    """Correct a charge; answer it as it is now, none if it was removed."""
    (vehicle,) = await async_vehicles(call, POLICY_CONTROL)
    data, diary = call.data, vehicle.diary
    at = _seconds(data[ATTR_START])
    if ATTR_COST in data and ATTR_PRICE in data:
        raise refusal("cost_and_price", vehicle.car_name)
    if data.get(ATTR_ENERGY, 0) < 0:
        raise refusal("negative_energy", vehicle.car_name)
    facts = {
        name: data[name]
        for name in (ATTR_COST, ATTR_PRICE, ATTR_ENERGY, ATTR_PLACE, ATTR_REMOVE)
        if name in data
    }
    if not facts:
        raise refusal("nothing_to_correct", vehicle.car_name)
    try:
        diary.async_correct(at, Correction(at, at, **facts))
    except LookupError:
        time = dt_util.as_local(dt_util.utc_from_timestamp(at))
        raise refusal(
            "no_charge_then", vehicle.car_name, time=f"{time:%Y-%m-%d %H:%M}"
        ) from None
    except ValueError:
        # Undoing a removal that never was.
        raise refusal("nothing_to_correct", vehicle.car_name) from None
    found = [charge for charge in diary.charges() if charge.covers(at)]
    return {"charge": _charge(found[-1], vehicle) if found else None}
