"""The charge schedule, and what the car remembers, as calendars."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Final, override

from homeassistant.components.calendar import (
    CalendarEntity,
    CalendarEntityDescription,
    CalendarEntityFeature,
    CalendarEvent,
)
from homeassistant.const import UnitOfLength, UnitOfVolume
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_conversion import DistanceConverter, VolumeConverter

from .car.readings import Body
from .car.schedules import Occurrence, Timers, occurrences, read_timers
from .commands import CONTROL_CHARGE, DELETE_CHARGE_SCHEDULE
from .const import DOMAIN
from .diary import DIARY
from .entity import SmartcarEntity, SmartcarEntityDescription
from .entity_loader import async_add_described, for_every_car
from .markdown import escaped
from .memory import HOME, Charge, Drive, Refuel, entries_within
from .numbers import localized
from .runtime import SmartcarConfigEntry
from .sending import async_send_command
from .texts import text_of

PARALLEL_UPDATES = 0

# Every timer comes back within a week.
AHEAD: Final = timedelta(days=8)
# What a car is set to do today says nothing of years to come, or gone by.
REACH: Final = timedelta(days=366)
# An entry that goes on does so for a while without another report.
OPEN_FOR: Final = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class SmartcarCalendarDescription(SmartcarEntityDescription, CalendarEntityDescription):
    """A calendar."""


DESCRIPTIONS: Final = (
    SmartcarCalendarDescription(key="charge_schedule", signal="charge-chargetimers"),
)

DIARY_DESCRIPTION: Final = SmartcarCalendarDescription(
    key="diary",
    followed=frozenset({DIARY}),
    exists=lambda car: bool(
        car.diary.charges() or car.diary.drives() or car.diary.memory.refuels()
    ),
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
    async_add_described(
        entry,
        async_add_entities,
        for_every_car(DIARY_DESCRIPTION),
        SmartcarDiaryCalendar,
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
        return [self._event(occurrence) for occurrence in found]

    def _event(self, occurrence: Occurrence) -> CalendarEvent:
        hass, timer = self.hass, occurrence.timer
        summary = "calendar_charging" if timer.end else "calendar_departure"
        description = None
        if timer.schedule_id:
            description = text_of(hass, "calendar_schedule_id", id=timer.schedule_id)
        return CalendarEvent(
            start=occurrence.start,
            end=occurrence.end,
            summary=text_of(hass, summary),
            location=timer.place,
            description=description,
            uid=timer.schedule_id,
        )


class SmartcarDiaryCalendar(SmartcarEntity[Charge], CalendarEntity):
    """What the car has charged, how far it went, and its refuels, when that was."""

    entity_description: SmartcarCalendarDescription
    _outlasts_car = True

    @override
    def read(self, body: Body) -> Charge | None:
        """Return the charge that goes on."""
        charges = self.coordinator.diary.charges()
        return charges[-1] if charges and charges[-1].is_open else None

    @property
    @override
    def event(self) -> CalendarEvent | None:
        # As of now: it ends a while from now, until it is known to have ended.
        return None if self._value is None else self._charge_event(self._value)

    @override
    async def async_get_events(
        self, hass: HomeAssistant, start_date: datetime, end_date: datetime
    ) -> list[CalendarEvent]:
        diary = self.coordinator.diary
        since, until = start_date.timestamp(), end_date.timestamp()
        events = [
            *map(self._charge_event, entries_within(diary.charges(), since, until)),
            *map(self._drive_event, entries_within(diary.drives(), since, until)),
            *map(
                self._refuel_event,
                entries_within(diary.memory.refuels(), since, until),
            ),
        ]
        return sorted(events, key=attrgetter("start"))

    def _charge_event(self, charge: Charge) -> CalendarEvent:
        told = {}
        if charge.energy is not None:
            told["energy"] = self._amount(charge.energy, 1, "kWh")
        if charge.cost is not None:
            told["cost"] = self._amount(charge.cost, 2, self.hass.config.currency)
        place = []
        if charge.where.place == HOME:
            place = ["home"]
        elif charge.where.zone:
            told["zone"] = charge.where.zone
        return self._diary_event(charge, ["charged", *told, *place], told)

    def _drive_event(self, drive: Drive) -> CalendarEvent:
        unit = self.hass.config.units.length_unit
        distance = DistanceConverter.convert(
            drive.distance, UnitOfLength.KILOMETERS, unit
        )
        told = {"distance": self._amount(distance, 0, unit)}
        return self._diary_event(drive, ["drove", *told], told)

    def _refuel_event(self, refuel: Refuel) -> CalendarEvent:
        told = {}
        if refuel.amount is not None:
            unit = self.hass.config.units.volume_unit
            amount = VolumeConverter.convert(refuel.amount, UnitOfVolume.LITERS, unit)
            told["amount"] = self._amount(amount, 0, unit)
        if refuel.level_end is not None:
            told["level"] = self._amount(refuel.level_end, 0, "%")
        return self._diary_event(refuel, ["refueled", *told], told)

    def _amount(self, value: float, digits: int, unit: str) -> str:
        number = localized(f"{value:.{digits}f}", self.hass.config.language)
        return f"{number} {unit}"

    def _diary_event(
        self, item: Charge | Drive | Refuel, case: Iterable[str], told: dict[str, str]
    ) -> CalendarEvent:
        """Return an entry as an event; `case` names the text for what is told."""
        summary = text_of(self.hass, "_".join(["calendar", *case]), **told)
        if item.is_sum:
            # Between two reports it is about then.
            summary = text_of(self.hass, "calendar_about_then", event=summary)
        start = dt_util.as_local(datetime.fromtimestamp(item.start, UTC))
        end = dt_util.as_local(datetime.fromtimestamp(item.end, UTC))
        if item.is_open:
            end = max(end, dt_util.now()) + OPEN_FOR
        return CalendarEvent(
            start=start,
            # Calendars show no event without a length.
            end=max(end, start + timedelta(minutes=1)),
            summary=summary,
            uid=f"{type(item).__name__.lower()}-{item.start}",
        )
