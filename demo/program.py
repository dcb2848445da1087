"""The demo from start to stop."""

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
import shutil
import sys
import tempfile
from typing import Any

import aiohttp

from demo import check, dashboard, integration, measure, reported, yesterday
from demo.child import Child
from demo.client import PASSWORD, USER, DemoError, HomeAssistantClient
from demo.demo_tariff import ENTITY_ID
from demo.folder import HOST, ConfigFolder
from demo.logs import HomeAssistantFilter, is_traffic
from demo.simulator_client import SimulatorClient
from demo.waiting import until

CARS = 3


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the person who started the demo wants."""

    port: int
    simulator_port: int
    speed: float
    check: bool
    bare: bool
    """Whether to leave everything that a person sets up to that person."""
    measure: int
    requests: bool
    """Whether to print each request and delivery."""
    keep: Path | None
    report: Path | None = None
    """A user's diagnostics file, whose cars are there in place of the household's."""


def tell(text: str) -> None:
    """Say what the demo does."""
    print(f"demo: {text}", flush=True)


async def run(settings: Settings) -> None:
    """Run the demo until it is cancelled or, with a check, done."""
    if settings.keep is not None:
        await _Demo(settings, settings.keep).run()
        return
    folder = Path(tempfile.mkdtemp(prefix="smartcar-demo-"))
    try:
        await _Demo(settings, folder).run()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Demo:
    """The simulator, Home Assistant, and the way into both."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        """Describe everything; nothing is started yet."""
        self._settings = settings
        self._folder = ConfigFolder(folder)
        self._address = f"http://{HOST}:{settings.port}"
        self._simulator_address = f"http://{HOST}:{settings.simulator_port}"

    def _children(self) -> tuple[Child, Child]:
        simulator = [
            *(sys.executable, "-m", "simulator"),
            *("--port", str(self._settings.simulator_port)),
            *("--speed", str(self._settings.speed)),
        ]
        if self._settings.check or self._settings.measure or self._settings.bare:
            # A car that drives away would make the check a matter of luck.
            simulator.append("--held")
        if self._settings.report:
            simulator += ["--report", str(self._settings.report)]
        home_assistant = [
            # Integrations come from the folder alone, not from here (-P).
            *(sys.executable, "-P", "-m", "homeassistant"),
            *("--skip-pip", "--log-no-color"),
            *("--config", str(self._folder.path)),
        ]
        return (
            Child(
                "simulator",
                simulator,
                wanted=lambda line: self._settings.requests or not is_traffic(line),
            ),
            Child(
                "Home Assistant",
                home_assistant,
                wanted=HomeAssistantFilter(),
                environment={"SMARTCAR_ENDPOINT": self._simulator_address},
                remove=None if self._settings.keep else self._folder.path,
            ),
        )

    async def run(self) -> None:
        """Start everything, work, and stop everything."""
        self._folder.prepare(self._settings.port, is_bare=self._settings.bare)
        children = self._children()
        async with AsyncExitStack() as stack:
            session = await stack.enter_async_context(
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60))
            )
            for child in children:
                tell(f"starting {child.name}")
                await stack.enter_async_context(child)
            stack.callback(tell, "stopping")
            try:
                await _first_of(self._work(session), *map(_must_last, children))
            except DemoError:
                for child in children:
                    _show_last_lines(child)
                raise

    async def _work(self, session: aiohttp.ClientSession) -> None:
        simulator = SimulatorClient(session, self._simulator_address)
        await until("the simulator answers", simulator.is_up)
        client = HomeAssistantClient(session, self._address)
        if self._settings.bare:
            await until(
                "Home Assistant answers", lambda: client.answers("/api/onboarding")
            )
            tell(f"Home Assistant waits on {self._address}")
            await asyncio.Event().wait()
        await self._enter(client)

        if self._settings.report is not None:
            await self._show_report(client, simulator, self._settings.report)
            return
        if is_new := await integration.set_up(client, simulator):
            tell("set up the integration through its own forms, with a webhook")
            await integration.choose_price(client, ENTITY_ID)
        elif webhook_id := self._folder.webhook_id:
            # The simulator remembers nothing of the demo before.
            await simulator.make_webhook(f"{self._address}/api/webhook/{webhook_id}")
        cars = await _cars(client)
        if is_new:
            totals = await yesterday.tell(client, simulator, cars)
            tell("yesterday's trips and charge came late, each at its own time")
            cars = await _cars(client)
        counted = await yesterday.statistics(client)
        await dashboard.save(client)
        await dashboard.save_energy(client, cars, counted)

        if self._settings.check:
            if is_new:
                check.diary(totals)
            await check.values(client, cars)
            await check.push(client, simulator, cars)
            await check.lock(client, simulator, cars)
            await check.new_id(client, simulator, cars)
            return
        if self._settings.measure:
            await measure.push(client, simulator, cars, self._settings.measure)
            return
        await self._stay()

    async def _show_report(
        self, client: HomeAssistantClient, simulator: SimulatorClient, path: Path
    ) -> None:
        """Show the cars of a user's file, and compare them with it if asked to."""
        report = reported.load(path)
        await integration.set_up(client, simulator)
        cars = await _cars(client, len(report.cars))
        await reported.settle(client, cars)
        await dashboard.save(client)
        if self._settings.check:
            await reported.check(client, report)
            return
        await self._stay()

    async def _stay(self) -> None:
        """Say where everything is, and stay until the demo is ended."""
        print(
            f"\n  Home Assistant  {self._address}/{dashboard.URL_PATH}"
            f"\n  Log in          {USER} / {PASSWORD}"
            f"\n  Control page    {self._simulator_address}/control"
            "\n                  (drives and plugs in the simulated cars, and plays"
            "\n                  Smartcar's dashboard; what you do there shows in Home"
            "\n                  Assistant after some ten seconds)"
            "\n\n  Ctrl-C ends it. --requests prints each request and delivery.\n",
            flush=True,
        )
        await asyncio.Event().wait()

    async def _enter(self, client: HomeAssistantClient) -> None:
        """Wait for Home Assistant, and become its user."""
        known = self._folder.has_user
        path = "/auth/providers" if known else "/api/onboarding"
        await until("Home Assistant answers", lambda: client.answers(path))
        await (client.log_in() if known else client.onboard())

        async def is_running() -> bool:
            running: bool = (await client.get("/api/config"))["state"] == "RUNNING"
            return running

        await until("Home Assistant has started", is_running)
        tell(f"Home Assistant runs on {self._address}")


async def _cars(
    client: HomeAssistantClient, number: int = CARS
) -> tuple[integration.Car, ...]:
    """Wait for the cars."""
    cars: tuple[integration.Car, ...] = ()

    async def are_there() -> bool:
        nonlocal cars
        cars = await integration.find_cars(client)
        return len(cars) == number and all(car.entities for car in cars)

    await until("the cars have entities", are_there)
    return cars


async def _must_last(child: Child) -> None:
    code = await child.ended()
    msg = f"{child.name} ended by itself with code {code}."
    raise DemoError(msg)


async def _first_of(*coroutines: Coroutine[Any, Any, None]) -> None:
    """Wait for the first to end, and end the others."""
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _show_last_lines(child: Child) -> None:
    print(f"\n--- the last lines of {child.name}", file=sys.stderr)
    for line in child.last_lines:
        print(line, file=sys.stderr)
