"""Smartcar's errors: the published table and the three forms they are sent in."""

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

type Json = dict[str, Any]
"""A JSON object."""

type Value = Any
"""Any JSON value."""

VIRTUAL_KEY_PAGE = "https://www.tesla.com/_ak/smartcar.com"
"""Published example of the ``resolution.url`` for a missing virtual key."""

DOCS = "https://smartcar.com/docs/errors/api-errors"


@dataclass(frozen=True)
class ErrorKind:
    """One row of the published table: what a (type, code) pair comes with."""

    status: int
    """HTTP status; 430 is Smartcar's own."""
    resolution: str | None = None
    """``resolution.type``."""
    title: str | None = None
    """Short English text; made from the code where none is given."""
    detail: str = "The request could not be carried out."
    message: str | None = None
    """``suggestedUserMessage``; left out of the envelope where absent."""
    resolution_given: bool = True
    """Not found errors come without any ``resolution`` object."""


def _conflict(
    detail: str, message: str | None = None, resolution: str | None = None
) -> ErrorKind:
    return ErrorKind(409, resolution, detail=detail, message=message)


def _account(
    detail: str, resolution: str | None = None, message: str | None = None
) -> ErrorKind:
    return ErrorKind(400, resolution, detail=detail, message=message)


def _missing(detail: str) -> ErrorKind:
    return ErrorKind(404, detail=detail, resolution_given=False)


_CANNOT = "This vehicle does not support the requested operation."
_OVERLOAD = "The manufacturer's service could not answer properly."
_LATER = "RETRY_LATER"
_SUPPORT = "CONTACT_SUPPORT"

