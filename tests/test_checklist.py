"""Each line of the checklist: done, not done, or not to be told."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

import pytest

from custom_components.smartcar.api import CannotConnectError, Webhook
from custom_components.smartcar.push.address import CallbackUrl
from custom_components.smartcar.push.checklist import (
    MARKS,
    NOTHING,
    STEPS,
    Checklist,
    check,
)
from custom_components.smartcar.push.log import WRONG_SIGNATURE, PushLog
from custom_components.smartcar.push.recommended import BASIC, EXTRA
from custom_components.smartcar.push.subscriptions import PushReport
from simulator.catalogue import CATALOGUE

from .cars import IS_CHARGING, IS_LOCKED, PLUG, SOC
from .consistency.files import ROOT

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FUEL, ODOMETER = "internalcombustionengine-fuellevel", "odometer-traveleddistance"

HERE = CallbackUrl("https://home.example.org/api/webhook/1")
NOWHERE = CallbackUrl(problem="no_external_url")
CARS = ("car-1", "car-2")
KNOWN = frozenset({SOC, IS_LOCKED, ODOMETER})


def webhook(**changes: Any) -> Webhook:
    """Return a webhook that works."""
    settings: dict[str, Any] = {
        "id": "webhook",
        "name": "Home",
        "callback_uri": HERE.url,
        "is_enabled": True,
        "auto_subscribe": False,
        "triggers": (IS_LOCKED,),
        "data": (SOC, IS_LOCKED, FUEL),
    }
    return Webhook(**settings | changes)


def report(*subscribed: str, **changes: Any) -> PushReport:
    """Return what Smartcar says of a webhook that carries some cars."""
    return PushReport(
        webhook=webhook(**changes), subscribed=frozenset(subscribed or CARS)
    )


ALL_CALLS = PushLog(verified_at=NOON, delivered_at=NOON)


def look(
    address: CallbackUrl = HERE,
    said: PushReport | None = None,
    log: PushLog = ALL_CALLS,
) -> Checklist:
    """Look at two cars whose push works but for what is given."""
    return check(
        address,
        report() if said is None else said,
        log,
        cars=CARS,
        known=KNOWN,
        flowing=True,
    )


def lines(found: Checklist) -> dict[str, bool | None]:
    """Return the lines without the counts."""
    marks = {mark: state for state, mark in MARKS.items()}
    told = found.placeholders()
    return {name: marks[told[name]] for name in STEPS}


ALL_DONE = dict.fromkeys(
    (
        "address",
        "asked",
        "webhook",
        "enabled",
        "signals",
        "attached",
        "verified",
        "signed",
        "delivered",
        "flowing",
    ),
    True,
)
LACKING = "EnergyAdded, PreciseLocation"
NO_WEBHOOK = {"enabled": None, "signals": None, "attached": None}


def test_all_is_done() -> None:
    """Every line has its mark, every count its number."""
    found = look()
    assert lines(found) == ALL_DONE
    done = MARKS[True]
    assert found.placeholders() == dict.fromkeys(ALL_DONE, done) | {
        "basic": "3",
        "basic_all": "12",
        "extra": "0",
        "extra_all": "55",
        "subscribed": "2",
        "cars": "2",
        "diary": MARKS[False],
        "lacking": "TraveledDistance",
    }


@pytest.mark.parametrize(
    ("known", "chosen", "lacking"),
    [
        # What the cars do not have is not missed.
        ({SOC, ODOMETER}, (SOC, ODOMETER), "0"),
        ({SOC, ODOMETER}, (SOC,), "TraveledDistance"),
        # No car was read yet.
        ((), (SOC, ODOMETER, IS_LOCKED, IS_CHARGING, PLUG), LACKING),
    ],
    ids=["none", "one", "unknown cars"],
)
def test_what_trips_and_charges_lack(
    known: Collection[str], chosen: tuple[str, ...], lacking: str
) -> None:
    """It is advice: it decides neither what is next nor whether all is done."""
    found = check(HERE, report(data=chosen), ALL_CALLS, cars=CARS, known=known)
    told = found.placeholders()
    assert told["lacking"] == lacking
    assert told["diary"] == MARKS[lacking == "0"]
    assert found.next_step == NOTHING


def test_the_marks_differ() -> None:
    """A person can tell them apart without colours."""
    assert len(set(MARKS.values())) == 3
    assert set(MARKS) == {True, False, None}


@pytest.mark.parametrize(
    ("given", "changed"),
    [
        pytest.param(
            {"address": NOWHERE, "said": PushReport()},
            {"address": False, "asked": None, "webhook": None} | NO_WEBHOOK,
            id="no address",
        ),
        pytest.param(
            {"said": PushReport(error=CannotConnectError())},
            {"asked": False, "webhook": None} | NO_WEBHOOK,
            id="no answer",
        ),
        pytest.param(
            {"said": PushReport()}, {"webhook": False} | NO_WEBHOOK, id="no webhook"
        ),
        pytest.param(
            {"said": PushReport(moved=webhook())},
            {"webhook": False} | NO_WEBHOOK,
            id="a webhook that calls elsewhere",
        ),
        pytest.param(
            {
                "said": PushReport(
                    webhook(),
                    subscribed=frozenset({"car-1"}),
                    error=CannotConnectError(),
                )
            },
            {"asked": False, "attached": False},
            id="found, but a car was refused",
        ),
        pytest.param(
            {"said": report(is_enabled=False)}, {"enabled": False}, id="switched off"
        ),
        pytest.param({"said": report(data=())}, {"signals": False}, id="no data"),
        pytest.param(
            {"said": report(triggers=())}, {"signals": False}, id="no triggers"
        ),
        pytest.param({"said": report("car-1")}, {"attached": False}, id="one car"),
        pytest.param(
            {"said": report("a stranger", "car-2")},
            {"attached": False},
            id="one car and a stranger",
        ),
        pytest.param(
            {"said": report(*CARS, "a stranger")}, {}, id="all cars and a stranger"
        ),
        pytest.param(
            {"log": PushLog(delivered_at=NOON)}, {"verified": False}, id="not verified"
        ),
        pytest.param(
            {"log": PushLog(verified_at=NOON)}, {"delivered": False}, id="not delivered"
        ),
        pytest.param(
            {"log": PushLog()},
            {"verified": False, "delivered": False, "signed": None},
            id="never called",
        ),
    ],
)
def test_what_is_missing(given: Any, changed: dict[str, bool | None]) -> None:
    """What cannot be told is neither done nor missing; the other lines stay."""
    assert lines(look(**given)) == ALL_DONE | changed


@pytest.mark.parametrize("times", [{}, {"verified_at": NOON}, {"delivered_at": NOON}])
def test_a_wrong_signature(times: dict[str, datetime]) -> None:
    """One is enough to say so, whatever came before, until a right one comes."""
    log = PushLog(**times)
    log.note(WRONG_SIGNATURE)
    assert look(log=log).signed is False
    log.note("state")
    log.delivered_at = NOON
    assert look(log=log).signed is True


@pytest.mark.parametrize(
    ("said", "counts"),
    [
        pytest.param(PushReport(), (0, 0, 3, 0, 2), id="no webhook"),
        pytest.param(report("car-1"), (3, 2, 3, 1, 2), id="one car"),
        pytest.param(report("a stranger"), (3, 2, 3, 0, 2), id="a stranger"),
        pytest.param(report(data=(FUEL,)), (1, 0, 3, 2, 2), id="of no use"),
        pytest.param(report(data=(*KNOWN, FUEL)), (4, 3, 3, 2, 2), id="all"),
    ],
)
def test_counts(said: PushReport, counts: tuple[int, ...]) -> None:
    """Signals chosen, covered and known; cars attached and wanted."""
    found = look(said=said)
    names = ("chosen", "covered", "known", "subscribed", "cars")
    assert tuple(getattr(found, name) for name in names) == counts
    told = found.placeholders()
    assert (told["subscribed"], told["cars"]) == tuple(map(str, counts[3:]))


@pytest.mark.parametrize(
    ("codes", "counts"),
    [
        ((), (0, 0)),
        ((SOC, IS_LOCKED), (2, 0)),
        ((SOC, "charge-wattage", "wheel-tires"), (1, 2)),
        (("charge-voltage", "never-heard-of"), (0, 0)),
        ((*BASIC, *EXTRA, "charge-voltage"), (12, 55)),
    ],
)
def test_counts_by_plan(codes: tuple[str, ...], counts: tuple[int, int]) -> None:
    """Signals that are recommended for every plan, and for paid ones."""
    found = look(said=report(data=codes))
    assert (found.basic, found.extra) == counts


@pytest.mark.parametrize(
    ("given", "step"),
    [
        pytest.param({}, "nothing", id="all done"),
        pytest.param({"address": NOWHERE, "said": PushReport()}, "address", id="none"),
        pytest.param(
            {"said": PushReport(error=CannotConnectError())}, "asked", id="no answer"
        ),
        pytest.param({"said": PushReport()}, "webhook", id="no webhook"),
        pytest.param({"said": PushReport(moved=webhook())}, "moved", id="elsewhere"),
        pytest.param(
            {"said": report(is_enabled=False, data=())}, "enabled", id="off and empty"
        ),
        pytest.param({"said": report("car-1", data=())}, "signals", id="no signals"),
        pytest.param(
            {"said": report("car-1"), "log": PushLog(wrong=1)}, "signed", id="wrong"
        ),
        pytest.param(
            {"said": report("car-1"), "log": PushLog()}, "verified", id="never called"
        ),
        pytest.param(
            {"said": report("car-1"), "log": PushLog(verified_at=NOON)},
            "attached",
            id="one car",
        ),
        pytest.param({"log": PushLog(verified_at=NOON)}, "delivered", id="no delivery"),
        pytest.param(
            {"log": PushLog(delivered_at=NOON)}, "nothing", id="a delivery is proof"
        ),
    ],
)
def test_what_to_do_next(given: Any, step: str) -> None:
    """One thing at a time, in the order in which a person gets on."""
    assert look(**given).next_step == step


def test_silence_comes_last() -> None:
    """A car that is parked for long is silent, too."""
    found = check(HERE, report(), ALL_CALLS, cars=CARS, known=KNOWN, flowing=False)
    assert found.next_step == "flowing"


def table() -> dict[str, tuple[frozenset[str], ...]]:
    """Read the table of signals in the documents: by group, codes by column."""
    text = (ROOT / "docs" / "webhook.md").read_text("utf-8")
    found = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and cells[0] in GROUPS:
            found[cells[0]] = tuple(
                frozenset(
                    f"{cells[0]}-{name.strip(' *')}".lower()
                    for name in cell.split(",")
                    if name.strip()
                )
                for cell in cells[1:]
            )
    return found


GROUPS = {kind.group for kind in CATALOGUE.values()}


def test_the_table_of_signals() -> None:
    """Every signal stands in it once, in the column by which it is counted."""
    rows = table()
    assert rows.keys() == GROUPS
    columns = [frozenset().union(*cells) for cells in zip(*rows.values(), strict=True)]
    assert columns[:2] == [BASIC, EXTRA]
    assert sum(map(len, columns)) == len(CATALOGUE)
    assert frozenset().union(*columns) == CATALOGUE.keys()
    assert {code for code, kind in CATALOGUE.items() if kind.free_plan} == BASIC


def test_numbers_are_no_marks() -> None:
    """One and nought are numbers, though Python takes them for true and false."""
    found = check(
        HERE, report("car-1", data=(SOC,)), ALL_CALLS, cars=["car-1"], known=[]
    )
    told = found.placeholders()
    assert (told["cars"], told["subscribed"], told["extra"]) == ("1", "1", "0")
    assert told["attached"] == MARKS[True]
