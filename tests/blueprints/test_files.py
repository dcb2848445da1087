"""What each blueprint says, and what its page says of it."""

from pathlib import Path
import re
from urllib.parse import unquote

import pytest

from tests.conftest import ORDINARY_DAY

from .household import NAMES, blueprint, promised

pytestmark = ORDINARY_DAY

RAW = (
    "https://raw.githubusercontent.com/smartcar-home-assistant/smartcar/main"
    "/blueprints/automation/smartcar"
)
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", NAMES)
def test_each_says_what_it_is(name: str) -> None:
    """Home Assistant's loader takes it, and a person learns what it needs."""
    loaded = blueprint(name)
    assert loaded.validate() is None
    assert loaded.name.startswith("Smartcar: ")
    assert loaded.metadata["source_url"].endswith(f"/{name}.yaml")
    assert "**Needs:**" in loaded.metadata["description"]
    promised(name)


def test_the_page_lists_each() -> None:
    """By its name, with a link that imports this file, and what it costs."""
    page = (ROOT / "docs" / "blueprints.md").read_text("utf-8")
    rows = {
        unquote(line.partition("blueprint_url=")[2].partition(")")[0]): [
            cell.strip() for cell in line.split("|")[1:5]
        ]
        for line in page.splitlines()
        if "blueprint_url=" in line
    }
    assert set(rows) == {f"{RAW}/{name}.yaml" for name in NAMES}
    for name in NAMES:
        title, _, each, month = rows[f"{RAW}/{name}.yaml"]
        assert f"Smartcar: {title}".lower() == blueprint(name).name.lower()
        told = tuple(int(re.sub(r"\D", "", text) or 0) for text in (each, month))
        assert told == promised(name), name
