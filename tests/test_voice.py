"""What Assist answers about cars, and what it does with them."""

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
import re
from string import Formatter
from typing import Any
from unittest.mock import patch

from hassil.parse_expression import parse_sentence
from hassil.sample import sample_expression
from homeassistant.components.conversation import async_converse
from homeassistant.components.conversation.agent_manager import get_agent_manager
from homeassistant.components.conversation.trigger import (
    has_no_punctuation,
    is_valid_sentence,
)
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import Context, Event, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    intent,
)
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import load_yaml_dict
from hypothesis import given, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockUser,
    async_mock_service,
)

from custom_components.smartcar.const import CONF_EXCLUDED
from custom_components.smartcar.intent import COMMAND_INTENTS, CarIntentHandler
from custom_components.smartcar.phrases import (
    FOLDER,
    PHRASES,
    Phrases,
    async_phrases,
)
from custom_components.smartcar.spoken import QUESTIONS, Telling
from custom_components.smartcar.summary import Fact, Opening, Summary, async_cars
from custom_components.smartcar.voice import spoken_name
from simulator import fleet
from simulator.clock import ManualClock
from simulator.cloud import Cloud

from .assistants import ASSISTANT, entities, expose, prepare
from .cars import HOUR, MINUTE
from .conftest import ORDINARY_DAY, Travel
from .consistency.files import ROOT
from .flow import configure
from .spoken import (
    CARS,
    LANGUAGES,
    LOCK,
    NAME,
    PLACE,
    SETTINGS,
    Said,
    action_of,
    park,
    rows,
    spoken,
)

LOCATION = "device_tracker.blauer_blitz_location"

# Says a sentence in a language; what it is answered, and the action that follows.
type Say = Callable[..., Awaitable[Said]]


@pytest.fixture
async def cars(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry, travel: Travel
) -> MockConfigEntry:
    """Return the entry with its cars: the electric one at home, plugged in."""
    electric = cloud.cars[fleet.BEV]
    hass.config.location_name = PLACE
    hass.config.latitude = electric.spec.home.latitude
    hass.config.longitude = electric.spec.home.longitude
    park(cloud)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await travel(2)
    await prepare(hass)
    assert await async_setup_component(hass, ASSISTANT, {})
    return entry


@pytest.fixture
async def speaking(hass: HomeAssistant, cars: MockConfigEntry) -> MockConfigEntry:
    """Return the entry with the option on and all of two cars exposed."""
    expose_cars(hass)
    await configure(hass, cars, voice_sentences=True)
    await hass.async_block_till_done()
    return cars


def expose_cars(hass: HomeAssistant) -> None:
    """Let Assist see everything of two cars."""
    for car in CARS:
        expose(hass, entities(hass, car))


def expose_as_usual(hass: HomeAssistant) -> None:
    """Let Assist see what Home Assistant exposes by default."""
    registry = er.async_get(hass)
    for entity_id in entities(hass):
        registry.async_update_entity_options(entity_id, ASSISTANT, None)


def device_of(hass: HomeAssistant, vehicle_id: str) -> dr.DeviceEntry:
    """Return the device of a car."""
    return next(car.device for car in async_cars(hass) if car.vehicle_id == vehicle_id)


async def leave_out(
    hass: HomeAssistant, entry: MockConfigEntry, *vehicle_ids: str
) -> None:
    """Keep cars away from Home Assistant."""
    data = {**entry.data, CONF_EXCLUDED: list(vehicle_ids)}
    hass.config_entries.async_update_entry(entry, data=data)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()


@pytest.fixture
def say(hass: HomeAssistant) -> Say:
    """Return a way to say something to Assist."""

    async def to_assist(
        sentence: str, language: str = "en", context: Context | None = None
    ) -> Said:
        done: list[str] = []

        def note(event: Event) -> None:
            # That domain only passes on to another.
            if event.data["domain"] != "homeassistant":
                done.append(action_of(event.data))

        remove = hass.bus.async_listen("call_service", note)
        answered = await async_converse(
            hass, sentence, None, context or Context(), language
        )
        await hass.async_block_till_done()
        remove()
        speech: str = answered.response.speech["plain"]["speech"]
        return Said(sentence, speech, "; ".join(done))

    return to_assist


