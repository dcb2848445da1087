"""The names and states of entities, and the rows of the platforms."""

from itertools import combinations

from custom_components.smartcar.entity import SmartcarEntityDescription
from tools.languages import placeholders

from .files import texts
from .tables import rows

PARTS = {"name", "state", "state_attributes", "unit_of_measurement"}


def keys_of(group: dict[str, dict[str, object]]) -> set[tuple[str, str]]:
    """Return platform and key of everything in a group of texts."""
    return {(platform, key) for platform, keys in group.items() for key in keys}


def exclude(one: SmartcarEntityDescription, other: SmartcarEntityDescription) -> bool:
    """Return whether no car can have both: one needs what forbids the other."""
    return any(
        required is not None and required == hiding
        for required, hiding in (
            (one.required_permission, other.hidden_by_permission),
            (other.required_permission, one.hidden_by_permission),
        )
    )


def test_every_row_has_a_name_and_none_is_unused() -> None:
    """The rows that platforms make are the names there are."""
    assert keys_of(texts()["entity"]) == rows().keys()
    for platform, key in rows():
        assert texts()["entity"][platform][key]["name"]
        assert texts()["entity"][platform][key].keys() <= PARTS


def test_only_what_is_unusual_has_placeholders() -> None:
    """The usual positions and signals have names of their own."""
    for (platform, key), row in rows().items():
        named = placeholders(texts()["entity"][platform][key]["name"])
        assert named == (row.placeholders or {}).keys(), key


def test_every_option_has_a_state_and_none_is_unused() -> None:
    """An enumeration's members are translated."""
    for (platform, key), row in rows().items():
        states = texts()["entity"][platform][key].get("state", {})
        options = getattr(row, "options", None)
        assert states.keys() == set(options or ()), key
        assert len(set(states.values())) == len(states), key
        if row.device_class == "enum":
            assert options, key


def test_translated_units_replace_nothing() -> None:
    """Home Assistant refuses a translated unit beside a native one."""
    for (platform, key), row in rows().items():
        if "unit_of_measurement" in texts()["entity"][platform][key]:
            assert getattr(row, "native_unit_of_measurement", None) is None, key


def test_no_two_entities_of_a_car_share_a_name() -> None:
    """Nobody could tell them apart, not even by voice."""
    named = [
        (texts()["entity"][platform][key]["name"].casefold(), platform, row)
        for (platform, key), row in rows().items()
    ]
    same = [
        (name, platform, other_platform)
        for (name, platform, row), (other_name, other_platform, other) in combinations(
            named, 2
        )
        if name == other_name and not exclude(row, other)
    ]
    assert same == []


def test_keys_are_unique_within_a_platform() -> None:
    """A key is the end of a unique id."""
    keys = [(platform, row.key) for (platform, _), row in rows().items()]
    assert len(keys) == len(set(keys))


def test_the_lock_is_not_named_like_its_car() -> None:
    """Assist half-understands "turn off <car> heating" and would unlock the car."""
    assert texts()["entity"]["lock"]["lock"]["name"] == "Lock"


def test_the_flap_is_not_named_like_the_charge_limit() -> None:
    """Assist takes a name that is nearly right, and knows no sliders.

    "Set <car> charge limit to 85" would move a cover named "Charge port".
    """
    names = texts()["entity"]
    first_words = {
        names[platform][key]["name"].split()[0]
        for platform, key in (("cover", "charge_port"), ("number", "charge_limit"))
    }
    assert len(first_words) == 2
