"""What is wrong with owners' accounts: any order of reports ends in the same."""

from datetime import UTC, datetime, timedelta
import json
from typing import NamedTuple

from hypothesis import given, strategies as st
import pytest

from custom_components.smartcar.car.account_errors import MAX_ERRORS, OwnerErrors

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

KIM, ANNA = "user-kim", "user-anna"
SIGNED_OUT, LAPSED = "AUTHENTICATION_FAILED", "SUBSCRIPTION"


def at(hours: float) -> datetime:
    """Return a time some hours after noon."""
    return NOON + timedelta(hours=hours)


def restarted(errors: OwnerErrors) -> OwnerErrors:
    """Write down and read back, by JSON as on disk."""
    return OwnerErrors.from_dict(json.loads(json.dumps(errors.as_dict())))


class Said(NamedTuple):
    """One report; `None` for the code of one that names none."""

    user: str
    code: str | None
    hour: int
    sequence: int
    is_resolved: bool

    def tell(self, errors: OwnerErrors) -> None:
        """Report it."""
        errors.report(
            self.user,
            self.code,
            at(self.hour),
            self.sequence,
            is_resolved=self.is_resolved,
        )


class Good(NamedTuple):
    """Good data, or a new login."""

    user: str
    hour: int

    def tell(self, errors: OwnerErrors) -> None:
        """Note it."""
        errors.record_data(self.user, at(self.hour))


type Word = Said | Good

# Few of each, so that they meet.
USERS = st.sampled_from([KIM, ANNA, "user-3"])
HOURS = st.integers(0, 3)
SAID = st.builds(
    Said,
    USERS,
    st.sampled_from([SIGNED_OUT, LAPSED, None]),
    HOURS,
    st.integers(0, 2),
    st.booleans(),
)
WORDS = st.lists(st.one_of(SAID, SAID, st.builds(Good, USERS, HOURS)), max_size=12)


def expected(words: list[Word]) -> dict[str, str]:
    """Work out what stands, by looking at everything at once."""
    said = [word for word in words if isinstance(word, Said)]
    standing: dict[str, tuple[int, int, str]] = {}
    for word in said:
        beaten_by_report = any(
            (other.user, other.code) == (word.user, word.code)
            and (other.hour, other.sequence, other.is_resolved)
            > (word.hour, word.sequence, word.is_resolved)
            for other in said
        )
        beaten_by_good = any(
            isinstance(other, Good)
            and other.user == word.user
            and other.hour > word.hour
            for other in words
        )
        if not (word.is_resolved or beaten_by_report or beaten_by_good):
            rank = (word.hour, word.sequence, word.code or "")
            standing[word.user] = max(standing.get(word.user, rank), rank)
    return {user: code for user, (_, _, code) in standing.items()}


@given(WORDS, st.data())
def test_any_order_ends_in_the_same(words: list[Word], data: st.DataObject) -> None:
    """However often each is said, and wherever Home Assistant starts again."""
    again = data.draw(st.lists(st.sampled_from(words), max_size=6)) if words else []
    told = data.draw(st.permutations(words + again))
    restarts = data.draw(st.sets(st.integers(0, len(told)), max_size=3))
    errors = OwnerErrors()
    for number, word in enumerate(told):
        if number in restarts:
            errors = restarted(errors)
        word.tell(errors)
    assert errors.open() == expected(words)
    assert restarted(errors).open() == expected(words)


def test_nothing_is_wrong_at_first() -> None:
    """Neither with a new car nor with a file from before."""
    assert OwnerErrors().open() == {}
    assert OwnerErrors.from_dict({}).open() == {}


@pytest.mark.parametrize(
    ("hours", "sequence", "left"),
    [
        pytest.param(1, 0, {}, id="newer"),
        pytest.param(-1, 9, {KIM: SIGNED_OUT}, id="older"),
        pytest.param(0, 3, {}, id="same moment, later in sequence"),
        pytest.param(0, 1, {KIM: SIGNED_OUT}, id="same moment, earlier in sequence"),
        pytest.param(0, 2, {}, id="a tie"),
    ],
)
@pytest.mark.parametrize("is_first", [False, True])
def test_a_resolution(
    hours: float, sequence: int, left: dict[str, str], is_first: bool
) -> None:
    """A newer one clears the error, an older one does not, whichever comes first."""
    errors = OwnerErrors()
    if not is_first:
        errors.report(KIM, SIGNED_OUT, NOON, 2)
        assert errors.open() == {KIM: SIGNED_OUT}
    errors.report(KIM, SIGNED_OUT, at(hours), sequence, is_resolved=True)
    if is_first:
        errors.report(KIM, SIGNED_OUT, NOON, 2)
    assert errors.open() == left


def test_a_resolution_is_for_its_own_error() -> None:
    """Another code of the user and the same code of another user stay open."""
    errors = OwnerErrors()
    errors.report(KIM, SIGNED_OUT, NOON)
    errors.report(KIM, LAPSED, at(-5))
    errors.report(ANNA, SIGNED_OUT, NOON)
    errors.report(KIM, SIGNED_OUT, at(1), is_resolved=True)
    assert errors.open() == {KIM: LAPSED, ANNA: SIGNED_OUT}


