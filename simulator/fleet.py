"""The demo household: two users and three cars in Berlin; everything is invented."""

from copy import copy
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal
import uuid

from simulator.application import Application
from simulator.car import ALL_COMMANDS, Car, CarSpec
from simulator.clock import Clock
from simulator.cloud import Cloud
from simulator.day import Place
from simulator.resources import User, Webhook

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CLIENT_ID = "client_01DEMOSMARTCAR00000000000000"
CLIENT_SECRET = "demo-secret-4f8a1c27"  # noqa: S105 - invented, opens nothing
APPLICATION_ID = "7c1f0a52-3d8e-4b96-9f04-d2a6518ce370"
MANAGEMENT_TOKEN = "demo-management-token-91b3e6d8"  # noqa: S105 - invented

USER_1 = "2b9e6f10-84c7-4d35-a1f2-60d3b7c9e518"
"""Owner of the ID.4 and the XC60."""
USER_2 = "d41a7c83-5e0f-4926-b8d7-19f6a2c05e74"
"""Owner of the Qashqai."""

BEV = "f3a81d6c-27b5-4e09-9c48-a5d10e7b6f32"
"""Vehicle id of the Volkswagen ID.4."""
PHEV = "8e52b0f7-c9d4-4136-87ea-3b6f91d2a045"
"""Vehicle id of the Volvo XC60."""
ICE = "06c7d9e4-1fa8-4b52-a3d6-e72c85b0f419"
"""Vehicle id of the Nissan Qashqai."""

WEBHOOK = "a95e3b18-60d2-4c7f-8b31-f4d7290c6ae5"
"""Enabled and verified, with every free-plan signal."""
DISABLED_WEBHOOK = "3f60c2d9-b814-47ae-95c3-08e1d7f6a52b"
"""Switched off."""

READ_BASICS = (
    "read_fuel",
    "read_odometer",
    "read_security",
    "read_tires",
    "read_vehicle_info",
    "read_vin",
)

PERMISSIONS_ICE = (
    *READ_BASICS,
    "read_diagnostics",
    "read_engine_oil",
    "control_security",
)
"""No position, no temperatures, no user profile."""

PERMISSIONS_PHEV = (
    *READ_BASICS,
    "read_battery",
    "read_charge",
    "read_climate",
    "read_extended_vehicle_info",
    "read_location",
    "read_thermometer",
    "control_charge",
    "control_security",
)

PERMISSIONS_BEV = (
    "read_alerts",
    "read_battery",
    "read_charge",
    "read_charge_events",
    "read_charge_locations",
    "read_charge_records",
    "read_climate",
    "read_compass",
    "read_diagnostics",
    "read_extended_vehicle_info",
    "read_location",
    "read_odometer",
    "read_security",
    "read_service_history",
    "read_speedometer",
    "read_thermometer",
    "read_tires",
    "read_user_profile",
    "read_vehicle_info",
    "read_vin",
    "control_charge",
    "control_climate",
    "control_navigation",
    "control_security",
)

CHARGE_COMMANDS = frozenset({"charge/start", "charge/stop", "charge/set-limit"})
SECURITY_COMMANDS = frozenset({"security/lock", "security/unlock"})

FREE_PLAN_DATA = (
    "tractionbattery-stateofcharge",
    "internalcombustionengine-fuellevel",
    "closure-islocked",
    "odometer-traveleddistance",
    "vehicleidentification-vin",
    "vehicleidentification-nickname",
)

BEV_SPEC = CarSpec(
    vehicle_id=BEV,
    vin="WVGZZZE2ZPE000417",
    make="VOLKSWAGEN",
    model="ID.4",
    year=2023,
    powertrain="BEV",
    nickname="Blauer Blitz",
    trim="Pro",
    colour="Dusk Blue",
    firmware="5.1.7",
    packages=("Plus", "Winter"),
    home=Place(52.5200, 13.4050),
    battery_kwh=77.0,
    kwh_per_km=0.18,
    bare_vin_times=True,
)

PHEV_SPEC = CarSpec(
    vehicle_id=PHEV,
    vin="YV1UZBMVDN1000583",
    make="VOLVO",
    model="XC60",
    year=2022,
    powertrain="PHEV",
    nickname="Familienkutsche",
    trim="T6 Recharge",
    colour="Crystal White",
    firmware="3.4.18",
    home=Place(52.5200, 13.4050),
    work=Place(52.4870, 13.4540),
    battery_kwh=18.8,
    kwh_per_km=0.24,
    tank_litres=71.0,
    litres_per_km=0.075,
    charger_kw=3.6,
    bare_limits=True,
    phases=1,
    # The unit some cars send with numbers that plainly are kPa.
    tyre_label="bar",
    tyres_kpa=(258.0, 257.0, 262.0, 263.0),
    unit_spelling={"minute": None, "watts": "watt"},
)

