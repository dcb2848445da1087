"""What is remembered of the calls to a webhook."""

from datetime import UTC, datetime, timedelta
import json

from hypothesis import given, strategies as st
import pytest

from custom_components.smartcar.push.endpoint import OUTCOMES
from custom_components.smartcar.push.log import (
    KEPT_EVENTS,
    MAX_WRONG_SIGNATURES,
    SIGNED,
    UNSIGNED_VERIFY,
    WRONG_SIGNATURE,
    PushLog,
)

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def restarted(log: PushLog) -> PushLog:
    """Write down and read back, by JSON as on disk."""
    return PushLog.from_dict(json.loads(json.dumps(log.as_dict())))


@given(
    st.lists(st.text(max_size=2), max_size=60), st.sets(st.integers(0, 59), max_size=3)
)
def test_an_event_is_new_once(events: list[str], restarts: set[int]) -> None:
    """However often and in which order it comes; a restart forgets none."""
    log = PushLog()
    for number, event in enumerate(events):
        if number in restarts:
            log = restarted(log)
        assert log.is_new(event) is (event not in events[:number])
        log.remember(event)


def test_an_event_without_an_id_is_always_new() -> None:
    """It cannot be recognised, and takes no room."""
    log = PushLog()
    log.remember(None)
    assert log.is_new(None)
    assert log.as_dict()["events"] == []


@pytest.mark.parametrize("restart", [False, True])
def test_a_thousand_events_are_remembered(restart: bool) -> None:
    """Then the oldest goes, after a restart too."""
    log = PushLog()
    for number in range(KEPT_EVENTS):
        log.remember(f"event-{number}")
    if restart:
        log = restarted(log)
    assert not log.is_new("event-0")
    log.remember("one more")
    kept = log.as_dict()["events"]
    assert len(kept) == KEPT_EVENTS == 1000
    assert (kept[0], kept[-1]) == ("event-1", "one more")
    assert not log.is_new("event-1")
    assert log.is_new("event-0")


@pytest.mark.parametrize("half", ["", "\ud83d"], ids=["long", "half a character"])
def test_a_long_id_takes_no_more_room(half: str) -> None:
    """It is recognised, and told apart from others that begin like it."""
    log = PushLog()
    for _ in range(2):
        log.remember(half + "a" * 60_000)
        log = restarted(log)
    assert not log.is_new(half + "a" * 60_000)
    assert log.is_new(half + "a" * 60_001)
    assert [len(event) for event in log.as_dict()["events"]] == [64]


def test_a_file_with_too_many_events() -> None:
    """The last of them are kept, in as little room."""
    stored = {"events": [f"{number:03}" * 100 for number in range(KEPT_EVENTS + 5)]}
    log = PushLog.from_dict(stored)
    events = log.as_dict()["events"]
    assert (len(events), {len(event) for event in events}) == (KEPT_EVENTS, {64})
    assert log.is_new("004" * 100)
    assert not log.is_new("005" * 100)


def test_an_unsigned_verify_is_remembered_as_asked_only() -> None:
    """Anybody may send one: no time is noted, and nothing is stored."""
    log = PushLog()
    assert not log.was_asked
    log.note(UNSIGNED_VERIFY)
    assert log.was_asked
    assert log.as_dict() == PushLog().as_dict()


def test_a_wrong_clock() -> None:
    """What it has noted ahead of now counts as now."""
    log = PushLog(verified_at=NOON + timedelta(days=40), delivered_at=NOON)
    log.clamp_times(NOON)
    assert log.verified_at is not None
    assert NOON - log.verified_at < timedelta(seconds=1)
    assert log.delivered_at == NOON


def test_outcomes_are_counted() -> None:
    """Each by its name."""
    log = PushLog()
    for outcome in ("state", "verify", "state", WRONG_SIGNATURE, "unsigned"):
        log.note(outcome)
    assert log.outcomes == {
        "state": 2,
        "verify": 1,
        WRONG_SIGNATURE: 1,
        "unsigned": 1,
    }


def test_many_wrong_signatures_in_a_row_are_a_storm() -> None:
    """Four may be an accident, five are none."""
    log = PushLog()
    seen = []
    for _ in range(7):
        log.note(WRONG_SIGNATURE)
        seen.append(log.has_wrong_signatures)
    assert seen == [False] * 4 + [True] * 3
    assert MAX_WRONG_SIGNATURES == 5
    assert log.wrong == 7


@pytest.mark.parametrize("outcome", sorted(SIGNED))
def test_one_right_signature_ends_the_storm(outcome: str) -> None:
    """And the count begins anew."""
    log = PushLog()
    for _ in range(MAX_WRONG_SIGNATURES):
        log.note(WRONG_SIGNATURE)
    log.note(outcome)
    assert (log.has_wrong_signatures, log.wrong) == (False, 0)
    for _ in range(MAX_WRONG_SIGNATURES - 1):
        log.note(WRONG_SIGNATURE)
    assert not log.has_wrong_signatures
    assert log.outcomes[WRONG_SIGNATURE] == 2 * MAX_WRONG_SIGNATURES - 1


@pytest.mark.parametrize(
    "outcome", ["verify", "unsigned", "too_large", "too_slow", "broken_off", "repeated"]
)
def test_what_anybody_can_send_does_not_end_it(outcome: str) -> None:
    """Only Smartcar can sign; a VERIFY may come without a signature."""
    log = PushLog()
    for _ in range(MAX_WRONG_SIGNATURES):
        log.note(WRONG_SIGNATURE)
        log.note(outcome)
    assert log.has_wrong_signatures


def test_signed_outcomes_are_those_of_the_receiver() -> None:
    """All that is taken in but a VERIFY had to be signed."""
    assert set(OUTCOMES.values()) - {"verify"} == SIGNED


@pytest.mark.parametrize("verified", [None, NOON])
@pytest.mark.parametrize("delivered", [None, NOON])
def test_a_restart(verified: datetime | None, delivered: datetime | None) -> None:
    """Times and events are kept, counts begin anew."""
    log = PushLog(verified_at=verified, delivered_at=delivered)
    log.remember("event-1")
    for _ in range(MAX_WRONG_SIGNATURES):
        log.note(WRONG_SIGNATURE)
    again = restarted(log)
    assert (again.verified_at, again.delivered_at) == (verified, delivered)
    assert not again.is_new("event-1")
    assert (again.outcomes, again.wrong, again.has_wrong_signatures) == ({}, 0, False)


def test_a_file_from_before() -> None:
    """Nothing is known."""
    assert PushLog.from_dict({}) == PushLog()
