"""What no file of the project may hold."""

import ast
from functools import cache
from pathlib import Path
import re
import shutil
import subprocess

import pytest

from .files import ROOT

FORBIDDEN = {
    "a package registry": (
        r"pypi\.org|pythonhosted\.org|npmjs\.(?:com|org)|proxy\.golang\.org"
        r"|https?://[^\s/]*(?:artifactory|mirror|nexus|proxy|registry)"
    ),
    "a path of one machine": (
        rf"(?<![\w.])/(?:root|home|Users)/\w|{re.escape(str(ROOT))}(?![\w-])"
    ),
    "an unfinished thing": r"\b(?:TO[D]O|FIX[M]E)\b",
}


@cache
def files() -> tuple[Path, ...]:
    """Return all files of the project, committed or not."""
    git = shutil.which("git")
    assert git is not None
    listed = subprocess.run(  # noqa: S603 - nothing from outside goes in
        (
            *(git, "-c", f"safe.directory={ROOT}", "-C", str(ROOT), "ls-files", "-z"),
            *("--cached", "--others", "--exclude-standard"),
        ),
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    paths = [ROOT / name for name in listed.split("\0") if name]
    return tuple(path for path in paths if path.is_file())


@cache
def lines() -> tuple[tuple[str, str], ...]:
    """Return every line of every text file, and where it stands."""
    found = []
    for path in files():
        content = path.read_bytes()
        if b"\0" not in content:
            name = path.relative_to(ROOT)
            found += [
                (f"{name}:{number}", line)
                for number, line in enumerate(content.decode().splitlines(), 1)
            ]
    return tuple(found)


def test_files_are_found() -> None:
    """The tests below would pass with nothing to read."""
    assert Path(__file__).resolve() in {path.resolve() for path in files()}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_forbidden(what: str) -> None:
    """The project works everywhere, and is finished."""
    pattern = re.compile(FORBIDDEN[what])
    assert [where for where, line in lines() if pattern.search(line)] == []


def test_every_python_file_says_what_it_is_for() -> None:
    """A file without a purpose of its own is one too many."""
    assert [
        str(path.relative_to(ROOT))
        for path in files()
        if path.suffix == ".py"
        and (code := path.read_text("utf-8"))
        and not ast.get_docstring(ast.parse(code))
    ] == []
