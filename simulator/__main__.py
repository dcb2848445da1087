"""``python -m simulator``: the demo household as a process of its own."""

import argparse
import asyncio
from datetime import datetime
import math
from pathlib import Path
import signal
import sys
from typing import TYPE_CHECKING

from simulator.cleaning import ReportError
from simulator.clock import DAY_SECONDS, MORNING, Clock
from simulator.fleet import demo
from simulator.report import read
from simulator.reported import replace_household
from simulator.sender import Sender
from simulator.server import running

if TYPE_CHECKING:
    from simulator.cloud import Cloud
    from simulator.recording import Recorded
    from simulator.sender import Attempt


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < math.inf:
        message = "must be greater than 0"
        raise argparse.ArgumentTypeError(message)
    return number


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=8480)
    parser.add_argument(
        "--speed", type=_positive, default=1.0, help="life seconds per real second"
    )
    parser.add_argument("--seed", type=int, default=1, help="which day is repeated")
    parser.add_argument(
        "--refresh", type=_positive, default=60.0, help="real seconds between readings"
    )
    parser.add_argument(
        "--limits", action="store_true", help="enforce the documented limits"
    )
    parser.add_argument(
        "--unconnected", action="store_true", help="begin without connections"
    )
    parser.add_argument(
        "--held", action="store_true", help="no daily life: the cars stay parked"
    )
    parser.add_argument(
        "--report",
        type=Path,
        metavar="FILE",
        help="the cars of a diagnostics file in place of the household's",
    )
    filling = parser.add_mutually_exclusive_group()
    filling.add_argument(
        "--fill",
        dest="fill",
        action="store_const",
        const="always",
        default="always",
        help="signal stores are filled by themselves (default)",
    )
    filling.add_argument(
        "--subscribed",
        dest="fill",
        action="store_const",
        const="subscribed",
        help="signal stores are filled once a car is subscribed to a webhook",
    )
    filling.add_argument(
        "--empty",
        dest="fill",
        action="store_const",
        const="never",
        help="signal stores stay empty",
    )
    return parser.parse_args()


def _clock(speed: float) -> Clock:
    """Begin in the morning; at real speed, with the real time of day."""
    if speed != 1:
        return Clock(speed, starts_at=MORNING)
    here = datetime.now().astimezone()
    midnight = here.replace(hour=0, minute=0, second=0, microsecond=0)
    seconds = (here - midnight).total_seconds() % DAY_SECONDS
    return Clock(speed, starts_at=here.weekday() * DAY_SECONDS + seconds)


def _make(arguments: argparse.Namespace) -> Cloud:
    cloud = demo(
        _clock(arguments.speed),
        seed=arguments.seed,
        fill=arguments.fill,
        connected=not arguments.unconnected,
    )
    cloud.on_answer = _say
    if arguments.report:
        replace_household(cloud, read(arguments.report))
    if arguments.limits:
        cloud.limits.document()
    for car in cloud.cars.values():
        car.living = not (arguments.held or arguments.report)
    cloud.refresh_seconds = arguments.refresh
    for connection in cloud.connections.values():
        connection.store.refresh_seconds = arguments.refresh
    return cloud


def _say(recorded: Recorded) -> None:
    time = recorded.at.astimezone().strftime("%H:%M:%S")
    status = recorded.status or "cut"
    print(time, recorded.method, recorded.path, status, flush=True)  # noqa: T201


def _say_delivery(attempt: Attempt) -> None:
    time = attempt.at.astimezone().strftime("%H:%M:%S")
    result = attempt.status or attempt.failure
    print(  # noqa: T201
        f"{time} delivery {attempt.type} (attempt {attempt.number}) {result}",
        flush=True,
    )


async def _serve(arguments: argparse.Namespace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    sender = Sender(_make(arguments))
    sender.on_attempt = _say_delivery
    async with (
        running(sender.cloud, arguments.port, sender=sender) as address,
        sender.at_work(),
    ):
        print(  # noqa: T201 - the line that tells it is ready
            f"Simulated Smartcar cloud ready on {address} "
            f"(control page: {address}/control)",
            flush=True,
        )
        await stop.wait()


def main() -> None:
    """Run until interrupted."""
    arguments = _arguments()
    try:
        asyncio.run(_serve(arguments))
    except (OSError, ReportError) as error:
        # Most often a port that is taken.
        sys.exit(f"simulator: {error}")


if __name__ == "__main__":
    main()
