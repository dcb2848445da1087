"""The form of the English texts, which all languages follow."""

import re

from tools.languages import flatten as leaves

from .files import texts

# A step of a flow, as hassfest takes it.
STEP = (
    r"title|description|submit|(data|data_description|menu_options"
    r"|menu_option_descriptions)\.\w+"
    r"|sections\.\w+\.(name|description|(data|data_description)\.\w+)"
)
FLOW = rf"step\.\w+\.({STEP})|(error|abort|progress|create_entry)\.\w+"
NAMED = r"\w+\.(name|description|fields\.\w+\.(name|description))"

# What hassfest takes in each group; Home Assistant reads nothing else.
GROUPS = {
    "common": r"\w+",
    "conditions": NAMED,
    "config": rf"{FLOW}|initiate_flow\.\w+",
    "device": r"\w+\.name",
    "entity": (
        r"\w+\.\w+\.(name|unit_of_measurement|state\.[\w-]+"
        r"|state_attributes\.\w+\.(name|state\.[\w-]+))"
    ),
    "exceptions": r"\w+\.message",
    "issues": rf"\w+\.(title|description|fix_flow\.({FLOW}))",
    "options": FLOW,
    "selector": r"\w+\.options\.[\w-]+",
    "services": NAMED,
    "system_health": r"info\.\w+",
    "triggers": NAMED,
}


def test_groups() -> None:
    """Each text stands where Home Assistant reads it."""
    for group, content in texts().items():
        paths = [path for path, _ in leaves(content)]
        assert paths, group
        assert [one for one in paths if not re.fullmatch(GROUPS[group], one)] == []


def test_descriptions_belong_to_fields() -> None:
    """A description of a field that is not there is never shown."""
    paths = {path for path, _ in leaves(texts())}
    for kind, of in (
        ("data_description", "data"),
        ("menu_option_descriptions", "menu_options"),
    ):
        described = {path for path in paths if f".{kind}." in path}
        assert {path.replace(f".{kind}.", f".{of}.") for path in described} <= paths


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
