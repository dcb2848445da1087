"""What a car's signals add up to, in whatever order they arrive."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import permutations
import json
from math import inf, nan
from typing import Any

from hypothesis import given, strategies as st
import orjson
import pytest

from custom_components.smartcar.api import Signal, SignalError, gate
from custom_components.smartcar.car.published import PUBLISHED
from custom_components.smartcar.car.reports import NO_TIME
from custom_components.smartcar.car.state import MAX_OTHER_CODES, Change, VehicleState

from .cars import (
    CURRENT,
    ENERGY_ADDED,
    FAST_CHARGER,
    IS_CHARGING,
    IS_LOCKED,
    LIMITS,
    PLUG,
    POWER,
    SOC,
    SPEED,
    STATUS,
    TIME_LEFT,
    TIRES,
    VOLTAGE,
)

type Body = Mapping[str, Any]


def minute(number: float) -> datetime:
    """Return a time on the day these tests are about."""
    return datetime(2026, 11, 22, 12, 0, tzinfo=UTC) + timedelta(minutes=number)


NOW = minute(60)


def signal(
    code: str,
    body: object = None,
    *,
    asked: float | None = 0,
    measured: float | None = None,
    ingested: float | None = None,
    status: Mapping[str, Any] | None = None,
) -> Signal:
    """Return a signal as the API tells it; times are minutes."""
    parsed = Signal.parse(
        {
            "id": code,
            "attributes": {
                "code": code,
                "status": {"value": "SUCCESS"} if status is None else status,
                "body": body,
            },
            "meta": {
                name: None if time is None else minute(time).isoformat()
                for name, time in (
                    ("oemUpdatedAt", measured),
                    ("retrievedAt", asked),
                    ("ingestedAt", ingested),
                )
            },
        }
    )
    assert parsed is not None
    return parsed


def error(type_: str, code: str | None = None) -> dict[str, Any]:
    """Return the status of a signal that could not be had."""
    return {"value": "ERROR", "error": {"type": type_, "code": code}}


COMPATIBILITY = error("COMPATIBILITY", "VEHICLE_NOT_CAPABLE")
INTERNAL = error("SERVER", "INTERNAL")
NOT_CHARGING = error("VEHICLE_STATE", "NOT_CHARGING")
PERMISSION = error("PERMISSION")
SIGNED_OUT = error("CONNECTED_SERVICES_ACCOUNT", "AUTHENTICATION_FAILED")


def car(*signals: Signal) -> VehicleState:
    """Return a car that told some signals, one after the other."""
    state = VehicleState()
    for item in signals:
        state.merge([item], NOW)
    return state


def restarted(state: VehicleState) -> VehicleState:
    """Return a car as it is after a restart."""
    return VehicleState.from_dict(json.loads(json.dumps(state.as_dict())))


PERCENT = {"value": 64, "unit": "percent"}
WATTS = {"value": 7400, "unit": "watts"}


def full(percent: float) -> Body:
    """Return a battery's body."""
    return {"value": percent, "unit": "percent"}


# What a status means for what is shown


def test_nothing_is_known_of_a_signal_never_told() -> None:
    """A car starts empty."""
    state = car()
    assert not state.has(SOC)
    assert state.body(SOC) is None
    assert state.measured(SOC) is None
    assert state.error(SOC) is None
    assert not state.assumed.stands(SOC)
    assert state.codes == frozenset()
    assert state.newest is None
    assert not state.is_idle


def test_a_value_is_shown() -> None:
    """Success means its value, measured when the car maker heard it."""
    state = car(signal(SOC, PERCENT, measured=-5))
    assert state.has(SOC)
    assert state.body(SOC) == PERCENT
    assert state.measured(SOC) == minute(-5)
    assert state.error(SOC) is None
    assert state.codes == {SOC}


def test_a_null_leaf_is_unknown() -> None:
    """The car answers, but not with a value: the old one is not kept."""
    null = {"value": None, "unit": "percent"}
    state = car(signal(SOC, PERCENT), signal(SOC, null, asked=1))
    assert state.has(SOC)
    assert state.body(SOC) == null


@pytest.mark.parametrize(
    ("code", "old", "shown"),
    [
        (POWER, WATTS, {"value": 0, "unit": "watts"}),
        (CURRENT, {"value": 16, "unit": "ampere"}, {"value": 0, "unit": "ampere"}),
        (SPEED, {"value": 40, "unit": "km/h"}, {"value": 0, "unit": "km/h"}),
        (VOLTAGE, {"value": 230, "unit": "volts"}, None),
        (TIME_LEFT, {"value": 90}, None),
        (FAST_CHARGER, {"value": "CCS"}, None),
        (ENERGY_ADDED, {"value": 12, "unit": "kWh"}, {"value": 12, "unit": "kWh"}),
    ],
)
def test_not_charging(code: str, old: Body, shown: Body | None) -> None:
    """Nothing flows, and there is no end to wait for; energy stays what it was."""
    state = car(signal(code, old), signal(code, old, asked=1, status=NOT_CHARGING))
    assert state.body(code) == shown
    assert state.error(code) == SignalError("VEHICLE_STATE", "NOT_CHARGING")


def test_not_charging_is_an_answer_of_a_car_that_can() -> None:
    """A car met while it is parked has its power sensor at once, with zero."""
    state = VehicleState()
    change = state.merge([signal(POWER, status=NOT_CHARGING)], NOW)
    assert change == Change(frozenset({POWER}), frozenset({POWER}))
    assert state.has(POWER)
    assert state.body(POWER) == {"value": 0, "unit": "watts"}
    assert state.measured(POWER) is None


def test_another_vehicle_state_keeps_the_value() -> None:
    """A car asleep has not stopped being 64 % full."""
    asleep = error("VEHICLE_STATE", "ASLEEP")
    state = car(signal(POWER, WATTS), signal(POWER, asked=1, status=asleep))
    assert state.body(POWER) == WATTS


@pytest.mark.parametrize("status", [PERMISSION, COMPATIBILITY, INTERNAL, SIGNED_OUT])
def test_an_error_alone_makes_no_entity(status: Mapping[str, Any]) -> None:
    """Nothing shows what the car never had, but the reason is known."""
    state = VehicleState()
    assert not state.merge([signal(SOC, status=status)], NOW)
    assert not state.has(SOC)
    assert state.body(SOC) is None
    assert state.error(SOC) is not None
    assert state.codes == {SOC}


def test_a_permission_withdrawn_makes_the_value_unknown() -> None:
    """The entity stays and is unknown until the owner allows it again."""
    state = car(signal(SOC, PERCENT), signal(SOC, asked=1, status=PERMISSION))
    assert state.has(SOC)
    assert state.body(SOC) is None
    state.merge([signal(SOC, PERCENT, asked=2)], NOW)
    assert state.body(SOC) == PERCENT


