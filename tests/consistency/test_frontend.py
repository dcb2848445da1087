"""What the modules of the cards name in Python and in the texts."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
import re

import pytest

from custom_components.smartcar.const import PLATFORMS

from .files import INTEGRATION, manifest, texts
from .tables import CarWithEverything, planned, rows

FRONTEND = INTEGRATION / "frontend"
MODULES = sorted(FRONTEND.rglob("*.js"))

# Bytes of all modules together: what a browser reads once for each version.
BUDGET = 82_300

# The beginnings of their keys in the group `common`; any text with one is a key.
PREFIXES = ("card", "diary_card", "strategy")

COMMENT = re.compile(r"/\*.*?\*/|^\s*//[^\n]*|\s//\s[^\n]*", re.DOTALL | re.MULTILINE)
LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
ENTITY = re.compile(rf"({'|'.join(map(str, PLATFORMS))})\.([a-z0-9_]+)")
TEXT = re.compile(rf"({'|'.join(PREFIXES)})_[a-z0-9_]+")
IMPORT = re.compile(r'(?:from|import|import\()\s*"([^"]+)"')


@cache
def code(path: Path) -> str:
    """Return a module without its comments."""
    return COMMENT.sub("", path.read_text("utf-8"))


def literals(pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
    """Yield the words of all literals that have a form."""
    for path in MODULES:
        for literal in LITERAL.findall(code(path)):
            for word in literal.split():
                if found := pattern.fullmatch(word):
                    yield found


def test_entities_that_cards_look_for_exist() -> None:
    """A card finds an entity by domain and translation key; both are a contract."""
    named = {match.groups() for match in literals(ENTITY)}
    assert len(named) > 20
    assert named - rows().keys() == set()


def test_no_car_has_two_entities_of_one_key() -> None:
    """But for those at positions without a name of their own."""
    for platform in map(str, PLATFORMS):
        keys = [
            row.translation_key or row.key
            for row, _ in planned(platform, CarWithEverything())
        ]
        twice = {key for key in keys if keys.count(key) > 1}
        assert not {key for key in twice if not key.startswith("other")}


def test_texts_that_cards_show_exist() -> None:
    """And each text is shown."""
    used = {match[0] for match in literals(TEXT)}
    theirs = {key for key in texts()["common"] if TEXT.fullmatch(key)}
    assert used == theirs


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_modules_import_only_their_neighbours(path: Path) -> None:
    """There is nothing to build, and nothing is fetched from elsewhere."""
    for name in IMPORT.findall(code(path)):
        assert (path.parent / name).resolve() in MODULES
    # A link to the documents is for people.
    links = re.findall(r"https?://[^\s\"'`]+", code(path))
    assert [u for u in links if not u.startswith(manifest()["documentation"])] == []
    assert not re.search(r"\beval\(|new Function|\bon\w+=\\?[\"']", code(path))


def test_size() -> None:
    """The modules come as they are, so they stay small."""
    sizes = {path.name: path.stat().st_size for path in FRONTEND.rglob("*.*")}
    assert sum(sizes.values()) <= BUDGET, sizes
