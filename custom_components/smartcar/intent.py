"""What Assist may be asked of cars and told to do: intents, for any sentence.

`voice` registers sentences for them; sentences that a person has written, automations
and scripts can use them as well. A question is answered from what is exposed. A command
goes by the entity that a person would use, which must be exposed, too.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
import re
from typing import Any, Final, NamedTuple, override

from homeassistant.components.zone import DOMAIN as ZONES
from homeassistant.const import (
    ATTR_DEVICE_ID,
    ATTR_ENTITY_ID,
    STATE_UNAVAILABLE,
    Platform,
)
from homeassistant.core import HomeAssistant, State
from homeassistant.exceptions import HomeAssistantError, Unauthorized
from homeassistant.helpers import config_validation as cv, intent
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util
import probatio

from .const import DOMAIN
from .controls import COMMANDS, UNLOCK, Control
from .markdown import unescaped
from .phrases import Phrases, async_phrases_in
from .services import ATTR_DESTINATION, ATTR_PERCENT, ATTR_ZONE, HOME
from .spoken import QUESTIONS, Question, Telling
from .summary import (
    FACTS,
    Car,
    Told,
    async_cars,
    async_find_cars,
    async_summary,
    exposed_to,
)

ATTR_CAR: Final = "car"
_PERCENT: Final = re.compile(r"(\d{1,3})\s*(%|\D*)")


class Wrong(Exception):  # noqa: N818 - what is said instead of an answer
    """Why an intent cannot be answered, in words for the person who asked."""


class Asked(NamedTuple):
    """An intent on its way: what was said, in which language, and what may be told."""

    hass: HomeAssistant
    intent: intent.Intent
    slots: dict[str, str]
    phrases: Phrases
    told: Told

    def said(self, slot: str) -> str:
        """Return what was said in a slot; nothing if it is empty."""
        return " ".join(self.slots.get(slot, "").casefold().split())

    def bare(self, slot: str) -> str:
        """Return what was said in a slot, without an article before it."""
        said = self.said(slot)
        articles: list[str] = self.phrases.data["articles"]
        found = (article for article in articles if said.startswith(article))
        return said.removeprefix(next(found, ""))

    def wrong(self, key: str, **values: str) -> Wrong:
        """Return what is said instead of an answer."""
        return Wrong(self.phrases.say(key, **values))

    def cars(self) -> list[Car]:
        """Return the cars that are meant. Raise Wrong if there is none."""
        cars = async_cars(self.hass)
        if (said := self.slots.get(ATTR_CAR)) is not None:
            cars = async_find_cars(self.hass, cars, said)
        if not cars:
            raise self.wrong("no_car")
        return cars

    def exposed(self, cars: Sequence[Car]) -> list[Car]:
        """Return the cars of which anything is exposed."""
        return [
            car
            for car in cars
            if any(self.told(entity.entity_id) for entity in car.entities.values())
        ]

    def car(self) -> Car:
        """Return the only car that is meant. Raise Wrong."""
        cars = self.cars()
        if len(cars) > 1:
            # What is not exposed is not meant.
            cars = self.exposed(cars) or cars
        if len(cars) > 1:
            names = self.phrases.listed(car.name for car in cars)
            raise self.wrong("which_car", cars=names)
        return cars[0]

    def not_exposed(self, entity_id: str) -> Wrong:
        """Return what is said of an entity that is not exposed."""
        state = self.hass.states.get(entity_id)
        return self.wrong("not_exposed", entity=state.name if state else entity_id)


class CarIntentHandler(intent.IntentHandler, ABC):
    """Handles an intent about a car; what goes wrong is spoken, too."""

    response_type = intent.IntentResponseType.QUERY_ANSWER

    def __init__(self, intent_type: str, *slots: str) -> None:
        """Take the name of the intent and of its slots."""
        self.intent_type = intent_type
        self._slots = slots

    @property
    @override
    def slot_schema(self) -> dict[Any, Any]:
        return {
            probatio.Optional(ATTR_CAR): cv.string,
            **{probatio.Optional(name): cv.string for name in self._slots},
        }

    @override
    async def async_handle(self, intent_obj: intent.Intent) -> intent.IntentResponse:
        """Answer in words."""
        slots = self.async_validate_slots(intent_obj.slots)
        hass, assistant = intent_obj.hass, intent_obj.assistant
        asked = Asked(
            hass,
            intent_obj,
            {name: slot["value"] for name, slot in slots.items()},
            await async_phrases_in(hass, intent_obj.language),
            # A caller without an assistant is no assistant: it sees everything.
            exposed_to(hass, assistant) if assistant else lambda _: True,
        )
        response = intent_obj.create_response()
        try:
            response.async_set_speech(await self.answer(asked))
        except Wrong as wrong:
            response.async_set_error(
                intent.IntentResponseErrorCode.NO_VALID_TARGETS, str(wrong)
            )
        else:
            response.response_type = self.response_type
        return response

    @abstractmethod
    async def answer(self, asked: Asked) -> str:
        """Return the answer. Raise Wrong."""


class QuestionHandler(CarIntentHandler):
    """Answers a question about one car, or about each that is exposed."""

    def __init__(self, intent_type: str, question: Question) -> None:
        """Take what answers it."""
        super().__init__(intent_type)
        self._question = question

    @override
    async def answer(self, asked: Asked) -> str:
        cars = asked.cars()
        if len(cars) == 1:
            return self._about(asked, cars[0])
        told = []
        for car in asked.exposed(cars):
            summary = async_summary(asked.hass, car, asked.told)
            if self._question.is_answered(summary):
                told.append(self._about(asked, car))
        if not told:
            names = asked.phrases.listed(car.name for car in cars)
            raise asked.wrong("which_car", cars=names)
        return " ".join(told)

    def _about(self, asked: Asked, car: Car) -> str:
        question = self._question
        summary = async_summary(asked.hass, car, asked.told)
        if not question.is_answered(summary):
            if (hidden := self._hidden(asked, car, question.facts)) is not None:
                raise asked.not_exposed(hidden)
            raise asked.wrong("not_told", car=car.name)
        said = [question.answer(Telling(asked.phrases, summary, dt_util.utcnow()))]
        missing = [name for name in question.needs if name not in summary.facts]
        if (hidden := self._hidden(asked, car, missing)) is not None:
            said.append(f"{asked.not_exposed(hidden)}.")
        return " ".join(said)

    def _hidden(self, asked: Asked, car: Car, names: Sequence[str]) -> str | None:
        """Return an entity that shows one of some facts and is not exposed."""
        sources = (source for name in names for source in FACTS[name].sources)
        for source in sources:
            entity = car.entity(source.domain, source.key)
            if entity is not None and asked.hass.states.get(entity.entity_id):
                return entity.entity_id
        return None


class CommandHandler(CarIntentHandler):
    """Sends a command to one car."""

    response_type = intent.IntentResponseType.ACTION_DONE

    def __init__(self, intent_type: str, command: Command) -> None:
        """Take what is sent."""
        super().__init__(intent_type, *command.slots)
        self._command = command

    @override
    async def answer(self, asked: Asked) -> str:
        car = asked.car()
        call = self._command.prepare(asked, car)
        try:
            await asked.hass.services.async_call(
                call.domain,
                call.action,
                call.data,
                context=asked.intent.context,
                blocking=True,
            )
        except Unauthorized as error:
            raise asked.wrong("not_allowed") from error
        except (HomeAssistantError, probatio.Invalid) as error:
            text = await _text_of(asked.hass, error, asked.phrases.language)
            raise asked.wrong("failed", error=text.rstrip(".")) from error
        return asked.phrases.say(self._command.sent, car=car.name, **call.told)


async def _text_of(hass: HomeAssistant, error: Exception, language: str) -> str:
    """Return why something failed, in a language if it is translated."""
    if isinstance(error, HomeAssistantError) and error.translation_key:
        texts = await async_get_translations(
            hass, language, "exceptions", {error.translation_domain or DOMAIN}
        )
        key = (
            f"component.{error.translation_domain}"
            f".exceptions.{error.translation_key}.message"
        )
        if (text := texts.get(key)) is not None:
            # A message is written to be shown; here it is heard.
            return unescaped(text.format(**error.translation_placeholders or {}))
    return str(error)


class Call(NamedTuple):
    """An action that sends a command; `told`: what of it is said."""

    domain: str
    action: str
    data: dict[str, Any]
    told: dict[str, str]


class Command(NamedTuple):
    """A command: the answer when it is sent, its slots, and the action for a car."""

    sent: str
    prepare: Callable[[Asked, Car], Call]
    slots: tuple[str, ...] = ()


def _by(control: Control) -> Callable[[Asked, Car], Call]:
    """Return what sends a command by an entity."""

    def prepare(asked: Asked, car: Car) -> Call:
        return _call(asked, car, control)

    return prepare


def _call(asked: Asked, car: Car, control: Control) -> Call:
    """Return a call of an entity's action. Raise Wrong if it would do nothing."""
    entity = car.entity(control.domain, control.key)
    state = asked.hass.states.get(entity.entity_id) if entity else None
    if entity is None or state is None:
        raise asked.wrong("not_offered", car=car.name)
    if not asked.told(entity.entity_id):
        raise asked.not_exposed(entity.entity_id)
    if state.state == STATE_UNAVAILABLE:
        # Home Assistant would leave it out without a word.
        raise asked.wrong("unreachable", car=car.name)
    data = {ATTR_ENTITY_ID: entity.entity_id}
    return Call(control.domain, control.action, data, {})


