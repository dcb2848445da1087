"""What came back: an answer's bytes, and the error that it may tell of."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import aiohttp

from .errors import (
    ERROR_TYPES,
    AccessDeniedError,
    ApiError,
    ConflictError,
    ErrorDetails,
    OutcomeUnknownError,
    SmartcarError,
)
from .gate import MAX_NUMBER, identifier, mapping, name, visible

# A hundred times the longest known answer, unpacked.
MAX_BYTES: Final = 4_194_304

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


async def read(response: aiohttp.ClientResponse, too_long: SmartcarError) -> bytes:
    """Return all of an answer, unpacked.

    Raises `too_long` before all of it is here: what is small on its way may be
    hundreds of megabytes when it is unpacked.
    """
    content = bytearray()
    async for part in response.content.iter_any():
        content += part
        if len(content) > MAX_BYTES:
            response.close()
            raise too_long
    return bytes(content)


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
