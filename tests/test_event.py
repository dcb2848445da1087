"""What has just happened to a car, each thing once."""

from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import (
    CoreState,
    Event,
    EventStateChangedData,
    HomeAssistant,
    callback,
)
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_track_state_change_event
from hypothesis import given, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smartcar.activity import (
    OLDEST,
    PATIENCE,
    PAUSE,
    STAND,
    ActivityLog,
    Diary,
    Facts,
    Happening,
)
from custom_components.smartcar.memory import Drive, Refuel
from simulator import fleet
from simulator.cloud import Cloud

from .cars import DAY, HOUR, MINUTE, reads
from .conftest import Tell, Travel
from .deliveries import Post, reload, signal, state
from .memory.test_figures import charge as charged

ACTIVITY = "event.volkswagen_id_4_activity"
HOME, AWAY = 0.0, 0.5
NIGHT = {
    "start": "23:00:00",
    "end": "05:30:00",
    "days": [
        "MONDAY",
        "TUESDAY",
        "WEDNESDAY",
        "THURSDAY",
        "FRIDAY",
        "SATURDAY",
        "SUNDAY",
    ],
}
ENDS = {"charge_finished", "charge_interrupted"}
NOON = datetime(2026, 10, 13, 12, tzinfo=UTC)

type Told = list[dict[str, Any]]


@pytest.fixture(autouse=True)
def _nothing_else(cloud: Cloud) -> None:
    """Let the car have no schedule, and no charges that its maker lists."""
    for code in ("charge-chargetimers", "charge-chargerecords"):
        cloud.cars[fleet.BEV].override(code, body={"values": []})


@pytest.fixture
def everything(hass: HomeAssistant) -> Told:
    """Return the events of the electric car, as they come; a restored one is none."""
    found: Told = []
    seen = set()

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        new = event.data["new_state"]
        if new is None or new.state in {"unknown", "unavailable", *seen}:
            return
        seen.add(new.state)
        # Triggers pass by what comes out of nowhere.
        old = event.data["old_state"]
        assert old is not None
        assert old.state != "unavailable"
        found.append(dict(new.attributes))

    async_track_state_change_event(hass, ACTIVITY, note)
    return found


@pytest.fixture
def told(everything: Told, hearing: MockConfigEntry) -> Told:
    """Return the events from when the car's first data has come."""
    everything.clear()
    return everything


def kinds(told: Told) -> list[str]:
    """Return what was told, in order."""
    return [one["event_type"] for one in told]


async def test_a_charge_to_the_limit(
    told: Told, tell: Tell, travel: Travel, cloud: Cloud
) -> None:
    """It is told once, with what the diary knows of it, and costs no call."""
    before = reads(cloud)
    await tell(plug=True, charging=True, added=0, level=62, at=HOME)
    await travel(HOUR)
    await tell(charging=True, added=14, level=80)
    await travel(MINUTE)
    await tell(charging=False, ago=30)
    (event,) = told
    assert (event["event_type"], event["level"], event["limit"]) == (
        "charge_finished",
        80,
        80,
    )
    assert (event["energy"], event["place"], event["age"]) == (14, "home", 0)
    await travel(HOUR)
    await tell(charging=False)
    await tell(plug=False)
    assert kinds(told) == ["charge_finished"]
    assert reads(cloud) == before


async def test_the_last_percent_may_come_later(
    told: Told, tell: Tell, travel: Travel
) -> None:
    """A car that tells of its level after the end has not broken off."""
    await tell(plug=True, charging=True, level=60)
    await travel(HOUR)
    await tell(charging=False)
    await travel(2 * MINUTE)
    assert told == []
    await tell(level=80)
    await travel(HOUR)
    assert kinds(told) == ["charge_finished"]


async def test_a_charge_that_breaks_off(told: Told, tell: Tell, travel: Travel) -> None:
    """It is told after ten minutes, if it has not gone on."""
    await tell(plug=True, charging=True, level=50)
    await travel(HOUR)
    await tell(charging=False, level=60)
    await travel(5 * MINUTE)
    await tell(charging=True)
    await travel(HOUR)
    assert told == []
    await tell(charging=False, level=65)
    await travel(10 * MINUTE + 1)
    (event,) = told
    assert (event["event_type"], event["level"], event["age"]) == (
        "charge_interrupted",
        65,
        10,
    )


