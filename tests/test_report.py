"""A user's diagnostics file becomes a simulated car, and that car a test."""

from collections.abc import Callable
from copy import deepcopy
from http import HTTPStatus
import json
import os
from pathlib import Path
import sys
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.json import ExtendedJSONEncoder
from homeassistant.util.unit_system import METRIC_SYSTEM, US_CUSTOMARY_SYSTEM
from hypothesis import given, settings, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smartcar.const import CONF_HOME_PRICE_ENTITY, DOMAIN
from custom_components.smartcar.diagnostics import (
    async_get_config_entry_diagnostics,
    async_get_device_diagnostics,
)
import demo.__main__
from simulator import fleet, report as reports
import simulator.__main__
from simulator.cleaning import ReportError
from simulator.clock import ManualClock
from simulator.cloud import Cloud
from simulator.comparison import PAST, differences
from simulator.errors import SignalError
from simulator.report import Report, parse, read
from simulator.reported import household, replace_household
from tools import report as tool

from .cars import FUEL, IS_LOCKED, LOCATION, ODOMETER, SOC, TIRES
from .conftest import START, Travel
from .deliveries import Post, signal, state

FIXTURES = sorted(tool.FIXTURES.glob("*.json"))


async def file_of(hass: HomeAssistant, entry: MockConfigEntry) -> bytes:
    """Return the file that an entry's owner downloads."""
    data = await async_get_config_entry_diagnostics(hass, entry)
    whole = {
        "home_assistant": {"version": "2026.10.4"},
        "integration_manifest": {"domain": DOMAIN, "version": "0.1.0"},
        "data": data,
    }
    return json.dumps(whole, cls=ExtendedJSONEncoder).encode()


