"""What happens to a car, as events that automations can wait for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.const import UnitOfRatio
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util

from .activity import (
    CHARGE_FINISHED,
    CHARGE_INTERRUPTED,
    COMMAND_FAILED,
    KINDS,
    Diary,
    Facts,
    Happening,
)
from .api import OutcomeUnknownError, account_repair
from .car.charging import CHARGING_STATUS, IS_CHARGING, IS_PLUGGED_IN
from .car.plausible import LEVEL, LOCATION
from .car.readings import Body, boolean, charge_limit, member, number
from .car.schedules import occurrences, read_timers
from .commands import CHARGE_LIMITS, STOP_CHARGING, Command
from .coordinator import SmartcarVehicle
from .diary import VehicleDiary
from .entity import SmartcarEntity, SmartcarEntityDescription
from .entity_loader import async_add_described, for_every_car
from .memory import HOME, Charge, Drive, Refuel
from .runtime import SmartcarConfigEntry
from .stored import DISCONNECTED
from .texts import error_text

PARALLEL_UPDATES = 0

AT_HOME: Final = "location-isathome"
SCHEDULES: Final = "charge-chargetimers"
DAY: Final = timedelta(days=1)
# A diary may hold thousands of entries; news is about the last few.
NEWEST: Final = 5
# Seconds between the end of a charge and the last that its entry knows.
NEAR: Final = 2 * 3600


@dataclass(frozen=True, kw_only=True)
class SmartcarEventDescription(SmartcarEntityDescription, EventEntityDescription):
    """An event entity."""


ACTIVITY: Final = SmartcarEventDescription(key="activity", event_types=list(KINDS))


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SmartcarConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the event entity of every car."""
    async_add_described(
        entry, async_add_entities, for_every_car(ACTIVITY), SmartcarActivity
    )


def _problem(vehicle: SmartcarVehicle) -> str | None:
    """Return the key of what is wrong with a car's account or connection."""
    stored, grants = vehicle.stored, vehicle.grants
    if grants.is_gone:
        return "connection_lost"
    users = {connection.user_id for connection in grants.connections}
    for user_id, code in sorted(stored.owner_errors.open().items()):
        if user_id in users:
            return account_repair(code)
    return None


def _is_home(vehicle: SmartcarVehicle) -> bool:
    """Return whether a car is known to stand at home."""
    body = vehicle.data.body(LOCATION) or {}
    latitude, longitude = number(body, "latitude"), number(body, "longitude")
    if latitude is not None and longitude is not None:
        return vehicle.diary.name_of((latitude, longitude)) == HOME
    return boolean(vehicle.data.body(AT_HOME) or {}, "value") is True


def _is_scheduled(vehicle: SmartcarVehicle, now: datetime) -> bool:
    """Return whether a schedule of the car lets it charge within a day."""
    if (body := vehicle.data.body(SCHEDULES)) is None:
        return False
    zone = dt_util.get_default_time_zone()
    return bool(occurrences(read_timers(body), now, now + DAY, zone))


def _facts(vehicle: SmartcarVehicle, now: datetime) -> Facts:
    data = vehicle.data
    is_plugged = boolean(data.body(IS_PLUGGED_IN) or {}, "value")
    status = member(data.body(CHARGING_STATUS) or {}, "value")
    told = (data.measured(IS_CHARGING), data.measured(CHARGING_STATUS))
    return Facts(
        has_data=bool(data.codes),
        is_charging=data.is_charging,
        is_assumed=data.assumed.stands(IS_CHARGING),
        charging_at=max(filter(None, told), default=None),
        is_plugged=is_plugged,
        plugged_at=data.measured(IS_PLUGGED_IN),
        full_at=data.measured(CHARGING_STATUS) if status == "fully_charged" else None,
        level=number(data.body(LEVEL) or {}, "value", UnitOfRatio.PERCENTAGE),
        limit=charge_limit(data.body(CHARGE_LIMITS) or {}),
        # Both matter only to a car that should charge.
        is_home=bool(is_plugged) and _is_home(vehicle),
        is_scheduled=bool(is_plugged) and _is_scheduled(vehicle, now),
        is_live=vehicle.stored.rhythm.is_flowing(now),
        problem=_problem(vehicle),
        is_disconnected=vehicle.stored.absence == DISCONNECTED,
    )


