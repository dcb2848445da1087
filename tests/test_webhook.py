"""The address Smartcar calls, over real HTTP and as a cloudhook brings it.

The attacks are in `tools.attacks`; `python -m tools.matrix attacks` prints what came
of them.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
import json
import logging
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock

import aiohttp
from aiohttp import web
from homeassistant.components.webhook import async_handle_webhook
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.util.aiohttp import MockRequest
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smartcar.const import CONF_MANAGEMENT_TOKEN
from custom_components.smartcar.push import endpoint as webhook
from custom_components.smartcar.push.endpoint import Receiver
from simulator import fleet
from tools.attacks import ATTACKS, LIMIT, PROPERTY, SEEN, TOKEN, Attack

from .cars import BATTERY
from .conftest import Travel
from .deliveries import (
    PATH,
    WEBHOOK_ID,
    battery,
    outcomes,
    signature,
    state,
    verify,
    written,
)
from .simulator.receiver import code_of

pytestmark = pytest.mark.usefixtures("server")

type Note = Callable[[str, object], None]
# A way to send bytes with headers; tells status and text of the answer.
type Send = Callable[..., Awaitable[tuple[int, str]]]


async def by_cloudhook(
    hass: HomeAssistant, body: bytes, headers: dict[str, Any], method: str = "POST"
) -> tuple[int, str]:
    """Bring a call as Home Assistant Cloud does."""
    request = MockRequest(body, "cloud", method, headers=headers)
    response = await async_handle_webhook(hass, WEBHOOK_ID, request)
    return response.status, response.text or ""


@pytest.fixture(params=["over HTTP", "by cloudhook"])
def send(request: pytest.FixtureRequest, hass: HomeAssistant, server: Any) -> Send:
    """Return both ways in which a call comes."""

    async def over_http(body: bytes, headers: dict[str, Any]) -> tuple[int, str]:
        response = await server.post(PATH, data=body, headers=headers)
        return response.status, await response.text()

    async def over_cloud(body: bytes, headers: dict[str, Any]) -> tuple[int, str]:
        return await by_cloudhook(hass, body, headers)

    return over_http if request.param == "over HTTP" else over_cloud


# What is answered


async def test_a_signed_delivery_is_taken_in_after_the_answer(
    hass: HomeAssistant, hearing: MockConfigEntry, send: Send, travel: Travel
) -> None:
    """The answer waits for nothing; then the entity shows the value."""
    await travel(60)
    body = written(state(battery(64)))
    assert await send(body, signature(body)) == (200, "")
    await hass.async_block_till_done()
    assert hass.states.get(BATTERY).state == "64.0"
    assert outcomes(hearing) == {"state": 1}


@pytest.mark.parametrize(
    "question",
    [
        verify("5f0c92e17ab34d86b1e2"),
        {"eventName": "verify", "payload": {"challenge": "5f0c92e17ab34d86b1e2"}},
    ],
    ids=["version 4.0", "version 2.0"],
)
@pytest.mark.parametrize("signed", [True, False], ids=["signed", "unsigned"])
async def test_verify_is_answered(
    hass: HomeAssistant,
    hearing: MockConfigEntry,
    send: Send,
    question: dict[str, Any],
    signed: bool,
) -> None:
    """With the challenge's signature, in the form that Smartcar documents."""
    body = written(question)
    status, text = await send(body, signature(body) if signed else {})
    assert status == 200
    expected = code_of(b"5f0c92e17ab34d86b1e2")
    assert json.loads(text) == {"challenge": expected}
    await hass.async_block_till_done()
    log = hearing.runtime_data.push.log
    assert outcomes(hearing) == {"verify" if signed else "verify_unsigned": 1}
    assert (log.verified_at is not None) is signed
    assert log.delivered_at is None
    # Anybody can ask without a signature.
    assert hearing.runtime_data.checklist().verified is (True if signed else None)


@pytest.mark.parametrize(
    ("size", "status"), [(LIMIT, 200), (LIMIT + 1, 413)], ids=["64 KB", "one more"]
)
async def test_the_largest_body(
    hass: HomeAssistant, hearing: MockConfigEntry, send: Send, size: int, status: int
) -> None:
    """Smartcar sends less; a byte more is refused before it is looked at."""
    body = written(state(battery(64))).ljust(size)
    assert (await send(body, signature(body)))[0] == status


