"""A month with all blueprints on, and their calls: `python -m tools.blueprints`.

A simulated car is charged at home every night, drives to work, goes on a trip on
Saturdays and meets the sun on Sundays. Prints for each blueprint the calls that it
caused, and those that its description says. `--days` chooses how much; the tests
live a few days of it.
"""

import argparse
import os
import sys
from typing import Final

from .harness import run

DAYS: Final = "BLUEPRINT_DAYS"
PROPERTY: Final = "blueprint"

HEADER: Final = "blueprint            runs  commands  reads  calls  said a month"


def days() -> int:
    """Return how many days to live."""
    return int(os.environ.get(DAYS, "7"))


def row(name: str, runs: int, commands: int, reads: int, said: int) -> str:
    """Write a line of the table."""
    return f"{name:20} {runs:4} {commands:9} {reads:6} {commands + reads:6} {said:13}"


def main() -> int:
    """Live the days and print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.blueprints", description=__doc__
    )
    parser.add_argument("--days", type=int, default=30)
    given = parser.parse_args()
    os.environ[DAYS] = str(given.days)
    return run(PROPERTY, HEADER, "blueprints/test_month.py", "-p", "no:randomly")


if __name__ == "__main__":
    sys.exit(main())
