"""Smartcar's published errors, and what the client makes of each.

Written down from Smartcar's error reference, row by row.
"""

from typing import NamedTuple

from custom_components.smartcar.api import Problem, Retry, errors
from custom_components.smartcar.api.errors import ApiError


class Row(NamedTuple):
    """One published error, and what follows from it.

    `key` names its text in translations. `told`: the key of the repair that a
    failed read raises, or `credentials` where new ones are asked for.
    """

    type_: str
    code: str | None
    status: int
    resolution: str | None
    error: type[ApiError]
    key: str
    retry: Retry
    told: str | None = None

    @property
    def problem(self) -> Problem | None:
        """What a person must learn; one for all of an owner's account."""
        if self.told is None:
            return None
        if self.told.startswith("owner_account"):
            return Problem.OWNER_ACCOUNT
        return Problem(self.told)


def _rows(
    type_: str,
    status: int,
    error: type[ApiError],
    *rows: tuple[str | None, str | None, str, Retry]
    | tuple[str | None, str | None, str, Retry, str],
) -> list[Row]:
    return [
        Row(type_, code, status, resolution, error, *rest)
        for code, resolution, *rest in rows
    ]


LATER = "RETRY_LATER"
SUPPORT = "CONTACT_SUPPORT"
CONNECT = "REAUTHENTICATE"

BACKOFF, CAR_STATE = Retry.BACKOFF, Retry.CAR_STATE
USER_ACTION, NEVER = Retry.USER_ACTION, Retry.NEVER

