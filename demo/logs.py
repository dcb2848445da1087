"""Which of the children's lines are worth showing."""

import re

RECORD = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\S* (?P<level>[A-Z]+) ")
"""How a record of Home Assistant's log begins."""

TRAFFIC = re.compile(r"\d\d:\d\d:\d\d (?:[A-Z]+|delivery) ")
"""How the simulator's line of a request or a delivery begins."""

SHOWN = frozenset({"WARNING", "ERROR", "CRITICAL"})

EXPECTED = (
    "Skipping pip installation of required modules",
    "zlib_ng and isal are not available",
    "We found a custom integration",
)
"""Warnings that say nothing new to somebody who started the demo."""


def is_traffic(line: str) -> bool:
    """Return whether the simulator tells of a request or a delivery."""
    return TRAFFIC.match(line) is not None


class HomeAssistantFilter:
    """Passes warnings, errors and whatever is about the cars.

    Lines that are no record continue the one before, as in a traceback.
    """

    def __init__(self) -> None:
        """Start in the middle of nothing."""
        self._showing = True

    def __call__(self, line: str) -> bool:
        """Return whether to show a line."""
        if record := RECORD.match(line):
            self._showing = (
                record["level"] in SHOWN or "smartcar" in line.lower()
            ) and not any(expected in line for expected in EXPECTED)
        return self._showing
