"""What the owner has chosen for an entry, read once: options reload the entry."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import UnionType
from typing import (
    Annotated,
    Any,
    Final,
    Literal,
    NamedTuple,
    Self,
    get_args,
    get_type_hints,
)

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import PERCENTAGE, Platform, UnitOfTime
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    Selector,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from .memory.entries import PLACES, UNKNOWN
from .polling.budget import DEFAULT_LIMIT, DEFAULT_RESERVE, CallBudget
from .polling.pace import PaceMode, PaceOptions

# The parts of the form that can be folded.
CHARGING_COSTS: Final = "charging_costs"
VOICE: Final = "voice"
SECTIONS: Final = (CHARGING_COSTS, VOICE)


def _number(
    lowest: float,
    highest: float | None = None,
    step: float | Literal["any"] = 1,
    unit: str | None = None,
) -> NumberSelector:
    """Return a field for a number, in a unit."""
    config = NumberSelectorConfig(min=lowest, step=step, mode=NumberSelectorMode.BOX)
    if highest is not None:
        config["max"] = highest
    if unit is not None:
        config["unit_of_measurement"] = unit
    return NumberSelector(config)


def _choice(key: str, options: Iterable[str]) -> SelectSelector:
    """Return a field for one of several, in the words of a key."""
    return SelectSelector(
        SelectSelectorConfig(
            options=list(options), translation_key=key, mode=SelectSelectorMode.LIST
        )
    )


_PACES: Final = _choice("pace", [mode.value for mode in PaceMode])
_CALLS: Final = 1_000_000
_PRICES: Final = EntitySelector(
    EntitySelectorConfig(domain=[Platform.SENSOR, Platform.NUMBER, "input_number"])
)
_PRICE: Final = _number(0, step="any")
_LOSS: Final = _number(0, 50, 0.1, PERCENTAGE)
_UNKNOWN_PLACE: Final = _choice("unknown_place", PLACES)


@dataclass(frozen=True, slots=True)
class SmartcarOptions:
    """The options of an entry, as they are stored and in the order of the form.

    `pace`: how reads are planned; `shortest_interval` bounds the adaptive pace in
    minutes, `read_interval` is the fixed one in hours. `call_limit`: how many calls
    Smartcar's plan allows per car and month; `call_reserve`: how many of them reads
    leave for commands. `shared_limit`: whether all cars share these calls.
    `read_only`: whether no command is sent.

    A kWh at home costs what `home_price_entity` says, or `home_price`; elsewhere
    `away_price`. `charging_loss`: percent of what the meter counts that do not reach
    the car. `unknown_place`: as what a charge counts whose place is not known.

    `voice_sentences`: whether Assist takes the integration's own sentences.
    `assistant_commands`, `assistant_unlock`: whether assistants that are language
    models may send commands, and whether they may unlock.
    """

    pace: Annotated[PaceMode, _PACES] = PaceMode.ADAPTIVE
    shortest_interval: Annotated[float, _number(15, 240, 5, UnitOfTime.MINUTES)] = 15
    read_interval: Annotated[float, _number(0.25, 168, 0.25, UnitOfTime.HOURS)] = 6
    call_limit: Annotated[int, _number(1, _CALLS)] = DEFAULT_LIMIT
    call_reserve: Annotated[int, _number(0, _CALLS)] = DEFAULT_RESERVE
    shared_limit: Annotated[bool, BooleanSelector()] = False
    read_only: Annotated[bool, BooleanSelector()] = False
    home_price_entity: Annotated[str | None, _PRICES, CHARGING_COSTS] = None
    home_price: Annotated[float | None, _PRICE, CHARGING_COSTS] = None
    away_price: Annotated[float | None, _PRICE, CHARGING_COSTS] = None
    charging_loss: Annotated[float, _LOSS, CHARGING_COSTS] = 0
    unknown_place: Annotated[str, _UNKNOWN_PLACE, CHARGING_COSTS] = UNKNOWN
    voice_sentences: Annotated[bool, BooleanSelector(), VOICE] = False
    assistant_commands: Annotated[bool, BooleanSelector(), VOICE] = False
    assistant_unlock: Annotated[bool, BooleanSelector(), VOICE] = False

    @classmethod
    def from_entry(cls, entry: ConfigEntry[Any]) -> Self:
        """Return the options of an entry; what was never saved has its default."""
        options = entry.options
        known = {name: field.kind for name, field in fields()}
        return cls(
            **{
                name: kind(options[name])
                for name, kind in known.items()
                if options.get(name) is not None
            }
        )

    @classmethod
    def schema(cls, unfolded: Collection[str] = ()) -> vol.Schema:
        """Return the form of the options, filled in with what is usual.

        `unfolded`: the parts of it that are not folded at first.
        """
        form: dict[vol.Marker, Any] = {}
        folded: dict[str, dict[vol.Marker, Any]] = {}
        for name, field in fields():
            part = (
                form if field.section is None else folded.setdefault(field.section, {})
            )
            default = getattr(cls(), name)
            marker = (
                vol.Optional(name)
                if default is None
                else vol.Required(name, default=field.kind(default))
            )
            part[marker] = field.selector
        for name, part in folded.items():
            is_folded = name not in unfolded
            form[vol.Required(name)] = section(
                vol.Schema(part), {"collapsed": is_folded}
            )
        return vol.Schema(form)

    @property
    def reading(self) -> PaceOptions:
        """Return how the cars are read."""
        return PaceOptions(
            self.pace,
            timedelta(minutes=self.shortest_interval),
            timedelta(hours=self.read_interval),
        )

    def configure(self, budget: CallBudget) -> None:
        """Let a budget follow the options."""
        budget.configure(self.call_limit, self.call_reserve)

    @property
    def has_price(self) -> bool:
        """Return whether it is known what charging at home costs."""
        return self.home_price_entity is not None or self.home_price is not None

    @property
    def loss_factor(self) -> float:
        """Return how many kWh the meter counts for one that reaches the car."""
        return 1 / (1 - self.charging_loss / 100)


class Field(NamedTuple):
    """What makes the value of an option, its field, and its part of the form."""

    kind: Callable[[Any], Any]
    selector: Selector[Any]
    section: str | None = None


def fields() -> Iterable[tuple[str, Field]]:
    """Yield the name of each option, and what it is."""
    for name, hint in get_type_hints(SmartcarOptions, include_extras=True).items():
        kind, *rest = get_args(hint)
        # An option without a default is left out while it is empty.
        yield (
            name,
            Field(kind.__args__[0] if isinstance(kind, UnionType) else kind, *rest),
        )


def flat(shown: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a form has been given as it is stored: without sections or blanks."""
    parts = {field.section for _, field in fields() if field.section is not None}
    found = {name: value for name, value in shown.items() if name not in parts}
    for part in parts:
        found |= shown.get(part, {})
    return {name: value for name, value in found.items() if value is not None}


def nested(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return stored options as a form shows them."""
    found = dict(options)
    for name, field in fields():
        if field.section is not None:
            part = found.setdefault(field.section, {})
            if name in options:
                part[name] = found.pop(name)
    return found
