"""Ready-made stories: one press, and something worth watching has happened."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from simulator import fleet
from simulator.cloud import CameLate
from simulator.faults import Fault
from simulator.yesterday import yesterday

if TYPE_CHECKING:
    from simulator.car import Car
    from simulator.cloud import Cloud


@dataclass(frozen=True)
class Story:
    """Something that happens to a household, and what to look for."""

    title: str
    text: str
    play: Callable[[Cloud], object]


def _electric(cloud: Cloud) -> Car:
    """Return the car that most stories are about."""
    return next(car for car in cloud.cars.values() if car.electric)


def _charge(cloud: Cloud) -> None:
    car = _electric(cloud)

    def come_home() -> None:
        car.park()
        car.latitude = car.spec.home.latitude
        car.longitude = car.spec.home.longitude
        car.state_of_charge = 20.0
        car.plug_in()

    cloud.change(car, come_home)


def _yesterday(cloud: Cloud) -> None:
    car = _electric(cloud)
    for connection in cloud.connections_of(car):
        told = yesterday(car, connection.permissions, cloud.clock.started)
        cloud.tell(CameLate(connection, told))


def _left_open(cloud: Cloud) -> None:
    car = _electric(cloud)

    def leave() -> None:
        car.park()
        car.unlock()
        car.trunk_open = True
        car.windows_open.add((1, 1))

    cloud.change(car, leave)


def _lie(cloud: Cloud) -> None:
    car = _electric(cloud)
    car.lie("odometer_zero", "energy_blinks", "place_zero", "time_missing")
    cloud.refresh(car)


def _sign_out(cloud: Cloud) -> None:
    for connection in cloud.connections_of(_electric(cloud)):
        connection.store.signed_out = True
    cloud.refresh(_electric(cloud))


def _withdraw(cloud: Cloud) -> None:
    for connection in tuple(cloud.connections_of(_electric(cloud))):
        cloud.disconnect(connection)


def _use_up(cloud: Cloud) -> None:
    cloud.faults.add(
        Fault(
            "signals",
            type="BILLING",
            code="VEHICLE_REQUEST_LIMIT",
            vehicle_id=_electric(cloud).vehicle_id,
            times=None,
        )
    )


def _fail(cloud: Cloud) -> None:
    cloud.faults.add(Fault("*", type="SERVER", code="INTERNAL", times=None))


def _refuse(cloud: Cloud) -> None:
    code = "VIRTUAL_KEY_REQUIRED"
    kind = "CONNECTED_SERVICES_ACCOUNT"
    cloud.faults.add(Fault("command", type=kind, code=code, times=None))


def all_well(cloud: Cloud) -> None:
    """End what went wrong: faults, lies, refusals, lost logins and grants."""
    cloud.faults.clear()
    cloud.application.restore_secret()
    cloud.application_forbidden = False
    for car in cloud.cars.values():
        car.tell_truth()
        car.refusal = None
        owner = cloud.users.get(cloud.owners.get(car.vehicle_id, ""))
        if owner is not None and not any(cloud.connections_of(car)):
            cloud.connect(owner, car)
    for connection in cloud.connections.values():
        connection.store.signed_out = False
    cloud.refresh()


STORIES: Mapping[str, Story] = MappingProxyType(
    {
        "charge": Story(
            "A night's charge",
            "The electric car comes home with 20 % and charges to its limit. Watch "
            "power, finish and energy charged.",
            _charge,
        ),
        "yesterday": Story(
            "Yesterday",
            "What the electric car did the day before this life began is delivered "
            "now, late and mixed up: to work and back, and a night's charge at home. "
            "Watch trips and charges, each at its own time.",
            _yesterday,
        ),
        "left_open": Story(
            "Left open",
            "It stands unlocked, with its trunk and a window open.",
            _left_open,
        ),
        "new_car": Story(
            "A car joins",
            "Another electric car is connected. Home Assistant looks for new cars "
            "once an hour; reload the integration to see it at once.",
            lambda cloud: fleet.join(cloud, "BEV"),
        ),
        "lies": Story(
            "Nonsense from the maker",
            "Odometer 0 while parked, energy that blinks, position 0/0, missing "
            "times. Home Assistant should show none of it.",
            _lie,
        ),
        "signed_out": Story(
            "The owner's login ends",
            "The maker wants the owner to sign in again. The last values stay, and a "
            "repair asks to connect the car again.",
            _sign_out,
        ),
        "withdrawn": Story(
            "A connection ends",
            "The owner withdraws the grant. After two looks, an hour apart, a repair "
            "says so. Reload the integration for the first.",
            _withdraw,
        ),
        "key": Story(
            "No virtual key",
            "Every command is refused until a key is added in the car: press Lock.",
            _refuse,
        ),
        "used_up": Story(
            "The month's calls are used up",
            "Reads of the electric car are refused until the month ends; deliveries "
            "still come. Press Refresh.",
            _use_up,
        ),
        "down": Story(
            "Smartcar is down",
            "Every request fails until all is well again. Deliveries still come.",
            _fail,
        ),
        "secret": Story(
            "The secret is deleted",
            "Smartcar refuses the client secret. Home Assistant asks for a new one "
            "when its token has run out; end the tokens under Application for that.",
            lambda cloud: cloud.application.revoke_secret(),
        ),
        "all_well": Story(
            "All well again",
            "Ends faults, lies and refusals, and connects and signs in everybody.",
            all_well,
        ),
    }
)
"""What ``POST /control/stories/{name}`` can play."""