TABLE: Mapping[Key, ErrorKind] = MappingProxyType(
    {
        ("AUTHENTICATION", "UNAUTHORIZED"): ErrorKind(
            401, detail="The bearer token is missing, expired or invalid."
        ),
        ("AUTHENTICATION", "ACCESS_DENIED"): ErrorKind(
            403, detail="The application may not use this resource."
        ),
        ("BILLING", "INVALID_PLAN"): ErrorKind(
            430, _SUPPORT, detail="The plan does not include this request."
        ),
        ("BILLING", "VEHICLE_LIMIT"): ErrorKind(
            430, _SUPPORT, detail="More vehicles are connected than the plan allows."
        ),
        ("BILLING", "VEHICLE_REQUEST_LIMIT"): ErrorKind(
            430,
            _SUPPORT,
            detail="The vehicle has used its API calls for this billing period.",
        ),
        ("BILLING", "ACCOUNT_SUSPENDED"): ErrorKind(
            430, "FINANCE", detail="The Smartcar account is suspended."
        ),
        ("COMPATIBILITY", "MAKE_NOT_COMPATIBLE"): ErrorKind(501, detail=_CANNOT),
        ("COMPATIBILITY", "SMARTCAR_NOT_CAPABLE"): ErrorKind(501, detail=_CANNOT),
        ("COMPATIBILITY", "VEHICLE_NOT_CAPABLE"): ErrorKind(501, detail=_CANNOT),
        ("COMPATIBILITY", "PLATFORM_NOT_CAPABLE"): ErrorKind(
            501, "REAUTHENTICATE", detail=_CANNOT
        ),
        ("CONNECTED_SERVICES_ACCOUNT", "ACCOUNT_ISSUE"): _account(
            "The owner has something to settle in the manufacturer's app."
        ),
        ("CONNECTED_SERVICES_ACCOUNT", "AUTHENTICATION_FAILED"): _account(
            "The owner has to sign in to the manufacturer account again.",
            "REAUTHENTICATE",
            "Sign in to your car account again to restore the connection.",
        ),
        ("CONNECTED_SERVICES_ACCOUNT", "NO_VEHICLES"): _account(
            "The manufacturer account holds no vehicle."
        ),
        ("CONNECTED_SERVICES_ACCOUNT", "PERMISSION"): _account(
            "The manufacturer account may not do this.", "REAUTHENTICATE"
        ),
        ("CONNECTED_SERVICES_ACCOUNT", "SUBSCRIPTION"): _account(
            "The manufacturer's connected service is missing or has lapsed."
        ),
        ("CONNECTED_SERVICES_ACCOUNT", "VEHICLE_MISSING"): _account(
            "The vehicle is no longer in the manufacturer account."
        ),
        ("CONNECTED_SERVICES_ACCOUNT", "VIRTUAL_KEY_REQUIRED"): _account(
            "The owner has to add the third-party key to the vehicle.",
            "ACTION_REQUIRED",
            "Open the link on your phone and add the virtual key to the car.",
        ),
        ("PERMISSION", None): ErrorKind(
            403,
            "REAUTHENTICATE",
            title="Permission missing",
            detail="The connection does not include a permission this request needs.",
        ),
        ("RATE_LIMIT", "SMARTCAR_API"): ErrorKind(
            429,
            _LATER,
            detail="The application sent requests faster than its limit allows.",
        ),
        ("RATE_LIMIT", "VEHICLE"): ErrorKind(
            429,
            _LATER,
            detail="Too many requests reached this vehicle in a short time.",
        ),
        ("RESOURCE_NOT_FOUND", "PATH"): _missing("No such resource."),
        ("RESOURCE_NOT_FOUND", "VERSION"): _missing("No such version of the API."),
        ("RESOURCE_NOT_FOUND", "INVALID_PATH"): _missing(
            "The requested path does not exist."
        ),
        ("RESOURCE_NOT_FOUND", "VEHICLE_NOT_FOUND"): _missing(
            "No vehicle with that id is visible to the application."
        ),
        ("RESOURCE_NOT_FOUND", "SIGNAL_NOT_FOUND"): _missing(
            "No such signal is stored for this vehicle."
        ),
        ("SERVER", "INTERNAL"): ErrorKind(
            500, _LATER, detail="Smartcar could not handle the request."
        ),
        ("SERVER", "MULTIPLE_RECORDS_FOUND"): ErrorKind(500, _SUPPORT),
        ("SERVER", "RECORD_NOT_FOUND"): ErrorKind(500, _SUPPORT),
        ("UPSTREAM", "INVALID_DATA"): ErrorKind(502, _LATER, detail=_OVERLOAD),
        ("UPSTREAM", "KNOWN_ISSUE"): ErrorKind(502, _LATER, detail=_OVERLOAD),
        ("UPSTREAM", "NO_RESPONSE"): ErrorKind(
            502,
            _LATER,
            detail="The manufacturer's service did not answer.",
            message="The car maker's service did not answer. Try again later.",
        ),
        ("UPSTREAM", "RATE_LIMIT"): ErrorKind(502, _LATER, detail=_OVERLOAD),
        ("UPSTREAM", "UNKNOWN_ISSUE"): ErrorKind(502, _LATER, detail=_OVERLOAD),
        ("VALIDATION", None): ErrorKind(400, detail="The request is not valid."),
        ("VALIDATION", "PARAMETER"): ErrorKind(
            400, detail="A parameter is out of its range or of the wrong kind."
        ),
        ("VALIDATION", "INVALID_INPUT_FORMAT"): ErrorKind(
            400, detail="The body is not what this request takes."
        ),
        ("VALIDATION", "MISSING_PARAMETER"): ErrorKind(
            400, detail="A parameter that is needed is missing."
        ),
        ("VEHICLE_STATE", "ASLEEP"): _conflict(
            "The vehicle is asleep and cannot carry out the request."
        ),
        ("VEHICLE_STATE", "UNREACHABLE"): _conflict("The vehicle cannot be reached."),
        ("VEHICLE_STATE", "VEHICLE_OFFLINE_FOR_SERVICE"): _conflict(
            "The vehicle is in service."
        ),
        ("VEHICLE_STATE", "REMOTE_ACCESS_DISABLED"): _conflict(
            "Remote access is switched off in the vehicle.",
            "Allow remote access in the car and try again.",
        ),
        # Unlisted, but live: some makes obey a paired telephone only.
        ("VEHICLE_STATE", "DEVICE_PAIRING_REQUIRED"): _conflict(
            "No device is paired with the vehicle.",
            "Pair a phone key with the car and try again.",
        ),
        ("VEHICLE_STATE", "CHARGING_PLUG_NOT_CONNECTED"): _conflict(
            "The vehicle is not plugged in, so charging cannot start or stop.",
            "Plug in the car and try again.",
        ),
        ("VEHICLE_STATE", "CHARGING_PLUG_CONNECTED"): _conflict(
            "The vehicle is plugged in.", "Unplug the car and try again."
        ),
        ("VEHICLE_STATE", "CHARGING_IN_PROGRESS"): _conflict(
            "The vehicle is charging already."
        ),
        ("VEHICLE_STATE", "FULLY_CHARGED"): _conflict(
            "The battery has reached its charge limit."
        ),
        ("VEHICLE_STATE", "NOT_CHARGING"): _conflict("The vehicle is not charging."),
        ("VEHICLE_STATE", "CHARGE_FAULT"): _conflict(
            "Charging failed.", "Check the cable and the charging station."
        ),
        ("VEHICLE_STATE", "DOOR_OPEN"): _conflict(
            "A door is open.", "Close the doors and try again."
        ),
        ("VEHICLE_STATE", "HOOD_OPEN"): _conflict(
            "The bonnet is open.", "Close the bonnet and try again."
        ),
        ("VEHICLE_STATE", "TRUNK_OPEN"): _conflict(
            "The trunk is open.", "Close the trunk and try again."
        ),
        ("VEHICLE_STATE", "IGNITION_ON"): _conflict(
            "The ignition is on.", "Switch the car off and try again."
        ),
        ("VEHICLE_STATE", "IN_MOTION"): _conflict(
            "The vehicle is moving.", "Stop the car and try again."
        ),
        ("VEHICLE_STATE", "LOW_BATTERY"): _conflict(
            "The battery is too low for remote functions.", resolution=_LATER
        ),
        ("VEHICLE_STATE", "UNKNOWN"): _conflict(
            "The vehicle refused the request.", resolution=_LATER
        ),
    }
)
"""Every published (type, code) pair; code null where Smartcar sends null."""