@pytest.mark.parametrize(("size", "status"), [(1024, 200), (1025, 401)])
async def test_the_largest_body_without_a_signature(
    hass: HomeAssistant, hearing: MockConfigEntry, send: Send, size: int, status: int
) -> None:
    """A VERIFY is short; of strangers no more is read than that."""
    assert (await send(written(verify("abc")).ljust(size), {}))[0] == status


async def test_a_body_in_crumbs(
    hass: HomeAssistant, hearing: MockConfigEntry, server: Any, travel: Travel
) -> None:
    """What counts is the bytes, not how they were parted on the way."""
    await travel(60)
    body = written(state(battery(64)))

    async def crumbs() -> AsyncGenerator[bytes]:
        for at in range(0, len(body), 100):
            yield body[at : at + 100]

    response = await server.post(PATH, data=crumbs(), headers=signature(body))
    assert response.status == 200
    await hass.async_block_till_done()
    assert hass.states.get(BATTERY).state == "64.0"


async def test_without_a_key_nobody_is_believed(
    hass: HomeAssistant, hearing: MockConfigEntry, send: Send
) -> None:
    """Between losing the token and the reload nothing is answered, nor signed."""
    data = {**hearing.data}
    del data[CONF_MANAGEMENT_TOKEN]
    hass.config_entries.async_update_entry(hearing, data=data)
    for body in (written(verify("abc")), SEEN):
        assert await send(body, {}) == (401, "")
        assert await send(body, signature(body)) == (401, "")


# Attacks


class Bench:
    """A car that somebody wants to tamper with."""

    def __init__(
        self, hass: HomeAssistant, server: Any, entry: MockConfigEntry, caplog: Any
    ) -> None:
        """Take the car as it is, and watch from now on."""
        self.hass = hass
        self.server = server
        self.entry = entry
        self.log = entry.runtime_data.push.log
        self.caplog = caplog
        self.written: list[str] = []
        hass.bus.async_listen(EVENT_STATE_CHANGED, self._changed)

    @callback
    def _changed(self, event: Event[Any]) -> None:
        self.written.append(event.data["entity_id"])

    def kept(self) -> str:
        """Return all that is stored, but for the times of contacts."""
        stored = self.entry.runtime_data.context.stored.as_dict()
        for car in stored["vehicles"].values():
            for name in ("last_contact", "rhythm", "empty_since"):
                car.pop(name, None)
        del stored["answered_at"], stored["push"]["events"]
        return json.dumps(stored, sort_keys=True)

    async def send(self, attack: Attack, answer: str | None) -> int:
        """Send bytes over a connection of their own; return the status."""
        wire = attack.wire if attack.wire is not None else attack.body
        head = {
            "Host": "home.example.org",
            "Content-Type": "application/json",
            "Content-Length": str(len(wire)),
        } | attack.head(answer)
        if "Transfer-Encoding" in head:
            del head["Content-Length"]
        lines = [f"{attack.method} {PATH} HTTP/1.1".encode()]
        for name, value in head.items():
            raw = value.encode() if isinstance(value, str) else value
            lines.append(name.encode() + b": " + raw)
        reader, writer = await asyncio.open_connection(
            self.server.host, self.server.port
        )
        try:
            writer.write(b"\r\n".join(lines) + b"\r\n\r\n" + wire)
            await writer.drain()
            return int((await reader.readuntil(b"\r\n")).split()[1])
        finally:
            writer.close()

    async def ask(self, challenge: str) -> str:
        """Have something signed."""
        body = written(verify(challenge))
        status, text = await by_cloudhook(self.hass, body, {})
        assert status == 200
        return json.loads(text)["challenge"]

    async def try_out(
        self, attack: Attack, send: Callable[..., Awaitable[int]], monkeypatch: Any
    ) -> tuple[int, bool, int]:
        """Attack once; return answer, whether something changed, and log lines."""
        # Many wrong signatures in a row are another matter.
        self.log.wrong = 0
        answer = await self.ask(attack.challenge) if attack.challenge else None
        await self.hass.async_block_till_done()
        before, counted = self.kept(), Counter(self.log.outcomes)
        self.written.clear()
        self.caplog.clear()
        with monkeypatch.context() as patched:
            if attack.patience is not None:
                patched.setattr(webhook, "MAX_SECONDS", attack.patience)
            status = await send(attack, answer)
        await self.hass.async_block_till_done()
        changed = self.kept() != before or any(
            "last_contact" not in entity_id for entity_id in self.written
        )
        lines = [
            record
            for record in self.caplog.records
            # The access log cannot live with a clock that stands still.
            if record.name != "aiohttp.access"
            and (
                record.name.startswith("custom_components.smartcar")
                or record.levelno >= logging.ERROR
                or record.exc_info
            )
        ]
        assert status == attack.status, f"{attack.name}: answered {status}"
        assert not changed, f"{attack.name}: {self.written}"
        ours = [line for line in lines if line.name != "aiohttp.server"]
        assert not ours, f"{attack.name}: {[line.getMessage() for line in ours]}"
        assert len(lines) == attack.lines, f"{attack.name}: {len(lines)} log lines"
        found = self.log.outcomes - counted
        found.pop("repeated", None)
        expected = {attack.outcome: 1} if attack.outcome else {}
        assert found == expected, f"{attack.name}: counted as {dict(found)}"
        return status, changed, len(lines)


