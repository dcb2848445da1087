"""Smartcar's v3 API as far as it is used: one method per endpoint.

Every method raises a SmartcarError: CannotConnectError when the request was
certainly not carried out, OutcomeUnknownError when it may have been, and one of
the ApiError classes for what Smartcar refused.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal, override
from urllib.parse import quote

import aiohttp

from .auth import Authenticator
from .errors import (
    ErrorDetails,
    InvalidResponseError,
    NotFoundError,
    OutcomeUnknownError,
)
from .gate import mapping
from .hosts import Hosts
from .models import (
    CommandResult,
    Connection,
    Listing,
    Signal,
    Subscription,
    Vehicle,
    Webhook,
)
from .transport import Method, Request, Transport

type ScheduleKind = Literal["daily", "weekly", "workweek"]

# Smartcar holds a slow command's answer for up to 310 s, counted from when it
# has the request; hanging up earlier loses the answer.
COMMAND_TIMEOUT: Final = aiohttp.ClientTimeout(total=345, connect=10)

MODES: Final = ("live", "simulated")

COMMAND_SUCCEEDED: Final = frozenset({None, "SUCCESS", "COMPLETED"})


class SmartcarClient:
    """Talks to one Smartcar application."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        client_id: str,
        client_secret: str,
        hosts: Hosts | None = None,
    ) -> None:
        """Take a shared session and the API credentials."""
        self.hosts = hosts or Hosts.from_environment()
        auth = Authenticator(session, self.hosts.token, client_id, client_secret)
        self._transport = Transport(session, auth)

    @override
    def __repr__(self) -> str:
        """Show no credentials."""
        return f"{type(self).__name__}({self.hosts.vehicle!r})"

    # Connections and users

    async def connections(self) -> Listing[Connection]:
        """List the application's connections, live and simulated cars."""
        items: list[Connection] = []
        complete = True
        for mode in MODES:
            listing = await self._transport.list_all(
                f"{self.hosts.vehicle}/connections",
                Connection.parse,
                filters={"filter[vehicle.mode]": mode},
            )
            items.extend(listing.items)
            complete = complete and listing.complete
        return Listing(tuple(items), complete)

    async def remove_connection(self, connection_id: str) -> None:
        """End one user's grant for one car."""
        url = f"{self.hosts.vehicle}/connections/{_piece(connection_id)}"
        await self._transport.request(Request("DELETE", url))

    async def remove_user(self, user_id: str) -> None:
        """Remove a user and all of that user's connections."""
        url = f"{self.hosts.vehicle}/users/{_piece(user_id)}"
        await self._transport.request(Request("DELETE", url))

    # Vehicle data

    async def vehicle(self, vehicle_id: str) -> Vehicle:
        """Read make, model, year and powertrain of a car."""

        def parse(data: object) -> Vehicle | None:
            item = mapping(data)
            return Vehicle.parse(item.get("id"), item.get("attributes"))

        return await self._transport.get(self._vehicle_url(vehicle_id), parse)

    async def signals(self, vehicle_id: str, user_id: str) -> Listing[Signal]:
        """Read all that Smartcar's store holds of a car; one billable call.

        A car whose store was never filled answers an empty list or 404; both
        become an empty list here.
        """
        try:
            return await self._transport.list_all(
                self._vehicle_url(vehicle_id, "signals"),
                Signal.parse,
                user_id=user_id,
                page_size=None,
            )
        except NotFoundError as err:
            if err.is_of_vehicle:
                raise
            return Listing((), complete=True)

    # Commands

    async def start_charging(self, vehicle_id: str, user_id: str) -> CommandResult:
        """Start charging."""
        return await self._command(vehicle_id, user_id, "commands/charge/start")

    async def stop_charging(self, vehicle_id: str, user_id: str) -> CommandResult:
        """Stop charging."""
        return await self._command(vehicle_id, user_id, "commands/charge/stop")

    async def set_charge_limit(
        self, vehicle_id: str, user_id: str, *, percent: int
    ) -> CommandResult:
        """Set the state of charge at which charging ends, 50 to 100 percent."""
        return await self._command(
            vehicle_id, user_id, "commands/charge/set-limit", {"percent": percent}
        )

    async def open_charge_port(self, vehicle_id: str, user_id: str) -> CommandResult:
        """Open the flap of the charge port."""
        return await self._command(vehicle_id, user_id, "commands/charge-port/open")

    async def close_charge_port(self, vehicle_id: str, user_id: str) -> CommandResult:
        """Close the flap of the charge port."""
        return await self._command(vehicle_id, user_id, "commands/charge-port/close")

    async def lock(self, vehicle_id: str, user_id: str) -> CommandResult:
        """Lock the doors."""
        return await self._command(vehicle_id, user_id, "commands/security/lock")

    async def unlock(self, vehicle_id: str, user_id: str) -> CommandResult:
        """Unlock the doors."""
        return await self._command(vehicle_id, user_id, "commands/security/unlock")

    async def set_destination(
        self, vehicle_id: str, user_id: str, *, latitude: float, longitude: float
    ) -> CommandResult:
        """Send a destination to the car's navigation, in degrees (WGS 84)."""
        return await self._command(
            vehicle_id,
            user_id,
            "commands/navigation/set-destination",
            {"latitude": latitude, "longitude": longitude},
        )

    async def create_charge_schedule(
        self,
        vehicle_id: str,
        user_id: str,
        *,
        kind: ScheduleKind,
        attributes: Mapping[str, Any],
    ) -> CommandResult:
        """Make a charge schedule for a place.

        `attributes` holds `location` with `latitude` and `longitude`, and for
        `daily` `startTime` and `stopTime` (`HH:mm`), for `weekly` `days`, for
        `workweek` `weekdays` and `weekends`.
        """
        return await self._command(
            vehicle_id, user_id, f"charge-schedules/{kind}", attributes
        )

    async def delete_charge_schedule(
        self, vehicle_id: str, user_id: str, *, schedule_id: str
    ) -> CommandResult:
        """Delete a charge schedule."""
        return await self._command(
            vehicle_id,
            user_id,
            f"charge-schedules/{_piece(schedule_id)}",
            method="DELETE",
        )

    # Webhooks and subscriptions

    async def webhooks(self) -> Listing[Webhook]:
        """List the application's webhooks; they are made in the dashboard only."""
        return await self._transport.list_all(
            f"{self.hosts.management}/webhooks", Webhook.parse
        )

    async def subscriptions(
        self, webhook_id: str | None = None
    ) -> Listing[Subscription]:
        """List which cars are attached to a webhook, or to any."""
        filters = {"filter[webhookId]": webhook_id} if webhook_id else {}
        return await self._transport.list_all(
            f"{self.hosts.management}/subscriptions",
            Subscription.parse,
            filters=filters,
        )

    async def subscribe(self, webhook_id: str, user_id: str, vehicle_id: str) -> None:
        """Attach a car to a webhook; it appears in the list a little later.

        Raises ConflictError when it is attached already.
        """
        attributes = {
            "webhookId": webhook_id,
            "userId": user_id,
            "vehicleId": vehicle_id,
        }
        await self._transport.request(
            Request(
                "POST",
                f"{self.hosts.management}/subscriptions",
                json_body={"data": {"attributes": attributes}},
            )
        )

    async def unsubscribe(self, subscription_id: str) -> None:
        """Detach a car from a webhook."""
        await self._transport.request(
            Request(
                "DELETE",
                f"{self.hosts.management}/subscriptions/{_piece(subscription_id)}",
            )
        )

    def _vehicle_url(self, vehicle_id: str, path: str = "") -> str:
        """Build the address of a car or of something below it."""
        url = f"{self.hosts.vehicle}/vehicles/{_piece(vehicle_id)}"
        return f"{url}/{path}" if path else url

    async def _command(
        self,
        vehicle_id: str,
        user_id: str,
        path: str,
        attributes: Mapping[str, Any] | None = None,
        *,
        method: Method = "POST",
    ) -> CommandResult:
        """Send a command once and wait for its true result.

        Smartcar may answer 202 and send the result later on the same
        connection; that result can be an error in spite of the 202.
        """
        body = None
        if attributes is not None:
            body = {"data": {"attributes": dict(attributes)}}
        answer = await self._transport.request(
            Request(
                method,
                self._vehicle_url(vehicle_id, path),
                user_id,
                json_body=body,
                timeouts=COMMAND_TIMEOUT,
            )
        )
        if answer is not None and not isinstance(answer, Mapping):
            msg = "Not the documented result"
            raise InvalidResponseError(msg)
        result = CommandResult.parse(answer)
        if result.status not in COMMAND_SUCCEEDED:
            msg = "The command did not report success"
            raise OutcomeUnknownError(msg)
        return result


def _piece(id_: str) -> str:
    """Write an id as one piece of a path.

    Raises NotFoundError for what no quoting makes a piece: an address that ends
    in ".." is that of something else.
    """
    if id_ in ("", ".", ".."):
        raise NotFoundError(ErrorDetails(404, "RESOURCE_NOT_FOUND", "PATH"))
    return quote(id_, safe="")