async def test_what_a_person_stops_has_not_broken_off(
    hass: HomeAssistant, told: Told, tell: Tell, travel: Travel, cloud: Cloud
) -> None:
    """Neither by a command nor by the cable."""
    cloud.cars[fleet.BEV].plug_in()
    cloud.cars[fleet.BEV].start_charging()
    await tell(plug=True, charging=True, level=50)
    await travel(HOUR)
    target = {"entity_id": "switch.blauer_blitz_charge"}
    await hass.services.async_call("switch", "turn_off", target, blocking=True)
    await tell(charging=False)
    await travel(HOUR)
    await tell(charging=True, level=55)
    await travel(HOUR)
    await tell(charging=False, plug=False)
    await travel(HOUR)
    assert told == []


@pytest.mark.parametrize(
    ("level", "at", "expected"),
    [
        (75, HOME, ["charge_not_started"]),
        (76, HOME, []),
        (40, AWAY, []),
    ],
)
async def test_a_car_that_should_charge(
    told: Told,
    tell: Tell,
    travel: Travel,
    *,
    level: float,
    at: float,
    expected: list[str],
) -> None:
    """Plugged in at home for half an hour, well below the limit."""
    await tell(plug=False, charging=False, level=level, at=at)
    await travel(MINUTE)
    await tell(plug=True)
    await travel(29 * MINUTE)
    assert told == []
    await travel(MINUTE + 1)
    assert kinds(told) == expected
    await travel(DAY)
    assert kinds(told) == expected


async def test_a_schedule_of_the_car_lets_it_wait(
    hass: HomeAssistant, told: Told, tell: Tell, travel: Travel, post: Post
) -> None:
    """It will begin by itself."""
    await tell(plug=False, charging=False, level=40, at=HOME)
    timers = signal("charge-chargetimers", None)
    timers["body"] = {"values": [{"schedules": [NIGHT]}]}
    await post(state(timers))
    await travel(MINUTE)
    await tell(plug=True)
    await travel(2 * HOUR)
    assert told == []


async def test_a_drive(told: Told, tell: Tell, travel: Travel, cloud: Cloud) -> None:
    """It is told when the car has stood for 45 minutes, once, also when it grows."""
    await tell(km=20_000, level=62, at=HOME)
    await travel(30 * MINUTE)
    await tell(km=20_025, level=55)
    await travel(20 * MINUTE)
    await tell(km=20_040, level=52, at=AWAY)
    await travel(44 * MINUTE)
    assert told == []
    await travel(MINUTE + 1)
    (event,) = told
    assert (event["event_type"], event["distance"]) == ("drive_finished", 40)
    assert (event["from"], event["to"], event["level_used"]) == ("home", "away", 10)
    assert not {"latitude", "longitude", "destination"} & event.keys()
    # Late news of the same drive.
    await tell(km=20_050, ago=40 * MINUTE)
    await travel(2 * HOUR)
    assert kinds(told) == ["drive_finished"]


async def test_a_drive_between_two_reports(
    told: Told, tell: Tell, travel: Travel
) -> None:
    """It begins and ends with one report, and is told once, too."""
    await tell(km=20_000, at=HOME)
    await travel(HOUR)
    await tell(km=20_025)
    await travel(HOUR)
    await tell(level=55)
    await tell(level=54)
    assert kinds(told) == ["drive_finished"]
    await tell(km=20_040)
    await travel(HOUR)
    assert kinds(told) == ["drive_finished", "drive_finished"]


async def test_a_way_between_two_reports(
    told: Told, tell: Tell, travel: Travel
) -> None:
    """It is told as such; with a charge in between, nothing says what it used."""
    await tell(km=20_000, level=50)
    await travel(8 * HOUR)
    await tell(km=20_060, level=70)
    await travel(HOUR)
    (event,) = told
    assert (event["distance"], event["is_sum"]) == (60, True)
    assert event["level_used"] is None


