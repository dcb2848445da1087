"""The tables of the documents are current: `python -m tools.pages --write`."""

from collections import Counter
from pathlib import Path
import re

import pytest

from tools import pages, words

from .files import ROOT, actions, described, page, texts

# A field may need no more words than its name; Home Assistant may lack a word.
MAY_BE_EMPTY = {"fields", "inputs", "words"}

PAGES = sorted(pages.DOCS.rglob("*.md"))


def about(kind: str) -> list[str]:
    """Return what the tables of a kind are about."""
    return [
        match["what"]
        for path in PAGES
        for match in pages.BLOCK.finditer(page(path))
        if match["kind"] == kind
    ]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_tables_are_current(path: Path) -> None:
    assert pages.page(page(path)) == page(path)
    # A marker that is not understood would leave its table as it is.
    markers = re.findall(r"^<!-- generated:", page(path), re.MULTILINE)
    assert len(markers) == len(pages.BLOCK.findall(page(path)))


@pytest.mark.parametrize(
    ("kind", "group", "column"),
    [("errors", "exceptions", "Name"), ("repairs", "issues", "Title")],
)
def test_every_message_stands_in_one_line(kind: str, group: str, column: str) -> None:
    named = Counter(
        key
        for lines in pages.blocks(kind)
        for line in lines
        for key in pages.named(line[column])
    )
    assert named == dict.fromkeys(texts()[group], 1)


def test_every_table_is_there() -> None:
    assert {kind: about(kind) for kind in ("actions", "blueprints", "triggers")} == {
        "actions": [None],
        "blueprints": [None],
        "triggers": [None],
    }
    assert sorted(" ".join(about("fields")).split()) == sorted(actions())
    names = sorted(path.stem for path in pages.BLUEPRINTS.glob("*.yaml"))
    assert sorted(about("inputs")) == names
    sections = texts()["options"]["step"]["init"]["sections"]
    assert about("options") == ["general", *sections]
    assert about("words") == list(words.GROUPS)
    for kind in ("condition", "trigger"):
        rows = described(f"{kind}s")
        assert about(kind) == sorted(key for key in rows if rows[key].get("fields"))


@pytest.mark.parametrize("kind", sorted(pages.KINDS.keys() - MAY_BE_EMPTY))
def test_no_cell_is_empty(kind: str) -> None:
    """What is new in a table still needs the words that are written by hand."""
    lines = [line for lines in pages.blocks(kind) for line in lines]
    assert [line for line in lines if not all(line.values())] == []


def test_what_is_written_by_hand_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line keeps its place and its own cells, whatever its other cells say now."""
    monkeypatch.setitem(
        pages.KINDS,
        "errors",
        lambda *_: [
            {"Name": "`new`", "Message": "C"},
            {"Name": "`one`", "Message": "A, in other words"},
            {"Name": "`two`", "Message": "B"},
        ],
    )
    old = (
        "| Message | Cause | Name |\n| --- | --- | --- |\n"
        "| B | why | `two` |\n| A | because | `one` |\n| D | no longer | `gone` |\n"
    )
    assert pages.table("errors", "", old).splitlines()[2:] == [
        "| B | why | `two` |",
        "| A, in other words | because | `one` |",
        "| C | | `new` |",
    ]
