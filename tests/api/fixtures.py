"""Sample bodies of Smartcar's API."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "fixtures"


def body(name: str) -> Any:
    """Return the decoded JSON of a fixture file."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
