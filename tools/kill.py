"""Kills Home Assistant again and again: `.venv-demo/bin/python -m tools.kill`.

The demo's household: a real Home Assistant that hears deliveries every two seconds,
reads and commands now and then, and is killed (SIGKILL) at random, seeded moments,
then started again on the same folder. Prints, for every death, what the disk lacked
of what was answered, and what the simulator had counted. `--times` chooses how
often, `--seed` when. Fails when values of more than half a minute are missing, when
more calls are uncounted than were under way, or when a doubt about a command is
lost.
"""

import argparse
import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
import hashlib
import hmac
import json
import os
from pathlib import Path
from random import Random
import shutil
import sys
import tempfile
from time import monotonic, time
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import aiohttp

from demo import integration
from demo.client import DemoError, HomeAssistantClient
from demo.folder import HOST, ConfigFolder
from demo.simulator_client import SimulatorClient
from demo.waiting import until
from simulator import fleet
from simulator.clock import Clock
from simulator.faults import Fault
from simulator.sender import Sender
from simulator.server import running

if TYPE_CHECKING:
    from simulator.cloud import Cloud
    from simulator.recording import Recorded

# A signal of the test's own, that no read brings.
COUNTER: Final = "tools-counter"
SHORTEST_LIFE: Final = 5.0
LONGEST_LIFE: Final = 50.0
# What may be missing, with a second for a busy machine.
PATIENCE: Final = 31.0
# A call that was answered so shortly before is as good as under way.
JUST_NOW: Final = 1.5

HEADER: Final = (
    "life  lived s  deliveries  missing s  calls  on disk  under way  uncounted"
    "  command  doubt"
)


@dataclass
class Life:
    """What happened between a start and a death."""

    number: int
    seconds: float = 0
    delivered: list[tuple[float, int]] = field(default_factory=list)
    missing: float = 0
    calls: int = 0
    on_disk: int = 0
    under_way: int = 0
    uncounted: int = 0
    was_commanded: bool = False
    has_doubt: bool = False

    def row(self) -> str:
        """Write a line of the table."""
        return (
            f"{self.number:4} {self.seconds:8.1f} {len(self.delivered):11} "
            f"{self.missing:10.1f} {self.calls:6} {self.on_disk:8} "
            f"{self.under_way:10} {self.uncounted:10} "
            f"{'yes' if self.was_commanded else 'no':>8} "
            f"{'yes' if self.has_doubt else 'no':>6}"
        )


