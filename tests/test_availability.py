"""When what is known of a car is shown, and when it is not."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er, issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smartcar.const import DOMAIN
from simulator import fleet
from simulator.clock import ManualClock
from simulator.cloud import Cloud
from simulator.faults import Fault

from .cars import BATTERY, HOUR, LOCK, PHEV_BATTERY, value, values
from .conftest import Travel
from .deliveries import battery, heard, state

type Lose = Callable[[Cloud, Travel], Awaitable[None]]
type End = Callable[[HomeAssistant, MockConfigEntry], Awaitable[None]]


async def deliver(hass: HomeAssistant, entry: MockConfigEntry, percent: float) -> None:
    """Let a delivery about the battery come in."""
    assert entry.runtime_data.async_deliver(heard(state(battery(percent))))
    await hass.async_block_till_done()


async def lose_by_secret(cloud: Cloud, travel: Travel) -> None:
    """Let Smartcar refuse the secret."""
    cloud.application.revoke_secret()
    cloud.application.expire_tokens()
    await travel(HOUR + 1)


async def lose_by_listings(cloud: Cloud, travel: Travel) -> None:
    """Let two listings miss the car."""
    connection = cloud.connection(fleet.USER_1, fleet.BEV)
    assert connection is not None
    cloud.disconnect(connection)
    await travel(HOUR + 1)
    await travel(HOUR + 1)


async def refuse_secret_at_start(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry, travel: Travel
) -> None:
    """Let Smartcar refuse the secret when Home Assistant starts."""
    cloud.application.revoke_secret()
    cloud.application.expire_tokens()
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


def asks_for_secret(hass: HomeAssistant) -> bool:
    """Return whether a person is asked for a new secret, once."""
    flows = hass.config_entries.flow.async_progress()
    return [flow["context"]["source"] for flow in flows] == [SOURCE_REAUTH]


def says_lost(hass: HomeAssistant, entry: MockConfigEntry) -> bool:
    """Return whether the repair about the lost connection stands."""
    issue_id = f"connection_lost_{entry.entry_id}_{fleet.BEV}"
    return ir.async_get(hass).async_get_issue(DOMAIN, issue_id) is not None


@pytest.mark.parametrize(
    ("lose", "refusal"),
    [
        (lose_by_secret, "secret"),
        (lose_by_listings, "no longer connected"),
    ],
)
async def test_signed_deliveries_keep_a_car_available(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    travel: Travel,
    lose: Lose,
    refusal: str,
) -> None:
    """The car is shown for a day; what needs Smartcar fails in words."""
    await lose(cloud, travel)
    assert values(hass, BATTERY, LOCK) == [STATE_UNAVAILABLE] * 2
    asked, lost = asks_for_secret(hass), says_lost(hass, loaded)
    assert asked != lost

    await deliver(hass, loaded, 71)
    assert values(hass, BATTERY, LOCK) == ["71.0", "locked"]
    with pytest.raises(HomeAssistantError, match=refusal):
        await hass.services.async_call(
            "lock", "unlock", {"entity_id": LOCK}, blocking=True
        )
    with pytest.raises(HomeAssistantError, match=refusal):
        await loaded.runtime_data.vehicles[fleet.BEV].async_read_now()
    assert cloud.count("command") == 0
    assert value(hass, LOCK) == "locked"
    assert (asks_for_secret(hass), says_lost(hass, loaded)) == (asked, lost)

    for _ in range(23):
        await travel(HOUR)
    assert value(hass, BATTERY) == "71.0"
    await travel(HOUR)
    await travel(HOUR)
    assert values(hass, BATTERY, LOCK) == [STATE_UNAVAILABLE] * 2


async def test_a_secret_refused_at_start_leaves_known_cars_to_their_deliveries(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """The entry starts from what is stored and asks for a secret, once."""
    await refuse_secret_at_start(hass, cloud, loaded, travel)
    assert loaded.state is ConfigEntryState.LOADED
    assert asks_for_secret(hass)
    assert values(hass, BATTERY, LOCK) == [STATE_UNAVAILABLE] * 2
    await deliver(hass, loaded, 71)
    assert values(hass, BATTERY, LOCK) == ["71.0", "locked"]
    assert asks_for_secret(hass)
    await travel(HOUR + 1)
    assert asks_for_secret(hass)


async def test_a_car_that_was_disconnected_here_stays_away(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry
) -> None:
    """A delivery that was under way then brings nothing back."""
    vehicle = loaded.runtime_data.vehicles[fleet.BEV]
    await deliver(hass, loaded, 71)
    await loaded.runtime_data.async_disconnect(vehicle, whole_user=False)
    assert value(hass, BATTERY) == STATE_UNAVAILABLE
    await deliver(hass, loaded, 72)
    assert value(hass, BATTERY) == STATE_UNAVAILABLE


async def sleep(
    hours: float, freezer: FrozenDateTimeFactory, clock: ManualClock
) -> None:
    """Let time pass in which Home Assistant does not run."""
    freezer.tick(timedelta(hours=hours))
    clock.advance(hours * HOUR)


async def test_what_home_assistant_wrote_by_itself_is_compared(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    travel: Travel,
    freezer: FrozenDateTimeFactory,
    clock: ManualClock,
) -> None:
    """An entity that is renamed right after the host woke up is not stuck."""
    await sleep(30, freezer, clock)
    er.async_get(hass).async_update_entity(BATTERY, name="Akku")
    await hass.async_block_till_done()
    await travel(1)
    found = hass.states.get(BATTERY)
    assert found is not None
    assert (found.state, found.name) == ("62.0", "Akku")


async def by_delivery(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """End the silence by a delivery that changes one signal of one car."""
    await deliver(hass, entry, 71)


async def by_read(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """End the silence by a read of one car, which a person asks for."""
    await entry.runtime_data.vehicles[fleet.BEV].async_read_now()


@pytest.mark.parametrize("end", [by_delivery, by_read])
async def test_the_end_of_silence_is_shown_by_all(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    travel: Travel,
    end: End,
) -> None:
    """Whatever Smartcar's first word is, nothing waits for the next listing."""
    cloud.faults.add(Fault("*", "cut_before_headers", times=None))
    for _ in range(25):
        await travel(HOUR)
    assert values(hass, BATTERY, LOCK, PHEV_BATTERY) == [STATE_UNAVAILABLE] * 3
    cloud.faults.clear()
    await end(hass, loaded)
    assert STATE_UNAVAILABLE not in values(hass, BATTERY, LOCK, PHEV_BATTERY)


async def test_silence_that_began_while_the_host_slept_is_shown_by_all(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    travel: Travel,
    freezer: FrozenDateTimeFactory,
    clock: ManualClock,
) -> None:
    """The first request that fails after waking tells it, whatever it asked for."""
    await sleep(30, freezer, clock)
    cloud.faults.add(Fault("*", "cut_before_headers", times=None))
    with pytest.raises(HomeAssistantError):
        await loaded.runtime_data.vehicles[fleet.BEV].async_read_now()
    assert values(hass, BATTERY, LOCK, PHEV_BATTERY) == [STATE_UNAVAILABLE] * 3


async def test_what_changes_while_an_entity_is_added_is_shown(
    hass: HomeAssistant, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Two deliveries at once: the first makes the entity, the second its value."""
    vehicle = loaded.runtime_data.vehicles[fleet.ICE]
    for percent in (50, 51):
        vehicle.async_take_delivery(heard(state(battery(percent))))
        freezer.tick(1)
    await hass.async_block_till_done()
    assert value(hass, "sensor.anna_s_nissan_battery") == "51.0"
