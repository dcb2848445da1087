"""Home Assistant's side of push: who answers what Smartcar sends, and believes it.

Anybody who knows the address may send anything: a body is read once, as bytes and
with bounds, and believed only when it is signed. Before the answer is out
nothing is done but to check.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Final

import aiohttp
from aiohttp import web
from homeassistant.components import webhook
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from ..api import (
    Delivery,
    ErrorDelivery,
    StateDelivery,
    UnknownDelivery,
    Verify,
    deliveries,
)
from ..const import DOMAIN
from .log import UNSIGNED_VERIFY, WRONG_SIGNATURE

SIGNATURE: Final = "SC-Signature"
MAX_BYTES: Final = 65_536  # Smartcar sends 50 KB at the most.
MAX_SECONDS: Final = 10.0  # Smartcar waits 15 s for the answer.
CHUNK: Final = 16_384
# A VERIFY has some hundred; other bytes are not read.
MAX_UNSIGNED_BYTES: Final = 1024

OUTCOMES: Final[dict[type[Delivery] | None, str]] = {
    Verify: "verify",
    StateDelivery: "state",
    ErrorDelivery: "error",
    UnknownDelivery: "unknown_event",
    None: "unreadable",
}


# By webhook id: who answers it just now.
OWNERS: Final[HassKey[dict[str, object]]] = HassKey(f"{DOMAIN}_webhook_owners")


@callback
def _register(
    hass: HomeAssistant,
    webhook_id: str,
    owner: object,
    handler: Callable[[HomeAssistant, str, web.Request], Awaitable[web.Response]],
) -> None:
    """Answer a webhook id in place of what has answered it so far."""
    hass.data.setdefault(OWNERS, {})[webhook_id] = owner
    webhook.async_unregister(hass, webhook_id)
    webhook.async_register(
        hass, DOMAIN, "Smartcar", webhook_id, handler, allowed_methods=["POST"]
    )


async def _reply_unavailable(
    hass: HomeAssistant,
    webhook_id: str,
    request: web.Request,
) -> web.Response:
    return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)


@callback
def async_reject_until_loaded(hass: HomeAssistant, webhook_id: str) -> None:
    """Let Smartcar try again later: an entry is about to hear, or to hear again.

    Home Assistant answers 200 for webhook ids it does not know, and what is
    answered with that is not sent again.
    """
    if webhook_id not in hass.data.get(OWNERS, {}):
        _register(hass, webhook_id, _reply_unavailable, _reply_unavailable)


@callback
def async_unregister(hass: HomeAssistant, webhook_id: str) -> None:
    """Answer no more for an entry that has gone."""
    hass.data.get(OWNERS, {}).pop(webhook_id, None)
    webhook.async_unregister(hass, webhook_id)


class Receiver:
    """Answers what is sent to one webhook id.

    `keys` gives the management tokens that may sign, the present one first.
    `take` gets every delivery that is signed, once the answer is on its way;
    `note` the outcome of every call.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        webhook_id: str,
        *,
        keys: Callable[[], Sequence[str]],
        take: Callable[[Delivery], None],
        note: Callable[[str], None],
    ) -> None:
        """Take what to do; nothing is heard before `async_register`."""
        self._hass = hass
        self._webhook_id = webhook_id
        self._keys = keys
        self._take = take
        self._note = note

    @callback
    def async_register(self) -> CALLBACK_TYPE:
        """Answer from now on; return how to stop."""
        _register(self._hass, self._webhook_id, self, self._handle)
        return self._unregister

    @property
    def _is_heard(self) -> bool:
        """Return whether this one answers the webhook id still."""
        return self._hass.data[OWNERS].get(self._webhook_id) is self

    @callback
    def _unregister(self) -> None:
        """Stop, unless another one has taken over already."""
        if self._is_heard:
            async_unregister(self._hass, self._webhook_id)

    async def _handle(
        self,
        hass: HomeAssistant,
        webhook_id: str,
        request: web.Request,
    ) -> web.Response:
        """Check a call and answer it; what it means is worked out afterwards."""
        try:
            body = await _read(request)
            if not self._is_heard:
                # The entry was unloaded in the meantime.
                return await _reply_unavailable(hass, self._webhook_id, request)
            header = request.headers.get(SIGNATURE)
            delivery, key = self._believe(body, header)
        except _Refusal as refusal:
            self._note(refusal.outcome)
            return web.Response(status=refusal.status)
        if header is None:
            self._note(UNSIGNED_VERIFY)
        else:
            self._note(OUTCOMES[type(delivery) if delivery else None])
            if delivery is not None:
                hass.loop.call_soon(self._take, delivery)
        if isinstance(delivery, Verify):
            answer = deliveries.challenge_answer(delivery.challenge, key)
            return web.json_response({"challenge": answer})
        # Signed but not understood is fine, too: Smartcar would only repeat it.
        return web.Response(status=HTTPStatus.OK)

    def _believe(self, body: bytes, header: str | None) -> tuple[Delivery | None, str]:
        """Return what signed bytes say, and the token that signed them.

        Only a VERIFY may come unsigned; the present token answers it.
        """
        keys = self._keys()
        if header is None:
            is_short = len(body) <= MAX_UNSIGNED_BYTES
            delivery = deliveries.parse(body) if is_short else None
            if not (keys and isinstance(delivery, Verify)):
                raise _Refusal("unsigned", HTTPStatus.UNAUTHORIZED)
            return delivery, keys[0]
        for key in keys:
            if deliveries.is_signed(body, header, (key,)):
                return deliveries.parse(body), key
        raise _Refusal(WRONG_SIGNATURE, HTTPStatus.UNAUTHORIZED)


class _Refusal(Exception):  # noqa: N818 - it is an answer, not an error
    """A call that is not believed; anything but 2xx makes Smartcar try again."""

    def __init__(self, outcome: str, status: HTTPStatus) -> None:
        """Take how the call is counted and what it is answered."""
        super().__init__(outcome)
        self.outcome = outcome
        self.status = status


async def _read(request: web.Request) -> bytes:
    """Read a body as it came.

    Never `request.text()`: another character set changes the bytes that are
    signed. A cloudhook's request starts again with each `content`, so it is asked
    for once.
    """
    stream = request.content
    body = bytearray()
    try:
        async with asyncio.timeout(MAX_SECONDS):
            while chunk := await stream.read(CHUNK):
                body += chunk
                if len(body) > MAX_BYTES:
                    raise _Refusal("too_large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    except TimeoutError:
        raise _Refusal("too_slow", HTTPStatus.REQUEST_TIMEOUT) from None
    except (OSError, aiohttp.ClientError, web.RequestPayloadError) as err:
        raise _Refusal("broken_off", HTTPStatus.BAD_REQUEST) from err
    return bytes(body)
