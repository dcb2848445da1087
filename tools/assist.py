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
from contextlib import AsyncExitStack
from functools import partial
import json
import os
from pathlib import Path
import shutil
import sys
import tempfile
from typing import TYPE_CHECKING, Final

import aiohttp
from homeassistant.bootstrap import async_setup_hass
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import llm
from homeassistant.runner import RuntimeConfig
import probatio

from demo import integration, yesterday
from demo.client import DemoError, HomeAssistantClient
from demo.folder import HOST, ConfigFolder
from demo.simulator_client import SimulatorClient
from demo.waiting import until
from simulator import fleet
from simulator.clock import Clock
from simulator.sender import Sender
from simulator.server import running

if TYPE_CHECKING:
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


async def _run(folder: Path, port: int) -> int:
    """Start everything, ask, and stop everything; return what went wrong."""
    configuration = ConfigFolder(folder)
    configuration.prepare(port)
    address = f"http://{HOST}:{port}"
    cloud = fleet.demo(Clock(1), living=False)
    sender = Sender(cloud)
    async with AsyncExitStack() as stack:
        # Home Assistant watches the loop for blocking calls.
        remove = partial(shutil.rmtree, folder, ignore_errors=True)
        stack.push_async_callback(asyncio.to_thread, remove)
        smartcar = await stack.enter_async_context(running(cloud, sender=sender))
        await stack.enter_async_context(sender.at_work())
        os.environ["SMARTCAR_ENDPOINT"] = smartcar
        hass = await async_setup_hass(RuntimeConfig(str(folder), skip_pip=True))
        if hass is None:
            msg = "Home Assistant does not start."
            raise DemoError(msg)
        stack.push_async_callback(hass.async_stop, force=True)
        await hass.async_start()
        session = await stack.enter_async_context(aiohttp.ClientSession())
        client = HomeAssistantClient(session, address)
        simulator = SimulatorClient(session, smartcar)
        await until("it answers", lambda: client.answers("/api/onboarding"))
        await client.onboard()
        await integration.set_up(client, simulator)
        await integration.choose(client, integration.COSTS, {"home_price": 0.3})
        await _allow(client)
        cars = await integration.find_cars(client)
        await yesterday.tell(client, simulator, cars)
        await hass.async_block_till_done()
        for car in await integration.find_cars(client):
            for entity in car.entities:
                async_expose_entity(hass, ASSISTANT, entity.entity_id, True)  # noqa: FBT003 - its only name is long
        await hass.async_block_till_done()
        return await _converse(hass, cloud)


def main() -> int:
    """Show it; return 1 if anything was wrong."""
    parser = argparse.ArgumentParser(prog="tools.assist", description=__doc__)
    parser.add_argument("--port", type=int, default=8127, help="of Home Assistant")
    port: int = parser.parse_args().port
    folder = Path(tempfile.mkdtemp(prefix="smartcar-assist-"))
    wrong = asyncio.run(_run(folder, port))
    _tell(f"\n{wrong or 'nothing'} wrong")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