ROWS = [
    *_rows(
        "AUTHENTICATION",
        401,
        errors.AuthenticationError,
        ("UNAUTHORIZED", None, "authentication", USER_ACTION, "credentials"),
    ),
    *_rows(
        "AUTHENTICATION",
        403,
        errors.AccessDeniedError,
        (
            "ACCESS_DENIED",
            None,
            "authentication_access_denied",
            NEVER,
            "application_forbidden",
        ),
    ),
    *_rows(
        "BILLING",
        430,
        errors.BillingError,
        (
            "INVALID_PLAN",
            SUPPORT,
            "billing_invalid_plan",
            USER_ACTION,
            "application_plan",
        ),
        (
            "VEHICLE_LIMIT",
            SUPPORT,
            "billing_vehicle_limit",
            USER_ACTION,
            "application_vehicle_limit",
        ),
        (
            "VEHICLE_REQUEST_LIMIT",
            SUPPORT,
            "billing_vehicle_request_limit",
            USER_ACTION,
            "quota_spent",
        ),
        (
            "ACCOUNT_SUSPENDED",
            "FINANCE",
            "billing_account_suspended",
            USER_ACTION,
            "application_suspended",
        ),
    ),
    *_rows(
        "COMPATIBILITY",
        501,
        errors.CompatibilityError,
        ("MAKE_NOT_COMPATIBLE", None, "compatibility_make_not_compatible", NEVER),
        ("SMARTCAR_NOT_CAPABLE", None, "compatibility_smartcar_not_capable", NEVER),
        ("VEHICLE_NOT_CAPABLE", None, "compatibility_vehicle_not_capable", NEVER),
        (
            "PLATFORM_NOT_CAPABLE",
            CONNECT,
            "compatibility_platform_not_capable",
            USER_ACTION,
        ),
    ),
    *_rows(
        "CONNECTED_SERVICES_ACCOUNT",
        400,
        errors.ConnectedServicesAccountError,
        (
            "ACCOUNT_ISSUE",
            None,
            "connected_services_account_account_issue",
            USER_ACTION,
            "owner_account_issue",
        ),
        (
            "AUTHENTICATION_FAILED",
            CONNECT,
            "connected_services_account_authentication_failed",
            USER_ACTION,
            "owner_account_login",
        ),
        (
            "NO_VEHICLES",
            None,
            "connected_services_account_no_vehicles",
            USER_ACTION,
            "owner_account_no_vehicles",
        ),
        (
            "PERMISSION",
            CONNECT,
            "connected_services_account_permission",
            USER_ACTION,
            "owner_account_permission",
        ),
        (
            "SUBSCRIPTION",
            None,
            "connected_services_account_subscription",
            USER_ACTION,
            "owner_account_subscription",
        ),
        (
            "VEHICLE_MISSING",
            None,
            "connected_services_account_vehicle_missing",
            USER_ACTION,
            "owner_account_vehicle_missing",
        ),
        (
            "VIRTUAL_KEY_REQUIRED",
            "ACTION_REQUIRED",
            "connected_services_account_virtual_key_required",
            USER_ACTION,
            "owner_account_virtual_key",
        ),
    ),
    *_rows(
        "PERMISSION",
        403,
        errors.PermissionDeniedError,
        (None, CONNECT, "permission", USER_ACTION, "permission_withdrawn"),
    ),
    *_rows(
        "RATE_LIMIT",
        429,
        errors.RateLimitError,
        ("SMARTCAR_API", LATER, "rate_limit_smartcar_api", BACKOFF),
        ("VEHICLE", LATER, "rate_limit_vehicle", BACKOFF),
    ),
    *_rows(
        "RESOURCE_NOT_FOUND",
        404,
        errors.NotFoundError,
        ("PATH", None, "resource_not_found", NEVER),
        ("VERSION", None, "resource_not_found", NEVER),
        ("INVALID_PATH", None, "resource_not_found", NEVER),
        ("SIGNAL_NOT_FOUND", None, "resource_not_found", BACKOFF),
        (
            "VEHICLE_NOT_FOUND",
            None,
            "resource_not_found_vehicle_not_found",
            USER_ACTION,
        ),
    ),
    *_rows(
        "SERVER",
        500,
        errors.ServerError,
        ("INTERNAL", LATER, "server", BACKOFF),
        ("MULTIPLE_RECORDS_FOUND", SUPPORT, "server_multiple_records_found", NEVER),
        ("RECORD_NOT_FOUND", SUPPORT, "server_record_not_found", NEVER),
    ),
    *_rows(
        "UPSTREAM",
        502,
        errors.UpstreamError,
        ("INVALID_DATA", LATER, "upstream_invalid_data", BACKOFF),
        ("KNOWN_ISSUE", LATER, "upstream_known_issue", BACKOFF),
        ("NO_RESPONSE", LATER, "upstream_no_response", BACKOFF),
        ("RATE_LIMIT", LATER, "upstream_rate_limit", BACKOFF),
        ("UNKNOWN_ISSUE", LATER, "upstream", BACKOFF),
    ),
    *_rows(
        "VALIDATION",
        400,
        errors.ValidationError,
        (None, None, "validation", NEVER),
        ("PARAMETER", None, "validation", NEVER),
        ("INVALID_INPUT_FORMAT", None, "validation", NEVER),
        ("MISSING_PARAMETER", None, "validation", NEVER),
    ),
    *_rows(
        "VEHICLE_STATE",
        409,
        errors.VehicleStateError,
        ("ASLEEP", None, "vehicle_state_asleep", CAR_STATE),
        ("UNREACHABLE", None, "vehicle_state_unreachable", BACKOFF),
        (
            "VEHICLE_OFFLINE_FOR_SERVICE",
            None,
            "vehicle_state_vehicle_offline_for_service",
            CAR_STATE,
        ),
        (
            "REMOTE_ACCESS_DISABLED",
            None,
            "vehicle_state_remote_access_disabled",
            USER_ACTION,
        ),
        (
            "DEVICE_PAIRING_REQUIRED",
            None,
            "vehicle_state_device_pairing_required",
            USER_ACTION,
        ),
        (
            "CHARGING_PLUG_NOT_CONNECTED",
            None,
            "vehicle_state_charging_plug_not_connected",
            CAR_STATE,
        ),
        (
            "CHARGING_PLUG_CONNECTED",
            None,
            "vehicle_state_charging_plug_connected",
            CAR_STATE,
        ),
        ("CHARGING_IN_PROGRESS", None, "vehicle_state_charging_in_progress", CAR_STATE),
        ("FULLY_CHARGED", None, "vehicle_state_fully_charged", CAR_STATE),
        ("NOT_CHARGING", None, "vehicle_state_not_charging", CAR_STATE),
        ("CHARGE_FAULT", None, "vehicle_state_charge_fault", USER_ACTION),
        ("DOOR_OPEN", None, "vehicle_state_door_open", CAR_STATE),
        ("HOOD_OPEN", None, "vehicle_state_hood_open", CAR_STATE),
        ("TRUNK_OPEN", None, "vehicle_state_trunk_open", CAR_STATE),
        ("IGNITION_ON", None, "vehicle_state_ignition_on", CAR_STATE),
        ("IN_MOTION", None, "vehicle_state_in_motion", CAR_STATE),
        ("LOW_BATTERY", LATER, "vehicle_state_low_battery", BACKOFF),
        ("UNKNOWN", LATER, "vehicle_state", BACKOFF),
    ),
]


def name(row: Row) -> str:
    """Name a row in the list of tests."""
    return f"{row.type_}-{row.code}"
