"""A client for Smartcar's v3 API; knows nothing of Home Assistant."""

from .client import SmartcarClient
from .errors import (
    AccessDeniedError,
    ApiError,
    AuthenticationError,
    BillingError,
    CannotConnectError,
    CompatibilityError,
    ConflictError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitError,
    SmartcarError,
    ValidationError,
)
from .hosts import ENDPOINT_VARIABLE, Hosts
from .models import (
    CommandResult,
    Connection,
    Json,
    Listing,
    Signal,
    SignalError,
    Subscription,
    Vehicle,
    Webhook,
    parse_time,
)

__all__ = [
    "ENDPOINT_VARIABLE",
    "AccessDeniedError",
    "ApiError",
    "AuthenticationError",
    "BillingError",
    "CannotConnectError",
    "CommandResult",
    "CompatibilityError",
    "ConflictError",
    "Connection",
    "Hosts",
    "Json",
    "Listing",
    "NotFoundError",
    "OutcomeUnknownError",
    "RateLimitError",
    "Signal",
    "SignalError",
    "SmartcarClient",
    "SmartcarError",
    "Subscription",
    "ValidationError",
    "Vehicle",
    "Webhook",
    "parse_time",
]
