"""The form of all texts, in every language."""

from collections.abc import Iterator
import re
from typing import Any

from .files import INTEGRATION, read_json, texts

FILES = sorted((INTEGRATION / "translations").glob("*.json"))

LONGEST_TITLE = 50

GROUPS = {
    "common",
    "conditions",
    "config",
    "device",
    "entity",
    "exceptions",
    "issues",
    "options",
    "selector",
    "services",
    "system_health",
    "triggers",
}


def leaves(node: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text with its path."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from leaves(value, f"{path}.{key}" if path else key)
    else:
        assert isinstance(node, str), path
        yield path, node


def placeholders(text: str) -> set[str]:
    """Return the names in braces."""
    return set(re.findall(r"{(\w+)}", text))


def wrong(pattern: str) -> list[str]:
    """Return the paths of the texts in which a pattern is found."""
    return [
        f"{file.stem}: {path}"
        for file in FILES
        for path, text in leaves(read_json(file))
        if re.search(pattern, text)
    ]


def test_groups() -> None:
    """Home Assistant reads these groups only."""
    assert texts().keys() <= GROUPS


def test_keys() -> None:
    """Keys are lower case, with single separators inside."""
    key = r"[a-z0-9]+([_-][a-z0-9]+)*"
    paths = [path for path, _ in leaves(texts())]
    assert [p for p in paths if not re.fullmatch(rf"{key}(\.{key})*", p)] == []


def test_no_empty_text_and_no_outer_blanks() -> None:
    """Nothing to cut off."""
    assert wrong(r"^\s|\s$|^$") == []


def test_titles_of_repairs_are_short() -> None:
    """Home Assistant writes a longer one over itself; most cars' names are shorter."""
    titles = [
        text.format_map(dict.fromkeys(placeholders(text), "Mercedes-Benz EQA 250"))
        for path, text in leaves(texts()["issues"])
        if path.endswith("title")
    ]
    assert titles
    assert [title for title in titles if len(title) > LONGEST_TITLE] == []


def test_no_html() -> None:
    """Home Assistant shows Markdown."""
    assert wrong(r"</?[a-zA-Z]|&\w+;") == []


def test_errors_are_plain_text() -> None:
    """Home Assistant shows them as they are, with the asterisks of Markdown."""
    messages = dict(leaves(texts()["exceptions"]))
    assert messages
    assert [path for path, text in messages.items() if re.search(r"[*`]", text)] == []


def test_no_quotes_around_braces() -> None:
    """A single quote beside a brace switches the placeholder off."""
    assert wrong(r"'[{}]") == []


def test_braces_are_placeholders() -> None:
    """A brace that is no placeholder breaks the whole text.

    Home Assistant leaves such a text out, also one with a choice in it.
    """
    assert wrong(r"{(?!\w+})|(?<!\w)}") == []


def test_no_addresses() -> None:
    """Addresses come in as placeholders: translators must not change them."""
    assert wrong(r"https?:|www\.") == []


def test_languages_say_the_same() -> None:
    """Every language has the same keys and placeholders as English."""
    english = {path: placeholders(text) for path, text in leaves(texts())}
    for file in FILES:
        other = {path: placeholders(text) for path, text in leaves(read_json(file))}
        assert other == english, file.name
