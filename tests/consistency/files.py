"""Where things are, and what they hold."""

from functools import cache
import json
from pathlib import Path
import re
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
INTEGRATION = ROOT / "custom_components" / "smartcar"


@cache
def read_json(path: Path) -> Any:
    """Read a JSON file; a key that stands twice is a mistake."""
    return json.loads(path.read_text("utf-8"), object_pairs_hook=_unique)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    assert len(keys) == len(set(keys)), f"a key stands twice among {keys}"
    return dict(pairs)


@cache
def read_yaml(path: Path) -> Any:
    """Read a YAML file."""
    return yaml.safe_load(path.read_text("utf-8"))


def manifest() -> dict[str, Any]:
    """Return the integration's manifest."""
    return read_json(INTEGRATION / "manifest.json")


def texts() -> dict[str, Any]:
    """Return the English texts."""
    return read_json(INTEGRATION / "translations" / "en.json")


def icons() -> dict[str, Any]:
    """Return the icons."""
    return read_json(INTEGRATION / "icons.json")


def actions() -> dict[str, Any]:
    """Return the descriptions of the actions."""
    return read_yaml(INTEGRATION / "services.yaml")


def described(kind: str) -> dict[str, Any]:
    """Return the descriptions of the `triggers` or `conditions`, without templates."""
    rows = read_yaml(INTEGRATION / f"{kind}.yaml")
    return {key: row for key, row in rows.items() if not key.startswith(".")}


@cache
def page(path: Path) -> str:
    """Return the text of a page of the documents."""
    return path.read_text("utf-8")


@cache
def anchors(path: Path) -> frozenset[str]:
    """Return what a link to a page may have behind the `#`."""
    return frozenset(
        re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", page(path), re.MULTILINE)
    )
