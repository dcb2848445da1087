"""What the tests ask of the simulated cars: names of theirs, and what is shown."""

import asyncio
from collections import Counter

from homeassistant.const import ATTR_ASSUMED_STATE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.smartcar.const import DOMAIN
from simulator.cloud import Cloud

# Time in seconds

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR

# Entities; where no name says another, of the electric car

BATTERY = "sensor.blauer_blitz_battery"
LIMIT = "number.blauer_blitz_charge_limit"
LOCK = "lock.blauer_blitz_lock"
PHEV_BATTERY = "sensor.familienkutsche_battery"

# Codes of signals

CURRENT = "charge-amperage"
ENERGY_ADDED = "charge-energyadded"
FAST_CHARGER = "charge-fastchargertype"
FUEL = "internalcombustionengine-fuellevel"
IS_CHARGING = "charge-ischarging"
IS_LOCKED = "closure-islocked"
LIMITS = "charge-chargelimits"
LOCATION = "location-preciselocation"
ODOMETER = "odometer-traveleddistance"
PLUG = "charge-ischargingcableconnected"
POWER = "charge-wattage"
RANGE = "tractionbattery-range"
SOC = "tractionbattery-stateofcharge"
SPEED = "charge-chargerate"
STATUS = "charge-detailedchargingstatus"
TIME_LEFT = "charge-timetocomplete"
TIRES = "wheel-tires"
VOLTAGE = "charge-voltage"


def value(hass: HomeAssistant, entity_id: str) -> str:
    """Return the state of an entity that must be there."""
    state = hass.states.get(entity_id)
    assert state is not None, entity_id
    return state.state


def values(hass: HomeAssistant, *entity_ids: str) -> list[str]:
    """Return the states of some entities that must be there."""
    return [value(hass, entity_id) for entity_id in entity_ids]


def shown(hass: HomeAssistant, entity_id: str) -> tuple[str, bool]:
    """Return the state of an entity, and whether it is assumed."""
    state = hass.states.get(entity_id)
    assert state is not None, entity_id
    return state.state, state.attributes.get(ATTR_ASSUMED_STATE, False)


def repairs(hass: HomeAssistant) -> list[str]:
    """Return the translation keys of the integration's repairs, sorted."""
    issues = ir.async_get(hass).issues.values()
    return sorted(str(one.translation_key) for one in issues if one.domain == DOMAIN)


def reads(cloud: Cloud) -> Counter[str | None]:
    """Count the billable reads of each car by its id."""
    asked = cloud.requests
    return Counter(one.vehicle_id for one in asked if one.operation == "signals")


class Hold:
    """Keeps requests at the simulated Smartcar until they are let go."""

    def __init__(self, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take over the cloud's waiting."""
        self.arrived, self.let_go = asyncio.Event(), asyncio.Event()
        monkeypatch.setattr(cloud, "sleep", self._hold)

    async def _hold(self, _: float) -> None:
        self.arrived.set()
        await self.let_go.wait()
