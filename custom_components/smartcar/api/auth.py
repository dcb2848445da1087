"""The application's access token.

Smartcar v3 knows one grant: client credentials, good for an hour, without a
refresh token. One token serves every user and car of the application.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
import json
import time
from typing import Final, override

import aiohttp

from .answers import from_response, read
from .errors import (
    ApiError,
    CannotConnectError,
    SmartcarError,
)
from .gate import mapping, visible

TOKEN_TIMEOUT: Final = aiohttp.ClientTimeout(total=30, connect=10)

# Renew this long before the token ends, so that none ends on its way.
RENEW_BEFORE: Final = 300.0
DEFAULT_LIFETIME: Final = 3600.0
LONGEST_LIFETIME: Final = 86_400.0
# What servers take for a header.
LONGEST_TOKEN: Final = 8_000


class Authenticator:
    """Keeps one token: cached, renewed early, asked for by one flight at a time."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        token_url: str,
        client_id: str,
        client_secret: str,
        monotonic: Callable[[], float] | None = None,
    ) -> None:
        """Take the API credentials; nothing is asked before the first request."""
        self._session = session
        self._token_url = token_url
        self._client_id = client_id
        self._client_secret = client_secret
        self._monotonic = monotonic or time.monotonic
        self._token: str | None = None
        self._renew_at = 0.0
        self._flight = asyncio.Lock()
        self._failures = 0
        self._failure: SmartcarError | None = None

    @override
    def __repr__(self) -> str:
        """Show no credentials."""
        return f"{type(self).__name__}({self._token_url!r})"

    async def token(self) -> str:
        """Return a token that is good for minutes yet.

        Raises AuthenticationError for wrong credentials, CannotConnectError for
        an outage, another SmartcarError for any other refusal. Who waits for a
        request shares what comes of it; ten waits in a row would be minutes.
        """
        failures = self._failures
        async with self._flight:
            if self._failure is not None and self._failures > failures:
                raise self._failure
            if self._token is None or self._monotonic() >= self._renew_at:
                try:
                    self._token, lifetime = await self._request()
                except SmartcarError as err:
                    self._failures += 1
                    # Not with its frames, for they hold the secret.
                    self._failure = err.with_traceback(None)
                    raise
                self._failure = None
                # A short-lived token must not be asked for again at every call.
                self._renew_at = self._monotonic() + max(
                    lifetime - RENEW_BEFORE, lifetime / 2
                )
            return self._token

    def discard(self, token: str) -> None:
        """Forget a token that was refused, unless a newer one is there already."""
        if self._token == token:
            self._token = None

    async def _request(self) -> tuple[str, float]:
        """Ask for a token; return it and its lifetime in seconds."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self._client_id,
            "client_secret": self._client_secret,
        }
        try:
            async with self._session.post(
                self._token_url,
                data=form,
                timeout=TOKEN_TIMEOUT,
                # The secret must not follow to another host.
                allow_redirects=False,
            ) as response:
                status, headers = response.status, response.headers
                content = await read(response, CannotConnectError("Too long an answer"))
        except (aiohttp.ClientError, TimeoutError, OSError) as err:
            # `from None`: the cause's text may carry the form.
            raise CannotConnectError(type(err).__name__) from None
        try:
            answer = json.loads(content)
        except ValueError, RecursionError:
            answer = None
        if status >= 400:  # noqa: PLR2004 - HTTP's own border
            error = from_response(status, answer, headers, datetime.now(UTC))
            if isinstance(error, ApiError):
                raise error
            # A gateway's time-out: no token was made that could do harm.
            msg = f"No token ({status})"
            raise CannotConnectError(msg)
        body = mapping(answer)
        if (token := visible(body.get("access_token"), LONGEST_TOKEN)) is None:
            # Nor was anything asked with it: the outcome of a command is known.
            msg = f"No token in the answer ({status})"
            raise CannotConnectError(msg)
        return token, _lifetime(body.get("expires_in"))


def _lifetime(value: object) -> float:
    """Read `expires_in`; what cannot be a lifetime counts as the documented hour."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return DEFAULT_LIFETIME
    return float(value) if 0 < value <= LONGEST_LIFETIME else DEFAULT_LIFETIME
