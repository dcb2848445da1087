"""What a wrong clock has noted does no harm when the clock is right again.

Only the wall clock is wrong: timers go by the loop's. Deliveries come over HTTP.
"""

from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smartcar.commands import UNLOCK
from custom_components.smartcar.const import (
    CONF_PREVIOUS_TOKEN,
    CONF_ROTATED_AT,
)
from custom_components.smartcar.coordinator import SmartcarVehicle
from custom_components.smartcar.health import SILENCE
from custom_components.smartcar.runtime import runtime_of
from custom_components.smartcar.sending import async_send_command
from simulator import fleet
from simulator.cloud import Cloud
from simulator.faults import Fault

from .cars import BATTERY, HOUR, IS_LOCKED, LOCK, repairs
from .conftest import Travel
from .deliveries import (
    NEW_TOKEN,
    Post,
    battery,
    error,
    signal,
    state,
)

pytestmark = pytest.mark.usefixtures("server")

# A way to set the wall clock wrong, by so much.
type Wall = Callable[[timedelta], None]

# The right time, while the wall clock is wrong.
UTCNOW = dt_util.utcnow

AHEAD, BEHIND, RIGHT = timedelta(days=40), timedelta(days=-400), timedelta()


@pytest.fixture
def car(hearing: MockConfigEntry) -> SmartcarVehicle:
    """Return the electric car of an entry with push, read once."""
    return hearing.runtime_data.vehicles[fleet.BEV]


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch, travel: Travel) -> Wall:
    """Return a way to set the wall clock wrong."""
    utcnow, now = dt_util.utcnow, dt_util.now

    def wrong(by: timedelta) -> None:
        def wrong_now(zone: tzinfo | None = None) -> datetime:
            return now(zone) + by

        monkeypatch.setattr(dt_util, "utcnow", lambda: utcnow() + by)
        monkeypatch.setattr(dt_util, "now", wrong_now)

    return wrong


def of_now(days: float = 0) -> datetime:
    """Return the right time, whatever the wall clock says; days before it."""
    return UTCNOW() - timedelta(days=days)


# What it has noted


async def test_a_silence_is_told(
    car: SmartcarVehicle, post: Post, wall: Wall, travel: Travel
) -> None:
    """A delivery under the wrong clock makes none to come believed."""
    wall(AHEAD)
    await post(state(battery(50, of_now())))
    wall(RIGHT)
    await travel(HOUR)
    assert runtime_of(car).push_state != "silent"
    assert car.stored.rhythm.is_flowing(of_now())
    for _ in range(7 * 4 + 1):
        await travel(6 * HOUR)
    assert not car.stored.rhythm.is_flowing(of_now())


async def test_a_refused_login_is_told(
    hass: HomeAssistant, cloud: Cloud, car: SmartcarVehicle, wall: Wall
) -> None:
    """The good data of the wrong clock cure nothing that comes later."""
    wall(AHEAD)
    await car.async_read_now()
    wall(RIGHT)
    refused = {"type": "CONNECTED_SERVICES_ACCOUNT", "code": "AUTHENTICATION_FAILED"}
    cloud.faults.add(Fault("signals", **refused, vehicle_id=fleet.BEV, times=None))
    with pytest.raises(HomeAssistantError):
        await car.async_read_now()
    assert "owner_account_login" in repairs(hass)


@pytest.mark.parametrize("by", [AHEAD, BEHIND], ids=["ahead", "behind"])
async def test_the_car_contradicts_a_command(
    hass: HomeAssistant,
    car: SmartcarVehicle,
    post: Post,
    wall: Wall,
    travel: Travel,
    by: timedelta,
) -> None:
    """Its word from after the command is shown."""
    wall(by)
    await async_send_command(car, UNLOCK)
    assert hass.states.get(LOCK).state == "unlocked"
    wall(RIGHT)
    await runtime_of(car).connections.async_refresh()
    await travel(1)
    await post(state(signal(IS_LOCKED, True, of_now())))
    assert hass.states.get(LOCK).state == "locked"


@pytest.mark.parametrize(
    ("before", "after"), [(AHEAD, RIGHT), (BEHIND, RIGHT), (RIGHT, BEHIND)]
)
async def test_an_assumption_lapses_by_the_loop(
    hass: HomeAssistant,
    cloud: Cloud,
    car: SmartcarVehicle,
    wall: Wall,
    travel: Travel,
    before: timedelta,
    after: timedelta,
) -> None:
    """A quarter of an hour after the command, whatever the wall clock does."""
    cloud.cars[fleet.BEV].override(IS_LOCKED, absent=True)
    wall(before)
    await async_send_command(car, UNLOCK)
    wall(after)
    await travel(14 * 60)
    assert hass.states.get(LOCK).state == "unlocked"
    await travel(60)
    assert hass.states.get(LOCK).state == "unknown"


async def test_smartcars_silence_is_noticed(
    hass: HomeAssistant, cloud: Cloud, car: SmartcarVehicle, wall: Wall, travel: Travel
) -> None:
    """An answer of the future is as good as one of now, for a day."""
    wall(AHEAD)
    await runtime_of(car).connections.async_refresh()
    wall(RIGHT)
    cloud.faults.add(Fault("*", "cut_before_headers", times=None))
    await travel(HOUR)
    assert not car.context.health.is_silent
    await travel(SILENCE.total_seconds() + 1)
    assert car.context.health.is_silent
    assert hass.states.get(BATTERY).state == "unavailable"


