"""One request on its way through the cloud, and the answer it gets."""

from dataclasses import dataclass, field
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from simulator.errors import (
    INVALID_INPUT_FORMAT,
    MISSING_PARAMETER,
    VEHICLE_NOT_FOUND,
    not_found,
    validation,
)

if TYPE_CHECKING:
    from aiohttp import web

    from simulator.cloud import Cloud
    from simulator.errors import Json, Value
    from simulator.resources import Connection


@dataclass(frozen=True)
class Answer:
    """What goes back, before it becomes bytes."""

    status: int = 200
    body: Any = None
    """A JSON value; None sends no body."""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """A request with what handlers want to know about it."""

    cloud: Cloud
    request: web.Request
    text: str
    """The body as text; empty without one."""
    request_id: str

    @property
    def origin(self) -> str:
        """Scheme, host and port the client used."""
        return str(self.request.url.origin())

    @property
    def vehicle_base(self) -> str:
        """URL of the vehicle host's v3."""
        return f"{self.origin}/vehicle/v3"

    @property
    def management_base(self) -> str:
        """URL of the management host's v3."""
        return f"{self.origin}/management/v3"

    @property
    def user_id(self) -> str | None:
        """The ``sc-user-id`` header."""
        return self.request.headers.get("sc-user-id") or None

    @property
    def vehicle_id(self) -> str | None:
        """The vehicle id in the path."""
        return self.request.match_info.get("vehicle_id")

    def reauthenticate_url(self) -> str:
        """Return where the owner of the path's vehicle can connect again."""
        query = urlencode(
            {
                "client_id": self.cloud.application.application_id,
                "response_type": "vehicle_id",
                "vehicle_id": self.vehicle_id or "",
            }
        )
        return f"{self.origin}/connect/oauth/reauthenticate?{query}"

    def path(self, name: str) -> str:
        """Return a part of the path by its name in the route."""
        return self.request.match_info[name]

    def filter(self, name: str) -> str | None:
        """Return the query parameter ``filter[name]``."""
        return self.request.query.get(f"filter[{name}]")

    def json(self) -> Value:
        """Return the parsed body; an empty one is None."""
        if not self.text.strip():
            return None
        try:
            return json.loads(self.text)
        except ValueError as error:
            raise validation(INVALID_INPUT_FORMAT) from error

    def attributes(self) -> Json:
        """Return ``data.attributes`` of the body, or raise the API's 400."""
        body = self.json()
        for name in ("data", "attributes"):
            if body is None or (isinstance(body, dict) and name not in body):
                raise validation(MISSING_PARAMETER)
            if not isinstance(body, dict):
                raise validation(INVALID_INPUT_FORMAT)
            body = body[name]
        if not isinstance(body, dict):
            raise validation(INVALID_INPUT_FORMAT)
        return body

    def connection(self) -> Connection:
        """Return the connection of header and path, or raise the API's error."""
        if self.user_id is None:
            raise validation(
                MISSING_PARAMETER,
                "The header that names the user is missing.",
            )
        car = self.cloud.car(self.vehicle_id or "")
        connection = self.cloud.connection(self.user_id, car.vehicle_id)
        if connection is None:
            raise not_found(VEHICLE_NOT_FOUND)
        return connection
