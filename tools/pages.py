"""Tables of the documents that are written from what they are about.

`python -m tools.pages --write` writes all of them again, those of the entities too.

A table stands between `<!-- generated: KIND WHAT -->` and `<!-- end -->`. Its head
says which columns it has: those that a kind does not write are written by hand and
kept, by the first column that it does write. Lines stay in the order of the page; new
ones come last.
"""

from collections.abc import Callable, Iterable, Iterator
import re
import sys
from typing import Any, Final

from homeassistant.const import UnitOfTime
from homeassistant.util.yaml import load_yaml_dict

from custom_components.smartcar import options
from tests.consistency.files import ROOT, actions, described, texts

from . import entities_page, words

DOCS: Final = ROOT / "docs"
BLUEPRINTS: Final = ROOT / "blueprints" / "automation" / "smartcar"
IMPORT: Final = (
    "https://my.home-assistant.io/redirect/blueprint_import/?blueprint_url="
    "https%3A%2F%2Fraw.githubusercontent.com%2Fsmartcar-home-assistant%2Fsmartcar"
    "%2Fmain%2Fblueprints%2Fautomation%2Fsmartcar%2F{name}.yaml"
)

BLOCK: Final = re.compile(
    r"(?P<start><!-- generated: (?P<kind>\w+)(?: (?P<what>[^>]+?))? -->\n\n)"
    r"(?P<table>.*?)(?P<end>\n<!-- end -->\n)",
    re.DOTALL,
)
# What a line is about, where its text alone would not say so.
ABOUT: Final = re.compile(r" *<!-- (.+?) -->")
# Limits as high as this are there to catch slips, and are not told.
NO_LIMIT: Final = 100_000

# Units that have a word.
_UNITS: Final = {UnitOfTime.HOURS: "hours", UnitOfTime.MINUTES: "minutes"}

# The cells of a line, by the head of their column.
type Line = dict[str, str]
type Kind = Callable[[str, list[Line]], Iterable[Line]]


def _shortened(text: str) -> str:
    """Return a text with `…` for what is filled in."""
    return re.sub(r"{\w+}", "…", " ".join(text.split()))


def _listed(items: Iterable[str], last: str = "or") -> str:
    """Join words as in a sentence."""
    *others, final = items
    return f"{', '.join(others)} {last} {final}" if others else final


def _unit(config: dict[str, Any]) -> str:
    """Return the unit of a number, as it stands behind it."""
    unit = config.get("unit_of_measurement", "")
    return unit if unit in {"", "°"} else f" {_UNITS.get(unit, unit)}"


def _number(config: dict[str, Any]) -> str:
    """Return which numbers a field takes."""
    lowest, highest = config.get("min"), config.get("max")
    unit = _unit(config)
    if highest is None or highest >= NO_LIMIT:
        is_open = lowest is None or lowest <= -NO_LIMIT
        return f"a number{unit}" if is_open else f"{lowest:g} or more{unit}"
    return f"{lowest:g} to {highest:g}{unit}"


def _entity(config: dict[str, Any]) -> str:
    """Return which entities a field takes."""
    filters = config.get("filter", config)
    found = []
    for row in filters if isinstance(filters, list) else [filters]:
        domains = row["domain"] if isinstance(row["domain"], list) else [row["domain"]]
        kind = f"{row['device_class']} " if "device_class" in row else ""
        owner = " of the car" if "integration" in row else ""
        found += [f"{kind}{str(name).replace('_', ' ')}{owner}" for name in domains]
    return f"a{'n' if found[0][0] in 'aeiou' else ''} {_listed(found)}"


def _select(config: dict[str, Any]) -> str:
    """Return what a field lets one choose from."""
    names = _listed(f"`{item}`" for item in config["options"])
    return f"any of {names}" if config.get("multiple") else names


# What a field takes, by the type of its selector.
_VALUES: Final[dict[str, Callable[[dict[str, Any]], str]]] = {
    "action": lambda _: "actions",
    "boolean": lambda _: "`true` or `false`",
    "date": lambda _: "a date",
    "datetime": lambda _: "a date and time",
    "device": lambda row: "one or several cars" if row.get("multiple") else "one car",
    "duration": lambda _: "a duration",
    "entity": _entity,
    "number": _number,
    "object": lambda _: "a list",
    "select": _select,
    "text": lambda _: "",
    "time": lambda _: "a time of day",
}