def test_an_error_that_comes_back() -> None:
    """What was resolved is open again after a newer error."""
    errors = OwnerErrors()
    errors.report(KIM, SIGNED_OUT, NOON)
    errors.report(KIM, SIGNED_OUT, at(1), is_resolved=True)
    errors.report(KIM, SIGNED_OUT, at(2))
    assert errors.open() == {KIM: SIGNED_OUT}


def test_the_latest_of_several_errors_is_told() -> None:
    """One for each user; an error without a code is told with an empty one."""
    errors = OwnerErrors()
    errors.report(KIM, LAPSED, at(2))
    errors.report(KIM, SIGNED_OUT, at(1))
    errors.report(ANNA, None, NOON)
    assert errors.open() == {KIM: LAPSED, ANNA: ""}


@pytest.mark.parametrize(
    ("hours", "left"), [(1, {}), (0, {KIM: SIGNED_OUT}), (-1, {KIM: SIGNED_OUT})]
)
def test_good_data(hours: float, left: dict[str, str]) -> None:
    """Only what is newer than all errors of a user proves them to be over."""
    errors = OwnerErrors()
    errors.report(KIM, SIGNED_OUT, NOON)
    errors.record_data(KIM, at(hours))
    errors.record_data(KIM, at(-8))
    errors.record_data(ANNA, at(8))
    assert errors.open() == left


def test_what_is_kept_is_bounded() -> None:
    """The known errors can still change; no more are taken in."""
    errors = OwnerErrors()
    for number in range(MAX_ERRORS + 10):
        errors.report(f"user-{number}", SIGNED_OUT, NOON)
    assert len(errors.open()) == len(errors.as_dict()["reports"]) == MAX_ERRORS
    assert f"user-{MAX_ERRORS}" not in errors.open()
    errors.report("user-0", SIGNED_OUT, at(1), is_resolved=True)
    assert "user-0" not in errors.open()
    assert len(restarted(errors).open()) == MAX_ERRORS - 1


def test_a_later_error_takes_the_place_of_the_earliest() -> None:
    """What is told now is not kept out by what was told long ago."""
    errors = OwnerErrors()
    for number in range(MAX_ERRORS):
        errors.report(f"user-{number}", SIGNED_OUT, at(number))
    errors.report(KIM, SIGNED_OUT, at(0.5))
    assert errors.open().keys() == {
        KIM,
        *(f"user-{number}" for number in range(1, MAX_ERRORS)),
    }


def test_users_are_bounded() -> None:
    """Of those whose account works the last ones are kept."""
    errors = OwnerErrors()
    for number in range(MAX_ERRORS + 10):
        errors.record_data(f"user-{number}", at(number))
        errors.record_login(f"user-{number}", at(number))
    stored = errors.as_dict()
    last = {f"user-{number}" for number in range(10, MAX_ERRORS + 10)}
    assert stored["good"].keys() == stored["proved"].keys() == last


DAYS = timedelta(days=40)


@pytest.mark.parametrize("restart", [False, True])
def test_a_wrong_clock_cures_nothing_to_come(restart: bool) -> None:
    """Good data that it noted are as good as those of now."""
    errors = OwnerErrors()
    errors.record_data(KIM, NOON + DAYS)
    errors.record_login(KIM, NOON + DAYS)
    if restart:
        errors = restarted(errors)
    errors.clamp_times(NOON)
    errors.report(KIM, SIGNED_OUT, NOON)
    errors.clamp_times(NOON + timedelta(hours=1))
    assert errors.open() == {KIM: SIGNED_OUT}
    errors.record_data(KIM, at(1))
    assert errors.open() == {}


@given(WORDS)
def test_a_clock_that_is_put_back_changes_nothing_that_stands(
    words: list[Word],
) -> None:
    """What was cured stays cured, though all of it was at the same time then."""
    errors = OwnerErrors()
    for word in words:
        word.tell(errors)
    users = errors.open().keys()
    errors.clamp_times(NOON - DAYS)
    assert errors.open().keys() == users
    errors.clamp_times(NOON - DAYS)
    assert restarted(errors).open().keys() == users
    for user in users:
        errors.record_data(user, NOON - DAYS)
    assert errors.open() == {}


def test_a_missing_virtual_key_is_not_cured_by_data() -> None:
    """The car goes on to tell; only a command or a new login shows the key."""
    errors = OwnerErrors()
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    errors.report("user", "VIRTUAL_KEY_REQUIRED", noon)
    errors.record_data("user", noon + timedelta(hours=1))
    assert errors.open() == {"user": "VIRTUAL_KEY_REQUIRED"}
    again = OwnerErrors.from_dict(errors.as_dict())
    again.record_login("user", noon + timedelta(hours=2))
    assert OwnerErrors.from_dict(again.as_dict()).open() == {}
