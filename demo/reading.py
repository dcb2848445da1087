"""Has the cars read often, so that there is something to watch.

The integration spares the calls of a real account: it reads every few hours. The
simulated cars live fast, and calls to them cost nothing.
"""

from collections.abc import Sequence

from demo.client import HomeAssistantClient
from demo.integration import Car

AUTOMATION = "demo_reading"

MINUTES = 2


async def often(client: HomeAssistantClient, cars: Sequence[Car]) -> None:
    """Save an automation that everybody can find, change and turn off."""
    buttons = [button for car in cars if (button := car.find("button", "refresh"))]
    await client.post(
        f"/api/config/automation/config/{AUTOMATION}",
        {
            "alias": "Read the simulated cars often",
            "description": "Only for this demo.",
            "triggers": [{"trigger": "time_pattern", "minutes": f"/{MINUTES}"}],
            "actions": [
                {"action": "button.press", "target": {"entity_id": buttons}},
            ],
        },
    )
