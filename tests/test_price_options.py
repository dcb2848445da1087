"""The options of what charging costs: how they are chosen, refused and kept."""

from typing import Any

from homeassistant.components.energy import data
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smartcar.options import CHARGING_COSTS, SmartcarOptions

from .flow import TEXTS, assert_form, configure, filled_in, submit

SENSOR = "sensor.electricity_price"
NUMBER = "input_number.price"


@pytest.fixture(autouse=True)
def prices(hass: HomeAssistant) -> None:
    """Let there be prices, in the currency of Home Assistant and otherwise."""
    hass.config.currency = "EUR"
    for entity_id, unit in ((SENSOR, "EUR/kWh"), ("sensor.cents", "ct/kWh")):
        hass.states.async_set(entity_id, "0.3", {"unit_of_measurement": unit})
    hass.states.async_set(NUMBER, "0.3")


def of(entry: MockConfigEntry) -> SmartcarOptions:
    """Return the options by which an entry runs."""
    options: SmartcarOptions = entry.runtime_data.context.options
    return options


async def test_nothing_is_chosen_at_first(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    """Without a price there are no costs; saving the form makes none."""
    usual = of(loaded)
    assert (usual.has_price, usual.away_price) == (False, None)
    assert (usual.charging_loss, usual.loss_factor) == (0, 1)
    assert usual.unknown_place == "unknown"
    result = await configure(hass, loaded)
    (part,) = (
        part
        for name, part in result["data_schema"].schema.items()
        if name == CHARGING_COSTS
    )
    assert part.options == {"collapsed": True}
    result = await submit(hass, result, pace="fixed")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert of(loaded) == usual
    assert not {"home_price", "home_price_entity", "away_price"} & loaded.options.keys()


async def test_prices_are_kept_side_by_side_with_the_rest(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    """They are stored as the others are, and shown where they were entered."""
    chosen = {
        "home_price_entity": SENSOR,
        "away_price": 0.59,
        "charging_loss": 10,
        "unknown_place": "home",
    }
    await configure(hass, loaded, **chosen)
    assert loaded.options.items() >= chosen.items()
    assert CHARGING_COSTS not in loaded.options
    options = of(loaded)
    assert (options.home_price_entity, options.home_price) == (SENSOR, None)
    assert (options.away_price, options.unknown_place) == (0.59, "home")
    assert options.loss_factor == pytest.approx(1 / 0.9)
    assert options.has_price
    assert filled_in(await configure(hass, loaded)).items() >= chosen.items()
    # Another option is changed, and these stay.
    await configure(hass, loaded, read_only=True)
    assert loaded.options.items() >= chosen.items()
    # Emptied fields are empty from then on.
    await configure(hass, loaded, home_price_entity=None, away_price=None)
    assert not {"home_price_entity", "away_price"} & loaded.options.keys()
    assert not of(loaded).has_price


async def test_a_fixed_price(hass: HomeAssistant, loaded: MockConfigEntry) -> None:
    """Power that costs nothing has a price, too."""
    await configure(hass, loaded, home_price=0)
    assert (of(loaded).has_price, of(loaded).home_price) == (True, 0)


async def test_prices_changed_meanwhile_stay(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    """A form writes what was changed in it, in a section as elsewhere."""
    first, second = [await configure(hass, loaded) for _ in range(2)]
    await submit(hass, first, home_price=0.3, charging_loss=5)
    await submit(hass, second, away_price=0.6)
    assert (
        loaded.options.items()
        >= {
            "home_price": 0.3,
            "charging_loss": 5,
            "away_price": 0.6,
        }.items()
    )


async def test_stored_options_that_no_form_knows_stay(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    options = {**loaded.options, "of_a_later_version": 1}
    hass.config_entries.async_update_entry(loaded, options=options)
    await hass.async_block_till_done()
    await configure(hass, loaded, home_price=0.3)
    assert loaded.options["of_a_later_version"] == 1


@pytest.mark.parametrize(
    ("fields", "error", "says"),
    [
        ({"home_price_entity": SENSOR, "home_price": 0}, "two_home_prices", "not both"),
        (
            {"home_price_entity": "sensor.cents"},
            "price_unit",
            "is in ct/kWh. It must be in one of EUR/kWh, EUR/Wh, EUR/MWh",
        ),
        (
            {"home_price_entity": NUMBER},
            "price_without_unit",
            "no unit. It must be in one of EUR/kWh, EUR/Wh, EUR/MWh",
        ),
        (
            {"home_price_entity": "sensor.gone"},
            "price_entity_missing",
            "does not exist",
        ),
    ],
)
async def test_a_price_that_cannot_be_used_is_refused_in_words(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    fields: dict[str, Any],
    error: str,
    says: str,
) -> None:
    """What was entered stays there to be corrected, and can be seen."""
    before = dict(loaded.options)
    result = await configure(hass, loaded, **fields, away_price=0.6)
    assert_form(result, "init", {CHARGING_COSTS: error})
    assert result["data_schema"].schema[CHARGING_COSTS].options == {"collapsed": False}
    text = TEXTS["options"]["error"][error]
    assert says in text.format_map(result["description_placeholders"])
    assert loaded.options == before
    assert filled_in(result)["away_price"] == 0.6
    await submit(hass, result, home_price_entity=None, home_price=0.3)
    assert (of(loaded).home_price, of(loaded).away_price) == (0.3, 0.6)


@pytest.mark.parametrize(
    "fields",
    [
        {"home_price": -0.1},
        {"away_price": -0.1},
        {"charging_loss": 51},
        {"charging_loss": -1},
        {"unknown_place": "work"},
        {"home_price_entity": "light.kitchen"},
    ],
    ids=str,
)
async def test_prices_have_limits(
    hass: HomeAssistant, loaded: MockConfigEntry, fields: dict[str, Any]
) -> None:
    with pytest.raises(InvalidData):
        await configure(hass, loaded, **fields)


@pytest.mark.parametrize(
    ("entity", "number", "suggested"),
    [
        (SENSOR, None, {"home_price_entity": SENSOR}),
        (None, 0.31, {"home_price": 0.31}),
        ("sensor.cents", None, {}),
    ],
)
async def test_the_price_of_the_energy_dashboard_is_suggested(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    entity: str | None,
    number: float | None,
    suggested: dict[str, Any],
) -> None:
    """Until a person has chosen once, or not."""
    hass.config.components.add("energy")
    manager = await data.async_get_manager(hass)
    grid = {"entity_energy_price": entity, "number_energy_price": number}
    manager.data = {"energy_sources": [{"type": "grid", **grid}]}

    def shown() -> dict[str, Any]:
        names = {"home_price", "home_price_entity"}
        return {name: value for name, value in filled.items() if name in names}

    filled = filled_in(await configure(hass, loaded))
    assert shown() == suggested
    assert not of(loaded).has_price
    await configure(hass, loaded)
    await configure(hass, loaded, home_price=None, home_price_entity=None)
    assert not of(loaded).has_price
    filled = filled_in(await configure(hass, loaded))
    assert shown() == {}