type Key = tuple[str, str | None]
"""Type and code of an error."""

UNAUTHORIZED: Key = ("AUTHENTICATION", "UNAUTHORIZED")
ACCESS_DENIED: Key = ("AUTHENTICATION", "ACCESS_DENIED")
QUOTA_USED: Key = ("BILLING", "VEHICLE_REQUEST_LIMIT")
BUCKET_EMPTY: Key = ("RATE_LIMIT", "SMARTCAR_API")
THROTTLED: Key = ("RATE_LIMIT", "VEHICLE")
UNPERMITTED: Key = ("PERMISSION", None)
UNABLE: Key = ("COMPATIBILITY", "VEHICLE_NOT_CAPABLE")
VIRTUAL_KEY: Key = ("CONNECTED_SERVICES_ACCOUNT", "VIRTUAL_KEY_REQUIRED")
SIGN_IN_AGAIN: Key = ("CONNECTED_SERVICES_ACCOUNT", "AUTHENTICATION_FAILED")

MISSING_PARAMETER = "MISSING_PARAMETER"
INVALID_INPUT_FORMAT = "INVALID_INPUT_FORMAT"
PARAMETER = "PARAMETER"

INVALID_PATH = "INVALID_PATH"
VEHICLE_NOT_FOUND = "VEHICLE_NOT_FOUND"
SIGNAL_NOT_FOUND = "SIGNAL_NOT_FOUND"


