"""The entities by which an assistant sends commands, as a person would."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from homeassistant.components.lock import DOMAIN as LOCKS
from homeassistant.components.number import DOMAIN as NUMBERS
from homeassistant.components.switch import DOMAIN as SWITCHES
from homeassistant.const import (
    SERVICE_LOCK,
    SERVICE_TURN_OFF,
    SERVICE_TURN_ON,
    SERVICE_UNLOCK,
)


class Control(NamedTuple):
    """An entity, by its platform and the key of its row, and its action."""

    domain: str
    key: str
    action: str


COMMANDS: Final[Mapping[str, Control]] = {
    "start_charging": Control(SWITCHES, "charging", SERVICE_TURN_ON),
    "stop_charging": Control(SWITCHES, "charging", SERVICE_TURN_OFF),
    "set_charge_limit": Control(NUMBERS, "charge_limit", "set_value"),
    "lock": Control(LOCKS, "lock", SERVICE_LOCK),
}
UNLOCK: Final = Control(LOCKS, "lock", SERVICE_UNLOCK)
