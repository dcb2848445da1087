"""How requests reach Smartcar: token, one request, its answer, pages of a list."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
import json
from typing import Any, Final, Literal

import aiohttp

from .answers import from_response, read
from .auth import Authenticator
from .errors import (
    AuthenticationError,
    CannotConnectError,
    InvalidResponseError,
    OutcomeUnknownError,
)
from .gate import mapping, visible
from .models import Listing, Parser

type Method = Literal["GET", "POST", "DELETE"]

READ_TIMEOUT: Final = aiohttp.ClientTimeout(total=60, connect=10)

PAGE_SIZE: Final = 50
# More pages than any account fills; an endless list must end somewhere.
MAX_PAGES: Final = 200

STATUS_ACCEPTED: Final = 202
STATUS_NO_CONTENT: Final = 204
STATUS_ERROR: Final = 400


@dataclass(frozen=True, slots=True)
class Request:
    """What to ask; `user_id` names whose car it is about."""

    method: Method
    url: str
    user_id: str | None = None
    query: Mapping[str, str] | None = None
    json_body: Mapping[str, Any] | None = None
    timeouts: aiohttp.ClientTimeout = READ_TIMEOUT


class Transport:
    """Sends the requests of one application."""

    def __init__(self, session: aiohttp.ClientSession, auth: Authenticator) -> None:
        """Take a shared session, and what gives tokens."""
        self._session = session
        self._auth = auth

    async def get[Item](
        self, url: str, parse: Parser[Item], *, user_id: str | None = None
    ) -> Item:
        """Read one resource; its `data` wrapper was missing in older documents."""
        answer = mapping(await self.request(Request("GET", url, user_id)))
        if (item := parse(answer.get("data", answer))) is None:
            msg = "Not the documented resource"
            raise InvalidResponseError(msg)
        return item

    async def list_all[Item](
        self,
        url: str,
        parse: Parser[Item],
        *,
        filters: Mapping[str, str] | None = None,
        user_id: str | None = None,
        page_size: int | None = PAGE_SIZE,
    ) -> Listing[Item]:
        """Read all pages of a list.

        They end with the answer's `totalCount`, or where it has no `next` page.
        Pages are asked for by number: the bearer must not follow a link to a
        host that an answer names. Without a `page_size` the first request
        leaves paging to Smartcar (signals: no page parameter is documented).
        """
        items: list[Item] = []
        seen = total = 0
        complete = True
        for page in range(1, MAX_PAGES + 1):
            query = dict(filters or {})
            if page_size or page > 1:
                query["page[number]"] = str(page)
            if page_size:
                query["page[size]"] = str(page_size)
            answer = mapping(await self.request(Request("GET", url, user_id, query)))
            data = answer.get("data")
            if not isinstance(data, list):
                msg = "Not the documented list"
                raise InvalidResponseError(msg)
            parsed = [item for entry in data if (item := parse(entry)) is not None]
            items.extend(parsed)
            complete = complete and len(parsed) == len(data)
            seen += len(data)
            links = mapping(answer.get("links"))
            more = visible(links.get("next")) is not None
            count = mapping(answer.get("meta")).get("totalCount")
            total = count if isinstance(count, int) else seen + more
            if not data or seen >= total or ("next" in links and not more):
                break
        return Listing(tuple(items), complete and seen >= total)

    async def request(self, request: Request) -> object:
        """Send a request with a token, with a new one after a first 401.

        A 401 means that nothing was carried out, so this repeats no command.
        """
        token = await self._auth.token()
        try:
            return await self._send(request, token)
        except AuthenticationError:
            self._auth.discard(token)
        token = await self._auth.token()
        try:
            return await self._send(request, token)
        except AuthenticationError:
            self._auth.discard(token)
            raise

    async def _send(self, request: Request, token: str) -> object:
        """Send one request; return the decoded answer, `None` for an empty one."""
        headers = {"Authorization": f"Bearer {token}"}
        if request.user_id is not None:
            headers["sc-user-id"] = request.user_id
            headers["SC-Unit-System"] = "metric"
        try:
            async with self._session.request(
                request.method,
                request.url,
                headers=headers,
                params=request.query,
                json=request.json_body,
                timeout=request.timeouts,
                allow_redirects=False,
                middlewares=() if request.method == "GET" else (_send_once,),
            ) as response:
                # To the end: a 202 sends its result long after its headers.
                content = await read(
                    response, InvalidResponseError("Too long an answer")
                )
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as err:
            raise CannotConnectError(type(err).__name__) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as err:
            # `from None`: the cause's text names the address with its ids.
            raise OutcomeUnknownError(type(err).__name__) from None
        return _decode(response.status, response.headers, content)


async def _send_once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep aiohttp from repeating what changes something.

    Where a kept connection breaks, it sends a DELETE a second time by itself.
    """
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as err:
        raise OutcomeUnknownError(type(err).__name__) from None


def _decode(status: int, headers: Mapping[str, str], content: bytes) -> object:
    """Judge an answer by its status and body."""
    try:
        answer = json.loads(content) if content else None
    except ValueError, RecursionError:
        answer = content
    told = mapping(answer)
    if status >= STATUS_ERROR or told.get("errors") or "statusCode" in told:
        error = from_response(status, answer, headers, datetime.now(UTC))
        if status == STATUS_ACCEPTED and isinstance(error, AuthenticationError):
            # Smartcar had taken the token: asking again would repeat a command.
            raise OutcomeUnknownError(str(error))
        raise error
    if status == STATUS_ACCEPTED and not answer:
        msg = "Accepted, but no result came"
        raise OutcomeUnknownError(msg)
    if not content and status != STATUS_NO_CONTENT:
        msg = f"Nothing in the answer ({status})"
        raise InvalidResponseError(msg)
    if isinstance(answer, bytes) or status >= 300:  # noqa: PLR2004 - redirects
        msg = f"Not JSON ({status})"
        raise InvalidResponseError(msg)
    return answer
