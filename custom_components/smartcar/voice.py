"""The integration's own sentences, which Assist takes while an option is on.

Home Assistant loads sentences from its package of intents, from the folder
`custom_sentences` and from `conversation:` in YAML; an integration cannot add any
there. What it can do is what an automation does: have sentence triggers. They belong to
no language, are tried before all other sentences, and also while a language model is
the agent. So each has a car's name in it, and answers in the language it is written in.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import partial
import logging
import re
from typing import Any, Final, NamedTuple

from homeassistant.const import CONF_COMMAND, CONF_PLATFORM
from homeassistant.core import Context, Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    intent,
)
from homeassistant.helpers.script import ScriptRunResult
from homeassistant.helpers.trigger import (
    async_initialize_triggers,
    async_validate_trigger_config,
)
from homeassistant.setup import async_when_setup
from homeassistant.util.hass_dict import HassKey
import probatio

from .const import DOMAIN
from .phrases import Phrases, async_phrases, async_phrases_in
from .runtime import SmartcarConfigEntry
from .summary import Car, async_cars_of

_LOGGER = logging.getLogger(__name__)

ASSISTANT: Final = "conversation"
_CAR: Final = "<car>"
# What a template of sentences would take as its own, and what is not pronounced.
_NOT_SPOKEN: Final = re.compile(
    r"""
    [\[\](){}<>|@\\"*:;,?!\u2026\u2013-\u2015\u00A1\u00BF\u3002\u060C\u061F]+
    | [\uFF01\uFF0C\uFF1A\uFF1B\uFF1F]+
    | [.]+ (?!\w) | (?<!\w) [.]+
    """,
    re.VERBOSE,
)


class Called(NamedTuple):
    """What cars are called: a name, and all names of the same cars as they are said."""

    name: str
    spoken: tuple[str, ...]


type Names = tuple[Called, ...]

_NAMES_CHANGE: Final = frozenset({"name", "name_by_user"})


def spoken_name(name: str) -> str:
    """Return a name as it can stand in a sentence; empty if nothing of it can."""
    return " ".join(_NOT_SPOKEN.sub(" ", name.replace("\u2019", "'")).split())


def names_of(cars: Iterable[Car]) -> Names:
    """Return the names and aliases of cars; those of the same cars together."""
    meant: defaultdict[str, set[str]] = defaultdict(set)
    written: dict[str, str] = {}
    for car in cars:
        aliases = (
            alias
            for entity in car.entities.values()
            for alias in entity.aliases
            if isinstance(alias, str)
        )
        for name in filter(None, (car.device.name_by_user, car.device.name, *aliases)):
            if spoken := spoken_name(name):
                meant[spoken].add(car.vehicle_id)
                written.setdefault(spoken, name)
    together: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for spoken, ids in sorted(meant.items()):
        together[tuple(sorted(ids))].append(spoken)
    return tuple(
        sorted(Called(written[names[0]], tuple(names)) for names in together.values())
    )


class Sentences:
    """The sentences of all entries that want them."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Wait until Assist is there, and follow what cars are called."""
        self._hass = hass
        self._entries: list[SmartcarConfigEntry] = []
        self._known: tuple[Names, bool] = ((), False)
        self._remove: list[Callable[[], None]] = []
        self._lock = asyncio.Lock()
        self._being_answered: set[tuple[str, str]] = set()
        hass.bus.async_listen(
            dr.EVENT_DEVICE_REGISTRY_UPDATED, self._follow_device, _is_called_otherwise
        )
        hass.bus.async_listen(
            er.EVENT_ENTITY_REGISTRY_UPDATED, self._follow_entity, _has_other_aliases
        )
        async_when_setup(hass, ASSISTANT, self._begin)

    async def _begin(self, _hass: HomeAssistant, _component: str) -> None:
        await self.async_refresh()

    async def async_add(self, entry: SmartcarConfigEntry) -> None:
        """Let an entry have its sentences until it is unloaded."""
        self._entries.append(entry)
        entry.async_on_unload(partial(self._drop, entry))
        await self.async_refresh()

    @callback
    def _drop(self, entry: SmartcarConfigEntry) -> None:
        self._entries.remove(entry)
        self._hass.async_create_task(self.async_refresh(), f"{DOMAIN} sentences")

    @callback
    def _follow_device(self, event: Event[Any]) -> None:
        if self._entries:
            self._hass.async_create_task(self.async_refresh(), f"{DOMAIN} sentences")

    @callback
    def _follow_entity(self, event: Event[Any]) -> None:
        entity = er.async_get(self._hass).async_get(event.data["entity_id"])
        if self._entries and entity is not None and entity.platform == DOMAIN:
            self._hass.async_create_task(self.async_refresh(), f"{DOMAIN} sentences")

    async def async_refresh(self) -> None:
        """Register the sentences for the names that cars have now."""
        async with self._lock:
            cars = async_cars_of(self._hass, self._entries)
            # A language has words for a car without its name, if there is only one.
            known = names, is_only = names_of(cars), len(cars) == 1
            if known == self._known or ASSISTANT not in self._hass.config.components:
                return
            languages = await async_phrases(self._hass)
            self._take_back()
            self._known = known
            for phrases in languages.values():
                for called in names:
                    await self._register(phrases, called, is_only=is_only)

    @callback
    def _take_back(self) -> None:
        while self._remove:
            self._remove.pop()()

    async def _register(
        self, phrases: Phrases, called: Called, *, is_only: bool
    ) -> None:
        """Register a language's sentences for the names of the same cars."""
        car = phrases.data["named"].format(name="|".join(called.spoken))
        if is_only:
            car = f"({car}|{phrases.data['unnamed']})"
        for name, templates in phrases.data["sentences"].items():
            sentences = [template.replace(_CAR, car) for template in templates]
            if is_only:
                sentences += phrases.data["sentences_for_one_car"].get(name, ())
            await self._attach(
                sentences, partial(self._answer, phrases.language, name, called.name)
            )

    async def _attach(self, sentences: list[str], action: Callable[..., Any]) -> None:
        """Have a sentence trigger, as an automation has it."""
        config = [{CONF_PLATFORM: ASSISTANT, CONF_COMMAND: sentences}]
        try:
            config = await async_validate_trigger_config(self._hass, config)
        except HomeAssistantError, probatio.Invalid:
            _LOGGER.warning("A car has a name that Assist cannot take in a sentence")
            return
        remove = await async_initialize_triggers(
            self._hass, config, action, DOMAIN, "sentences", _LOGGER.log
        )
        self._remove += filter(None, [remove])

    async def _answer(
        self,
        language: str,
        intent_type: str,
        car: str,
        variables: dict[str, Any],
        _context: Context | None = None,
    ) -> ScriptRunResult | None:
        """Answer a sentence, in the language that it is written in.

        A sentence can be the same in two languages. Home Assistant then runs both,
        side by side; only one may answer and send, if possible in the language of the
        person.
        """
        said = variables["trigger"]["user_input"]
        context = Context(**said["context"])
        utterance = context.id, said["text"]
        is_theirs = said["language"].partition("-")[0] == language
        if utterance not in self._being_answered and not is_theirs:
            await asyncio.sleep(0)
        if utterance in self._being_answered:
            return None
        self._being_answered.add(utterance)
        # All have begun by then. The same may be said again, in the same context.
        self._hass.loop.call_soon(self._being_answered.discard, utterance)
        slots = {
            name: {"value": value}
            for name, value in variables["trigger"]["slots"].items()
        }
        try:
            response = await intent.async_handle(
                self._hass,
                ASSISTANT,
                intent_type,
                {"car": {"value": car}, **slots},
                said["text"],
                context,
                language,
                assistant=ASSISTANT,
                device_id=said["device_id"],
                satellite_id=said["satellite_id"],
                conversation_agent_id=said["agent_id"],
            )
        except intent.IntentError:
            # Home Assistant has logged why; without an answer it would say "done".
            phrases = await async_phrases_in(self._hass, language)
            return ScriptRunResult(phrases.say("broken"), None, {})
        return ScriptRunResult(response.speech["plain"]["speech"], None, {})


@callback
def _is_called_otherwise(data: Mapping[str, Any]) -> bool:
    return data["action"] != "update" or bool(_NAMES_CHANGE & data["changes"].keys())


@callback
def _has_other_aliases(data: Mapping[str, Any]) -> bool:
    return data["action"] == "update" and "aliases" in data["changes"]


_SENTENCES: HassKey[Sentences] = HassKey(f"{DOMAIN}_sentences")


async def async_offer_sentences(
    hass: HomeAssistant, entry: SmartcarConfigEntry
) -> None:
    """Let Assist take sentences about an entry's cars, if its option is on."""
    if entry.runtime_data.context.options.voice_sentences:
        if (sentences := hass.data.get(_SENTENCES)) is None:
            sentences = hass.data[_SENTENCES] = Sentences(hass)
        await sentences.async_add(entry)
