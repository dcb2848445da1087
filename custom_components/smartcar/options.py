"""What the owner has chosen for an entry, read once: options reload the entry."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Final, Self, get_args, get_type_hints

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import UnitOfTime
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    Selector,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from .polling.budget import DEFAULT_LIMIT, DEFAULT_RESERVE, CallBudget
from .polling.pace import PaceMode, PaceOptions


def _number(
    lowest: float, highest: float, step: float = 1, unit: str | None = None
) -> NumberSelector:
    """Return a field for a number, in a unit."""
    config = NumberSelectorConfig(
        min=lowest, max=highest, step=step, mode=NumberSelectorMode.BOX
    )
    if unit is not None:
        config["unit_of_measurement"] = unit
    return NumberSelector(config)


_PACES: Final = SelectSelector(
    SelectSelectorConfig(
        options=[mode.value for mode in PaceMode],
        translation_key="pace",
        mode=SelectSelectorMode.LIST,
    )
)
_CALLS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class SmartcarOptions:
    """The options of an entry, as they are stored and in the order of the form.

    `pace`: how reads are planned; `shortest_interval` bounds the adaptive pace in
    minutes, `read_interval` is the fixed one in hours. `call_limit`: how many calls
    Smartcar's plan allows per car and month; `call_reserve`: how many of them reads
    leave for commands. `shared_limit`: whether all cars share these calls.
    `read_only`: whether no command is sent.
    """

    pace: Annotated[PaceMode, _PACES] = PaceMode.ADAPTIVE
    shortest_interval: Annotated[float, _number(15, 240, 5, UnitOfTime.MINUTES)] = 15
    read_interval: Annotated[float, _number(0.25, 168, 0.25, UnitOfTime.HOURS)] = 6
    call_limit: Annotated[int, _number(1, _CALLS)] = DEFAULT_LIMIT
    call_reserve: Annotated[int, _number(0, _CALLS)] = DEFAULT_RESERVE
    shared_limit: Annotated[bool, BooleanSelector()] = False
    read_only: Annotated[bool, BooleanSelector()] = False

    @classmethod
    def from_entry(cls, entry: ConfigEntry[Any]) -> Self:
        """Return the options of an entry; what was never saved has its default."""
        options = entry.options
        kinds = {name: kind for name, (kind, _) in _fields(cls) if name in options}
        return cls(**{name: kind(options[name]) for name, kind in kinds.items()})

    @classmethod
    def schema(cls) -> vol.Schema:
        """Return the form of the options, filled in with what is usual."""
        return vol.Schema(
            {
                vol.Required(name, default=kind(getattr(cls(), name))): selector
                for name, (kind, selector) in _fields(cls)
            }
        )

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


def _fields(
    options: type[SmartcarOptions],
) -> Iterable[tuple[str, tuple[Callable[[Any], Any], Selector[Any]]]]:
    """Yield the name of each option, what makes its value, and its field."""
    for name, hint in get_type_hints(options, include_extras=True).items():
        yield name, get_args(hint)
