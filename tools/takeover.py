"""Takes other integrations' entries over: `.venv-demo/bin/python -m tools.takeover`.

For each form that such an entry has: a real Home Assistant with a recorder runs a
stand-in of the other integration, whose files are then exchanged for this one's, as a
person does it. Smartcar first refuses or is down, and a form is closed; what
lies on the disk must be the same then, but for time stamps. Then it works. Prints, for
every form, how many entities had a value and how many of these show one under the same
entity id and registry id, how many rows of states and statistics go on, and which
repairs stand. `--shape` chooses one form. All data are invented.
"""

import argparse
import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
import json
import os
from pathlib import Path
import shutil
import sqlite3
import sys
import tempfile
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import aiohttp

from demo.client import DemoError, HomeAssistantClient, Json
from demo.folder import HOST, ConfigFolder
from demo.waiting import until
from simulator import fleet
from simulator.clock import Clock
from simulator.faults import Fault
from simulator.server import running

if TYPE_CHECKING:
    from simulator.cloud import Cloud

ENTRY: Final = "01M000000000000000TAKEOVER"
SECOND_ENTRY: Final = "01M00000000000000000SECOND"
AUTH: Final = "smartcar_by_hand"
OLD: Final = (fleet.APPLICATION_ID, "0d7c1e52-6b3f-4a98-b1d4-5e2f8a903c76")
NEW: Final = (fleet.CLIENT_ID, fleet.CLIENT_SECRET)
FILES: Final = ("core.config_entries", "core.device_registry", "core.entity_registry")
# Of the log, when something could not be done.
LAST_LINES: Final = 20
TIMES: Final = {"created_at", "modified_at"}
NOTHING: Final = {"unavailable", "unknown", None}

VINS: Final = {
    fleet.BEV: fleet.BEV_SPEC.vin,
    fleet.PHEV: fleet.PHEV_SPEC.vin,
}
CARS: Final = {id_: {"vin": vin, "make": "MAKE"} for id_, vin in VINS.items()}
TOKEN: Final = {"access_token": "old", "refresh_token": "old", "expires_at": 1}
PUSH: Final = {
    "webhook_id": "8c1f" * 16,
    "application_management_token": fleet.MANAGEMENT_TOKEN,
}
OAUTH: Final = {"auth_implementation": AUTH, "token": TOKEN}
APPLICATION: Final = {"application_id": fleet.APPLICATION_ID}


class Row(NamedTuple):
    """An entity as the other integration shows it; no state, no value."""

    domain: str
    key: str
    state: str | None = None
    unit: str | None = None
    is_on: bool = True


ROWS: Final = (
    Row("sensor", "battery_level", "60", "%"),
    Row("sensor", "range", "300", "km"),
    Row("sensor", "odometer", "30000", "km"),
    Row("sensor", "battery_capacity", "77", "kWh"),
    Row("sensor", "charging_state", "NOT_CHARGING"),
    Row("sensor", "tire_pressure_front_left", "250", "kPa"),
    Row("sensor", "tire_pressure_back_right", "250", "kPa"),
    Row("sensor", "firmware_version", "5.1.6"),
    Row("binary_sensor", "plug_status", "off"),
    Row("binary_sensor", "door_back_left", "off"),
    Row("binary_sensor", "door_back_left_lock", "off"),
    Row("binary_sensor", "window_front_left", "off"),
    Row("binary_sensor", "engine_cover", "off"),
    Row("binary_sensor", "is_cabin_hvac_active", "off"),
    Row("lock", "door_lock", "locked"),
    Row("device_tracker", "location", "not_home"),
    Row("number", "charge_limit", "80"),
    Row("sensor", "diag_mil"),
    Row("binary_sensor", "rear_trunk", is_on=False),
    Row("binary_sensor", "asleep", is_on=False),
    Row("sensor", "charge_voltage", is_on=False),
)


