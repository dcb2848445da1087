"""What the documents quote of the texts that Home Assistant shows."""

from collections.abc import Iterator
from pathlib import Path
import re

import pytest

from .files import ROOT, actions, anchors, page, texts
from .test_translations import leaves

DOCS = ROOT / "docs"
README = ROOT / "README.md"
PAGES = (
    *sorted(DOCS.rglob("*.md")),
    *sorted(ROOT.glob("*.md")),
    *sorted(ROOT.glob("*/README.md")),
)

# Sections with tables whose first cells quote titles, messages or lines.
QUOTING = (
    ("troubleshooting", "## During set-up"),
    ("actions", "## Errors"),
    ("webhook", "### The checklist"),
)
ROW = re.compile(r"^\| (?P<quoted>[A-Z…][^|]+) \| [^-]", re.MULTILINE)
HEADINGS = {"Line", "Message", "Message (shortened)", "Title"}

# What the documents call the entities of a platform.
KINDS = {
    "binary sensor": "binary_sensor",
    "calendar": "calendar",
    "cover": "cover",
    "lock": "lock",
    "sensor": "sensor",
    "slider": "number",
    "switch": "switch",
}
NAMED = re.compile(rf"\b({'|'.join(KINDS)}) \*([^*|\n]+)\*")

# A row of a table of fields: keys, their names, and what follows.
FIELD = re.compile(r"^\| (`[\w`, ]+`) \| ([^|]+) \| ([^|]+) \|", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)")


def section(name: str, heading: str) -> str:
    """Return what stands below a heading, up to the next one of its level."""
    level = heading.split(maxsplit=1)[0]
    text = page(DOCS / f"{name}.md").split(f"\n{heading}\n")[1]
    return re.split(rf"^#{{2,{len(level)}}} ", text, flags=re.MULTILINE)[0]


def quotes() -> set[str]:
    """Return the titles, messages and lines that the pages quote."""
    found: set[str] = set()
    for where in QUOTING:
        rows = [row["quoted"] for row in ROW.finditer(section(*where))]
        assert len(rows) > 1, where
        found.update(*(row.split(" / ") for row in rows))
    return found - HEADINGS


@pytest.mark.parametrize("quoted", sorted(quotes()))
def test_quoted_texts_are_shown(quoted: str) -> None:
    """A person finds what is on the screen; `…` stands for what is filled in."""
    shown = {
        re.sub(r"\{\w+\}", "…", line)
        for _, text in leaves(texts())
        for line in (text, *text.splitlines())
    }
    # A line of the checklist begins with its mark.
    pattern = f"(?:… )?{'.*'.join(map(re.escape, quoted.split('…')))}"
    assert any(re.match(pattern, text) for text in shown)


def test_named_entities_exist() -> None:
    """What a page calls a switch is one, by the name on the screen."""
    named = {match for path in PAGES for match in NAMED.findall(page(path))}
    assert len(named) > len(KINDS)
    assert [
        (kind, name)
        for kind, name in named
        if name not in {row["name"] for row in texts()["entity"][KINDS[kind]].values()}
    ] == []


def fields(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield the key of every field in a table, its name and the next cell."""
    for keys, names, third in FIELD.findall(text):
        several = keys.split(", ")
        named = names.split(", ") if len(several) > 1 else [names]
        for key, name in zip(several, named, strict=True):
            yield key.strip("`"), name, third


def test_the_fields_of_options_and_set_up() -> None:
    """Each has the name that its field has on the screen."""
    options = texts()["options"]["step"]["init"]["data"]
    given = fields(page(DOCS / "configuration.md").split("\n## ")[0])
    assert {key: name for key, name, _ in given} == options
    steps = texts()["config"]["step"].values()
    named = {item for step in steps for item in step.get("data", {}).items()}
    for key, name, _ in fields(section("installation", "### Installation parameters")):
        assert {(key, name), (key, f"{name} (optional)")} & named, key


def test_the_actions_and_their_fields() -> None:
    """Each section has the fields of its actions, all and no others."""
    words = texts()["services"]
    names = {key: words[key]["name"] for key in words}
    found = {
        key.removeprefix("smartcar."): name
        for key, name in re.findall(
            r"^\| `(smartcar\.\w+)` \| ([^|]+) \|",
            page(DOCS / "actions.md"),
            re.MULTILINE,
        )
    }
    assert found == names
    described = []
    for part in page(DOCS / "actions.md").split("\n## ")[1:]:
        title, _, text = part.partition("\n")
        own = [key for key, name in names.items() if name in title.split(", ")]
        described += own
        assert {(key, name, need == "yes") for key, name, need in fields(text)} == {
            (field, words[key]["fields"][field]["name"], row.get("required", False))
            for key in own
            for field, row in actions()[key]["fields"].items()
        }
    assert sorted(described) == sorted(names)


def links(path: Path) -> Iterator[tuple[Path, str]]:
    """Yield where the links of a page lead, in this repository, with the anchor."""
    for file, anchor in LINK.findall(page(path)):
        yield (path.parent / file).resolve() if file else path, anchor


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    for target, anchor in links(path):
        assert target.exists()
        assert not anchor or anchor in anchors(target), (target.name, anchor)


def test_every_page_can_be_reached() -> None:
    """From the README, by links."""
    reached = [README]
    for path in reached:
        reached += dict.fromkeys(
            target
            for target, _ in links(path)
            if target.suffix == ".md" and target not in reached
        )
    assert set(DOCS.rglob("*.md")) - set(reached) == set()