def _set_limit(asked: Asked, car: Car) -> Call:
    call = _call(asked, car, COMMANDS["set_charge_limit"])
    found = _PERCENT.fullmatch(asked.bare(ATTR_PERCENT))
    if found is None:
        raise asked.wrong("no_percent")
    percent = found[1]
    return call._replace(
        # Not the entity's own action: this one says in words what is out of range.
        domain=DOMAIN,
        action="set_charge_limit",
        data={ATTR_DEVICE_ID: car.device.id, ATTR_PERCENT: int(percent)},
        told={ATTR_PERCENT: percent},
    )


def _set_destination(asked: Asked, car: Car) -> Call:
    """Return a call that sends a zone; home if none was said."""
    tracker = car.entity(Platform.DEVICE_TRACKER, "location")
    if tracker is not None and not asked.exposed([car]):
        raise asked.not_exposed(tracker.entity_id)
    zone = _zone(asked)
    return Call(
        DOMAIN,
        "set_destination",
        {ATTR_DEVICE_ID: car.device.id, ATTR_DESTINATION: zone.entity_id},
        {ATTR_ZONE: zone.name},
    )


def _zone(asked: Asked) -> State:
    """Return the zone that was said. Raise Wrong if there is none of that name."""
    said, bare = asked.said(ATTR_ZONE), asked.bare(ATTR_ZONE)
    words = {word.casefold() for word in asked.phrases.data["home"]}
    if (not said or said in words) and (home := asked.hass.states.get(HOME)):
        return home
    for zone in asked.hass.states.async_all(ZONES):
        if zone.name.casefold() in (said, bare):
            return zone
    raise asked.wrong("no_zone", zone=said)


COMMAND_INTENTS: Final[dict[str, Command]] = {
    "SmartcarSetChargeLimit": Command("sent_limit", _set_limit, (ATTR_PERCENT,)),
    "SmartcarSetDestination": Command(
        "sent_destination", _set_destination, (ATTR_ZONE,)
    ),
    "SmartcarLock": Command("sent_lock", _by(COMMANDS["lock"])),
    "SmartcarUnlock": Command("sent_unlock", _by(UNLOCK)),
    "SmartcarStartCharging": Command("sent_start", _by(COMMANDS["start_charging"])),
    "SmartcarStopCharging": Command("sent_stop", _by(COMMANDS["stop_charging"])),
}


async def async_setup_intents(hass: HomeAssistant) -> None:
    """Register the intents; they stay for as long as Home Assistant runs."""
    for name, question in QUESTIONS.items():
        intent.async_register(hass, QuestionHandler(name, question))
    for name, command in COMMAND_INTENTS.items():
        intent.async_register(hass, CommandHandler(name, command))
