"""What the electric car did yesterday: told late, and found in its diary."""

from collections.abc import Sequence

from demo.client import DemoError, HomeAssistantClient, Json
from demo.integration import DOMAIN, Car
from demo.simulator_client import SimulatorClient
from demo.waiting import until

DRIVES = 2


async def tell(
    client: HomeAssistantClient, simulator: SimulatorClient, cars: Sequence[Car]
) -> Json:
    """Let yesterday be delivered; wait for, and return, the totals of the diary.

    With them come the charges' hours in the statistics.
    """
    electric = await simulator.electric()
    car = next((one for one in cars if one.vehicle_id == electric), None)
    if car is None:
        msg = "No car is electric."
        raise DemoError(msg)
    await simulator.play("yesterday")
    totals: Json = {}

    async def is_found() -> bool:
        nonlocal totals
        totals = (await diary(client, car))["totals"]
        return bool(totals["drives"] >= DRIVES and totals["cost"]["home"] > 0)

    await until("the diary has the trips, the charge and its cost", is_found)

    async def is_counted() -> bool:
        return car.charged_at_home in await statistics(client)

    await until("the statistics have the charge", is_counted)
    return totals


async def diary(client: HomeAssistantClient, car: Car) -> Json:
    """Return what a car remembers of the last days."""
    (answer,) = await client.commands(
        {
            "type": "call_service",
            "domain": DOMAIN,
            "service": "get_diary",
            "service_data": {"device_id": car.device_id},
            "return_response": True,
        }
    )
    response: Json = answer["response"]
    return response


async def statistics(client: HomeAssistantClient) -> frozenset[str]:
    """Return the ids of all statistics that count something."""
    (found,) = await client.commands(
        {"type": "recorder/list_statistic_ids", "statistic_type": "sum"}
    )
    return frozenset(one["statistic_id"] for one in found)
