"""The home in which every blueprint is tested."""

from collections.abc import AsyncGenerator

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smartcar.const import CONF_PACE
from custom_components.smartcar.polling.pace import PaceMode
from simulator import fleet
from simulator.clock import ManualClock
from simulator.cloud import Cloud
from tests.conftest import Travel
from tests.deliveries import Post, reload

from .household import Home, move_in


@pytest.fixture(autouse=True)
def _no_records(request: pytest.FixtureRequest) -> None:
    """Let the car maker list no charges."""
    if "hass" in request.fixturenames:
        car = request.getfixturevalue("cloud").cars[fleet.BEV]
        car.override("charge-chargerecords", body={"values": []})


@pytest.fixture
async def home(
    hass: HomeAssistant,
    cloud: Cloud,
    clock: ManualClock,
    travel: Travel,
    post: Post,
    hearing: MockConfigEntry,
) -> AsyncGenerator[Home]:
    """Return a home in which no read is due but those that an automation causes."""
    hass.config_entries.async_update_entry(
        hearing, options={CONF_PACE: PaceMode.OFF, "home_price": 0.3}
    )
    await reload(hass, hearing)
    home = await move_in(hass, cloud, clock, travel, post, hearing)
    yield home
    await home.leave()
