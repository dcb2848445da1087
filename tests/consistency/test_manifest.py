"""The manifest and hacs.json: what Home Assistant and HACS read first."""

import json
import re

from homeassistant.const import __version__ as installed_version

from custom_components.smartcar import const

from .files import INTEGRATION, ROOT, manifest, read_json

KEYS = {
    "after_dependencies",
    "codeowners",
    "config_flow",
    "dependencies",
    "documentation",
    "domain",
    "integration_type",
    "iot_class",
    "issue_tracker",
    "loggers",
    "name",
    "quality_scale",
    "requirements",
    "version",
}
HACS_KEYS = {
    "content_in_root",
    "country",
    "filename",
    "hacs",
    "hide_default_branch",
    "homeassistant",
    "name",
    "persistent_directory",
    "render_readme",
    "zip_release",
}


def numbers(version: str) -> tuple[int, ...]:
    """Split a version for comparison."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def test_keys_are_known_and_in_order() -> None:
    """Domain and name come first, the rest by alphabet."""
    keys = list(manifest())
    assert keys[:2] == ["domain", "name"]
    assert keys[2:] == sorted(keys[2:])
    assert set(keys) <= KEYS


def test_values() -> None:
    """What the manifest says is what the integration is."""
    values = manifest()
    assert values["domain"] == const.DOMAIN == INTEGRATION.name
    assert values["integration_type"] == "hub"
    assert values["iot_class"] in ("cloud_polling", "cloud_push")
    assert values["quality_scale"] == "platinum"
    assert values["requirements"] == []
    assert values["codeowners"]
    assert all(re.fullmatch(r"@[\w-]+(/[\w-]+)?", own) for own in values["codeowners"])


def test_version_is_semantic() -> None:
    """The loader refuses a custom integration without a version it can read."""
    number = r"(0|[1-9]\d*)"
    pattern = rf"{number}\.{number}\.{number}(-[0-9A-Za-z.-]+)?"
    assert re.fullmatch(pattern, manifest()["version"])


def test_links() -> None:
    """A custom integration has its own pages."""
    for key in ("documentation", "issue_tracker"):
        assert manifest()[key].startswith("https://")
        assert "home-assistant.io" not in manifest()[key]


def test_files_that_the_manifest_implies() -> None:
    """Each promise has a file."""
    names = {
        "__init__.py",
        "config_flow.py",
        "icons.json",
        "py.typed",
        "quality_scale.yaml",
        "services.yaml",
        "translations/en.json",
        *(f"{platform}.py" for platform in const.PLATFORMS),
    }
    assert manifest()["config_flow"]
    assert {name for name in names if not (INTEGRATION / name).is_file()} == set()


def test_every_json_file_parses() -> None:
    """No file has a slip in it."""
    paths = (INTEGRATION, ROOT / "tests", ROOT / "simulator")
    for path in (found for folder in paths for found in folder.rglob("*.json")):
        json.loads(path.read_text("utf-8"))


def test_platforms_are_in_order() -> None:
    """The list of platforms is easy to search."""
    assert list(const.PLATFORMS) == sorted(const.PLATFORMS)


def test_hacs() -> None:
    """HACS refuses unknown keys, and enforces the lowest version."""
    values = read_json(ROOT / "hacs.json")
    assert values.keys() <= HACS_KEYS
    assert values["name"] == manifest()["name"]
    assert (2026, 10) <= numbers(values["homeassistant"]) <= numbers(installed_version)


def test_hacs_finds_one_integration() -> None:
    """HACS installs the one folder it finds, and shows README and licence."""
    folders = [item for item in INTEGRATION.parent.iterdir() if item.is_dir()]
    assert [f.name for f in folders if f.name != "__pycache__"] == [const.DOMAIN]
    assert (ROOT / "LICENSE").is_file()
