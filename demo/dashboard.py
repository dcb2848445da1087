"""A dashboard that shows the cars."""

from collections.abc import Collection, Sequence

from demo.client import HomeAssistantClient, Json
from demo.integration import Car

URL_PATH = "demo-cars"

type Tile = tuple[str, str, Json]

WIDE = {"grid_options": {"columns": "full"}}

NAME = {"type": "entity"}
"""The entity's own name; the car's stands above all of them."""

TILES: Sequence[Tile] = (
    ("lock", "lock", {"features": [{"type": "lock-commands"}], **WIDE}),
    ("sensor", "battery", {"features": [{"type": "bar-gauge"}], **WIDE}),
    ("sensor", "fuel_level", {"features": [{"type": "bar-gauge"}], **WIDE}),
    ("sensor", "range", {}),
    ("sensor", "fuel_range", {}),
    ("sensor", "odometer", {}),
    ("device_tracker", "location", {}),
    ("binary_sensor", "plug", {}),
    ("switch", "charging", WIDE),
    ("binary_sensor", "charging", WIDE),
    ("sensor", "charging_power", {}),
    ("sensor", "charging_finish", {}),
    (
        "number",
        "charge_limit",
        {"features": [{"type": "numeric-input", "style": "slider"}], **WIDE},
    ),
    ("sensor", "charge_limit", {}),
    ("sensor", "data_age", {}),
    ("button", "refresh", {}),
)
"""What a car's section shows, in this order, as far as the car has it."""

DIARY_TILES: Sequence[Tile] = (
    ("sensor", "last_charge", {"state_content": ["state", "place"]}),
    ("sensor", "last_drive", {}),
    ("sensor", "charged_this_month", {}),
    ("sensor", "charging_cost_this_month", {"name": "Cost this month"}),
    ("sensor", "charging_cost", {}),
    ("sensor", "consumption", {}),
)
"""What the section of a car's trips and charges shows."""

INSTEAD = {
    ("binary_sensor", "charging"): ("switch", "charging"),
    ("sensor", "charge_limit"): ("number", "charge_limit"),
}
"""Tiles that another one makes needless."""

WHILE_CHARGING = frozenset({"charging_power", "charging_finish"})
"""Keys of tiles that say something only while the car charges."""

OPENINGS = ("door_", "window_", "rear_trunk", "front_trunk", "hood")
"""The beginnings of the keys that tell what stands open."""

LOCK = "_lock"


def build(cars: Sequence[Car], counted: Collection[str]) -> Json:
    """Make the dashboard of these cars; ``counted`` are ids of statistics."""
    sections = [_section(car) for car in cars]
    sections.extend(
        _diary(car, calendar)
        for car in cars
        # Without a charge there is little to see.
        if car.charged_at_home in counted
        and (calendar := car.find("calendar", "diary"))
    )
    trackers = [
        tracker for car in cars if (tracker := car.find("device_tracker", "location"))
    ]
    if trackers:
        sections.append(_map(trackers, columns=len(sections)))
    return {
        "views": [
            {
                "type": "sections",
                "title": "Cars",
                "icon": "mdi:car-multiple",
                "max_columns": max(len(cars), 1) + 1,
                "sections": sections,
            }
        ]
    }


def _section(car: Car) -> Json:
    cards: list[Json] = [{"type": "heading", "heading": car.name, "icon": "mdi:car"}]
    for domain, key, options in TILES:
        instead = INSTEAD.get((domain, key))
        if instead and car.find(*instead):
            continue
        if entity_id := car.find(domain, key):
            tile = {"type": "tile", "entity": entity_id, "name": NAME, **options}
            charging = car.find("binary_sensor", "charging")
            if key in WHILE_CHARGING and charging:
                tile["visibility"] = _while_on(charging)
            cards.append(tile)
    cards.extend(_openings(car))
    return {"type": "grid", "cards": cards}


def _diary(car: Car, calendar: str) -> Json:
    """Show what a car charged and how far it went."""
    cards: list[Json] = [
        {
            "type": "heading",
            "heading": "Trips and charges",
            "icon": "mdi:map-clock-outline",
        }
    ]
    for domain, key, options in DIARY_TILES:
        if entity_id := car.find(domain, key):
            tile = {"type": "tile", "entity": entity_id, "name": NAME, **options}
            cards.append(tile)
    cards += [
        {
            "type": "statistics-graph",
            "title": "Charged at home",
            "entities": [car.charged_at_home],
            "stat_types": ["change"],
            "chart_type": "bar",
            "period": "hour",
            "days_to_show": 2,
            **WIDE,
        },
        {
            "type": "calendar",
            "entities": [calendar],
            "initial_view": "listWeek",
            **WIDE,
        },
    ]
    return {"type": "grid", "cards": cards}


def _openings(car: Car) -> list[Json]:
    """Show what stands open, and nothing of what is closed."""
    return [
        {
            "type": "tile",
            "entity": entity.entity_id,
            "name": NAME,
            "color": "amber",
            "visibility": _while_on(entity.entity_id),
        }
        for entity in car.entities
        if entity.domain == "binary_sensor"
        and entity.key.startswith(OPENINGS)
        and LOCK not in entity.key
    ]


def _while_on(entity_id: str) -> list[Json]:
    return [{"condition": "state", "entity": entity_id, "state": "on"}]


def _map(trackers: Sequence[str], *, columns: int) -> Json:
    return {
        "type": "grid",
        "column_span": columns,
        "cards": [
            {"type": "heading", "heading": "Where they are", "icon": "mdi:map"},
            {
                "type": "map",
                "entities": list(trackers),
                "hours_to_show": 24,
                "grid_options": {"columns": "full", "rows": 6},
            },
        ],
    }


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


async def save(
    client: HomeAssistantClient, cars: Sequence[Car], counted: Collection[str]
) -> None:
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
            "config": build(cars, counted),
        },
        {
            "type": "frontend/set_system_data",
            "key": "core",
            "value": {"default_panel": URL_PATH},
        },
    )
