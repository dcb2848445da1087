"""The layers of the integration: imports go down only, and in no circle."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
import sys

import pytest

from custom_components.smartcar.const import DOMAIN, PLATFORMS

from .files import ROOT
from .source import PACKAGE, Source, sources

# From the top: a module or package imports only what stands in lower lines.
LAYERS = (
    {
        "__init__",
        "config_flow",
        "diagnostics",
        "intent",
        "llm",
        "repairs",
        "system_health",
    },
    {
        "cars_flow",
        "condition",
        "llm_answers",
        "sensor",
        "spoken",
        "trigger",
        "voice",
    },
    {"push_flow"},
    {"entry_flow", "options_flow", "push_trial"},
    {"binary_sensor", "listed_cars"},
    {*map(str, PLATFORMS), "diary_sensor", "left_open"} - {"binary_sensor", "sensor"},
    {"dashboard", "entity_loader", "services"},
    {"diary_services", "entity", "plan_services", "takeover"},
    {"chosen", "summary", "targets"},
    {"device", "diary_statistics", "sending"},
    {"runtime"},
    {"connections"},
    {"same_car"},
    {"coordinator"},
    {"car_issues", "car_requests", "confirmation", "outage"},
    {"context"},
    {"diary", "health", "moving"},
    {"charge_costs", "diary_file", "storage"},
    {"stored"},
    {"prices", "push", "statistics"},
    {"command_line"},
    {"commands", "controls", "failures", "issues", "options", "phrases"},
    {"activity", "costs", "planning", "redaction"},
    {"memory"},
    {"car", "polling"},
    {"records"},
    {"markdown", "numbers", "texts", "times", "titles"},
    {"api"},
    {"const"},
)

# What these may know of Home Assistant; the others any of it.
PURE = {
    "api": set(),
    "car": {"homeassistant.const", "homeassistant.util.unit_conversion"},
    "const": {"homeassistant.const"},
    "costs": set(),
    "markdown": set(),
    "memory": {"homeassistant.const"},
    "numbers": set(),
    "planning": set(),
    "polling": set(),
    "records": set(),
    "times": set(),
    "titles": set(),
}

# What comes with Home Assistant; there are no requirements.
AT_HAND = {
    "aiohttp",
    "homeassistant",
    "mashumaro",
    "orjson",
    "probatio",
    "voluptuous",
    "yarl",
}

SIMULATOR = sorted((ROOT / "simulator").rglob("*.py"))


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
    """Return whether an import comes from none of these modules."""
    return not any(
        name == allowed or name.startswith(f"{allowed}.") for allowed in modules
    )


def steps() -> Iterator[tuple[str, str, str]]:
    """Yield who imports what of the first level of the folder, and where."""
    for item in sources():
        for name, line in imported(item.tree, package_of(item)):
            if name == PACKAGE or name.startswith(f"{PACKAGE}."):
                first = [*name.removeprefix(PACKAGE).split("."), ""][1]
                target = first if any(first in layer for layer in LAYERS) else ""
                if (target := target or "__init__") != item.parts[0]:
                    where = f"{'/'.join(item.parts)}:{line} imports {target}"
                    yield item.parts[0], target, where


def layer_of(name: str) -> int:
    """Return how far from the top something stands."""
    return next(at for at, layer in enumerate(LAYERS) if name in layer)


def test_every_module_has_a_layer() -> None:
    names = [name for layer in LAYERS for name in layer]
    assert len(names) == len(set(names))
    assert {item.parts[0] for item in sources()} == set(names)


def test_imports_go_down() -> None:
    assert [
        where for start, target, where in steps() if layer_of(target) <= layer_of(start)
    ] == []


def test_no_circle_within_a_package() -> None:
    """The modules of a package import each other in one order, too."""
    edges: dict[str, set[str]] = {}
    for item in sources():
        here = ".".join((PACKAGE, *item.parts))
        for name, _ in imported(item.tree, package_of(item)):
            # `from . import module` and `from .module import name`.
            for target in (name, name.rpartition(".")[0]):
                edges.setdefault(here, set()).add(target)
    TopologicalSorter(edges).prepare()


def test_what_pure_packages_know_of_home_assistant() -> None:
    wrong = [
        f"{'/'.join(item.parts)}:{line} imports {name}"
        for item in sources()
        if (known := PURE.get(item.parts[0])) is not None
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
