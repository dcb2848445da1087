"""Measures how long a change is on its way, from being sent to being shown."""

from collections.abc import Sequence
from datetime import datetime
from statistics import median

from demo.client import DemoError, HomeAssistantClient
from demo.integration import Car
from demo.simulator_client import SimulatorClient
from demo.waiting import until


async def push(
    client: HomeAssistantClient,
    simulator: SimulatorClient,
    cars: Sequence[Car],
    times: int,
) -> None:
    """Plug a car in and out, and print how long Home Assistant took to show it.

    Counted from when the simulator sent the webhook to the change of the state,
    in milliseconds.
    """
    found = ((car, car.find("binary_sensor", "plug")) for car in cars)
    car, plug = next(((car, id_) for car, id_ in found if id_), (None, None))
    if car is None or plug is None:
        msg = "No car has a plug."
        raise DemoError(msg)
    taken = []
    for number in range(times):
        wanted = "off" if number % 2 else "on"
        await simulator.act(car.vehicle_id, "unplug" if number % 2 else "plug_in")
        await simulator.act(car.vehicle_id, "refresh")

        async def is_shown(wanted: str = wanted) -> bool:
            state: str = (await client.state(plug))["state"]
            return state == wanted

        await until(f"{plug} is {wanted}", is_shown)
        shown = datetime.fromisoformat((await client.state(plug))["last_changed"])
        sent = await simulator.last_sent(car.vehicle_id)
        taken.append((shown - sent).total_seconds() * 1000)
    taken.sort()
    print(
        f"measure: {times} changes by push; from sent to shown: median "
        f"{median(taken):.1f} ms, slowest {taken[-1]:.1f} ms",
        flush=True,
    )
