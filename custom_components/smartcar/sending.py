"""A command from sending it to what it should have made of the car.

Commands are sent once and never repeated.
"""

import asyncio
from typing import Any

from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from .api import (
    CommandResult,
    CompatibilityError,
    Connection,
    OutcomeUnknownError,
    SmartcarError,
)
from .command_line import VehicleBusyError
from .commands import Command
from .coordinator import SmartcarVehicle
from .failures import failed, refusal


async def async_send_command(
    vehicle: SmartcarVehicle, command: Command, **arguments: Any
) -> CommandResult:
    """Send a command once; raise a translated error when it did not succeed.

    One command at a time for a car; a second one waits a little and is then
    refused. The expected value stands as assumed until the car confirms it.
    """
    try:
        result = await _send_alone(vehicle, command, arguments)
    except HomeAssistantError as err:
        vehicle.command_line.note_end(command, err)
        raise
    vehicle.command_line.note_end(command, None)
    return result


async def _send_alone(
    vehicle: SmartcarVehicle, command: Command, arguments: dict[str, Any]
) -> CommandResult:
    try:
        async with vehicle.command_line.free():
            try:
                return await _send(vehicle, command, arguments)
            finally:
                vehicle.stored.command_since = None
                vehicle.context.save(vehicle.id)
    except VehicleBusyError:
        raise refusal("vehicle_busy", vehicle.car_name) from None


async def _send(
    vehicle: SmartcarVehicle, command: Command, arguments: dict[str, Any]
) -> CommandResult:
    context, stored = vehicle.context, vehicle.stored
    vehicle.best(command.permission)
    stored.clamp_times(dt_util.utcnow())
    stored.command_since = dt_util.utcnow()
    # Without it, a crash would leave no sign that the command may have run.
    await context.write_ahead(vehicle.id)
    if vehicle.hass.is_stopping or context.is_closed():
        raise refusal("shutting_down", vehicle.car_name)
    connection = vehicle.best(command.permission)
    user_id = connection.user_id
    try:
        result = await vehicle.command_line.answer(
            command.send(context.client, vehicle.id, user_id, **arguments)
        )
    except asyncio.CancelledError:
        # A script that is stopped stops its actions; this one may have run.
        vehicle.record(OutcomeUnknownError("cut off"), user_id, is_read=False)
        vehicle.confirmation.start()
        raise
    except SmartcarError as err:
        _handle_error(vehicle, command, err, connection)
        raise failed(
            err,
            vehicle.car_name,
            "schedule_not_found" if command.misses_schedule(err) else None,
        ) from err
    vehicle.record(None, user_id, is_read=False)
    stored.pace.note_command(dt_util.now())
    stored.owner_errors.record_login(user_id, dt_util.utcnow())
    vehicle.reschedule()
    if command.signal is not None:
        _assume(vehicle, command.signal, command, arguments)
    vehicle.async_show_issues()
    if command.signal is not None or command.confirms:
        vehicle.confirmation.start()
    return result


def _handle_error(
    vehicle: SmartcarVehicle,
    command: Command,
    error: SmartcarError,
    connection: Connection,
) -> None:
    """Learn from a command that failed."""
    vehicle.record(error, connection.user_id, is_read=False)
    if isinstance(error, OutcomeUnknownError):
        vehicle.confirmation.start()
    elif isinstance(error, CompatibilityError) and command.signal is not None:
        vehicle.grants.controls.refuse(command.signal, connection.revision)
        vehicle.async_show_issues()
    vehicle.async_publish()


def _assume(
    vehicle: SmartcarVehicle, signal: str, command: Command, arguments: dict[str, Any]
) -> None:
    """Show what a command should have made of a signal."""
    was_removed = signal in vehicle.grants.incapable
    vehicle.grants.controls.obey(signal)
    if was_removed:
        vehicle.shape.call()
    value = arguments[command.argument] if command.argument else command.expected
    vehicle.data.expect(signal, command.leaf, value, dt_util.utcnow())
    vehicle.confirmation.lapse_later(signal)
    vehicle.async_publish((signal,))


@callback
def async_choose_control(
    vehicle: SmartcarVehicle, signal: str, *, remove: bool
) -> None:
    """Remove a control that the car does not obey, or keep it.

    Until the car is connected again; then it is there to be tried.
    """
    if vehicle.grants.controls.choose(signal, remove=remove):
        vehicle.shape.call()
        vehicle.async_show_issues()
        vehicle.context.save(vehicle.id)
