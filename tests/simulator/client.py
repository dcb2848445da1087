"""A thin client of the simulated cloud, for its own tests."""

from typing import TYPE_CHECKING, Any

from simulator import fleet

if TYPE_CHECKING:
    from collections.abc import Mapping

    import aiohttp

type Json = dict[str, Any]
type Value = Any
type Argument = Any


class Api:
    """A thin client: paths in, (status, body) out.

    `headers`: those of the last answer.
    """

    def __init__(self, session: aiohttp.ClientSession, address: str) -> None:
        """Take a session and the simulator's address."""
        self.session = session
        self.address = address
        self.token = ""
        self.headers: Mapping[str, str] = {}

    async def sign_in(self) -> None:
        """Get a token."""
        status, body = await self.call("POST", "/iam/oauth2/token", data=CREDENTIALS)
        assert status == 200
        self.token = body["access_token"]

    async def call(
        self,
        method: str,
        path: str,
        *,
        user: str | None = None,
        headers: dict[str, str] | None = None,
        **arguments: Argument,
    ) -> tuple[int, Any]:
        """Make a call and read the answer to its end."""
        sent = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if user:
            sent["sc-user-id"] = user
        sent.update(headers or {})
        async with self.session.request(
            method,
            f"{self.address}{path}",
            headers=sent,
            allow_redirects=False,
            **arguments,
        ) as response:
            self.headers = response.headers
            text = await response.text()
            is_json = response.content_type == "application/json" and text
            return response.status, await response.json() if is_json else text

    async def get(self, path: str, **arguments: Argument) -> tuple[int, Any]:
        """Make a GET on the vehicle host."""
        return await self.call("GET", f"/vehicle/v3{path}", **arguments)

    async def command(
        self, car: str, name: str, attributes: Json | None = None, *, user: str = ""
    ) -> tuple[int, Any]:
        """Give a command to a car, as its owner."""
        owner = user or (fleet.USER_2 if car == fleet.ICE else fleet.USER_1)
        body = None if attributes is None else {"data": {"attributes": attributes}}
        path = f"/vehicle/v3/vehicles/{car}/{name}"
        return await self.call("POST", path, user=owner, json=body)

    async def signals(self, car: str) -> dict[str, Json]:
        """Return a car's stored signals by code, as its owner."""
        owner = fleet.USER_2 if car == fleet.ICE else fleet.USER_1
        status, body = await self.get(f"/vehicles/{car}/signals", user=owner)
        assert status == 200
        return {element["id"]: element for element in body["data"]}

    async def value(self, car: str, code: str) -> Value:
        """Return ``body.value`` of one stored signal."""
        return (await self.signals(car))[code]["attributes"]["body"]["value"]


CREDENTIALS = {
    "grant_type": "client_credentials",
    "client_id": fleet.CLIENT_ID,
    "client_secret": fleet.CLIENT_SECRET,
}


def error_of(body: Json) -> tuple[str, str | None]:
    """Return type and code of a v3 error envelope, after checking its form."""
    (error,) = body["errors"]
    needed = {"status", "type", "code", "title", "detail", "links", "meta"}
    assert needed <= error.keys()
    assert error.keys() <= needed | {"resolution", "suggestedUserMessage"}
    return error["type"], error["code"]
