"""The action that plans a charge: a calculator, which costs no call."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from math import ceil
from typing import Any, Final, NamedTuple

from homeassistant.const import ATTR_DEVICE_ID, UnitOfRatio
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

from .car.plausible import LEVEL, LOCATION
from .car.readings import boolean, charge_limit, number
from .commands import CHARGE_LIMITS
from .const import DOMAIN
from .coordinator import SmartcarVehicle
from .diary import iso
from .failures import refusal
from .memory import AWAY, CAPACITY, HOME
from .planning import ABOVE_LIMIT, PriceSpan, minutes_for, plan, seen_power
from .targets import POLICY_READ, async_vehicles

ATTR_CONTINUOUS: Final = "continuous"
ATTR_END: Final = "end"
ATTR_LEVEL: Final = "level"
ATTR_MINIMUM_LEVEL: Final = "minimum_level"
ATTR_POWER: Final = "power"
ATTR_PRICE: Final = "price"
ATTR_PRICES: Final = "prices"
ATTR_READY_BY: Final = "ready_by"
ATTR_START: Final = "start"

SERVICE: Final = "plan_charge"

AT_HOME: Final = "location-isathome"

# As far ahead as a charge is planned.
LONGEST_PLAN: Final = timedelta(days=7)
_MINUTE: Final = timedelta(minutes=1)
# A week of prices for each five minutes, and some more.
MOST_PRICES: Final = 3000
HIGHEST_PRICE: Final = 100_000
# kW
LOWEST_POWER: Final = 0.1
HIGHEST_POWER: Final = 500

# Where a figure comes from.
BY_ACTION: Final = "action"
BY_CAR: Final = "car"
BY_DIARY: Final = "diary"
BY_MAKER: Final = "maker"
BY_OPTION: Final = "option"
BY_OWNER: Final = "owner"


def _moment(value: object) -> datetime:
    """Take a moment; without a zone it is local. Raise vol.Invalid."""
    try:
        return dt_util.as_utc(cv.datetime(value))
    except OverflowError as err:
        raise vol.Invalid("No such time") from err


_PRICE: Final = vol.Schema(
    {
        vol.Required(ATTR_START): _moment,
        vol.Optional(ATTR_END): vol.Any(None, _moment),
        vol.Required(ATTR_PRICE): vol.Any(
            None, vol.All(vol.Coerce(float), vol.Range(-HIGHEST_PRICE, HIGHEST_PRICE))
        ),
    },
    # The answers of several integrations will do as they are.
    extra=vol.REMOVE_EXTRA,
)

PLAN_SCHEMA: Final = vol.Schema(
    {
        vol.Required(ATTR_DEVICE_ID): cv.string,
        vol.Required(ATTR_READY_BY): vol.Any(cv.time, _moment),
        vol.Optional(ATTR_LEVEL): vol.All(vol.Coerce(float), vol.Range(1, 100)),
        vol.Optional(ATTR_POWER): vol.All(
            vol.Coerce(float), vol.Range(LOWEST_POWER, HIGHEST_POWER)
        ),
        vol.Optional(ATTR_PRICES, default=list): vol.All(
            [_PRICE], vol.Length(max=MOST_PRICES)
        ),
        vol.Optional(ATTR_CONTINUOUS, default=True): cv.boolean,
        vol.Optional(ATTR_MINIMUM_LEVEL, default=0): vol.All(
            vol.Coerce(float), vol.Range(0, 100)
        ),
    }
)


@callback
def async_setup_plan_services(hass: HomeAssistant) -> None:
    """Register the action."""
    hass.services.async_register(
        DOMAIN,
        SERVICE,
        _plan_charge,
        schema=PLAN_SCHEMA,
        supports_response=SupportsResponse.ONLY,
    )


class Figure[Value](NamedTuple):
    """What a plan is made with, where that comes from, and of when it is."""

    value: Value
    source: str | None
    at: datetime | None = None

    def told(self, now: datetime, **details: Any) -> dict[str, Any]:
        """Return it for an answer; `age` in minutes."""
        return {
            "value": self.value,
            "source": self.source,
            "at": None if self.at is None else _local(self.at),
            "age": None if self.at is None else max(0, (now - self.at) // _MINUTE),
            **details,
        }


def _local(at: datetime) -> str:
    return dt_util.as_local(at).isoformat()


async def _plan_charge(call: ServiceCall) -> ServiceResponse:
    """Answer when to charge, and what that brings and costs."""
    (vehicle,) = await async_vehicles(call, POLICY_READ)
    data, now = call.data, dt_util.utcnow()
    ready_by = _ready_by(data[ATTR_READY_BY], now)
    if ready_by <= now:
        raise refusal("ready_by_past", vehicle.car_name)
    if ready_by > now + LONGEST_PLAN:
        days = str(LONGEST_PLAN.days)
        raise refusal("ready_by_too_far", vehicle.car_name, days=days)
    level, capacity = _level(vehicle), _capacity(vehicle)
    limit, wanted = _limits(vehicle, data)
    loss = _loss(vehicle)
    factor = 1 / (1 - loss.value / 100)
    power, power_details = _power(vehicle, data, factor)

    def needed(until: float) -> float:
        """Return the kWh in the battery from the present level to another."""
        return max(0.0, until - level.value) * capacity.value / 100

    target = wanted if limit.value is None else min(wanted, limit.value)
    need = needed(target)
    into_car = power.value / factor
    charge = plan(
        ceil(now.timestamp()),
        int(ready_by.timestamp()),
        minutes_for(need, into_car),
        _spans(data),
        at_once=minutes_for(needed(data[ATTR_MINIMUM_LEVEL]), into_car),
        is_continuous=data[ATTR_CONTINUOUS],
    )
    energy = min(need, charge.minutes / 60 * into_car)
    cost = charge.cost(energy * factor)
    is_above = target < wanted > level.value
    reason = charge.reason or (ABOVE_LIMIT if is_above else None)
    return {
        "ready_by": _local(ready_by),
        "windows": [
            {"start": iso(start), "end": iso(end), "energy": round(part, 3)}
            for (start, end), part in zip(
                charge.windows, charge.energies(energy), strict=True
            )
        ],
        "energy": round(energy, 3),
        "energy_at_meter": round(energy * factor, 3),
        "minutes": charge.minutes,
        "cost": None if cost is None else round(cost, 2),
        "level_at_ready": round(level.value + energy / capacity.value * 100, 1),
        "is_feasible": reason is None,
        "reason": reason,
        "commands": 2 * len(charge.windows),
        "assumptions": {
            "level": level.told(now),
            "limit": limit.told(now),
            "capacity": capacity.told(now),
            "power": power.told(now, **power_details),
            "loss": loss.told(now),
            "is_power_constant": True,
        },
    }


def _ready_by(given: time | datetime, now: datetime) -> datetime:
    """Return a moment in UTC; of a time of day the next one in the instance's zone.

    Where clocks go back, the first of two. A time that clocks leave out is as long
    after midnight as on other days.
    """
    if isinstance(given, datetime):
        return given
    today = dt_util.as_local(now).date()
    moments = [
        dt_util.as_utc(
            datetime.combine(
                today + timedelta(days=days),
                given.replace(tzinfo=dt_util.get_default_time_zone(), fold=fold),
            )
        )
        for days in (0, 1)
        for fold in (0, 1)
    ]
    return next(moment for moment in moments if moment > now)


def _spans(data: Mapping[str, Any]) -> list[PriceSpan]:
    return [
        PriceSpan(
            int(row[ATTR_START].timestamp()),
            None if row.get(ATTR_END) is None else int(row[ATTR_END].timestamp()),
            row[ATTR_PRICE],
        )
        for row in data[ATTR_PRICES]
    ]


def _level(vehicle: SmartcarVehicle) -> Figure[float]:
    """Return the battery's level in percent. Raise ServiceValidationError."""
    data = vehicle.data
    level = number(data.body(LEVEL) or {}, "value", UnitOfRatio.PERCENTAGE)
    if level is None:
        raise refusal("level_unknown", vehicle.car_name)
    return Figure(level, BY_CAR, data.measured(LEVEL))