@pytest.mark.parametrize(
    "status",
    [
        COMPATIBILITY,
        INTERNAL,
        SIGNED_OUT,
        error("BRAND_NEW"),
        {"value": "ERROR"},
        {"value": "UNAVAILABLE"},
        {"value": "UNKNOWN"},
    ],
    ids=lambda status: status.get("error", status).get("type", status["value"]),
)
def test_other_errors_keep_the_last_good_value(status: Mapping[str, Any]) -> None:
    """No news is no change."""
    state = car(signal(SOC, PERCENT, measured=-5))
    assert not state.merge([signal(SOC, asked=1, status=status)], NOW)
    assert state.has(SOC)
    assert state.body(SOC) == PERCENT
    assert state.measured(SOC) == minute(-5)
    assert state.error(SOC) is not None


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param([], id="empty list"),
        pytest.param([signal(IS_LOCKED, {"value": True}, asked=1)], id="missing"),
        pytest.param([signal(SOC, asked=1)], id="no body"),
        pytest.param([signal(SOC, "64 %", asked=1)], id="text for a body"),
    ],
)
def test_no_word_of_a_signal_keeps_its_value(answer: Iterable[Signal]) -> None:
    """An answer proves nothing about what it leaves out."""
    state = car(signal(SOC, PERCENT))
    state.merge(answer, NOW)
    assert state.body(SOC) == PERCENT
    assert state.error(SOC) is None


@pytest.mark.parametrize("status", [PERMISSION, COMPATIBILITY, NOT_CHARGING])
def test_a_body_beside_some_errors_is_no_value(status: Mapping[str, Any]) -> None:
    """What is not allowed, not there or not so just now is not known either."""
    state = car(
        signal(SOC, PERCENT),
        signal(SOC, {"value": 12, "unit": "percent"}, asked=1, status=status),
    )
    assert state.measured(SOC) == minute(0)
    state.merge([signal(SOC, asked=2, status=INTERNAL)], NOW)
    assert state.body(SOC) == PERCENT


UNEXPLAINED = {"value": "ERROR"}


@pytest.mark.parametrize("status", [UNEXPLAINED, INTERNAL, SIGNED_OUT])
def test_a_body_beside_an_error_is_shown_with_its_age(
    status: Mapping[str, Any],
) -> None:
    """Some makes answer nearly everything with an error, and a good body."""
    old = signal(SOC, full(35), measured=-180, status=status)
    state = car(old)
    assert state.has(SOC)
    assert state.body(SOC) == full(35)
    assert state.measured(SOC) == minute(-180)
    assert state.newest == minute(-180)
    assert state.error(SOC) is not None
    assert restarted(state).body(SOC) == full(35)


@pytest.mark.parametrize(
    ("beside", "shown"),
    [
        pytest.param(signal(SOC, full(35), measured=-6, asked=5), 64, id="older"),
        pytest.param(signal(SOC, full(65), measured=-5, asked=5), 64, id="as old"),
        pytest.param(signal(SOC, full(63), measured=-4, asked=5), 63, id="newer"),
        pytest.param(signal(SOC, full(99), asked=5), 64, id="of no age"),
    ],
)
@pytest.mark.parametrize("is_first", [False, True])
def test_a_good_report_ranks_above_a_body_beside_an_error(
    beside: Signal, shown: float, is_first: bool
) -> None:
    """At the same time success counts more, whichever comes first."""
    good = signal(SOC, full(64), measured=-5, asked=1)
    bad = beside._replace(status="ERROR", error=SignalError("SERVER"))
    state = car(*((bad, good) if is_first else (good, bad)))
    assert state.body(SOC) == full(shown)


@pytest.mark.parametrize(
    "body", [{"value": None, "unit": "percent"}, {}, {"values": []}, {"unit": "km"}]
)
def test_an_empty_body_beside_an_error_keeps_the_value(body: Body) -> None:
    """It says nothing, unlike an empty one with success."""
    state = car(
        signal(SOC, PERCENT, measured=-5),
        signal(SOC, body, asked=5, measured=-4, status=INTERNAL),
    )
    assert state.body(SOC) == PERCENT
    assert state.measured(SOC) == minute(-5)


def test_a_leftover_may_stand_beside_a_body() -> None:
    """The error is as if it had not come; the value is not."""
    state = VehicleState(connected_at=minute(0))
    late = signal(SOC, PERCENT, measured=-180, asked=5, ingested=-1, status=SIGNED_OUT)
    state.merge([late], NOW)
    assert state.body(SOC) == PERCENT
    assert state.error(SOC) is None


@pytest.mark.parametrize(
    ("ingested", "error_"),
    [
        (-1, None),
        (0, SignalError("CONNECTED_SERVICES_ACCOUNT", "AUTHENTICATION_FAILED")),
        (1, SignalError("CONNECTED_SERVICES_ACCOUNT", "AUTHENTICATION_FAILED")),
        (None, SignalError("CONNECTED_SERVICES_ACCOUNT", "AUTHENTICATION_FAILED")),
    ],
)
def test_account_errors_from_before_the_connection_are_leftovers(
    ingested: float | None, error_: SignalError | None
) -> None:
    """Who connects the car again has solved them; newer ones keep the value."""
    state = VehicleState(connected_at=minute(0))
    state.merge([signal(SOC, PERCENT, asked=-9)], NOW)
    late = signal(SOC, asked=5, ingested=ingested, status=SIGNED_OUT)
    assert not state.merge([late], NOW)
    assert state.error(SOC) == error_
    assert state.body(SOC) == PERCENT


def test_a_leftover_alone_is_no_signal() -> None:
    """It is as if it had not come."""
    state = VehicleState(connected_at=minute(0))
    state.merge([signal(SOC, ingested=-1, status=SIGNED_OUT)], NOW)
    assert state.codes == frozenset()


def test_other_errors_from_before_the_connection_count() -> None:
    """A missing permission does not go away by signing in again."""
    state = VehicleState(connected_at=minute(0))
    state.merge([signal(SOC, ingested=-1, status=PERMISSION)], NOW)
    assert state.error(SOC) == SignalError("PERMISSION")


# While the car is known not to charge

IDLE = [
    (POWER, WATTS, {"value": 0, "unit": "watts"}),
    (CURRENT, {"value": 16, "unit": "ampere"}, {"value": 0, "unit": "ampere"}),
    (SPEED, {"value": 40, "unit": "km/h"}, {"value": 0, "unit": "km/h"}),
    (TIME_LEFT, {"value": 14}, None),
]


@pytest.mark.parametrize(("code", "stale", "shown"), IDLE)
@pytest.mark.parametrize("stopped", [0, 1])
def test_an_idle_car_draws_nothing(
    code: str, stale: Body, shown: Body | None, stopped: float
) -> None:
    """Some cars go on telling the last session's numbers with success."""
    state = car(signal(code, stale, measured=0))
    change = state.merge(
        [signal(IS_CHARGING, {"value": False}, asked=9, measured=stopped)], NOW
    )
    assert state.is_idle
    assert change.changed == {IS_CHARGING, code}
    assert state.body(code) == shown
    assert state.has(code)


@pytest.mark.parametrize(("code", "fresh", "_shown"), IDLE)
@pytest.mark.parametrize(
    "charging",
    [
        pytest.param(
            signal(IS_CHARGING, {"value": False}, asked=-1, measured=-1), id="earlier"
        ),
        pytest.param(signal(IS_CHARGING, {"value": True}, asked=9), id="charging"),
        pytest.param(signal(IS_CHARGING, {"value": None}, asked=9), id="unknown"),
        pytest.param(signal(IS_CHARGING, asked=9, status=INTERNAL), id="error"),
    ],
)
def test_numbers_of_a_car_not_known_to_be_idle_stand(
    code: str, fresh: Body, _shown: Body | None, charging: Signal
) -> None:
    """What was measured after charging stopped is not stale."""
    state = car(signal(code, fresh, measured=0), charging)
    assert state.body(code) == fresh


