"""Shows what language models are told of cars: `.venv-demo/bin/python -m tools.assist`.

The demo's household in a real Home Assistant, with what the electric car did
yesterday. All entities of the cars are exposed to Assist and its commands allowed;
then every tool is called through the Assist API as an agent does it. Prints each
schema and answer with its size in characters and about how many tokens that is.
Fails when a tool is missing or answers with an error, when anything but the command
sent costs a call, or when a position is told.
"""

import argparse
import asyncio
import json
import sys
from typing import TYPE_CHECKING, Final

from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import llm
import probatio

from demo import integration, yesterday
from tools.household import household

if TYPE_CHECKING:
    from demo.client import HomeAssistantClient
    from simulator.cloud import Cloud

DOMAIN: Final = integration.DOMAIN
ASSISTANT: Final = "conversation"
CHARACTERS_PER_TOKEN: Final = 4

ELECTRIC: Final = "Blauer Blitz"
CALLS: Final = (
    ("get_car", {"car": ELECTRIC}),
    ("get_car", {}),
    ("get_car", {"car": "Trabant"}),
    ("get_diary", {"car": ELECTRIC, "period": "yesterday"}),
    ("get_diary", {"car": ELECTRIC, "kind": "drive"}),
    ("send_command", {"car": ELECTRIC, "command": "set_charge_limit", "percent": 90}),
)


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _show(what: str, content: object) -> int:
    """Print what goes to a model, and return how long it is."""
    text = json.dumps(content, ensure_ascii=False)
    tokens = round(len(text) / CHARACTERS_PER_TOKEN)
    _tell(f"\n{what}: {len(text)} characters, about {tokens} tokens\n  {text}")
    return len(text)


async def _offered(hass: HomeAssistant, context: Context) -> llm.APIInstance:
    """Return the Assist API as an agent gets it."""
    asked_by = llm.LLMContext(DOMAIN, context, "en", ASSISTANT, None)
    return await llm.async_get_api(hass, llm.LLM_API_ASSIST, asked_by)


async def _allow(client: HomeAssistantClient) -> None:
    """Turn the options of assistants on."""
    await integration.choose(
        client, "voice", {"assistant_commands": True, "assistant_unlock": True}
    )


async def _converse(hass: HomeAssistant, cloud: Cloud) -> int:
    """Ask everything; return how many things went wrong."""
    owner = await hass.auth.async_get_owner()
    api = await _offered(hass, Context(user_id=owner.id if owner else None))
    tools = [tool for tool in api.tools if tool.integration == DOMAIN]
    size = 0
    for tool in tools:
        schema = probatio.to_openapi(
            tool.parameters, custom_serializer=api.custom_serializer
        )
        size += _show(
            tool.name, {"description": tool.description, "parameters": schema}
        )
    tokens = round(size / CHARACTERS_PER_TOKEN)
    _tell(f"\nall tools: {size} characters, about {tokens} tokens")
    names = {tool.name.removeprefix(f"{DOMAIN}__") for tool in tools}
    wrong = len({"get_car", "get_diary", "send_command", "unlock"} ^ names)
    for name, arguments in CALLS:
        before = cloud.count("signals") + cloud.count("command")
        called = llm.ToolInput(f"{DOMAIN}__{name}", dict(arguments))
        result = await api.async_call_tool(called)
        calls = cloud.count("signals") + cloud.count("command") - before
        _show(f"{name} {json.dumps(arguments)}", result.data)
        told = json.dumps(result.data)
        is_unknown = arguments.get("car") == "Trabant"
        if result.error is not is_unknown or "latitude" in told or "52.5" in told:
            _tell("  WRONG: an error, or a position")
            wrong += 1
        if calls != (name == "send_command"):
            _tell(f"  WRONG: {calls} calls")
            wrong += 1
    return wrong


async def _run(port: int) -> int:
    """Start everything, ask, and stop everything; return what went wrong."""
    async with household(port) as home:
        hass, client = home.hass, home.client
        await integration.choose(client, integration.COSTS, {"home_price": 0.3})
        await _allow(client)
        cars = await integration.find_cars(client)
        await yesterday.tell(client, home.simulator, cars)
        await hass.async_block_till_done()
        for car in await integration.find_cars(client):
            for entity in car.entities:
                async_expose_entity(hass, ASSISTANT, entity.entity_id, True)  # noqa: FBT003 - its only name is long
        await hass.async_block_till_done()
        return await _converse(hass, home.cloud)


def main() -> int:
    """Show it; return 1 if anything was wrong."""
    parser = argparse.ArgumentParser(prog="tools.assist", description=__doc__)
    parser.add_argument("--port", type=int, default=8127, help="of Home Assistant")
    port: int = parser.parse_args().port
    wrong = asyncio.run(_run(port))
    _tell(f"\n{wrong or 'nothing'} wrong")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
