"""What is written from the rows of the platforms: tables of a page, and codes.

A table of `docs/entities.md` stands between two markers. The first one names
platforms, and groups of signals: the rows it lists. `-` stands for rows without a
signal, `*` for what no other table of the platform lists. The last column is
written by hand and kept, by key.
"""

from collections.abc import Iterable, Iterator
from itertools import takewhile
import re
from typing import Final

from custom_components.smartcar.binary_sensor import KNOWN_CODES as BINARY_CODES
from custom_components.smartcar.car.readings import position_key
from custom_components.smartcar.entity import SmartcarEntityDescription
from custom_components.smartcar.sensor import KNOWN_CODES as OTHER_CODES
from tests.consistency.files import INTEGRATION, ROOT, texts
from tests.consistency.tables import NEW, rows

PAGE: Final = ROOT / "docs" / "entities.md"
CODES: Final = INTEGRATION / "car" / "published.py"

BLOCK: Final = re.compile(
    r"(<!-- entities: (?P<platforms>\S+) (?P<groups>.+?) -->\n\n)"
    r"(?P<table>.*?)(\n<!-- end -->\n)",
    re.DOTALL,
)
# In a row without a signal, and in a marker.
NO_GROUP: Final = "-"
REST: Final = "*"
# More codes than these are not listed one by one.
FEW: Final = 2

type Rows = dict[str, SmartcarEntityDescription]


def group_of(row: SmartcarEntityDescription) -> str:
    """Return the group of a row's signal, which its code begins with."""
    return row.signal.partition("-")[0] if row.signal else NO_GROUP


def listed(platform: str) -> Iterator[tuple[str, Rows]]:
    """Yield the rows that share a line of the page, by translation key.

    A line is one row, or those of one leaf at all positions with a name.
    """
    lines: dict[str, Rows] = {}
    for (found, key), row in rows().items():
        if found != platform or row.placeholders or row.signal in NEW:
            continue
        ending = f"_{position_key(row.position)}" if row.grid else ""
        lines.setdefault(row.key.removesuffix(ending), {})[key] = row
    yield from lines.items()


def name_of(platform: str, keys: Iterable[str]) -> str:
    """Return the name of an entity, or the names of those at several positions."""
    names = [texts()["entity"][platform][key]["name"].split() for key in keys]
    first, *others = names
    columns = zip(*names, strict=False)
    shared = len(list(takewhile(lambda words: len(set(words)) == 1, columns)))
    return ", ".join(map(" ".join, (first, *(name[shared:] for name in others))))


def condition(platform: str, row: SmartcarEntityDescription) -> str:
    """Return what a car must answer, and its owner allow, for an entity."""
    leaves = {
        other.leaf
        for (found, _), other in rows().items()
        if found == platform and other.signal == row.signal
    }
    leaf = f" (`{row.leaf}`)" if len(leaves) > 1 else ""
    signals = [f"`{code}`{leaf}" for code in row.sources]
    if len(signals) > FEW:
        signals = [f"any of {len(signals)} `{row.sources[0].partition('-')[0]}-…`"]
    parts = [] if row.works_without_signal else [" or ".join(signals)]
    if permission := row.required_permission:
        parts.append(f"the permission `{permission}`")
    unsaid = "always" if row.exists is None else "see the note"
    text = " and ".join(filter(None, parts)) or unsaid
    hiding = row.hidden_by_permission
    return f"{text}, without the permission `{hiding}`" if hiding else text


def marks(row: SmartcarEntityDescription, names: dict[str, str]) -> str:
    """Return how an entity is listed, and whether it is enabled at first."""
    off = None
    if not row.entity_registry_enabled_default:
        off = "Off"
    elif row.disabled_without_signal:
        off = f"Off without `{row.signal}`"
    elif row.beside is not None:
        off = f"Off beside *{names[row.beside]}*"
    listing = str(row.entity_category or "").capitalize()
    return ". ".join(filter(None, (listing, off)))


def table(platforms: list[str], groups: set[str], taken: set[str], old: str) -> str:
    """Write the lines of one table, with the last column of the old one."""
    head, ruler, *lines = old.splitlines()
    kept = {}
    for line in lines:
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        kept[cells[1]] = cells[-1]
    new = [head, ruler]
    for platform in platforms:
        names: dict[str, str] = {}
        for (found, key), row in rows().items():
            if found == platform and row.signal:
                names.setdefault(row.signal, name_of(platform, [key]))
        for _, own in listed(platform):
            row = next(iter(own.values()))
            group = group_of(row)
            if group not in groups and (REST not in groups or group in taken):
                continue
            more = " and so on" if len(own) > 1 else ""
            key = f"`{platform}.{row.key}`{more}"
            cells = (
                name_of(platform, own),
                key,
                condition(platform, row),
                marks(row, names),
                kept.get(key, ""),
            )
            new.append("".join(f"| {cell} " if cell else "| " for cell in cells) + "|")
    return "\n".join((*new, ""))


def page(old: str) -> str:
    """Write all tables of a page again."""
    blocks = [
        (match["platforms"].split(","), set(match["groups"].split()))
        for match in BLOCK.finditer(old)
    ]

    def written(match: re.Match[str]) -> str:
        platforms, groups = match["platforms"].split(","), match["groups"].split()
        taken = set().union(*(g for p, g in blocks if set(p) & set(platforms)))
        lines = table(platforms, set(groups), taken, match["table"])
        return f"{match[1]}{lines}{match[5]}"

    return BLOCK.sub(written, old)


def codes() -> str:
    """Write the module of the codes that rows show."""
    known = "".join(
        f'        "{code}",\n' for code in sorted(BINARY_CODES | OTHER_CODES)
    )
    return (
        '"""The signals that Smartcar publishes and some row shows.\n\n'
        'Written by `python -m tools.table --write`.\n"""\n\n'
        "from typing import Final\n\n"
        f"PUBLISHED: Final = frozenset(\n    {{\n{known}    }}\n)\n"
    )


def write() -> None:
    """Write the page's tables and the codes again."""
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
    CODES.write_text(codes(), "utf-8")
