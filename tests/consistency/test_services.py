"""Actions: description, texts, icons and schemas say the same."""

from typing import Any

from homeassistant.helpers.selector import validate_selector
import voluptuous as vol

from custom_components.smartcar.services import SCHEMAS

from .files import actions, icons, texts

FIELD = {"default", "example", "required", "selector"}


def fields_of(schema: Any) -> dict[str, bool]:
    """Return the fields of a schema, and whether they must be given."""
    if isinstance(schema, vol.All):
        schema = next(s for s in schema.validators if isinstance(s, vol.Schema))
    return {str(key): isinstance(key, vol.Required) for key in schema.schema}


def test_names() -> None:
    """Every action stands in all four places."""
    assert actions().keys() == SCHEMAS.keys()
    assert texts()["services"].keys() == SCHEMAS.keys()
    assert icons()["services"].keys() == SCHEMAS.keys()


def test_fields() -> None:
    """Every field is described, translated and accepted."""
    for name, schema in SCHEMAS.items():
        described = actions()[name]["fields"]
        required = {key: f.get("required", False) for key, f in described.items()}
        assert required == fields_of(schema), name
        assert texts()["services"][name].keys() == {"name", "description", "fields"}
        words = texts()["services"][name]["fields"]
        assert words.keys() == described.keys(), name
        assert all(word.keys() == {"name", "description"} for word in words.values())


def test_selectors() -> None:
    """Home Assistant knows every selector and all of its settings."""
    for name, action in actions().items():
        assert action.keys() <= {"fields", "target"}, name
        for field in action["fields"].values():
            assert field.keys() <= FIELD, name
            validate_selector(field["selector"])


def test_defaults_are_accepted() -> None:
    """A default lies within what its selector allows."""
    for name, action in actions().items():
        for field in action["fields"].values():
            if "default" in field:
                limits = field["selector"]["number"]
                assert limits["min"] <= field["default"] <= limits["max"], name
