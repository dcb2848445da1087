"""What can go wrong between us and Smartcar, as one exception tree.

Smartcar's documents give every error a `type` and a `code`; these decide, the
HTTP status comes second. An error's text names type, code and status only: the
platform's own prose may carry identifiers, so it never becomes part of ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, override

from .gate import MAX_NUMBER, identifier, mapping, name, visible


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
        if self.code in ERROR_TYPES[self.type].codes:
            return f"{self.type}_{self.code}".lower()
        return self.type.lower()


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
class ErrorType:
    """One of Smartcar's error types: its class, and the codes that have a text."""

    error: type[ApiError]
    codes: frozenset[str] = frozenset()


ERROR_TYPES: Final[Mapping[str, ErrorType]] = {
    "AUTHENTICATION": ErrorType(AuthenticationError, frozenset({"ACCESS_DENIED"})),
    "BILLING": ErrorType(
        BillingError,
        frozenset(
            {
                "ACCOUNT_SUSPENDED",
                "INVALID_PLAN",
                "VEHICLE_LIMIT",
                "VEHICLE_REQUEST_LIMIT",
            }
        ),
    ),
    "COMPATIBILITY": ErrorType(
        CompatibilityError,
        frozenset(
            {
                "MAKE_NOT_COMPATIBLE",
                "PLATFORM_NOT_CAPABLE",
                "SMARTCAR_NOT_CAPABLE",
                "VEHICLE_NOT_CAPABLE",
            }
        ),
    ),
    "CONNECTED_SERVICES_ACCOUNT": ErrorType(
        ConnectedServicesAccountError,
        frozenset(
            {
                "ACCOUNT_ISSUE",
                "AUTHENTICATION_FAILED",
                "NO_VEHICLES",
                "PERMISSION",
                "SUBSCRIPTION",
                "VEHICLE_MISSING",
                "VIRTUAL_KEY_REQUIRED",
            }
        ),
    ),
    "PERMISSION": ErrorType(PermissionDeniedError),
    "RATE_LIMIT": ErrorType(RateLimitError, frozenset({"SMARTCAR_API", "VEHICLE"})),
    "RESOURCE_NOT_FOUND": ErrorType(NotFoundError, frozenset({"VEHICLE_NOT_FOUND"})),
    "SERVER": ErrorType(
        ServerError, frozenset({"MULTIPLE_RECORDS_FOUND", "RECORD_NOT_FOUND"})
    ),
    "UPSTREAM": ErrorType(
        UpstreamError,
        frozenset({"INVALID_DATA", "KNOWN_ISSUE", "NO_RESPONSE", "RATE_LIMIT"}),
    ),
    "VALIDATION": ErrorType(ValidationError),
    "VEHICLE_STATE": ErrorType(
        VehicleStateError,
        frozenset(
            {
                "ASLEEP",
                "CHARGE_FAULT",
                "CHARGING_IN_PROGRESS",
                "CHARGING_PLUG_CONNECTED",
                "CHARGING_PLUG_NOT_CONNECTED",
                "DEVICE_PAIRING_REQUIRED",
                "DOOR_OPEN",
                "FULLY_CHARGED",
                "HOOD_OPEN",
                "IGNITION_ON",
                "IN_MOTION",
                "LOW_BATTERY",
                "NOT_CHARGING",
                "REMOTE_ACCESS_DISABLED",
                "TRUNK_OPEN",
                "UNREACHABLE",
                "VEHICLE_OFFLINE_FOR_SERVICE",
            }
        ),
    ),
}

# Bodies without a known type (proxies, the OAuth form) are judged by status.
TYPE_BY_STATUS: Final[Mapping[int, str]] = {
    400: "VALIDATION",
    401: "AUTHENTICATION",
    403: "PERMISSION",
    404: "RESOURCE_NOT_FOUND",
    409: "CONFLICT",
    429: "RATE_LIMIT",
    430: "BILLING",
    500: "SERVER",
    501: "COMPATIBILITY",
    502: "UPSTREAM",
    503: "SERVER",
}

# A gateway gave up waiting; what it waited for may still happen.
STATUS_GATEWAY_TIMEOUT: Final = 504
STATUS_CONFLICT: Final = 409

# The statuses of errors, as envelopes write them.
STATUSES: Final[Mapping[int | str, int]] = {
    form: status for status in range(400, 600) for form in (status, str(status))
}


def from_response(
    status: int, body: object, headers: Mapping[str, str], now: datetime
) -> SmartcarError:
    """Turn an error answer into an exception.

    Reads the v3 envelope `{"errors": […]}`, the flat form of v2 and the OAuth
    form; any other body is judged by its HTTP status. `now` is aware and only
    used to turn a `Retry-After` date into seconds.
    """
    content = _first_error(body)
    stated = _status(content, status)
    if STATUS_GATEWAY_TIMEOUT in (status, stated):
        return OutcomeUnknownError("No answer in time (504)")
    status = stated
    resolution = mapping(content.get("resolution"))
    type_ = name(content.get("type")) or TYPE_BY_STATUS.get(status, "UNKNOWN")
    details = ErrorDetails(
        status=status,
        type=type_,
        code=name(content.get("code")),
        resolution=name(resolution.get("type")),
        resolution_url=visible(resolution.get("url")),
        request_id=_request_id(content),
        retry_after=_seconds(headers.get("Retry-After"), now),
    )
    if type_ == "AUTHENTICATION" and details.code == "ACCESS_DENIED":
        return AccessDeniedError(details)
    # All published conflicts are the car's; any other means "exists already".
    if status == STATUS_CONFLICT and type_ != "VEHICLE_STATE":
        return ConflictError(details)
    known = ERROR_TYPES.get(type_) or ERROR_TYPES.get(TYPE_BY_STATUS.get(status, ""))
    return known.error(details) if known is not None else ApiError(details)


def _first_error(body: object) -> Mapping[str, Any]:
    """Find the error object in any of the three envelope forms."""
    if not isinstance(body, Mapping):
        return {}
    errors = body.get("errors")
    if isinstance(errors, list):
        return next((item for item in errors if isinstance(item, Mapping)), {})
    return body


def _status(content: Mapping[str, Any], status: int) -> int:
    """Prefer the envelope's own status: a 202 may carry an error's body."""
    own = content.get("status", content.get("statusCode"))
    return STATUSES.get(own, status) if isinstance(own, int | str) else status


def _request_id(content: Mapping[str, Any]) -> str | None:
    """Find the id Smartcar's support asks for."""
    debug = mapping(content.get("meta")).get("debug")
    source = debug if isinstance(debug, Mapping) else content
    return identifier(source.get("requestId"))


def _seconds(value: str | None, now: datetime) -> float | None:
    """Read `Retry-After`: seconds, or an HTTP date."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        pass
    else:
        # float() takes "nan" and "inf" too.
        return seconds if 0 <= seconds <= MAX_NUMBER else None
    try:
        date = parsedate_to_datetime(value)
    except ValueError, OverflowError:
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return max(0.0, (date - now).total_seconds())