@pytest.mark.parametrize("code", [VOLTAGE, ENERGY_ADDED, SOC])
def test_an_idle_car_still_has_its_other_values(code: str) -> None:
    """Only what flows is zero."""
    body = {"value": 7}
    state = car(signal(code, body), signal(IS_CHARGING, {"value": False}, asked=9))
    assert state.body(code) == body


def unplugged(*, measured: float, asked: float | None = None) -> Signal:
    """Return a report that the cable is out."""
    return signal(
        PLUG,
        {"value": False},
        measured=measured,
        asked=measured if asked is None else asked,
    )


def status(value: str, *, measured: float) -> Signal:
    """Return a report of the charging status."""
    return signal(STATUS, {"value": value}, measured=measured, asked=measured)


FLOWING = [
    signal(code, body, measured=0, asked=0)
    for code, body, _ in [*IDLE, (IS_CHARGING, {"value": True}, None)]
]
STILL = {**{code: shown for code, _, shown in IDLE}, IS_CHARGING: {"value": False}}


@pytest.mark.parametrize(
    "witness",
    [
        pytest.param(
            signal(IS_CHARGING, {"value": False}, measured=1, asked=1), id="its own"
        ),
        pytest.param(unplugged(measured=1), id="cable out"),
        pytest.param(unplugged(measured=0), id="cable out at once"),
        pytest.param(status("NOT_CHARGING", measured=1), id="not charging"),
        pytest.param(status("Fully Charged", measured=1), id="fully charged"),
        pytest.param(signal(POWER, asked=1, status=NOT_CHARGING), id="power refused"),
        pytest.param(signal(VOLTAGE, asked=1, status=NOT_CHARGING), id="by another"),
    ],
)
def test_every_witness_of_not_charging_is_heard(witness: Signal) -> None:
    """Whatever comes first, and after a restart; a newer word of charging ends it."""
    for state in (car(*FLOWING, witness), car(witness, *FLOWING)):
        for told in (state, restarted(state)):
            assert told.is_idle
            assert not told.is_charging
            assert {code: told.body(code) for code in STILL} == STILL
        state.merge(
            [signal(IS_CHARGING, {"value": True}, measured=5, asked=5)]
            + [signal(code, body, measured=5, asked=5) for code, body, _ in IDLE],
            NOW,
        )
        assert not state.is_idle
        assert state.is_charging
        assert state.body(POWER) == WATTS
        assert state.body(IS_CHARGING) == {"value": True}


def test_a_witness_changes_what_is_told() -> None:
    """Pulling the cable writes the power, the finish and the switch."""
    state = car(*FLOWING)
    change = state.merge([unplugged(measured=1)], NOW)
    assert change.changed == {PLUG, *STILL}
    assert not state.merge([unplugged(measured=2)], NOW)


def test_a_stop_covers_what_was_asked_for_at_once() -> None:
    """Power may bear the car's time of its next minute, and is from before."""
    state = VehicleState()
    read = [
        signal(IS_CHARGING, {"value": False}, measured=-1, asked=9),
        signal(POWER, {"value": 6300, "unit": "watts"}, measured=0, asked=9),
    ]
    state.merge(read, NOW)
    assert state.body(POWER) == {"value": 0, "unit": "watts"}
    state.merge([signal(POWER, WATTS, measured=10, asked=11)], NOW)
    assert state.body(POWER) == WATTS


@pytest.mark.parametrize(
    "older",
    [
        pytest.param(unplugged(measured=-60, asked=0), id="cable"),
        pytest.param(status("FULLY_CHARGED", measured=-60), id="status"),
        pytest.param(signal(POWER, asked=-60, status=NOT_CHARGING), id="refusal"),
    ],
)
def test_an_older_witness_falls_to_a_newer_word_of_charging(older: Signal) -> None:
    """By the car's own times, even if both were asked for at once."""
    state = car(older, *FLOWING)
    assert not state.is_idle
    assert state.is_charging
    assert state.body(IS_CHARGING) == {"value": True}


@pytest.mark.parametrize(
    ("told", "charges"),
    [
        pytest.param([], False, id="nothing told"),
        pytest.param([status("CHARGING", measured=0)], True, id="only the status"),
        pytest.param(
            [status("CHARGING", measured=0), unplugged(measured=1)], False, id="pulled"
        ),
        pytest.param(
            [unplugged(measured=0), status("CHARGING", measured=1)], True, id="begun"
        ),
        pytest.param([status("WAITING", measured=0)], False, id="another status"),
        pytest.param(
            [
                signal(IS_CHARGING, {"value": False}, measured=0, asked=2),
                signal(STATUS, {"value": "CHARGING"}, measured=1, asked=2),
            ],
            False,
            id="its own signal says no",
        ),
        pytest.param(
            [
                signal(IS_CHARGING, {"value": None}, measured=0),
                signal(STATUS, {"value": "CHARGING"}, measured=0),
            ],
            True,
            id="its own signal says nothing",
        ),
        pytest.param(
            [signal(PLUG, {"value": True}, measured=0)], False, id="only the cable"
        ),
    ],
)
def test_whether_the_car_charges(told: list[Signal], charges: bool) -> None:
    """The pace asks, also of a car that has no signal for just that."""
    assert car(*told).is_charging == charges


def test_an_expected_start_counts_as_charging() -> None:
    """Right after the command the car has not said so yet."""
    state = car(signal(IS_CHARGING, {"value": False}))
    state.expect(IS_CHARGING, "value", True, minute(5))
    assert state.is_charging


def test_an_idle_car_gets_no_sensor_it_never_had() -> None:
    """Not charging proves nothing about what a car can tell."""
    state = car(
        signal(POWER, status=COMPATIBILITY), signal(IS_CHARGING, {"value": False})
    )
    assert not state.has(POWER)
    assert state.body(POWER) is None
    assert not state.has(CURRENT)


# Times


@pytest.mark.parametrize(
    ("measured", "asked", "ingested", "delivered", "expected"),
    [
        pytest.param(-9, -5, -3, -1, -9, id="the maker's time"),
        pytest.param(None, -5, -3, -1, -5, id="else when it was asked"),
        pytest.param(None, None, -3, -1, -3, id="else when it was stored"),
        pytest.param(None, None, None, -1, -1, id="else when it was delivered"),
        pytest.param(None, None, None, None, 60, id="else now"),
        pytest.param(-2, -5, None, None, -5, id="not after it was asked"),
        pytest.param(999, 999, None, None, 60, id="not in the future"),
        pytest.param(None, None, None, 999, 60, id="not delivered in the future"),
    ],
)
def test_when_a_value_was_measured(
    measured: float | None,
    asked: float | None,
    ingested: float | None,
    delivered: float | None,
    expected: float,
) -> None:
    """The best time there is counts, cut to what is possible."""
    state = VehicleState()
    item = signal(SOC, PERCENT, measured=measured, asked=asked, ingested=ingested)
    delivered_at = None if delivered is None else minute(delivered)
    state.merge([item], NOW, delivered_at=delivered_at)
    assert state.measured(SOC) == minute(expected)


