"""The cars of a user's diagnostics file in the demo, compared with that file."""

from collections.abc import Sequence
import json
from pathlib import Path

from demo.client import DemoError, HomeAssistantClient
from demo.integration import DOMAIN, Car
from demo.waiting import until
from simulator.cleaning import ReportError
from simulator.comparison import PAST, differences
from simulator.report import Report, parse, read

SHOWN_DIFFERENCES = 10


def load(path: Path) -> Report:
    """Read a file. Raises DemoError."""
    try:
        return read(path)
    except ReportError as err:
        msg = f"{path}: {err}"
        raise DemoError(msg) from None


async def download(client: HomeAssistantClient) -> Report:
    """Download the diagnostics of the demo's entry, as a person would."""
    (entry,) = await client.get(f"/api/config/config_entries/entry?domain={DOMAIN}")
    path = f"/api/diagnostics/config_entry/{entry['entry_id']}"
    return parse(json.dumps(await client.get(path)).encode())


async def settle(client: HomeAssistantClient, cars: Sequence[Car]) -> None:
    """Read each car once more: what failed after it was known is told only then."""
    for car in cars:
        if (button := car.find("button", "refresh")) is not None:
            await client.act("button", "press", button)


async def check(client: HomeAssistantClient, report: Report) -> None:
    """Wait until Home Assistant shows of the cars what the file says."""
    left: list[str] = []

    async def is_same() -> bool:
        nonlocal left
        left = differences(report, await download(client), is_live=True)
        return not left

    try:
        await until("the cars are as in the file", is_same, every=2)
    except DemoError:
        for line in left[:SHOWN_DIFFERENCES]:
            print(f"check: {line}", flush=True)
        raise
    signals = sum(len(car["signals"]) for car in report.cars)
    states = sum(len(car.get("states", {}).keys() - PAST) for car in report.cars)
    print(
        f"check: {len(report.cars)} cars, {signals} signals and {states} states are "
        "as in the file",
        flush=True,
    )
