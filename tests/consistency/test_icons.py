"""Icons: every entity has one, by itself or by its device class."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from homeassistant.components.lock import LockState

from .files import icons
from .tables import rows
from .test_translations_entities import keys_of

# The icons in use; each is in the list of names that Home Assistant's frontend has.
NAMES = Path(__file__).with_name("mdi_icons.txt")

# Groups of icons beside those of entities, and what each calls its only one.
OTHERS = {"conditions": "condition", "services": "service", "triggers": "trigger"}

STATES = {
    "binary_sensor": {"on", "off"},
    "lock": set(LockState),
    "switch": {"on", "off"},
}


def entity_icons() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield platform, key and icons."""
    for platform, keys in icons()["entity"].items():
        for key, icon in keys.items():
            yield platform, key, icon


def used() -> set[str]:
    """Return every icon in use."""
    found = {
        icon[name] for group, name in OTHERS.items() for icon in icons()[group].values()
    }
    for _, _, icon in entity_icons():
        found |= {icon["default"], *icon.get("state", {}).values()}
    return found


def test_form() -> None:
    """Home Assistant reads these parts only."""
    assert icons().keys() == {"entity", *OTHERS}
    for _, key, icon in entity_icons():
        assert icon.keys() <= {"default", "state", "range"}, key
        assert "default" in icon, key
    for group, name in OTHERS.items():
        for icon in icons()[group].values():
            assert icon.keys() == {name}


def test_icons_exist() -> None:
    """A name with a slip in it would show as a blank."""
    assert all(name.startswith("mdi:") for name in used())
    listed = NAMES.read_text("utf-8").split()
    assert listed == sorted(set(listed))
    assert {f"mdi:{name}" for name in listed} == used()


def test_a_state_has_another_icon_than_the_default() -> None:
    """Else it would say nothing."""
    for _, key, icon in entity_icons():
        assert icon["default"] not in icon.get("state", {}).values(), key


def test_states_exist() -> None:
    """An icon for a state that is never shown is a mistake."""
    for platform, key, icon in entity_icons():
        options = getattr(rows()[platform, key], "options", None)
        allowed = STATES.get(platform) or set(options or ())
        assert set(icon.get("state", {})) <= allowed, key


def test_every_entity_without_device_class_has_an_icon() -> None:
    """What has a class gets its icon from there."""
    without = {place for place, row in rows().items() if row.device_class is None}
    assert without - keys_of(icons()["entity"]) == set()


def test_no_icon_is_unused() -> None:
    """Every icon belongs to a row."""
    assert keys_of(icons()["entity"]) - rows().keys() == set()
