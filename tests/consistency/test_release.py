"""What a release consists of, and the workflow that makes it."""

import ast
import json
from pathlib import Path
import re
import shutil
import sys
from typing import Any
import zipfile

import pytest
import yaml

from tools import release

from .files import INTEGRATION, ROOT, manifest, read_json, read_yaml
from .test_repository import files

WORKFLOWS = ROOT / ".github" / "workflows"
VERSION = manifest()["version"]


@pytest.fixture(name="project")
def project_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of what the tool reads, where it reads it."""
    integration = tmp_path / "custom_components" / "smartcar"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(INTEGRATION, integration, ignore=ignored)
    for name in ("CHANGELOG.md", "hacs.json"):
        shutil.copy(ROOT / name, tmp_path)
    monkeypatch.setattr(release, "ROOT", tmp_path)
    monkeypatch.setattr(release, "INTEGRATION", integration)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def change(path: Path, old: str, new: str) -> None:
    """Replace a text that must be there."""
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


# The tool


def test_the_version_can_be_released(project: Path) -> None:
    """Manifest, changelog and hacs.json agree."""
    for tag in (VERSION, f"v{VERSION}"):
        assert release.main(["check", tag]) == 0
    assert release.main(["check"]) == 0


@pytest.mark.parametrize(
    ("name", "old", "new", "fault"),
    [
        ("CHANGELOG.md", f"## [{VERSION}] -", "## [9.9.9] -", "has no version"),
        ("CHANGELOG.md", f"## [{VERSION}] - 2026-", "## [1.0.0] - in ", "has no date"),
        ("CHANGELOG.md", "## [Unreleased]", "## [Unreleased]\n\n- New", "unreleased"),
        ("hacs.json", '"zip_release": true', '"country": "DE"', "names no zip file"),
        (
            "custom_components/smartcar/manifest.json",
            f'"version": "{VERSION}"',
            '"version": "9.9.9"',
            f"the tag is v{VERSION}, the version in the manifest 9.9.9",
        ),
    ],
)
def test_what_does_not_agree(
    project: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    old: str,
    new: str,
    fault: str,
) -> None:
    change(project / name, old, new)
    assert release.main(["check", f"v{VERSION}"]) == 1
    assert fault in capsys.readouterr().err


def test_a_version_of_which_nothing_is_said(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    heading = f"## [{VERSION}] - 2026-11-26\n"
    (project / "CHANGELOG.md").write_text(f"# Changelog\n\n{heading}\n[a]: b\n")
    assert release.main(["check"]) == 1
    assert "says nothing" in capsys.readouterr().err


def test_notes(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They are the version's own section, with links that work on another page."""
    (project / "CHANGELOG.md").write_text(
        "# Changelog\n\n## [Unreleased]\n\n- Later\n\n"
        f"## [{VERSION}] - 2026-11-26\n\n### Added\n\n"
        "- See [Diary](docs/diary.md#a), [Home](https://example.com).\n\n"
        "## 0.1.0 - 2026-11-23\n\n- Before\n\n[Unreleased]: https://example.com\n"
    )
    assert release.main(["notes", "v1"]) == 0
    pages = f"{manifest()['documentation']}/blob/v1"
    assert capsys.readouterr().out == (
        "### Added\n\n"
        f"- See [Diary]({pages}/docs/diary.md#a), [Home](https://example.com).\n"
    )


def test_links_of_the_notes_lead_to_files() -> None:
    """A page that is gone would be a dead link for ever."""
    found = release.section(VERSION)
    assert found is not None
    links = re.findall(r"\]\((?!https?:)([^)#]+)", found[1])
    assert links
    assert [link for link in links if not (ROOT / link).is_file()] == []


