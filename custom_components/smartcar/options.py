"""What the owner has chosen for an entry, read once: options reload the entry."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Self

from homeassistant.config_entries import ConfigEntry

from .const import (
    CONF_CALL_LIMIT,
    CONF_CALL_RESERVE,
    CONF_PACE,
    CONF_READ_INTERVAL,
    CONF_READ_ONLY,
    CONF_SHARED_LIMIT,
    CONF_SHORTEST_INTERVAL,
)
from .polling.budget import DEFAULT_LIMIT, DEFAULT_RESERVE, CallBudget
from .polling.pace import PaceMode, PaceOptions


@dataclass(frozen=True, slots=True)
class SmartcarOptions:
    """The options of an entry.

    `call_limit`: how many calls Smartcar's plan allows per car and month;
    `call_reserve`: how many of them reads leave for commands. `shared_limit`:
    whether all cars share these calls. `read_only`: whether no command is sent.
    """

    pace: PaceOptions = field(default_factory=PaceOptions)
    call_limit: int = DEFAULT_LIMIT
    call_reserve: int = DEFAULT_RESERVE
    shared_limit: bool = False
    read_only: bool = False

    @classmethod
    def from_entry(cls, entry: ConfigEntry[Any]) -> Self:
        """Return the options of an entry; what was never saved has its default."""
        options, usual = entry.options, cls()
        hours = options.get(CONF_READ_INTERVAL)
        minutes = options.get(CONF_SHORTEST_INTERVAL)
        return cls(
            PaceOptions(
                PaceMode(options.get(CONF_PACE, usual.pace.mode)),
                usual.pace.floor if minutes is None else timedelta(minutes=minutes),
                usual.pace.interval if hours is None else timedelta(hours=hours),
            ),
            int(options.get(CONF_CALL_LIMIT, usual.call_limit)),
            int(options.get(CONF_CALL_RESERVE, usual.call_reserve)),
            bool(options.get(CONF_SHARED_LIMIT, usual.shared_limit)),
            bool(options.get(CONF_READ_ONLY, usual.read_only)),
        )

    def configure(self, budget: CallBudget) -> None:
        """Let a budget follow the options."""
        budget.configure(self.call_limit, self.call_reserve)
