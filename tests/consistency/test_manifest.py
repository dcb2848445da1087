"""The manifest and hacs.json: what Home Assistant and HACS read first."""

import ast
from collections.abc import Iterator
import json
from pathlib import Path
import re

from awesomeversion import AwesomeVersion, AwesomeVersionStrategy
from homeassistant import components
from homeassistant.const import Platform, __version__ as installed_version

import custom_components.smartcar
from custom_components.smartcar import const

from .files import INTEGRATION, ROOT, manifest, page, read_json
from .source import sources

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
# What HACS and the Marketplace take in hacs.json; a value of another type is ignored.
HACS_KEYS = {
    "content_in_root": bool,
    "country": str,
    "filename": str,
    "hacs": str,
    "hide_default_branch": bool,
    "homeassistant": str,
    "name": str,
    "persistent_directory": str,
    "render_readme": bool,
    "zip_release": bool,
}

# What hassfest lets every integration use: parts that always run, and those that an
# entity belongs to.
ALWAYS_THERE = {
    *Platform,
    *("automation", "conversation", "homeassistant", "persistent_notification"),
    *("script", "webhook", "websocket_api", "zone"),
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


def test_dependencies_are_what_the_code_uses() -> None:
    """Home Assistant starts what is used before it, as far as it is there."""
    needed, wanted = manifest()["dependencies"], manifest()["after_dependencies"]
    for names in (needed, wanted):
        assert names == sorted(set(names))
    assert not set(needed) & set(wanted)
    used = {
        name
        for source in sources()
        for name in components_of(source.tree)
        # What looks for platforms of its name has loaded the file.
        if source.parts != (name,)
    }
    assert used - {*needed, *wanted} - ALWAYS_THERE == set()
    assert {*needed, *wanted} - used == set()
    folder = Path(components.__file__).parent
    assert [name for name in used if not (folder / name).is_dir()] == []


def components_of(tree: ast.Module) -> Iterator[str]:
    """Yield the parts of Home Assistant that a file imports."""
    package = components.__name__
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            if name.startswith(f"{package}."):
                yield name.removeprefix(f"{package}.").partition(".")[0]


def test_parts_that_are_not_named() -> None:
    """The test above finds every form of an import."""
    code = """
import homeassistant.components.a.b
def function():
    from homeassistant.components import c
from homeassistant.components.d.e import f
from .homeassistant.components import g
from homeassistant.helpers import h
"""
    assert list(components_of(ast.parse(code))) == ["a", "d", "c"]


def test_it_cannot_be_set_up_in_yaml() -> None:
    """An integration with `async_setup` has to say so."""
    assert callable(custom_components.smartcar.CONFIG_SCHEMA)


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
    assert values.keys() <= HACS_KEYS.keys()
    assert [key for key in values if type(values[key]) is not HACS_KEYS[key]] == []
    assert values["name"] == manifest()["name"]
    assert (2026, 10) <= numbers(values["homeassistant"]) <= numbers(installed_version)
    # The file of a release; the source of a branch has no such file.
    assert values["zip_release"] is True
    assert values["filename"] == f"{const.DOMAIN}.zip"
    assert values["hide_default_branch"] is True
    assert "content_in_root" not in values


def test_hacs_finds_one_integration() -> None:
    """HACS installs the one folder it finds, and shows README and licence."""
    folders = [item for item in INTEGRATION.parent.iterdir() if item.is_dir()]
    assert [f.name for f in folders if f.name != "__pycache__"] == [const.DOMAIN]
    assert (ROOT / "LICENSE").read_text("utf-8").startswith("MIT License\n")
    # The manifest names what HACS shows.
    assert manifest().keys() >= {"codeowners", "documentation", "issue_tracker", "name"}
    assert (INTEGRATION / "brand" / "icon.png").is_file()
    assert len(page(ROOT / "README.md").split()) > 300


def test_marketplace_can_load_what_it_installs() -> None:
    """It refuses another domain, and a version that the loader cannot read."""
    assert re.fullmatch(r"[a-z0-9_-]+", manifest()["domain"])
    AwesomeVersion(
        manifest()["version"],
        ensure_strategy=[
            AwesomeVersionStrategy.CALVER,
            AwesomeVersionStrategy.SEMVER,
            AwesomeVersionStrategy.SIMPLEVER,
            AwesomeVersionStrategy.BUILDVER,
            AwesomeVersionStrategy.PEP440,
        ],
    )
    assert manifest()["config_flow"] is True
    assert all(isinstance(owner, str) for owner in manifest()["codeowners"])


def test_what_only_a_person_can_do_is_written_down() -> None:
    """HACS asks for a description and topics, which no file can hold."""
    text = page(ROOT / "docs" / "releasing.md")
    for word in ("Description", "Topics", "Issues", "Secrets", "Brand", "Placeholder"):
        assert word in text
    (owner,) = manifest()["codeowners"]
    for placeholder in (owner, manifest()["documentation"]):
        assert f"| `{placeholder}` |" in text
    assert manifest()["issue_tracker"] == f"{manifest()['documentation']}/issues"
