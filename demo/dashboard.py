"""The dashboard that shows the cars, and what the energy page counts."""

from collections.abc import Collection, Sequence

from demo.client import HomeAssistantClient, Json
from demo.integration import Car

URL_PATH = "demo-cars"


async def save_energy(
    client: HomeAssistantClient, cars: Sequence[Car], counted: Collection[str]
) -> None:
    """Show on the energy page what the cars have charged: at home, if that is known."""
    found = (
        car.charged_at_home
        if car.charged_at_home in counted
        else car.find("sensor", "energy_charged")
        for car in cars
    )
    await client.commands(
        {
            "type": "energy/save_prefs",
            "energy_sources": [],
            "device_consumption": [
                {"stat_consumption": entity_id} for entity_id in found if entity_id
            ],
        }
    )


async def save(client: HomeAssistantClient) -> None:
    """Put the dashboard into the sidebar and make it the first one shown."""
    (dashboards,) = await client.commands({"type": "lovelace/dashboards/list"})
    create: list[Json] = []
    if not any(one["url_path"] == URL_PATH for one in dashboards):
        create.append(
            {
                "type": "lovelace/dashboards/create",
                "url_path": URL_PATH,
                "title": "Cars",
                "icon": "mdi:car-connected",
                "mode": "storage",
            }
        )
    await client.commands(
        *create,
        {
            "type": "lovelace/config/save",
            "url_path": URL_PATH,
            "config": {"strategy": {"type": "custom:smartcar"}},
        },
        {
            "type": "frontend/set_system_data",
            "key": "core",
            "value": {"default_panel": URL_PATH},
        },
    )
