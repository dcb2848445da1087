"""A user's diagnostics file as a simulated car: `python -m tools.report FILE`.

Checks the file, and prints what its cars are and what it does not tell. `--serve`
starts the demo with these cars. `--fixture NAME` writes them to
`tests/fixtures/reports`, where a test sets each up and compares it with the file. Ids,
VIN and places are invented; values, units, errors and times stay.
"""

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
import json
import os
from pathlib import Path
import re
import sys
from typing import Any, Final

from simulator.cleaning import REDACTED, ReportError, is_outline
from simulator.comparison import body_of
from simulator.report import Report, read

ROOT: Final = Path(__file__).parents[1]
FIXTURES: Final = ROOT / "tests" / "fixtures" / "reports"
NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,60}")
WRONG: Final = 2

type Json = dict[str, Any]


def lines(report: Report) -> Iterator[str]:
    """Yield what is to be known of a report."""
    versions = [f"{name} {version}" for name, version in report.versions.items()]
    made = report.made_at.strftime("%Y-%m-%d %H:%M:%S UTC")
    yield ", ".join([f"made {made}", *versions, report.units, report.language])
    yield f"webhook: {report.push}"
    for number, car in enumerate(report.cars, 1):
        yield ""
        yield f"car {number}: {_name(car)}"
        yield from (f"  {line}" for line in _about(car))
    if report.missing:
        yield ""
        yield f"not in the file: {', '.join(report.missing)}"


def _name(car: Json) -> str:
    about = car["car"]
    parts = [about[part] for part in ("make", "model", "year", "powertrain")]
    return " ".join(str(part) for part in [*parts, about["mode"]] if part)


def _about(car: Json) -> Iterator[str]:
    signals = car["signals"]
    bodies = {code: body_of(signal) for code, signal in signals.items()}
    held = {code: body for code, body in bodies.items() if body is not None}
    yield f"{len(signals)} signals, {len(held)} with a value"
    errors = Counter(one["error"] for one in signals.values() if one["error"])
    for error, count in errors.most_common():
        codes = sorted(code for code, one in signals.items() if one["error"] == error)
        yield f"{error} ({count}): {', '.join(codes)}"
    permissions = car["permissions"]
    yield f"permissions: {', '.join(permissions['granted']) or 'none'}"
    if permissions["missing"]:
        yield f"not granted: {', '.join(permissions['missing'])}"
    if "commands" in car:
        yield f"commands: {', '.join(car['commands']) or 'none'}"
    if "states" in car:
        yield f"{len(car['states'])} states of entities"
    for name in ("incapable", "refused", "account_errors"):
        if car.get(name):
            yield f"{name}: {', '.join(car[name])}"
    for what, codes in {
        "commands not yet confirmed": [c for c in signals if signals[c].get("assumed")],
        "without the car's time": [
            c for c in held if not signals[c].get("dated", True)
        ],
        "only its form is told": [
            code
            for code, body in held.items()
            if isinstance(body, dict) and body and is_outline(code, body)
        ],
        "invented here": [
            c for c, body in held.items() if REDACTED in json.dumps(body)
        ],
    }.items():
        if codes:
            yield f"{what}: {', '.join(codes)}"


def write(report: Report, name: str) -> Path:
    """Write a fixture. Raises ReportError for a name that is taken or is none."""
    if not NAME.fullmatch(name):
        msg = f"{name[:60]!r} is no name for a fixture: use a-z, 0-9 and _"
        raise ReportError(msg)
    path = FIXTURES / f"{name}.json"
    if path.exists():
        msg = f"there is a fixture {name} already"
        raise ReportError(msg)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report.as_json(), indent=1, ensure_ascii=False) + "\n")
    return path


def only(report: Report, number: int | None) -> Report:
    """Return a report with one of its cars, or as it is. Raises ReportError."""
    if number is None:
        return report
    if not 1 <= number <= len(report.cars):
        msg = f"it holds no car {number}, but {len(report.cars)}"
        raise ReportError(msg)
    return replace(report, cars=(report.cars[number - 1],))


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.report", description=__doc__)
    parser.add_argument("file", type=Path, help="as downloaded from Home Assistant")
    parser.add_argument("--car", type=int, metavar="N", help="only the Nth car")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--fixture", metavar="NAME", help="write a fixture of the tests")
    what.add_argument(
        "--serve", action="store_true", help="start the demo with the cars of the file"
    )
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None) -> int:
    """Do what was asked for; return the exit code."""
    arguments = _arguments(given)
    try:
        report = only(read(arguments.file), arguments.car)
        sys.stdout.write("\n".join([*lines(report), ""]))
        if arguments.fixture:
            path = write(report, arguments.fixture)
            sys.stdout.write(f"\nwritten to {path.relative_to(ROOT)}\n")
    except ReportError as err:
        sys.stderr.write(f"{arguments.file}: {err}\n")
        return WRONG
    if arguments.serve:
        sys.stdout.flush()
        demo = str(ROOT / "scripts" / "demo")
        os.execv(demo, [demo, "--report", str(arguments.file.resolve())])  # noqa: S606
    return 0


if __name__ == "__main__":
    sys.exit(main())
