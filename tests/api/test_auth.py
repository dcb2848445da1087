"""The application's token: one at a time, renewed early, never shown."""

import asyncio
import json
import logging
from urllib.parse import parse_qs

import aiohttp
import pytest

from custom_components.smartcar.api import (
    ApiError,
    AuthenticationError,
    CannotConnectError,
    Hosts,
    RateLimitError,
    SmartcarError,
    ValidationError,
)
from custom_components.smartcar.api.auth import Authenticator
from custom_components.smartcar.api.errors import (
    PermissionDeniedError,
    ServerError,
    UpstreamError,
)
from simulator import fleet
from simulator.cloud import Cloud
from simulator.faults import Fault

from .conftest import for_ever
from .fixtures import body
from .leaks import shown
from .script import BOMB, Answer, Script

SECRET = "a-secret"


class Stopwatch:
    """A monotonic clock that a test moves."""

    seconds = 1000.0

    def __call__(self) -> float:
        """Return the seconds so far."""
        return self.seconds


@pytest.fixture
def stopwatch() -> Stopwatch:
    """Return the clock of both authenticators."""
    return Stopwatch()


@pytest.fixture
def auth(
    cloud: Cloud, session: aiohttp.ClientSession, stopwatch: Stopwatch
) -> Authenticator:
    """Return an authenticator of the simulated cloud."""
    url = Hosts.from_environment().token
    return Authenticator(
        session, url, fleet.CLIENT_ID, fleet.CLIENT_SECRET, monotonic=stopwatch
    )


@pytest.fixture
def scripted_auth(
    script: Script, session: aiohttp.ClientSession, stopwatch: Stopwatch
) -> Authenticator:
    """Return an authenticator of the scripted server."""
    return Authenticator(
        session, f"{script.address}/token", "client_01TEST", SECRET, monotonic=stopwatch
    )


async def test_request(scripted_auth: Authenticator, script: Script) -> None:
    """The credentials go as a form, and nowhere else."""
    assert await scripted_auth.token() == "token-1"
    (asked,) = script.tokens_asked
    assert (asked.method, asked.target) == ("POST", "/token")
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert "authorization" not in asked.headers
    assert parse_qs(asked.body.decode(), strict_parsing=True) == {
        "grant_type": ["client_credentials"],
        "client_id": ["client_01TEST"],
        "client_secret": [SECRET],
    }


async def test_nothing_is_asked_before_it_is_needed(
    scripted_auth: Authenticator, script: Script
) -> None:
    """Making an authenticator costs nothing, and a token is asked for once."""
    assert script.tokens_asked == []
    assert await scripted_auth.token() == await scripted_auth.token() == "token-1"
    assert len(script.tokens_asked) == 1


async def test_simulated_cloud_accepts(auth: Authenticator, cloud: Cloud) -> None:
    """The token opens the API."""
    assert cloud.application.accepts(f"Bearer {await auth.token()}")
    assert cloud.count("token") == 1


@pytest.mark.parametrize(
    ("lifetime", "renewed_after"),
    [
        pytest.param(3600, 3300, id="five minutes early"),
        pytest.param(7200, 6900, id="longer"),
        pytest.param(3600.5, 3300.5, id="fraction"),
        pytest.param(400, 200, id="short-lived: at half its time"),
        pytest.param(10, 5, id="very short-lived"),
    ],
)
async def test_early_renewal(
    scripted_auth: Authenticator,
    script: Script,
    stopwatch: Stopwatch,
    lifetime: float,
    renewed_after: float,
) -> None:
    """A token is renewed before it ends, so that none ends on its way."""
    script.tokens(
        Answer({"access_token": name, "expires_in": lifetime})
        for name in ("first", "second")
    )
    assert await scripted_auth.token() == "first"
    stopwatch.seconds += renewed_after - 1
    assert await scripted_auth.token() == "first"
    stopwatch.seconds += 1
    assert await scripted_auth.token() == "second"


@pytest.mark.parametrize(
    "lifetime",
    ['"3600"', "null", "true", "0", "-5", "NaN", "Infinity", "1" + "0" * 400, "[]"],
)
async def test_odd_lifetime(
    scripted_auth: Authenticator, script: Script, stopwatch: Stopwatch, lifetime: str
) -> None:
    """What cannot be a lifetime counts as the documented hour."""
    answer = f'{{"access_token": "first", "expires_in": {lifetime}}}'.encode()
    script.tokens([Answer(answer), Answer({"access_token": "second"})])
    await scripted_auth.token()
    stopwatch.seconds += 3299
    assert await scripted_auth.token() == "first"
    stopwatch.seconds += 1
    assert await scripted_auth.token() == "second"