@ORDINARY_DAY
@pytest.mark.parametrize(("table", "language"), spoken())
async def test_the_table(
    hass: HomeAssistant, cars: MockConfigEntry, say: Say, table: str, language: str
) -> None:
    """Every sentence is answered as the table says, and does what stands there."""
    setting = SETTINGS[table]
    if setting.is_exposed:
        expose_cars(hass)
    else:
        expose_as_usual(hass)
    if setting.with_alias:
        er.async_get(hass).async_update_entity(LOCK, aliases=[NAME])
    if setting.with_sentences:
        await configure(hass, cars, voice_sentences=True)
        await hass.async_block_till_done()
    wanted = rows(table, language)
    asked: Counter[str] = Counter()
    handle = CarIntentHandler.async_handle

    async def count(self: CarIntentHandler, what: intent.Intent) -> Any:
        asked[self.intent_type] += 1
        return await handle(self, what)

    with patch.object(CarIntentHandler, "async_handle", count):
        assert [await say(row.say, language) for row in wanted] == wanted
    if table == "own":
        assert asked.keys() == {*QUESTIONS, *COMMAND_INTENTS}
        assert min(asked.values()) > 1
    else:
        assert not asked


# Which sentences there are


async def test_the_option_is_off_at_first(
    hass: HomeAssistant, cars: MockConfigEntry, say: Say
) -> None:
    expose_cars(hass)
    said = await say("where is Blauer Blitz")
    assert said.answer == "Sorry, I am not aware of any device called Blauer Blitz"


async def test_sentences_go_with_the_option_and_the_entry(
    hass: HomeAssistant, speaking: MockConfigEntry, say: Say
) -> None:
    """They come back with them, once each."""
    home = "Blauer Blitz is at home."
    assert (await say("where is Blauer Blitz")).answer == home
    await hass.config_entries.async_unload(speaking.entry_id)
    await hass.async_block_till_done()
    assert (await say("where is Blauer Blitz")).answer != home
    assert get_agent_manager(hass).trigger_sentences == []
    await hass.config_entries.async_setup(speaking.entry_id)
    await hass.async_block_till_done()
    assert (await say("where is Blauer Blitz")).answer == home
    await configure(hass, speaking, voice_sentences=False)
    await hass.async_block_till_done()
    assert (await say("where is Blauer Blitz")).answer != home
    assert get_agent_manager(hass).trigger_sentences == []


async def test_assist_that_comes_later(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry, travel: Travel, say: Say
) -> None:
    """Without Assist nothing is missed; with it, the sentences are there."""
    park(cloud)
    hass.config_entries.async_update_entry(
        entry, options={**entry.options, "voice_sentences": True}
    )
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await travel(2)
    await prepare(hass)
    expose_cars(hass)
    assert await async_setup_component(hass, ASSISTANT, {})
    await hass.async_block_till_done()
    said = await say("how full is Blauer Blitz")
    assert said.answer == "The battery of Blauer Blitz is at 62 %."


async def test_names_are_followed(
    hass: HomeAssistant, speaking: MockConfigEntry, say: Say
) -> None:
    """A new name and an alias are understood at once, and an old name no more."""
    level = "The battery of Flitzer is at 62 %."
    device = device_of(hass, fleet.BEV)
    dr.async_get(hass).async_update_device(device.id, name_by_user="Flitzer")
    er.async_get(hass).async_update_entity(LOCATION, aliases=["der Blaue: (E)"])
    await hass.async_block_till_done()
    assert (await say("how full is the Flitzer")).answer == level
    assert (await say("how full is der Blaue E")).answer == level
    # The maker's name of the car stays one.
    assert (await say("how full is Blauer Blitz")).answer == level
    er.async_get(hass).async_update_entity(LOCATION, aliases=[])
    await hass.async_block_till_done()
    assert (await say("how full is der Blaue E")).answer != level


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ID.4 (blue)", "ID.4 blue"),
        ("Anna\u2019s: Golf!", "Anna's Golf"),
        ("Über", "über"),
    ],
)
async def test_names_with_signs(
    hass: HomeAssistant, speaking: MockConfigEntry, say: Say, name: str, said: str
) -> None:
    """They are said without, and mean the car all the same."""
    registry, device = dr.async_get(hass), device_of(hass, fleet.BEV)
    registry.async_update_device(device.id, name=name, name_by_user=None)
    await hass.async_block_till_done()
    answer = (await say(f"how full is {said}?")).answer
    assert answer == f"The battery of {name} is at 62 %."


async def test_a_name_that_cannot_be_said(
    hass: HomeAssistant, speaking: MockConfigEntry, say: Say
) -> None:
    """It has no sentences; the other cars keep theirs."""
    device = device_of(hass, fleet.BEV)
    dr.async_get(hass).async_update_device(device.id, name="()", name_by_user="[|]")
    await hass.async_block_till_done()
    said = await say("how full is the Familienkutsche")
    assert said.answer.startswith("The battery of Familienkutsche is at 45 %")
    assert not any("[|]" in one for one in get_agent_manager(hass).trigger_sentences)