def _values(selector: dict[str, Any]) -> str:
    """Return what a field takes, in words."""
    ((kind, config),) = selector.items()
    return _VALUES[kind](config or {})


def _default(value: Any, selector: dict[str, Any]) -> str:
    """Return what a field begins with."""
    ((kind, config),) = selector.items()
    match kind, value:
        case (_, "" | None) | ("duration", 0 | "00:00:00"):
            told = "none"
        case "duration", dict():
            told = " ".join(f"{amount} {unit}" for unit, amount in value.items())
        case "time", str():
            told = value.removesuffix(":00")
        case "action", list():
            told = _listed((f"`{action['action']}`" for action in value), "and")
        case "number", _:
            told = f"{value:g}{_unit(config)}"
        case _:
            told = f"`{value}`"
    return told


def _actions(_what: str, _old: list[Line]) -> Iterator[Line]:
    """Write a list of the actions."""
    for key in actions():
        yield {
            "Action": f"`smartcar.{key}`",
            "Name": texts()["services"][key]["name"],
        }


def _fields(what: str, _old: list[Line]) -> Iterator[Line]:
    """Write the fields of actions that have the same."""
    first, *others = what.split()
    rows = actions()[first]["fields"]
    if any(actions()[other]["fields"] != rows for other in others):
        sys.exit(f"the fields of {what} differ")
    for key, row in rows.items():
        yield {
            "Field": f"`{key}`",
            "Name": texts()["services"][first]["fields"][key]["name"],
            "Required": "yes" if row.get("required") else "no",
            "Values": _values(row["selector"]),
        }


def _list_of(kind: str, head: str) -> Kind:
    """Return what writes a list of the triggers, or of the conditions."""

    def rows(_what: str, _old: list[Line]) -> Iterator[Line]:
        for key in described(kind):
            name = texts()[kind][key]["name"]
            yield {
                "In YAML": f"`smartcar.{key}`",
                head: f"[{name}]({kind}/{key}.md)",
            }

    return rows


def _settings_of(kind: str) -> Kind:
    """Return what writes the options of a trigger, or of a condition."""

    def rows(what: str, _old: list[Line]) -> Iterator[Line]:
        for key, row in described(kind)[what]["fields"].items():
            yield {
                "Option": f"`{key}`",
                "Name": texts()[kind][what]["fields"][key]["name"],
                "Default": _default(row["default"], row["selector"]),
            }

    return rows


def _options(what: str, _old: list[Line]) -> Iterator[Line]:
    """Write the options of a part of the form; `general` is what is not folded."""
    form = texts()["options"]["step"]["init"]
    for key, field in options.fields():
        if (field.section or "general") != what:
            continue
        names = form["sections"][what]["data"] if field.section else form["data"]
        kind, config = field.selector.selector_type, field.selector.config
        default = getattr(options.SmartcarOptions(), key)
        values, begins = _values({kind: config}), _default(default, {kind: config})
        if kind == "select":
            labels = texts()["selector"][config["translation_key"]]["options"]
            labels = {item: label.partition(":")[0] for item, label in labels.items()}
            values = " / ".join(labels[item] for item in config["options"])
            begins = labels[default]
        elif kind == "boolean":
            values, begins = "on or off", "on" if default else "off"
        yield {
            "Option": f"`{key}`",
            "Name on the screen": names[key],
            "Values": values,
            "Default": begins,
        }


def _blueprint(name: str) -> dict[str, Any]:
    """Read what a blueprint says of itself."""
    loaded: dict[str, Any] = load_yaml_dict(str(BLUEPRINTS / f"{name}.yaml"))
    described_: dict[str, Any] = loaded["blueprint"]
    return described_


def _blueprints(_what: str, _old: list[Line]) -> Iterator[Line]:
    """Write a list of the blueprints."""
    for file in sorted(BLUEPRINTS.glob("*.yaml")):
        title = _blueprint(file.stem)["name"].removeprefix("Smartcar: ")
        yield {
            "": f"[Import]({IMPORT.format(name=file.stem)})",
            "Blueprint": f"{title[0].upper()}{title[1:]}",
        }


