"""What each of Smartcar's errors means: what helps, and who has to be told.

One row per known type and code; the codes of a type that have no row follow
the type's own. Source: Smartcar's error reference; whether waiting helps is
worked out from what its resolutions say.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Final

from .api import (
    ApiError,
    ConflictError,
    SmartcarError,
)


class Again(StrEnum):
    """When the same request may succeed."""

    LATER = auto()  # by itself, soon
    CAR = auto()  # when the car's state has changed
    PERSON = auto()  # after somebody has done something
    NEVER = auto()


class Notice(StrEnum):
    """What a person must learn, beyond the message of a failed command."""

    CREDENTIALS = auto()  # asks for a new secret
    PLAN = auto()
    VEHICLE_LIMIT = auto()
    SUSPENDED = auto()
    FORBIDDEN = auto()
    QUOTA = auto()
    PERMISSION = auto()
    OWNER_ACCOUNT = auto()


# What concerns the application as a whole, and is told once for all its cars:
# the first that applies.
OF_APPLICATION: Final = (
    Notice.SUSPENDED,
    Notice.FORBIDDEN,
    Notice.PLAN,
    Notice.VEHICLE_LIMIT,
)


@dataclass(frozen=True, slots=True)
class Rule:
    """What follows from an error."""

    again: Again
    notice: Notice | None = None


_LATER: Final = Rule(Again.LATER)
_CAR: Final = Rule(Again.CAR)
_PERSON: Final = Rule(Again.PERSON)
_NEVER: Final = Rule(Again.NEVER)
_ACCOUNT: Final = Rule(Again.PERSON, Notice.OWNER_ACCOUNT)

# By type and code; the code `None` stands for all others of the type.
RULES: Final[Mapping[tuple[str, str | None], Rule]] = {
    ("AUTHENTICATION", None): Rule(Again.PERSON, Notice.CREDENTIALS),
    ("AUTHENTICATION", "ACCESS_DENIED"): Rule(Again.NEVER, Notice.FORBIDDEN),
    ("BILLING", None): Rule(Again.PERSON, Notice.PLAN),
    ("BILLING", "VEHICLE_LIMIT"): Rule(Again.PERSON, Notice.VEHICLE_LIMIT),
    ("BILLING", "VEHICLE_REQUEST_LIMIT"): Rule(Again.PERSON, Notice.QUOTA),
    ("BILLING", "ACCOUNT_SUSPENDED"): Rule(Again.PERSON, Notice.SUSPENDED),
    ("COMPATIBILITY", None): _NEVER,
    ("COMPATIBILITY", "PLATFORM_NOT_CAPABLE"): _PERSON,
    ("CONNECTED_SERVICES_ACCOUNT", None): _ACCOUNT,
    ("PERMISSION", None): Rule(Again.PERSON, Notice.PERMISSION),
    ("RATE_LIMIT", None): _LATER,
    ("RESOURCE_NOT_FOUND", None): _NEVER,
    ("RESOURCE_NOT_FOUND", "SIGNAL_NOT_FOUND"): _LATER,
    # Whether the car is gone is for the list of connections to say.
    ("RESOURCE_NOT_FOUND", "VEHICLE_NOT_FOUND"): _PERSON,
    ("SERVER", None): _LATER,
    ("SERVER", "MULTIPLE_RECORDS_FOUND"): _NEVER,
    ("SERVER", "RECORD_NOT_FOUND"): _NEVER,
    ("UPSTREAM", None): _LATER,
    ("VALIDATION", None): _NEVER,
    ("VEHICLE_STATE", None): _CAR,
    ("VEHICLE_STATE", "UNREACHABLE"): _LATER,
    ("VEHICLE_STATE", "REMOTE_ACCESS_DISABLED"): _PERSON,
    ("VEHICLE_STATE", "DEVICE_PAIRING_REQUIRED"): _PERSON,
    ("VEHICLE_STATE", "CHARGE_FAULT"): _PERSON,
    ("VEHICLE_STATE", "LOW_BATTERY"): _LATER,
    ("VEHICLE_STATE", "UNKNOWN"): _LATER,
}


def rule_for(error: SmartcarError) -> Rule:
    """Return what follows from an error.

    What is no answer of Smartcar's (an outage, a proxy's page, half an answer)
    passes by itself; so does what nobody has documented.
    """
    if not isinstance(error, ApiError) or isinstance(error, ConflictError):
        return _LATER
    return RULES.get((error.type, error.code)) or RULES.get((error.type, None), _LATER)
