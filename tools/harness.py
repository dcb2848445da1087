"""Runs tests, and prints what they note of one property, a line a test.

Knows nothing of Home Assistant, which must not be there before pytest is.
"""

from pathlib import Path
import sys
from typing import Final

import pytest

TESTS: Final = Path(__file__).parents[1] / "tests"


class _Printer:
    """Prints the noted rows of one property."""

    def __init__(self, noted: str) -> None:
        """Take the property's name."""
        self._noted = noted

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Print what a test has noted, when it has run."""
        if report.when != "call":
            return
        for name, row in report.user_properties:
            if name == self._noted:
                line = row if isinstance(row, str) else " | ".join(map(str, row))
                failed = "" if report.passed else f"   {report.outcome}"
                sys.stdout.write(f"{line}{failed}\n")


def run(noted: str, head: str, file: str, *arguments: str) -> int:
    """Run the tests of a file; print a head and what each test notes.

    `noted`: the property's name. `arguments` go to pytest, whose status is returned.
    """
    sys.stdout.write(f"{head}\n")
    return pytest.main(["-q", *arguments, str(TESTS / file)], plugins=[_Printer(noted)])