def _inputs(what: str, _old: list[Line]) -> Iterator[Line]:
    """Write the settings of a blueprint."""
    for row in _blueprint(what)["input"].values():
        selector = row["selector"]
        yield {
            "Setting": row["name"],
            "Values": _values(selector),
            "Default": (
                _default(row["default"], selector) if "default" in row else "required"
            ),
            "Meaning": " ".join(row.get("description", "").split()),
        }


def named(cell: str) -> list[str]:
    """Return the keys of a line about errors or repairs."""
    found = ABOUT.search(cell)
    return found[1].split() if found else re.findall(r"`(\w+)`", cell)


def _errors(_what: str, old: list[Line]) -> Iterator[Line]:
    """Write the messages that the page names here."""
    for line in old:
        said = [
            _shortened(texts()["exceptions"][key]["message"])
            for key in named(line["Name"])
        ]
        yield {"Name": line["Name"], "Message": " / ".join(dict.fromkeys(said))}


def _repairs(_what: str, old: list[Line]) -> Iterator[Line]:
    """Write the titles of the repairs that the page names here."""
    for line in old:
        keys = named(line["Title"])
        titles = [_shortened(texts()["issues"][key]["title"]) for key in keys]
        shown = " / ".join(dict.fromkeys(titles))
        yield {"Title": f"{shown} <!-- {' '.join(keys)} -->"}


def _words(what: str, _old: list[Line]) -> Iterator[Line]:
    """Write the words of a group in all languages."""
    for key in words.GROUPS[what]:
        kept = words.kept()[key]
        yield {language: kept.get(language, "") for language in words.LANGUAGES}


KINDS: Final[dict[str, Kind]] = {
    "actions": _actions,
    "blueprints": _blueprints,
    "condition": _settings_of("conditions"),
    "conditions": _list_of("conditions", "Condition"),
    "errors": _errors,
    "fields": _fields,
    "inputs": _inputs,
    "options": _options,
    "repairs": _repairs,
    "trigger": _settings_of("triggers"),
    "triggers": _list_of("triggers", "Trigger"),
    "words": _words,
}


def _cells(line: str) -> list[str]:
    """Return the cells of a line."""
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _about(cell: str) -> str:
    """Return what a line is about, whatever its text says just now."""
    found = ABOUT.search(cell)
    return found[1] if found else cell


def lines_of(table: str) -> list[Line]:
    """Read the lines of a table."""
    head, _, *lines = table.splitlines()
    columns = _cells(head)
    return [dict(zip(columns, _cells(line), strict=True)) for line in lines]


def table(kind: str, what: str, old: str) -> str:
    """Write one table, with the columns of the old one that are written by hand."""
    head, ruler, *_ = old.splitlines()
    columns, before = _cells(head), lines_of(old)
    new = list(KINDS[kind](what, before))
    key = next(iter(new[0]))
    if set(columns) - set(new[0]):
        by_hand = {_about(line[key]): line for line in before}
        place = {about: at for at, about in enumerate(by_hand)}
        new = [by_hand.get(_about(line[key]), {}) | line for line in new]
        new.sort(key=lambda line: place.get(_about(line[key]), len(place)))
    rows = (
        "".join(f"| {cell} " if cell else "| " for cell in cells) + "|"
        for cells in ([line.get(column, "") for column in columns] for line in new)
    )
    return "\n".join((head, ruler, *rows, ""))


def page(old: str) -> str:
    """Write all tables of a page again."""

    def written(match: re.Match[str]) -> str:
        lines = table(match["kind"], match["what"] or "", match["table"])
        return f"{match['start']}{lines}{match['end']}"

    return BLOCK.sub(written, old)


def blocks(kind: str) -> Iterator[list[Line]]:
    """Yield the lines of every table of a kind."""
    for path in sorted(DOCS.rglob("*.md")):
        for match in BLOCK.finditer(path.read_text("utf-8")):
            if match["kind"] == kind:
                yield lines_of(match["table"])


def write() -> None:
    """Write the tables of all pages again."""
    for path in sorted(DOCS.rglob("*.md")):
        old = path.read_text("utf-8")
        if (new := page(old)) != old:
            path.write_text(new, "utf-8")


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit("usage: python -m tools.pages --write")
    write()
    entities_page.write()
