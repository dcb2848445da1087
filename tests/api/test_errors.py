"""Smartcar's errors in all their forms, and what the client makes of them."""

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.smartcar.api.answers import from_response
from custom_components.smartcar.api.errors import (
    ERROR_TYPES,
    AccessDeniedError,
    ApiError,
    AuthenticationError,
    BillingError,
    CannotConnectError,
    CompatibilityError,
    ConflictError,
    ConnectedServicesAccountError,
    ErrorDetails,
    InvalidResponseError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitError,
    Retry,
    ServerError,
    SmartcarError,
    UpstreamError,
    ValidationError,
    VehicleStateError,
    account_repair,
)
from simulator import errors as published

from .fixtures import body
from .hostile import ANY_JSON, bent, hostile
from .table import ROWS, Row, name

NOW = datetime(2026, 10, 5, 14, 0, tzinfo=UTC)
REQUEST_ID = "5c0b7e4a-0000-4000-8000-e2b16cd93f05"


def read(status: int, answer: object, **headers: str) -> ApiError:
    """Read an answer that is one of Smartcar's refusals."""
    error = from_response(status, answer, headers, NOW)
    assert isinstance(error, ApiError)
    return error


def envelope(row: Row, **more: object) -> dict[str, Any]:
    """Write an error as the v3 hosts do."""
    error = {
        "status": str(row.status),
        "type": row.type_,
        "code": row.code,
        "title": "Some title",
        "detail": "Some detail.",
        "resolution": {"type": row.resolution},
        "meta": {"debug": {"requestId": REQUEST_ID}},
    }
    return {"errors": [error | more]}


@pytest.mark.parametrize("row", ROWS, ids=name)
def test_published_errors(row: Row) -> None:
    """Type and code decide about the class, the text and what follows."""
    error = read(row.status, envelope(row))
    assert type(error) is row.error
    assert error.key == row.key
    assert (error.retry, error.problem) == (row.retry, row.problem)
    assert error.details == ErrorDetails(
        status=row.status,
        type=row.type_,
        code=row.code,
        resolution=row.resolution,
        request_id=REQUEST_ID,
    )


@pytest.mark.parametrize("row", ROWS, ids=name)
def test_flat_form(row: Row) -> None:
    """Errors in the older form mean the same."""
    flat = {
        "type": row.type_,
        "code": row.code,
        "description": "Some text.",
        "docURL": "https://example.org",
        "statusCode": row.status,
        "requestId": REQUEST_ID,
        "resolution": {"type": row.resolution},
        "suggestedUserMessage": None,
    }
    assert read(row.status, flat).details == read(row.status, envelope(row)).details


@pytest.mark.parametrize("row", ROWS, ids=name)
def test_type_comes_before_status(row: Row) -> None:
    """A gateway that changes the HTTP status does not change the meaning."""
    error = read(418, envelope(row, status=None))
    assert (type(error), error.key, error.status) == (row.error, row.key, 418)


def test_table_is_complete() -> None:
    """No class is left without a published error, but the two without a type."""
    classes = {row.error for row in ROWS}
    assert set(ApiError.__subclasses__()) - classes == {ConflictError}


def test_nothing_published_is_left_out() -> None:
    """Every row of the simulator's table, and every row of the integration's."""
    expected = {(row.type_, row.code) for row in ROWS}
    assert published.TABLE.keys() <= expected
    ours = {(type_, code) for type_, kind in ERROR_TYPES.items() for code in kind.codes}
    assert ours <= expected


@pytest.mark.parametrize(
    "error",
    [
        SmartcarError("x"),
        CannotConnectError("x"),
        OutcomeUnknownError("x"),
        InvalidResponseError("x"),
        from_response(418, {"type": "NOVELTY"}, {}, NOW),
        from_response(401, {"type": "NOVELTY"}, {}, NOW),
        from_response(500, {"type": "NOVELTY"}, {}, NOW),
        from_response(409, {}, {}, NOW),
        from_response(409, {"type": "VALIDATION"}, {}, NOW),
        from_response(418, {}, {}, NOW),
    ],
)
def test_what_nobody_documents_passes_by_itself(error: SmartcarError) -> None:
    """It is tried again and tells nobody."""
    assert (error.retry, error.problem) == (Retry.BACKOFF, None)


@pytest.mark.parametrize("code", [None, "", "NOVELTY", "ACCOUNT_ISSUE"])
def test_an_account_with_any_other_trouble(code: str | None) -> None:
    """A code yet unheard of raises the repair for all of an owner's account."""
    assert account_repair(code) == "owner_account_issue"


def test_a_conflict_that_says_access_denied() -> None:
    """What is denied does not exist already, whatever its status."""
    error = read(409, {"type": "AUTHENTICATION", "code": "ACCESS_DENIED"})
    assert type(error) is AccessDeniedError


