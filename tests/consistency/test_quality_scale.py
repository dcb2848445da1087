"""The quality scale: all rules are there, and what can be checked is true."""

import ast
from collections.abc import Iterator
from configparser import ConfigParser

from homeassistant.helpers.entity import Entity
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from custom_components.smartcar import config_flow, const, entity

from .files import INTEGRATION, ROOT, anchors, manifest, page, read_yaml, texts
from .source import calls, keyword, name_of, source, sources
from .tables import rows

RULES = {
    "bronze": [
        "action-setup",
        "appropriate-polling",
        "brands",
        "common-modules",
        "config-flow",
        "config-flow-test-coverage",
        "dependency-transparency",
        "docs-actions",
        "docs-conditions",
        "docs-high-level-description",
        "docs-installation-instructions",
        "docs-removal-instructions",
        "docs-triggers",
        "entity-event-setup",
        "entity-unique-id",
        "has-entity-name",
        "runtime-data",
        "test-before-configure",
        "test-before-setup",
        "unique-config-entry",
    ],
    "silver": [
        "action-exceptions",
        "config-entry-unloading",
        "docs-configuration-parameters",
        "docs-installation-parameters",
        "entity-unavailable",
        "integration-owner",
        "log-when-unavailable",
        "parallel-updates",
        "reauthentication-flow",
        "test-coverage",
    ],
    "gold": [
        "devices",
        "diagnostics",
        "discovery",
        "discovery-update-info",
        "docs-data-update",
        "docs-examples",
        "docs-known-limitations",
        "docs-supported-devices",
        "docs-supported-functions",
        "docs-troubleshooting",
        "docs-use-cases",
        "dynamic-devices",
        "entity-category",
        "entity-device-class",
        "entity-disabled-by-default",
        "entity-translations",
        "exception-translations",
        "icon-translations",
        "reconfiguration-flow",
        "repair-issues",
        "stale-devices",
    ],
    "platinum": ["async-dependency", "inject-websession", "strict-typing"],
}

# Where the rules about documents are followed: a page, and a heading if it is a part.
DOCS = {
    "docs-actions": "docs/actions.md",
    "docs-conditions": "docs/triggers.md#conditions",
    "docs-configuration-parameters": "docs/configuration.md",
    "docs-data-update": "docs/data-updates.md",
    "docs-examples": "docs/automations.md",
    "docs-high-level-description": "README.md",
    "docs-installation-instructions": "README.md#install",
    "docs-installation-parameters": "docs/installation.md#installation-parameters",
    "docs-known-limitations": "docs/supported.md#known-limitations",
    "docs-removal-instructions": "docs/installation.md#removal",
    "docs-supported-devices": "docs/supported.md#supported-devices",
    "docs-supported-functions": "docs/supported.md#supported-functions",
    "docs-triggers": "docs/triggers.md#triggers",
    "docs-troubleshooting": "docs/troubleshooting.md",
    "docs-use-cases": "docs/supported.md#what-people-use-it-for",
}

# Any of these in the manifest would make cars discoverable.
DISCOVERY = {"bluetooth", "dhcp", "homekit", "mqtt", "ssdp", "usb", "zeroconf"}

# Rules that apply only to what an integration has, and whether this one has it.
DUE = {
    "async-dependency": bool(manifest()["requirements"]),
    "dependency-transparency": bool(manifest()["requirements"]),
    "discovery": bool(DISCOVERY & manifest().keys()),
    "discovery-update-info": bool(DISCOVERY & manifest().keys()),
    "docs-conditions": (INTEGRATION / "conditions.yaml").exists(),
    "docs-triggers": (INTEGRATION / "triggers.yaml").exists(),
}


def rules() -> dict[str, dict[str, str]]:
    """Return every rule with its status, and a comment if there is one."""
    return {
        name: {"status": rule} if isinstance(rule, str) else rule
        for name, rule in read_yaml(INTEGRATION / "quality_scale.yaml")["rules"].items()
    }


def is_done(rule: str) -> bool:
    """Return whether we claim to follow a rule."""
    return rules()[rule]["status"] == "done"


def functions(*parts: str) -> set[str]:
    """Return the functions that stand at the top of a file."""
    return {getattr(node, "name", "") for node in source(*parts).tree.body}


def test_all_rules_are_there() -> None:
    """Fifty-four, by tier."""
    assert [len(tier) for tier in RULES.values()] == [20, 10, 21, 3]
    assert rules().keys() == {rule for tier in RULES.values() for rule in tier}


def test_statuses() -> None:
    """Nothing is left to do, and an exemption has a reason."""
    for name, rule in rules().items():
        assert rule.keys() <= {"status", "comment"}, name
        assert rule["status"] in ("done", "exempt"), name
        assert rule["status"] == "done" or rule["comment"], name
    assert manifest()["quality_scale"] == list(RULES)[-1]


def test_exemptions() -> None:
    """A rule is exempt as long as there is nothing to apply it to."""
    assert {rule: is_done(rule) for rule in DUE} == DUE


def test_no_other_exemptions() -> None:
    """Every other rule has something to apply to."""
    assert {name for name in rules() if not is_done(name)} <= DUE.keys()


