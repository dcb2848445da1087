"""Commands: sent once, and judged by their true result."""

from typing import Any, NamedTuple

import aiohttp
import pytest

from custom_components.smartcar.api import (
    ApiError,
    CommandResult,
    NotFoundError,
    OutcomeUnknownError,
    SmartcarClient,
    ValidationError,
)
from custom_components.smartcar.api.client import COMMAND_TIMEOUT
from custom_components.smartcar.api.errors import (
    CompatibilityError,
    ConnectedServicesAccountError,
    InvalidResponseError,
    PermissionDeniedError,
    VehicleStateError,
)
from simulator import fleet
from simulator.cloud import Cloud
from simulator.day import Place
from simulator.faults import Fault

from .conftest import for_ever
from .fixtures import body
from .script import Answer, Script

HOME = {"latitude": 52.52, "longitude": 13.405}
NIGHT = {"startTime": "23:00", "stopTime": "05:30"}
DAILY = {"location": HOME, **NIGHT}


class Command(NamedTuple):
    """How a command is given, and the request it becomes."""

    method: str
    path: str
    arguments: dict[str, Any] = {}  # noqa: RUF012 - read only
    attributes: dict[str, Any] | None = None


COMMANDS = [
    Command("start_charging", "commands/charge/start"),
    Command("stop_charging", "commands/charge/stop"),
    Command(
        "set_charge_limit",
        "commands/charge/set-limit",
        {"percent": 90},
        {"percent": 90},
    ),
    Command("open_charge_port", "commands/charge-port/open"),
    Command("close_charge_port", "commands/charge-port/close"),
    Command("lock", "commands/security/lock"),
    Command("unlock", "commands/security/unlock"),
    Command("set_destination", "commands/navigation/set-destination", HOME, HOME),
    Command(
        "create_charge_schedule",
        "charge-schedules/daily",
        {"kind": "daily", "attributes": DAILY},
        DAILY,
    ),
    Command(
        "create_charge_schedule",
        "charge-schedules/weekly",
        {
            "kind": "weekly",
            "attributes": {"location": HOME, "days": {"monday": NIGHT}},
        },
        {"location": HOME, "days": {"monday": NIGHT}},
    ),
    Command(
        "create_charge_schedule",
        "charge-schedules/workweek",
        {
            "kind": "workweek",
            "attributes": {"location": HOME, "weekdays": NIGHT, "weekends": NIGHT},
        },
        {"location": HOME, "weekdays": NIGHT, "weekends": NIGHT},
    ),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.path)
async def test_command(client: SmartcarClient, cloud: Cloud, command: Command) -> None:
    """Each command is one request, in the user's name."""
    car = cloud.cars[fleet.BEV]
    car.plugged_in = command.method in {"start_charging", "stop_charging"}
    car.charging = command.method == "stop_charging"
    result = await getattr(client, command.method)(
        fleet.BEV, fleet.USER_1, **command.arguments
    )
    assert result.status == "SUCCESS"
    assert (result.schedule_id is not None) == ("schedules" in command.path)
    (asked,) = (asked for asked in cloud.requests if asked.operation != "token")
    assert asked.method == "POST"
    assert asked.path == f"/vehicle/v3/vehicles/{fleet.BEV}/{command.path}"
    assert asked.user_id == fleet.USER_1
    if command.attributes is None:
        assert asked.body is None
    else:
        assert asked.body == {"data": {"attributes": command.attributes}}


async def test_effects(client: SmartcarClient, cloud: Cloud) -> None:
    """The commands do what their names say."""
    car = cloud.cars[fleet.BEV]
    car.plugged_in = True
    await client.unlock(fleet.BEV, fleet.USER_1)
    await client.start_charging(fleet.BEV, fleet.USER_1)
    await client.open_charge_port(fleet.BEV, fleet.USER_1)
    await client.set_charge_limit(fleet.BEV, fleet.USER_1, percent=95)
    await client.set_destination(fleet.BEV, fleet.USER_1, **HOME)
    assert (car.locked, car.charging, car.port_open) == (False, True, True)
    assert car.charge_limit == 95
    assert car.destination == Place(**HOME)

    await client.stop_charging(fleet.BEV, fleet.USER_1)
    car.plugged_in = False
    await client.close_charge_port(fleet.BEV, fleet.USER_1)
    await client.lock(fleet.BEV, fleet.USER_1)
    assert (car.locked, car.charging, car.port_open) == (True, False, False)