@pytest.mark.parametrize(
    "at",
    [
        pytest.param(datetime(2099, 1, 1, tzinfo=UTC), id="2099"),
        pytest.param(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), id="1970"),
        pytest.param(datetime(1, 1, 1, tzinfo=UTC), id="the year 1"),
    ],
)
def test_a_time_that_cannot_be_is_none(at: datetime) -> None:
    """A made-up time neither stays for ever nor ages the car by half a century."""
    odd = signal(SOC, full(12), asked=-10)._replace(oem_updated_at=at)
    state = car(odd)
    assert state.measured(SOC) == minute(-10)
    assert state.newest is None
    state.merge([signal(SOC, full(58), measured=-33, asked=-5)], NOW)
    assert state.body(SOC) == full(58)
    assert state.measured(SOC) == state.newest == minute(-33)


@pytest.mark.parametrize("asked", [datetime(1, 1, 1, tzinfo=UTC), None])
def test_a_time_of_asking_that_cannot_be_is_none(asked: datetime | None) -> None:
    """The next best time counts, here that of the delivery."""
    odd = signal(SOC, full(12))._replace(retrieved_at=asked, ingested_at=asked)
    state = VehicleState()
    state.merge([odd], NOW, delivered_at=minute(7))
    assert state.measured(SOC) == minute(7)


@pytest.mark.parametrize("dated_first", [False, True])
@pytest.mark.parametrize(
    ("undated_asked", "shown"),
    [(-40, 79), (-20, 79), (-19, 80)],
    ids=["asked before", "asked at once", "asked after"],
)
def test_an_undated_report_is_shown_if_asked_for_later(
    undated_asked: float, shown: float, dated_first: bool
) -> None:
    """When it was asked for is no rival to the car's own time."""
    undated = signal(SOC, full(80), asked=undated_asked)
    dated = signal(SOC, full(79), measured=-45, asked=-20)
    state = car(*((dated, undated) if dated_first else (undated, dated)))
    assert state.body(SOC) == full(shown)
    assert restarted(state).body(SOC) == full(shown)


def test_three_reports_without_a_circle() -> None:
    """Each is later than another by one of two times; one is shown all the same."""
    reports = [
        signal(SOC, full(10), measured=10, asked=20),
        signal(SOC, full(20), asked=25),
        signal(SOC, full(30), measured=5, asked=30),
    ]
    shown = [car(*order).body(SOC) for order in permutations(reports)]
    assert shown == [full(20)] * 6


@pytest.mark.parametrize("is_locked", [False, True])
def test_a_delivery_without_any_time_is_never_newer(is_locked: bool) -> None:
    """It fills a gap, and replaces nothing that has a time."""
    timeless = signal(IS_LOCKED, {"value": is_locked}, asked=None)
    state = VehicleState()
    state.merge([timeless], NOW, delivered_at=NO_TIME)
    assert state.body(IS_LOCKED) == {"value": is_locked}
    assert state.measured(IS_LOCKED) is None
    assert state.newest is None
    known = signal(IS_LOCKED, {"value": not is_locked}, measured=-9, asked=-9)
    state.merge([known], NOW)
    state.merge([timeless], NOW, delivered_at=NO_TIME)
    assert state.body(IS_LOCKED) == {"value": not is_locked}


def test_the_car_s_time_dates_a_delivery_without_one() -> None:
    """A car cannot have been asked before it said so."""
    state = VehicleState()
    item = signal(IS_LOCKED, {"value": True}, measured=-9, asked=None)
    state.merge([item], NOW, delivered_at=NO_TIME)
    assert state.measured(IS_LOCKED) == state.newest == minute(-9)


# A wrong clock

AHEAD, BEHIND = NOW + timedelta(days=40), NOW - timedelta(days=400)


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("asked", [None, 58])
def test_what_a_fast_clock_noted_gives_way(asked: float | None, restart: bool) -> None:
    """Once the clock is right, a report that comes now is the later one."""
    state = VehicleState()
    undated = signal(IS_LOCKED, {"value": True}, asked=None)
    state.merge([undated, signal(SOC, PERCENT, asked=None)], AHEAD)
    assert state.measured(SOC) == AHEAD
    state.expect(IS_LOCKED, "value", True, AHEAD)
    if restart:
        state = restarted(state)
    state.clamp_times(NOW)
    assert state.measured(SOC) == NOW - timedelta.resolution
    state.merge([signal(IS_LOCKED, {"value": False}, asked=None)], minute(61))
    assert state.body(IS_LOCKED) == {"value": False}
    assert not state.assumed
    state.merge([signal(SOC, full(50), asked=asked)], minute(62))
    assert state.body(SOC) == (PERCENT if asked else full(50))


def test_a_slow_clock_takes_what_comes() -> None:
    """What is known lies ahead of it; the order of arrival is all there is."""
    state = car(signal(IS_LOCKED, {"value": True}, measured=0))
    for minutes, value in ((0, False), (5, True), (10, False)):
        item = signal(IS_LOCKED, {"value": value}, measured=30, asked=30)
        state.merge([item], BEHIND + timedelta(minutes=minutes), delivered_at=NOW)
        assert state.body(IS_LOCKED) == {"value": value}
    state.merge([signal(IS_LOCKED, {"value": True}, measured=40, asked=41)], NOW)
    assert state.body(IS_LOCKED) == {"value": True}
    assert state.newest == minute(40)


# What an earlier version kept


@pytest.mark.parametrize(
    ("dated", "measured", "later", "shown"),
    [
        pytest.param(True, 0, signal(SOC, full(9), asked=5), 9, id="dated"),
        pytest.param(False, 3, signal(SOC, full(9), asked=2), 64, id="undated"),
        pytest.param(False, 3, signal(SOC, full(9), asked=5), 9, id="then later"),
    ],
)
def test_what_the_first_version_kept_is_read(
    dated: bool, measured: float, later: Signal, shown: float
) -> None:
    """One report of each signal, without a word of success."""
    kept = {
        "status": {"error": None, "asked": minute(3).isoformat(), "sequence": 0},
        "value": {
            "body": dict(PERCENT),
            "measured": minute(measured).isoformat(),
            "asked": minute(3).isoformat(),
            "sequence": 0,
            "dated": dated,
        },
    }
    whole = {**VehicleState().as_dict(), "signals": {SOC: kept}}
    del whole["held"]
    state = VehicleState.from_dict(whole)
    assert state.body(SOC) == PERCENT
    assert state.measured(SOC) == minute(measured)
    assert state.newest == (minute(measured) if dated else None)
    state.merge([later], NOW)
    assert state.body(SOC) == full(shown)


def test_the_newest_word_of_the_car() -> None:
    """Errors are Smartcar's words, not the car's."""
    state = car(
        signal(SOC, PERCENT, asked=9, measured=2),
        signal(IS_LOCKED, {"value": True}, asked=9, measured=5),
        signal(POWER, asked=30, status=NOT_CHARGING),
    )
    assert state.newest == minute(5)


# One order


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        pytest.param(
            signal(SOC, full(60), measured=-5, asked=9),
            signal(SOC, full(50), measured=-4, asked=0),
            id="measured later",
        ),
        pytest.param(
            signal(SOC, full(60), measured=-5, asked=0),
            signal(SOC, full(50), measured=-5, asked=9),
            id="measured at once, asked later",
        ),
        pytest.param(signal(SOC, full(50)), signal(SOC, full(60)), id="same times"),
    ],
)
def test_the_later_report_wins(earlier: Signal, later: Signal) -> None:
    """Whichever comes last."""
    assert car(earlier, later).body(SOC) == later.body
    assert car(later, earlier).body(SOC) == later.body


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_of_reports_at_once_the_higher_sequence_wins(order: tuple[int, int]) -> None:
    """A delivery's number decides where its times do not."""
    percent = {1: 60, 2: 50}
    state = VehicleState()
    for sequence in order:
        report = signal(SOC, full(percent[sequence]))
        state.merge([report], NOW, sequence=sequence)
    assert state.body(SOC) == full(50)