async def test_a_name_that_assist_refuses(
    hass: HomeAssistant,
    cars: MockConfigEntry,
    say: Say,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The entry is set up all the same; the name is not logged."""
    monkeypatch.setattr(
        "custom_components.smartcar.voice.spoken_name", lambda name: f"{name} ("
    )
    await configure(hass, cars, voice_sentences=True)
    await hass.async_block_till_done()
    assert cars.state is ConfigEntryState.LOADED
    assert get_agent_manager(hass).trigger_sentences == []
    assert "cannot take in a sentence" in caplog.text


async def test_names_of_other_things_change_nothing(
    hass: HomeAssistant, speaking: MockConfigEntry
) -> None:
    known = get_agent_manager(hass).trigger_sentences
    registry = er.async_get(hass)
    other = registry.async_get_or_create("lock", "other", "house")
    registry.async_update_entity(other.entity_id, aliases=["House door"])
    await hass.async_block_till_done()
    assert get_agent_manager(hass).trigger_sentences == known


@given(st.text(max_size=20))
def test_names_in_sentences(name: str) -> None:
    """Whatever a car is called, a sentence with its name can be parsed."""
    if spoken := spoken_name(name):
        sentence = f"where is [the|my] ({spoken}) [now]"
        assert has_no_punctuation([sentence]) == [sentence]
        assert is_valid_sentence([sentence]) == [sentence]


@pytest.mark.parametrize(
    ("language", "lock", "where", "place", "locked", "yes"),
    [
        (
            "en",
            "lock House door",
            "where is Anna",
            "Anna is at home",
            "is House door locked",
            "Yes",
        ),
        (
            "de",
            "verriegle House door",
            "wo ist Anna",
            "Anna ist zu Hause",
            "ist House door verriegelt",
            "Ja",
        ),
        (
            "fr",
            "verrouille House door",
            "où est Anna",
            "Anna est dans la zone home",
            "House door est-elle verrouillée",
            "Oui",
        ),
        (
            "es",
            "cierra con llave House door",
            "dónde está Anna",
            "Anna está en home",
            "está House door cerrada con llave",
            "Sí",
        ),
        (
            "it",
            "blocca House door",
            "dov'è Anna",
            "Anna è in home",
            "House door è chiusa",
            "Sì",
        ),
        (
            "nl",
            "vergrendel House door",
            "waar is Anna",
            "Anna is thuis",
            "is House door vergrendeld",
            "Ja",
        ),
    ],
)
async def test_other_devices_keep_their_sentences(
    hass: HomeAssistant,
    speaking: MockConfigEntry,
    say: Say,
    language: str,
    lock: str,
    where: str,
    place: str,
    locked: str,
    yes: str,
) -> None:
    """Nothing without the name of a car is taken from Home Assistant.

    Not even while there is only one car, which needs no name.
    """
    await leave_out(hass, speaking, fleet.PHEV, fleet.ICE)
    hass.states.async_set("lock.house", "locked", {"friendly_name": "House door"})
    hass.states.async_set("person.anna", "home", {"friendly_name": "Anna"})
    expose(hass, ["lock.house", "person.anna"])
    done = async_mock_service(hass, "lock", "lock")
    await say(lock, language)
    assert [call.data["entity_id"] for call in done] == ["lock.house"]
    assert (await say(where, language)).answer == place
    assert (await say(locked, language)).answer == yes


@pytest.mark.parametrize(
    ("sentence", "language", "answer"),
    [
        ("where is the car", "en", "Blauer Blitz is at home."),
        ("is my car locked", "en", "Blauer Blitz is locked."),
        ("wo ist das Auto", "de", "Blauer Blitz ist zu Hause."),
        ("what did I charge this month", "en", "Blauer Blitz does not tell that."),
        ("was habe ich diesen Monat geladen", "de", "Das meldet Blauer Blitz nicht."),
        ("où est la voiture", "fr", "Blauer Blitz est à la maison."),
        ("l'auto est-elle verrouillée", "fr", "Blauer Blitz est verrouillée."),
        (
            "combien a-t-on chargé ce mois-ci",
            "fr",
            "Blauer Blitz ne donne pas cette information.",
        ),
        ("dónde está el coche", "es", "Blauer Blitz está en casa."),
        ("cuánta batería le queda al coche", "es", "La batería de Blauer Blitz"),
        ("cuánto he cargado este mes", "es", "Blauer Blitz no comunica eso."),
        ("dov'è la macchina", "it", "Blauer Blitz è a casa."),
        ("qual è l'autonomia della mia auto", "it", "Blauer Blitz può ancora"),
        ("quanto ho caricato questo mese", "it", "Blauer Blitz non comunica"),
        ("waar is de auto", "nl", "Blauer Blitz is thuis."),
        ("is mijn auto op slot", "nl", "Blauer Blitz is vergrendeld."),
        ("hoeveel heb ik deze maand geladen", "nl", "Blauer Blitz geeft dat niet"),
    ],
)
async def test_the_only_car_needs_no_name(
    hass: HomeAssistant,
    speaking: MockConfigEntry,
    say: Say,
    sentence: str,
    language: str,
    answer: str,
) -> None:
    """With several cars it does: the sentence is left to Home Assistant."""
    assert "Blauer Blitz" not in (await say(sentence, language)).answer
    await leave_out(hass, speaking, fleet.PHEV, fleet.ICE)
    assert (await say(sentence, language)).answer.startswith(answer)


async def test_two_cars_of_one_name(
    hass: HomeAssistant, speaking: MockConfigEntry, say: Say
) -> None:
    """Questions are answered for both, commands for none."""
    for vehicle_id in (fleet.BEV, fleet.PHEV):
        device = device_of(hass, vehicle_id)
        dr.async_get(hass).async_update_device(device.id, name_by_user="Golf")
    await hass.async_block_till_done()
    said = await say("how full is the Golf")
    assert "The battery of Golf is at 62 %." in said.answer
    assert "The battery of Golf is at 45 %, and its tank at 71 %." in said.answer
    said = await say("lock the Golf")
    assert (said.answer, said.does) == ("Which car: Golf and Golf?", "")


async def test_one_sentence_in_two_languages(
    hass: HomeAssistant,
    cars: MockConfigEntry,
    say: Say,
    cloud: Cloud,
) -> None:
    """A command is sent once, and answered in the language of the person."""
    known = await async_phrases(hass)
    german = {**known["de"].data}
    german["sentences"] = {"SmartcarLock": ["lock <car>"]}
    hass.data[PHRASES] = {**known, "de": Phrases("de", german)}
    expose_cars(hass)
    await configure(hass, cars, voice_sentences=True)
    await hass.async_block_till_done()
    for language, words in (("en", "Sent to Blauer"), ("de", "An Blauer Blitz")):
        sent = cloud.count("command")
        said = await say("lock Blauer Blitz", language)
        assert said.answer.startswith(words)
        assert cloud.count("command") == sent + 1


async def test_the_same_again_in_one_context(
    hass: HomeAssistant, speaking: MockConfigEntry, say: Say
) -> None:
    """An automation may ask twice."""
    context = Context()
    for _ in range(2):
        said = await say("where is Blauer Blitz", context=context)
        assert said.answer == "Blauer Blitz is at home."


# What is answered


async def test_what_is_not_exposed(
    hass: HomeAssistant, speaking: MockConfigEntry, say: Say
) -> None:
    """It is named as Home Assistant names it; an old answer is not repeated."""
    expose(hass, entities(hass), is_exposed=False)
    for sentence, name in (
        ("where is Blauer Blitz", "Location"),
        ("how far can Blauer Blitz go", "Range"),
        ("is Blauer Blitz locked", "Lock"),
        ("lock Blauer Blitz", "Lock"),
        ("start charging Blauer Blitz", "Charge"),
        ("set the charge limit of Blauer Blitz to 85", "Charge limit"),
        ("send Blauer Blitz home", "Location"),
    ):
        said = await say(sentence)
        assert said == Said(sentence, f"Sorry, Blauer Blitz {name} is not exposed")


async def test_doors_are_no_lock(
    hass: HomeAssistant, speaking: MockConfigEntry, say: Say
) -> None:
    """That the lock is not exposed is told; closed doors do not answer for it."""
    expose(hass, [LOCK], is_exposed=False)
    said = await say("are all doors of Blauer Blitz locked")
    assert said.answer == (
        "Nothing that Blauer Blitz tells of is open. "
        "Sorry, Blauer Blitz Lock is not exposed."
    )


async def test_a_lock_is_no_door(
    hass: HomeAssistant, speaking: MockConfigEntry, say: Say
) -> None:
    expose(hass, entities(hass, "blauer"), is_exposed=False)
    expose(hass, [LOCK])
    said = await say("is anything open on Blauer Blitz")
    assert said.answer == (
        "It is not known whether anything is open on Blauer Blitz. "
        "Blauer Blitz is locked."
    )


@pytest.mark.parametrize(
    ("waited", "age"),
    [
        (25 * MINUTE, ""),
        (40 * MINUTE, ", as of 40 minutes ago"),
        (3 * HOUR, ", as of 3 hours ago"),
        (50 * HOUR, ", as of 2 days ago"),
    ],
)
async def test_old_data_are_called_old(
    hass: HomeAssistant,
    speaking: MockConfigEntry,
    cloud: Cloud,
    travel: Travel,
    say: Say,
    waited: float,
    age: str,
) -> None:
    """Each answer that can be old says it; reads in between bring nothing new."""
    cloud.cars[fleet.BEV].hold()
    await travel(waited)
    for sentence, words in (
        ("how full is Blauer Blitz", f"The battery of Blauer Blitz is at 62 %{age}."),
        ("where is Blauer Blitz", f"Blauer Blitz is at home{age}."),
        (
            "is Blauer Blitz locked",
            (
                f"Blauer Blitz is locked{age}. "
                f"Nothing that Blauer Blitz tells of is open{age}."
            ),
        ),
    ):
        assert (await say(sentence)).answer == words


@pytest.mark.usefixtures("speaking")
async def test_units_of_the_household(hass: HomeAssistant, say: Say) -> None:
    """Answers have the unit that a person has chosen for the entity."""
    er.async_get(hass).async_update_entity_options(
        "sensor.blauer_blitz_range", "sensor", {"unit_of_measurement": "mi"}
    )
    await hass.async_block_till_done()
    said = await say("how far can Blauer Blitz go")
    assert said.answer == "Blauer Blitz can go 165 mi."


def told(now: datetime, **facts: Fact) -> Telling:
    """Return a car of which some facts are known, to be told in English."""
    summary = Summary(name="Zoe", facts=facts, openings=(), newest_data=now)
    return Telling(ENGLISH, summary, now)


ENGLISH = Phrases("en", load_yaml_dict(str(FOLDER / "en.yaml")))
UNKNOWN = Fact(value=None)
YES, NO = Fact(value=True), Fact(value=False)


@ORDINARY_DAY
@pytest.mark.parametrize(
    ("intent_type", "facts", "answer"),
    [
        ("Location", {"location": UNKNOWN}, "It is not known where Zoe is."),
        (
            "Location",
            {"location": Fact(value="away")},
            "Zoe is not at home, and in no zone.",
        ),
        ("Location", {"location": Fact(value="Work")}, "Zoe is at Work."),
        ("Range", {"range": UNKNOWN}, "It is not known how far Zoe can go."),
        (
            "Range",
            {"range": UNKNOWN, "fuel_range": Fact(value=400.0, unit="km")},
            "Zoe can go 400 km.",
        ),
        ("Level", {"battery": UNKNOWN}, "It is not known how full Zoe is."),
        (
            "Level",
            {"fuel": Fact(value=40.5, unit="L")},
            "The tank of Zoe is at 40.5 L.",
        ),
        ("Charging", {"charging": YES, "hours": 1}, "done at 17:00."),
        ("Charging", {"charging": YES, "hours": 15}, "done tomorrow at 07:00."),
        ("Charging", {"charging": YES, "hours": 40}, "done on 10/15 at 08:00."),
        (
            "Charging",
            {"charging": NO, "plugged_in": NO},
            "Zoe is not plugged in.",
        ),
        (
            "Charging",
            {"charging": NO, "plugged_in": UNKNOWN},
            "Zoe is not charging. Whether it is plugged in is not known.",
        ),
        (
            "Charging",
            {"charging": UNKNOWN, "plugged_in": YES},
            "Zoe is plugged in. Whether it is charging is not known.",
        ),
        (
            "Charging",
            {"charging": UNKNOWN, "plugged_in": NO},
            "Zoe is not plugged in.",
        ),
        ("Charging", {"charging": UNKNOWN}, "It is not known whether Zoe is charging."),
        (
            "ChargeLimit",
            {"charge_limit": UNKNOWN},
            "The charge limit of Zoe is not known.",
        ),
        ("Lock", {"locked": UNKNOWN}, "It is not known whether Zoe is locked. It is"),
        (
            "Charged",
            {"charged_this_month": UNKNOWN},
            "It is not known what Zoe has charged this month.",
        ),
        (
            "Charged",
            {"charging_cost_this_month": Fact(value=7.2, unit="EUR")},
            "Charging Zoe has cost 7.2 EUR this month.",
        ),
        (
            "Charged",
            {
                "charged_this_month": Fact(value=27.42, unit="kWh"),
                "charging_cost_this_month": Fact(value=7.2, unit="EUR"),
            },
            "Zoe has charged 27.42 kWh this month. That has cost 7.2 EUR.",
        ),
    ],
)
async def test_words(
    hass: HomeAssistant,
    clock: ManualClock,
    intent_type: str,
    facts: dict[str, Any],
    answer: str,
) -> None:
    now = clock.now()
    if "hours" in facts:
        finish = now + timedelta(hours=facts["hours"])
        facts = {"charging": facts["charging"], "charging_finish": Fact(value=finish)}
    question = QUESTIONS[f"SmartcarGet{intent_type}"]
    assert answer in question.answer(told(now, **facts))


@pytest.mark.parametrize(
    ("language", "amount", "age", "day", "parts"),
    [
        ("en", "7.25 kWh", "3 hours", "10/15", "A, B and C"),
        ("de", "7,25 kWh", "3 Stunden", "15.10.", "A, B und C"),
        ("fr", "7,25 kWh", "3 heures", "15/10", "A, B et C"),
        ("es", "7,25 kWh", "3 horas", "15/10", "A, B y C"),
        ("it", "7,25 kWh", "3 ore", "15/10", "A, B e C"),
        ("nl", "7,25 kWh", "3 uur", "15-10", "A, B en C"),
    ],
)
@ORDINARY_DAY
async def test_numbers_times_and_lists(
    hass: HomeAssistant,
    clock: ManualClock,
    language: str,
    amount: str,
    age: str,
    day: str,
    parts: str,
) -> None:
    """Each language writes them in its own way."""
    phrases = (await async_phrases(hass))[language]
    now = clock.now()
    assert phrases.amount(7.25, "kWh") == amount
    assert age in phrases.age(now - timedelta(hours=3), now)
    moment = phrases.moment(now + timedelta(days=2), now)
    assert day in moment
    assert "16:00" in moment
    assert phrases.listed("ABC") == parts


def test_open_doors(clock: ManualClock) -> None:
    """What is open is as old as the oldest of it, and what is not known is named."""
    now = clock.now()
    openings = (
        Opening("Hood", False, True, now - timedelta(hours=2)),
        Opening("Sunroof", False, True, now - timedelta(hours=5)),
        Opening("Window", False, False, now - timedelta(hours=9)),
        Opening("Trunk", False, None, None),
        Opening("Trunk lock", True, True, now),
    )
    summary = Summary(
        name="Zoe",
        facts={"locked": Fact(value=False, updated_at=now, is_assumed=True)},
        openings=openings,
        newest_data=now,
    )
    assert QUESTIONS["SmartcarGetOpen"].answer(Telling(ENGLISH, summary, now)) == (
        "Open on Zoe: Hood and Sunroof, as of 5 hours ago. Not known: Trunk. "
        "Unlocked: Trunk lock. Zoe is not locked. The car has not confirmed that yet."
    )


async def test_nothing_of_several_cars_is_exposed(
    hass: HomeAssistant, speaking: MockConfigEntry
) -> None:
    expose(hass, entities(hass), is_exposed=False)
    response = await intent.async_handle(
        hass, "test", "SmartcarGetLevel", assistant=ASSISTANT
    )
    assert response.speech["plain"]["speech"].startswith("Which car: Anna's Nissan")
    expose(hass, ["sensor.familienkutsche_fuel_level"])
    expose(hass, ["binary_sensor.blauer_blitz_hood"])
    response = await intent.async_handle(
        hass, "test", "SmartcarGetLevel", assistant=ASSISTANT
    )
    assert response.speech["plain"]["speech"] == (
        "The tank of Familienkutsche is at 71 %."
    )


# What is done


async def test_a_command_that_a_car_lacks(
    hass: HomeAssistant, speaking: MockConfigEntry, say: Say
) -> None:
    said = await say("start charging Anna's Nissan")
    assert said.answer == "Anna's Nissan does not take this command."


async def test_a_person_needs_the_right_to_do_it(
    hass: HomeAssistant, speaking: MockConfigEntry, say: Say, cloud: Cloud
) -> None:
    """Commands are sent in the name of the person who speaks."""
    person = MockUser().add_to_hass(hass)
    person.mock_policy({})
    sent = cloud.count("command")
    for sentence in ("lock Blauer Blitz", "send Blauer Blitz home"):
        said = await say(sentence, context=Context(user_id=person.id))
        assert said.answer == "You are not allowed to do that."
    assert cloud.count("command") == sent


async def test_why_a_command_failed(
    hass: HomeAssistant, speaking: MockConfigEntry, say: Say, cloud: Cloud
) -> None:
    """The message is the one that the dashboard shows."""
    cloud.cars[fleet.BEV].unplug()
    said = await say("start charging Blauer Blitz")
    assert said.answer.startswith("That did not work: ")
    assert "Blauer Blitz" in said.answer
    assert "\\" not in said.answer


async def test_an_error_without_a_translation(
    hass: HomeAssistant, speaking: MockConfigEntry, say: Say
) -> None:
    async_mock_service(
        hass, "lock", "lock", raise_exception=HomeAssistantError("The key is lost.")
    )
    said = await say("lock Blauer Blitz")
    assert said.answer == "That did not work: The key is lost."


async def test_read_only(
    hass: HomeAssistant, speaking: MockConfigEntry, say: Say, cloud: Cloud
) -> None:
    await configure(hass, speaking, read_only=True)
    await hass.async_block_till_done()
    sent = cloud.count("command")
    said = await say("lock Blauer Blitz")
    assert said.answer.startswith(("That did not work", "Blauer Blitz does not take"))
    assert cloud.count("command") == sent


async def test_a_car_that_is_away_from_smartcar(
    hass: HomeAssistant, speaking: MockConfigEntry, say: Say
) -> None:
    """Home Assistant would leave out an entity that is unavailable without a word."""
    hass.states.async_set(LOCK, "unavailable", {"friendly_name": "Lock"})
    said = await say("lock Blauer Blitz")
    assert said.answer == "Blauer Blitz cannot be reached now. Nothing was sent."


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("85%", "charge up to 85 %"),
        ("85 per cent", "charge up to 85 %"),
        ("many", "Say the charge limit in whole percent."),
        ("85.5", "Say the charge limit in whole percent."),
        ("101", "not 101"),
    ],
)
async def test_percent(
    hass: HomeAssistant, speaking: MockConfigEntry, say: Say, said: str, answer: str
) -> None:
    heard = await say(f"set the charge limit of Blauer Blitz to {said}")
    assert answer in heard.answer


@pytest.mark.parametrize(
    ("said", "zone"),
    [("home", "zone.home"), ("Work", "zone.work"), ("the work", "zone.work")],
)
async def test_destinations(
    hass: HomeAssistant, speaking: MockConfigEntry, say: Say, said: str, zone: str
) -> None:
    place = {"friendly_name": "Work", "latitude": 52.1, "longitude": 13.1}
    hass.states.async_set("zone.work", "0", place)
    heard = await say(f"navigate Blauer Blitz to {said}")
    assert heard.does == f"smartcar.set_destination {zone}"


@pytest.mark.parametrize(
    ("sentence", "language", "does"),
    [
        ("schicke Blauer Blitz zur Work", "de", "set_destination zone.work"),
        ("schicke Blauer Blitz zu der Work", "de", "set_destination zone.work"),
        ("envoie Blauer Blitz à la Work", "fr", "set_destination zone.work"),
        ("envoie Blauer Blitz au Work", "fr", "set_destination zone.work"),
        ("envoie Blauer Blitz vers l'Work", "fr", "set_destination zone.work"),
        ("manda Blauer Blitz al Work", "es", "set_destination zone.work"),
        ("manda Blauer Blitz a la Work", "es", "set_destination zone.work"),
        ("lleva Blauer Blitz a casa", "es", "set_destination zone.home"),
        ("carga Blauer Blitz hasta el 85 por ciento", "es", "set_charge_limit 85"),
        ("manda Blauer Blitz alla Work", "it", "set_destination zone.work"),
        ("manda Blauer Blitz all'Work", "it", "set_destination zone.work"),
        ("carica Blauer Blitz fino all'85%", "it", "set_charge_limit 85"),
        ("stuur Blauer Blitz naar het Work", "nl", "set_destination zone.work"),
        ("stuur Blauer Blitz naar huis", "nl", "set_destination zone.home"),
    ],
)
@pytest.mark.usefixtures("speaking")
async def test_articles_before_a_place_or_a_number(
    hass: HomeAssistant, say: Say, sentence: str, language: str, does: str
) -> None:
    place = {"friendly_name": "Work", "latitude": 52.1, "longitude": 13.1}
    hass.states.async_set("zone.work", "0", place)
    assert (await say(sentence, language)).does == f"smartcar.{does}"


async def test_intents_by_themselves(
    hass: HomeAssistant, speaking: MockConfigEntry
) -> None:
    """Sentences that a person writes can use them, with or without a car's name."""

    async def handle(name: str, **slots: str) -> intent.IntentResponse:
        return await intent.async_handle(
            hass,
            "test",
            name,
            {slot: {"value": said} for slot, said in slots.items()},
            language="pl",
        )

    response = await handle("SmartcarGetLevel")
    assert response.response_type is intent.IntentResponseType.QUERY_ANSWER
    # A language without a file is answered in English, of every car.
    assert response.speech["plain"]["speech"].count("The ") == 3
    response = await handle("SmartcarGetLevel", car="Trabant")
    assert response.error_code is intent.IntentResponseErrorCode.NO_VALID_TARGETS
    assert response.speech["plain"]["speech"] == "I know no car of that name."
    response = await handle("SmartcarLock", car="blitz")
    assert response.response_type is intent.IntentResponseType.ACTION_DONE
    response = await handle("SmartcarLock")
    assert response.speech["plain"]["speech"].startswith("Which car: Anna's Nissan, ")


async def test_something_unforeseen(
    hass: HomeAssistant,
    speaking: MockConfigEntry,
    say: Say,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is not called done."""

    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("custom_components.smartcar.intent.async_find_cars", fail)
    assert (await say("lock Blauer Blitz")).answer == "Something went wrong."
    caplog.clear()


# The files


@pytest.mark.parametrize(
    "file", sorted(FOLDER.glob("*.yaml")), ids=lambda one: one.stem
)
def test_every_language_has_everything(file: Path) -> None:
    """The same intents and answers, whose values have the same names."""
    data = load_yaml_dict(str(file))

    def values(answer: str | dict[str, str]) -> Any:
        if isinstance(answer, dict):
            return {key: values(one) for key, one in answer.items()}
        return {name for _, name, _, _ in Formatter().parse(answer) if name}

    english = ENGLISH.data
    assert file.stem in LANGUAGES
    assert data.keys() == english.keys()
    assert data["sentences"].keys() == english["sentences"].keys()
    assert data["sentences_for_one_car"].keys() <= english["sentences"].keys()
    assert data["sentences"].keys() == {*QUESTIONS, *COMMAND_INTENTS}
    assert data["answers"].keys() == english["answers"].keys()
    for key, text in english["answers"].items():
        # A day is written as a language writes it.
        if key != "on_day":
            assert values(data["answers"][key]) == values(text), key
    for name, sentences in data["sentences"].items():
        for sentence in sentences:
            assert "<car>" in sentence
            assert ("{percent}" in sentence) is (name == "SmartcarSetChargeLimit")
            assert "{zone}" not in sentence or name == "SmartcarSetDestination"


def test_no_sentence_means_two_things() -> None:
    """Sentences belong to no language: each means the same in all that know it."""
    known: dict[str, str] = {}
    for language in LANGUAGES:
        data = load_yaml_dict(str(FOLDER / f"{language}.yaml"))
        for name, templates in data["sentences"].items():
            for template in templates:
                plain = re.sub(r"<(\w+)>|{(\w+)}", r"\1\2", template)
                for sentence in sample_expression(parse_sentence(plain).expression):
                    said = " ".join(sentence.split()).casefold()
                    assert known.setdefault(said, name) == name, said
    assert len(known) > 5000


# The page


PAGE = (ROOT / "docs" / "voice.md").read_text("utf-8")
NAMES_OF_LANGUAGES = {
    "English": "en",
    "German": "de",
    "French": "fr",
    "Spanish": "es",
    "Italian": "it",
    "Dutch": "nl",
}


def test_the_page_quotes_the_table() -> None:
    """What stands there in two columns or more was said and answered."""
    said = {
        (row.say, row.answer)
        for table in SETTINGS
        for language in LANGUAGES
        for row in rows(table, language)
    }
    tables = re.findall(
        r"^\| You say \|.*\n\| --- .*\n((?:\|.*\n)+)", PAGE, re.MULTILINE
    )
    quoted = [
        tuple(cell.strip() for cell in line.split("|")[1:3])
        for table in tables
        for line in table.splitlines()
    ]
    assert len(quoted) > 40
    assert [row for row in quoted if row not in said] == []


def test_the_page_has_examples_in_every_language() -> None:
    """Under the name of the language; what is shown was said."""
    parts = re.findall(r"^In (\w+).*:\n\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    parts += re.findall(r"In (English), for example:\n\n((?:\|.*\n)+)", PAGE)
    shown = {
        language: [row.say for row in rows("own", language) if f"| {row.say} |" in part]
        for name, part in parts
        for language in [NAMES_OF_LANGUAGES[name]]
    }
    assert set(shown) == set(LANGUAGES)
    assert min(map(len, shown.values())) > 9


def test_the_page_names_every_intent() -> None:
    assert set(re.findall(r"`(Smartcar\w+)`", PAGE)) == {*QUESTIONS, *COMMAND_INTENTS}


async def test_the_sentence_of_the_page(
    hass: HomeAssistant, cars: MockConfigEntry, say: Say, tmp_path: Path
) -> None:
    """A file as it is shown works, without the option."""
    (example,) = re.findall(r"```yaml\n(language: en\n.*?)```", PAGE, re.DOTALL)
    folder = tmp_path / "custom_sentences" / "en"
    await hass.async_add_executor_job(partial(folder.mkdir, parents=True))
    await hass.async_add_executor_job((folder / "cars.yaml").write_text, example)
    hass.config.config_dir = str(tmp_path)
    expose_cars(hass)
    said = await say("do we have to charge today")
    assert said.answer == "The battery of Blauer Blitz is at 62 %."