async def set_up_again(
    hass: HomeAssistant,
    cloud: Cloud,
    report: Report,
    travel: Travel,
    like: MockConfigEntry,
) -> MockConfigEntry:
    """Set the cars of a report up, and read each twice."""
    replace_household(cloud, report)
    options = {**like.options, **report.options}
    # Which entity it was is not told.
    options.pop(CONF_HOME_PRICE_ENTITY, None)
    entry = MockConfigEntry(
        domain=DOMAIN, version=like.version, data=dict(like.data), options=options
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await travel(2)
    for vehicle in entry.runtime_data.vehicles.values():
        await vehicle.async_read_now()
    await hass.async_block_till_done(wait_background_tasks=True)
    return entry


def marked() -> list[Any]:
    """Return the fixtures, each with the moment at which it was made."""
    return [
        pytest.param(
            path,
            id=path.stem,
            marks=pytest.mark.start(json.loads(path.read_bytes())["made_at"]),
        )
        for path in FIXTURES
    ]


@pytest.mark.parametrize("path", marked())
@pytest.mark.usefixtures("everything_on")
async def test_a_report_goes_round(
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    travel: Travel,
    path: Path,
) -> None:
    """The simulated car shows what the user's car did: states, units, errors, times."""
    before = read(path)
    hass.config.units = (
        METRIC_SYSTEM if before.units == "metric" else US_CUSTOMARY_SYSTEM
    )
    hass.config.language = before.language
    await hass.config_entries.async_remove(entry.entry_id)
    again = await set_up_again(hass, cloud, before, travel, entry)
    after = parse(await file_of(hass, again))
    assert differences(before, after) == []
    assert (after.units, after.language) == (before.units, before.language)
    for car in before.cars:
        assert len(car["signals"]) > 80
        assert len(car["states"].keys() - PAST) > 30


CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "value": lambda car: car["signals"][SOC]["body"].update(value=1.5),
    "unit": lambda car: car["signals"][ODOMETER]["body"].update(unit="miles"),
    "status": lambda car: car["signals"][IS_LOCKED].update(error="SERVER/INTERNAL"),
    "the car's time": lambda car: car["signals"][SOC].update(
        measured="2026-01-01T00:00:00+00:00"
    ),
    "Smartcar's time": lambda car: car["signals"][SOC].update(
        asked="2026-01-01T00:00:00+00:00"
    ),
    "time of the error": lambda car: car["signals"]["wheel-style"].update(
        answered="2026-01-01T00:00:00+00:00"
    ),
    "new-signal came up": lambda car: car["signals"].update({"new-signal": {}}),
    "is not there": lambda car: car["signals"].pop(SOC),
    "lock.lock": lambda car: car["states"]["lock.lock"].update(state="jammed"),
    "permissions": lambda car: car["permissions"]["granted"].pop(),
    "commands": lambda car: car["commands"].pop(),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_difference_is_named(what: str) -> None:
    """Whatever the second report tells otherwise, the comparison names it."""
    before = read(tool.FIXTURES / "electric_charging_by_webhook.json")
    changed = deepcopy(before)
    CHANGES[what](changed.cars[0])
    found = differences(before, changed)
    assert len(found) in {1, 2}
    assert what in found[0]
    assert differences(before, deepcopy(before)) == []
    assert len(differences(before, Report(START, "metric", "en", ()))) == 1


async def test_what_was_known_before_an_error_goes_round(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """A value stands although the car failed since; and so does an odd unit."""
    car = cloud.cars[fleet.BEV]
    car.plug_in()
    car.override(TIRES, body={"values": [{"row": 0, "column": 0, "tirePressure": 36}]})
    car.override(ODOMETER, error=SignalError("SERVER", "INTERNAL"))
    car.override(IS_LOCKED, error=SignalError("PERMISSION", None))
    car.override(
        FUEL, error=SignalError("CONNECTED_SERVICES_ACCOUNT", "AUTHENTICATION_FAILED")
    )
    car.override("climate-humidity", body={"value": 40, "odd": [1], "why": None})
    car.override(SOC, oem_updated_at=None)
    cloud.refresh()
    await travel(6 * 3600)
    before = parse(await file_of(hass, loaded))
    bev = next(one for one in before.cars if one["car"]["model"] == "ID.4")
    assert bev["signals"][ODOMETER]["body"] == {"value": 18_432.7, "unit": "km"}
    assert bev["signals"][ODOMETER]["error"] == "SERVER/INTERNAL"
    assert bev["signals"][SOC]["dated"] is False
    await hass.config_entries.async_remove(loaded.entry_id)
    again = await set_up_again(hass, cloud, before, travel, loaded)
    assert differences(before, parse(await file_of(hass, again))) == []


async def test_a_car_of_its_own_page_will_do(
    hass: HomeAssistant, loaded: MockConfigEntry, device_registry: dr.DeviceRegistry
) -> None:
    """The file of one car's device holds the same of it as that of the entry."""
    device = device_registry.async_get_device_by_identifier(
        (DOMAIN, fleet.PHEV), loaded.entry_id
    )
    assert device is not None
    data = await async_get_device_diagnostics(hass, loaded, device)
    alone = parse(json.dumps({"data": data}, cls=ExtendedJSONEncoder).encode())
    whole = parse(await file_of(hass, loaded))
    assert alone.cars == tuple(
        one for one in whole.cars if one["car"]["model"] == "XC60"
    )
    assert (alone.made_at, alone.missing) == (whole.made_at, ())


async def test_a_unit_that_a_delivery_left_out_goes_round(
    hass: HomeAssistant,
    cloud: Cloud,
    hearing: MockConfigEntry,
    post: Post,
    travel: Travel,
) -> None:
    """It is that of the delivery before; the simulated car names it."""
    first, second = signal(ODOMETER, 12_000), signal(ODOMETER, 12_001)
    first["body"]["unit"] = "mi"
    for told in (first, second):
        await travel(60)
        told["meta"] = signal(ODOMETER, 0)["meta"]
        assert await post(state(told)) == HTTPStatus.OK
    before = parse(await file_of(hass, hearing))
    bev = next(one for one in before.cars if one["car"]["model"] == "ID.4")
    assert bev["signals"][ODOMETER]["body"] == {"value": 12_001}
    assert bev["signals"][ODOMETER]["unit"] == "mi"
    await hass.config_entries.async_remove(hearing.entry_id)
    again = await set_up_again(hass, cloud, before, travel, hearing)
    assert differences(before, parse(await file_of(hass, again)), is_live=True) == []


def test_a_body_that_was_blacked_out_as_a_whole_is_empty() -> None:
    """Other signals than VIN and nickname have nothing to take its place."""
    whole = read(FIXTURES[0])
    whole.cars[0]["signals"][SOC]["body"] = "**REDACTED**"
    served = household(whole, ManualClock(START))
    (connection,) = served.connections.values()
    told = connection.store.signal(SOC)
    assert told is not None
    assert told.body == {}


# Files of 0.1.0


def as_before(report: Report) -> dict[str, Any]:
    """Return a report as 0.1.0 wrote it."""
    told = deepcopy(report.as_json())
    for name in ("format", "made_at", "units", "language"):
        del told[name]
    for car in told["vehicles"]:
        del car["states"], car["commands"]
        for name in ("granted", "missing"):
            car["permissions"][name] = {one: [] for one in car["permissions"][name]}
        for one in car["signals"].values():
            for name in ("asked", "answered", "dated", "unit", "told"):
                one.pop(name, None)
    return told


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_a_file_of_the_first_version_is_read(path: Path) -> None:
    """It says less, and what it lacks is named; what it says comes through."""
    whole = read(path)
    old = parse(json.dumps(as_before(whole)).encode())
    assert old.missing == (
        *("made_at", "units", "language", "commands", "states"),
        "when each signal was asked for",
    )
    assert old.made_at <= whole.made_at
    served = household(old, ManualClock(old.made_at))
    (car,) = served.cars.values()
    (connection,) = served.connections.values()
    told = {one.kind.code: one for one in connection.store.signals()}
    assert told.keys() == whole.cars[0]["signals"].keys()
    assert set(connection.permissions) == set(whole.cars[0]["permissions"]["granted"])
    odometer = told[ODOMETER]
    assert odometer.body == whole.cars[0]["signals"][ODOMETER]["body"]
    assert odometer.oem_updated_at is not None
    assert car.commands


# Identities

SECRETS = {
    "VIN": "5YJ3E1EA7KF000316",
    "user": "2b9e6f10-84c7-4d35-a1f2-60d3b7c9e518",
    "webhook": "5d0c7f3e91b24a68" * 4,
    "client": "client_01DEMOSMARTCAR00000000000000",
    "token": "demo-management-token-91b3e6d8aa17c2",
    "name": "Jane Doe",
    "address": "12 Elm Street, Springfield",
    "mail": "jane@example.org",
    "plate": "B-JD 4711",
}
PLACE = {"latitude": 48.137154, "longitude": 11.576124}


def planted(part: Any, secret: str) -> Any:
    """Return a body in which every text, and a new leaf, is a secret."""
    if isinstance(part, dict):
        found = {leaf: planted(one, secret) for leaf, one in part.items()}
        return {**found, **PLACE, "note": secret, secret: secret, "id": secret}
    if isinstance(part, list):
        return [*(planted(one, secret) for one in part), secret]
    return secret if isinstance(part, str) else part


def leaked(text: str) -> list[str]:
    """Return the secrets that a text holds."""
    found = [*SECRETS.values(), *map(str, PLACE.values())]
    return [secret for secret in found if secret in text]


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_a_fixture_and_its_car_hold_no_identity(secret: str) -> None:
    """Also of a file that somebody has made worse, nothing private is kept."""
    whole = json.loads(FIXTURES[0].read_bytes())
    for car in whole["vehicles"]:
        for name in ("id", "vin", "user", "webhook"):
            car[name] = secret
        car["car"]["vin"] = secret
        car["permissions"]["granted"].append(secret)
        car["states"]["sensor.battery"]["state"] = secret
        car["states"]["sensor.range"]["unit"] = secret
        car["commands"].append(secret)
        for one in car["signals"].values():
            one["body"] = planted(one["body"] or {}, secret)
            one["told"] = planted({}, secret)
            one["error"] = one["error"] and f"{secret}/{secret}"
            one["unit"] = one["source"] = secret
    whole["entry"]["options"] = {secret: secret, "note": secret}
    whole["entry"]["title"] = whole["push"]["state"] = whole["language"] = secret
    manifest = {"domain": DOMAIN, "version": secret}
    wrapped = {"data": whole, "integration_manifest": manifest, "issues": [secret]}
    report = parse(json.dumps(wrapped).encode())
    assert leaked(json.dumps(report.as_json())) == []
    assert leaked("\n".join(tool.lines(report))) == []
    served = household(report, ManualClock(report.made_at))
    told = [
        one.element("")
        for connection in served.connections.values()
        for one in connection.store.signals()
    ]
    assert (
        leaked(json.dumps([told, [str(car.spec) for car in served.cars.values()]]))
        == []
    )


def test_places_are_invented_and_bodies_keep_their_shape() -> None:
    """A car stands at one place, that of all reports; leaves stay what they are."""
    served = household(read(FIXTURES[0]), ManualClock(START))
    (connection,) = served.connections.values()
    (car,) = served.cars.values()
    told = {one.kind.code: one.body for one in connection.store.signals()}
    assert told[LOCATION] == {
        "latitude": 52.52,
        "longitude": 13.405,
        "heading": 210.0,
        "direction": "SW",
        "locationType": "CURRENT",
    }
    assert told["vehicleidentification-vin"] == {"value": car.spec.vin}
    assert len(car.spec.vin) == 17
    assert told["vehicleidentification-nickname"] == {"value": "ID.4 1"}


# Hostile files


def edited(change: Callable[[dict[str, Any]], object]) -> bytes:
    """Return a fixture with a change."""
    whole = json.loads(FIXTURES[0].read_bytes())
    change(whole)
    return json.dumps(whole).encode()


def of_car(**fields: Any) -> bytes:
    """Return a fixture whose car has other fields."""
    return edited(lambda whole: whole["vehicles"][0].update(fields))


def of_signal(**fields: Any) -> bytes:
    """Return a fixture whose battery level has other fields."""
    return edited(lambda whole: whole["vehicles"][0]["signals"][SOC].update(fields))


def nested(depth: int) -> dict[str, Any]:
    """Return an object in an object, and so on."""
    found: dict[str, Any] = {}
    for _ in range(depth):
        found = {"value": found}
    return found


WRONG = {
    "empty": (b"", "no whole JSON"),
    "truncated": (FIXTURES[0].read_bytes()[:-400], "no whole JSON"),
    "no text": (b"\xff\xfe\x00", "no text"),
    "a picture": (b"\x89PNG\r\n", "no text"),
    "a number": (b"7", "the file is no object"),
    "not a number": (b'{"data": NaN}', "a number that is none (NaN)"),
    "an endless number": (b'{"data": ' + b"9" * 5000 + b"}", "a number that is none"),
    "too deep": (b"[" * 100_000, "nested too deeply"),
    "another integration's": (
        b'{"integration_manifest": {"domain": "tesla_fleet"}, "data": {}}',
        "of the integration tesla_fleet",
    ),
    "another integration's, unnamed": (b'{"data": {"energy": 1}}', "no vehicles"),
    "not connected": (b'{"data": {"connected": false}}', "no longer connected"),
    "newer": (edited(lambda whole: whole.update(format=3)), "its format 3 is newer"),
    "no format": (edited(lambda whole: whole.update(format="2")), "format is no whole"),
    "no car": (edited(lambda whole: whole.update(vehicles=[])), "it holds no car"),
    "many cars": (
        edited(lambda whole: whole.update(vehicles=whole["vehicles"] * 101)),
        "it holds 101 cars",
    ),
    "no list": (edited(lambda whole: whole.update(vehicles={})), "vehicles is no list"),
    "no signals": (of_car(signals=[]), "vehicles[0].signals is no object"),
    "many signals": (
        of_car(signals={f"a-{n}": {} for n in range(2001)}),
        "2001 signals",
    ),
    "no car's data": (of_car(car=None), "vehicles[0].car is no object"),
    "no code": (of_car(signals={"<b>": {}}), "'<b>' is no signal's code"),
    "no commands": (of_car(commands=7), "vehicles[0].commands is no list"),
    "no time": (of_signal(measured="today"), f"{SOC}.measured is no time"),
    "a time that is none": (of_signal(measured=7), f"{SOC}.measured is no text"),
    "an error that is none": (of_signal(error=7), f"{SOC}.error is no text"),
    "a body that is none": (of_signal(body=7), f"{SOC}.body is no object"),
    "a deep body": (of_signal(body=nested(50)), f"{SOC}.body is nested too deeply"),
    "no time at all": (
        b'{"vehicles": [{"car": {}, "signals": {}}]}',
        "it holds no time at all",
    ),
}


@pytest.mark.parametrize(("content", "said"), WRONG.values(), ids=WRONG)
def test_a_wrong_file_is_named_in_one_line(
    content: bytes, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And it ends with 2."""
    path = tmp_path / "diagnostics.json"
    path.write_bytes(content)
    assert tool.main([str(path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"{path}: ")
    assert said in err
    assert err.count("\n") == 1
    assert len(err) < len(str(path)) + 200


def test_a_file_that_is_not_there_or_far_too_large(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither is read."""
    assert tool.main([str(tmp_path / "none.json")]) == 2
    assert "cannot be read (No such file or directory)" in capsys.readouterr().err
    path = tmp_path / "large.json"
    path.write_bytes(b" " * 2**20)
    monkeypatch.setattr(reports, "LARGEST", 1000)
    assert tool.main([str(path)]) == 2
    assert "it has 1 MB" in capsys.readouterr().err


def report_of(content: bytes) -> Report | None:
    """Return the report of a file, or none where it is refused, in one line."""
    refused = ""
    try:
        return parse(content)
    except ReportError as err:
        refused = str(err)
    assert refused
    assert "\n" not in refused
    return None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda part: (
        st.lists(part, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["data", "vehicles", "car", "signals", "body", "error", "states", "a-b"]
            )
            | st.text(max_size=8),
            part,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON, st.sampled_from(["", "vehicles", "car", "signals", "states", "body"]))
@settings(max_examples=300)
def test_any_json_is_a_report_or_refused(part: Any, at: str) -> None:
    """Whatever stands where, there is a report or one line that says why not."""
    whole = json.loads(FIXTURES[0].read_bytes())
    places = {
        "": lambda: part,
        "vehicles": lambda: {**whole, "vehicles": part},
        "car": lambda: {**whole, "vehicles": [part]},
        "signals": lambda: {
            **whole,
            "vehicles": [{**whole["vehicles"][0], "signals": part}],
        },
        "states": lambda: {
            **whole,
            "vehicles": [{**whole["vehicles"][0], "states": part, "permissions": part}],
        },
        "body": lambda: {
            **whole,
            "vehicles": [
                {**whole["vehicles"][0], "signals": {SOC: {"body": part}, "a-b": part}}
            ],
        },
    }
    if (report := report_of(json.dumps(places[at]()).encode())) is None:
        return
    # What is kept can be written, read and served.
    assert parse(json.dumps(report.as_json()).encode()).cars == report.cars
    assert len(household(report, ManualClock(START)).cars) == len(report.cars)
    assert list(tool.lines(report))


@given(st.integers(0, len(FIXTURES[0].read_bytes()) - 1), st.binary(max_size=4))
@settings(max_examples=200)
def test_a_broken_file_is_a_report_or_refused(at: int, instead: bytes) -> None:
    """Also one that a mail program has cut, or in which a byte fell over."""
    content = FIXTURES[0].read_bytes()
    for broken in (content[:at], content[:at] + instead + content[at + 1 :]):
        report_of(broken)


# The command


def test_what_the_command_prints(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What the car is, which errors there are, and what was blacked out."""
    assert tool.main([str(tool.FIXTURES / "petrol_with_errors.json")]) == 0
    out = capsys.readouterr().out
    assert "car 1: Nissan Qashqai 2021 ICE live\n" in out
    assert "  SERVER/INTERNAL (1): closure-islocked\n" in out
    assert "  commands: lock, unlock\n" in out
    assert "  not granted: read_climate, " in out
    assert "  only its form is told: climate-humidity\n" in out
    assert "vehicleidentification-vin" in out.partition("invented here:")[2]
    assert "not in the file" not in out
    assert out.startswith("made 2026-10-14 06:00:02 UTC, metric, en\nwebhook: off\n")


def test_what_the_command_prints_of_an_older_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it does not tell, and what else is wrong with the car."""
    data = as_before(read(FIXTURES[0]))
    data["vehicles"][0] |= {
        "permissions": {"granted": ["read_battery"], "missing": []},
        "account_errors": ["AUTHENTICATION_FAILED"],
    }
    path = tmp_path / "diagnostics.json"
    path.write_text(
        json.dumps(
            {
                "home_assistant": {"version": "2026.10.4"},
                "integration_manifest": {"domain": DOMAIN, "version": "0.1.0"},
                "data": data,
            }
        )
    )
    assert tool.main([str(path)]) == 0
    out = capsys.readouterr().out
    assert ", Home Assistant 2026.10.4, integration 0.1.0, metric, en\n" in out
    assert "  permissions: read_battery\n" in out
    assert "  account_errors: AUTHENTICATION_FAILED\n" in out
    assert "not granted" not in out
    assert "states of entities" not in out
    assert "not in the file: made_at, units, language, commands, states, " in out


def test_a_fixture_is_written_once(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With one of the cars if asked to; not under a name that is taken or none."""
    monkeypatch.setattr(tool, "FIXTURES", tmp_path / "new")
    monkeypatch.setattr(tool, "ROOT", tmp_path)
    source = tmp_path / "diagnostics.json"
    whole = json.loads(FIXTURES[0].read_bytes())
    whole["vehicles"] += json.loads(FIXTURES[1].read_bytes())["vehicles"]
    source.write_text(json.dumps(whole))
    assert tool.main([str(source), "--car", "2", "--fixture", "mine"]) == 0
    assert capsys.readouterr().out.endswith("written to new/mine.json\n")
    assert read(tmp_path / "new" / "mine.json").cars == read(FIXTURES[1]).cars
    for name, said in {"mine": "there is a fixture mine", "../x": "no name"}.items():
        assert tool.main([str(source), "--fixture", name]) == 2
        assert said in capsys.readouterr().err
    for number in ("0", "3"):
        assert tool.main([str(source), "--car", number]) == 2
        assert f"it holds no car {number}, but 2" in capsys.readouterr().err


def test_fixtures_are_as_the_command_writes_them() -> None:
    """Reading one and writing it again changes nothing: nothing in it was added."""
    for path in FIXTURES:
        assert json.loads(path.read_bytes()) == read(path).as_json(), path.name


def test_serving_is_the_demos_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command becomes the demo, with the file."""
    called: list[Any] = []
    monkeypatch.setattr(os, "execv", lambda *given: called.append(given))
    assert tool.main([str(FIXTURES[0]), "--serve"]) == 0
    script = str(tool.ROOT / "scripts" / "demo")
    assert called == [(script, [script, "--report", str(FIXTURES[0].resolve())])]


def test_demo_and_simulator_refuse_a_wrong_file(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Before anything is started, with the same words."""
    path = tmp_path / "diagnostics.json"
    path.write_text("{}")
    monkeypatch.setattr(sys, "argv", ["x", "--report", str(path)])
    assert demo.__main__.main() == 1
    assert "it holds no vehicles" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="it holds no vehicles"):
        simulator.__main__.main()
