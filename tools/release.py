"""What a release consists of: `python -m tools.release`.

`check v1.0.0` says what keeps a tag from being released: the manifest's version and the
changelog must have it. Without a tag it is that of the manifest.
`zip` makes `smartcar.zip`, the same bytes from the same files.
`notes` prints what the changelog says of the version.

It needs Python alone, so that it runs where nothing is installed.
"""

import argparse
from collections.abc import Iterator
import json
from pathlib import Path
import re
import sys
from typing import Any, Final
import zipfile

ROOT: Final = Path(__file__).parents[1]
INTEGRATION: Final = ROOT / "custom_components" / "smartcar"

# As early as a zip file can say.
TIME: Final = (1980, 1, 1, 0, 0, 0)
MODE: Final = 0o100644 << 16
LEFT_OUT: Final = re.compile(r"__pycache__|\..*|.*\.py[cod]")


def manifest() -> dict[str, Any]:
    """Return the integration's manifest."""
    return _read("custom_components/smartcar/manifest.json")


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / name).read_text("utf-8"))
    return found


def files() -> list[Path]:
    """Return the files of the integration, in order; no caches, nothing hidden."""
    return sorted(
        path
        for path in INTEGRATION.rglob("*")
        if path.is_file()
        and not any(
            LEFT_OUT.fullmatch(part) for part in path.relative_to(INTEGRATION).parts
        )
    )


def section(version: str) -> tuple[str, str] | None:
    """Return what stands behind a version in its heading, and below it.

    None if the changelog does not have the version.
    """
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    found = re.search(
        rf"^## \[?{re.escape(version)}\]?(?: - ([^\n]*))?\n"
        r"(.*?)(?=^## |^\[[^]]+\]: |\Z)",
        changelog,
        re.MULTILINE | re.DOTALL,
    )
    return None if found is None else (found[1] or "", found[2].strip())


def faults(tag: str) -> Iterator[str]:
    """Yield what keeps a tag from being released."""
    version = manifest()["version"]
    if tag.removeprefix("v") != version:
        yield f"the tag is {tag}, the version in the manifest {version}"
    found = section(version)
    if found is None:
        yield f"the changelog has no version {version}"
    else:
        date, text = found
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", date):
            yield f"the changelog has no date for {version}"
        if not text:
            yield f"the changelog says nothing about {version}"
    if (left := section("Unreleased")) is not None and left[1]:
        yield "the changelog still has unreleased changes"
    hacs = _read("hacs.json")
    if not (hacs.get("zip_release") and hacs.get("filename")):
        yield "hacs.json names no zip file"


def notes(tag: str) -> str:
    """Return what the changelog says of the version, with links that lead somewhere.

    Those of the changelog lead from where it lies.
    """
    found = section(manifest()["version"])
    assert found is not None
    pages = f"{manifest()['documentation']}/blob/{tag}/"
    return re.sub(r"\]\((?!https?:)", f"]({pages}", found[1])


def pack(path: Path) -> None:
    """Write the zip file; the files lie at its root, as HACS wants it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file in files():
            name = file.relative_to(INTEGRATION).as_posix()
            info = zipfile.ZipInfo(name, TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3  # Unix, also when it is made elsewhere
            info.external_attr = MODE
            archive.writestr(info, file.read_bytes())


def main(arguments: list[str] | None = None) -> int:
    """Do what is asked for; return 1 if anything keeps the tag from being released."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.release",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=("check", "zip", "notes"))
    parser.add_argument("tag", nargs="?", default=f"v{manifest()['version']}")
    given = parser.parse_args(arguments)
    wrong: list[str] = []
    if given.command == "check":
        wrong = [*faults(given.tag)]
    elif given.command == "zip":
        pack(Path(_read("hacs.json")["filename"]))
    else:
        print(notes(given.tag))  # noqa: T201 - a command prints
    for fault in wrong:
        print(fault, file=sys.stderr)  # noqa: T201 - a command prints
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