@pytest.mark.parametrize(
    ("item", "other", "expected"),
    [
        pytest.param(
            signal(SOC, PERCENT),
            signal(SOC, asked=1, status=PERMISSION),
            SignalError("PERMISSION"),
            id="later error",
        ),
        pytest.param(
            signal(SOC, PERCENT, asked=1),
            signal(SOC, status=PERMISSION),
            None,
            id="later success",
        ),
        pytest.param(
            signal(SOC, PERCENT),
            signal(SOC, status=PERMISSION),
            None,
            id="success wins a tie",
        ),
        pytest.param(
            signal(SOC, status=PERMISSION),
            signal(SOC, status=INTERNAL),
            SignalError("SERVER", "INTERNAL"),
            id="two errors at once",
        ),
    ],
)
def test_the_later_status_wins(
    item: Signal, other: Signal, expected: SignalError | None
) -> None:
    """An error is as old as the question it answers."""
    assert car(item, other).error(SOC) == expected
    assert car(other, item).error(SOC) == expected


TIMES = st.one_of(
    st.just(0),
    st.none(),
    # Some of them later than NOW, or impossible.
    st.sampled_from(
        [int(minute(number).timestamp() * 1000) for number in (0, 1, 59, 61)]
        + [1, "0001-01-01T00:00:00Z", "2099-01-01T00:00:00Z"]
    ),
)
BODIES = st.sampled_from(
    [
        {"value": value}
        for value in (
            None,
            True,
            False,
            0,
            1,
            1.0,
            64,
            64.0,
            7300,
            -1,
            nan,
            "64",
            [64],
            "CHARGING",
            "fully charged",
        )
    ]
    + [{}, {"value": 64, "unit": "percent"}, {"unit": "percent", "value": 64}, None]
)
STATUSES = st.sampled_from(
    [
        *[{"value": "SUCCESS"}] * 4,
        None,
        {"value": "UNAVAILABLE"},
        {"value": "ERROR"},
        COMPATIBILITY,
        INTERNAL,
        NOT_CHARGING,
        PERMISSION,
        SIGNED_OUT,
        error("SERVER"),
    ]
)


@st.composite
def signals(draw: st.DrawFn) -> Signal:
    """Return a signal that shares its code and times with many others."""
    parsed = Signal.parse(
        {
            "code": draw(
                st.sampled_from([SOC, IS_CHARGING, PLUG, STATUS, POWER, TIME_LEFT])
            ),
            "status": draw(STATUSES),
            "body": draw(BODIES),
            "meta": {
                "oemUpdatedAt": draw(TIMES),
                "retrievedAt": draw(TIMES),
                "ingestedAt": draw(TIMES),
            },
        }
    )
    assert parsed is not None
    return parsed


def picture(state: VehicleState) -> str:
    """Return all that is shown of a car, and all that is kept, as one text."""
    kept = state.as_dict()
    # Sums over sessions and a second look at a lower odometer rest on what came
    # when; they have tests of their own.
    del kept["energy"], kept["odometer"], kept["held"]
    shown = {
        code: [
            state.body(code),
            state.assumed.stands(code),
            state.measured(code),
            state.error(code),
            state.has(code),
        ]
        for code in state.codes | {POWER, TIME_LEFT}
    }
    return json.dumps([shown, kept, state.newest], sort_keys=True, default=str)


DELIVERIES = st.lists(
    st.tuples(
        signals(), st.integers(0, 1), st.sampled_from([None, NO_TIME, minute(59), NOW])
    ),
    max_size=8,
)


@given(deliveries=DELIVERIES, data=st.data())
def test_any_order_of_arrival_ends_in_the_same_state(
    deliveries: list[tuple[Signal, int, datetime | None]], data: st.DataObject
) -> None:
    """Deliveries may come late, twice and in any order."""
    twice = data.draw(st.integers(0, len(deliveries)))
    others = data.draw(st.permutations(deliveries + deliveries[:twice]))
    states = []
    for arrivals in (deliveries, others):
        state = VehicleState(connected_at=minute(1))
        for item, sequence, delivered_at in arrivals:
            state.merge([item], NOW, delivered_at=delivered_at, sequence=sequence)
        states.append(state)
    assert picture(states[0]) == picture(states[1])
    assert states[0].rejected.keys() == states[1].rejected.keys()


@given(items=st.lists(signals(), max_size=8), data=st.data())
def test_a_batch_is_no_more_than_its_signals(
    items: list[Signal], data: st.DataObject
) -> None:
    """One read of all signals, in any order, equals as many single ones."""
    batch = VehicleState()
    batch.merge(data.draw(st.permutations(items)), NOW)
    assert picture(batch) == picture(car(*items))
    assert batch.rejected == car(*items).rejected


@given(items=st.lists(signals(), max_size=8))
def test_what_a_merge_tells_is_what_it_changed(items: list[Signal]) -> None:
    """Nothing changes in silence, and nothing is told that did not change."""
    state = VehicleState()
    codes = {SOC, IS_CHARGING, PLUG, STATUS, POWER}  # minutes left: see below
    for item in items:
        before = {code: state.body(code) for code in codes}
        had = {code for code in codes if state.has(code)}
        change = state.merge([item], NOW)
        changed = {code for code in codes if state.body(code) != before[code]}
        assert change.changed - {TIME_LEFT} == changed
        has = {code for code in codes if state.has(code)}
        assert change.appeared - {TIME_LEFT} == has - had


# What cannot be true


@pytest.mark.parametrize(
    ("code", "good", "bad"),
    [
        (SOC, full(64), full(7300)),
        (SOC, full(64), full(100.1)),
        (SOC, full(64), full(-1)),
        (SOC, full(64), full(nan)),
        (SOC, full(64), full(inf)),
        ("tractionbattery-range", {"value": 300}, {"value": -1}),
        ("tractionbattery-range", {"value": 300}, {"value": inf}),
        ("tractionbattery-nominalcapacity", {"capacity": 77}, {"capacity": -77}),
        ("odometer-traveleddistance", {"value": 12345}, {"value": -1}),
        ("odometer-traveleddistance", {"value": 12345}, {"value": nan}),
        ("internalcombustionengine-fuellevel", {"value": 50}, {"value": 101}),
        ("internalcombustionengine-amountremaining", {"value": 30}, {"value": -1}),
        ("internalcombustionengine-oillife", {"value": 80}, {"value": 800}),
        ("internalcombustionengine-range", {"value": 600}, {"value": -inf}),
        (LIMITS, {"activeLimit": 80}, {"activeLimit": 8000}),
        (ENERGY_ADDED, {"value": 12}, {"value": -12}),
        (TIME_LEFT, {"value": 90}, {"value": -90}),
        (
            "location-preciselocation",
            {"latitude": 52.5, "longitude": 13.4},
            {"latitude": 91, "longitude": 13.4},
        ),
        (
            "location-preciselocation",
            {"latitude": 52.5, "longitude": 13.4},
            {"latitude": 52.5, "longitude": -180.1},
        ),
        (
            "location-preciselocation",
            {"latitude": 52.1, "longitude": 4.3},
            {"latitude": 0, "longitude": 0},
        ),
        (
            "location-preciselocation",
            {"latitude": 52.1, "longitude": 4.3},
            {"latitude": 0.0, "longitude": 4.3},
        ),
        (
            "location-preciselocation",
            {"latitude": 52.1, "longitude": 4.3},
            {"latitude": 52.1, "longitude": 0},
        ),
        ("odometer-traveleddistance", {"value": 42000}, {"value": 0}),
        # What no disk could keep.
        ("new-signal", {"value": 1}, {"value": 10**30}),
    ],
)
def test_an_implausible_value_is_rejected(code: str, good: Body, bad: Body) -> None:
    """It is counted, and the last good value stays."""
    state = car(signal(code, good, measured=-5))
    for count in (1, 2):
        assert not state.merge([signal(code, bad, asked=count)], NOW)
        assert state.rejected == {code: count}
    assert state.body(code) == good
    assert state.measured(code) == minute(-5)


