"""The charge schedule in Home Assistant's calendar."""

from datetime import datetime, time, timedelta
from http import HTTPStatus
from typing import Any

from homeassistant.components.calendar import CalendarEntityFeature
from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.smartcar.const import DOMAIN
from custom_components.smartcar.diagnostics import async_get_config_entry_diagnostics
from simulator import fleet
from simulator.cloud import Cloud

from .conftest import TIME_ZONE, Travel

CALENDAR = "calendar.blauer_blitz_charge_schedule"


@pytest.fixture
async def scheduled(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
    travel: Travel,
) -> str:
    """Make a daily schedule by the action; return its id, read back from the car."""
    device = device_registry.async_get_device_by_identifier(
        (DOMAIN, fleet.BEV), loaded.entry_id
    )
    answer = await hass.services.async_call(
        DOMAIN,
        "create_charge_schedule",
        {
            "device_id": device.id,
            "type": "daily",
            "start_time": "23:00",
            "stop_time": "05:30",
        },
        blocking=True,
        return_response=True,
    )
    await travel(61)
    return answer["schedule_id"]


async def travel_until(travel: Travel, hour: int, minute: int = 0) -> None:
    """Travel until the clock on the wall next shows a time, read on the way."""
    now = dt_util.now()
    then = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    then += timedelta(days=then <= now)
    left = (then.astimezone(dt_util.UTC) - dt_util.utcnow()).total_seconds()
    while left > 0:
        await travel(min(left, 6 * 3600))
        left -= 6 * 3600


async def events(
    hass: HomeAssistant, client: ClientSessionGenerator, days: int
) -> list[dict[str, Any]]:
    """Return the calendar's events of the coming days."""
    start = dt_util.start_of_local_day()
    http = await client()
    response = await http.get(
        f"/api/calendars/{CALENDAR}",
        params={
            "start": start.isoformat(),
            "end": (start + timedelta(days=days)).isoformat(),
        },
    )
    assert response.status == HTTPStatus.OK
    return await response.json()


async def test_a_schedule_is_shown_as_events(
    hass: HomeAssistant, scheduled: str, hass_client: ClientSessionGenerator
) -> None:
    """Every night, in Home Assistant's time zone, with the schedule's id."""
    found = await events(hass, hass_client, 3)
    nights = [event for event in found if event["uid"] == scheduled]
    assert len(nights) == 4
    assert {event["summary"] for event in nights} == {"Charging"}
    for edge, wall in (("start", time(23)), ("end", time(5, 30))):
        moment = datetime.fromisoformat(nights[1][edge]["dateTime"])
        assert moment.time() == wall
        assert moment.utcoffset() == moment.astimezone(TIME_ZONE).utcoffset()
    assert nights[1]["description"] == f"Schedule id: {scheduled}"


@pytest.mark.parametrize(
    ("start", "end"),
    [
        pytest.param(
            "2027-03-13T23:00:00-08:00",
            "2027-03-14T05:30:00-07:00",
            marks=pytest.mark.start("2027-03-13T12:00"),
            id="spring",
        ),
        pytest.param(
            "2026-10-31T23:00:00-07:00",
            "2026-11-01T05:30:00-08:00",
            marks=pytest.mark.start("2026-10-31T12:00"),
            id="autumn",
        ),
    ],
)
async def test_a_night_with_a_clock_change(
    hass: HomeAssistant,
    scheduled: str,
    hass_client: ClientSessionGenerator,
    start: str,
    end: str,
) -> None:
    """It ends when the clock on the wall says so."""
    found = await events(hass, hass_client, 1)
    assert (found[-1]["start"]["dateTime"], found[-1]["end"]["dateTime"]) == (
        start,
        end,
    )


async def test_the_calendar_is_on_while_a_window_is_open(
    hass: HomeAssistant, scheduled: str, travel: Travel
) -> None:
    """On at a minute past eleven, off at noon."""
    for hour, state in ((12, STATE_OFF), (23, STATE_ON)):
        await travel_until(travel, hour, minute=1)
        assert hass.states.get(CALENDAR).state == state


async def test_ages_are_not_filled_with_events(
    hass: HomeAssistant, scheduled: str
) -> None:
    """A year back and a year ahead is what a schedule of today speaks for."""
    answer = await hass.services.async_call(
        "calendar",
        "get_events",
        {
            "entity_id": CALENDAR,
            "start_date_time": "0001-01-01T00:00:00",
            "end_date_time": "9999-12-31T23:59:59",
        },
        blocking=True,
        return_response=True,
    )
    found = answer[CALENDAR]["events"]
    nights = [event for event in found if event["end"][11:16] == "05:30"]
    assert len(nights) in {2 * 366, 2 * 366 + 1}


async def test_an_event_can_be_deleted(
    hass: HomeAssistant,
    cloud: Cloud,
    scheduled: str,
    hass_ws_client: WebSocketGenerator,
    travel: Travel,
) -> None:
    """Deleting an event deletes its schedule at the car; a foreign id is refused."""
    features = hass.states.get(CALENDAR).attributes["supported_features"]
    assert features == CalendarEntityFeature.DELETE_EVENT
    client = await hass_ws_client()
    delete = {"type": "calendar/event/delete", "entity_id": CALENDAR}
    await client.send_json_auto_id({**delete, "uid": "somebody"})
    response = await client.receive_json()
    assert not response["success"]
    assert cloud.count("schedule.delete") == 0
    await client.send_json_auto_id({**delete, "uid": scheduled})
    response = await client.receive_json()
    assert response["success"]
    assert scheduled not in cloud.cars[fleet.BEV].schedules
    await travel(61)
    assert hass.states.get(CALENDAR).state == STATE_OFF


async def test_without_control_the_calendar_is_read_only(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    travel: Travel,
) -> None:
    """The events stay; deleting them is not offered."""
    connection = cloud.connection(fleet.USER_1, fleet.BEV)
    connection.permissions = tuple(
        name for name in connection.permissions if name != "control_charge"
    )
    await travel(3601)
    await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert not hass.states.get(CALENDAR).attributes.get("supported_features")


async def test_an_unreadable_timer_is_no_event(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    travel: Travel,
) -> None:
    """It is counted in the diagnostics instead."""
    cloud.cars[fleet.BEV].override(
        "charge-chargetimers",
        body={"values": [{"departureTimers": [{"time": "soon", "days": ["MONDAY"]}]}]},
    )
    await travel(6 * 3600 + 1)
    answer = await hass.services.async_call(
        "calendar",
        "get_events",
        {"entity_id": CALENDAR, "duration": {"days": 7}},
        blocking=True,
        return_response=True,
    )
    assert answer[CALENDAR]["events"] == []
    told = await async_get_config_entry_diagnostics(hass, loaded)
    by_model = {car["car"]["model"]: car for car in told["vehicles"]}
    assert by_model["ID.4"]["unreadable_timers"] == 1