class Household:
    """A Home Assistant that dies often, and what the simulator knows of it."""

    def __init__(self, cloud: Cloud, address: str, folder: Path, port: int) -> None:
        """Describe everything; nothing is started yet."""
        self._cloud, self._smartcar = cloud, address
        self._folder, self._port = ConfigFolder(folder), port
        self._address = f"http://{HOST}:{port}"
        self._answered: list[tuple[float, Recorded]] = []
        self._cut_off: set[int] = set()
        self._counter = 0
        cloud.on_answer = lambda recorded: self._answered.append(
            (monotonic(), recorded)
        )

    async def _start(self) -> asyncio.subprocess.Process:
        environment = {**os.environ, "SMARTCAR_ENDPOINT": self._smartcar}
        with (self._folder.path / "output.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "homeassistant", "--skip-pip"),
                *("--config", str(self._folder.path)),
                env=environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def _enter(self, client: HomeAssistantClient, *, is_new: bool) -> None:
        path = "/api/onboarding" if is_new else "/auth/providers"
        await until("Home Assistant answers", lambda: client.answers(path))
        await (client.onboard() if is_new else client.log_in())

        async def is_running() -> bool:
            return bool((await client.get("/api/config"))["state"] == "RUNNING")

        await until("Home Assistant has started", is_running)

    async def set_up(self, session: aiohttp.ClientSession) -> None:
        """Set the integration up, and stop Home Assistant in an orderly way."""
        self._folder.prepare(self._port)
        process = await self._start()
        try:
            client = HomeAssistantClient(session, self._address)
            await self._enter(client, is_new=True)
            simulator = SimulatorClient(session, self._smartcar)
            await integration.set_up(client, simulator)
            await self._car(client)
        finally:
            with suppress(ProcessLookupError):
                process.terminate()
            await process.wait()

    async def _car(self, client: HomeAssistantClient) -> integration.Car:
        """Wait for the electric car."""
        found: list[integration.Car] = []

        async def is_there() -> bool:
            cars = await integration.find_cars(client)
            found[:] = [car for car in cars if car.vehicle_id == fleet.BEV]
            return bool(found and found[0].find("lock", "lock"))

        await until("the car has entities", is_there)
        return found[0]

    async def live(
        self, session: aiohttp.ClientSession, number: int, random: Random
    ) -> Life:
        """Start, be busy for a while, and die."""
        life, process = Life(number), await self._start()
        try:
            client = HomeAssistantClient(session, self._address)
            await self._enter(client, is_new=False)
            car = await self._car(client)
            tasks = [
                asyncio.create_task(self._deliver(session, life)),
                asyncio.create_task(self._act(client, car, random)),
            ]
            life.seconds = random.uniform(SHORTEST_LIFE, LONGEST_LIFE)
            await asyncio.sleep(life.seconds)
        finally:
            with suppress(ProcessLookupError):
                process.kill()
        died = monotonic()
        calls = [item for item in self._cloud.requests if self._is_call(item)]
        life.calls = len(calls)
        ended = self._cut_off | {id(item) for _, item in self._answered}
        under_way = [item for item in calls if id(item) not in ended]
        life.was_commanded = any(
            item.operation.startswith("command") for item in under_way
        )
        recent = [
            item
            for at, item in self._answered
            if self._is_call(item) and died - at < JUST_NOW
        ]
        life.under_way = len(under_way) + len(recent)
        await process.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._cloud.faults.clear()
        self._cut_off |= {id(item) for item in under_way}
        self._compare(life, died)
        return life

    @staticmethod
    def _is_call(item: Recorded) -> bool:
        """Return whether a request to the electric car counts as a call."""
        is_one = item.operation == "signals" or item.operation.startswith("command")
        return is_one and item.vehicle_id == fleet.BEV and item.status < 300

    def _compare(self, life: Life, died: float) -> None:
        """Compare the disk with what was answered, and what Smartcar counted."""
        (path,) = (self._folder.path / ".storage").glob("smartcar.*[0-9A-Z]")
        car = json.loads(path.read_text("utf-8"))["data"]["vehicles"][fleet.BEV]
        value = car["state"]["signals"].get(COUNTER, {})
        kept = json.dumps(value)
        known = [count for _, count in life.delivered if f'"counter": {count},' in kept]
        newest = max(known, default=0)
        lost = [at for at, count in life.delivered if count > newest]
        life.missing = died - min(lost) if lost else 0.0
        life.has_doubt = car["command_since"] is not None
        life.on_disk = car["budget"]["used"] + life.has_doubt
        life.uncounted = life.calls - life.on_disk

    async def _deliver(self, session: aiohttp.ClientSession, life: Life) -> None:
        """Send a delivery every two seconds."""
        url = f"{self._address}/api/webhook/{self._folder.webhook_id}"
        while True:
            self._counter += 1
            count, now = self._counter, int(time() * 1000)
            times = {"oemUpdatedAt": now, "retrievedAt": now}
            body = json.dumps(
                {
                    "eventId": str(uuid4()),
                    "eventType": "VEHICLE_STATE",
                    "data": {
                        "user": {"id": fleet.USER_1},
                        "vehicle": {"id": fleet.BEV},
                        "signals": [
                            {
                                "code": COUNTER,
                                "body": {"counter": count, "value": 1},
                                "status": {"value": "SUCCESS"},
                                "meta": times,
                            }
                        ],
                    },
                    "meta": {"version": "4.0", "deliveredAt": now, "mode": "LIVE"},
                }
            ).encode()
            key = fleet.MANAGEMENT_TOKEN.encode()
            code = hmac.new(key, body, hashlib.sha256).hexdigest()
            with suppress(aiohttp.ClientError):
                async with session.post(
                    url, data=body, headers={"SC-Signature": code}
                ) as response:
                    if response.status == 200:
                        life.delivered.append((monotonic(), count))
            await asyncio.sleep(2)

    async def _act(
        self, client: HomeAssistantClient, car: integration.Car, random: Random
    ) -> None:
        """Lock and unlock the car, slowly, and read it now and then."""
        lock, button = car.find("lock", "lock"), car.find("button", "refresh")
        while True:
            await asyncio.sleep(random.uniform(1, 5))
            with suppress(DemoError, aiohttp.ClientError, TimeoutError):
                if random.random() < 0.3 and button:
                    self._hold("signals", random)
                    await client.act("button", "press", button)
                elif lock:
                    self._hold("command", random)
                    await client.act("lock", random.choice(["lock", "unlock"]), lock)

    def _hold(self, match: str, random: Random) -> None:
        """Let the next request take its time."""
        kind = "held_then_ok" if match == "command" else "latency"
        self._cloud.faults.clear()
        self._cloud.faults.add(
            Fault(match, kind, vehicle_id=fleet.BEV, seconds=random.uniform(0, 8))
        )


def judge(lives: list[Life]) -> list[str]:
    """Return what went wrong, in words."""
    wrong = []
    allowed = 0
    for life in lives:
        if life.missing > PATIENCE:
            wrong.append(f"life {life.number}: {life.missing:.1f} s are missing")
        # What is under way at a death stays uncounted, as far as it was a read.
        allowed += life.under_way
        if life.uncounted > allowed:
            wrong.append(f"life {life.number}: {life.uncounted} calls are uncounted")
        if life.was_commanded and not life.has_doubt:
            wrong.append(f"life {life.number}: a doubt is lost")
    return wrong


async def run(times: int, seed: int, port: int) -> list[str]:
    """Live and die; print the table, and return what went wrong."""
    random = Random(seed)  # noqa: S311 - no secret
    folder = Path(tempfile.mkdtemp(prefix="smartcar-kill-"))
    cloud = fleet.demo(Clock(1), living=False)
    sender = Sender(cloud)
    lives: list[Life] = []
    try:
        async with (
            running(cloud, sender=sender) as address,
            sender.at_work(),
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session,
        ):
            household = Household(cloud, address, folder, port)
            await household.set_up(session)
            sys.stdout.write(f"{HEADER}\n")
            for number in range(1, times + 1):
                lives.append(await household.live(session, number, random))
                sys.stdout.write(f"{lives[-1].row()}\n")
                sys.stdout.flush()
        corrupt = list((folder / ".storage").glob("smartcar.*corrupt*"))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    wrong = judge(lives)
    if corrupt:
        wrong.append("a file was corrupt")
    longest = max(life.missing for life in lives)
    commanded = sum(life.was_commanded for life in lives)
    sys.stdout.write(
        f"\n{len(lives)} deaths, {sum(len(life.delivered) for life in lives)} "
        f"deliveries, {lives[-1].calls} calls, {commanded} commands cut off; "
        f"missing at most {longest:.1f} s; uncounted in the end "
        f"{lives[-1].uncounted} of {sum(life.under_way for life in lives)} under way; "
        f"doubts lost {sum(x.was_commanded and not x.has_doubt for x in lives)}\n"
    )
    return wrong


def main() -> int:
    """Run, and fail when anything was lost."""
    parser = argparse.ArgumentParser(prog="python -m tools.kill", description=__doc__)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--port", type=int, default=8231)
    given = parser.parse_args()
    wrong = asyncio.run(run(given.times, given.seed, given.port))
    for text in wrong:
        sys.stdout.write(f"{text}\n")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