def test_sample_bodies() -> None:
    """The three forms, as Smartcar sends them."""
    account = read(400, body("error_envelope"))
    assert isinstance(account, ConnectedServicesAccountError)
    assert account.code == "AUTHENTICATION_FAILED"
    assert account.details.resolution == "REAUTHENTICATE"
    assert account.details.resolution_url is not None
    assert account.details.resolution_url.startswith(
        "https://connect.smartcar.com/oauth/reauthenticate?client_id="
    )

    flat = read(409, body("error_flat"))
    assert isinstance(flat, VehicleStateError)
    assert (flat.code, flat.status) == ("IN_MOTION", 409)
    assert flat.details.request_id == body("error_flat")["requestId"]

    oauth = read(401, body("error_oauth"))
    assert isinstance(oauth, AuthenticationError)
    assert (oauth.type, oauth.code, oauth.status) == ("AUTHENTICATION", None, 401)


def test_status_430_stays_an_integer() -> None:
    """430 is no registered status, so it must not become an `HTTPStatus`."""
    error = read(430, {})
    assert isinstance(error, BillingError)
    assert type(error.status) is int
    assert error.status == 430


def test_late_result() -> None:
    """A body that comes after status 202 tells its own status."""
    error = read(202, body("command_failed_late"))
    assert isinstance(error, VehicleStateError)
    assert (error.code, error.status) == ("CHARGING_PLUG_NOT_CONNECTED", 409)


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        pytest.param(504, b"<html>Gateway Timeout</html>", id="a gateway's page"),
        pytest.param(504, None, id="no body"),
        pytest.param(
            202, {"errors": [{"status": "504", "type": None}]}, id="late result"
        ),
    ],
)
def test_gateway_timeout(status: int, answer: object) -> None:
    """What a gateway stopped waiting for may still happen."""
    error = from_response(status, answer, {}, NOW)
    assert isinstance(error, OutcomeUnknownError)
    assert error.key == "outcome_unknown"


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(None, id="empty"),
        pytest.param(b"<html>Bad</html>", id="html"),
        pytest.param([], id="list"),
        pytest.param({}, id="object"),
        pytest.param({"errors": []}, id="no errors"),
        pytest.param({"errors": "all"}, id="errors are no list"),
        pytest.param({"errors": ["bad", None]}, id="errors are no objects"),
        pytest.param({"status": "error", "type": 7, "code": []}, id="other types"),
        pytest.param({"status": True, "resolution": "wait"}, id="boolean status"),
        pytest.param({"status": 200}, id="a status that is no error's"),
        pytest.param({"meta": {"debug": {"requestId": 5}}}, id="request id"),
        pytest.param({"meta": []}, id="meta"),
    ],
)
@pytest.mark.parametrize(
    ("status", "error", "type_"),
    [
        (400, ValidationError, "VALIDATION"),
        (401, AuthenticationError, "AUTHENTICATION"),
        (403, PermissionDeniedError, "PERMISSION"),
        (404, NotFoundError, "RESOURCE_NOT_FOUND"),
        (409, ConflictError, "CONFLICT"),
        (418, ApiError, "UNKNOWN"),
        (429, RateLimitError, "RATE_LIMIT"),
        (430, BillingError, "BILLING"),
        (500, ServerError, "SERVER"),
        (501, CompatibilityError, "COMPATIBILITY"),
        (502, UpstreamError, "UPSTREAM"),
        (503, ServerError, "SERVER"),
    ],
)
def test_unreadable_bodies(
    answer: object, status: int, error: type[ApiError], type_: str
) -> None:
    """Without a type the HTTP status decides."""
    result = read(status, answer)
    assert type(result) is error
    assert result.details == ErrorDetails(status=status, type=type_)


def test_first_readable_error_counts() -> None:
    """Several errors: the first that is an object is taken."""
    error = read(409, {"errors": [None, {"type": "VEHICLE_STATE", "code": "ASLEEP"}]})
    assert error.key == "vehicle_state_asleep"


@pytest.mark.parametrize(
    ("status", "error"), [(429, RateLimitError), (401, AuthenticationError)]
)
def test_unknown_type(status: int, error: type[ApiError]) -> None:
    """Of a type yet unheard of, the status gives the class, and nobody the text."""
    result = read(status, {"errors": [{"type": "NOVELTY", "code": "SHINY"}]})
    assert type(result) is error
    assert (result.type, result.code) == ("NOVELTY", "SHINY")
    assert result.key == "unknown_error"


def test_unknown_type_and_status() -> None:
    """An error nobody knows is still an error."""
    assert type(read(418, {"type": "NOVELTY"})) is ApiError


def test_unknown_code() -> None:
    """Of a code yet unheard of, the type gives the text."""
    error = read(409, {"errors": [{"type": "VEHICLE_STATE", "code": "IN_ORBIT"}]})
    assert isinstance(error, VehicleStateError)
    assert error.key == "vehicle_state"


