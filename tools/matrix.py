"""Runs tests and prints what they note: `python -m tools.matrix attacks`.

Knows nothing of Home Assistant, which must not be there before pytest is.
"""

from pathlib import Path
import sys
from typing import Final

import pytest

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


class Printer:
    """Prints the noted rows of one property."""

    def __init__(self, noted: str) -> None:
        """Take the property's name."""
        self.noted = noted

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Print what a test has noted, when it has run."""
        if report.when == "call":
            for name, row in report.user_properties:
                if name == self.noted:
                    sys.stdout.write(" | ".join(map(str, row)) + "\n")


def main() -> int:
    """Print a matrix; further arguments go to pytest."""
    name, *arguments = sys.argv[1:] or ["?"]
    if name not in MATRICES:
        sys.stderr.write(f"matrix: choose one of {', '.join(MATRICES)}\n")
        return 2
    noted, head, (file, *chosen) = MATRICES[name]
    sys.stdout.write(f"{head}\n")
    tests = str(Path(__file__).parents[1] / "tests" / file)
    return pytest.main(["-q", *chosen, *arguments, tests], plugins=[Printer(noted)])


if __name__ == "__main__":
    sys.exit(main())