async def test_single_flight(auth: Authenticator, cloud: Cloud) -> None:
    """Who needs a token while one is under way waits for that one."""
    tokens = await asyncio.gather(*(auth.token() for _ in range(8)))
    assert len(set(tokens)) == 1
    assert cloud.count("token") == 1


async def test_failed_flight(scripted_auth: Authenticator, script: Script) -> None:
    """Who waited shares a failure; the next who asks tries again."""
    script.tokens([Answer(status=503), Answer({"access_token": "good"})])
    failures = await asyncio.gather(
        *(scripted_auth.token() for _ in range(3)), return_exceptions=True
    )
    assert [type(failure) for failure in failures] == [ServerError] * 3
    assert len(script.tokens_asked) == 1
    assert await scripted_auth.token() == "good"
    assert len(script.tokens_asked) == 2


async def test_failures_are_shared_again(
    scripted_auth: Authenticator, script: Script
) -> None:
    """Each flight fails for those who waited for it, one after the other."""
    script.tokens([Answer(status=503), Answer(status=500), Answer(b"<html>")])
    for number in (1, 2, 3):
        failures = await asyncio.gather(
            *(scripted_auth.token() for _ in range(2)), return_exceptions=True
        )
        assert failures[0] is failures[1]
        assert len(script.tokens_asked) == number


