"""Carries a body to a callback: one POST, and nothing of what may go wrong escapes."""

import asyncio
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMEOUT_SECONDS = 15.0
"""Real seconds a receiver has to answer."""

MOST_READ = 64 * 1024
"""Bytes of an answer that are read."""

RESERVED = (
    *("example", "invalid", "test"),
    *("example.com", "example.net", "example.org"),
)
"""Domains reserved for examples: no request is sent there."""

HEADERS = {
    "Content-Type": "application/json",
    "User-Agent": "Smartcar/4.0 (simulated)",
}


@dataclass(frozen=True)
class Response:
    """What came back; status 0 where nothing did."""

    status: int = 0
    body: bytes = b""
    failure: str | None = None
    """The kind of failure; never the address."""


def check_callback(uri: str) -> None:
    """Raise ValueError unless a callback is https, or http on this machine."""
    parts = urlsplit(uri)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme != "http" or not _is_loopback(parts.hostname or ""):
        raise ValueError("a callback must be https, or http on this machine")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_reserved(uri: str) -> bool:
    host = f".{urlsplit(uri).hostname}"
    return host.endswith(tuple(f".{domain}" for domain in RESERVED))


class Postman:
    """Posts bodies; opens its session with the first."""

    def __init__(self) -> None:
        """Open nothing yet."""
        self.timeout_seconds = TIMEOUT_SECONDS
        self._session: aiohttp.ClientSession | None = None

    async def post(self, uri: str, body: bytes, headers: Mapping[str, str]) -> Response:
        """Post a body and return the answer; redirects are not followed."""
        try:
            check_callback(uri)
            if _is_reserved(uri):
                return Response(failure="RESERVED")
            async with asyncio.timeout(self.timeout_seconds):
                return await self._post(uri, body, headers)
        except TimeoutError:
            return Response(failure="TIMEOUT")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Response(failure=type(error).__name__)

    async def _post(
        self, uri: str, body: bytes, headers: Mapping[str, str]
    ) -> Response:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                # A kept connection that the receiver has closed would look like
                # a failure of the receiver.
                connector=aiohttp.TCPConnector(force_close=True),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None),
            )
        async with self._session.post(
            uri, data=body, headers={**HEADERS, **headers}, allow_redirects=False
        ) as response:
            body = b""
            async for chunk in response.content.iter_any():
                body += chunk
                if len(body) > MOST_READ:
                    # What is longer is no answer to a challenge.
                    break
            return Response(response.status, body[:MOST_READ])

    async def close(self) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()
            self._session = None
