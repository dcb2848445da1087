"""What the documents say of ids, answers, files and calls is what the code does."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from http import HTTPStatus
import re

import pytest

from custom_components.smartcar import commands
from custom_components.smartcar.api import Hosts
from custom_components.smartcar.car.assumed import ASSUMPTION_LIFETIME
from custom_components.smartcar.car.meters import LONG_LOWER
from custom_components.smartcar.car.permissions import READ_PERMISSIONS
from custom_components.smartcar.confirmation import CONFIRM_AFTER
from custom_components.smartcar.connections import MANY_ENTITIES
from custom_components.smartcar.coordinator import EMPTY_RETRY
from custom_components.smartcar.diary import file_name
from custom_components.smartcar.options import SmartcarOptions
from custom_components.smartcar.polling.budget import CallBudget, next_month
from custom_components.smartcar.polling.pace import PaceMode, PaceOptions, ReadPace
from custom_components.smartcar.polling.rhythm import (
    FADING,
    LONGEST_SILENCE,
    SHORTEST_SILENCE,
)
from custom_components.smartcar.push.endpoint import MAX_BYTES, MAX_SECONDS
from custom_components.smartcar.push.log import KEPT_EVENTS, MAX_WRONG_SIGNATURES
from custom_components.smartcar.push.manager import END_SECONDS
from custom_components.smartcar.push.pending import KEPT
from custom_components.smartcar.push.recommended import BASIC, DIARY
from custom_components.smartcar.storage import SAVE_DELAY
from tools.languages import flatten as leaves

from .files import INTEGRATION, ROOT, page, texts
from .test_docs_texts import section

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
CELL = re.compile(r"(?<!\\)\|")


def rows(name: str, heading: str) -> Iterator[list[str]]:
    """Yield the rows of the tables of a section, their heads among them."""
    for line in section(name, heading).splitlines():
        if line.startswith("| "):
            cells = [cell.strip() for cell in CELL.split(line)[1:-1]]
            if not cells[0].startswith("---"):
                yield cells


def test_the_answers_to_deliveries() -> None:
    """Every status that the integration answers has a row, and no other has."""
    code = page(INTEGRATION / "push" / "endpoint.py")
    answered = {HTTPStatus[name] for name in re.findall(r"HTTPStatus\.(\w+)", code)}
    described = {
        HTTPStatus(int(status))
        for status, who, *_ in rows("webhook", "### What Smartcar's delivery log says")
        if who == "the integration"
    }
    assert described == answered


def test_the_permissions() -> None:
    """The owner finds each permission that gives anything."""
    named = {
        name.strip("` ")
        for cells in rows("installation", "## Permissions")
        for name in cells[0].split(",")
    }
    controls = {
        row.permission
        for row in vars(commands).values()
        if isinstance(row, commands.Command)
    }
    assert named == {"Permission", "read_compass", *READ_PERMISSIONS, *controls}


def named(cell: str) -> set[str]:
    """Return the names of signals in a cell; what is in brackets is a group."""
    return set(re.findall(r"\b[A-Z]\w+", re.sub(r"\(.*?\)", "", cell)))


def test_the_triggers_by_plan_and_car() -> None:
    """The short table holds the triggers of the long one; all plans send the first."""
    tables = [*rows("webhook", "### Signals and triggers")]
    short = [row for row in tables if len(row) == 3 and row[0] != "Your car"]
    cells = {name for row in tables if len(row) > 3 for name in row[1:]}
    bold = {name for cell in cells for name in re.findall(r"\*\*(\w+)\*\*", cell)}
    free = {name for _, first, _ in short for name in named(first)}
    paid = {name for _, _, second in short for name in named(second)}
    assert free | paid == bold
    delivered = {code.partition("-")[2] for code in BASIC}
    assert {name.lower() for name in free} <= delivered
    assert delivered.isdisjoint(name.lower() for name in paid)


def test_the_signals_for_trips_and_charges() -> None:
    text = section("webhook", "### Signals and triggers")
    (line,) = [line for line in text.splitlines() if "trips and charges" in line]
    assert set(DIARY.values()) <= set(re.findall(r"\w+", line))


def test_where_requests_go() -> None:
    """The page names every host that is asked."""
    hosts = Hosts()
    named = {
        cells[0].strip("`") for cells in rows("privacy", "## What leaves the house")
    }
    assert {
        address.split("/")[2]
        for address in (hosts.token, hosts.vehicle, hosts.management, hosts.connect)
    } <= named


def test_the_files() -> None:
    """The page names the files by which the integration keeps anything."""
    named = {cells[0] for cells in rows("privacy", "## What is stored where")}
    entry, car = "<entry id>", "<vehicle id>"
    assert {f"`smartcar.{entry}`", f"`{file_name(entry, car)}`"} <= named
    assert "`smartcar.pending`" in named
    stores = [
        path.name
        for path in sorted(INTEGRATION.rglob("*.py"))
        if re.search(r"[^\w]Store\(|Store\[[^=]*\] = Store\(", page(path))
    ]
    # Another file that keeps something needs a row.
    assert stores == ["diary_file.py", "pending.py", "storage.py"]


JANUARY = datetime.fromisoformat("2027-01-01T00:00:00+00:00")


def calls(options: PaceOptions, *, deliveries: bool = False) -> int:
    """Count the reads of a car that tells nothing new in a month of 31 days."""
    usual = SmartcarOptions()
    budget = CallBudget(limit=usual.call_limit, reserve=usual.call_reserve)
    pace, now, made = ReadPace(), JANUARY, 0
    while True:
        due, _ = pace.plan(now, budget, options, deliveries=deliveries)
        if due is None or due >= next_month(JANUARY):
            return made
        now = due
        budget.count(now)
        pace.note_read(now, news=False)
        made += 1


def fixed(hours: int) -> PaceOptions:
    return PaceOptions(PaceMode.FIXED, interval=timedelta(hours=hours))


def test_the_calls_of_a_month() -> None:
    """The table counts them; the reserve is never touched."""
    found = dict(cells[:2] for cells in rows("configuration", "## What a read costs"))
    for hours in (2, 6, 24):
        assert found[f"fixed, {hours} hours"] == str(calls(fixed(hours)))
    assert found["fixed, 1 hour"].startswith(str(31 * 24))
    most = calls(fixed(1))
    assert found["adaptive"].startswith(f"{most} of ")
    assert most - 20 < calls(PaceOptions()) <= most
    for minutes in (120, 240):
        rare = PaceOptions(floor=timedelta(minutes=minutes))
        assert found[f"adaptive, at most every {minutes} minutes"] == str(calls(rare))
    assert found["off"] == str(calls(PaceOptions(PaceMode.OFF)))


def test_the_calls_of_a_month_with_deliveries() -> None:
    text = section("data-updates", "## How deliveries and reads share the work")
    (line,) = [line for line in text.splitlines() if "month of 31 days" in line]
    daily, longer = (int(number) for number in re.findall(r"(\d+) calls", line))
    assert calls(PaceOptions(), deliveries=True) == daily
    assert calls(fixed(6), deliveries=True) == daily
    assert calls(fixed(48), deliveries=True) == longer
    assert calls(PaceOptions(PaceMode.OFF), deliveries=True) == 0


WORDS = {5: "Five", 30: "thirty"}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("data-updates", f"at least {SHORTEST_SILENCE // HOUR} hours"),
        ("data-updates", f"at most {LONGEST_SILENCE.days} days"),
        ("data-updates", f"shrinks by {round((1 - FADING) * 100)} % every day"),
        ("data-updates", f"to disk within {SAVE_DELAY:.0f} seconds"),
        ("data-updates", f"no delivery has come after {CONFIRM_AFTER[0]:.0f} seconds"),
        ("data-updates", f"assumed for {ASSUMPTION_LIFETIME // MINUTE} minutes"),
        ("data-updates", f"one {CONFIRM_AFTER[2] / 60:.0f} minutes later"),
        ("data-updates", f"more after {EMPTY_RETRY // MINUTE} minutes"),
        ("data-updates", f"nothing else for {LONG_LOWER.days} days"),
        ("installation", f"answers within {END_SECONDS:.0f} seconds"),
        ("privacy", f"the last {KEPT_EVENTS:,} deliveries"),
        ("supported", f"From {MANY_ENTITIES:,} on"),
        ("webhook", f"For {WORDS[KEPT.days]} days"),
        ("webhook", f"larger than {MAX_BYTES // 1024} KiB"),
        ("webhook", f"longer than {MAX_SECONDS:.0f} seconds"),
        ("webhook", f"the last {KEPT_EVENTS:,} events"),
        ("webhook", f"{WORDS[MAX_WRONG_SIGNATURES]} wrong signatures in a row"),
    ],
)
def test_numbers(name: str, said: str) -> None:
    """The pages say how long and how many."""
    assert said in page(ROOT / "docs" / f"{name}.md")


CHOSEN = re.compile(r"(?:[Cc]hoose|[Ss]creen|called) \*{1,2}([^*]+)\*")
# What Home Assistant, its shops and Smartcar's dashboard say.
OTHERS = {"Add from link", "Delete", "Ignore", "Reconfigure", "Smartcar", "Smartcar …"}


@pytest.mark.parametrize("name", ["installation", "switching", "webhook"])
def test_screens_and_choices(name: str) -> None:
    """What a person is to choose is on the screen, in these words."""
    shown = {text for _, text in leaves(texts())} | OTHERS
    chosen = CHOSEN.findall(page(ROOT / "docs" / f"{name}.md"))
    assert chosen
    parts = {part.strip() for text in chosen for part in text.split("→")}
    assert parts - shown == set()
