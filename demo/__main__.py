"""``python -m demo``: a Home Assistant with three simulated cars."""

import argparse
import asyncio
import contextlib
import math
from pathlib import Path
import signal
import socket
import sys

from demo.client import DemoError
from demo.folder import HOST
from demo.program import Settings, run
from demo.reported import load

INTERRUPTED = 130


def _port(wanted: int) -> int:
    """Make sure a port is free; 0 chooses one."""
    with socket.socket() as probe:
        # As servers do: what is left of closed connections is no hindrance.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted))
        except (OSError, OverflowError) as err:
            reason = err.strerror if isinstance(err, OSError) else "no such port"
            msg = f"Port {wanted} cannot be used ({reason}); see --help."
            raise DemoError(msg) from None
        port: int = probe.getsockname()[1]
        return port


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < math.inf:
        msg = "must be greater than 0"
        raise argparse.ArgumentTypeError(msg)
    return number


def _settings() -> Settings:
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="lock a car, on free ports, and exit"
    )
    parser.add_argument(
        "--measure",
        type=int,
        default=0,
        metavar="N",
        help="time N changes that come by push, and exit",
    )
    parser.add_argument(
        "--bare",
        action="store_true",
        help="start everything and set nothing up: a Home Assistant before its user",
    )
    parser.add_argument("--port", type=int, help="of Home Assistant (8123)")
    parser.add_argument("--simulator-port", type=int, help="of the simulator (8480)")
    parser.add_argument(
        "--speed",
        type=_positive,
        default=60,
        help="how many seconds of the cars pass in a second (60)",
    )
    parser.add_argument(
        "--requests", action="store_true", help="print each request and delivery"
    )
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="keep Home Assistant's state there"
    )
    parser.add_argument(
        "--report",
        type=Path,
        metavar="FILE",
        help="show the cars of a diagnostics file; with --check compare them with it",
    )
    given = parser.parse_args()
    check: bool = given.check
    keep: Path | None = given.keep
    report: Path | None = given.report
    if report is not None:
        load(report)
    return Settings(
        port=_port(_or(given.port, 0 if check else 8123)),
        simulator_port=_port(_or(given.simulator_port, 0 if check else 8480)),
        speed=given.speed,
        check=check,
        bare=given.bare,
        measure=given.measure,
        requests=given.requests,
        keep=keep.expanduser().resolve() if keep else None,
        report=report.resolve() if report else None,
    )


def _or(given: int | None, otherwise: int) -> int:
    return otherwise if given is None else given


async def _main(settings: Settings) -> None:
    """Run as a task that signals can cancel."""
    task = asyncio.current_task()
    if task is not None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, task.cancel)
    await run(settings)


def main() -> int:
    """Run the demo; return its exit code."""
    settings: Settings | None = None
    try:
        settings = _settings()
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(_main(settings))
    except DemoError as err:
        print(f"demo: {err}", file=sys.stderr)
        return 1
    except asyncio.CancelledError:
        # Ctrl-C is how the demo ends, but a check must reach its own end.
        return INTERRUPTED if settings and settings.check else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