@pytest.mark.parametrize("status", [200, 204])
async def test_charge_schedules(
    client: SmartcarClient, cloud: Cloud, status: Any
) -> None:
    """A schedule is made, has an id, and is deleted by it."""
    cloud.schedule_delete_status = status
    made = await client.create_charge_schedule(
        fleet.BEV, fleet.USER_1, kind="daily", attributes=DAILY
    )
    assert made.schedule_id in cloud.cars[fleet.BEV].schedules
    gone = await client.delete_charge_schedule(
        fleet.BEV, fleet.USER_1, schedule_id=made.schedule_id
    )
    assert gone.status == ("SUCCESS" if status == 200 else None)
    assert cloud.cars[fleet.BEV].schedules == {}
    asked = cloud.requests[-1]
    assert asked.method == "DELETE"
    assert asked.path.endswith(f"/charge-schedules/{made.schedule_id}")
    assert asked.body is None
    with pytest.raises(NotFoundError):
        await client.delete_charge_schedule(
            fleet.BEV, fleet.USER_1, schedule_id=made.schedule_id
        )


@pytest.mark.parametrize("percent", [50, 100])
async def test_limits_of_the_charge_limit(
    client: SmartcarClient, cloud: Cloud, percent: int
) -> None:
    """50 to 100 percent are taken."""
    await client.set_charge_limit(fleet.BEV, fleet.USER_1, percent=percent)
    assert cloud.cars[fleet.BEV].charge_limit == percent


@pytest.mark.parametrize("percent", [49, 101])
async def test_beyond_the_charge_limit(
    client: SmartcarClient, cloud: Cloud, percent: int
) -> None:
    """Anything else is refused by Smartcar, and nothing changes."""
    with pytest.raises(ValidationError):
        await client.set_charge_limit(fleet.BEV, fleet.USER_1, percent=percent)
    assert cloud.cars[fleet.BEV].charge_limit == 80


async def test_refused_by_the_car(client: SmartcarClient, cloud: Cloud) -> None:
    """The car's state forbids it; it is not tried again."""
    with pytest.raises(VehicleStateError) as caught:
        await client.start_charging(fleet.BEV, fleet.USER_1)
    assert caught.value.key == "vehicle_state_charging_plug_not_connected"
    assert cloud.count("command") == 1


async def test_refused_by_the_model(client: SmartcarClient) -> None:
    """A car that cannot do it."""
    with pytest.raises(CompatibilityError):
        await client.open_charge_port(fleet.PHEV, fleet.USER_1)


async def test_refused_for_lack_of_permission(client: SmartcarClient) -> None:
    """What the owner did not grant."""
    with pytest.raises(PermissionDeniedError):
        await client.start_charging(fleet.ICE, fleet.USER_2)


async def test_refused_by_the_account(client: SmartcarClient, cloud: Cloud) -> None:
    """An owner who has to connect again is told where."""
    connection = cloud.connection(fleet.USER_1, fleet.BEV)
    assert connection is not None
    connection.store.signed_out = True
    with pytest.raises(ConnectedServicesAccountError) as caught:
        await client.lock(fleet.BEV, fleet.USER_1)
    assert caught.value.details.resolution == "REAUTHENTICATE"
    assert caught.value.details.resolution_url is not None
    assert "/connect/oauth/reauthenticate?" in caught.value.details.resolution_url


# The held answer: status 202 first, the result later on the same connection


async def test_held_then_ok(client: SmartcarClient, cloud: Cloud) -> None:
    """The result is waited for."""
    cloud.faults.add(Fault("command.unlock", "held_then_ok"))
    result = await client.unlock(fleet.BEV, fleet.USER_1)
    assert result == CommandResult("SUCCESS")
    assert not cloud.cars[fleet.BEV].locked


async def test_held_then_error(client: SmartcarClient, cloud: Cloud) -> None:
    """The result may be an error in spite of the 202."""
    cloud.faults.add(
        Fault("command.unlock", "held_then_error", type="VEHICLE_STATE", code="ASLEEP")
    )
    with pytest.raises(VehicleStateError) as caught:
        await client.unlock(fleet.BEV, fleet.USER_1)
    assert (caught.value.code, caught.value.status) == ("ASLEEP", 409)
    assert cloud.count("command") == 1


async def test_held_then_unauthorized(client: SmartcarClient, cloud: Cloud) -> None:
    """A 401 after the 202 renews nothing, for the command must not go out again."""
    cloud.faults.add(
        Fault(
            "command.unlock",
            "held_then_error",
            type="AUTHENTICATION",
            code="UNAUTHORIZED",
        )
    )
    with pytest.raises(OutcomeUnknownError):
        await client.unlock(fleet.BEV, fleet.USER_1)
    assert (cloud.count("command"), cloud.count("token")) == (1, 1)


@pytest.mark.parametrize("kind", ["held_then_nothing", "held_then_cut"])
@pytest.mark.parametrize("runs", [True, False])
async def test_held_then_lost(
    client: SmartcarClient, cloud: Cloud, kind: str, runs: bool
) -> None:
    """Without a result the command may have run or not; it is not repeated."""
    cloud.faults.add(Fault("command.unlock", kind, runs=runs))
    with pytest.raises(OutcomeUnknownError) as caught:
        await client.unlock(fleet.BEV, fleet.USER_1)
    assert caught.value.key == "outcome_unknown"
    assert cloud.cars[fleet.BEV].locked is not runs
    assert cloud.count("command") == 1


