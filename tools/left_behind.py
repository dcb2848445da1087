"""Write down what this version leaves behind: `python -m tools.left_behind 7`.

A car lives some days against the simulator, then its entry is unloaded. What is left
goes into the folder of that name in `tests/fixtures/upgrade`: later versions are set
up from it in `tests/test_upgrade.py`. Say in its README what is new there.
"""

import argparse
import json
import os
from pathlib import Path
import sys
from typing import Any, Final

from .harness import run

FOLDER: Final = Path(__file__).parents[1] / "tests" / "fixtures" / "upgrade"
TARGET: Final = "LEFT_BEHIND"
PROPERTY: Final = "left behind"

# Longest part of a file that stands in one line.
LINE: Final = 300


def target(otherwise: Path) -> Path:
    """Return where to write."""
    return Path(os.environ.get(TARGET, otherwise))


def form(node: Any) -> str:
    """Return JSON in lines that can be compared."""
    flat = json.dumps(node, ensure_ascii=False, default=str)
    if not isinstance(node, dict | list) or len(flat) < LINE:
        return flat
    if isinstance(node, list):
        return "[\n{}\n]".format(",\n".join(map(form, node)))
    rows = (f"{json.dumps(key)}: {form(value)}" for key, value in node.items())
    return "{{\n{}\n}}".format(",\n".join(rows))


def write(folder: Path, parts: dict[str, Any]) -> None:
    """Write each part into a file of its name."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in parts.items():
        (folder / f"{name}.json").write_text(f"{form(content)}\n", "utf-8")


def main() -> int:
    """Live the days and write the folder."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.left_behind", description=__doc__
    )
    parser.add_argument("folder", help="the next number")
    os.environ[TARGET] = str(FOLDER / parser.parse_args().folder)
    return run(PROPERTY, "entities  files", "test_left_behind.py", "-p", "no:randomly")


if __name__ == "__main__":
    sys.exit(main())
