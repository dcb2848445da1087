"""Smartcar's published errors, and what the client makes of each."""

from typing import NamedTuple

from custom_components.smartcar.api import errors
from custom_components.smartcar.api.errors import ApiError


class Row(NamedTuple):
    """One published error; `key` names its text in translations."""

    type_: str
    code: str | None
    status: int
    resolution: str | None
    error: type[ApiError]
    key: str


def _rows(
    type_: str,
    status: int,
    error: type[ApiError],
    *rows: tuple[str | None, str | None, str],
) -> list[Row]:
    return [Row(type_, code, status, hint, error, key) for code, hint, key in rows]


LATER = "RETRY_LATER"
SUPPORT = "CONTACT_SUPPORT"
CONNECT = "REAUTHENTICATE"

ROWS = [
    Row(
        "AUTHENTICATION",
        "UNAUTHORIZED",
        401,
        None,
        errors.AuthenticationError,
        "authentication",
    ),
    Row(
        "AUTHENTICATION",
        "ACCESS_DENIED",
        403,
        None,
        errors.AccessDeniedError,
        "authentication_access_denied",
    ),
    *_rows(
        "BILLING",
        430,
        errors.BillingError,
        ("INVALID_PLAN", SUPPORT, "billing_invalid_plan"),
        ("VEHICLE_LIMIT", SUPPORT, "billing_vehicle_limit"),
        ("VEHICLE_REQUEST_LIMIT", SUPPORT, "billing_vehicle_request_limit"),
        ("ACCOUNT_SUSPENDED", "FINANCE", "billing_account_suspended"),
    ),
    *_rows(
        "COMPATIBILITY",
        501,
        errors.CompatibilityError,
        ("MAKE_NOT_COMPATIBLE", None, "compatibility_make_not_compatible"),
        ("SMARTCAR_NOT_CAPABLE", None, "compatibility_smartcar_not_capable"),
        ("VEHICLE_NOT_CAPABLE", None, "compatibility_vehicle_not_capable"),
        ("PLATFORM_NOT_CAPABLE", CONNECT, "compatibility_platform_not_capable"),
    ),
    *_rows(
        "CONNECTED_SERVICES_ACCOUNT",
        400,
        errors.ConnectedServicesAccountError,
        ("ACCOUNT_ISSUE", None, "connected_services_account_account_issue"),
        (
            "AUTHENTICATION_FAILED",
            CONNECT,
            "connected_services_account_authentication_failed",
        ),
        ("NO_VEHICLES", None, "connected_services_account_no_vehicles"),
        ("PERMISSION", CONNECT, "connected_services_account_permission"),
        ("SUBSCRIPTION", None, "connected_services_account_subscription"),
        ("VEHICLE_MISSING", None, "connected_services_account_vehicle_missing"),
        (
            "VIRTUAL_KEY_REQUIRED",
            "ACTION_REQUIRED",
            "connected_services_account_virtual_key_required",
        ),
    ),
    Row(
        "PERMISSION",
        None,
        403,
        CONNECT,
        errors.PermissionDeniedError,
        "permission",
    ),
    *_rows(
        "RATE_LIMIT",
        429,
        errors.RateLimitError,
        ("SMARTCAR_API", LATER, "rate_limit_smartcar_api"),
        ("VEHICLE", LATER, "rate_limit_vehicle"),
    ),
    *_rows(
        "RESOURCE_NOT_FOUND",
        404,
        errors.NotFoundError,
        ("PATH", None, "resource_not_found"),
        ("VERSION", None, "resource_not_found"),
        ("INVALID_PATH", None, "resource_not_found"),
        ("SIGNAL_NOT_FOUND", None, "resource_not_found"),
        ("VEHICLE_NOT_FOUND", None, "resource_not_found_vehicle_not_found"),
    ),
    *_rows(
        "SERVER",
        500,
        errors.ServerError,
        ("INTERNAL", LATER, "server"),
        ("MULTIPLE_RECORDS_FOUND", SUPPORT, "server_multiple_records_found"),
        ("RECORD_NOT_FOUND", SUPPORT, "server_record_not_found"),
    ),
    *_rows(
        "UPSTREAM",
        502,
        errors.UpstreamError,
        ("INVALID_DATA", LATER, "upstream_invalid_data"),
        ("KNOWN_ISSUE", LATER, "upstream_known_issue"),
        ("NO_RESPONSE", LATER, "upstream_no_response"),
        ("RATE_LIMIT", LATER, "upstream_rate_limit"),
        ("UNKNOWN_ISSUE", LATER, "upstream"),
    ),
    *_rows(
        "VALIDATION",
        400,
        errors.ValidationError,
        (None, None, "validation"),
        ("PARAMETER", None, "validation"),
        ("INVALID_INPUT_FORMAT", None, "validation"),
        ("MISSING_PARAMETER", None, "validation"),
    ),
    *_rows(
        "VEHICLE_STATE",
        409,
        errors.VehicleStateError,
        ("ASLEEP", None, "vehicle_state_asleep"),
        ("UNREACHABLE", None, "vehicle_state_unreachable"),
        (
            "VEHICLE_OFFLINE_FOR_SERVICE",
            None,
            "vehicle_state_vehicle_offline_for_service",
        ),
        ("REMOTE_ACCESS_DISABLED", None, "vehicle_state_remote_access_disabled"),
        ("DEVICE_PAIRING_REQUIRED", None, "vehicle_state_device_pairing_required"),
        (
            "CHARGING_PLUG_NOT_CONNECTED",
            None,
            "vehicle_state_charging_plug_not_connected",
        ),
        ("CHARGING_PLUG_CONNECTED", None, "vehicle_state_charging_plug_connected"),
        ("CHARGING_IN_PROGRESS", None, "vehicle_state_charging_in_progress"),
        ("FULLY_CHARGED", None, "vehicle_state_fully_charged"),
        ("NOT_CHARGING", None, "vehicle_state_not_charging"),
        ("CHARGE_FAULT", None, "vehicle_state_charge_fault"),
        ("DOOR_OPEN", None, "vehicle_state_door_open"),
        ("HOOD_OPEN", None, "vehicle_state_hood_open"),
        ("TRUNK_OPEN", None, "vehicle_state_trunk_open"),
        ("IGNITION_ON", None, "vehicle_state_ignition_on"),
        ("IN_MOTION", None, "vehicle_state_in_motion"),
        ("LOW_BATTERY", LATER, "vehicle_state_low_battery"),
        ("UNKNOWN", LATER, "vehicle_state"),
    ),
]


def name(row: Row) -> str:
    """Name a row in the list of tests."""
    return f"{row.type_}-{row.code}"
