"""The blueprints in other languages."""

from collections import Counter
import re
from typing import Final

import pytest

from tests.cars import HOUR
from tests.conftest import ORDINARY_DAY
from tests.consistency.files import read_json
from tools.blueprint_texts import ENGLISH, LANGUAGES, TEXTS, texts, written

from .household import NAMES, Home, blueprint

pytestmark = ORDINARY_DAY

TRANSLATED: Final = sorted(path.stem for path in TEXTS.glob("*.json"))
# What a translation keeps: fields, templates, code, and what is bold or in italics.
KEPT: Final = re.compile(r"{{.*?}}|{\w+}|`[^`]*`|\*\*|(?<!\*)\*(?!\*)|\n")


def test_files_are_as_generated() -> None:
    """`python -m tools.blueprint_texts` has nothing to write, and nothing is left."""
    files = written()
    for path, content in files.items():
        assert path.read_text("utf-8") == content, path
    assert set(ENGLISH.glob("*/*.yaml")) <= files.keys()


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated(language: str) -> None:
    """With all that a translation keeps; names of integrations stay as they are."""
    assert language in LANGUAGES
    words = read_json(TEXTS / f"{language}.json")
    assert words.keys() == texts().keys()
    for text, translation in words.items():
        assert translation.strip() == translation != "", text
        assert Counter(KEPT.findall(translation)) == Counter(KEPT.findall(text)), text
    same = [text for text, translation in words.items() if text == translation]
    assert len(same) < len(words) / 8, same


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", TRANSLATED)
def test_home_assistant_takes_it(language: str, name: str) -> None:
    """It is the English one in other words, and says where it comes from."""
    english, loaded = blueprint(name), blueprint(f"{language}/{name}")
    assert loaded.validate() is None
    assert loaded.inputs.keys() == english.inputs.keys()
    assert loaded.metadata["source_url"].endswith(f"/{language}/{name}.yaml")


@pytest.mark.parametrize("language", TRANSLATED)
async def test_a_message_is_in_the_language(home: Home, language: str) -> None:
    """With the numbers as the language writes them."""
    words = read_json(TEXTS / f"{language}.json")
    await home.tell(km=20_000, level=45, plug=False, charging=False, at=0.0)
    await home.travel(HOUR)
    await home.tell(plug=True, charging=True, added=0, level=45)
    await home.travel(HOUR)
    await home.use(f"{language}/charged")
    await home.tell(charging=False, added=22, level=80, status="FULLY_CHARGED")
    energy = f"22{words['.']}0"
    assert home.texts() == [
        words["The battery is at {level} %."].format(level=80)
        + " "
        + words["{energy} kWh were charged."].format(energy=energy)
    ]
