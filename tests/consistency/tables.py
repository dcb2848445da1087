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


class _Cell(dict[str, int]):
    """A door, window and tyre in one: it has every leaf."""

    @override
    def __contains__(self, key: object) -> bool:
        return True


class _CarWithEverything:
    """What the platforms ask of a car, and of its data, to make its rows."""

    def __init__(self) -> None:
        self.data = self

    def body(self, _: str) -> dict[str, Any]:
        """Return a grid for any signal."""
        return {"values": [_Cell(row=row, column=column) for row, column in POSITIONS]}


@cache
def rows() -> dict[tuple[str, str], SmartcarEntityDescription]:
    """Return every row by platform and translation key."""
    return {
        (platform, row.translation_key or row.key): row
        for platform in map(str, PLATFORMS)
        for row in _rows_of(platform)
    }


def _rows_of(platform: str) -> list[SmartcarEntityDescription]:
    """Let a platform set itself up, and take down the rows it would add."""
    found: list[SmartcarEntityDescription] = []

    def take(
        entry: object,
        add: object,
        make: Callable[[Any], Iterable[SmartcarEntityDescription]],
        build: object,
    ) -> None:
        found.extend(make(_CarWithEverything()))

    module = import_module(f"{PACKAGE}.{platform}")
    with patch.object(module, "async_add_described", take), suppress(StopIteration):
        module.async_setup_entry(None, None, None).send(None)
    return found