async def test_a_restart_tells_nothing_again(
    hass: HomeAssistant,
    hearing: MockConfigEntry,
    told: Told,
    tell: Tell,
    travel: Travel,
) -> None:
    """What was told is kept; what waits is told afterwards."""
    await tell(plug=True, charging=True, level=50)
    await travel(HOUR)
    await tell(charging=False, level=80)
    assert kinds(told) == ["charge_finished"]
    await reload(hass, hearing)
    await travel(HOUR)
    assert kinds(told) == ["charge_finished"]
    await tell(charging=True)
    await travel(MINUTE)
    await tell(charging=False, level=60)
    assert await hass.config_entries.async_unload(hearing.entry_id)
    await travel(11 * MINUTE)
    assert await hass.config_entries.async_setup(hearing.entry_id)
    await hass.async_block_till_done()
    assert kinds(told) == ["charge_finished", "charge_interrupted"]


async def test_automations_listen_first(
    hass: HomeAssistant, everything: Told, entry: MockConfigEntry, travel: Travel
) -> None:
    """Nothing is told before Home Assistant has started."""
    hass.set_state(CoreState.not_running)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await travel(2)
    assert everything == []
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await hass.async_block_till_done()
    assert kinds(everything) == ["first_data"]


async def test_a_command_that_fails(
    hass: HomeAssistant, told: Told, hearing: MockConfigEntry, cloud: Cloud
) -> None:
    """The reason is the message that a person sees."""
    cloud.cars[fleet.BEV].refusal = "ASLEEP"
    target = {"entity_id": "lock.blauer_blitz_lock"}
    with pytest.raises(HomeAssistantError) as raised:
        await hass.services.async_call("lock", "unlock", target, blocking=True)
    (event,) = told
    assert (event["event_type"], event["command"]) == ("command_failed", "unlock")
    assert event["reason"] == str(raised.value)
    assert "Blauer Blitz" in event["reason"]


async def test_the_owners_account(
    hass: HomeAssistant,
    everything: Told,
    loaded: MockConfigEntry,
    cloud: Cloud,
    travel: Travel,
) -> None:
    """A login that ends is told, and that it is well again."""
    everything.clear()
    connections = tuple(cloud.connections_of(cloud.cars[fleet.BEV]))
    for connection in connections:
        connection.store.signed_out = True
    await travel(6 * HOUR + 1)
    assert kinds(everything) == ["account_problem"]
    assert everything[0]["problem"] == "owner_account_login"
    for connection in connections:
        connection.store.signed_out = False
    await travel(MINUTE)
    cloud.refresh(cloud.cars[fleet.BEV])
    target = {"entity_id": "button.volkswagen_id_4_refresh"}
    await hass.services.async_call("button", "press", target, blocking=True)
    assert kinds(everything) == ["account_problem", "account_solved"]


async def test_first_data(
    hass: HomeAssistant, everything: Told, loaded: MockConfigEntry, travel: Travel
) -> None:
    """A car that is set up tells that its data is there, and never again."""
    assert kinds(everything) == ["first_data"]
    await reload(hass, loaded)
    await travel(HOUR)
    assert kinds(everything) == ["first_data"]


# The decision itself


def facts(**known: Any) -> Facts:
    """Return what is known of a car that is plugged in at home."""
    usual: dict[str, Any] = {
        "has_data": True,
        "is_charging": False,
        "is_assumed": False,
        "charging_at": NOON,
        "is_plugged": True,
        "plugged_at": NOON,
        "full_at": None,
        "level": 50.0,
        "limit": 80.0,
        "is_home": True,
        "is_scheduled": False,
        "is_live": True,
        "problem": None,
        "is_disconnected": False,
    }
    return Facts(**usual | known)


def begun() -> ActivityLog:
    """Return the log of a car that stands unplugged."""
    log = ActivityLog()
    log.follow(facts(is_plugged=False), Diary(), NOON)
    return log


def names(happened: list[Happening]) -> list[str]:
    """Return the kinds of what has happened."""
    return [one.kind for one in happened]


def test_the_first_look_tells_of_nothing_but_data() -> None:
    """What a car was found in did not happen just now."""
    log, drive = ActivityLog(), drove(NOON - 2 * STAND, NOON - STAND)
    happened = log.follow(facts(problem="connection_lost"), Diary(drives=[drive]), NOON)
    assert names(happened) == ["first_data"]
    assert (
        log.follow(facts(problem="connection_lost"), Diary(drives=[drive]), NOON) == []
    )


