"""The charge port's flap: opened and closed, or only looked at."""

from homeassistant.components.cover import CoverEntityFeature, CoverState
from homeassistant.core import HomeAssistant, State
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from simulator import fleet
from simulator.cloud import Cloud

from .cars import shown
from .conftest import Travel

PORT = "cover.blauer_blitz_charging_port"
SIGNAL = "charge-ischargingportflapopen"


async def move(hass: HomeAssistant, action: str) -> None:
    """Open or close the flap and wait for the end."""
    await hass.services.async_call(
        "cover", f"{action}_cover", {"entity_id": PORT}, blocking=True
    )


@pytest.mark.usefixtures("loaded")
async def test_what_it_is(hass: HomeAssistant) -> None:
    """No class: that of a door would fire the triggers of doors."""
    state = hass.states.get(PORT)
    assert state is not None
    assert state.state == CoverState.CLOSED
    assert "device_class" not in state.attributes
    features = state.attributes["supported_features"]
    assert features == CoverEntityFeature.OPEN | CoverEntityFeature.CLOSE


@pytest.mark.usefixtures("loaded")
async def test_opening_and_closing(
    hass: HomeAssistant, cloud: Cloud, travel: Travel
) -> None:
    """The way there is shown, then what should be, then what is."""
    events = async_capture_events(hass, "state_changed")
    await move(hass, "open")
    assert cloud.cars[fleet.BEV].port_open
    assert shown(hass, PORT) == (CoverState.OPEN, True)
    await travel(61)
    assert shown(hass, PORT) == (CoverState.OPEN, False)
    await move(hass, "close")
    assert not cloud.cars[fleet.BEV].port_open
    assert shown(hass, PORT) == (CoverState.CLOSED, True)
    await travel(61)
    assert shown(hass, PORT) == (CoverState.CLOSED, False)
    states: list[State] = [
        event.data["new_state"] for event in events if event.data["entity_id"] == PORT
    ]
    assert [state.state for state in states] == [
        CoverState.OPENING,
        CoverState.OPEN,
        CoverState.OPEN,
        CoverState.CLOSING,
        CoverState.CLOSED,
        CoverState.CLOSED,
    ]
    assert cloud.count("command") == 2


@pytest.mark.usefixtures("loaded")
async def test_a_plugged_in_car_refuses_in_words(
    hass: HomeAssistant, cloud: Cloud, travel: Travel
) -> None:
    """The flap stays what the car says it is."""
    car = cloud.cars[fleet.BEV]
    cloud.change(car, car.plug_in)
    await travel(6 * 3600 + 1)
    assert shown(hass, PORT) == (CoverState.OPEN, False)
    with pytest.raises(
        HomeAssistantError, match=r"Blauer Blitz is plugged in\. Unplug"
    ):
        await move(hass, "close")
    assert shown(hass, PORT) == (CoverState.OPEN, False)
    assert cloud.count("command") == 1


@pytest.mark.usefixtures("loaded")
async def test_an_unknown_flap(
    hass: HomeAssistant, cloud: Cloud, travel: Travel
) -> None:
    """Neither open nor closed, when the car's word cannot be read."""
    cloud.cars[fleet.BEV].override(SIGNAL, body={"value": None})
    await travel(6 * 3600 + 1)
    assert shown(hass, PORT) == ("unknown", False)


async def test_cover_or_sensor(
    loaded: MockConfigEntry, entity_registry: er.EntityRegistry
) -> None:
    """Who may move the flap has the cover; nobody has both."""
    found = {
        (entity.domain, entity.unique_id.split("_")[0])
        for entity in er.async_entries_for_config_entry(
            entity_registry, loaded.entry_id
        )
        if entity.translation_key == "charge_port"
    }
    domains = [domain for domain, car in found if car == fleet.BEV]
    assert domains == ["cover"]
    assert len({car for _, car in found}) == len(found)
