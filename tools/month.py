"""A household's month with everything that can go wrong: `python -m tools.month`.

Three cars of two owners live on a fast clock; random faults, seeded, hit reads,
commands, listings, deliveries and restarts, and the cars tell random lies. Prints
what was met and what it came to: kilometres and kilowatt-hours as Home Assistant's
statistics count them, of how many there were. `--days` and `--seeds` choose how
much; the tests live a few days of it.
"""

import argparse
from dataclasses import dataclass, field
import os
from random import Random
import sys
from typing import Any, Final

from simulator import fleet
from simulator.faults import Fault
from simulator.traits import TRAITS

from .harness import run

DAYS: Final = "MONTH_DAYS"
SEEDS: Final = "MONTH_SEEDS"
PROPERTY: Final = "month"

# What may happen to a request; each lasts for one to three of them.
FAULTS: Final[tuple[dict[str, Any], ...]] = (
    {"match": "signals", "type": "SERVER", "code": "INTERNAL"},
    {"match": "signals", "type": "UPSTREAM", "code": "NO_RESPONSE"},
    {"match": "signals", "kind": "cut_before_headers"},
    {"match": "signals", "kind": "cut_mid_body"},
    {"match": "signals", "kind": "invalid_json"},
    {"match": "signals", "kind": "html"},
    {"match": "signals", "kind": "empty"},
    {"match": "signals", "kind": "list"},
    {"match": "signals", "type": "BILLING", "code": "VEHICLE_REQUEST_LIMIT"},
    {"match": "signals", "type": "BILLING", "code": "ACCOUNT_SUSPENDED"},
    {"match": "signals", "type": "PERMISSION", "code": None},
    {"match": "signals", "type": "RATE_LIMIT", "code": "VEHICLE", "retry_after": 600},
    {"match": "connections", "type": "SERVER", "code": "INTERNAL"},
    {"match": "connections", "kind": "html"},
    {"match": "connections", "type": "RATE_LIMIT", "code": "SMARTCAR_API"},
    {"match": "webhooks", "type": "SERVER", "code": "INTERNAL"},
    {"match": "subscriptions", "kind": "invalid_json"},
    {"match": "token", "type": "SERVER", "code": "INTERNAL"},
    {"match": "command", "type": "VEHICLE_STATE", "code": "ASLEEP"},
    {"match": "command", "kind": "held_then_cut"},
    {"match": "command", "kind": "cut_before_headers"},
    {"match": "command", "kind": "held_then_nothing", "runs": False},
)


# Lies that leave the newest values untold while they last.
HIDING: Final = frozenset(
    {"all_zero", "cable_blinks", "energy_blinks", "error_login", "range_zero"}
    | {"latitude_zero", "place_zero"}
    | {"time_1970", "time_future", "time_missing", "time_year_1"}
)

# Lies under which a whole session may pass unheard, or look like the one before.
MUTING: Final = frozenset({"energy_blinks", "error_login", "login_empty", "login_old"})


@dataclass
class Month:
    """What happened, for the summary."""

    seed: int
    push: bool
    days: int
    faults: int = 0
    lies: int = 0
    liars: dict[str, set[str]] = field(default_factory=dict)
    restarts: int = 0
    commands: int = 0
    refused: int = 0
    deliveries: int = 0
    lost_deliveries: int = 0
    calls: dict[str, int] = field(default_factory=dict)
    requests: int = 0
    counted: dict[str, tuple[float, float]] = field(default_factory=dict)

    def row(self) -> str:
        """Write a line of the table."""
        calls = " ".join(f"{count:4}" for count in self.calls.values())
        counted = "  ".join(
            f"{name} {counted:.1f} of {true:.1f}"
            for name, (counted, true) in self.counted.items()
        )
        return (
            f"{self.seed:4} {'yes' if self.push else 'no':>5} {self.days:5} "
            f"{self.faults:7} {self.lies:5} {self.restarts:9} {self.commands:9} "
            f"{self.refused:8} {self.deliveries:11} {self.lost_deliveries:5} "
            f"{self.requests:9}   {calls}   {counted}"
        )


HEADER: Final = (
    "seed  push  days  faults  lies  restarts  commands  refused  deliveries  lost  "
    "requests   calls a car      counted of true"
)


def mishap(random: Random) -> Fault:
    """Return something that goes wrong."""
    chosen = dict(random.choice(FAULTS))
    match = chosen.pop("match")
    if match == "signals":
        chosen["vehicle_id"] = random.choice([fleet.BEV, fleet.PHEV, fleet.ICE])
    # A GET is repeated once by the client's library when its connection breaks.
    repeats = 2 if chosen.get("kind") == "cut_before_headers" else 1
    return Fault(match, **chosen, times=repeats * random.randint(1, 3))


def lies(random: Random, number: int, logins: int) -> list[str]:
    """Return some traits for a car; of one login at least something is told."""
    known = TRAITS if logins > 1 else TRAITS.keys() - {"login_empty", "login_old"}
    return random.sample(sorted(known), number)


def days() -> int:
    """Return how many days to live."""
    return int(os.environ.get(DAYS, "3"))


def seeds() -> list[int]:
    """Return which lives to live."""
    return list(range(1, int(os.environ.get(SEEDS, "1")) + 1))


def main() -> int:
    """Live the months and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tools.month", description=__doc__)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    os.environ[DAYS], os.environ[SEEDS] = str(given.days), str(given.seeds)
    return run(PROPERTY, HEADER, "test_month.py", "-p", "no:randomly")


if __name__ == "__main__":
    sys.exit(main())
