"""The cars' life: repeatable, driven by a clock, and bounded by physics."""

import itertools
from typing import TYPE_CHECKING

import pytest

from simulator import fleet
from simulator.clock import DAY_SECONDS, Clock, ManualClock
from simulator.day import errands, outside_temperature
from tests.cars import HOUR

if TYPE_CHECKING:
    from simulator.car import Car


def living(seed: int = 1) -> tuple[Car, Car, Car]:
    """Make three living cars at midnight of the first day."""
    cars = fleet.make_cars(seed)
    for car in cars:
        car.live_until(0)
    return cars


def test_workday_has_its_drives() -> None:
    bev, _, _ = living()
    first, second = errands(bev.seed, 0)
    bev.live_until(first.leaves - 1)
    assert not bev.driving
    assert bev.at_home
    bev.live_until(first.leaves + 600)
    assert bev.driving
    assert not bev.locked
    assert bev.speed > 10
    bev.live_until(second.leaves - 1)
    assert not bev.driving
    assert bev.locked
    assert bev.odometer == pytest.approx(fleet.BEV_ODOMETER + first.kilometres)
    assert bev.place == bev.spec.work
    bev.live_until(DAY_SECONDS)
    assert bev.at_home
    assert bev.plugged_in
    assert bev.state_of_charge == bev.charge_limit
    assert not bev.charging


@pytest.mark.parametrize("step", [7.0, 61.0, 900.0, 50_000.0])
def test_life_does_not_depend_on_who_looks(step: float) -> None:
    watched, alone = living()[0], living()[0]
    end = 3 * DAY_SECONDS + 17.9 * HOUR
    life = 0.0
    while life < end:
        life = min(end, life + step)
        watched.live_until(life)
    alone.live_until(end)
    for name in ("odometer", "state_of_charge", "latitude", "longitude", "speed"):
        assert getattr(watched, name) == pytest.approx(getattr(alone, name), rel=1e-6)
    for name in ("locked", "driving", "plugged_in", "charging", "asleep"):
        assert getattr(watched, name) == getattr(alone, name)


def test_seeds_differ_and_repeat() -> None:
    assert errands(1, 3) == errands(1, 3)
    assert errands(1, 3) != errands(2, 3)


def test_weeks_keep_within_physics() -> None:
    cars = living()
    before = [car.odometer for car in cars]
    for hour in range(0, 24 * 21, 3):
        for car in cars:
            car.live_until(hour * HOUR)
            assert 0 <= car.state_of_charge <= 100
            assert 0 < car.fuel <= 100
            assert -15 < car.outside_temperature < 35
            assert not (car.charging and car.driving)
            assert car.electric or not car.plugged_in
    for car, odometer in zip(cars, before, strict=True):
        assert 400 < car.odometer - odometer < 1500
    assert any(car.asleep for car in cars)


def test_hybrid_uses_both_and_petrol_car_refuels() -> None:
    _, phev, ice = living()
    phev.live_until(8.8 * HOUR)
    assert phev.fuel < fleet.PHEV_FUEL
    assert phev.state_of_charge < fleet.PHEV_STATE_OF_CHARGE
    fuels = []
    for day in range(40):
        ice.live_until(day * DAY_SECONDS)
        fuels.append(ice.fuel)
    assert any(later > earlier for earlier, later in itertools.pairwise(fuels))


def test_held_car_stays_and_still_charges() -> None:
    bev, _, _ = living()
    bev.hold()
    bev.live_until(2 * DAY_SECONDS)
    assert bev.odometer == fleet.BEV_ODOMETER
    assert bev.state_of_charge == fleet.BEV_STATE_OF_CHARGE
    assert not bev.asleep
    bev.plug_in()
    bev.live_until(2 * DAY_SECONDS + HOUR)
    assert bev.energy_added == pytest.approx(bev.spec.charger_kw)
    gained = bev.spec.charger_kw / bev.spec.battery_kwh * 100
    assert bev.state_of_charge == pytest.approx(fleet.BEV_STATE_OF_CHARGE + gained)


def test_drive_by_hand_ends_at_its_goal() -> None:
    bev, _, _ = living()
    bev.hold()
    bev.drive(minutes=10)
    bev.live_until(300)
    assert bev.driving
    bev.live_until(601)
    assert not bev.driving
    assert bev.place == bev.spec.work
    bev.drive(minutes=10)
    bev.live_until(700)
    bev.park()
    assert (bev.driving, bev.speed) == (False, 0)


def test_weather_is_coldest_before_dawn() -> None:
    temperatures = [outside_temperature(1, hour * HOUR) for hour in range(24)]
    assert min(temperatures) == temperatures[5]


def test_manual_clock_moves_both_times() -> None:
    clock = ManualClock(speed=60)
    before, life = clock.now(), clock.life()
    clock.advance(10)
    assert (clock.now() - before).total_seconds() == 10
    assert clock.life() - life == 600


def test_real_clock_runs_fast() -> None:
    clock = Clock(3600)
    before = clock.life()
    assert clock.life() >= before
    assert clock.now().tzinfo is not None
