"""What the documents quote of the texts that Home Assistant shows."""

import re

import pytest

from .files import ROOT, texts
from .test_translations import leaves

PAGE = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
# A row of a table: its first cell quotes a title or a message.
ROW = re.compile(r"^\| (?P<quoted>[A-Z…][^|]+) \| [^-]", re.MULTILINE)
HEADINGS = {"Message", "Title", "Symptom", "Value", "Name", "Command"}


def quotes() -> set[str]:
    """Return the titles and messages that the page quotes."""
    found: set[str] = set()
    for heading in ("During set-up", "Repairs", "Messages about commands and reads"):
        section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
        for row in ROW.finditer(section):
            found |= set(row["quoted"].split(" / "))
    return found - HEADINGS


@pytest.mark.parametrize("quoted", sorted(quotes()))
def test_quoted_texts_are_shown(quoted: str) -> None:
    """A person finds what is on the screen; `…` stands for what is filled in."""
    shown = [re.sub(r"\{\w+\}", "…", text) for _, text in leaves(texts())]
    pattern = ".*".join(map(re.escape, quoted.split("…")))
    assert any(re.match(pattern, text) for text in shown)