def test_documents() -> None:
    """Each rule about documents has its page, and its part of it."""
    assert {rule for rule in rules() if rule.startswith("docs-")} == DOCS.keys()
    for place in DOCS.values():
        name, _, heading = place.partition("#")
        assert len(page(ROOT / name)) > 1000, place
        assert not heading or heading in anchors(ROOT / name), place
    assert "https://smartcar.com" in page(ROOT / DOCS["docs-high-level-description"])


def test_entity_event_setup() -> None:
    """Every entity belongs to a coordinator, which it listens to while it is there."""
    for place, cls in entity_classes():
        assert issubclass(cls, CoordinatorEntity), place


def test_action_setup() -> None:
    """Actions are registered by `async_setup`, not by an entry."""
    registering = {
        item.parts
        for item in sources()
        for call, _ in calls(item.tree)
        if ast.unparse(call.func).endswith("services.async_register")
    }
    assert registering == {("diary_services",), ("plan_services",), ("services",)}
    callers = {
        function.name
        for call, function in calls(source("__init__").tree)
        if function and name_of(call.func) == "async_setup_services"
    }
    assert callers == {"async_setup"}


def test_brands() -> None:
    """There is an icon."""
    assert (INTEGRATION / "brand" / "icon.png").is_file()


def test_flows() -> None:
    """The flow can set up, ask for new credentials and change an entry."""
    assert manifest()["config_flow"] is True
    for step in ("user", "reauth", "reauth_confirm", "reconfigure"):
        assert hasattr(config_flow.SmartcarConfigFlow, f"async_step_{step}")


def test_unique_config_entry() -> None:
    """An application is set up once."""
    called = {name_of(call.func) for call, _ in calls(source("config_flow").tree)}
    assert {"async_set_unique_id", "_abort_if_unique_id_configured"} <= called


def test_has_entity_name_and_unique_id() -> None:
    """The base of all entities sees to both."""
    code = ast.unparse(source("entity").tree)
    assert "_attr_has_entity_name = True" in code
    assert "self._attr_unique_id = f'{vehicle.id}_{description.key}'" in code
    for place, cls in entity_classes():
        assert issubclass(cls, entity.SmartcarEntity), place


def entity_classes() -> Iterator[tuple[str, type]]:
    """Yield the classes of entities that the platforms define."""
    for platform in const.PLATFORMS:
        module = source(platform).module
        classes = [item for item in vars(module).values() if isinstance(item, type)]
        for cls in classes:
            if cls.__module__ == module.__name__ and issubclass(cls, Entity):
                yield f"{platform}.{cls.__name__}", cls


def test_runtime_data() -> None:
    """What runs hangs on the entry."""
    code = ast.unparse(source("__init__").tree)
    assert "entry.runtime_data = " in code
    assert "hass.data[DOMAIN]" not in code


def test_unloading() -> None:
    """An entry can be unloaded, and a device removed."""
    functions_ = functions("__init__")
    assert {"async_unload_entry", "async_remove_config_entry_device"} <= functions_


def test_integration_owner() -> None:
    """Somebody looks after it."""
    assert manifest()["codeowners"]


def test_parallel_updates() -> None:
    """Every platform with entities says so explicitly."""
    for platform in const.PLATFORMS:
        assert source(platform).module.PARALLEL_UPDATES == 0, platform


def test_diagnostics() -> None:
    """An entry and a car can be described."""
    assert {
        "async_get_config_entry_diagnostics",
        "async_get_device_diagnostics",
    } <= functions("diagnostics")


def test_entity_rules() -> None:
    """Categories, classes and entities that are off by default are in use."""
    assert any(row.entity_category for row in rows().values())
    assert any(row.device_class for row in rows().values())
    assert any(not row.entity_registry_enabled_default for row in rows().values())


def test_names_and_icons_are_translated() -> None:
    """No name and no icon stands in the code."""
    for item in sources():
        code = item.path.read_text("utf-8")
        assert "_attr_name" not in code, item.path.name
        assert "_attr_icon" not in code, item.path.name
    for place, row in rows().items():
        assert row.icon is None, place
        assert not isinstance(row.name, str), place


def test_repair_issues() -> None:
    """There are repairs, and every one names what to do."""
    assert texts()["issues"]


def test_inject_websession() -> None:
    """The client never makes a session of its own."""
    made = [
        item.where(call)
        for item in sources()
        for call, _ in calls(item.tree)
        if name_of(call.func) == "ClientSession"
    ]
    assert made == []


def test_strict_typing() -> None:
    """Types are checked strictly, and others may rely on them."""
    settings = ConfigParser()
    settings.read(ROOT / "setup.cfg", "utf-8")
    assert settings["mypy"].getboolean("strict")
    assert "custom_components" in settings["mypy"]["files"]
    assert (INTEGRATION / "py.typed").is_file()


def test_coordinators_belong_to_their_entry() -> None:
    """Without an entry a coordinator could not ask for new credentials."""
    starts = [
        call
        for call, _ in calls(source("coordinator").tree)
        if name_of(call.func) == "__init__"
    ]
    assert starts
    assert all(keyword(call, "config_entry") for call in starts)
