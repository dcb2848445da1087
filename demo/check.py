"""Proves the whole chain: lock a car in Home Assistant, and it is locked."""

from collections.abc import Sequence

from demo.client import DemoError, HomeAssistantClient, Json
from demo.integration import Car, find_cars, reload
from demo.simulator_client import SimulatorClient
from demo.waiting import until

NOTHING = frozenset({"unknown", "unavailable"})


def _tell(text: str) -> None:
    print(f"check: {text}", flush=True)


async def values(client: HomeAssistantClient, cars: Sequence[Car]) -> None:
    """Wait until every car has an available lock and mostly known values."""
    for car in cars:

        async def has_values(car: Car = car) -> bool:
            states = {
                state["entity_id"]: state for state in await client.get("/api/states")
            }
            own = [states.get(one.entity_id) for one in car.entities]
            if not own or any(
                one is None or one["state"] == "unavailable" for one in own
            ):
                return False
            known = [one for one in own if one and one["state"] not in NOTHING]
            if len(known) * 2 < len(own):
                return False
            _tell(f"{car.name}: {len(own)} entities, {len(known)} with a value")
            return True

        await until(f"{car.name} has values", has_values)


def diary(totals: Json) -> None:
    """Print what the diary has of yesterday; it was waited for."""
    energy, cost = totals["energy"]["home"], totals["cost"]["home"]
    if totals["charges"] != 1 or not 0 < cost < energy:
        msg = f"The diary has other totals than yesterday's: {totals}"
        raise DemoError(msg)
    _tell(
        f"{totals['drives']} drives, {totals['distance']} km; {energy} kWh charged at "
        f"home for {cost} EUR"
    )


async def push(
    client: HomeAssistantClient, simulator: SimulatorClient, cars: Sequence[Car]
) -> None:
    """Plug a car in beside Home Assistant, and see it arrive by the webhook."""
    found = ((car, car.find("binary_sensor", "plug")) for car in cars)
    car, plug = next(((car, id_) for car, id_ in found if id_), (None, None))
    counter = car.find("sensor", "api_calls") if car else None
    if car is None or plug is None or counter is None:
        msg = "No car has a plug."
        raise DemoError(msg)
    calls = (await client.state(counter))["state"]
    await simulator.act(car.vehicle_id, "plug_in")
    _tell(f"the simulated {car.name} is plugged in")

    async def is_told() -> bool:
        state: str = (await client.state(plug))["state"]
        return state == "on"

    await until(f"{plug} is on", is_told)
    if (await client.state(counter))["state"] != calls:
        msg = f"{plug} changed, but by a read."
        raise DemoError(msg)
    _tell(f"{plug} is on, and the webhook has told it")


async def lock(
    client: HomeAssistantClient, simulator: SimulatorClient, cars: Sequence[Car]
) -> None:
    """Lock a car, and see it on both sides; unlock it first if need be."""
    found = ((car, car.find("lock", "lock")) for car in cars)
    car, entity_id = next(((car, id_) for car, id_ in found if id_), (None, None))
    if car is None or entity_id is None:
        msg = "No car has a lock."
        raise DemoError(msg)

    async def turn(action: str, *, locked: bool) -> None:
        _tell(f"{action} {entity_id}")
        await client.act("lock", action, entity_id)

        async def is_so() -> bool:
            return await simulator.is_locked(car.vehicle_id) is locked

        await until(f"the simulated {car.name} carries out {action}", is_so)
        _tell(f"the simulated {car.name} is {'locked' if locked else 'unlocked'}")

    async def is_confirmed() -> bool:
        state = await client.state(entity_id)
        assumed = state["attributes"].get("assumed_state", False)
        return state["state"] == "locked" and not assumed

    if (await client.state(entity_id))["state"] == "locked":
        await turn("unlock", locked=False)
        if (await client.state(entity_id))["state"] != "unlocked":
            msg = f"{entity_id} does not show what the car was told."
            raise DemoError(msg)
    await turn("lock", locked=True)
    _tell("waiting until Home Assistant has read it back from the car")
    await until(f"{entity_id} is locked for certain", is_confirmed)
    _tell(f"{entity_id} is locked, and that is not assumed but read")


async def new_id(
    client: HomeAssistantClient, simulator: SimulatorClient, cars: Sequence[Car]
) -> None:
    """Connect a car again under a new id; its entities go on."""
    car = cars[-1]
    at = (await simulator.vehicle_ids()).index(car.vehicle_id)
    await simulator.act(car.vehicle_id, "new_id")
    new = (await simulator.vehicle_ids())[at]
    _tell(f"the simulated {car.name} is connected again, under a new id")
    await reload(client)
    kept = {one.entity_id for one in car.entities}

    async def goes_on() -> bool:
        found = [one for one in await find_cars(client) if one.vehicle_id == new]
        return any(kept <= {one.entity_id for one in now.entities} for now in found)

    await until(f"{car.name} goes on under it", goes_on)
    if len(found := await find_cars(client)) != len(cars):
        msg = f"There are {len(found)} cars now, and were {len(cars)}."
        raise DemoError(msg)
    _tell(f"{car.name} goes on under it, with all {len(kept)} entities")