@pytest.mark.parametrize("kind", ["cut_before_headers", "cut_mid_body"])
async def test_cut(client: SmartcarClient, cloud: Cloud, kind: str) -> None:
    """A connection that breaks leaves the outcome open; nothing is repeated."""
    cloud.faults.add(Fault("command.unlock", kind))
    with pytest.raises(OutcomeUnknownError):
        await client.unlock(fleet.BEV, fleet.USER_1)
    assert not cloud.cars[fleet.BEV].locked
    assert cloud.count("command") == 1


async def test_a_deletion_is_not_repeated_either(
    client: SmartcarClient, cloud: Cloud
) -> None:
    """By itself aiohttp sends a DELETE again when a kept connection breaks."""
    await client.connections()
    cloud.faults.add(Fault("schedule.delete", "cut_before_headers", times=2))
    with pytest.raises(OutcomeUnknownError):
        await client.delete_charge_schedule(
            fleet.BEV, fleet.USER_1, schedule_id="sched_01TEST"
        )
    assert cloud.count("schedule.delete") == 1


async def test_patience(
    client: SmartcarClient, cloud: Cloud, impatience: list[aiohttp.ClientTimeout]
) -> None:
    """Smartcar may hold a command for 310 s; who hangs up earlier learns nothing."""
    cloud.sleep = for_ever
    cloud.faults.add(Fault("command.unlock", "held_then_ok", seconds=1))
    with pytest.raises(OutcomeUnknownError):
        await client.unlock(fleet.BEV, fleet.USER_1)
    assert cloud.count("command") == 1
    assert impatience == [COMMAND_TIMEOUT]
    assert COMMAND_TIMEOUT.total is not None
    assert COMMAND_TIMEOUT.total > 310
    # Silence on a connection that stands is no reason to give up either.
    assert COMMAND_TIMEOUT.sock_read is None


def reported(status: object) -> dict[str, Any]:
    """Write an answer that reports this status."""
    return {"data": {"attributes": {"status": {"value": status}}}}


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Answer(reported("SUCCESS")), id="success"),
        pytest.param(Answer(reported("COMPLETED")), id="completed"),
        pytest.param(Answer(body("command_succeeded")), id="sample"),
        pytest.param(Answer(body("command_succeeded"), status=202), id="late sample"),
        pytest.param(Answer({}), id="no status"),
        pytest.param(Answer(status=204), id="204"),
        pytest.param(Answer({"errors": []} | reported("SUCCESS")), id="no errors"),
    ],
)
async def test_success(
    scripted: SmartcarClient, script: Script, answer: Answer
) -> None:
    """A good HTTP status without an error is a success; the rest is optional."""
    script.answers([answer])
    await scripted.lock("car", "user")
    assert len(script.asked) == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        pytest.param(Answer(reported("FAILED")), OutcomeUnknownError, id="failed"),
        pytest.param(Answer(reported("PENDING")), OutcomeUnknownError, id="pending"),
        pytest.param(
            Answer(reported("FAILED"), status=202), OutcomeUnknownError, id="late"
        ),
        pytest.param(Answer(status=202), OutcomeUnknownError, id="202 and nothing"),
        pytest.param(Answer({}, status=202), OutcomeUnknownError, id="202 and {}"),
        pytest.param(
            Answer(b"null", status=202), OutcomeUnknownError, id="202 and null"
        ),
        pytest.param(
            Answer(b'{"data": {"att', status=202), InvalidResponseError, id="half"
        ),
        pytest.param(Answer(b"<html>"), InvalidResponseError, id="html"),
        pytest.param(Answer([]), InvalidResponseError, id="list"),
        pytest.param(Answer(status=504), OutcomeUnknownError, id="gateway timeout"),
        pytest.param(
            Answer({"errors": [{"status": "504"}]}, status=202),
            OutcomeUnknownError,
            id="late gateway timeout",
        ),
        pytest.param(Answer(status=302), InvalidResponseError, id="redirect"),
    ],
)
async def test_outcome_unknown(
    scripted: SmartcarClient,
    script: Script,
    answer: Answer,
    error: type[OutcomeUnknownError],
) -> None:
    """Without a clear result nobody may claim success, or failure."""
    script.answers([answer])
    with pytest.raises(OutcomeUnknownError) as caught:
        await scripted.lock("car", "user")
    assert type(caught.value) is error
    assert len(script.asked) == 1


@pytest.mark.parametrize("status", [400, 403, 404, 409, 429, 430, 500, 501, 502, 503])
async def test_refusals_are_not_repeated(
    scripted: SmartcarClient, script: Script, status: int
) -> None:
    """Nothing that moves a lock or a charger is sent twice."""
    script.answers([Answer(status=status)])
    with pytest.raises(ApiError) as caught:
        await scripted.unlock("car", "user")
    assert caught.value.status == status
    assert len(script.asked) == 1
