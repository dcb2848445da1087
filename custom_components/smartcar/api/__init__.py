"""A client for Smartcar's v3 API; knows nothing of Home Assistant."""

from .client import SmartcarClient
from .deliveries import (
    Delivery,
    ErrorDelivery,
    StateDelivery,
    UnknownDelivery,
    VehicleDelivery,
    VehicleError,
    Verify,
)
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
from .gate import Json, identifier, parse_time
from .hosts import ENDPOINT_VARIABLE, Hosts
from .models import (
    CommandResult,
    Connection,
    Listing,
    Signal,
    SignalError,
    Subscription,
    Vehicle,
    Webhook,
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
    "Delivery",
    "ErrorDelivery",
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
    "StateDelivery",
    "Subscription",
    "UnknownDelivery",
    "ValidationError",
    "Vehicle",
    "VehicleDelivery",
    "VehicleError",
    "Verify",
    "Webhook",
    "identifier",
    "parse_time",
]
