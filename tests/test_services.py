"""Actions for one car and for several."""

from collections.abc import Callable
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.smartcar.const import DOMAIN
from simulator import fleet
from simulator.cloud import Cloud
from simulator.day import Place

type Device = Callable[[str], str]


@pytest.fixture
def device(
    loaded: MockConfigEntry, device_registry: dr.DeviceRegistry
) -> Callable[[str], str]:
    """Return a way from a vehicle id to its device id."""

    def find(vehicle_id: str) -> str:
        found = device_registry.async_get_device_by_identifier(
            (DOMAIN, vehicle_id), loaded.entry_id
        )
        assert found is not None
        return found.id

    return find


async def act(hass: HomeAssistant, action: str, **data: Any) -> None:
    """Call an action of ours and wait for its end."""
    await hass.services.async_call(DOMAIN, action, data, blocking=True)


async def test_charging_starts_and_stops(
    hass: HomeAssistant, cloud: Cloud, device: Device
) -> None:
    """One car, by its device."""
    car = cloud.cars[fleet.BEV]
    cloud.change(car, car.plug_in)
    await act(hass, "stop_charging", device_id=device(fleet.BEV))
    assert not car.charging
    await act(hass, "start_charging", device_id=[device(fleet.BEV)])
    assert car.charging
    assert hass.states.get("switch.blauer_blitz_charging").state == "on"


async def test_the_charge_limit_of_several_cars(
    hass: HomeAssistant, cloud: Cloud, device: Device
) -> None:
    """Several cars get the command at once, one request each."""
    both = [device(fleet.BEV), device(fleet.PHEV), device(fleet.BEV)]
    await act(hass, "set_charge_limit", device_id=both, percent=70)
    assert cloud.cars[fleet.BEV].charge_limit == 70
    assert cloud.cars[fleet.PHEV].charge_limit == 70
    assert cloud.count("command") == 2


@pytest.mark.parametrize("percent", [49, 101, 72.5, "much"])
async def test_a_limit_smartcar_would_not_take_is_refused_before(
    hass: HomeAssistant, cloud: Cloud, device: Device, percent: object
) -> None:
    """Whole numbers from 50 to 100; anything else costs no call."""
    with pytest.raises(vol.Invalid):
        await act(
            hass, "set_charge_limit", device_id=device(fleet.BEV), percent=percent
        )
    assert cloud.count("command") == 0


async def test_a_destination_by_coordinates(
    hass: HomeAssistant, cloud: Cloud, device: Device
) -> None:
    """Degrees go to the car as they are."""
    await act(
        hass,
        "set_destination",
        device_id=device(fleet.BEV),
        latitude=52.5163,
        longitude=13.3777,
    )
    assert cloud.cars[fleet.BEV].destination == Place(52.5163, 13.3777)


@pytest.mark.parametrize(
    ("entity_id", "place"),
    [
        ("zone.home", (32.87336, -117.22743)),
        ("person.anna", (48.1, 11.5)),
        ("device_tracker.phone", (48.1, 11.5)),
    ],
)
async def test_a_destination_by_entity(
    hass: HomeAssistant,
    cloud: Cloud,
    device: Device,
    entity_id: str,
    place: tuple[float, float],
) -> None:
    """A zone, a person or a tracker gives its present position."""
    if entity_id != "zone.home":
        position = {"latitude": place[0], "longitude": place[1]}
        hass.states.async_set(entity_id, "not_home", position)
    await act(
        hass, "set_destination", device_id=device(fleet.BEV), destination=entity_id
    )
    assert cloud.cars[fleet.BEV].destination == Place(*place)


async def test_a_destination_without_position_is_refused(
    hass: HomeAssistant, cloud: Cloud, device: Device
) -> None:
    """A person whose place is not known is no destination."""
    hass.states.async_set("person.anna", "unknown")
    with pytest.raises(ServiceValidationError, match=r"person\.anna has no position"):
        await act(
            hass,
            "set_destination",
            device_id=device(fleet.BEV),
            destination="person.anna",
        )
    assert cloud.count("command") == 0


@pytest.mark.parametrize(
    "place",
    [
        {},
        {"latitude": 1},
        {"latitude": 91, "longitude": 0},
        {"destination": "light.kitchen"},
        {"destination": "zone.home", "latitude": 1, "longitude": 1},
    ],
)
async def test_a_destination_is_one_place(
    hass: HomeAssistant, device: Device, place: dict[str, Any]
) -> None:
    """Either a destination, or latitude and longitude."""
    with pytest.raises(vol.Invalid):
        await act(hass, "set_destination", device_id=device(fleet.BEV), **place)


async def test_one_refusal_is_told_as_it_is(
    hass: HomeAssistant, cloud: Cloud, device: Device
) -> None:
    """One of two cars refuses: the other one has done it, and the text names which."""
    cars = [device(fleet.BEV), device(fleet.PHEV)]
    bev = cloud.cars[fleet.BEV]
    cloud.change(bev, bev.plug_in)
    with pytest.raises(
        HomeAssistantError, match="Familienkutsche is not plugged in"
    ) as error:
        await act(hass, "stop_charging", device_id=cars)
    assert "Blauer Blitz" not in str(error.value)
    assert not bev.charging


async def test_several_refusals_name_every_car(
    hass: HomeAssistant, cloud: Cloud, device: Device
) -> None:
    """Each car says why by itself."""
    cars = [device(fleet.BEV), device(fleet.ICE)]
    with pytest.raises(HomeAssistantError) as error:
        await act(hass, "start_charging", device_id=cars)
    text = str(error.value)
    assert "Blauer Blitz is not plugged in" in text
    assert "did not grant control_charge for Anna's Nissan" in text
    assert cloud.count("command") == 1


async def test_nothing_is_sent_when_a_device_is_not_ours(
    hass: HomeAssistant, cloud: Cloud, device: Device
) -> None:
    """All cars of a call are found before the first command leaves."""
    with pytest.raises(ServiceValidationError):
        await act(hass, "start_charging", device_id=[device(fleet.BEV), "stranger"])
    assert cloud.count("command") == 0


async def test_a_device_whose_car_is_gone_is_refused_in_words(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    device: Device,
) -> None:
    """A device may outlive its car."""
    device_id = device(fleet.BEV)
    await loaded.runtime_data.async_drop(fleet.BEV)
    with pytest.raises(ServiceValidationError, match="no longer connected"):
        await act(hass, "start_charging", device_id=device_id)


async def test_an_unloaded_entry_is_refused(
    hass: HomeAssistant, loaded: MockConfigEntry, device: Device
) -> None:
    """The actions stay registered; they say that the entry is not loaded."""
    device_id = device(fleet.BEV)
    assert await hass.config_entries.async_unload(loaded.entry_id)
    with pytest.raises(ServiceValidationError, match="not loaded"):
        await act(hass, "start_charging", device_id=device_id)
