"""The integration's source, read instead of run."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

import custom_components.smartcar

from .files import INTEGRATION

PACKAGE = custom_components.smartcar.__name__

type Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One file."""

    path: Path
    tree: ast.Module

    @property
    def parts(self) -> tuple[str, ...]:
        """Where it lies: `("api", "client")`, `("sensor",)`."""
        return self.path.relative_to(INTEGRATION).with_suffix("").parts

    @property
    def module(self) -> ModuleType:
        """Import it, to look up what a name stands for."""
        parts = [part for part in self.parts if part != "__init__"]
        return import_module(".".join((PACKAGE, *parts)))

    def where(self, node: ast.expr | ast.stmt) -> str:
        """Name a place for messages."""
        return f"{self.path.name}:{node.lineno}"


@cache
def sources() -> tuple[Source, ...]:
    """Read every file of the integration."""
    return tuple(
        Source(path, ast.parse(path.read_text("utf-8")))
        for path in sorted(INTEGRATION.rglob("*.py"))
    )


def source(*parts: str) -> Source:
    """Read one file of the integration."""
    return next(item for item in sources() if item.parts == parts)


def calls(
    node: ast.AST, function: Function | None = None
) -> Iterator[tuple[ast.Call, Function | None]]:
    """Yield every call together with the function it stands in."""
    for child in ast.iter_child_nodes(node):
        inside = child if isinstance(child, Function.__value__) else function
        if isinstance(child, ast.Call):
            yield child, inside
        yield from calls(child, inside)


def name_of(node: ast.expr) -> str:
    """Return the last part of a name: `create` for `registry.issues.create`."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=called):
            return name_of(called)
    return ""


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """Return an argument given by name."""
    return next((item.value for item in call.keywords if item.arg == name), None)


def constants(node: ast.AST) -> set[str]:
    """Return every text below a node."""
    return {
        child.value
        for child in ast.walk(node)
        if isinstance(child, ast.Constant) and isinstance(child.value, str)
    }


def value_of(node: ast.expr, module: ModuleType) -> str:
    """Return the text that an expression stands for: a literal or a constant."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=name) if isinstance(value := getattr(module, name, None), str):
            return value
    message = f"{module.__name__}:{node.lineno} is no constant text"
    raise AssertionError(message)
