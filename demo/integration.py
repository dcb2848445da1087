"""Sets up the integration through its own forms, and finds what came of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from demo.client import DemoError, HomeAssistantClient, Json
from demo.simulator_client import SimulatorClient
from demo.waiting import until

DOMAIN = "smartcar"

COSTS = "charging_costs"
"""The part of the options about prices."""

MOST_FORMS = 20
"""A flow that asks more often goes round in circles."""

type Answer = Callable[[Json, Json], Json]


def _as_shown(fields: list[Json]) -> Json:
    """Return what stands in the fields of a form, and of its parts."""
    found: Json = {}
    for field in fields:
        suggested = (field.get("description") or {}).get("suggested_value")
        if "schema" in field:
            found[field["name"]] = _as_shown(field["schema"])
        elif suggested is not None:
            found[field["name"]] = suggested
        elif "default" in field:
            found[field["name"]] = field["default"]
    return found


def _credentials(_form: Json, application: Json) -> Json:
    return {
        "client_id": application["client_id"],
        "client_secret": application["client_secret"],
    }


def _management_token(_form: Json, application: Json) -> Json:
    return {"management_token": application["management_token"]}


def _as_offered(form: Json, _application: Json) -> Json:
    """Submit a form the way it is shown."""
    return {
        field["name"]: field["default"]
        for field in form["data_schema"]
        if "default" in field
    }


ANSWERS: Mapping[str, Answer] = MappingProxyType(
    {"user": _credentials, "push": _management_token}
)
"""What to submit for a step, from its form and the simulator's application.

A step that is not named is submitted as it is shown.
"""

UNDONE = "\N{BALLOT X}"
"""How a line of the checklist is marked that needs more."""


@dataclass(frozen=True, kw_only=True)
class Entity:
    """An entity of a car; `key` says what it shows."""

    entity_id: str
    key: str

    @property
    def domain(self) -> str:
        """Return the kind of entity."""
        return self.entity_id.partition(".")[0]


@dataclass(frozen=True, kw_only=True)
class Car:
    """A car's device with its enabled entities."""

    vehicle_id: str
    device_id: str
    name: str
    entities: tuple[Entity, ...]

    @property
    def charged_at_home(self) -> str:
        """Return the id of the statistics of what the car charged at home."""
        return f"{DOMAIN}:{self.vehicle_id.replace('-', '_')}_charge_home"

    def find(self, domain: str, key: str) -> str | None:
        """Return the id of an entity, if the car has it."""
        for entity in self.entities:
            if (entity.domain, entity.key) == (domain, key):
                return entity.entity_id
        return None


async def set_up(client: HomeAssistantClient, simulator: SimulatorClient) -> bool:
    """Walk through the config flow; return whether that was needed.

    What the flow says is to be done in Smartcar's dashboard is done on the way.
    """
    if await client.get(f"/api/config/config_entries/entry?domain={DOMAIN}"):
        return False
    application = (await simulator.state())["application"]
    path = "/api/config/config_entries/flow"
    step: Json = await client.post(path, {"handler": DOMAIN})
    for _ in range(MOST_FORMS):
        match step["type"]:
            case "create_entry":
                return True
            case "menu":
                answer = _choice(step)
            case "form" if not step.get("errors"):
                if step["step_id"] == "dashboard":
                    await simulator.make_webhook(_address(step))
                answer = ANSWERS.get(step["step_id"], _as_offered)(step, application)
            case _:
                reason = step.get("errors") or step.get("reason")
                msg = f"The config flow stops at {step.get('step_id')}: {reason}"
                raise DemoError(msg)
        step = await client.post(f"{path}/{step['flow_id']}", answer)
    msg = f"The config flow does not end; its last step was {step.get('step_id')}"
    raise DemoError(msg)


def _address(form: Json) -> str:
    """Return the address that a form shows to be copied."""
    (field,) = (item for item in form["data_schema"] if item["name"] == "address")
    address: str = field["description"]["suggested_value"]
    return address


def _choice(menu: Json) -> Json:
    """Look at the checklist again until everything is done."""
    marks = menu["description_placeholders"].values()
    return {"next_step_id": "look_again" if UNDONE in marks else "finish"}


async def choose_price(client: HomeAssistantClient, entity_id: str) -> None:
    """Choose what electricity costs at home in the entry's options."""
    await choose(client, COSTS, {"home_price_entity": entity_id})


async def choose(client: HomeAssistantClient, part: str, chosen: Json) -> None:
    """Change options of one part of the entry's form."""
    (entry,) = await client.get(f"/api/config/config_entries/entry?domain={DOMAIN}")
    path = "/api/config/config_entries/options/flow"
    form = await client.post(path, {"handler": entry["entry_id"]})
    answer = _as_shown(form["data_schema"])
    answer[part] |= chosen
    step = await client.post(f"{path}/{form['flow_id']}", answer)
    if step["type"] != "create_entry":
        msg = f"The options are refused: {step.get('errors')}"
        raise DemoError(msg)

    async def is_loaded() -> bool:
        path = f"/api/config/config_entries/entry?domain={DOMAIN}"
        return [one["state"] for one in await client.get(path)] == ["loaded"]

    # The reload comes a moment later.
    await until("the entry is loaded again", is_loaded)


async def reload(client: HomeAssistantClient) -> None:
    """Reload the integration, which looks for cars then."""
    path = "/api/config/config_entries/entry"
    for entry in await client.get(f"{path}?domain={DOMAIN}"):
        await client.post(f"{path}/{entry['entry_id']}/reload", {})


async def find_cars(client: HomeAssistantClient) -> tuple[Car, ...]:
    """Read the cars from the registries."""
    devices, entities = await client.commands(
        {"type": "config/device_registry/list"},
        {"type": "config/entity_registry/list"},
    )
    return tuple(
        Car(
            vehicle_id=vehicle_id,
            device_id=device["id"],
            name=device["name_by_user"] or device["name"],
            entities=tuple(_entities_of(device["id"], vehicle_id, entities)),
        )
        for device in devices
        for domain, vehicle_id in device["identifiers"]
        if domain == DOMAIN
    )


def _entities_of(
    device_id: str, vehicle_id: str, entities: list[dict[str, Any]]
) -> list[Entity]:
    return [
        Entity(
            entity_id=entity["entity_id"],
            key=entity["unique_id"].removeprefix(f"{vehicle_id}_"),
        )
        for entity in entities
        if entity["device_id"] == device_id
        and entity["platform"] == DOMAIN
        and entity["disabled_by"] is None
    ]