@pytest.mark.parametrize(
    ("code", "body"),
    [
        pytest.param(SOC, full(7300), id="7300 %"),
        pytest.param(
            "location-preciselocation", {"latitude": 0, "longitude": 0}, id="no place"
        ),
        pytest.param("odometer-traveleddistance", {"value": 0}, id="no way"),
    ],
)
def test_an_implausible_value_alone_makes_no_entity(code: str, body: Body) -> None:
    """A first report of what cannot be is none, and is counted."""
    state = VehicleState()
    assert not state.merge([signal(code, body)], NOW)
    assert not state.has(code)
    assert state.rejected == {code: 1}


RANGE, ODOMETER = "tractionbattery-range", "odometer-traveleddistance"
FUEL, FUEL_LEVEL = (
    "internalcombustionengine-amountremaining",
    "internalcombustionengine-fuellevel",
)
FUEL_RANGE, PLACE = "internalcombustionengine-range", "location-preciselocation"


@pytest.mark.parametrize(
    ("message", "refused"),
    [
        pytest.param({RANGE: 0, SOC: 64}, {RANGE}, id="no range at 64 %"),
        pytest.param({RANGE: 0, SOC: 10}, {RANGE}, id="no range at 10 %"),
        pytest.param({RANGE: 0, SOC: 9}, set(), id="no range at 9 %"),
        pytest.param(
            {RANGE: 0, SOC: 22, FUEL_LEVEL: 40}, set(), id="a hybrid's last quarter"
        ),
        pytest.param(
            {RANGE: 0, SOC: 30, FUEL_RANGE: 400}, {RANGE}, id="more than that"
        ),
        pytest.param({RANGE: 0, SOC: 0}, set(), id="empty"),
        pytest.param({RANGE: 0}, set(), id="alone"),
        pytest.param({RANGE: 0, SOC: None}, set(), id="beside nothing"),
        pytest.param({RANGE: 0, SOC: True}, set(), id="beside no number"),
        pytest.param({RANGE: 210, SOC: 0}, {SOC}, id="210 km at 0 %"),
        pytest.param({RANGE: 12, SOC: 0}, set(), id="12 km at 0 %"),
        pytest.param(
            {FUEL_RANGE: 0, FUEL_LEVEL: 50}, {FUEL_RANGE}, id="no range with fuel"
        ),
        pytest.param(
            {FUEL_RANGE: 500, FUEL_LEVEL: 0}, {FUEL_LEVEL}, id="range without fuel"
        ),
        pytest.param(
            {RANGE: 0, SOC: 0, ODOMETER: 0, IS_LOCKED: True},
            {RANGE, SOC, ODOMETER},
            id="nothing but zeros",
        ),
        pytest.param(
            {FUEL: 0, FUEL_LEVEL: 0, FUEL_RANGE: 12, ODOMETER: 0},
            {FUEL, FUEL_LEVEL, ODOMETER},
            id="zeros beside no way",
        ),
        pytest.param({RANGE: 0, SOC: 0, ODOMETER: 42_000}, set(), id="empty, far"),
    ],
)
@pytest.mark.parametrize("is_known", [False, True])
def test_what_one_message_contradicts_is_refused(
    message: Mapping[str, object], refused: set[str], is_known: bool
) -> None:
    """Last values stay, and each is counted; in whatever order they stand."""
    known = {RANGE: 250, SOC: 63, ODOMETER: 41_990, FUEL_LEVEL: 40, FUEL_RANGE: 500}
    for items in permutations(message.items()):
        state = car()
        if is_known:
            state.merge([signal(c, {"value": v}) for c, v in known.items()], NOW)
        batch = [signal(code, {"value": value}, asked=5) for code, value in items]
        state.merge(batch, NOW)
        assert state.rejected == dict.fromkeys(refused, 1)
        for code, value in items:
            last = {"value": known[code]} if is_known and code in known else None
            expected = last if code in refused else {"value": value}
            assert state.body(code) == expected


def test_no_place_empties_the_gauges_of_its_message() -> None:
    """Null Island is told by messages of which nothing is true."""
    state = car(signal(RANGE, {"value": 250}), signal(SOC, full(63)))
    message = [
        signal(PLACE, {"latitude": 0, "longitude": 0}, asked=5),
        signal(RANGE, {"value": 0}, asked=5),
        signal(SOC, full(0), asked=5),
    ]
    assert not state.merge(message, NOW)
    assert state.rejected == {PLACE: 1, RANGE: 1, SOC: 1}


def test_a_body_of_endless_depth_is_rejected() -> None:
    """It could be neither compared nor stored."""
    body: Body = {}
    for _ in range(5_000):
        body = {"values": body}
    state = car(signal(TIRES, body))
    assert state.rejected == {TIRES: 1}
    assert not state.has(TIRES)


def test_other_codes_are_bounded() -> None:
    """What Smartcar publishes always has room, before and after a restart."""
    names = [f"new-signal{number}" for number in range(MAX_OTHER_CODES + 50)]
    state = car(*(signal(name, {"value": 1}) for name in names))
    assert state.codes == set(names[:MAX_OTHER_CODES])
    state.merge([signal(name, {"value": 2}) for name in (*names, *PUBLISHED)], NOW)
    assert state.codes == set(names[:MAX_OTHER_CODES]) | PUBLISHED
    assert state.body(names[0]) == {"value": 2}
    assert restarted(state).codes == state.codes


def test_a_file_with_too_many_codes_is_read() -> None:
    """A file from before there was a bound becomes smaller, and loses nothing known."""
    stored = car(signal("new-signal", {"value": 1})).as_dict()
    register = stored["signals"]["new-signal"]
    names = [f"new-signal{number}" for number in range(1_000)]
    stored["signals"] = dict.fromkeys([*names, SOC], register)
    state = VehicleState.from_dict(stored)
    assert state.codes == {*names[:MAX_OTHER_CODES], SOC}


@pytest.mark.parametrize(
    "body", [full(0), full(100), {"value": None}, {"value": "64"}, {"value": True}, {}]
)
def test_bounds_are_plausible_and_other_things_are_not_judged(body: Body) -> None:
    """What is no number is left to the reader of the body."""
    state = car(signal(SOC, body))
    assert state.rejected == {}
    assert state.body(SOC) == body


# What a merge tells


