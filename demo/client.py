"""Talks to the demo's Home Assistant as a browser does."""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import aiohttp

type Json = dict[str, Any]

USER = "demo"
PASSWORD = "demo"  # noqa: S105 - printed for everybody, and only for this machine


class DemoError(Exception):
    """The demo cannot go on; the message says why."""


class HomeAssistantClient:
    """A user of Home Assistant's REST and WebSocket APIs."""

    def __init__(self, session: aiohttp.ClientSession, address: str) -> None:
        """Take an address without a slash at the end."""
        self._session = session
        self._address = address
        self._client_id = f"{address}/"
        self._headers: dict[str, str] = {}

    async def answers(self, path: str) -> bool:
        """Return whether Home Assistant listens and knows this path."""
        try:
            async with self._session.get(self._address + path) as response:
                return response.ok
        except aiohttp.ClientError:
            return False

    async def onboard(self) -> None:
        """Create the demo user, and be that user."""
        answer = await self.post(
            "/api/onboarding/users",
            {
                "name": "Demo",
                "username": USER,
                "password": PASSWORD,
                "client_id": self._client_id,
                "language": "en",
            },
        )
        await self._take_token(answer["auth_code"])

    async def log_in(self) -> None:
        """Be the user that an earlier demo created."""
        flow = await self.post(
            "/auth/login_flow",
            {
                "client_id": self._client_id,
                "handler": ["homeassistant", None],
                "redirect_uri": self._client_id,
            },
        )
        answer = await self.post(
            f"/auth/login_flow/{flow['flow_id']}",
            {"client_id": self._client_id, "username": USER, "password": PASSWORD},
        )
        if answer["type"] != "create_entry":
            msg = f"The folder has another user than {USER} / {PASSWORD}."
            raise DemoError(msg)
        await self._take_token(answer["result"])

    async def _take_token(self, code: str) -> None:
        form = {
            "client_id": self._client_id,
            "grant_type": "authorization_code",
            "code": code,
        }
        url = f"{self._address}/auth/token"
        async with self._session.post(url, data=form) as response:
            answer = await self._json("/auth/token", response)
        self._headers = {"Authorization": f"Bearer {answer['access_token']}"}

    async def get(self, path: str) -> Any:  # noqa: ANN401 - whatever JSON there is
        """Ask for something."""
        async with self._session.get(
            self._address + path, headers=self._headers
        ) as response:
            return await self._json(path, response)

    async def post(self, path: str, body: Mapping[str, object]) -> Any:  # noqa: ANN401
        """Do something."""
        async with self._session.post(
            self._address + path, json=body, headers=self._headers
        ) as response:
            return await self._json(path, response)

    async def delete(self, path: str) -> Any:  # noqa: ANN401
        """Take something back."""
        async with self._session.delete(
            self._address + path, headers=self._headers
        ) as response:
            return await self._json(path, response)

    async def _json(self, path: str, response: aiohttp.ClientResponse) -> Any:  # noqa: ANN401
        if response.status >= HTTPStatus.BAD_REQUEST:
            text = (await response.text())[:300]
            msg = f"Home Assistant answered {path} with {response.status}: {text}"
            raise DemoError(msg)
        return await response.json()

    async def state(self, entity_id: str) -> Json:
        """Return an entity's state with its attributes."""
        state: Json = await self.get(f"/api/states/{entity_id}")
        return state

    async def act(self, domain: str, action: str, entity_id: str) -> None:
        """Perform an action."""
        await self.post(f"/api/services/{domain}/{action}", {"entity_id": entity_id})

    async def commands(self, *commands: Json) -> list[Any]:
        """Send commands over a WebSocket; return their results."""
        url = f"{self._address}/api/websocket"
        token = self._headers["Authorization"].removeprefix("Bearer ")
        async with asyncio.timeout(30), self._session.ws_connect(url) as socket:
            await socket.receive_json()
            await socket.send_json({"type": "auth", "access_token": token})
            if (await socket.receive_json())["type"] != "auth_ok":
                msg = "Home Assistant did not accept the demo's token."
                raise DemoError(msg)
            results = []
            for number, command in enumerate(commands, 1):
                await socket.send_json({"id": number, **command})
                answer = await socket.receive_json()
                if not answer["success"]:
                    msg = f"{command['type']} failed: {answer['error']['message']}"
                    raise DemoError(msg)
                results.append(answer["result"])
            return results
