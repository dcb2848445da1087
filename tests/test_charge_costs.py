"""What charges cost, as it is worked out and kept for one car."""

from collections.abc import Callable
from typing import Any, cast

from homeassistant.core import HomeAssistant
import pytest

from custom_components.smartcar.charge_costs import BEFORE, ChargeCosts, Costs, total
from custom_components.smartcar.costs import Price
from custom_components.smartcar.memory import Charge, MakerRecord, Place
from custom_components.smartcar.memory.entries import Step
from custom_components.smartcar.memory.overlay import listed
from custom_components.smartcar.options import SmartcarOptions

HOUR = 3600
NOW = 1_800_000_000
NO_HASS = cast("HomeAssistant", None)


def charge(
    ago: int, energy: float | None = 10, place: str = "home", **facts: Any
) -> Charge:
    """Return a charge of an hour that began so many hours ago; not final."""
    start = NOW - ago * HOUR
    made = listed(MakerRecord("a", start, start + HOUR, energy or 0))
    made = made._replace(energy=energy, where=Place(place), is_final=False)
    return made._replace(**facts)


def costs(**options: Any) -> ChargeCosts:
    """Return the costs of a car under some options."""
    return ChargeCosts(NO_HASS, SmartcarOptions(**options))


async def shown(found: ChargeCosts, *charges: Charge) -> list[float | None]:
    """Price charges; return what each costs."""
    await found.async_update(charges, NOW)
    return [found.over(one).cost for one in charges]


async def test_nothing_costs_anything_without_a_price() -> None:
    found = costs()
    assert not found.is_on
    assert await found.async_update([charge(3)], NOW) is None
    assert found.kept == Costs()


async def test_what_changed_is_told() -> None:
    """From the first moment whose cost is another one, and only once."""
    found = costs(home_price=0.3)
    one, other = charge(8), charge(3, 5)
    assert await found.async_update([one, other], NOW) == one.start
    assert await found.async_update([one, other], NOW) is None
    more = charge(3, 6)
    assert await found.async_update([one, more], NOW) == more.start
    assert total(map(found.over, (one, more))) == pytest.approx(4.8)


@pytest.mark.parametrize(
    ("one", "cost"),
    [
        (charge(3), 3),
        (charge(3, place="away"), 5),
        (charge(3, place="unknown"), None),
        (charge(3, None), None),
        (charge(3, steps=()), None),
        # What a person said stands.
        (charge(3, cost=7.0), 7),
        (charge(3, price=0.1), 1),
        (charge(3, None, price=0.1), None),
        # From before there was a price.
        (charge(BEFORE // HOUR + 2), None),
    ],
)
async def test_prices(one: Charge, cost: float | None) -> None:
    assert await shown(costs(home_price=0.3, away_price=0.5), one) == [cost]


@pytest.fixture
def history(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a way to say what the price was; at first nothing is known."""
    known: list[Price] = [Price(0, None)]

    async def tell(*_: object) -> tuple[Price, ...]:
        return tuple(known)

    name = "custom_components.smartcar.charge_costs.async_price_history"
    monkeypatch.setattr(name, tell)

    def change(*prices: Price) -> None:
        known[:] = prices

    return change


async def test_a_price_that_is_known_later(history: Callable[..., None]) -> None:
    """It is asked for again as long as the charge is not final."""
    found, one = costs(home_price_entity="sensor.price"), charge(3)
    assert await shown(found, one) == [None]
    history(Price(0, 0.2))
    assert await shown(found, one) == [2]


async def test_a_price_that_is_forgotten(history: Callable[..., None]) -> None:
    """A correction of the energy keeps the mean price; one of the place cannot."""
    found, one = costs(home_price_entity="sensor.price"), charge(3, is_final=True)
    history(Price(0, 0.2))
    assert await shown(found, one) == [2]
    history(Price(0, None))
    assert await shown(found, one._replace(energy=20.0)) == [4]
    assert await shown(found, one._replace(where=Place("away"))) == [None]


async def test_another_distribution_is_another_cost(
    history: Callable[..., None],
) -> None:
    """Energy that came at another time had another price."""
    found, one = costs(home_price_entity="sensor.price"), charge(3)
    half = one.start + HOUR // 2
    history(Price(0, 0.1), Price(half, 0.5))
    assert await shown(found, one) == [pytest.approx(3)]
    late = one._replace(steps=(Step(half, one.end, 10),))
    assert await shown(found, late) == [pytest.approx(5)]


async def test_what_is_kept_no_more() -> None:
    """Costs of dropped charges stay in the sum; charges that never were do not."""
    found = costs(home_price=0.3)
    final = charge(30, is_final=True)
    await shown(found, final, charge(20), charge(10))
    await shown(found, charge(10))
    assert found.kept.dropped == 3
    assert len(found.kept.priced) == 1


async def test_they_survive() -> None:
    """Also when the price is another one then: what is final keeps its cost."""
    found, one, final = costs(home_price=0.3), charge(3), charge(30, is_final=True)
    await shown(found, final, one)
    again = costs(home_price=0.6)
    again.load(Costs.from_dict(found.kept.as_dict()))
    assert await shown(again, final, one) == [3, 6]


async def test_without_steps_the_end_counts() -> None:
    """Energy that a person told, at unknown times."""
    found = costs(away_price=0.5)
    one = charge(3, steps=(), place="away")
    assert await shown(found, one) == [None]
    assert await found.async_update([one], NOW) is None