def test_what_appeared_and_what_changed() -> None:
    """New codes are both; the same value told again is neither."""
    state = VehicleState()
    both = [signal(SOC, PERCENT), signal(IS_LOCKED, {"value": True})]
    codes = frozenset({SOC, IS_LOCKED})
    assert state.merge(both, NOW) == Change(codes, codes)

    again = [signal(SOC, PERCENT, asked=1), signal(IS_LOCKED, {"value": False})]
    assert not state.merge(again[:1], NOW)
    assert state.measured(SOC) == minute(1)

    again = [signal(SOC, PERCENT, asked=2), signal(IS_LOCKED, asked=2)]
    assert state.merge(again, NOW) == Change()

    other = [signal(SOC, full(63), asked=3), signal(POWER, WATTS, asked=3)]
    assert state.merge(other, NOW) == Change(
        frozenset({SOC, POWER}), frozenset({POWER})
    )


DOORS = {"values": [{"row": 0, "column": 0, "isOpen": False}]}


@pytest.mark.parametrize(
    ("before", "after", "is_reshaped"),
    [
        pytest.param({"value": 64}, {"value": 63}, False, id="another number"),
        pytest.param({"value": 64}, {"value": 63.5}, False, id="half of one"),
        pytest.param({"value": None}, {"value": 5}, True, id="a number at last"),
        pytest.param({"value": 5}, {"value": 5, "unit": "km"}, True, id="a new name"),
        pytest.param(
            DOORS,
            {"values": [{"row": 0, "column": 0, "isOpen": True}]},
            False,
            id="a door opened",
        ),
        pytest.param(
            DOORS,
            {"values": [{"row": 1, "column": 0, "isOpen": False}]},
            True,
            id="another door",
        ),
        pytest.param(
            DOORS,
            {"values": [{"row": 0, "column": 0, "isOpen": False, "isLocked": True}]},
            True,
            id="a door that knows more",
        ),
    ],
)
def test_what_may_ask_for_other_entities(
    before: Body, after: Body, is_reshaped: bool
) -> None:
    """Other values do not; what is new in a body may."""
    state = VehicleState()
    assert state.merge([signal("closure-doors", before)], NOW).reshaped
    change = state.merge([signal("closure-doors", after, asked=1)], NOW)
    assert change.reshaped == is_reshaped


def test_the_first_answer_may_ask_for_entities_even_without_a_value() -> None:
    """A control that makes sense without its signal waits for any word of the car."""
    state = VehicleState()
    refused = signal(SOC, status=PERMISSION)
    assert state.merge([refused], NOW).reshaped
    assert not state.merge([refused], NOW).reshaped


def test_a_late_report_changes_nothing() -> None:
    """What is older than what is shown is not told."""
    state = car(signal(SOC, PERCENT, asked=5))
    assert not state.merge([signal(SOC, full(70), asked=4)], NOW)


def test_the_same_minutes_left_at_another_time_are_news() -> None:
    """Half an hour from noon is not half an hour from ten past."""
    state = car(signal(TIME_LEFT, {"value": 30}))
    assert not state.merge([signal(TIME_LEFT, {"value": 30})], NOW)
    change = state.merge([signal(TIME_LEFT, {"value": 30}, asked=10)], NOW)
    assert change == Change(frozenset({TIME_LEFT}))


def test_no_time_left_is_no_news() -> None:
    """An idle car has no finish, however often it tells one."""
    state = car(
        signal(TIME_LEFT, {"value": 14}), signal(IS_CHARGING, {"value": False}, asked=9)
    )
    assert not state.merge([signal(TIME_LEFT, {"value": 14}, asked=8)], NOW)


# After a command


def locked(value: bool | None, *, measured: float, asked: float) -> Signal:
    """Return a report of the central lock."""
    return signal(IS_LOCKED, {"value": value}, measured=measured, asked=asked)


def unlocking() -> VehicleState:
    """Return a locked car that was told to unlock at minute 0."""
    state = car(locked(True, measured=-30, asked=-10))
    state.expect(IS_LOCKED, "value", False, minute(0))
    return state


def test_the_expected_value_is_assumed() -> None:
    """It stands beside the car's own value."""
    state = unlocking()
    assert state.body(IS_LOCKED) == {"value": False}
    assert state.assumed.stands(IS_LOCKED)
    assert state.assumed
    assert state.measured(IS_LOCKED) == minute(-30)


def test_a_value_can_be_expected_of_a_signal_never_told() -> None:
    """Some cars take commands and never tell what came of them."""
    state = VehicleState()
    state.expect(IS_LOCKED, "value", False, minute(0))
    assert state.body(IS_LOCKED) == {"value": False}
    assert state.assumed.stands(IS_LOCKED)
    assert not state.has(IS_LOCKED)


def test_only_one_leaf_is_expected() -> None:
    """The rest of the body is the car's."""
    limits = [{"type": "GLOBAL", "limit": 80}]
    state = car(signal(LIMITS, {"activeLimit": 80, "values": limits}))
    state.expect(LIMITS, "activeLimit", 90, minute(5))
    assert state.body(LIMITS) == {"activeLimit": 90, "values": limits}
    assert not state.assumed.is_doubtful(LIMITS)
    state.assumed.lapse(LIMITS)
    assert state.assumed.is_doubtful(LIMITS)
    assert state.body(LIMITS) == {"activeLimit": None, "values": limits}
    state.merge(
        [signal(LIMITS, {"activeLimit": 90.0, "unit": "percent"}, asked=30)], NOW
    )
    assert state.body(LIMITS) == {"activeLimit": 90, "unit": "percent"}
    assert not state.assumed


@pytest.mark.parametrize("measured", [-30, 1])
def test_a_command_is_confirmed(measured: float) -> None:
    """The car says so when asked after the command, whenever it measured it."""
    state = unlocking()
    change = state.merge([locked(False, measured=measured, asked=2)], NOW)
    assert change == Change(frozenset({IS_LOCKED}))
    assert state.body(IS_LOCKED) == {"value": False}
    assert not state.assumed.stands(IS_LOCKED)
    assert not state.assumed


def test_an_equal_value_from_before_the_command_confirms_nothing() -> None:
    """It may be a late delivery of how things stood long ago."""
    state = unlocking()
    assert not state.merge([locked(False, measured=-2, asked=-1)], NOW)
    assert state.assumed.stands(IS_LOCKED)


@pytest.mark.parametrize("value", [True, None])
def test_a_command_is_contradicted(value: bool | None) -> None:
    """Something else, measured after the command, is how it is."""
    state = unlocking()
    change = state.merge([locked(value, measured=1, asked=2)], NOW)
    assert change == Change(frozenset({IS_LOCKED}))
    assert state.body(IS_LOCKED) == {"value": value}
    assert not state.assumed


@pytest.mark.parametrize(
    "report",
    [
        pytest.param(locked(True, measured=-30, asked=2), id="measured before"),
        pytest.param(locked(True, measured=0, asked=2), id="measured at its end"),
        pytest.param(locked(False, measured=-40, asked=2), id="equal, but outdated"),
        pytest.param(signal(IS_LOCKED, asked=2, status=INTERNAL), id="error"),
        pytest.param(signal(IS_LOCKED, asked=2), id="no body"),
        pytest.param(signal(SOC, PERCENT, asked=2), id="another signal"),
    ],
)
def test_what_does_not_end_an_expectation(report: Signal) -> None:
    """A report from before the command must not show the old value again."""
    state = unlocking()
    assert IS_LOCKED not in state.merge([report], NOW).changed
    assert state.body(IS_LOCKED) == {"value": False}
    assert state.assumed.stands(IS_LOCKED)


