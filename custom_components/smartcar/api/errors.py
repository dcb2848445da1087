"""What can go wrong between us and Smartcar: one exception tree, one table.

    SmartcarError
    ├── CannotConnectError          nothing was carried out
    ├── OutcomeUnknownError         a command may have run
    │   └── InvalidResponseError    no answer that Smartcar documents
    └── ApiError                    an answer of Smartcar's; a class for each type

Smartcar's documents give every error a `type` and a `code`; these decide, the
HTTP status comes second. `ERROR_TYPES` says what follows from them. An error's text
names type, code and status only: the platform's own prose may carry identifiers, so
no error of this module repeats it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import Final, override


class Retry(StrEnum):
    """When the same request may succeed."""

    BACKOFF = auto()  # by itself, soon
    CAR_STATE = auto()  # when the car's state has changed
    USER_ACTION = auto()
    NEVER = auto()


class Problem(StrEnum):
    """What a person must learn, beyond the message of a failed command.

    The values of those with a repair of their own are the keys of its texts.
    """

    CREDENTIALS = auto()  # asks for a new secret
    OWNER_ACCOUNT = auto()  # its repair depends on the code
    SUSPENDED = "application_suspended"
    FORBIDDEN = "application_forbidden"
    PLAN = "application_plan"
    VEHICLE_LIMIT = "application_vehicle_limit"
    QUOTA = "quota_spent"
    PERMISSION = "permission_withdrawn"


# Problems of the application as a whole, the worst first; why a car is not read.
APPLICATION_PROBLEMS: Final = (
    Problem.SUSPENDED,
    Problem.FORBIDDEN,
    Problem.PLAN,
    Problem.VEHICLE_LIMIT,
)
READING_PROBLEMS: Final = frozenset({Problem.PERMISSION, Problem.QUOTA})


@dataclass(frozen=True, slots=True)
class ErrorDetails:
    """What an answer said about an error.

    `status` is the HTTP status as an integer: 430 is no registered status, so
    `HTTPStatus` cannot hold it. `retry_after` is in seconds.
    """

    status: int
    type: str = "UNKNOWN"
    code: str | None = None
    resolution: str | None = None
    resolution_url: str | None = None
    request_id: str | None = None
    retry_after: float | None = None


class SmartcarError(Exception):
    """Anything Smartcar or the way to it did that we cannot work with."""

    @property
    def key(self) -> str:
        """Name of this error in translations."""
        return "unknown_error"

    @property
    def retry(self) -> Retry:
        """When the same request may succeed.

        What is no answer of Smartcar's (an outage, a proxy's page, half an answer)
        passes by itself; so does what has no row in the table.
        """
        return Retry.BACKOFF

    @property
    def problem(self) -> Problem | None:
        """What a person must learn of it."""
        return None


class CannotConnectError(SmartcarError):
    """No usable answer, and the request was certainly not carried out."""

    @property
    @override
    def key(self) -> str:
        return "cannot_connect"


class OutcomeUnknownError(SmartcarError):
    """The request went out, but its answer did not come back whole.

    A command that ends like this may have run.
    """

    @property
    @override
    def key(self) -> str:
        return "outcome_unknown"


class InvalidResponseError(OutcomeUnknownError):
    """An answer that is not what Smartcar documents (a proxy's page, say)."""

    @property
    @override
    def key(self) -> str:
        return "invalid_response"


class ApiError(SmartcarError):
    """Smartcar answered with an error; the base of all documented types."""

    def __init__(self, details: ErrorDetails) -> None:
        """Keep what the answer said."""
        code = f"/{details.code}" if details.code else ""
        super().__init__(f"{details.type}{code} ({details.status})")
        self.details = details

    @property
    def type(self) -> str:
        """Smartcar's error type, e.g. `VEHICLE_STATE`."""
        return self.details.type

    @property
    def code(self) -> str | None:
        """Smartcar's error code, e.g. `ASLEEP`; some errors have none."""
        return self.details.code

    @property
    def status(self) -> int:
        """HTTP status."""
        return self.details.status

    @property
    @override
    def key(self) -> str:
        if self.type not in ERROR_TYPES:
            return super().key
        row = ERROR_TYPES[self.type].codes.get(self.code or "")
        has_text = row is not None and row.has_text
        return (f"{self.type}_{self.code}" if has_text else self.type).lower()

    @property
    def _row(self) -> ErrorRow:
        kind = ERROR_TYPES.get(self.type)
        return kind.codes.get(self.code or "", kind.row) if kind else _BACKOFF

    @property
    @override
    def retry(self) -> Retry:
        return self._row.retry

    @property
    @override
    def problem(self) -> Problem | None:
        return self._row.problem


class AuthenticationError(ApiError):
    """The credentials are wrong, deleted, or the token was not accepted."""


class AccessDeniedError(ApiError):
    """The application may not use this API; new credentials do not help."""


class BillingError(ApiError):
    """The plan, its limits or an unpaid account forbid the request."""


class CompatibilityError(ApiError):
    """The make, the model or this car cannot do it."""


class ConflictError(ApiError):
    """It exists already; no type is published for this 409."""

    @property
    @override
    def _row(self) -> ErrorRow:
        return _BACKOFF


class ConnectedServicesAccountError(ApiError):
    """The owner's account at the car maker needs attention."""


class PermissionDeniedError(ApiError):
    """The owner did not grant the permission this needs."""


class RateLimitError(ApiError):
    """Too many requests; see `details.retry_after`."""


class NotFoundError(ApiError):
    """No such path, vehicle or signal."""

    @property
    def is_of_vehicle(self) -> bool:
        """Return whether it is the vehicle that Smartcar does not know."""
        return self.code == "VEHICLE_NOT_FOUND"

    @property
    def is_of_path(self) -> bool:
        """Return whether it is what the last part of the path names.

        Documented as `PATH`; the live service says `INVALID_PATH`.
        """
        return self.code in {None, "PATH", "INVALID_PATH"}


class ServerError(ApiError):
    """A fault at Smartcar."""


class UpstreamError(ApiError):
    """A fault at the car maker's service."""


class ValidationError(ApiError):
    """A parameter is missing or out of range."""


class VehicleStateError(ApiError):
    """The car is not in a state in which it can do this."""


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """What follows from an error.

    `has_text`: whether the code has words of its own. `repair`: the key of the
    repair about an owner's account. `only_commands`: whether reads go on, so that
    data which still come prove nothing.
    """

    retry: Retry
    problem: Problem | None = None
    has_text: bool = True
    repair: str | None = None
    only_commands: bool = False


@dataclass(frozen=True, slots=True)
class ErrorType:
    """One of Smartcar's error types.

    `row`: what follows from codes that have no row in `codes`.
    """

    error: type[ApiError]
    row: ErrorRow
    codes: Mapping[str, ErrorRow] = field(default_factory=dict)


_BACKOFF: Final = ErrorRow(Retry.BACKOFF)
_CAR_STATE: Final = ErrorRow(Retry.CAR_STATE)
_USER_ACTION: Final = ErrorRow(Retry.USER_ACTION)
_NEVER: Final = ErrorRow(Retry.NEVER)
_PLAN: Final = ErrorRow(Retry.USER_ACTION, Problem.PLAN)


def _account(repair: str, *, only_commands: bool = False) -> ErrorRow:
    return ErrorRow(
        Retry.USER_ACTION,
        Problem.OWNER_ACCOUNT,
        repair=repair,
        only_commands=only_commands,
    )


# Source: Smartcar's error reference; whether waiting helps is worked out from what
# its resolutions say.
ERROR_TYPES: Final[Mapping[str, ErrorType]] = {
    "AUTHENTICATION": ErrorType(
        AuthenticationError,
        ErrorRow(Retry.USER_ACTION, Problem.CREDENTIALS),
        {"ACCESS_DENIED": ErrorRow(Retry.NEVER, Problem.FORBIDDEN)},
    ),
    "BILLING": ErrorType(
        BillingError,
        _PLAN,
        {
            "ACCOUNT_SUSPENDED": ErrorRow(Retry.USER_ACTION, Problem.SUSPENDED),
            "INVALID_PLAN": _PLAN,
            "VEHICLE_LIMIT": ErrorRow(Retry.USER_ACTION, Problem.VEHICLE_LIMIT),
            "VEHICLE_REQUEST_LIMIT": ErrorRow(Retry.USER_ACTION, Problem.QUOTA),
        },
    ),
    "COMPATIBILITY": ErrorType(
        CompatibilityError,
        _NEVER,
        {
            "MAKE_NOT_COMPATIBLE": _NEVER,
            "PLATFORM_NOT_CAPABLE": _USER_ACTION,
            "SMARTCAR_NOT_CAPABLE": _NEVER,
            "VEHICLE_NOT_CAPABLE": _NEVER,
        },
    ),
    "CONNECTED_SERVICES_ACCOUNT": ErrorType(
        ConnectedServicesAccountError,
        _account("owner_account_issue"),
        {
            "ACCOUNT_ISSUE": _account("owner_account_issue"),
            "AUTHENTICATION_FAILED": _account("owner_account_login"),
            "NO_VEHICLES": _account("owner_account_no_vehicles"),
            "PERMISSION": _account("owner_account_permission"),
            "SUBSCRIPTION": _account("owner_account_subscription"),
            "VEHICLE_MISSING": _account("owner_account_vehicle_missing"),
            "VIRTUAL_KEY_REQUIRED": _account(
                "owner_account_virtual_key", only_commands=True
            ),
        },
    ),
    "PERMISSION": ErrorType(
        PermissionDeniedError, ErrorRow(Retry.USER_ACTION, Problem.PERMISSION)
    ),
    "RATE_LIMIT": ErrorType(
        RateLimitError, _BACKOFF, {"SMARTCAR_API": _BACKOFF, "VEHICLE": _BACKOFF}
    ),
    "RESOURCE_NOT_FOUND": ErrorType(
        NotFoundError,
        _NEVER,
        {
            "SIGNAL_NOT_FOUND": ErrorRow(Retry.BACKOFF, has_text=False),
            # Whether the car is gone is for the list of connections to say.
            "VEHICLE_NOT_FOUND": _USER_ACTION,
        },
    ),
    "SERVER": ErrorType(
        ServerError,
        _BACKOFF,
        {"MULTIPLE_RECORDS_FOUND": _NEVER, "RECORD_NOT_FOUND": _NEVER},
    ),
    "UPSTREAM": ErrorType(
        UpstreamError,
        _BACKOFF,
        {
            "INVALID_DATA": _BACKOFF,
            "KNOWN_ISSUE": _BACKOFF,
            "NO_RESPONSE": _BACKOFF,
            "RATE_LIMIT": _BACKOFF,
        },
    ),
    "VALIDATION": ErrorType(ValidationError, _NEVER),
    "VEHICLE_STATE": ErrorType(
        VehicleStateError,
        _CAR_STATE,
        {
            "ASLEEP": _CAR_STATE,
            "CHARGE_FAULT": _USER_ACTION,
            "CHARGING_IN_PROGRESS": _CAR_STATE,
            "CHARGING_PLUG_CONNECTED": _CAR_STATE,
            "CHARGING_PLUG_NOT_CONNECTED": _CAR_STATE,
            "DEVICE_PAIRING_REQUIRED": _USER_ACTION,
            "DOOR_OPEN": _CAR_STATE,
            "FULLY_CHARGED": _CAR_STATE,
            "HOOD_OPEN": _CAR_STATE,
            "IGNITION_ON": _CAR_STATE,
            "IN_MOTION": _CAR_STATE,
            "LOW_BATTERY": _BACKOFF,
            "NOT_CHARGING": _CAR_STATE,
            "REMOTE_ACCESS_DISABLED": _USER_ACTION,
            "TRUNK_OPEN": _CAR_STATE,
            "UNKNOWN": ErrorRow(Retry.BACKOFF, has_text=False),
            "UNREACHABLE": _BACKOFF,
            "VEHICLE_OFFLINE_FOR_SERVICE": _CAR_STATE,
        },
    ),
}

# The owner's account at the car maker. A missing permission may be the plan's doing,
# and a sleeping car wakes up.
ACCOUNT: Final = "CONNECTED_SERVICES_ACCOUNT"
COMMAND_ONLY_CODES: Final = frozenset(
    code for code, row in ERROR_TYPES[ACCOUNT].codes.items() if row.only_commands
)


def account_repair(code: str | None) -> str:
    """Return the key of the repair about an owner's account, by Smartcar's code."""
    kind = ERROR_TYPES[ACCOUNT]
    return str(kind.codes.get(code or "", kind.row).repair)
