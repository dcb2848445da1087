"""What an automation can wait for: triggers about cars."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final, override

from homeassistant.components.binary_sensor import DOMAIN as BINARY_SENSOR
from homeassistant.components.event import DOMAIN as EVENT, EventEntityStateAttribute
from homeassistant.components.sensor import DOMAIN as SENSOR
from homeassistant.const import (
    ATTR_ENTITY_ID,
    CONF_FOR,
    CONF_OPTIONS,
    STATE_OFF,
    STATE_ON,
)
from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant, State, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.helpers.target import (
    TargetStateChangedData,
    async_track_target_selector_state_change_event,
)
from homeassistant.helpers.trigger import (
    ENTITY_STATE_TRIGGER_SCHEMA,
    EntityTargetStateTriggerBase,
    EntityTriggerBase,
    NotTriggeredInfo,
    NotTriggeredReasonReporter,
    StatelessEntityTriggerBase,
    Trigger,
    TriggerActionRunner,
    TriggerConfig,
    TriggerNotTriggeredReporter,
)
from homeassistant.util import dt as dt_util
import voluptuous as vol

from .chosen import entities_of, newest_of

CONF_AFTER: Final = "after"
# Shown in an automation's trace.
ALREADY_OLD: Final = "newer_data_already_old"


class CarTrigger(EntityTriggerBase):
    """A trigger about one kind of entity of a car, by its key."""

    _key: ClassVar[str]

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Leave out what is of another kind, or of another integration."""
        return entities_of(self._hass, self._key, super().entity_filter(entities))


class CarStateTrigger(CarTrigger, EntityTargetStateTriggerBase):
    """A trigger about a binary sensor of a car that turns on or off."""

    _domain_specs: Mapping[str, DomainSpec] = {BINARY_SENSOR: DomainSpec()}


class ActivityTrigger(CarTrigger, StatelessEntityTriggerBase):
    """A trigger about an event of a car."""

    _domain_specs: Mapping[str, DomainSpec] = {EVENT: DomainSpec()}
    _key = "activity"
    _event_type: ClassVar[str]

    @override
    def is_valid_state(
        self, state: State, report_not_triggered: NotTriggeredReasonReporter
    ) -> bool:
        """Return whether it was the event that is waited for."""
        event_type = state.attributes.get(EventEntityStateAttribute.EVENT_TYPE)
        return bool(event_type == self._event_type)


def turns(key: str, state: str) -> type[Trigger]:
    """Return a trigger about a binary sensor of a car that turns to a state."""
    states = {state}

    class TurnsTrigger(CarStateTrigger):
        _key = key
        _to_states = states

    return TurnsTrigger


def happens(event_type: str) -> type[Trigger]:
    """Return a trigger about an event of a car."""

    class HappensTrigger(ActivityTrigger):
        _event_type = event_type

    return HappensTrigger


@dataclass(slots=True)
class Wait:
    """Waits until the newest data of a car are old; without a timer, they are."""

    newest: datetime
    cancel: CALLBACK_TYPE | None = None

    def stop(self) -> None:
        """Wait no more."""
        if self.cancel is not None:
            self.cancel()
            self.cancel = None


