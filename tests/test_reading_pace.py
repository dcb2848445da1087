"""When cars are read: the adaptive pace and its budget, in Home Assistant."""

from datetime import datetime, timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.sensor import SensorStateClass
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smartcar.commands import LOCK
from custom_components.smartcar.const import CONF_CALL_LIMIT, CONF_MANAGEMENT_TOKEN
from custom_components.smartcar.coordinator import SmartcarVehicle
from custom_components.smartcar.sending import async_send_command
from simulator import fleet
from simulator.cloud import Cloud
from simulator.faults import Fault

from .cars import HOUR, reads, repairs
from .conftest import ORDINARY_DAY, Travel
from .deliveries import battery, heard, state


@pytest.fixture
async def car(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry, travel: Travel
) -> SmartcarVehicle:
    """Return a car with the usual options, read once."""
    hass.config_entries.async_update_entry(entry, options={})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await travel(2)
    return entry.runtime_data.vehicles[fleet.BEV]


def hours_to_next(car: SmartcarVehicle) -> float:
    """Return how long it is to the next read."""
    assert car.next_read.due is not None
    # Between two local times lie as many hours as the wall clock shows.
    return (car.next_read.due.astimezone(dt_util.UTC) - dt_util.utcnow()) / timedelta(
        hours=1
    )


@ORDINARY_DAY
async def test_a_resting_car_is_read_less_and_less(
    cloud: Cloud, car: SmartcarVehicle, travel: Travel
) -> None:
    """Up to twice the even pace; the calls of the month are never overspent."""
    even = hours_to_next(car)
    longest = even
    for _ in range(6):
        await travel(hours_to_next(car) * HOUR + 1)
        longest = max(longest, hours_to_next(car))
    assert car.next_read.reason == "quiet"
    assert even < longest <= 2.2 * even
    assert reads(cloud)[fleet.BEV] == 7


@ORDINARY_DAY
async def test_a_running_charge_is_followed_closely(
    cloud: Cloud, car: SmartcarVehicle, travel: Travel
) -> None:
    """Never closer than the option's floor."""
    rest = hours_to_next(car)
    simulated = cloud.cars[fleet.BEV]
    cloud.change(simulated, simulated.plug_in)
    await travel(11)
    await car.async_read_now()
    assert car.next_read.reason == "charging"
    assert 0.25 <= hours_to_next(car) < rest / 1.5


@ORDINARY_DAY
async def test_a_command_makes_the_next_read_sooner(
    cloud: Cloud, car: SmartcarVehicle
) -> None:
    """Beside the one read that confirms it."""
    rest = hours_to_next(car)
    await async_send_command(car, LOCK)
    assert car.next_read.reason == "command"
    assert hours_to_next(car) < rest


@ORDINARY_DAY
async def test_a_spent_quota_is_tried_once_a_day(
    hass: HomeAssistant, cloud: Cloud, car: SmartcarVehicle, travel: Travel
) -> None:
    """Smartcar's word stands above the own count, until a read succeeds."""
    fault = Fault(
        "signals",
        type="BILLING",
        code="VEHICLE_REQUEST_LIMIT",
        vehicle_id=fleet.BEV,
        times=None,
    )
    cloud.faults.add(fault)
    await travel(hours_to_next(car) * HOUR + 1)
    assert (reads(cloud)[fleet.BEV], repairs(hass).count("quota_spent")) == (2, 1)
    assert car.next_read.reason == "probe"
    await travel(23 * HOUR)
    assert reads(cloud)[fleet.BEV] == 2
    cloud.faults.clear()
    await travel(25 * HOUR)
    assert repairs(hass).count("quota_spent") == 0
    assert reads(cloud)[fleet.BEV] >= 3
    assert car.budget.remaining(dt_util.now()) > 400


@pytest.mark.parametrize(
    "turn",
    [
        pytest.param(
            "2026-11-01T00:00:00-07:00",
            marks=pytest.mark.start("2026-10-31T16:00"),
            id="month",
        ),
        pytest.param(
            "2028-01-01T00:00:00-08:00",
            marks=pytest.mark.start("2027-12-31T16:00"),
            id="year",
        ),
        pytest.param(
            "2028-03-01T00:00:00-08:00",
            marks=pytest.mark.start("2028-02-29T12:00Z"),
            id="leap day",
        ),
    ],
)
async def test_a_quota_spent_on_the_last_day_returns_with_the_month(
    hass: HomeAssistant, cloud: Cloud, car: SmartcarVehicle, travel: Travel, turn: str
) -> None:
    """At its first midnight, which comes before a day has passed."""
    cloud.faults.add(
        Fault(
            "signals",
            type="BILLING",
            code="VEHICLE_REQUEST_LIMIT",
            vehicle_id=fleet.BEV,
        )
    )
    with pytest.raises(HomeAssistantError):
        await car.async_read_now()
    assert repairs(hass).count("quota_spent") == 1
    assert car.next_read.due == datetime.fromisoformat(turn)
    before = reads(cloud)[fleet.BEV]
    await travel(hours_to_next(car) * HOUR - 2)
    assert reads(cloud)[fleet.BEV] == before
    await travel(2)
    assert (reads(cloud)[fleet.BEV], repairs(hass).count("quota_spent")) == (
        before + 1,
        0,
    )
    assert car.budget.remaining(dt_util.now()) == 499


@ORDINARY_DAY
async def test_a_probe_that_fails_otherwise_waits_like_any_read(
    cloud: Cloud, car: SmartcarVehicle, travel: Travel
) -> None:
    """Once for each step of half an hour, an hour and so on; not every second."""
    car.budget.exhaust(dt_util.now() - timedelta(days=2))
    cloud.faults.add(Fault("signals", vehicle_id=fleet.BEV, times=None))
    before = reads(cloud)[fleet.BEV]
    await car.async_refresh()
    for _ in range(20):
        await travel(2)
    assert reads(cloud)[fleet.BEV] == before + 1
    await travel(HOUR / 2)
    assert reads(cloud)[fleet.BEV] == before + 2