class ApiError(Exception):
    """A request that Smartcar answers with an error."""

    def __init__(
        self,
        error_type: str,
        code: str | None,
        *,
        status: int | None = None,
        title: str | None = None,
        detail: str | None = None,
        url: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Take status, texts and resolution from the table unless given."""
        super().__init__(f"{error_type}/{code}")
        kind = TABLE.get((error_type, code)) or _alike(error_type)
        self.type = error_type
        self.code = code
        self.status = kind.status if status is None else status
        self.title = title or kind.title or _title(code or error_type)
        self.detail = detail or kind.detail
        self.resolution = kind.resolution
        self.resolution_given = kind.resolution_given
        self.url = url
        self.message = kind.message
        self.headers = dict(headers or {})

    def _resolution(self) -> Json:
        resolution: Json = {"type": self.resolution}
        if self.url:
            resolution["url"] = self.url
        return resolution

    def envelope(self, request_id: str) -> Json:
        """Write the error as the v3 hosts do."""
        error: Json = {
            "status": str(self.status),
            "type": self.type,
            "code": self.code,
            "title": self.title,
            "detail": self.detail,
        }
        if self.resolution_given:
            error["resolution"] = self._resolution()
        if self.message:
            error["suggestedUserMessage"] = self.message
        page = self.type.lower().replace("_", "-")
        error["links"] = {"about": f"{DOCS}/{page}-errors"}
        error["meta"] = {"debug": {"requestId": request_id}}
        return {"errors": [error]}

    def flat(self, request_id: str) -> Json:
        """Write the error as the older v2 hosts did."""
        page = self.type.lower().replace("_", "-")
        anchor = (self.code or "").lower()
        return {
            "type": self.type,
            "code": self.code,
            "description": self.detail,
            "docURL": f"https://smartcar.com/docs/errors/v2.0/{page}/#{anchor}",
            "statusCode": self.status,
            "requestId": request_id,
            "resolution": self._resolution(),
            "suggestedUserMessage": self.message,
        }


def _alike(error_type: str) -> ErrorKind:
    """Return what a code that is published nowhere has in common with its type."""
    found = (kind for (known, _), kind in TABLE.items() if known == error_type)
    return ErrorKind(next(found, ErrorKind(500)).status)


def validation(code: str | None, detail: str | None = None) -> ApiError:
    """Make a 400 for a request that is not what the API takes."""
    return ApiError("VALIDATION", code, detail=detail)


def not_found(code: str = "PATH", detail: str | None = None) -> ApiError:
    """Make a 404."""
    return ApiError("RESOURCE_NOT_FOUND", code, detail=detail)


def conflict(detail: str) -> ApiError:
    """Make the 409 for a thing that exists; its type and code are unpublished."""
    error = ApiError("VALIDATION", None, status=409, title="Conflict", detail=detail)
    error.resolution_given = False
    return error


def refused(
    key: Key, *, url: str | None = None, headers: Mapping[str, str] | None = None
) -> ApiError:
    """Make any other error of the table."""
    return ApiError(*key, url=url, headers=headers)


class OAuthError(Exception):
    """A refusal of the token endpoint, in OAuth's own form."""

    def __init__(self, status: int, error: str, description: str) -> None:
        """Take the HTTP status and the two OAuth fields."""
        super().__init__(error)
        self.status = status
        self.error = error
        self.description = description

    def body(self) -> Json:
        """Write the error as the token host does."""
        return {"error": self.error, "error_description": self.description}


@dataclass(frozen=True)
class SignalError:
    """Why a stored signal has no fresh value."""

    type: str
    code: str | None
    resolution: str = field(default="UNKNOWN_RESOLUTION_TYPE")

    def element(self) -> Json:
        """Write the six fields of ``status.error``."""
        title, detail = _SIGNAL_TEXTS.get(
            self.type, ("Signal error", "The signal could not be read.")
        )
        if self.type == "VEHICLE_STATE" and self.code == "NOT_CHARGING":
            title = "Vehicle not charging"
            detail = "The signal only has a value while the vehicle is charging."
        return {
            "type": self.type,
            "code": self.code,
            "title": title,
            "detail": detail,
            "description": detail,
            "resolution": {"type": self.resolution},
        }


NOT_CAPABLE = SignalError("COMPATIBILITY", "VEHICLE_NOT_CAPABLE")
"""The car can never provide the signal."""

NOT_PERMITTED = SignalError("PERMISSION", "UNKNOWN", "REAUTHENTICATE")
"""The connection lacks the signal's permission."""

NOT_CHARGING = SignalError("VEHICLE_STATE", "NOT_CHARGING")
"""The signal only has a value during charging."""

SIGNED_OUT = SignalError("CONNECTED_SERVICES_ACCOUNT", "AUTHENTICATION_FAILED")
"""The owner has to connect again; the old value may stay beside it."""

_SIGNAL_TEXTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "COMPATIBILITY": (
            "Vehicle not capable",
            "This vehicle cannot provide the requested signal.",
        ),
        "PERMISSION": (
            "Permission missing",
            "The connection does not grant access to this signal.",
        ),
        "CONNECTED_SERVICES_ACCOUNT": (
            "Authentication failed",
            "The manufacturer account must be connected again.",
        ),
        "VEHICLE_STATE": (
            "Vehicle state",
            "The vehicle is in a state in which it did not answer.",
        ),
        "SERVER": ("Internal error", "Smartcar could not read the signal."),
    }
)


def _title(code: str) -> str:
    return code.replace("_", " ").capitalize()