@dataclass(frozen=True)
class Shape:
    """A form of entry; `key` says what stands in front of the keys of its entities.

    `has_dead_set`: whether an earlier change of credentials has left a second set of
    entities, under the VIN. `has_second`: whether another entry is for the same
    application; it must stay as it is.
    """

    version: tuple[int, int]
    data: Mapping[str, Any]
    key: str = "vin"
    credential: tuple[str, str] | None = OLD
    options: Mapping[str, Any] = field(default_factory=dict)
    has_dead_set: bool = False
    has_second: bool = False

    @property
    def asks(self) -> bool:
        """Return whether a person must enter credentials."""
        return self.credential == OLD

    def name_of(self, vehicle_id: str) -> str:
        """Return by what a car is known."""
        return VINS[vehicle_id] if self.key == "vin" else vehicle_id


SHAPES: Final[Mapping[str, Shape]] = {
    "1.1 no cars": Shape((1, 1), OAUTH),
    "2.0 old": Shape((2, 0), {**OAUTH, "vehicles": CARS}),
    "2.0 old, push": Shape((2, 0), {**OAUTH, "vehicles": CARS, **PUSH}),
    "2.0 new, push": Shape(
        (2, 0), {**OAUTH, **APPLICATION, **PUSH, "vehicles": CARS}, "id", NEW
    ),
    "2.2 options": Shape(
        (2, 2),
        {**OAUTH, **APPLICATION, "vehicles": CARS},
        "id",
        NEW,
        {"monthly_budget": 400, "poll_profile": "on_demand", "poll_on_arrival": True},
    ),
    "2.0 two sets": Shape(
        (2, 0),
        {**OAUTH, **APPLICATION, "vehicles": CARS},
        "id",
        NEW,
        has_dead_set=True,
    ),
    "2.0 two entries": Shape(
        (2, 0),
        {**OAUTH, **APPLICATION, "vehicles": CARS},
        "id",
        NEW,
        has_second=True,
    ),
    "3.0": Shape((3, 0), {**OAUTH, **APPLICATION}, "vin", NEW),
    "1.0 own": Shape(
        (1, 0),
        {
            **APPLICATION,
            "client_id": NEW[0],
            "client_secret": NEW[1],
            "poll_interval": 60,
            "vehicles": CARS,
        },
        "id",
        None,
    ),
}

# The stand-in: entities from a list, under the other integration's keys.
MANIFEST: Final = {
    "domain": "smartcar",
    "name": "Stand-in",
    "codeowners": [],
    "config_flow": True,
    "documentation": "",
    "iot_class": "cloud_polling",
    "requirements": [],
    "version": "0.0.1",
}
INIT: Final = """
import json
from pathlib import Path
from homeassistant.helpers.entity import Entity

ROWS = json.loads(Path(__file__).with_name("rows.json").read_text())
DOMAINS = sorted({row["domain"] for row in ROWS})

class Theirs(Entity):
    _attr_should_poll = False
    def __init__(self, row):
        self._row = row
        self._attr_unique_id = row["unique_id"]
        self._attr_name = row["name"]
        self._attr_entity_registry_enabled_default = row["is_on"]
        self._attr_available = row["state"] is not None
        self._attr_unit_of_measurement = row["unit"]
        self._attr_device_info = {"identifiers": {("smartcar", row["car"])}}
    @property
    def state(self):
        return self._row["state"] if self.available else "unavailable"

async def async_setup_entry(hass, entry):
    if not entry.title.startswith("Second"):
        await hass.config_entries.async_forward_entry_setups(entry, DOMAINS)
    return True
"""
PLATFORM: Final = """
from . import ROWS, Theirs
async def async_setup_entry(hass, entry, add):
    add([Theirs(row) for row in ROWS if row["domain"] == __name__.rpartition(".")[2]])
"""
FLOW: Final = """
from homeassistant.config_entries import ConfigFlow
class Flow(ConfigFlow, domain="smartcar"):
    VERSION = {}
    MINOR_VERSION = {}
"""