async def test_hanging_flight(
    auth: Authenticator, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten who need a token wait for one request to time out, not for ten."""
    short = aiohttp.ClientTimeout(total=0.2)
    monkeypatch.setattr("custom_components.smartcar.api.auth.TOKEN_TIMEOUT", short)
    cloud.sleep = for_ever
    cloud.faults.add(Fault("token", "latency", seconds=1, times=10))
    failures = await asyncio.gather(
        *(auth.token() for _ in range(10)), return_exceptions=True
    )
    assert [type(failure) for failure in failures] == [CannotConnectError] * 10
    assert cloud.count("token") == 1


async def test_cancelled_flight(auth: Authenticator, cloud: Cloud) -> None:
    """Who gives up leaves nobody waiting."""
    waiting = asyncio.Event()
    hold = asyncio.Event()

    async def wait(seconds: float) -> None:
        waiting.set()
        await hold.wait()

    cloud.sleep = wait
    cloud.faults.add(Fault("token", "latency", seconds=1))
    first = asyncio.create_task(auth.token())
    await waiting.wait()
    second = asyncio.create_task(auth.token())
    first.cancel()
    assert cloud.application.accepts(f"Bearer {await second}")
    assert first.cancelled()
    assert cloud.count("token") == 2


async def test_discard(scripted_auth: Authenticator) -> None:
    """A refused token is forgotten, a newer one is not."""
    assert await scripted_auth.token() == "token-1"
    scripted_auth.discard("token-1")
    assert await scripted_auth.token() == "token-2"
    scripted_auth.discard("token-1")
    assert await scripted_auth.token() == "token-2"


async def test_replaced_secret(auth: Authenticator, cloud: Cloud) -> None:
    """A deleted secret shows at the next renewal, as refused credentials."""
    token = await auth.token()
    cloud.application.revoke_secret()
    assert await auth.token() == token
    auth.discard(token)
    with pytest.raises(AuthenticationError) as caught:
        await auth.token()
    assert (caught.value.key, caught.value.status) == ("authentication", 401)
    cloud.application.restore_secret()
    assert cloud.application.accepts(f"Bearer {await auth.token()}")


@pytest.mark.parametrize(
    ("client_id", "secret"),
    [("client_01OTHER", fleet.CLIENT_SECRET), (fleet.CLIENT_ID, "wrong")],
)
async def test_wrong_credentials(
    cloud: Cloud, session: aiohttp.ClientSession, client_id: str, secret: str
) -> None:
    """Wrong credentials ask for new ones."""
    auth = Authenticator(session, Hosts.from_environment().token, client_id, secret)
    with pytest.raises(AuthenticationError):
        await auth.token()


@pytest.mark.parametrize("fields", [("", SECRET), ("client_01TEST", "")])
async def test_missing_credentials(
    cloud: Cloud, session: aiohttp.ClientSession, fields: tuple[str, str]
) -> None:
    """An empty field is a malformed request to Smartcar."""
    auth = Authenticator(session, Hosts.from_environment().token, *fields)
    with pytest.raises(ValidationError):
        await auth.token()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        pytest.param(Answer(status=500), ServerError, id="500"),
        pytest.param(Answer(b"<html>", status=502), UpstreamError, id="502"),
        pytest.param(Answer(status=503), ServerError, id="503"),
        pytest.param(Answer(status=504), CannotConnectError, id="504"),
        pytest.param(Answer(b"<html>", status=403), PermissionDeniedError, id="403"),
        pytest.param(Answer(status=418), ApiError, id="418"),
        pytest.param(Answer(), CannotConnectError, id="empty"),
        pytest.param(Answer(b"<html>login</html>"), CannotConnectError, id="html"),
        pytest.param(Answer(b"[" * 100_000), CannotConnectError, id="deeply nested"),
        pytest.param(Answer([]), CannotConnectError, id="list"),
        pytest.param(BOMB, CannotConnectError, id="a packed answer without end"),
        pytest.param(Answer({"expires_in": 3600}), CannotConnectError, id="no token"),
        pytest.param(Answer({"access_token": ""}), CannotConnectError, id="empty"),
        pytest.param(Answer({"access_token": 5}), CannotConnectError, id="number"),
        pytest.param(
            Answer({"access_token": "a\r\nX-Evil: 1"}),
            CannotConnectError,
            id="another header",
        ),
        pytest.param(
            Answer({"access_token": "t\u00f6ken"}), CannotConnectError, id="not ASCII"
        ),
    ],
)
async def test_outage(
    scripted_auth: Authenticator,
    script: Script,
    answer: Answer,
    error: type[SmartcarError],
) -> None:
    """An outage never asks a person for new credentials."""
    script.tokens([answer])
    with pytest.raises(error) as caught:
        await scripted_auth.token()
    assert not isinstance(caught.value, AuthenticationError)
    assert len(script.tokens_asked) == 1


async def test_rate_limit(auth: Authenticator, cloud: Cloud) -> None:
    """Too many requests are a matter of waiting."""
    cloud.faults.add(
        Fault("token", type="RATE_LIMIT", code="SMARTCAR_API", retry_after=90)
    )
    with pytest.raises(RateLimitError) as caught:
        await auth.token()
    assert caught.value.details.retry_after == 90


@pytest.mark.parametrize("kind", ["cut_before_headers", "cut_mid_body"])
async def test_cut(auth: Authenticator, cloud: Cloud, kind: str) -> None:
    """A token that got lost can be asked for again: nothing was carried out."""
    cloud.faults.add(Fault("token", kind, times=2))
    with pytest.raises(CannotConnectError):
        await auth.token()


async def test_nobody_there(
    session: aiohttp.ClientSession, unused_tcp_port: int
) -> None:
    """A host that does not answer cannot be connected to."""
    url = f"http://127.0.0.1:{unused_tcp_port}/token"
    with pytest.raises(CannotConnectError):
        await Authenticator(session, url, "client_01TEST", SECRET).token()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_not_followed(
    scripted_auth: Authenticator, script: Script, elsewhere: Script, status: int
) -> None:
    """The secret goes to the token host only, whatever that says."""
    location = {"Location": f"{elsewhere.address}/token"}
    script.tokens([Answer(status=status, headers=location)])
    with pytest.raises(CannotConnectError):
        await scripted_auth.token()
    assert elsewhere.tokens_asked == elsewhere.asked == []


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Answer(body("error_oauth"), status=401), id="refused"),
        pytest.param(
            Answer({"error": f"bad {SECRET}", "type": None}, status=400),
            id="the secret echoed",
        ),
        pytest.param(Answer(SECRET.encode(), status=502), id="echoed by a proxy"),
        pytest.param(Answer(json.dumps(SECRET).encode()), id="echoed as JSON"),
        pytest.param(Answer({"access_token": f"{SECRET}\n"}), id="broken token"),
        pytest.param(
            Answer(b"not packed", headers={"Content-Encoding": "gzip"}),
            id="broken body",
        ),
    ],
)
async def test_errors_tell_no_secrets(
    scripted_auth: Authenticator,
    script: Script,
    answer: Answer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Neither an error's text nor the chain behind it nor a log has the secret."""
    caplog.set_level(logging.DEBUG, logger="custom_components.smartcar")
    script.tokens([answer])
    with pytest.raises(SmartcarError) as caught:
        await scripted_auth.token()
    assert SECRET not in shown(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    assert SECRET not in caplog.text


async def test_repr(scripted_auth: Authenticator, script: Script) -> None:
    """An authenticator shows where it asks, nothing else."""
    token = await scripted_auth.token()
    assert repr(scripted_auth) == f"Authenticator('{script.address}/token')"
    assert token not in repr(scripted_auth)