class Waits:
    """The waits of one trigger, by the entity that shows how new a car's data are.

    `act` is called with the state of the entity, once until newer data come; `skip`
    where newer data are old already. Data that are old when they are first looked at
    have not become old: nothing is called.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        after: timedelta,
        act: Callable[[str, State | None], None],
        skip: Callable[[str, datetime, Context], None],
    ) -> None:
        """Begin without any."""
        self._hass = hass
        self._after = after
        self._act, self._skip = act, skip
        self._waits: dict[str, Wait] = {}

    @callback
    def follow(self, entity_id: str, state: State | None, context: Context) -> None:
        """Wait from the newest data on.

        An entity that is unavailable says nothing: data grow old all the same.
        """
        if state is None:
            self.drop(entity_id)
            return
        if (newest := newest_of(self._hass, state)) is None:
            return
        wait = self._waits.get(entity_id)
        if wait is not None and newest <= wait.newest:
            return
        if wait is not None:
            wait.stop()
        self._waits[entity_id] = new = Wait(newest)
        if newest + self._after > dt_util.utcnow():
            self._begin(entity_id, new)
        elif wait is not None:
            self._skip(entity_id, newest, context)

    @callback
    def drop(self, entity_id: str) -> None:
        """Wait no more for an entity that is gone."""
        if (wait := self._waits.pop(entity_id, None)) is not None:
            wait.stop()

    @callback
    def drop_all(self) -> None:
        """Wait no more at all."""
        for entity_id in tuple(self._waits):
            self.drop(entity_id)

    def _begin(self, entity_id: str, wait: Wait) -> None:
        @callback
        def end(_: datetime) -> None:
            wait.cancel = None
            state = self._hass.states.get(entity_id)
            newest = newest_of(self._hass, state) if state is not None else None
            # What the sensor has not shown yet, as it moves in steps.
            if newest is not None and newest > wait.newest:
                wait.newest = newest
                self._begin(entity_id, wait)
            else:
                self._act(entity_id, state)

        due = wait.newest + self._after
        wait.cancel = async_track_point_in_utc_time(self._hass, end, due)


class DataBecameOldTrigger(CarTrigger):
    """A trigger about a car of which nothing new has come for a time.

    Nothing changes then, so the time itself is waited for.
    """

    _domain_specs: Mapping[str, DomainSpec] = {SENSOR: DomainSpec()}
    _key = "data_age"
    _primary_entities_only = False
    _schema = ENTITY_STATE_TRIGGER_SCHEMA.extend(
        {
            vol.Required(CONF_OPTIONS): {
                vol.Required(CONF_AFTER): vol.All(
                    cv.positive_time_period, vol.Range(min=timedelta(minutes=1))
                )
            }
        }
    )

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Take the age that is old."""
        super().__init__(hass, config)
        self._after: timedelta = self._options[CONF_AFTER]

    @override
    async def async_attach_runner(
        self,
        run_action: TriggerActionRunner,
        did_not_trigger: TriggerNotTriggeredReporter | None = None,
    ) -> CALLBACK_TYPE:
        """Wait for every car of the target."""

        @callback
        def act(entity_id: str, state: State | None) -> None:
            payload = {
                ATTR_ENTITY_ID: entity_id,
                "from_state": state,
                "to_state": state,
                CONF_FOR: self._after,
            }
            run_action(payload, f"no newer data of {entity_id}")

        @callback
        def skip(entity_id: str, newest: datetime, context: Context) -> None:
            if did_not_trigger is not None:
                data = {ATTR_ENTITY_ID: entity_id, "newest": newest.isoformat()}
                did_not_trigger(NotTriggeredInfo(ALREADY_OLD, data), context)

        waits = Waits(self._hass, self._after, act, skip)

        @callback
        def changed(data: TargetStateChangedData) -> None:
            event = data.state_change_event
            entity_id, state = event.data["entity_id"], event.data["new_state"]
            waits.follow(entity_id, state, event.context)

        @callback
        def targeted(
            added: set[str], removed: set[str], states: Mapping[str, State | None]
        ) -> None:
            for entity_id in removed:
                waits.drop(entity_id)
            for entity_id in added:
                waits.follow(entity_id, states[entity_id], Context())

        detach = await async_track_target_selector_state_change_event(
            self._hass,
            self._target,
            changed,
            self.entity_filter,
            targeted,
            primary_entities_only=self._primary_entities_only,
        )

        @callback
        def remove() -> None:
            detach()
            waits.drop_all()

        return remove


TRIGGERS: Final[dict[str, type[Trigger]]] = {
    "plugged_in": turns("plug", STATE_ON),
    "unplugged": turns("plug", STATE_OFF),
    "left_open": turns("left_open", STATE_ON),
    "charge_finished": happens("charge_finished"),
    "charge_interrupted": happens("charge_interrupted"),
    "charge_not_started": happens("charge_not_started"),
    "drive_finished": happens("drive_finished"),
    "command_failed": happens("command_failed"),
    "data_became_old": DataBecameOldTrigger,
}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers about cars."""
    return TRIGGERS
