"""Reads the diagnostics file of a user, and keeps of it what makes a car.

The file is believed in nothing: only the fields named here come through, in the forms
named here. What could name a person, a place or a car is blacked out again.
"""

from dataclasses import dataclass, field
from datetime import datetime
import json
from typing import TYPE_CHECKING

from simulator.cleaning import (
    KEY,
    ReportError,
    as_code,
    as_list,
    as_object,
    as_text,
    as_time,
    clean,
    label,
    word,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from simulator.errors import Json, Value

DOMAIN = "smartcar"

FORMAT = 2
"""The newest form of the file. Files of version 0.1.0 name none, and say less."""

LARGEST = 20 * 1024 * 1024
"""Bytes of a file; that of a large household has a twentieth."""

MOST_CARS = 100
MOST_SIGNALS = 2_000


@dataclass(frozen=True)
class Report:
    """What is kept of a file."""

    made_at: datetime
    units: str
    language: str
    cars: tuple[Json, ...]
    options: Json = field(default_factory=dict)
    push: str = "off"
    """How the webhook did."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Home Assistant's and the integration's, where the file tells them."""
    missing: tuple[str, ...] = ()
    """What newer files tell and this one does not."""

    def as_json(self) -> Json:
        """Write it in the form in which a file is read."""
        return {
            "format": FORMAT,
            "made_at": self.made_at.isoformat(),
            "units": self.units,
            "language": self.language,
            "entry": {"options": self.options},
            "push": {"state": self.push},
            "vehicles": list(self.cars),
        }


def read(path: Path) -> Report:
    """Read a file. Raises ReportError."""
    try:
        size = path.stat().st_size
        if size > LARGEST:
            msg = f"it has {size // 1024**2} MB, far more than any diagnostics file"
            raise ReportError(msg)
        return parse(path.read_bytes())
    except OSError as err:
        msg = f"it cannot be read ({err.strerror})"
        raise ReportError(msg) from None


def parse(content: bytes) -> Report:
    """Read the content of a file. Raises ReportError."""
    whole = as_object(_decoded(content), "the file")
    data, versions = whole, dict[str, str]()
    if "data" in whole:
        data = as_object(whole["data"], "data")
        versions = _versions(whole)
    if data.get("connected") is False:
        msg = "its car was no longer connected, so that there is nothing of it"
        raise ReportError(msg)
    form = data.get("format", 1)
    if type(form) is not int or form < 1:
        msg = "format is no whole number"
        raise ReportError(msg)
    if form > FORMAT:
        msg = f"its format {form} is newer than what is read here ({FORMAT})"
        raise ReportError(msg)
    return _report(data, versions, form)


def _decoded(content: bytes) -> Value:
    try:
        return json.loads(content.decode("utf-8-sig"), parse_constant=_refuse)
    except UnicodeDecodeError:
        msg = "it is no text"
    except json.JSONDecodeError as err:
        msg = f"it is no whole JSON: {err.msg} in line {err.lineno}"
    except ValueError as err:
        msg = f"it holds a number that is none ({str(err)[:60]})"
    except RecursionError:
        msg = "it is nested too deeply"
    raise ReportError(msg)


def _refuse(constant: str) -> Value:
    raise ValueError(constant)


def _versions(whole: Json) -> dict[str, str]:
    """Return the versions in Home Assistant's part of the file."""
    found: dict[str, str] = {}
    manifest = as_object(whole.get("integration_manifest", {}), "integration_manifest")
    domain = manifest.get("domain", DOMAIN)
    if domain != DOMAIN:
        msg = f"it is of the integration {word(domain)}, not of {DOMAIN}"
        raise ReportError(msg)
    system = as_object(whole.get("home_assistant", {}), "home_assistant")
    for name, value in (
        ("Home Assistant", system.get("version")),
        ("integration", manifest.get("version")),
    ):
        if isinstance(value, str):
            found[name] = word(value)
    return found


def _report(data: Json, versions: Mapping[str, str], form: int) -> Report:
    if "signals" in data and "car" in data:
        vehicles = [data]
    elif "vehicles" in data:
        vehicles = as_list(data["vehicles"], "vehicles")
    else:
        msg = f"it is no diagnostics file of {DOMAIN}: it holds no vehicles"
        raise ReportError(msg)
    if not vehicles:
        msg = "it holds no car"
        raise ReportError(msg)
    if len(vehicles) > MOST_CARS:
        msg = f"it holds {len(vehicles)} cars"
        raise ReportError(msg)
    cars = tuple(
        _car(as_object(one, f"vehicles[{number}]"), f"vehicles[{number}]")
        for number, one in enumerate(vehicles)
    )
    missing = [
        name for name in ("made_at", "units", "language") if data.get(name) is None
    ]
    missing += [
        name
        for name in ("commands", "states")
        if any(name not in one for one in vehicles)
    ]
    if form < FORMAT:
        missing.append("when each signal was asked for")
    made_at = as_time(data.get("made_at"), "made_at")
    entry = as_object(data.get("entry", {}), "entry")
    push = as_object(data.get("push", {}), "push")
    return Report(
        made_at=made_at or _newest(cars),
        units="us_customary" if data.get("units") == "us_customary" else "metric",
        language=word(data.get("language", "en")),
        cars=cars,
        options={
            name: word(value) if isinstance(value, str) else value
            for name, value in as_object(entry.get("options", {}), "options").items()
            if word(name) == name and isinstance(value, str | int | float | None)
        },
        push=word(push.get("state", "off")),
        versions=versions,
        missing=tuple(missing),
    )


def _newest(cars: Iterable[Json]) -> datetime:
    """Return the newest time of all, which a file of 0.1.0 was made after."""
    times = [
        datetime.fromisoformat(signal[name])
        for car in cars
        for signal in car["signals"].values()
        for name in ("measured", "asked", "answered")
        if signal.get(name)
    ]
    if not times:
        msg = "it holds no time at all"
        raise ReportError(msg)
    return max(times)


# One car.


def _car(told: Json, where: str) -> Json:
    about = as_object(told.get("car"), f"{where}.car")
    year = about.get("year")
    signals = as_object(told.get("signals"), f"{where}.signals")
    if len(signals) > MOST_SIGNALS:
        msg = f"{where} has {len(signals)} signals"
        raise ReportError(msg)
    permissions = as_object(told.get("permissions", {}), f"{where}.permissions")
    found: Json = {
        "car": {
            "make": label(about.get("make")),
            "model": label(about.get("model")),
            "year": year if type(year) is int else None,
            "powertrain": word(about["powertrain"])
            if about.get("powertrain")
            else None,
            "mode": word(about.get("mode", "live")),
        },
        "permissions": {
            name: sorted(map(word, as_object(permissions.get(name, {}), name)))
            if isinstance(permissions.get(name, {}), dict)
            else sorted(map(word, as_list(permissions[name], name)))
            for name in ("granted", "missing")
        },
        "signals": {
            as_code(code): _signal(
                as_code(code), as_object(one, f"{where}.{code}"), f"{where}.{code}"
            )
            for code, one in signals.items()
        },
    }
    for name in ("incapable", "refused", "commands", "account_errors"):
        if name in told:
            found[name] = [word(one) for one in as_list(told[name], f"{where}.{name}")]
    if "states" in told:
        states = as_object(told["states"], f"{where}.states")
        found["states"] = {
            key: _state(as_object(one, f"{where}.states.{key}"))
            for key, one in states.items()
            if KEY.fullmatch(key)
        }
    return found


def _state(told: Json) -> Json:
    found: Json = {name: word(told[name]) for name in ("state", "unit") if name in told}
    if told.get("assumed") is True:
        found["assumed"] = True
    return found


def _signal(code: str, told: Json, where: str) -> Json:
    found: Json = {"error": None}
    if (error := told.get("error")) is not None:
        type_, _, name = as_text(error, f"{where}.error").partition("/")
        found["error"] = f"{word(type_)}/{word(name)}"
    for name in ("body", "told"):
        if name in told:
            found[name] = clean(code, told[name], f"{where}.{name}")
    for name in ("measured", "asked", "answered"):
        if name in told:
            time = as_time(told[name], f"{where}.{name}")
            found[name] = time.isoformat() if time else None
    for name in ("assumed", "dated"):
        if name in told:
            found[name] = told[name] is True
    if told.get("unit") is not None:
        found["unit"] = word(told["unit"])
    return found
