"""Runs tests and prints what they note: `python -m tools.matrix attacks`."""

import sys
from typing import Final

from .harness import run

# Name -> the property that tests note, the head of the table, and what to run.
MATRICES: Final = {
    "attacks": (
        "attack",
        "attack | answer | by cloudhook | state changed | log lines",
        ("test_webhook.py", "-k", "attacks"),
    ),
    "faults": (
        "fault",
        "fault | operation | state | repairs | requests | log lines",
        ("test_faults.py",),
    ),
    "refusals": (
        "refusal",
        "command | refusal | message | requests | reads | state",
        ("test_refusals.py",),
    ),
}


def main() -> int:
    """Print a matrix; further arguments go to pytest."""
    name, *arguments = sys.argv[1:] or ["?"]
    if name not in MATRICES:
        sys.stderr.write(f"matrix: choose one of {', '.join(MATRICES)}\n")
        return 2
    noted, head, given = MATRICES[name]
    return run(noted, head, *given, *arguments)


if __name__ == "__main__":
    sys.exit(main())
