"""The rows of all platforms, as a car with everything would get them."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from importlib import import_module
from typing import Any, override
from unittest.mock import patch

from custom_components.smartcar.const import PLATFORMS
from custom_components.smartcar.entity import SmartcarEntityDescription

from .source import PACKAGE

# The four usual positions, and one that has no name of its own.
POSITIONS = ((0, 0), (0, 1), (1, 0), (1, 1), (2, 0))


# Signals that no table has, and what they say.
NEW = {"diagnostics-novelty": {"status": "OK"}, "charge-novelty": {"value": 1}}


class _Cell(dict[str, int]):
    """A door, window and tyre in one: it has every leaf."""

    @override
    def __contains__(self, key: object) -> bool:
        return True


class CarWithEverything:
    """What the platforms ask of a car, and of its data, to make its rows."""

    def __init__(self) -> None:
        self.id = "car"
        self.data = self
        self.codes = frozenset(NEW)

    def body(self, code: str) -> dict[str, Any]:
        """Return a grid for any signal but the new ones."""
        return NEW.get(code) or {
            "values": [_Cell(row=row, column=column) for row, column in POSITIONS]
        }


@cache
def rows() -> dict[tuple[str, str], SmartcarEntityDescription]:
    """Return every row by platform and translation key."""
    return {
        (platform, row.translation_key or row.key): row
        for platform in map(str, PLATFORMS)
        for row, _ in planned(platform, CarWithEverything())
    }


def planned(
    platform: str, car: object
) -> list[tuple[SmartcarEntityDescription, Callable[[Any, Any], Any]]]:
    """Let a platform set itself up for one car.

    Returns the rows it would add if they apply, and what builds their entities.
    """
    found: list[tuple[SmartcarEntityDescription, Callable[[Any, Any], Any]]] = []

    def take(
        entry: object,
        add: object,
        make: Callable[[Any], Iterable[SmartcarEntityDescription]],
        build: Callable[[Any, Any], Any],
    ) -> None:
        found.extend((row, build) for row in make(car))

    module = import_module(f"{PACKAGE}.{platform}")
    with patch.object(module, "async_add_described", take), suppress(StopIteration):
        module.async_setup_entry(None, None, None).send(None)
    return found
