"""The form of the English texts, which all languages follow."""

import re

from tools.languages import flatten as leaves

from .files import texts

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


def test_groups() -> None:
    """Home Assistant reads these groups only."""
    assert texts().keys() <= GROUPS


def test_keys() -> None:
    """Keys are lower case, with single separators inside."""
    key = r"[a-z0-9]+([_-][a-z0-9]+)*"
    paths = [path for path, _ in leaves(texts())]
    assert [p for p in paths if not re.fullmatch(rf"{key}(\.{key})*", p)] == []


def test_errors_are_plain_text() -> None:
    """Home Assistant shows them as they are, with the asterisks of Markdown."""
    messages = dict(leaves(texts()["exceptions"]))
    assert messages
    assert [path for path, text in messages.items() if re.search(r"[*`]", text)] == []
