"""An electricity tariff for the demo, whose prices of yesterday are known, too.

What a charge costs follows from what the price was at the time, and a Home Assistant
that is a minute old remembers nothing. Here its recorder is told of the days before.
Each quarter of an hour has its price, as on the exchange.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
import math
from types import MappingProxyType

from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.event import async_track_time_change
from homeassistant.helpers.typing import ConfigType
from homeassistant.util import dt as dt_util

DOMAIN = "demo_tariff"

CONFIG_SCHEMA = cv.empty_config_schema(DOMAIN)

ENTITY_ID = "sensor.electricity_price"

DAYS = 3
"""How far back the prices go."""

MINUTES = 15
"""The recorder takes itself for as young as it is: in a period it finds the prices
that begin there, and not the one before."""

MEAN, SWING = 0.28, 0.08
"""EUR/kWh; it is dear at five in the afternoon, and cheap at five in the morning."""

ATTRIBUTES: Mapping[str, str] = MappingProxyType(
    {
        "friendly_name": "Electricity price",
        "icon": "mdi:currency-eur",
        "state_class": "measurement",
        "unit_of_measurement": "EUR/kWh",
    }
)


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Tell the prices of the last days, and from now on each as it comes."""

    def tell(when: datetime) -> None:
        here = dt_util.as_local(when)
        hour = here.hour + here.minute / 60
        price = MEAN + SWING * math.cos((hour - 17) / 24 * math.tau)
        hass.states.async_set(
            ENTITY_ID, f"{price:.4f}", ATTRIBUTES, timestamp=when.timestamp()
        )

    now = dt_util.utcnow()
    now = now.replace(minute=now.minute // MINUTES * MINUTES, second=0, microsecond=0)
    for ago in reversed(range(DAYS * 24 * 60 // MINUTES)):
        tell(now - timedelta(minutes=ago * MINUTES))
    async_track_time_change(hass, tell, minute=range(0, 60, MINUTES), second=0)
    return True
