"""The charge schedule as a calendar."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, override

from homeassistant.components.calendar import (
    CalendarEntity,
    CalendarEntityDescription,
    CalendarEntityFeature,
    CalendarEvent,
)
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .car.readings import Body
from .car.schedules import Occurrence, Timers, occurrences, read_timers
from .commands import CONTROL_CHARGE, DELETE_CHARGE_SCHEDULE
from .const import DOMAIN
from .entity import SmartcarEntity, SmartcarEntityDescription
from .entity_loader import async_add_described, for_every_car
from .markdown import escaped
from .runtime import SmartcarConfigEntry
from .sending import async_send_command

PARALLEL_UPDATES = 0

# Every timer comes back within a week.
AHEAD: Final = timedelta(days=8)
# What a car is set to do today says nothing of years to come, or gone by.
REACH: Final = timedelta(days=366)


@dataclass(frozen=True, kw_only=True)
class SmartcarCalendarDescription(SmartcarEntityDescription, CalendarEntityDescription):
    """A calendar."""


DESCRIPTIONS: Final = (
    SmartcarCalendarDescription(key="charge_schedule", signal="charge-chargetimers"),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SmartcarConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the calendars of all cars."""
    async_add_described(
        entry, async_add_entities, for_every_car(*DESCRIPTIONS), SmartcarCalendar
    )


class SmartcarCalendar(SmartcarEntity[Timers], CalendarEntity):
    """When the car charges, and when it should be ready to leave."""

    entity_description: SmartcarCalendarDescription

    @override
    def read(self, body: Body) -> Timers:
        return read_timers(body)

    @property
    @override
    def supported_features(self) -> CalendarEntityFeature:
        if CONTROL_CHARGE in self.coordinator.grants.permissions:
            return CalendarEntityFeature.DELETE_EVENT
        return CalendarEntityFeature(0)

    @property
    @override
    def event(self) -> CalendarEvent | None:
        now = dt_util.now()
        return next(iter(self._events(now, now + AHEAD)), None)

    @override
    async def async_get_events(
        self, hass: HomeAssistant, start_date: datetime, end_date: datetime
    ) -> list[CalendarEvent]:
        now = dt_util.now()
        return self._events(max(start_date, now - REACH), min(end_date, now + REACH))

    @override
    async def async_delete_event(
        self,
        uid: str,
        recurrence_id: str | None = None,
        recurrence_range: str | None = None,
    ) -> None:
        """Delete a whole schedule; Smartcar knows no single days of one."""
        timers = self._value.timers if self._value else ()
        if uid not in {timer.schedule_id for timer in timers}:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="schedule_not_found",
                translation_placeholders={"car": escaped(self.coordinator.car_name)},
            )
        await async_send_command(
            self.coordinator, DELETE_CHARGE_SCHEDULE, schedule_id=uid
        )

    def _events(self, start: datetime, end: datetime) -> list[CalendarEvent]:
        zone = dt_util.get_default_time_zone()
        found = occurrences(self._value or Timers(), start, end, zone)
        return [_event(occurrence) for occurrence in found]


def _event(occurrence: Occurrence) -> CalendarEvent:
    timer = occurrence.timer
    return CalendarEvent(
        start=occurrence.start,
        end=occurrence.end,
        summary="Charging" if timer.end else "Departure",
        location=timer.place,
        description=f"Schedule id: {timer.schedule_id}" if timer.schedule_id else None,
        uid=timer.schedule_id,
    )