def drove(start: datetime, end: datetime, *, is_open: bool = False) -> Drive:
    """Return a drive of 20 km."""
    span = int(start.timestamp()), int(end.timestamp())
    return Drive(*span, None, None, 20.0, 60.0, 50.0, is_sum=False, is_open=is_open)


@pytest.mark.parametrize(
    ("limit", "level", "full_at", "told"),
    [
        (80.0, 79.0, None, ["charge_finished"]),
        (80.0, 78.9, None, ["charge_interrupted"]),
        # Where the limit is not told, it may be reached.
        (None, 80.0, None, []),
        (None, 99.0, None, ["charge_finished"]),
        (None, None, NOON, ["charge_finished"]),
        (None, None, None, []),
        # It was full before it went away.
        (80.0, 50.0, NOON - PAUSE, ["charge_interrupted"]),
    ],
)
def test_the_end_of_a_charge(
    *,
    limit: float | None,
    level: float | None,
    full_at: datetime | None,
    told: list[str],
) -> None:
    """Finished at the limit, or when the car says so; else broken off."""
    log = begun()
    log.follow(facts(is_charging=True), Diary(), NOON)
    known = {"limit": limit, "level": level, "full_at": full_at}
    at_once = log.follow(facts(**known), Diary(), NOON)
    later = log.follow(facts(**known), Diary(), NOON + PAUSE)
    assert names([*at_once, *later]) == told


def test_a_charge_between_two_looks() -> None:
    """The diary knows of it, where the car never told that it charges."""
    log, start = begun(), int(NOON.timestamp())
    charge = charged(start, level_end=80)
    diary, now = Diary(charges=[charge]), NOON + 3 * STAND
    (happened,) = log.follow(facts(level=80), diary, now)
    assert (happened.kind, happened.entry) == ("charge_finished", charge)
    later = Diary(charges=[charge._replace(end=start + 4000)])
    assert log.follow(facts(level=80), later, now) == []


def test_a_drive_goes_on_where_no_news_says_nothing() -> None:
    """A car that is seldom looked at has ended it by a later report only."""
    log, drive = begun(), drove(NOON, NOON + STAND, is_open=True)
    later = NOON + 3 * STAND
    assert log.follow(facts(is_live=False), Diary(drives=[drive]), later) == []
    closed = Diary(drives=[drive._replace(is_open=False)])
    assert names(log.follow(facts(is_live=False), closed, later)) == ["drive_finished"]


def test_who_disconnects_a_car_has_solved_nothing() -> None:
    """Its problem is forgotten without a word."""
    log = begun()
    log.follow(facts(is_plugged=False, problem="connection_lost"), Diary(), NOON)
    gone = facts(is_plugged=False, is_disconnected=True)
    assert log.follow(gone, Diary(), NOON) == []
    assert log.follow(facts(is_plugged=False), Diary(), NOON) == []


def test_the_last_percent_may_come_where_no_limit_is_told() -> None:
    """A few minutes later it is full."""
    log = begun()
    log.follow(facts(is_charging=True, limit=None), Diary(), NOON)
    assert log.follow(facts(level=97, limit=None), Diary(), NOON) == []
    full = log.follow(facts(level=99, limit=None), Diary(), NOON + PAUSE / 2)
    assert names(full) == ["charge_finished"]


@pytest.mark.parametrize(
    ("level", "is_plugged", "told"),
    [
        # What a parked car loses in a night is charged again.
        (79.0, True, []),
        (75.0, True, ["charge_finished"]),
        (79.0, False, ["charge_finished"]),
    ],
)
def test_a_full_battery_is_kept_full(
    *, level: float, is_plugged: bool, told: list[str]
) -> None:
    """It is told again when the car was away, or had lost enough."""
    log = begun()
    log.follow(facts(is_charging=True), Diary(), NOON)
    full = log.follow(facts(level=80), Diary(), NOON)
    assert names(full) == ["charge_finished"]
    log.follow(facts(level=80, is_plugged=is_plugged), Diary(), NOON)
    log.follow(facts(is_charging=True, level=level), Diary(), NOON)
    assert names(log.follow(facts(level=80), Diary(), NOON)) == told


