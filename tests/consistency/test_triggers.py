"""Triggers and conditions: description, texts, icons, pages and code say the same."""

from typing import Any

from homeassistant.helpers.selector import validate_selector
import pytest

from custom_components.smartcar.condition import CONDITIONS
from custom_components.smartcar.const import DOMAIN
from custom_components.smartcar.trigger import TRIGGERS

from .files import ROOT, described, icons, page, texts

KINDS: dict[str, dict[str, Any]] = {"conditions": CONDITIONS, "triggers": TRIGGERS}

both = pytest.mark.parametrize("kind", KINDS)


@both
def test_names(kind: str) -> None:
    """Each stands in all four places, and has a page."""
    keys = KINDS[kind].keys()
    assert described(kind).keys() == keys
    assert texts()[kind].keys() == keys
    assert icons()[kind].keys() == keys
    assert {path.stem for path in (ROOT / "docs" / kind).glob("*.md")} == keys


@both
def test_fields(kind: str) -> None:
    """Every field is translated, and has a selector that Home Assistant knows."""
    for key, row in described(kind).items():
        fields: dict[str, Any] = row.get("fields", {})
        words = texts()[kind][key]
        assert words.get("fields", {}).keys() == fields.keys(), key
        for name, field in fields.items():
            assert words["fields"][name].keys() == {"name", "description"}
            assert field.keys() == {"default", "required", "selector"}
            validate_selector(field["selector"])


@both
def test_targets(kind: str) -> None:
    """The editor offers entities of the integration only, and finds them."""
    for key, row in described(kind).items():
        (target,) = row["target"]["entity"]
        assert target["integration"] == DOMAIN, key
        primary = KINDS[kind][key]._primary_entities_only  # noqa: SLF001
        assert row["target"].get("primary_entities_only", True) is primary, key


@both
def test_pages(kind: str) -> None:
    """A page has the name on the screen, and each field; the list leads to it."""
    listed = page(ROOT / "docs" / "triggers.md")
    for key, words in texts()[kind].items():
        text = page(ROOT / "docs" / kind / f"{key}.md")
        assert text.startswith(f"# {words['name']}\n"), key
        assert f"`smartcar.{key}`" in text
        assert f"| [{words['name']}]({kind}/{key}.md) | `smartcar.{key}` |" in listed
        for field, word in words.get("fields", {}).items():
            assert f"| `{field}` | {word['name']} |" in text, (key, field)