def test_zip(project: Path) -> None:
    """It has every file of the integration as it is in the repository, and no other."""
    for name in ("__pycache__/x.cpython-314.pyc", ".DS_Store", "api/__pycache__/y.pyc"):
        path = project / "custom_components" / "smartcar" / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    assert release.main(["zip"]) == 0
    with zipfile.ZipFile(project / "smartcar.zip") as archive:
        assert archive.testzip() is None
        packed = {name: archive.read(name) for name in archive.namelist()}
    here = [path for path in files() if path.is_relative_to(INTEGRATION)]
    assert packed == {
        path.relative_to(INTEGRATION).as_posix(): path.read_bytes() for path in here
    }
    # What HACS and Marketplace look for at its root, and what has a folder.
    assert json.loads(packed["manifest.json"])["domain"] == "smartcar"
    folders = {name.rpartition("/")[0] for name in packed}
    assert {"", "api", "brand", "frontend", "sentences", "translations"} <= folders
    assert not any("test" in folder or "cache" in folder for folder in folders)


def test_zip_is_the_same_from_the_same_files(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither times, nor rights, nor the order on the disk are in it."""
    release.pack(project / "one.zip")
    again = project / "again"
    for path in sorted(release.files(), reverse=True):
        copy = again / path.relative_to(release.INTEGRATION)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
        copy.chmod(0o755)
    monkeypatch.setattr(release, "INTEGRATION", again)
    release.pack(project / "other.zip")
    assert (project / "one.zip").read_bytes() == (project / "other.zip").read_bytes()


def test_tool_needs_nothing_that_is_installed() -> None:
    """The runner has an older Python, and nothing else."""
    tree = ast.parse(Path(release.__file__).read_text("utf-8"), feature_version=(3, 12))
    imported = {
        alias.name if isinstance(node, ast.Import) else str(node.module)
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names


# The workflow


def steps(workflow: str) -> list[dict[str, Any]]:
    """Return all steps of a workflow."""
    jobs = read_yaml(WORKFLOWS / workflow)["jobs"].values()
    return [step for job in jobs for step in job["steps"]]


def test_workflow_calls_the_tool_as_it_is() -> None:
    """Each command exists, and the file that is uploaded is the one that HACS loads."""
    commands = "\n".join(step.get("run", "") for step in steps("release.yml"))
    called = re.findall(r"python3 -m tools\.release (\w+)", commands)
    assert called == ["check", "zip", "notes"]
    hacs = read_json(ROOT / "hacs.json")
    assert hacs["zip_release"] is True
    assert f'gh release create "$TAG" {hacs["filename"]} ' in commands
    assert "--verify-tag" in commands
    assert f"--workflow {WORKFLOWS.joinpath('test.yml').name} " in commands


def test_workflow_runs_for_tags_only() -> None:
    """Nobody releases by a push to a branch."""
    text = (WORKFLOWS / "release.yml").read_text("utf-8")
    # YAML 1.1 reads the key `on` as true.
    on = yaml.safe_load(text)[True]
    assert on == {"push": {"tags": ["v*", "[0-9]+.[0-9]+.[0-9]+*"]}}


@pytest.mark.parametrize(
    "path", sorted(WORKFLOWS.glob("*.yml")), ids=lambda path: path.stem
)
def test_workflows_may_do_little(path: Path) -> None:
    """They read, but for a job that says more; no command has what a person wrote."""
    workflow = read_yaml(path)
    assert workflow["permissions"] == {"contents": "read"}
    writing = [name for name, job in workflow["jobs"].items() if "permissions" in job]
    assert writing == (["release"] if path.stem == "release" else [])
    for step in steps(path.name):
        assert "${{" not in step.get("run", ""), "put it into `env`"
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_workflows_use_the_same_actions() -> None:
    """Each action has one version."""
    used = {
        step["uses"]
        for path in WORKFLOWS.glob("*.yml")
        for step in steps(path.name)
        if "uses" in step
    }
    assert len({one.partition("@")[0] for one in used}) == len(used)
    assert all("@" in one for one in used)
