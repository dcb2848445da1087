"""Every command against everything Smartcar may answer to it.

The matrix is in `tools.refusals`; `python -m tools.matrix refusals` prints it.
"""

from collections.abc import Callable
import re

from homeassistant.const import ATTR_ASSUMED_STATE
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smartcar.const import DOMAIN
from custom_components.smartcar.coordinator import SmartcarVehicle
from simulator import errors, fleet
from simulator.car import Car
from simulator.cloud import Cloud
from tools.refusals import (
    CAR,
    MESSAGES,
    ORDERS,
    PROPERTY,
    REFUSALS,
    Order,
    Refusal,
    fault_of,
)

from .conftest import Travel

type Note = Callable[[str, object], None]

# What a text must not be: a cause without anything to do about it.
LEAST_SENTENCES = 2


class Bench:
    """A car and Home Assistant, to give one order again and again."""

    def __init__(
        self,
        hass: HomeAssistant,
        cloud: Cloud,
        vehicle: SmartcarVehicle,
        device_id: str,
        travel: Travel,
    ) -> None:
        """Take the car as it is."""
        self.hass = hass
        self.cloud = cloud
        self.vehicle = vehicle
        self.device_id = device_id
        self.travel = travel

    @property
    def car(self) -> Car:
        """Return the simulated car."""
        return self.cloud.cars[fleet.BEV]

    @property
    def sent(self) -> int:
        """Return how many requests Smartcar got that change something."""
        return self.cloud.count("command") + self.cloud.count("schedule")

    @property
    def reads(self) -> int:
        """Return how often this car was read."""
        operations = [
            r.operation for r in self.cloud.requests if r.vehicle_id == fleet.BEV
        ]
        return operations.count("signals")

    def asked(self) -> list[str]:
        """Return which repairs ask what becomes of a control."""
        keys = [
            issue.translation_key for issue in ir.async_get(self.hass).issues.values()
        ]
        return [key for key in keys if key and key.startswith("incapable")]

    def shown(self, order: Order) -> tuple[str | None, bool]:
        """Return the entity's state and whether it is assumed."""
        if order.entity_id is None:
            return None, False
        state = self.hass.states.get(order.entity_id)
        assert state is not None, order.entity_id
        return state.state, state.attributes.get(ATTR_ASSUMED_STATE, False)

    async def prepare(self, order: Order) -> None:
        """Bring the car and what is known of it into the state before the order."""
        self.cloud.faults.clear()
        self.vehicle.stored.budget.used = 0
        self.vehicle.stored.budget.refused_at = None
        self.vehicle.async_set_updated_data(self.vehicle.data)
        self.cloud.change(self.car, lambda: order.before(self.car))
        await self.travel(self.cloud.store_delay + 1)
        await self.vehicle.async_read_now()
        await self.hass.async_block_till_done()

    async def give(self, order: Order) -> str | None:
        """Give the order; return what the person is told when it fails."""
        data = dict(order.data)
        if order.entity_id is None:
            data["device_id"] = self.device_id
        try:
            await self.hass.services.async_call(
                order.domain, order.action, data, blocking=True
            )
        except HomeAssistantError as error:
            return str(error)
        return None

    async def try_out(self, order: Order, refusal: Refusal) -> tuple[object, ...]:
        """Give the order once, see it refused, and check all that follows."""
        case = f"{order.operation}: {refusal.name}"
        await self.prepare(order)
        state = self.shown(order)
        assert state == (order.shown, False), f"{case}: begins with {state}"
        self.cloud.faults.add(fault_of(order, refusal))
        sent, reads = self.sent, self.reads

        message = await self.give(order)
        await self.hass.async_block_till_done()

        assert len(self.cloud.faults) == 0, f"{case}: the fault was not met"
        requests = self.sent - sent
        assert requests == 1, f"{case}: {requests} requests"
        state = self.shown(order)
        asked = [order.repair] if refusal.for_good and order.repair else []
        if refusal.message is None:
            assert message is None, f"{case}: {message}"
            done = order.done, order.done is not None
            assert state == done, f"{case}: {state}"
        else:
            assert message is not None, f"{case}: nothing was said"
            assert re.fullmatch(refusal.text(order), message), f"{case}: {message}"
            assert CAR in message, f"{case}: {message} names no car"
            assert state == (order.shown, False), f"{case}: {state}"

        assert self.asked() == asked, f"{case}: {self.asked()}"
        for signal in self.vehicle.grants.refused:
            self.vehicle.stored.refused.pop(signal)
            self.vehicle.async_set_connections(self.vehicle.grants.connections)

        # A minute later the one look at the car, and never another command.
        await self.travel(61)
        await self.travel(61)
        looks = self.reads - reads
        is_visible = order.done is not None or order.looked_at
        is_checked = refusal.unknown or (refusal.runs and is_visible)
        assert looks == is_checked, f"{case}: {looks} reads"
        expected = order.done if refusal.runs else order.shown
        assert self.shown(order) == (expected, False), f"{case}: later"
        assert self.sent == sent + 1, f"{case}: repeated"
        return order.operation, refusal.name, message, requests, looks, state[0]


@pytest.fixture
async def bench(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
    travel: Travel,
) -> Bench:
    """Return the car that carries out every command."""
    device = device_registry.async_get_device_by_identifier(
        (DOMAIN, fleet.BEV), loaded.entry_id
    )
    assert device is not None
    vehicle = loaded.runtime_data.vehicles[fleet.BEV]
    return Bench(hass, cloud, vehicle, device.id, travel)


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.operation)
async def test_refusals(bench: Bench, order: Order, record_property: Note) -> None:
    """Sent once, told in words, shown as it is, and not repeated."""
    wrong = []
    for refusal in REFUSALS:
        try:
            record_property(PROPERTY, await bench.try_out(order, refusal))
        except AssertionError as error:
            wrong.append(str(error).splitlines()[0])
    assert not wrong, "\n".join(wrong)


def test_every_refusal_tells_cause_and_next_step() -> None:
    """A text of one sentence leaves a person alone with it."""
    keys = {refusal.message for refusal in REFUSALS if refusal.message}
    short = [
        key
        for key in sorted(keys)
        if len(re.findall(r"[.;](?:\s|$)", MESSAGES[key])) < LEAST_SENTENCES
    ]
    assert short == []


def test_every_documented_refusal_is_here() -> None:
    """All that Smartcar publishes, but for the token that is renewed."""
    assert len(REFUSALS) >= len(errors.TABLE) - 1
    assert len({refusal.name for refusal in REFUSALS}) == len(REFUSALS)