def test_any_case() -> None:
    """Older pages of the documents write types in lower case."""
    error = read(409, {"type": "vehicle_state", "code": "asleep"})
    assert isinstance(error, VehicleStateError)
    assert error.key == "vehicle_state_asleep"


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(body("error_conflict"), id="called a validation error"),
        pytest.param({"errors": [{"type": "CONFLICT"}]}, id="called a conflict"),
        pytest.param(None, id="called nothing"),
    ],
)
def test_what_exists_already(answer: object) -> None:
    """No type is published for the 409 of what exists already."""
    assert type(read(409, answer)) is ConflictError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        pytest.param("120", 120, id="seconds"),
        pytest.param("0", 0, id="at once"),
        pytest.param("1.5", 1.5, id="fraction"),
        pytest.param("Mon, 05 Oct 2026 14:02:00 GMT", 120, id="date"),
        pytest.param("Mon, 05 Oct 2026 16:02:00 +0200", 120, id="zone"),
        pytest.param("Mon, 05 Oct 2026 14:02:00 -0000", 120, id="no zone"),
        pytest.param("Mon, 05 Oct 2026 13:00:00 GMT", 0, id="past date"),
        pytest.param("-5", None, id="negative"),
        pytest.param("nan", None, id="not a number"),
        pytest.param("inf", None, id="endless"),
        pytest.param("1e999", None, id="too large"),
        pytest.param("soon", None, id="words"),
        pytest.param("", None, id="empty"),
        pytest.param("Mon, 05 Oct 99999 14:02:00 GMT", None, id="no such date"),
        pytest.param("Mon, 05 Oct 2026 14:02:00 +2500", None, id="no such zone"),
    ],
)
def test_retry_after(text: str, seconds: float | None) -> None:
    """`Retry-After` is seconds or an HTTP date; nonsense is not known."""
    error = read(429, envelope(ROWS[0]), **{"Retry-After": text})
    assert error.details.retry_after == seconds


def test_retry_after_absent() -> None:
    """Mostly nothing says how long to wait."""
    assert read(429, None).details.retry_after is None


def test_keys() -> None:
    """Every type and every code with a text of its own has a key of its own."""
    keys = set()
    for type_, known in ERROR_TYPES.items():
        keys.add(ApiError(ErrorDetails(400, type_)).key)
        assert ApiError(ErrorDetails(400, type_)).key == type_.lower()
        assert ApiError(ErrorDetails(400, type_, "NOVELTY")).key == type_.lower()
        for code, row in known.codes.items():
            keys.add(ApiError(ErrorDetails(400, type_, code)).key)
            own = f"{type_}_{code}" if row.has_text else type_
            assert ApiError(ErrorDetails(400, type_, code)).key == own.lower()
    rows = [row for known in ERROR_TYPES.values() for row in known.codes.values()]
    assert len(keys) == len(ERROR_TYPES) + sum(row.has_text for row in rows)


@pytest.mark.parametrize(
    ("error", "key"),
    [
        (SmartcarError(), "unknown_error"),
        (CannotConnectError(), "cannot_connect"),
        (OutcomeUnknownError(), "outcome_unknown"),
        (InvalidResponseError(), "invalid_response"),
    ],
)
def test_keys_without_a_type(error: SmartcarError, key: str) -> None:
    """What did not come from Smartcar has a text as well."""
    assert error.key == key


def test_tree() -> None:
    """An odd answer leaves a command's outcome open; a refusal does not."""
    assert issubclass(InvalidResponseError, OutcomeUnknownError)
    assert not issubclass(ApiError, OutcomeUnknownError)
    assert not issubclass(AccessDeniedError, AuthenticationError)


def test_text_is_ours() -> None:
    """Smartcar's prose may name people and cars; ours names type, code and status."""
    row = ROWS[0]
    secret = "0b7c4d52-vin-1HGCM82633A004352"
    answer = envelope(row, detail=secret, title=secret, suggestedUserMessage=secret)
    error = read(401, answer)
    assert str(error) == "AUTHENTICATION/UNAUTHORIZED (401)"
    assert secret not in repr(error)
    assert str(read(403, {"type": "PERMISSION"})) == "PERMISSION (403)"


@hostile
@given(
    st.integers(100, 599),
    bent(body("error_envelope")) | bent(body("error_flat")) | ANY_JSON | st.binary(),
    st.none() | st.text() | st.datetimes(timezones=st.just(UTC)).map(format_datetime),
)
def test_hostile_answers(status: int, answer: object, retry: str | None) -> None:
    """Whatever comes, the result is one of our errors with typed fields."""
    headers = {} if retry is None else {"Retry-After": retry}
    error = from_response(status, answer, headers, NOW)
    assert isinstance(error, SmartcarError)
    assert error.key
    assert error.key == error.key.lower()
    if not isinstance(error, ApiError):
        assert isinstance(error, OutcomeUnknownError)
        return
    details = error.details
    assert type(details.status) is int
    assert 100 <= details.status <= 599
    assert details.type
    for text in (
        details.type,
        details.code,
        details.resolution,
        details.resolution_url,
        details.request_id,
    ):
        assert text is None or (isinstance(text, str) and text)
    assert details.retry_after is None or 0 <= details.retry_after < float("inf")
