"""The floors of the house: a room knows its own package and the floors below."""

import ast
from collections.abc import Iterator
from pathlib import Path
import sys

import pytest

from custom_components.smartcar.const import DOMAIN, PLATFORMS

from .files import ROOT
from .source import PACKAGE, Source, sources

FLOORS = {
    1: {
        "api",
        "budget",
        "const",
        "markdown",
        "pace",
        "permissions",
        "readings",
        "recommended",
        "steady",
        "times",
        "titles",
        "units",
    },
    2: {
        "charging",
        "logins",
        "meters",
        "owner_errors",
        "plausible",
        "push_log",
        "reports",
        "rhythm",
        "rules",
        "schedules",
        "vehicle",
    },
    3: {
        "checklist",
        "cloudhook",
        "commands",
        "failures",
        "issues",
        "outage",
        "pending",
        "storage",
        "subscriptions",
        "webhook",
    },
    4: {"account", "coordinator", "push"},
    5: {"device", "entity", "services"},
    6: {
        "__init__",
        "config_flow",
        "diagnostics",
        "push_flow",
        "repairs",
        "system_health",
        *map(str, PLATFORMS),
    },
}

# Rooms on one floor with a door between them, from and to.
DOORS = {
    ("account", "coordinator"),
    ("account", "push"),
    ("charging", "reports"),
    ("checklist", "subscriptions"),
    ("checklist", "webhook"),
    ("config_flow", "push_flow"),
    ("coordinator", "account"),
    ("diagnostics", "binary_sensor"),
    ("diagnostics", "sensor"),
    ("pace", "budget"),
    ("pace", "times"),
    ("readings", "api"),
    ("readings", "units"),
    ("services", "device"),
    ("vehicle", "charging"),
    ("vehicle", "meters"),
    ("vehicle", "plausible"),
    ("vehicle", "reports"),
    ("webhook", "cloudhook"),
}

# What these rooms may know of Home Assistant; the others any of it.
KNOWN = {
    "api": set(),
    "budget": set(),
    "const": {"homeassistant.const"},
    "markdown": set(),
    "pace": set(),
    "times": set(),
    "permissions": set(),
    "readings": {"homeassistant.const"},
    "units": {"homeassistant.const", "homeassistant.util.unit_conversion"},
    "charging": set(),
    "logins": set(),
    "meters": set(),
    "owner_errors": set(),
    "plausible": set(),
    "push_log": set(),
    "reports": set(),
    "rhythm": set(),
    "recommended": set(),
    "rules": set(),
    "schedules": set(),
    "titles": set(),
    "vehicle": set(),
}

# What comes with Home Assistant; there are no requirements.
AT_HAND = {"aiohttp", "homeassistant", "orjson", "voluptuous", "yarl"}

SIMULATOR = sorted((ROOT / "simulator").rglob("*.py"))


def room(item: Source) -> str:
    """Return the room a file belongs to."""
    return item.parts[0]


def floor_of(name: str) -> int:
    """Return the floor of a room."""
    return next(floor for floor, rooms in FLOORS.items() if name in rooms)


def imported(tree: ast.Module, package: str) -> Iterator[tuple[str, int]]:
    """Yield the full name of everything a file imports, wherever it does so."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from ((alias.name, node.lineno) for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                base = package.split(".")
                base = base[: len(base) - level + 1] if level else []
                start = ".".join((*base, module) if module else base)
                yield from ((f"{start}.{alias.name}", node.lineno) for alias in names)


def package_of(item: Source) -> str:
    """Return the package that a file's relative imports start from."""
    return ".".join((PACKAGE, *item.parts[:-1]))


def outside(name: str, modules: set[str]) -> bool:
    """Tell whether an import comes from none of these modules."""
    return not any(
        name == allowed or name.startswith(f"{allowed}.") for allowed in modules
    )


def steps() -> Iterator[tuple[str, str, str]]:
    """Yield every way from room to room, and where it stands."""
    for item in sources():
        for name, line in imported(item.tree, package_of(item)):
            if name.startswith(f"{PACKAGE}."):
                target = name.removeprefix(f"{PACKAGE}.").split(".")[0]
                if not any(target in rooms for rooms in FLOORS.values()):
                    target = "__init__"
                if target != room(item):
                    yield room(item), target, f"{item.path.name}:{line} knows {target}"


def test_every_room_has_a_floor() -> None:
    """A new file finds its place before it is used."""
    rooms = [name for floor in FLOORS.values() for name in floor]
    assert len(rooms) == len(set(rooms))
    assert {room(item) for item in sources()} == set(rooms)


def test_nobody_looks_up() -> None:
    """A room knows floors below, and neighbours only through a door."""
    assert [
        where
        for start, target, where in steps()
        if floor_of(target) >= floor_of(start) and (start, target) not in DOORS
    ] == []


def test_every_door_is_used() -> None:
    """A door that nobody uses is a hole in the wall."""
    assert DOORS - {(start, target) for start, target, _ in steps()} == set()


def test_what_rooms_know_of_home_assistant() -> None:
    """The lower a room, the less it knows."""
    wrong = [
        f"{item.path.name}:{line} knows {name}"
        for item in sources()
        if (known := KNOWN.get(room(item))) is not None
        for name, line in imported(item.tree, package_of(item))
        if name.startswith("homeassistant") and outside(name, known)
    ]
    assert wrong == []


def test_the_integration_needs_what_is_there() -> None:
    """Python, Home Assistant and what comes with it; nothing of the simulator."""
    allowed = {PACKAGE, *AT_HAND, *sys.stdlib_module_names}
    wrong = [
        f"{item.path.name}:{line} knows {name}"
        for item in sources()
        for name, line in imported(item.tree, package_of(item))
        if outside(name, allowed)
    ]
    assert wrong == []


@pytest.mark.parametrize("path", SIMULATOR, ids=lambda path: path.name)
def test_the_simulator_stands_alone(path: Path) -> None:
    """One mistake must not hide in both; that is why they share nothing."""
    tree = ast.parse(path.read_text("utf-8"))
    package = ".".join(path.parent.relative_to(ROOT).parts)
    allowed = {"aiohttp", "simulator", *sys.stdlib_module_names}
    assert [name for name, _ in imported(tree, package) if outside(name, allowed)] == []


def test_names() -> None:
    """The folder, the package and the domain are one name."""
    assert f"custom_components.{DOMAIN}" == PACKAGE
