"""What electricity costs at home: by an entity of Home Assistant, now and before."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
import math
from typing import Any, Final

from homeassistant.components.energy.data import async_get_manager
from homeassistant.components.recorder.history import state_changes_during_period
from homeassistant.const import (
    ATTR_UNIT_OF_MEASUREMENT,
    CURRENCY_DOLLAR,
    CURRENCY_EURO,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    UnitOfEnergy,
)
from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    HomeAssistant,
    State,
    callback,
)
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.helpers.recorder import get_instance
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util

from .costs import Price
from .issues import Issue, IssueBoard

# How many of each are a kWh.
PER_KWH: Final[Mapping[str, float]] = {
    UnitOfEnergy.KILO_WATT_HOUR: 1.0,
    UnitOfEnergy.WATT_HOUR: 1000.0,
    UnitOfEnergy.MEGA_WATT_HOUR: 0.001,
}
# Other currencies share their signs.
SIGNS: Final = {"EUR": CURRENCY_EURO, "USD": CURRENCY_DOLLAR}

SCOPE: Final = "price"


def units_taken(currency: str) -> str:
    """Return the units in which a price may be, to be read by people."""
    return ", ".join(f"{currency}/{unit}" for unit in PER_KWH)


def price_factor(unit: str | None, currency: str) -> float | None:
    """Return what to multiply a state by to get a price per kWh, None if it is none.

    `currency`: the code of the one that Home Assistant is set to.
    """
    money, _, energy = (unit or "").partition("/")
    if money.strip() not in {currency, SIGNS.get(currency)}:
        return None
    return PER_KWH.get(energy.strip())


def unit_of(state: State | None) -> str | None:
    """Return the unit of a state, if it has one."""
    unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT) if state else None
    return str(unit) if unit else None


async def async_price_history(
    hass: HomeAssistant, entity_id: str, since: int, until: int
) -> tuple[Price, ...]:
    """Return what a kWh cost by an entity, between two moments (seconds since 1970).

    Oldest first, beginning with `since`. The unit is that of the present state.
    What the recorder does not tell is unknown; nothing is raised.
    """
    state = hass.states.get(entity_id)
    factor = price_factor(unit_of(state), hass.config.currency)
    if state is None or factor is None:
        return (Price(since, None),)
    # The present state holds since its last change, whatever the database has.
    changes = [*await _async_changes(hass, entity_id, since, until), state]
    found: dict[int, float | None] = {since: None}
    for change in changes:
        if (at := max(since, int(change.last_changed_timestamp))) < until:
            found[at] = _price(change.state, factor)
    return tuple(Price(at, found[at]) for at in sorted(found))


async def _async_changes(
    hass: HomeAssistant, entity_id: str, since: int, until: int
) -> Iterable[State]:
    """Return the states of an entity in a period, and the one before it, if known."""
    if "recorder" not in hass.config.components:
        return ()
    # A second earlier, as a change at the very beginning is neither in nor before it.
    start, end = map(dt_util.utc_from_timestamp, (since - 1, until))
    try:
        found = await get_instance(hass).async_add_executor_job(
            _changes, hass, entity_id, start, end
        )
    except Exception:  # noqa: BLE001 - whatever ails the database, the price is unknown
        return ()
    return found.get(entity_id, ())


def _changes(
    hass: HomeAssistant, entity_id: str, start: datetime, end: datetime
) -> dict[str, list[State]]:
    return state_changes_during_period(hass, start, end, entity_id, no_attributes=True)


def _price(state: str, factor: float) -> float | None:
    try:
        price = float(state) * factor
    except ValueError:
        return None
    return price if math.isfinite(price) else None


async def async_suggested_home_price(hass: HomeAssistant) -> str | float | None:
    """Return the price that the Energy dashboard has for the grid, if it has one.

    An entity's id, or a price per kWh. An entity that could not be used is not told.
    """
    if "energy" not in hass.config.components:
        return None
    try:
        manager = await async_get_manager(hass)
        prices = list(_grid_prices(manager.data or {}))
    except Exception:  # noqa: BLE001 - only a suggestion, of another integration
        return None
    for price in prices:
        if not isinstance(price, str):
            return price
        if price_factor(unit_of(hass.states.get(price)), hass.config.currency):
            return price
    return None


def _grid_prices(preferences: Mapping[str, Any]) -> Iterable[str | float]:
    """Yield the prices of what is taken from the grid."""
    for source in preferences.get("energy_sources", ()):
        if source.get("type") == "grid":
            # Older preferences have a list of flows.
            for flow in (source, *source.get("flow_from", ())):
                if isinstance(entity_id := flow.get("entity_energy_price"), str):
                    yield entity_id
                elif isinstance(price := flow.get("number_energy_price"), int | float):
                    yield float(price)


# The repair


def price_issue(hass: HomeAssistant, entity_id: str) -> Issue | None:
    """Return what is wrong with the entity of the price, if anything is."""
    state, currency = hass.states.get(entity_id), hass.config.currency
    unit = unit_of(state)
    if price_factor(unit, currency) is not None:
        return None
    if state and unit is None and state.state in {STATE_UNAVAILABLE, STATE_UNKNOWN}:
        # What is not there just now may not name its unit.
        return None
    return Issue(
        "price_unit_changed",
        "price_unit_changed" if state else "price_entity_missing",
        {"entity": entity_id, "unit": unit or "?", "units": units_taken(currency)},
        is_fixable=False,
    )


@callback
def async_watch_price(
    hass: HomeAssistant, board: IssueBoard, entity_id: str | None
) -> CALLBACK_TYPE:
    """Show the repair of the price as long as it stands; return what ends that.

    Nothing is wrong with an entity that comes late while Home Assistant starts.
    """
    if entity_id is None:
        board.show(SCOPE, ())
        return lambda: None
    ends: list[Callable[[], None]] = []

    @callback
    def look(_: Event[EventStateChangedData] | None = None) -> None:
        issue = price_issue(hass, entity_id)
        board.show(SCOPE, (issue,) if issue else ())

    @callback
    def begin(_: HomeAssistant) -> None:
        look()
        ends.append(async_track_state_change_event(hass, entity_id, look))

    @callback
    def end() -> None:
        for each in ends:
            each()

    ends.append(async_at_started(hass, begin))
    return end