def _limits(
    vehicle: SmartcarVehicle, given: Mapping[str, Any]
) -> tuple[Figure[float | None], float]:
    """Return the car's limit in percent, and the level that is wanted.

    Raise ServiceValidationError where neither is known.
    """
    data = vehicle.data
    limit = None
    if not data.assumed.is_doubtful(CHARGE_LIMITS):
        limit = charge_limit(data.body(CHARGE_LIMITS) or {})
    wanted = given.get(ATTR_LEVEL, limit)
    if wanted is None:
        raise refusal("limit_unknown", vehicle.car_name)
    if limit is None:
        return Figure(None, None), wanted
    return Figure(limit, BY_CAR, data.measured(CHARGE_LIMITS)), wanted


def _capacity(vehicle: SmartcarVehicle) -> Figure[float]:
    """Return the usable capacity in kWh. Raise ServiceValidationError."""
    capacity = vehicle.diary.memory.capacity
    if capacity is None:
        raise refusal("capacity_unknown", vehicle.car_name)
    if vehicle.stored.usable_capacity is not None:
        return Figure(capacity, BY_OWNER)
    return Figure(capacity, BY_MAKER, vehicle.data.measured(CAPACITY))


def _loss(vehicle: SmartcarVehicle) -> Figure[float]:
    """Return how many percent are lost on the way from the meter, which is at home."""
    if _place(vehicle) == AWAY:
        return Figure(0, None)
    return Figure(vehicle.context.options.charging_loss, BY_OPTION)


def _power(
    vehicle: SmartcarVehicle, given: Mapping[str, Any], factor: float
) -> tuple[Figure[float], dict[str, Any]]:
    """Return the power in kW at the meter, and in which charges it was seen.

    `factor`: how many kWh the meter counts for one that reaches the car. Raise
    ServiceValidationError where the power is neither given nor seen.
    """
    if ATTR_POWER in given:
        return Figure(given[ATTR_POWER], BY_ACTION), {"place": None, "charges": None}
    place = _place(vehicle)
    charges = vehicle.diary.charges()
    seen = seen_power(one for one in charges if one.where.place == place)
    if seen is None:
        raise refusal("power_unknown", vehicle.car_name)
    power, count, at = seen
    power = round(power * factor, 2)
    figure = Figure(power, BY_DIARY, dt_util.utc_from_timestamp(at))
    return figure, {"place": place, "charges": count}


def _place(vehicle: SmartcarVehicle) -> str:
    """Return where the car is, as its charges there count: home, away or unknown."""
    data = vehicle.data
    is_home = boolean(data.body(AT_HOME) or {}, "value")
    body = data.body(LOCATION) or {}
    latitude, longitude = number(body, "latitude"), number(body, "longitude")
    if latitude is not None and longitude is not None:
        is_home = vehicle.diary.name_of((latitude, longitude)) == HOME
    if is_home is None:
        return vehicle.context.options.unknown_place
    return HOME if is_home else AWAY