ICE_SPEC = CarSpec(
    vehicle_id=ICE,
    vin="SJNTAAJ12U0000926",
    make="NISSAN",
    model="Qashqai",
    year=2021,
    powertrain="ICE",
    nickname="Anna's Nissan",
    trim="N-Connecta",
    colour="Gun Metallic",
    firmware="2.09",
    home=Place(52.5412, 13.4262),
    work=Place(52.5163, 13.3777),
    tank_litres=55.0,
    litres_per_km=0.068,
    tyres_kpa=(241.0, 241.0, 255.0, 248.0),
    unit_spelling={"km/h": "kph"},
)

BEV_NOT_CAPABLE = frozenset(
    {"closure-tailgate", "surveillance-brand", "surveillance-isenabled", "wheel-style"}
)
PHEV_NOT_CAPABLE = frozenset(
    {"closure-fronttrunk", "charge-chargeportstatuscolor", "wheel-style"}
)
ICE_NOT_STORED = frozenset(
    {
        "connectivitystatus-isasleep",
        "surveillance-brand",
        "surveillance-isenabled",
        "transmission-drivemode",
        "wheel-style",
    }
)

BEV_STATE_OF_CHARGE = 62.0
"""Percent at the start."""
BEV_CHARGE_LIMIT = 80
"""Percent at the start, of both plug-in cars."""
BEV_ODOMETER = 18_432.7
"""Kilometres at the start."""
PHEV_STATE_OF_CHARGE = 45.0
PHEV_FUEL = 71.0
PHEV_ODOMETER = 41_873.6
ICE_FUEL = 58.0
"""Percent at the start."""
ICE_ODOMETER = 58_210.0


def make_application(clock: Clock) -> Application:
    """Make the demo application."""
    return Application(
        clock,
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        application_id=APPLICATION_ID,
        management_token=MANAGEMENT_TOKEN,
    )


def make_bev(spec: CarSpec, seed: int) -> Car:
    """Make an electric car, parked, locked and unplugged."""
    return Car(
        spec,
        seed=seed,
        commands=ALL_COMMANDS,
        permissions=PERMISSIONS_BEV,
        not_capable=BEV_NOT_CAPABLE,
        state_of_charge=BEV_STATE_OF_CHARGE,
        charge_limit=BEV_CHARGE_LIMIT,
        odometer=BEV_ODOMETER,
    )


def make_phev(spec: CarSpec, seed: int) -> Car:
    """Make a plug-in hybrid, parked, locked and unplugged."""
    return Car(
        spec,
        seed=seed,
        commands=CHARGE_COMMANDS | SECURITY_COMMANDS | {"charge-schedules/daily"},
        permissions=PERMISSIONS_PHEV,
        not_capable=PHEV_NOT_CAPABLE,
        state_of_charge=PHEV_STATE_OF_CHARGE,
        charge_limit=BEV_CHARGE_LIMIT,
        fuel=PHEV_FUEL,
        odometer=PHEV_ODOMETER,
    )


def make_ice(spec: CarSpec, seed: int) -> Car:
    """Make a petrol car, parked and locked."""
    return Car(
        spec,
        seed=seed,
        commands=SECURITY_COMMANDS,
        permissions=PERMISSIONS_ICE,
        not_stored=ICE_NOT_STORED,
        fuel=ICE_FUEL,
        odometer=ICE_ODOMETER,
    )


MODELS: Mapping[str, tuple[CarSpec, Callable[[CarSpec, int], Car]]] = MappingProxyType(
    {
        "BEV": (BEV_SPEC, make_bev),
        "PHEV": (PHEV_SPEC, make_phev),
        "ICE": (ICE_SPEC, make_ice),
    }
)
"""The three cars by powertrain: what they are, and how they are made."""


def make_cars(seed: int) -> tuple[Car, Car, Car]:
    """Make the BEV, the PHEV and the ICE, parked, locked and unplugged."""
    return (
        make_bev(BEV_SPEC, seed),
        make_phev(PHEV_SPEC, seed + 1),
        make_ice(ICE_SPEC, seed + 2),
    )


