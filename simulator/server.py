"""The web application: every host of the platform as a path prefix of one address."""

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

from simulator import (
    commands,
    compatibility_api,
    connect,
    control,
    management_api,
    token_api,
    vehicle_api,
    webhook_control,
)
from simulator.errors import INVALID_PATH, not_found
from simulator.pipeline import CLOUD, UNDERWAY, Operation, endpoint, stop_underway
from simulator.sender import Sender

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from simulator.call import Answer, Call
    from simulator.cloud import Cloud

LOCALHOST = "127.0.0.1"
"""The only address the simulator listens on."""

TOKEN = "/iam/oauth2/token"  # noqa: S105 - a path
VEHICLE = "/vehicle/v3"
MANAGEMENT = "/management/v3"
COMPATIBILITY = "/compatibility/v3"
_CAR = f"{VEHICLE}/vehicles/{{vehicle_id}}"

_IMMEDIATELY = 0.1
"""Seconds that requests under way get when the server stops."""


async def _invalid_path(_call: Call) -> Answer:
    raise not_found(INVALID_PATH)


OPERATIONS = (
    Operation("token", "POST", TOKEN, token_api.token, bearer=False),
    Operation("connections", "GET", f"{VEHICLE}/connections", vehicle_api.connections),
    Operation(
        "connection",
        "GET",
        f"{VEHICLE}/connections/{{connection_id}}",
        vehicle_api.connection,
    ),
    Operation(
        "connection.delete",
        "DELETE",
        f"{VEHICLE}/connections/{{connection_id}}",
        vehicle_api.delete_connection,
    ),
    Operation(
        "user.delete", "DELETE", f"{VEHICLE}/users/{{user_id}}", vehicle_api.delete_user
    ),
    Operation("vehicle", "GET", _CAR, vehicle_api.vehicle),
    Operation("signals", "GET", f"{_CAR}/signals", vehicle_api.signals, metered=True),
    Operation(
        "signal", "GET", f"{_CAR}/signals/{{code}}", vehicle_api.signal, metered=True
    ),
    *(
        Operation(
            f"command.{command.name}",
            "POST",
            f"{_CAR}/commands/{command.path}",
            commands.command_handler(command),
            metered=True,
        )
        for command in commands.COMMANDS.values()
    ),
    *(
        Operation(
            f"schedule.{kind}",
            "POST",
            f"{_CAR}/charge-schedules/{kind}",
            commands.schedule_handler(kind),
            metered=True,
        )
        for kind in commands.SCHEDULES
    ),
    Operation(
        "schedule.delete",
        "DELETE",
        f"{_CAR}/charge-schedules/{{schedule_id}}",
        commands.delete_schedule,
        metered=True,
    ),
    Operation("webhooks", "GET", f"{MANAGEMENT}/webhooks", management_api.webhooks),
    Operation(
        "webhook",
        "GET",
        f"{MANAGEMENT}/webhooks/{{webhook_id}}",
        management_api.webhook,
    ),
    Operation(
        "subscriptions",
        "GET",
        f"{MANAGEMENT}/subscriptions",
        management_api.subscriptions,
    ),
    Operation(
        "subscription.create",
        "POST",
        f"{MANAGEMENT}/subscriptions",
        management_api.create_subscription,
    ),
    Operation(
        "subscription",
        "GET",
        f"{MANAGEMENT}/subscriptions/{{subscription_id}}",
        management_api.subscription,
    ),
    Operation(
        "subscription.delete",
        "DELETE",
        f"{MANAGEMENT}/subscriptions/{{subscription_id}}",
        management_api.delete_subscription,
    ),
    Operation(
        "compatible_vehicles",
        "GET",
        f"{COMPATIBILITY}/compatible-vehicles",
        compatibility_api.compatible_vehicles,
        bearer=False,
    ),
    # Everything else on the API hosts: unknown and v2-style paths and methods.
    Operation("unknown", "*", "/iam/{tail:.*}", _invalid_path, bearer=False),
    Operation("unknown", "*", "/vehicle/{tail:.*}", _invalid_path),
    Operation("unknown", "*", "/management/{tail:.*}", _invalid_path),
    Operation("unknown", "*", "/compatibility/{tail:.*}", _invalid_path, bearer=False),
)
"""Every call of the platform, in the order in which paths are tried."""

OPERATION_NAMES = tuple(dict.fromkeys(operation.name for operation in OPERATIONS))
"""Names that faults match and recordings carry."""


def create_app(cloud: Cloud, sender: Sender | None = None) -> web.Application:
    """Make the web application of a cloud; it starts no task of its own.

    It closes the sender at its end.
    """
    app = web.Application()
    app[CLOUD] = cloud
    app[webhook_control.SENDER] = sender = sender or Sender(cloud)
    app[UNDERWAY] = set()
    app.on_cleanup.extend((stop_underway, lambda _: sender.close()))
    for operation in OPERATIONS:
        app.router.add_route(operation.method, operation.path, endpoint(operation))
    connect.add_routes(app)
    control.add_routes(app, OPERATION_NAMES)
    webhook_control.add_routes(app)
    return app


@asynccontextmanager
async def running(
    cloud: Cloud, port: int = 0, *, sender: Sender | None = None
) -> AsyncIterator[str]:
    """Serve a cloud on this machine and yield its address, without a last slash.

    Port 0 takes a free one. Requests still under way at the end are cut off. The
    control page acts through the sender, which is closed at the end.
    """
    runner = web.AppRunner(
        create_app(cloud, sender), access_log=None, shutdown_timeout=_IMMEDIATELY
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, LOCALHOST, port)
        await site.start()
        address = runner.addresses[0]
        yield f"http://{LOCALHOST}:{address[1]}"
    finally:
        await runner.cleanup()
