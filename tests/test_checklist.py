"""Each line of the checklist: done, not done, or not to be told."""

from datetime import UTC, datetime
from typing import Any

import pytest

from custom_components.smartcar.api import CannotConnectError, Webhook
from custom_components.smartcar.checklist import MARKS, Checklist, check
from custom_components.smartcar.push_log import WRONG_SIGNATURE, PushLog
from custom_components.smartcar.subscriptions import PushReport
from custom_components.smartcar.webhook import CallbackUrl

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BATTERY, LOCKED = "tractionbattery-stateofcharge", "closure-islocked"
FUEL, ODOMETER = "internalcombustionengine-fuellevel", "odometer-traveleddistance"

HERE = CallbackUrl("https://home.example.org/api/webhook/1")
NOWHERE = CallbackUrl(problem="no_external_url")
CARS = ("car-1", "car-2")
KNOWN = frozenset({BATTERY, LOCKED, ODOMETER})


def webhook(**changes: Any) -> Webhook:
    """Return a webhook that works."""
    settings: dict[str, Any] = {
        "id": "webhook",
        "name": "Home",
        "callback_uri": HERE.url,
        "is_enabled": True,
        "auto_subscribe": False,
        "triggers": (LOCKED,),
        "data": (BATTERY, LOCKED, FUEL),
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
    return {
        name: marks[value]
        for name, value in found.placeholders().items()
        if value in marks
    }


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
NO_WEBHOOK = {"enabled": None, "signals": None, "attached": None}


def test_all_is_done() -> None:
    """Every line has its mark, every count its number."""
    found = look()
    assert lines(found) == ALL_DONE
    done = MARKS[True]
    assert found.placeholders() == dict.fromkeys(ALL_DONE, done) | {
        "chosen": "3",
        "covered": "2",
        "known": "3",
        "subscribed": "2",
        "cars": "2",
    }


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
    assert tuple(told[name] for name in names) == tuple(map(str, counts))


def test_numbers_are_no_marks() -> None:
    """One and nought are numbers, though Python takes them for true and false."""
    found = check(
        HERE, report("car-1", data=(BATTERY,)), ALL_CALLS, cars=["car-1"], known=[]
    )
    told = found.placeholders()
    assert (told["cars"], told["subscribed"], told["known"]) == ("1", "1", "0")
    assert told["attached"] == MARKS[True]
