"""Everything Smartcar lets us tell a car, as rows of one table."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from .api import CommandResult, NotFoundError, SmartcarClient, SmartcarError
from .car.charging import IS_CHARGING
from .car.closures import IS_LOCKED

CHARGE_LIMITS: Final = "charge-chargelimits"
CHARGE_PORT_OPEN: Final = "charge-ischargingportflapopen"

CONTROL_CHARGE: Final = "control_charge"
CONTROL_NAVIGATION: Final = "control_navigation"
CONTROL_SECURITY: Final = "control_security"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command: the permission it needs, and what it should change.

    After success the signal's `leaf` is expected to hold `expected`, or the
    command's argument of the name `argument`. `confirms`: the car is looked at
    afterwards although nothing is expected of a signal. `names_schedule`: an
    argument names a charge schedule, which may not be there.
    """

    send: Callable[..., Awaitable[CommandResult]]
    permission: str
    signal: str | None = None
    leaf: str = "value"
    expected: object = None
    argument: str | None = None
    confirms: bool = False
    names_schedule: bool = False

    @property
    def name(self) -> str:
        """Return what the command does, as `set_charge_limit`."""
        return self.send.__name__

    def misses_schedule(self, error: SmartcarError) -> bool:
        """Return whether a failure says that the schedule named is not there."""
        return (
            self.names_schedule
            and isinstance(error, NotFoundError)
            and error.is_of_path
        )


START_CHARGING: Final = Command(
    send=SmartcarClient.start_charging,
    permission=CONTROL_CHARGE,
    signal=IS_CHARGING,
    expected=True,
)
STOP_CHARGING: Final = Command(
    send=SmartcarClient.stop_charging,
    permission=CONTROL_CHARGE,
    signal=IS_CHARGING,
    expected=False,
)
SET_CHARGE_LIMIT: Final = Command(
    send=SmartcarClient.set_charge_limit,
    permission=CONTROL_CHARGE,
    signal=CHARGE_LIMITS,
    leaf="activeLimit",
    argument="percent",
)
OPEN_CHARGE_PORT: Final = Command(
    send=SmartcarClient.open_charge_port,
    permission=CONTROL_CHARGE,
    signal=CHARGE_PORT_OPEN,
    expected=True,
)
CLOSE_CHARGE_PORT: Final = Command(
    send=SmartcarClient.close_charge_port,
    permission=CONTROL_CHARGE,
    signal=CHARGE_PORT_OPEN,
    expected=False,
)
LOCK: Final = Command(
    send=SmartcarClient.lock,
    permission=CONTROL_SECURITY,
    signal=IS_LOCKED,
    expected=True,
)
UNLOCK: Final = Command(
    send=SmartcarClient.unlock,
    permission=CONTROL_SECURITY,
    signal=IS_LOCKED,
    expected=False,
)
SET_DESTINATION: Final = Command(
    send=SmartcarClient.set_destination,
    permission=CONTROL_NAVIGATION,
)
CREATE_CHARGE_SCHEDULE: Final = Command(
    send=SmartcarClient.create_charge_schedule,
    permission=CONTROL_CHARGE,
    confirms=True,
)
DELETE_CHARGE_SCHEDULE: Final = Command(
    send=SmartcarClient.delete_charge_schedule,
    permission=CONTROL_CHARGE,
    confirms=True,
    names_schedule=True,
)

COMMANDS: Final = (
    START_CHARGING,
    STOP_CHARGING,
    SET_CHARGE_LIMIT,
    OPEN_CHARGE_PORT,
    CLOSE_CHARGE_PORT,
    LOCK,
    UNLOCK,
    SET_DESTINATION,
    CREATE_CHARGE_SCHEDULE,
    DELETE_CHARGE_SCHEDULE,
)

# What Smartcar takes as a charge limit, in percent.
LOWEST_CHARGE_LIMIT: Final = 50
HIGHEST_CHARGE_LIMIT: Final = 100