def join(cloud: Cloud, powertrain: str) -> Car:
    """Add one more car of a powertrain and connect it; its owner has one already.

    Raises KeyError for a powertrain that no car here has.
    """
    spec, make = MODELS[powertrain]
    number = len(cloud.cars) + 1
    owner = cloud.users[cloud.owners[spec.vehicle_id]]
    spec = replace(
        spec,
        vehicle_id=str(uuid.UUID(int=number, version=4)),
        vin=f"{spec.vin[:11]}{number:06}",
        nickname=f"{spec.model} {number}",
        colour="Red",
    )
    car = cloud.add_car(make(spec, number))
    car.living = any(one.living for one in cloud.cars.values() if one is not car)
    cloud.owners[spec.vehicle_id] = owner.id
    cloud.connect(owner, car)
    return car


def reconnect(cloud: Cloud, car: Car, *, without: str = "") -> None:
    """Let a car's users connect it again, under an id that it has not had before.

    `without`: a permission that they do not grant this time.
    """
    before, users = car.vehicle_id, [one.user for one in cloud.connections_of(car)]
    for connection in tuple(cloud.connections_of(car)):
        cloud.disconnect(connection)
    car.spec = replace(car.spec, vehicle_id=str(uuid.uuid4()))
    cars = [(one.vehicle_id, one) for one in cloud.cars.values()]
    cloud.cars.clear()
    cloud.cars.update(cars)
    if (owner := cloud.owners.pop(before, None)) is not None:
        cloud.owners[car.vehicle_id] = owner
    granted = [name for name in car.permissions if name != without]
    for user in users:
        cloud.connect(user, car, granted)


def connect_twice(cloud: Cloud, car: Car) -> Car:
    """Let another user connect a car, which has an id of its own for that user."""
    known = {connection.user.id for connection in cloud.connections_of(car)}
    user = next((one for one in cloud.users.values() if one.id not in known), None)
    if user is None:
        raise ValueError("every user has connected the car")
    twin = copy(car)
    twin.spec = replace(car.spec, vehicle_id=str(uuid.uuid4()))
    cloud.owners[twin.vehicle_id] = user.id
    cloud.connect(user, cloud.add_car(twin))
    return twin


def change_application(cloud: Cloud) -> None:
    """Put a new application in place of the old one: other credentials and ids.

    All cars are connected to it; it has no webhook yet.
    """
    for car in tuple(cloud.cars.values()):
        reconnect(cloud, car)
    cloud.webhooks.clear()
    application, mark = cloud.application, uuid.uuid4().hex.upper()
    application.client_id = f"client_01{mark[:24]}"
    application.client_secret = f"demo-secret-{mark[-8:].lower()}"
    application.application_id = str(uuid.uuid4())
    application.management_token = f"demo-management-token-{mark[-8:].lower()}"
    application.restore_secret()
    application.expire_tokens()


def make_webhooks(cloud: Cloud) -> None:
    """Add a webhook that works and one that is switched off."""
    created = cloud.clock.now() - timedelta(days=40)
    cloud.add_webhook(
        Webhook(
            id=WEBHOOK,
            name="Home",
            callback_uri="https://home.example.org/api/webhook/demo",
            error_callback_uri="https://home.example.org/api/webhook/demo",
            created_at=created,
            triggers=("tractionbattery-stateofcharge", "closure-islocked"),
            data=FREE_PLAN_DATA,
        )
    )
    cloud.add_webhook(
        Webhook(
            id=DISABLED_WEBHOOK,
            name="Old test hook",
            callback_uri="https://old.example.org/hook",
            created_at=created - timedelta(days=5),
            triggers=("odometer-traveleddistance",),
            data=("odometer-traveleddistance",),
            is_enabled=False,
        )
    )


def demo(
    clock: Clock | None = None,
    *,
    living: bool = True,
    seed: int = 1,
    fill: Literal["always", "subscribed", "never"] = "always",
    connected: bool = True,
) -> Cloud:
    """Make the demo household.

    With ``living=False`` the cars stay as they are, commands are carried out at
    once, and nothing changes but by a test's doing. ``connected=False`` leaves
    out the connections, so that they have to be made through Connect.
    """
    clock = clock or Clock()
    cloud = Cloud(clock, make_application(clock))
    cloud.fill_store = fill
    if not living:
        cloud.command_seconds = 0.0
    owner = cloud.add_user(User(USER_1, "Kim (ID.4 and XC60)", "household-1"))
    neighbour = cloud.add_user(User(USER_2, "Anna (Qashqai)"))
    bev, phev, ice = (cloud.add_car(car) for car in make_cars(seed))
    for car in cloud.cars.values():
        car.living = living
    make_webhooks(cloud)
    cloud.owners.update({BEV: USER_1, PHEV: USER_1, ICE: USER_2})
    if connected:
        cloud.connect(owner, bev, ago=timedelta(days=7))
        cloud.connect(neighbour, ice, ago=timedelta(days=14))
        cloud.connect(owner, phev, ago=timedelta(days=21))
    return cloud