HEADER: Final = (
    f"{'shape':16}{'on':>4}{'value':>6}{'kept':>6}{'states':>8}{'statistics':>11}"
    f"{'untouched':>11}{'fresh':>6}  repairs"
)


@dataclass
class Outcome:
    """What became of an entry."""

    shape: str
    enabled: int = 0
    valued: int = 0
    kept: int = 0
    states: str = ""
    statistics: str = ""
    untouched: list[str] = field(default_factory=list)
    touched: list[str] = field(default_factory=list)
    fresh: int = 0
    repairs: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def row(self) -> str:
        """Write a line of the table."""
        asked = len(self.untouched) + len(self.touched)
        untouched = f"{len(self.untouched)}/{asked}"
        return (
            f"{self.shape:16}{self.enabled:4}{self.valued:6}{self.kept:6}"
            f"{self.states:>8}{self.statistics:>11}{untouched:>11}{self.fresh:6}"
            f"  {', '.join(self.repairs) or 'none'}"
        )


class House:
    """A Home Assistant whose files of one integration are exchanged."""

    def __init__(self, cloud: Cloud, smartcar: str, port: int, name: str) -> None:
        """Describe everything; nothing is started yet."""
        self._cloud, self._smartcar, self._port = cloud, smartcar, port
        self._shape, self._outcome = SHAPES[name], Outcome(name)
        self._path = Path(tempfile.mkdtemp(prefix="smartcar-takeover-"))
        self._folder = ConfigFolder(self._path)
        self._address = f"http://{HOST}:{port}"
        self._is_new = True

    async def live(self, session: aiohttp.ClientSession) -> Outcome:
        """Live through all of it."""
        outcome = self._outcome
        try:
            self._prepare()
            async with self._running(session) as client:
                await self._settled(client, {"loaded"})
                before = await self._entities(client)
                await client.commands(*self._statistics())
                await asyncio.sleep(2)
            rows_before = self._rows()
            self._exchange()
            kept = self._stored()
            if not self._shape.asks:
                self._cloud.faults.add(Fault("*", "cut_before_headers", times=None))
            async with self._running(session) as client:
                await self._refuse(client, kept)
            self._compare("a stop", kept)
            self._cloud.faults.clear()
            async with self._running(session, cut=True) as client:
                await self._work(client)
            async with self._running(session) as client:
                await self._settled(client, {"loaded"})
                await self._read(client)
                await self._judge(client, before)
                await self._judge_second(client)
            self._count(rows_before, self._rows())
        except (DemoError, aiohttp.ClientError, TimeoutError) as err:
            lines = (self._path / "output.log").read_text("utf-8").splitlines()
            outcome.wrong += [str(err), *lines[-LAST_LINES:]]
        finally:
            self._cloud.faults.clear()
            shutil.rmtree(self._path, ignore_errors=True)
        return outcome

    # Files

    def _prepare(self) -> None:
        """Write the stand-in and its entry."""
        self._folder.prepare(self._port)
        folder = self._path / "custom_components" / "smartcar"
        folder.unlink()
        folder.mkdir()
        rows = [
            {**row._asdict(), "car": name, "unique_id": f"{name}_{row.key}"}
            | {"name": f"Their {row.key} {at}"}
            for at, vehicle_id in enumerate(VINS)
            for name in [self._shape.name_of(vehicle_id)]
            for row in (ROWS if vehicle_id == fleet.BEV else ROWS[:3])
        ]
        if self._shape.has_dead_set:
            vin = VINS[fleet.BEV]
            rows += [
                {**row._asdict(), "state": None, "car": vin}
                | {"unique_id": f"{vin}_{row.key}", "name": f"Dead {row.key}"}
                for row in ROWS
            ]
        contents = {
            "manifest.json": json.dumps(MANIFEST),
            "rows.json": json.dumps(rows),
            "__init__.py": INIT,
            "config_flow.py": FLOW.format(*self._shape.version),
            **{f"{row.domain}.py": PLATFORM for row in ROWS},
        }
        for name, content in contents.items():
            (folder / name).write_text(content, "utf-8")
        now = datetime.now(UTC).isoformat()
        version, minor = self._shape.version
        entry = {
            "created_at": now,
            "data": dict(self._shape.data),
            "disabled_by": None,
            "discovery_keys": {},
            "domain": "smartcar",
            "entry_id": ENTRY,
            "minor_version": minor,
            "modified_at": now,
            "options": dict(self._shape.options),
            "pref_disable_new_entities": False,
            "pref_disable_polling": False,
            "source": "user",
            "subentries": [],
            "title": "Smartcar",
            "unique_id": " ".join(sorted(CARS)),
            "version": version,
        }
        entries = [entry]
        if self._shape.has_second:
            second = {"entry_id": SECOND_ENTRY, "title": "Second", "unique_id": "2"}
            entries.append({**entry, **second})
        self._store("core.config_entries", {"entries": entries}, minor=5)
        if self._shape.credential is not None:
            client_id, secret = self._shape.credential
            item = {"id": "smartcar_1", "domain": "smartcar", "auth_domain": AUTH}
            item |= {"client_id": client_id, "client_secret": secret, "name": "Mine"}
            self._store("application_credentials", {"items": [item]})

    def _store(self, key: str, data: Json, *, minor: int = 1) -> None:
        content = {"version": 1, "minor_version": minor, "key": key, "data": data}
        (self._path / ".storage" / key).write_text(json.dumps(content), "utf-8")

    def _exchange(self) -> None:
        """Put this integration's files in place of the stand-in's."""
        shutil.rmtree(self._path / "custom_components" / "smartcar")
        self._folder.prepare(self._port)

    def _stored(self) -> dict[str, str]:
        """Return what the other integration would find, without time stamps."""
        found = {}
        for name in FILES:
            text = (self._path / ".storage" / name).read_text("utf-8")
            content = json.loads(text, object_pairs_hook=_timeless)
            found[name] = json.dumps(content, sort_keys=True)
        return found

    def _compare(self, after: str, kept: dict[str, str]) -> None:
        is_same = self._stored() == kept
        (self._outcome.untouched if is_same else self._outcome.touched).append(after)

    def _rows(self) -> dict[str, dict[str, int]]:
        """Return the ids of the recorder's rows by entity id."""
        path = self._path / "home-assistant_v2.db"
        with closing(sqlite3.connect(path)) as database:
            return {
                "states": dict(
                    database.execute("select entity_id, metadata_id from states_meta")
                ),
                "statistics": dict(
                    database.execute("select statistic_id, id from statistics_meta")
                ),
            }

    # Home Assistant

    @asynccontextmanager
    async def _running(
        self, session: aiohttp.ClientSession, *, cut: bool = False
    ) -> AsyncIterator[HomeAssistantClient]:
        """Run Home Assistant, and stop it in an orderly way, or as a power cut does."""
        environment = {**os.environ, "SMARTCAR_ENDPOINT": self._smartcar}
        with (self._path / "output.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "homeassistant", "--skip-pip"),
                *("--config", str(self._path)),
                # The folder's own custom_components, not this repository's.
                cwd=self._path,
                env=environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            client = HomeAssistantClient(session, self._address)
            path = "/api/onboarding" if self._is_new else "/auth/providers"
            await until("Home Assistant answers", lambda: client.answers(path))
            await (client.onboard() if self._is_new else client.log_in())
            self._is_new = False

            async def is_running() -> bool:
                return bool((await client.get("/api/config"))["state"] == "RUNNING")

            await until("Home Assistant has started", is_running)
            yield client
        finally:
            with suppress(ProcessLookupError):
                process.kill() if cut else process.terminate()
            await process.wait()

    async def _entry(self, client: HomeAssistantClient) -> Json:
        (entries,) = await client.commands(
            {"type": "config_entries/get", "domain": "smartcar"}
        )
        entry: Json = next(one for one in entries if one["entry_id"] == ENTRY)
        return entry

    async def _judge_second(self, client: HomeAssistantClient) -> None:
        """Look whether another entry of the application was left alone."""
        (entries,) = await client.commands(
            {"type": "config_entries/get", "domain": "smartcar"}
        )
        others = [one for one in entries if one["entry_id"] != ENTRY]
        if any(one["state"] != "setup_error" for one in others):
            self._outcome.wrong.append(f"the second entry is {others[0]['state']}")
        path = self._path / ".storage" / FILES[0]
        stored = json.loads(path.read_text("utf-8"))["data"]["entries"]
        if any(
            one["data"] != dict(self._shape.data)
            or one["version"] != self._shape.version[0]
            for one in stored
            if one["entry_id"] == SECOND_ENTRY
        ):
            self._outcome.wrong.append("the second entry was changed")

    async def _settled(self, client: HomeAssistantClient, states: set[str]) -> None:
        async def is_settled() -> bool:
            return (await self._entry(client))["state"] in states

        await until(f"the entry is {' or '.join(sorted(states))}", is_settled)

    async def _entities(self, client: HomeAssistantClient) -> dict[str, Json]:
        """Return the registered entities by registry id, with what they show."""
        (rows,) = await client.commands({"type": "config/entity_registry/list"})
        shown = {item["entity_id"]: item["state"] for item in await _states(client)}
        return {
            row["id"]: {**row, "state": shown.get(row["entity_id"])}
            for row in rows
            if row["platform"] == "smartcar"
        }

    def _statistics(self) -> list[Json]:
        """Make two days of statistics for what has a unit."""
        hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        classes = {"%": "unitless", "km": "distance", "kWh": "energy"}
        return [
            {
                "type": "recorder/import_statistics",
                "metadata": {
                    "mean_type": 1,
                    "has_sum": False,
                    "name": None,
                    "source": "recorder",
                    "statistic_id": f"sensor.smartcar_their_{row.key}_0",
                    "unit_of_measurement": row.unit,
                    "unit_class": classes.get(row.unit, "pressure"),
                },
                "stats": [
                    {"start": (hour - timedelta(hours=ago)).isoformat(), "mean": 60}
                    for ago in range(48, 0, -1)
                ],
            }
            for row in ROWS
            if row.unit is not None
        ]

    # What Smartcar and a person do

    async def _refuse(self, client: HomeAssistantClient, kept: dict[str, str]) -> None:
        """Let it fail in every way."""
        if not self._shape.asks:
            await self._settled(client, {"setup_retry"})
            self._compare("an outage", kept)
            return
        await self._settled(client, {"setup_error"})
        flow = await self._flow(client)
        path = f"/api/config/config_entries/flow/{flow['flow_id']}"
        wrong = {"client_id": NEW[0], "client_secret": "refused"}
        answer = await client.post(path, wrong)
        self._expect(answer, "invalid_auth")
        self._compare("a refused secret", kept)
        self._cloud.faults.add(Fault("*", "cut_before_headers", times=None))
        answer = await client.post(path, {**wrong, "client_secret": NEW[1]})
        self._expect(answer, "cannot_connect")
        self._compare("an outage", kept)
        self._cloud.faults.clear()
        await client.delete(path)
        self._compare("a closed form", kept)

    def _expect(self, answer: Json, error: str) -> None:
        if answer.get("errors") != {"base": error}:
            self._outcome.wrong.append(f"{error} was answered with {answer}")

    async def _flow(self, client: HomeAssistantClient) -> Json:
        found: list[Json] = []

        async def is_there() -> bool:
            (flows,) = await client.commands({"type": "config_entries/flow/progress"})
            found[:] = [flow for flow in flows if flow["handler"] == "smartcar"]
            return bool(found)

        await until("a form asks for credentials", is_there)
        return found[0]

    async def _work(self, client: HomeAssistantClient) -> None:
        """Let it succeed."""
        if self._shape.asks:
            flow = await self._flow(client)
            path = f"/api/config/config_entries/flow/{flow['flow_id']}"
            good = {"client_id": NEW[0], "client_secret": NEW[1]}
            answer = await client.post(path, good)
            if answer.get("reason") != "reauth_successful":
                self._outcome.wrong.append(f"the form was answered with {answer}")
        await self._settled(client, {"loaded"})
        await self._read(client)
        # By then the entry is on disk, and the registries are not.
        await asyncio.sleep(2)

    async def _read(self, client: HomeAssistantClient) -> None:
        async def is_read() -> bool:
            shown = {item["entity_id"]: item["state"] for item in await _states(client)}
            names = [f"sensor.smartcar_their_battery_level_{at}" for at in (0, 1)]
            return all(shown.get(name) not in {"60", *NOTHING} for name in names)

        await until("both cars show a new value", is_read)

    async def _judge(
        self, client: HomeAssistantClient, before: dict[str, Json]
    ) -> None:
        """Compare all entities with what they were."""
        outcome, after = self._outcome, await self._entities(client)
        on = [row for row in before.values() if row["disabled_by"] is None]
        valued = [row for row in on if row["state"] not in NOTHING]
        kept = [
            row
            for row in valued
            if (now := after.get(row["id"])) is not None
            and now["entity_id"] == row["entity_id"]
            and now["state"] not in NOTHING
        ]
        outcome.enabled, outcome.valued, outcome.kept = len(on), len(valued), len(kept)
        names = {row["entity_id"] for row in kept}
        outcome.wrong += [
            f"{row['entity_id']} is lost"
            for row in valued
            if row["entity_id"] not in names
        ]
        off = {row["id"] for row in before.values() if row["disabled_by"]}
        outcome.fresh = len(off - after.keys())
        (issues,) = await client.commands({"type": "repairs/list_issues"})
        outcome.repairs = sorted(
            issue["translation_key"]
            for issue in issues["issues"]
            if issue["domain"] == "smartcar"
        )

    def _count(
        self, before: dict[str, dict[str, int]], after: dict[str, dict[str, int]]
    ) -> None:
        """Count the rows of the recorder that go on."""
        for table, rows in before.items():
            mine = {name: id_ for name, id_ in rows.items() if "_their_" in name}
            same = mine.items() & after[table].items()
            setattr(self._outcome, table, f"{len(same)}/{len(mine)}")
            if len(same) < len(mine):
                self._outcome.wrong.append(f"rows of {table} do not go on")


def _timeless(pairs: list[tuple[str, Any]]) -> Json:
    return {name: value for name, value in pairs if name not in TIMES}


async def _states(client: HomeAssistantClient) -> list[Json]:
    found: list[Json] = await client.get("/api/states")
    return found


async def run(shapes: list[str], port: int) -> list[str]:
    """Take all of them over; print the table, and return what went wrong."""
    wrong: list[str] = []
    sys.stdout.write(f"{HEADER}\n")
    for name in shapes:
        cloud = fleet.demo(Clock(1), living=False)
        async with (
            running(cloud) as address,
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session,
        ):
            outcome = await House(cloud, address, port, name).live(session)
        sys.stdout.write(f"{outcome.row()}\n")
        sys.stdout.flush()
        wrong += [f"{name}: {text}" for text in outcome.wrong]
        wrong += [f"{name}: {after} left a trace" for after in outcome.touched]
    return wrong


def main() -> int:
    """Run, and fail when anything was lost or touched too soon."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.takeover", description=__doc__
    )
    parser.add_argument("--shape", choices=SHAPES, action="append")
    parser.add_argument("--port", type=int, default=8232)
    given = parser.parse_args()
    wrong = asyncio.run(run(given.shape or list(SHAPES), given.port))
    for text in wrong:
        sys.stdout.write(f"{text}\n")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