async def test_a_command_refused_for_lack_of_calls_says_so(
    hass: HomeAssistant, cloud: Cloud, car: SmartcarVehicle
) -> None:
    """As a read does; a command that succeeds takes it back."""
    spent = {"type": "BILLING", "code": "VEHICLE_REQUEST_LIMIT"}
    cloud.faults.add(Fault("command.lock", **spent))
    with pytest.raises(HomeAssistantError, match="calls"):
        await async_send_command(car, LOCK)
    assert repairs(hass).count("quota_spent") == 1
    assert car.budget.remaining(dt_util.now()) == 0
    await async_send_command(car, LOCK)
    assert repairs(hass).count("quota_spent") == 0
    assert car.budget.remaining(dt_util.now()) > 400


async def test_another_limit_takes_smartcars_word_back(
    hass: HomeAssistant,
    cloud: Cloud,
    car: SmartcarVehicle,
    entry: MockConfigEntry,
    travel: Travel,
) -> None:
    """Who has changed the plan says so in the options."""
    car.budget.exhaust(dt_util.now())
    assert car.budget.remaining(dt_util.now()) == 0
    hass.config_entries.async_update_entry(entry, options={CONF_CALL_LIMIT: 1000})
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    again = entry.runtime_data.vehicles[fleet.BEV]
    assert again.budget.remaining(dt_util.now()) == 999


async def test_while_deliveries_come_one_read_a_day(
    hass: HomeAssistant,
    cloud: Cloud,
    car: SmartcarVehicle,
    entry: MockConfigEntry,
    travel: Travel,
) -> None:
    """When they stop for longer than usual, or push is off, the pace returns."""
    push = {CONF_WEBHOOK_ID: "webhook", CONF_MANAGEMENT_TOKEN: "token"}
    hass.config_entries.async_update_entry(entry, data={**entry.data, **push})
    await travel(1)
    car.async_take_delivery(heard(state(battery(61), user=None)))
    assert car.next_read.reason == "deliveries"
    assert hours_to_next(car) == pytest.approx(24, abs=0.1)
    hass.config_entries.async_update_entry(
        entry, data={key: x for key, x in entry.data.items() if key not in push}
    )
    assert car.next_read.reason == "even"
    hass.config_entries.async_update_entry(entry, data={**entry.data, **push})
    for _ in range(5):
        await travel(5 * HOUR)
    assert reads(cloud)[fleet.BEV] == 2
    assert car.next_read.reason in {"even", "quiet"}
    assert hours_to_next(car) < 10


async def test_the_count_stands_on_an_entity(
    hass: HomeAssistant, car: SmartcarVehicle
) -> None:
    """The count, its limit and its reserve stand on the entity."""
    state = hass.states.get("sensor.volkswagen_id_4_api_calls")
    assert state is not None
    assert state.state == "1"
    assert state.attributes["limit"] == 500
    assert state.attributes["reserve"] == 50
    assert state.attributes["remaining"] == 499
    assert state.attributes["state_class"] == SensorStateClass.TOTAL
    month = dt_util.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    assert state.attributes["last_reset"] == month.isoformat()
    assert state.attributes["refused_at"] is None


@pytest.mark.start("2026-10-31T23:00")
async def test_the_count_and_its_month_turn_together(
    hass: HomeAssistant,
    car: SmartcarVehicle,
    entity_registry: er.EntityRegistry,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Whoever writes the state: October's count never stands beside November."""
    calls = "sensor.volkswagen_id_4_api_calls"

    def shown() -> tuple[str, str]:
        state = hass.states.get(calls)
        assert state is not None
        return state.state, state.attributes["last_reset"]

    freezer.move_to(datetime.fromisoformat("2026-11-01T00:30:00-07:00"))
    entity_registry.async_update_entity(calls, name="Calls")
    await hass.async_block_till_done()
    assert shown() == ("1", "2026-10-01T00:00:00-07:00")
    car.async_update_listeners()
    assert shown() == ("0", "2026-11-01T00:00:00-07:00")


@pytest.mark.late
@pytest.mark.start("2026-11-25T08:00")
async def test_a_set_up_late_in_the_month_spends_its_days_share(
    hass: HomeAssistant, cloud: Cloud, car: SmartcarVehicle, travel: Travel
) -> None:
    """On the 25th of 30 days 100 of 500 calls; they last to the month's end."""
    state = hass.states.get("sensor.volkswagen_id_4_api_calls")
    assert state.attributes["remaining"] == 99
    for _ in range(5 * 4):
        await travel(6 * HOUR)
    assert 20 <= reads(cloud)[fleet.BEV] <= 90
    await travel(24 * HOUR)
    assert car.budget.month == "2026-12"
    assert car.budget.remaining(dt_util.now()) > 490


async def test_what_smartcar_refuses_is_no_call(
    hass: HomeAssistant, cloud: Cloud, car: SmartcarVehicle
) -> None:
    """The count stays, and the statistics with it; an attribute says when."""
    spent = {"type": "BILLING", "code": "VEHICLE_REQUEST_LIMIT"}
    cloud.faults.add(Fault("command.lock", **spent))
    with pytest.raises(HomeAssistantError, match="calls"):
        await async_send_command(car, LOCK)
    state = hass.states.get("sensor.volkswagen_id_4_api_calls")
    assert state.state == "1"
    assert state.attributes["remaining"] == 0
    assert state.attributes["refused_at"] == dt_util.now()