class SmartcarActivity(SmartcarEntity[None], EventEntity):
    """Tells what has happened to a car, each thing once."""

    entity_description: SmartcarEventDescription
    _outlasts_car = True

    def __init__(
        self, vehicle: SmartcarVehicle, description: SmartcarEventDescription
    ) -> None:
        """Begin without a look to come."""
        super().__init__(vehicle, description)
        self._has_begun = False
        self._next_look: CALLBACK_TYPE | None = None

    @override
    def read(self, body: Body) -> None:
        """Read nothing: what happened is no value."""

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to commands too, and tell what has happened meanwhile."""
        await super().async_added_to_hass()
        stored = self.coordinator.stored
        if not stored.activity.is_begun and stored.last_contact is not None:
            # The car was known before there were events.
            stored.activity.has_data = True
        self.async_on_remove(self.coordinator.command_line.listen(self._command_ended))
        self.async_on_remove(self._stop_waiting)
        self.async_on_remove(async_at_started(self.hass, self._begin_soon))

    @callback
    def _begin_soon(self, hass: HomeAssistant) -> None:
        """Begin when automations listen, and the state of before stands."""
        self.async_on_remove(hass.loop.call_soon(self._begin).cancel)

    @callback
    def _begin(self) -> None:
        self._has_begun = True
        self._look()

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        if self._has_begun:
            self._look()

    @callback
    def _look(self, _: datetime | None = None) -> None:
        """Tell what has happened since the last look."""
        vehicle, now = self.coordinator, dt_util.utcnow()
        log = vehicle.stored.activity
        before = replace(log)
        memory = vehicle.diary.memory
        diary = Diary(
            vehicle.diary.charges()[-NEWEST:],
            memory.drives()[-NEWEST:],
            memory.refuels()[-NEWEST:],
        )
        for happening in log.follow(_facts(vehicle, now), diary, now):
            self._tell(happening, now)
        if log != before:
            vehicle.context.save(vehicle.id)
        self._stop_waiting()
        if (due := log.next_look(diary, now)) is not None:
            self._next_look = async_track_point_in_utc_time(self.hass, self._look, due)

    @callback
    def _stop_waiting(self) -> None:
        if self._next_look is not None:
            self._next_look()
            self._next_look = None

    @callback
    def _command_ended(
        self, command: Command, error: HomeAssistantError | None
    ) -> None:
        """Tell of a command that failed, and remember one that stops a charge."""
        now = dt_util.utcnow()
        is_sent = error is None or isinstance(error.__cause__, OutcomeUnknownError)
        if command is STOP_CHARGING and is_sent:
            # What was cut off may have stopped it, too.
            self.coordinator.stored.activity.own_stop_at = now
            self.coordinator.context.save(self.coordinator.id)
        if error is not None:
            reason = error_text(self.hass, error).rstrip(".")
            facts = {"command": command.name, "reason": reason}
            self._tell(Happening(COMMAND_FAILED, now, facts), now)

    @callback
    def _tell(self, happening: Happening, now: datetime) -> None:
        at = happening.at
        self._trigger_event(
            happening.kind,
            {
                "at": dt_util.as_local(at).isoformat(),
                "age": max(0, int((now - at).total_seconds()) // 60),
                **happening.facts,
                **self._remembered(happening),
            },
        )
        self.async_write_ha_state()

    def _remembered(self, happening: Happening) -> Mapping[str, Any]:
        """Return what the diary knows of it; no position is among it."""
        diary = self.coordinator.diary
        match happening.entry:
            case Charge() as charge:
                return _charge(charge)
            case Drive() as drive:
                return _drive(drive, diary)
            case Refuel() as refuel:
                return {"amount": refuel.amount, "level": refuel.level_end}
        if happening.kind not in {CHARGE_FINISHED, CHARGE_INTERRUPTED}:
            return {}
        at = int(happening.at.timestamp())
        # The end may have been told a little later than the last of its energy.
        found = [
            charge
            for charge in diary.charges()[-NEWEST:]
            if charge.start <= at and (charge.is_open or at - charge.end <= NEAR)
        ]
        return _charge(found[-1]) if found else {}


def _charge(charge: Charge) -> Mapping[str, Any]:
    return {
        "energy": charge.energy,
        "cost": None if charge.cost is None else round(charge.cost, 2),
        "place": charge.where.place,
        "zone": charge.where.zone,
    }


def _drive(drive: Drive, diary: VehicleDiary) -> Mapping[str, Any]:
    return {
        "distance": drive.distance,
        "from": diary.name_of(drive.origin),
        "to": diary.name_of(drive.destination),
        # A rise means that a charge lies between, of which no more is known yet.
        "level_used": drive.used if drive.used is None or drive.used >= 0 else None,
        "is_sum": drive.is_sum,
    }
