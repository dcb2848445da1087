"""The 93 signal codes of the v3 specification, read from ``catalogue.json``.

Each row of the file has the code, its wire name and group, the permission that
opens it (null where none is published), the powertrains that have it, whether the
free plan delivers it, and the documented fields of its body with their JSON types.
"""

from dataclasses import dataclass
import json
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class SignalKind:
    """What is published about one signal code."""

    code: str
    name: str
    group: str
    permission: str | None
    powertrains: tuple[str, ...]
    free_plan: bool
    body: Mapping[str, str]
    """Documented body fields; the values are JSON Schema type names."""


def _load() -> Mapping[str, SignalKind]:
    rows = json.loads(Path(__file__).with_name("catalogue.json").read_text("utf-8"))
    return MappingProxyType(
        {
            row["code"]: SignalKind(
                code=row["code"],
                name=row["name"],
                group=row["group"],
                permission=row["permission"],
                powertrains=tuple(row["powertrains"]),
                free_plan=row["free_plan"],
                body=MappingProxyType(row["body"]),
            )
            for row in rows
        }
    )


CATALOGUE: Mapping[str, SignalKind] = _load()
"""Every published code with its row, in the order of the specification."""


def codes_for(powertrain: str) -> tuple[str, ...]:
    """List the codes a car of this powertrain can have."""
    return tuple(
        code for code, kind in CATALOGUE.items() if powertrain in kind.powertrains
    )


def describe(code: str) -> SignalKind:
    """Return the row of a code; an unknown one gets a plausible row of its own."""
    if code in CATALOGUE:
        return CATALOGUE[code]
    group, _, name = code.partition("-")
    return SignalKind(
        code=code,
        name=name.title(),
        group=group.title(),
        permission=None,
        powertrains=(),
        free_plan=False,
        body=MappingProxyType({}),
    )
