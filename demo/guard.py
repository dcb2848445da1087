"""Runs a program and ends it as soon as the other end of stdin is closed.

The demo starts its children through this, so that they never outlive it, however
it ends: closing the pipe is the order to stop, and a killed demo closes it, too.
"""

import argparse
import contextlib
import os
from pathlib import Path
import shutil
import signal
import subprocess
import sys
import threading

PATIENCE = 30
"""Seconds that a program has to end after SIGTERM."""

STDIN = 0
"""The pipe's end, as the operating system counts it."""

WANTS_RESTART = 100
"""The exit code with which Home Assistant asks to be started again."""


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a program, by force when it takes too long."""
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()


def main() -> int:
    """Run the program until it ends or the pipe closes."""
    parser = argparse.ArgumentParser(prog="guard", description=__doc__)
    parser.add_argument("--remove", type=Path, help="folder to remove in the end")
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    # Signals from the terminal are for the demo, which then closes the pipe.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: None)

    closing = threading.Event()
    current: list[subprocess.Popen[bytes]] = []

    def watch() -> None:
        # Not by sys.stdin: its lock, held here, is fatal to an interpreter at its end.
        while os.read(STDIN, 1024):
            pass
        closing.set()
        for process in current:
            stop(process)

    try:
        code = WANTS_RESTART
        while code == WANTS_RESTART and not closing.is_set():
            process = subprocess.Popen(  # noqa: S603 - the demo's own command
                arguments.command, stdin=subprocess.DEVNULL
            )
            current[:] = [process]
            if threading.active_count() == 1:
                threading.Thread(target=watch, daemon=True).start()
            if closing.is_set():
                stop(process)
            code = process.wait()
    finally:
        if arguments.remove:
            shutil.rmtree(arguments.remove, ignore_errors=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
