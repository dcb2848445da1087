"""The integration on Home Assistant's page of system information."""

from typing import Any

from homeassistant.components import system_health
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .api import ENDPOINT_VARIABLE, Hosts
from .const import DOMAIN
from .runtime import SmartcarRuntime


@callback
def async_register(
    hass: HomeAssistant,
    register: system_health.SystemHealthRegistration,
) -> None:
    """Offer the information."""
    register.async_register_info(_info)


async def _info(hass: HomeAssistant) -> dict[str, Any]:
    """Return whether Smartcar can be reached, and how many calls are left."""
    hosts = Hosts.from_environment()
    runtimes: list[SmartcarRuntime] = [
        entry.runtime_data for entry in hass.config_entries.async_loaded_entries(DOMAIN)
    ]
    now = dt_util.now()
    cars = [car for runtime in runtimes for car in runtime.vehicles.values()]
    return {
        "can_reach_server": system_health.async_check_can_reach_url(hass, hosts.token),
        "cars": len(cars),
        "calls_left": sum(
            budget.remaining(now)
            # Cars that share a budget have the same one.
            for budget in {id(car.budget): car.budget for car in cars}.values()
        ),
        "push": ", ".join(sorted({runtime.push_state for runtime in runtimes}))
        or "off",
        "override": ENDPOINT_VARIABLE if hosts.overridden else "none",
    }
