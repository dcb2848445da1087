"""What can happen to a car that an automation waits for, and how."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest

from simulator import fleet
from simulator.cloud import Cloud

from .cars import DAY, HOUR, IS_LOCKED, MINUTE
from .conftest import Tell, Travel
from .deliveries import Post, signal, state

HOME = 0.0


@dataclass
class Stage:
    """What a test needs to let something happen to the electric car."""

    hass: HomeAssistant
    cloud: Cloud
    post: Post
    tell: Tell
    travel: Travel


async def unplugged(stage: Stage) -> None:
    await stage.tell(plug=False, charging=False, level=50, at=HOME, km=20_000)
    await stage.travel(MINUTE)


async def parked(stage: Stage) -> None:
    await unplugged(stage)
    await stage.travel(HOUR)


async def plug_in(stage: Stage) -> None:
    await stage.tell(plug=True)


async def plugged_in(stage: Stage) -> None:
    await stage.tell(plug=True, charging=False, level=50)
    await stage.travel(MINUTE)


async def unplug(stage: Stage) -> None:
    await stage.tell(plug=False)


async def unlock(stage: Stage) -> None:
    await stage.post(state(signal(IS_LOCKED, value=False)))


async def charging(stage: Stage) -> None:
    await stage.tell(plug=True, charging=True, added=0, level=60, at=HOME)
    await stage.travel(HOUR)


async def finish(stage: Stage) -> None:
    await stage.tell(charging=True, added=12, level=80)
    await stage.travel(MINUTE)
    await stage.tell(charging=False)


async def break_off(stage: Stage) -> None:
    await stage.tell(charging=False, level=70)


async def drive(stage: Stage) -> None:
    await stage.tell(km=20_025, level=45)
    await stage.travel(46 * MINUTE)


async def fail(stage: Stage) -> None:
    stage.cloud.cars[fleet.BEV].refusal = "ASLEEP"
    target = {"entity_id": "lock.blauer_blitz_lock"}
    with pytest.raises(HomeAssistantError):
        await stage.hass.services.async_call("lock", "unlock", target, blocking=True)


async def nothing(stage: Stage) -> None:
    """Let no report come."""


type Act = Callable[[Stage], Awaitable[None]]

# key -> what comes before, what happens then, which entity triggers, and within
# which time after that.
HAPPENINGS: dict[str, tuple[Act, Act, tuple[str, str], float]] = {
    "plugged_in": (unplugged, plug_in, ("binary_sensor", "plug"), 0),
    "unplugged": (plugged_in, unplug, ("binary_sensor", "plug"), 0),
    "left_open": (unplugged, unlock, ("binary_sensor", "left_open"), 0),
    "charge_finished": (charging, finish, ("event", "activity"), 0),
    "charge_interrupted": (
        *(charging, break_off, ("event", "activity")),
        10 * MINUTE,
    ),
    "charge_not_started": (
        *(unplugged, plug_in, ("event", "activity")),
        30 * MINUTE,
    ),
    "drive_finished": (parked, drive, ("event", "activity"), 0),
    "command_failed": (unplugged, fail, ("event", "activity"), 0),
    "data_became_old": (unplugged, nothing, ("sensor", "data_age"), DAY),
}
OPTIONS = {"data_became_old": {"after": {"hours": 24}}}
