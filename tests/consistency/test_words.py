"""What Home Assistant has a word for is called by it, in every language.

The words are kept by `python -m tools.words --write`.
"""

from pathlib import Path
import re

import pytest

from tools import words
from tools.languages import FOLDER, flatten as leaves

from .files import read_json

FILES = sorted(FOLDER.glob("*.json"))

# A text that is nothing but a word of Home Assistant's, and the key of this word. Not
# here is what some language has another word for where it is about a car: *Away* of a
# person is not *Away* of a charge.
SAME = {
    "common.card_cancel": "cancel",
    "common.diary_card_remove": "remove",
    "common.diary_card_save": "save",
    "entity.binary_sensor.plug.name": "plug.name",
    "entity.lock.lock.name": "lock.name",
    "entity.sensor.charging_connection.state.charging": "battery_charging.state.on",
    "entity.sensor.charging_status.state.charging": "battery_charging.state.on",
    "entity.sensor.charging_status.state.not_charging": "battery_charging.state.off",
    "entity.sensor.firmware.name": "firmware.name",
    "entity.sensor.last_charge.state_attributes.place.state.unknown": "state.unknown",
    "entity.sensor.last_charge.state_attributes.source.name": "source.name",
    "entity.sensor.speed.name": "speed.name",
    "entity.sensor.webhook.name": "webhook",
    "options.step.init.sections.voice.name": "voice_assistants",
    "services.correct_charge.fields.remove.name": "remove",
    "services.set_destination.fields.latitude.name": "latitude.name",
    "services.set_destination.fields.longitude.name": "longitude.name",
}
# A field that all triggers or conditions with it call alike.
FIELDS = {
    ("triggers", "behavior"): "trigger_when",
    ("triggers", "for"): "for_at_least",
    ("conditions", "behavior"): "condition_passes_if",
    ("conditions", "for"): "for_at_least",
}
# What stands before or behind an arrow of a way through the menus.
MENUS = (
    "settings",
    "devices_and_services",
    "voice_assistants",
    "application_credentials",
    "system",
    "network",
    "configure",
    "reconfigure",
)

IN_EVERY_LANGUAGE = pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)


def known(key: str, file: Path) -> str | None:
    """Return Home Assistant's word in the language of a file, if it has one."""
    return words.kept()[key].get(file.stem)


def is_in_menus(word: str, text: str) -> bool:
    """Return whether a text leads through a menu entry."""
    ways = text.replace("*", "")
    # Chinese and Japanese have no blanks between words.
    letter = r"[^\W\u3040-\u9fff]"
    entry = (
        rf"(?:[>→] {re.escape(word)}(?!{letter})|(?<!{letter}){re.escape(word)} [>→])"
    )
    return re.search(entry, ways) is not None


def test_every_word_is_known_in_english() -> None:
    assert [key for key, word in words.kept().items() if not word.get("en")] == []
    assert list(words.kept()) == [
        key for group in words.GROUPS.values() for key in group
    ]


@IN_EVERY_LANGUAGE
def test_same_words(file: Path) -> None:
    texts = dict(leaves(read_json(file)))
    assert {path: texts[path] for path in SAME} == {
        path: known(key, file) or texts[path] for path, key in SAME.items()
    }


@IN_EVERY_LANGUAGE
def test_fields_of_triggers_and_conditions(file: Path) -> None:
    names = {
        (kind, field): {
            texts["fields"][field]["name"]
            for texts in read_json(file)[kind].values()
            if field in texts.get("fields", {})
        }
        for kind, field in FIELDS
    }
    assert names == {
        place: {word} if (word := known(key, file)) else names[place]
        for place, key in FIELDS.items()
    }
    assert {len(found) for found in names.values()} == {1}


@IN_EVERY_LANGUAGE
def test_menus(file: Path) -> None:
    """A way through the menus names what stands on the screen."""
    english = dict(leaves(read_json(FILES[0].with_stem("en"))))
    texts = dict(leaves(read_json(file)))
    named = [
        (path, word)
        for path, text in english.items()
        for key in MENUS
        if is_in_menus(words.kept()[key]["en"], text)
        and (word := known(key, file)) is not None
    ]
    assert {word for _, word in named} == {known(key, file) for key in MENUS}
    assert [
        (path, word) for path, word in named if not is_in_menus(word, texts[path])
    ] == []