async def test_an_empty_store_is_told(
    hass: HomeAssistant, car: SmartcarVehicle, wall: Wall
) -> None:
    """It has been empty for an hour, not for minus forty days."""
    now = of_now()
    car.stored.empty_since = now + AHEAD
    car.stored.last_contact = now + AHEAD
    car.stored.clamp_times(now)
    assert now - car.stored.empty_since < timedelta(seconds=1)
    assert now - car.stored.last_contact < timedelta(seconds=1)


async def test_a_restart_under_the_right_clock(
    hass: HomeAssistant, car: SmartcarVehicle, post: Post, wall: Wall
) -> None:
    """Nothing that was stored lies ahead."""
    account, entry = runtime_of(car), car.config_entry
    wall(AHEAD)
    await post(state(battery(50, of_now())))
    await async_send_command(car, UNLOCK)
    await car.async_read_now()
    wall(RIGHT)
    # What goes on the disk is what the wrong clock has noted.
    assert account.context.stored.answered_at > of_now()
    assert await hass.config_entries.async_reload(entry.entry_id)
    stored = entry.runtime_data.context.stored
    kept, now = stored.vehicles[fleet.BEV], of_now()
    assert kept.last_contact <= now
    assert kept.rhythm.latest <= now
    assert kept.pace.last_read <= now
    assert kept.pace.commanded_at <= now
    assert stored.answered_at <= now
    assert stored.push.delivered_at <= now


@pytest.mark.parametrize(
    ("days", "status"), [(-1, 401), (0.5, 200), (1.5, 401)], ids=["ahead", "day", "old"]
)
async def test_the_token_before_is_taken_for_a_day(
    hass: HomeAssistant, car: SmartcarVehicle, post: Post, days: float, status: int
) -> None:
    """Not for longer because a wrong clock saw the change."""
    data = {
        **car.config_entry.data,
        CONF_PREVIOUS_TOKEN: NEW_TOKEN,
        CONF_ROTATED_AT: of_now(days).isoformat(),
    }
    hass.config_entries.async_update_entry(car.config_entry, data=data)
    assert await post(state(battery(50)), NEW_TOKEN) == status


# What comes while it is wrong


@pytest.mark.parametrize("by", [AHEAD, BEHIND], ids=["ahead", "behind"])
async def test_a_delivery_is_taken_by_a_wrong_clock(
    hass: HomeAssistant,
    car: SmartcarVehicle,
    post: Post,
    wall: Wall,
    travel: Travel,
    by: timedelta,
) -> None:
    """And what is newer is taken after it."""
    wall(by)
    await post(state(battery(50, of_now())))
    assert hass.states.get(BATTERY).state == "50.0"
    wall(RIGHT)
    await travel(60)
    await post(state(battery(51, of_now())))
    assert hass.states.get(BATTERY).state == "51.0"


# What is not new


async def test_what_is_not_taken_is_not_remembered(
    car: SmartcarVehicle, post: Post
) -> None:
    """An event that was too old, or of no car here, may come again."""
    log = runtime_of(car).push.log
    await post(
        state(
            battery(
                50,
                of_now(3),
            ),
            event="old",
            at=of_now(3),
        )
    )
    await post(state(battery(50), event="stranger", vehicle="stranger"))
    assert log.is_new("old")
    assert log.is_new("stranger")
    await post(state(battery(50, of_now()), event="new"))
    assert not log.is_new("new")


@pytest.mark.parametrize("kind", ["state", "error", "other error"])
async def test_a_replay_is_no_contact(
    car: SmartcarVehicle, post: Post, travel: Travel, kind: str
) -> None:
    """After a thousand others nobody knows it, but it tells nothing new."""
    await travel(60)
    content = {
        "state": state(battery(50, of_now()), at=of_now()),
        "error": error(at=of_now()),
        "other error": error("ASLEEP", type_="VEHICLE_STATE", at=of_now()),
    }[kind]
    await post(content)
    assert car.stored.last_contact == of_now()
    await travel(60)
    await post(state(battery(51, of_now()), at=of_now()))
    account, stored = runtime_of(car), car.stored
    contact = (
        stored.last_contact,
        stored.rhythm.latest,
        account.context.stored.answered_at,
    )
    assert contact == (of_now(),) * 3
    await travel(60)
    await post({**content, "eventId": "forgotten"})
    again = (
        stored.last_contact,
        stored.rhythm.latest,
        account.context.stored.answered_at,
    )
    assert again == contact


async def test_a_delivery_without_any_time(
    hass: HomeAssistant, car: SmartcarVehicle, post: Post, travel: Travel
) -> None:
    """It cannot turn the lock back, nor say that the car was heard of."""
    await post(state(signal(IS_LOCKED, False, of_now())))
    contact = car.stored.last_contact
    await travel(60)
    undated = signal(IS_LOCKED, True)
    del undated["meta"]
    content = state(undated, event="undated")
    del content["meta"]["deliveredAt"]
    await post(content)
    assert hass.states.get(LOCK).state == "unlocked"
    assert car.stored.last_contact == contact
    assert runtime_of(car).push.log.is_new("undated")


async def test_a_resolution_without_any_time(
    hass: HomeAssistant, car: SmartcarVehicle, post: Post
) -> None:
    """It ends no error, for it may be older."""
    await post(error())
    assert "owner_account_login" in repairs(hass)
    content = error(resolved=True)
    del content["meta"]["deliveredAt"]
    await post(content)
    assert "owner_account_login" in repairs(hass)
