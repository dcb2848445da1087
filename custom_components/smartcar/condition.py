"""What an automation can ask of a car: conditions."""

from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar, Final, override

from homeassistant.components.binary_sensor import DOMAIN as BINARY_SENSOR
from homeassistant.components.sensor import DOMAIN as SENSOR
from homeassistant.const import CONF_OPTIONS, CONF_TARGET, STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.condition import (
    ATTR_BEHAVIOR,
    BEHAVIOR_ALL,
    BEHAVIOR_ANY,
    Condition,
    ConditionConfig,
    EntityConditionBase,
    EntityStateConditionBase,
)
from homeassistant.util import dt as dt_util
import voluptuous as vol

from .activity import FULL, NEAR
from .car.charging import connection
from .car.readings import charge_limit
from .chosen import entities_of, newest_of, vehicle_of
from .commands import CHARGE_LIMITS

CONF_WITHIN: Final = "within"

BEHAVIOR: Final = {
    vol.Required(ATTR_BEHAVIOR, default=BEHAVIOR_ANY): vol.In(
        [BEHAVIOR_ANY, BEHAVIOR_ALL]
    )
}


class CarCondition(EntityConditionBase):
    """A condition about one kind of entity of a car, by its key."""

    _key: ClassVar[str]

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Leave out what is of another kind, or of another integration."""
        return entities_of(self._hass, self._key, super().entity_filter(entities))

    @override
    def _check_all_match_state(self, states: list[State]) -> bool:
        """Return whether all match; without a car that says anything, none does."""
        return bool(states) and super()._check_all_match_state(states)


class CarStateCondition(CarCondition, EntityStateConditionBase):
    """A condition about a binary sensor of a car that is on or off."""

    _domain_specs: Mapping[str, DomainSpec] = {BINARY_SENSOR: DomainSpec()}


def stands(key: str, state: str) -> type[Condition]:
    """Return a condition about the state of a binary sensor of a car."""
    states: set[str | bool] = {state}

    class StandsCondition(CarStateCondition):
        _key = key
        _states = states

    return StandsCondition


class IsAtChargeLimit(CarCondition):
    """A condition about a battery that is as full as it should be.

    Without a limit, that is 100 percent.
    """

    _domain_specs: Mapping[str, DomainSpec] = {SENSOR: DomainSpec()}
    _key = "battery"
    _schema = vol.Schema(
        {
            vol.Required(CONF_TARGET): cv.TARGET_FIELDS,
            vol.Required(CONF_OPTIONS, default={}): BEHAVIOR,
        }
    )

    @property
    @override
    def needs_polling(self) -> bool:
        """Return that it depends on more than the level: the limit may change."""
        return True

    @override
    def is_valid_state(self, entity_state: State) -> bool:
        """Return whether a battery's level has reached the car's limit."""
        vehicle = vehicle_of(self._hass, entity_state.entity_id)
        if vehicle is None:
            return False
        data = vehicle.data
        limit = charge_limit(data.body(CHARGE_LIMITS) or {})
        level = float(entity_state.state)
        if level >= (FULL if limit is None else limit) - NEAR:
            return True
        if limit is not None:
            # A car that was full up to a lower limit may say so still.
            return False
        # A car whose limit is not told may say itself that it is full, while its
        # cable is in; after that, the word is of the past.
        is_charging = data.is_charging
        said = connection(data.body, is_charging=is_charging, is_full=False)
        return said == "complete"


class IsDataRecent(CarCondition):
    """A condition about how new the newest data of a car are."""

    _domain_specs: Mapping[str, DomainSpec] = {SENSOR: DomainSpec()}
    _key = "data_age"
    _primary_entities_only = False
    _schema = vol.Schema(
        {
            vol.Required(CONF_TARGET): cv.TARGET_FIELDS,
            vol.Required(CONF_OPTIONS): {
                **BEHAVIOR,
                vol.Required(CONF_WITHIN): vol.All(
                    cv.positive_time_period, vol.Range(min=timedelta(minutes=1))
                ),
            },
        }
    )

    def __init__(self, hass: HomeAssistant, config: ConditionConfig) -> None:
        """Take the age that is recent."""
        super().__init__(hass, config)
        self._within: timedelta = (config.options or {})[CONF_WITHIN]

    @property
    @override
    def needs_polling(self) -> bool:
        """Return that time alone makes data old."""
        return True

    @override
    def _should_include(self, _state: State) -> bool:
        """Ask every car: one that says nothing has no recent data."""
        return True

    @override
    def is_valid_state(self, entity_state: State) -> bool:
        """Return whether a car's newest data is recent."""
        newest = newest_of(self._hass, entity_state)
        return newest is not None and dt_util.utcnow() - newest <= self._within


CONDITIONS: Final[dict[str, type[Condition]]] = {
    "is_plugged_in": stands("plug", STATE_ON),
    "is_not_plugged_in": stands("plug", STATE_OFF),
    "is_left_open": stands("left_open", STATE_ON),
    "is_at_charge_limit": IsAtChargeLimit,
    "is_data_recent": IsDataRecent,
}


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return the conditions about cars."""
    return CONDITIONS