async def test_attacks(
    hass: HomeAssistant,
    hearing: MockConfigEntry,
    server: Any,
    travel: Travel,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Note,
) -> None:
    """Each is answered and counted; nothing changes, nothing is logged."""
    await travel(60)
    assert await by_cloudhook(hass, SEEN, signature(SEEN)) == (200, "")
    await hass.async_block_till_done()
    assert hass.states.get(BATTERY).state == "57.0"
    assert (await by_cloudhook(hass, written(verify(TOKEN)), {}))[0] == 200
    await travel(60)
    bench = Bench(hass, server, hearing, caplog)

    async def over_cloud(attack: Attack, answer: str | None) -> int:
        head = attack.head(answer)
        return (await by_cloudhook(hass, attack.body, head, attack.method))[0]

    wrong = []
    for attack in ATTACKS:
        try:
            status, changed, lines = await bench.try_out(
                attack, bench.send, monkeypatch
            )
            by_cloud: int | str = "-"
            if not attack.is_wire_only:
                by_cloud = (await bench.try_out(attack, over_cloud, monkeypatch))[0]
            record_property(PROPERTY, (attack.name, status, by_cloud, changed, lines))
        except AssertionError as err:
            wrong.append(str(err).splitlines()[0])
    assert not wrong, "\n".join(wrong)
    assert hass.states.get(BATTERY).state == "57.0"


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError("gone"),
        aiohttp.ClientPayloadError("not all there"),
        web.RequestPayloadError("broken chunks"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_a_body_that_breaks_off(
    hass: HomeAssistant, hearing: MockConfigEntry, error: Exception
) -> None:
    """It is counted, and what came of it is not looked at."""
    body = written(verify("abc"))

    class Broken(MockRequest):
        """A call that ends in the middle."""

        @property
        def content(self) -> Any:
            """Return a stream that breaks after what looks complete."""
            return SimpleNamespace(read=AsyncMock(side_effect=[body, error]))

    request = Broken(body, "cloud", "POST")
    response = await async_handle_webhook(hass, WEBHOOK_ID, request)
    assert (response.status, response.body) == (400, None)
    assert outcomes(hearing) == {"broken_off": 1}


async def test_a_caller_who_hangs_up(
    hass: HomeAssistant, hearing: MockConfigEntry, server: Any
) -> None:
    """Nothing comes of it, and the next one is heard."""
    _, writer = await asyncio.open_connection(server.host, server.port)
    writer.write(f"POST {PATH} HTTP/1.1\r\nHost: home.example.org\r\n".encode())
    writer.write(b"Content-Length: 500\r\n\r\n{")
    writer.close()
    response = await server.post(PATH, data=written(verify("abc")))
    assert response.status == 200
    assert outcomes(hearing)["verify_unsigned"] == 1
    assert hearing.runtime_data.push.log.delivered_at is None


def test_attacks_have_names_of_their_own() -> None:
    """A line of the matrix is one attack."""
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS) >= 60


# Who answers


async def test_the_last_to_listen_is_heard(hass: HomeAssistant, server: Any) -> None:
    """A set-up dialog that is still open keeps no entry from starting, or hearing."""

    def listener(heard: list[str]) -> Receiver:
        return Receiver(
            hass,
            WEBHOOK_ID,
            keys=lambda: (fleet.MANAGEMENT_TOKEN,),
            take=lambda _: None,
            note=heard.append,
        )

    by_flow: list[str] = []
    by_entry: list[str] = []
    end_flow = listener(by_flow).async_register()
    end_entry = listener(by_entry).async_register()
    end_flow()
    body = written(state(battery(64)))
    response = await server.post(PATH, data=body, headers=signature(body))
    assert (response.status, by_flow, by_entry) == (200, [], ["state"])
    end_entry()
    await server.post(PATH, data=body, headers=signature(body))
    assert len(by_entry) == 1