def test_an_unconfirmed_command_ends_in_doubt() -> None:
    """After a quarter of an hour neither value can be believed."""
    state = unlocking()
    assert not state.assumed.lapse(IS_CHARGING)
    assert state.assumed.stands(IS_LOCKED)
    assert state.assumed.lapse(IS_LOCKED)
    assert state.body(IS_LOCKED) == {"value": None}
    assert not state.assumed.stands(IS_LOCKED)
    assert state.assumed
    assert not state.assumed.lapse(IS_LOCKED)


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("value", [False, True])
def test_a_doubt_ends_like_an_expectation(value: bool, restart: bool) -> None:
    """The car's word counts, however late, and also after a restart."""
    state = unlocking()
    state.assumed.lapse(IS_LOCKED)
    if restart:
        state = restarted(state)
    assert not state.merge([locked(True, measured=-1, asked=20)], NOW)
    assert state.body(IS_LOCKED) == {"value": None}
    change = state.merge([locked(value, measured=19, asked=20)], NOW)
    assert change == Change(frozenset({IS_LOCKED}))
    assert state.body(IS_LOCKED) == {"value": value}
    assert not state.assumed


def test_after_a_restart_only_the_doubt_is_left() -> None:
    """An assumption is not stored, and the old value must not come back."""
    state = restarted(unlocking())
    assert state.body(IS_LOCKED) == {"value": None}
    assert not state.assumed.stands(IS_LOCKED)
    assert state.assumed


def test_the_last_command_is_the_one_expected() -> None:
    """Who locks again wants it locked."""
    state = unlocking()
    state.expect(IS_LOCKED, "value", True, minute(5))
    state.merge([locked(False, measured=1, asked=2)], NOW)
    assert state.body(IS_LOCKED) == {"value": True}
    assert state.assumed.stands(IS_LOCKED)


def test_each_command_lapses_by_itself() -> None:
    """One that has waited too long takes no other along."""
    state = unlocking()
    state.expect(IS_CHARGING, "value", True, minute(5))
    assert state.assumed.lapse(IS_LOCKED)
    assert state.assumed.stands(IS_CHARGING)


def test_an_expected_stop_does_not_make_the_car_idle() -> None:
    """Only the car itself can say that nothing flows any more."""
    state = car(signal(IS_CHARGING, {"value": True}), signal(POWER, WATTS))
    state.expect(IS_CHARGING, "value", False, minute(5))
    assert state.body(IS_CHARGING) == {"value": False}
    assert not state.is_idle
    assert state.body(POWER) == WATTS


# The charging session


def added(energy: object, asked: float) -> Signal:
    """Return a report of the energy added in a session."""
    return signal(ENERGY_ADDED, {"value": energy, "unit": "kWh"}, asked=asked)


@pytest.mark.parametrize(
    ("energies", "start"),
    [
        pytest.param([], None, id="no report"),
        pytest.param([None], None, id="no number"),
        pytest.param([True], None, id="a boolean"),
        pytest.param([5], 0, id="the first report"),
        pytest.param([5, 7, 7, 9], 0, id="rising"),
        pytest.param([5, 7, 0.5, 3], 2, id="a fall"),
        pytest.param([5, 0, 5, 0], 0, id="falls that do not last"),
        pytest.param([5, 7, 0.5, 7.5], 0, id="a fall that did not last"),
        pytest.param([None, 5, 7], 1, id="a first number"),
        pytest.param([5, None, 7], 0, id="over a gap"),
        pytest.param([5, -1, 7], 0, id="an implausible report is no fall"),
    ],
)
def test_when_the_session_started(energies: list[object], start: float | None) -> None:
    """A session begins with the first number, and wherever it falls for good."""
    state = car(*(added(energy, asked) for asked, energy in enumerate(energies)))
    expected = None if start is None else minute(start)
    assert state.meters.energy.session_start == expected
    assert restarted(state).meters.energy.session_start == expected


def test_a_late_report_starts_no_session() -> None:
    """The start moves only when the energy that is shown falls."""
    state = car(added(5, 0), added(9, 2))
    state.merge([added(1, 1)], NOW)
    assert state.meters.energy.session_start == minute(0)


# What survives a restart

TEXTS = st.text(st.characters(), min_size=1)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(10**400) | st.floats() | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3)
    ),
    max_leaves=8,
)
ANY_TIME = st.none() | st.datetimes(timezones=st.just(UTC))
ANY_SIGNAL = st.builds(
    Signal,
    code=st.sampled_from([SOC, IS_CHARGING, POWER, LIMITS, ENERGY_ADDED, "new-signal"]),
    status=st.text(),
    body=st.none()
    | st.dictionaries(
        st.sampled_from(["value", "unit", "activeLimit"]) | TEXTS, JSON, max_size=4
    ).map(gate.body),
    error=st.none()
    | st.builds(SignalError, st.text(min_size=1), st.none() | st.text()),
    oem_updated_at=ANY_TIME,
    retrieved_at=ANY_TIME,
    ingested_at=ANY_TIME,
)


@given(
    items=st.lists(ANY_SIGNAL, max_size=6),
    command=st.none() | st.sampled_from([SOC, IS_CHARGING, LIMITS]),
)
def test_no_signal_raises_and_every_state_survives_a_restart(
    items: list[Signal], command: str | None
) -> None:
    """Whatever a car tells, it is shown, stored and shown again."""
    state = VehicleState(connected_at=minute(0))
    if command is not None:
        state.expect(command, "value", True, minute(0))
    state.merge(items, NOW, delivered_at=minute(59))
    if command is not None:
        state.assumed.lapse(command)

    orjson.dumps(state.as_dict())  # what the disk takes

    again = restarted(state)
    assert picture(again) == picture(state)
    assert again.meters.energy.session_start == state.meters.energy.session_start


# The same car under another id


@pytest.mark.parametrize(("told", "shown"), [(10, 70), (-10, 50)])
def test_the_later_report_of_two_ids_is_shown(told: float, shown: float) -> None:
    """And what only one of them has told."""
    state = car(signal(SOC, full(50), asked=0, measured=0))
    other = car(
        signal(SOC, full(70), asked=told, measured=told),
        signal(IS_LOCKED, {"value": True}, asked=told),
        signal(LIMITS, asked=told, status=error("PERMISSION")),
    )
    state.take_over(other)
    assert state.body(SOC) == full(shown)
    assert state.body(IS_LOCKED) == {"value": True}
    assert state.error(LIMITS) == SignalError("PERMISSION", None)
    assert restarted(state) == state


def test_energy_of_another_id_is_counted_once() -> None:
    """The session goes on: 3 kWh more than were known of it."""
    state = car(signal(ENERGY_ADDED, {"value": 5, "unit": "kWh"}, measured=-5))
    before = state.meters.energy.total
    more = signal(ENERGY_ADDED, {"value": 8, "unit": "kWh"}, asked=10, measured=10)
    for _ in range(2):
        state.take_over(car(more))
        assert state.meters.energy.total == before + 3


def test_no_id_brings_more_signals_than_there_is_room_for() -> None:
    """However many both have told."""
    names = [f"invented-{number}" for number in range(2 * MAX_OTHER_CODES)]
    state, other = (
        car(*(signal(name, {"value": 1}) for name in half))
        for half in (names[:MAX_OTHER_CODES], names[MAX_OTHER_CODES:])
    )
    state.take_over(other)
    assert state.codes == frozenset(names[:MAX_OTHER_CODES])
