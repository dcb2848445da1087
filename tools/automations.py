"""Runs automations about a car: `.venv-demo/bin/python -m tools.automations`.

The demo's household in a real Home Assistant, which makes an automation of each
trigger by its API as the editor does, with the electric car as target. Then the car
is plugged in and out and unlocked beside Home Assistant, a command fails, and nothing
comes for a minute. Prints what the editor offers for the car, which triggers fired and
which conditions passed. Fails when a trigger or condition of the integration is not
offered, one of those triggers does not fire exactly once, or a condition is wrong.
Takes two minutes.
"""

import argparse
import asyncio
from collections import Counter
import sys
from typing import Final

from homeassistant.const import __version__
from homeassistant.core import Event, callback

from custom_components.smartcar.condition import CONDITIONS
from custom_components.smartcar.trigger import TRIGGERS
from demo import integration
from demo.client import DemoError, Json
from demo.integration import Car
from demo.waiting import until
from tools.household import Household, household

DOMAIN: Final = integration.DOMAIN
NOTED: Final = "tools_automations"
OPTIONS: Final[dict[str, Json]] = {
    "data_became_old": {"after": {"minutes": 1}},
    "is_data_recent": {"within": {"minutes": 30}},
}
# What the car stands for at the end: unplugged, unlocked, and just heard of.
HOLDS: Final = {"is_not_plugged_in", "is_left_open", "is_data_recent"}


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _about(car: Car, key: str) -> Json:
    return {
        "target": {"device_id": car.device_id},
        "options": OPTIONS.get(key, {}),
    }


async def _offered(home: Household, car: Car) -> int:
    """Print what the editor does not offer for a car, and return how much that is."""
    wrong = 0
    for kind, own in (("triggers", TRIGGERS), ("conditions", CONDITIONS)):
        target = {"device_id": [car.device_id]}
        (offered,) = await home.client.commands(
            {"type": f"get_{kind}_for_target", "target": target}
        )
        missing = {f"{DOMAIN}.{key}" for key in own} - set(offered)
        others = sorted(one for one in offered if not one.startswith(f"{DOMAIN}."))
        _tell(f"{kind}: {len(own) - len(missing)} of {len(own)}; core's: {others}")
        _tell(f"  missing: {sorted(missing)}" if missing else "  none is missing")
        wrong += len(missing)
    return wrong


async def _automate(home: Household, car: Car) -> Counter[str]:
    """Make an automation of every trigger; return how often each fires from now on."""
    fired: Counter[str] = Counter()

    @callback
    def note(event: Event) -> None:
        fired[event.data["key"]] += 1
        _tell(f"{event.data['key']}: {event.data['entity_id']}")

    home.hass.bus.async_listen(NOTED, note)
    for key in TRIGGERS:
        data = {"key": key, "entity_id": "{{ trigger.entity_id }}"}
        await home.client.post(
            f"/api/config/automation/config/{key}",
            {
                "alias": key,
                "triggers": [{"trigger": f"{DOMAIN}.{key}", **_about(car, key)}],
                "conditions": [],
                "actions": [{"event": NOTED, "event_data": data}],
            },
        )
    await home.hass.async_block_till_done()
    return fired


async def _live(home: Household, car: Car, fired: Counter[str]) -> None:
    """Let the car do what it can, and wait for the trigger of each."""

    async def waits_for(key: str) -> None:
        async def has_fired() -> bool:
            return bool(fired[key])

        await until(f"{key} has fired", has_fired)

    for action, key in (
        ("plug_in", "plugged_in"),
        ("unplug", "unplugged"),
        ("unlock", "left_open"),
    ):
        await home.simulator.act(car.vehicle_id, action)
        await waits_for(key)
    home.cloud.cars[car.vehicle_id].refusal = "ASLEEP"
    lock = car.find("lock", "lock") or ""
    try:
        await home.client.act("lock", "lock", lock)
    except DemoError:
        await waits_for("command_failed")
    # Half a minute is spare.
    await asyncio.sleep(90)
    await waits_for("data_became_old")


async def _ask(home: Household, car: Car) -> int:
    """Ask every condition; return how many are wrong."""
    answers = await home.client.commands(
        *(
            {
                "type": "test_condition",
                "condition": {"condition": f"{DOMAIN}.{key}", **_about(car, key)},
            }
            for key in CONDITIONS
        )
    )
    passed = {
        key for key, one in zip(CONDITIONS, answers, strict=True) if one["result"]
    }
    _tell(f"passed: {sorted(passed)}")
    return len(passed ^ HOLDS)


async def _run(port: int) -> int:
    """Start everything, try, and stop everything; return what went wrong."""
    async with household(port) as home:
        _tell(f"Home Assistant {__version__}")
        cars = await integration.find_cars(home.client)
        car = next(one for one in cars if one.find("binary_sensor", "plug"))
        wrong = await _offered(home, car)
        fired = await _automate(home, car)
        await _live(home, car, fired)
        return (
            wrong + sum(count != 1 for count in fired.values()) + await _ask(home, car)
        )


def main() -> int:
    """Show it; return 1 if anything was wrong."""
    parser = argparse.ArgumentParser(prog="tools.automations", description=__doc__)
    parser.add_argument("--port", type=int, default=8128, help="of Home Assistant")
    port: int = parser.parse_args().port
    wrong = asyncio.run(_run(port))
    _tell(f"\n{wrong or 'nothing'} wrong")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