def test_a_cable_that_is_not_told_of_may_be_out() -> None:
    """So nothing is known to have broken off."""
    log = begun()
    log.follow(facts(is_charging=True, is_plugged=None), Diary(), NOON)
    assert log.follow(facts(is_plugged=None), Diary(), NOON + PAUSE) == []
    assert log.follow(facts(is_plugged=None), Diary(), NOON + 3 * PAUSE) == []
    assert (log.began_at, log.stopped_at) == (None, None)


@pytest.mark.parametrize(
    ("known", "is_told"),
    [
        ({}, True),
        ({"limit": None}, False),
        ({"level": None}, False),
        ({"is_scheduled": True}, False),
        # A car that is looked at every few hours may charge by now.
        ({"is_live": False}, False),
        ({"is_live": False, "charging_at": NOON + PATIENCE}, True),
    ],
)
def test_a_car_that_does_not_begin(known: dict[str, Any], *, is_told: bool) -> None:
    """What is not known is not held against it."""
    log = begun()
    assert log.follow(facts(**known), Diary(), NOON) == []
    happened = log.follow(facts(**known), Diary(), NOON + PATIENCE)
    assert names(happened) == (["charge_not_started"] if is_told else [])


def test_a_late_look_tells_what_was_not_sure() -> None:
    """A read hours later that still says no is told, up to a day after."""
    log = begun()
    log.follow(facts(is_live=False), Diary(), NOON)
    later = NOON + 6 * PATIENCE
    assert log.follow(facts(is_live=False), Diary(), later) == []
    told = facts(is_live=False, charging_at=later)
    assert names(log.follow(told, Diary(), later)) == ["charge_not_started"]


def test_what_is_a_day_old_is_no_news() -> None:
    """A drive that a store tells of days later is in the diary only."""
    log = begun()
    start, end = NOON, NOON + STAND
    assert names(
        log.follow(facts(), Diary(drives=[drove(start, end)]), end + OLDEST)
    ) == ["drive_finished"]
    log = begun()
    too_late = end + OLDEST + timedelta(seconds=1)
    assert log.follow(facts(), Diary(drives=[drove(start, end)]), too_late) == []
    assert log.follow(facts(), Diary(drives=[drove(start, end)]), too_late) == []


def test_a_refuel_is_told_once() -> None:
    """It may still grow."""
    log, at = begun(), int(NOON.timestamp())
    refuel = Refuel(at, at, at - 600, level_start=20, level_end=70, amount=25.0)
    (happened,) = log.follow(facts(), Diary(refuels=[refuel]), NOON)
    assert (happened.kind, happened.entry) == ("refueled", refuel)
    more = refuel._replace(end=at + 300, amount=30.0)
    assert log.follow(facts(), Diary(refuels=[more]), NOON + PAUSE) == []


@given(
    st.lists(
        st.tuples(
            st.integers(1, 7200),
            st.sampled_from([True, False]),
            st.sampled_from([True, False, None]),
            st.integers(0, 100),
        ),
        max_size=30,
    )
)
def test_whatever_comes_is_told_once(
    steps: list[tuple[int, bool, bool | None, int]],
) -> None:
    """A charge has one end at most, and a stored log goes on as the log itself."""
    log, now, ends, charges = begun(), NOON, 0, 0
    was_charging = False
    for seconds, is_charging, is_plugged, level in steps:
        now += timedelta(seconds=seconds)
        charges += is_charging and not was_charging
        was_charging = is_charging
        known = facts(
            is_charging=is_charging,
            is_plugged=is_plugged,
            charging_at=now,
            plugged_at=now,
            level=level,
        )
        stored = ActivityLog.from_dict(log.as_dict())
        happened = log.follow(known, Diary(), now)
        assert stored.follow(known, Diary(), now) == happened
        assert log.follow(known, Diary(), now) == []
        ends += sum(one.kind in ENDS for one in happened)
        assert all(one.at <= now for one in happened)
        due = log.next_look(Diary(), now)
        assert due is None or due > now
    assert ends <= charges
