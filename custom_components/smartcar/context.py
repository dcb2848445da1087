"""What all parts of an entry are handed: values go down, facts come back up."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from .api import SmartcarClient
from .const import CONF_APPLICATION_ID
from .diary import Diaries
from .health import ApiHealth
from .issues import IssueBoard
from .options import SmartcarOptions
from .stored import Stored


class Save(Protocol):
    """Write down soon what is known, of one car or of all; ignored after unload."""

    def __call__(self, vehicle_id: str | None = None, *, at_once: bool = False) -> None:
        """`at_once`: for calls, which count."""


@dataclass(frozen=True, slots=True)
class Context:
    """One entry: its client, options, stored values and what judges them.

    `write_ahead` writes what has changed of a car before it returns.
    `may_be_pushed` returns whether deliveries may come. `relist` and `resubscribe`
    look at the connections and at the webhook again, in the background.
    """

    hass: HomeAssistant
    entry: ConfigEntry[Any]
    client: SmartcarClient
    options: SmartcarOptions
    stored: Stored
    diaries: Diaries
    health: ApiHealth
    issues: IssueBoard
    save: Save
    write_ahead: Callable[[str], Awaitable[None]]
    is_closed: Callable[[], bool]
    may_be_pushed: Callable[[], bool]
    relist: Callable[[], None]
    resubscribe: Callable[[], None]

    def connect_link(self, mode: str) -> str | None:
        """Return the page on which an owner connects a car of a mode (again)."""
        if not (application_id := self.entry.data.get(CONF_APPLICATION_ID)):
            return None
        return self.client.hosts.connect_link(application_id, mode)
