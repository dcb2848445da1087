"""The texts of the config and the options flow."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
import re
from typing import Any

import pytest

from custom_components.smartcar import entry_flow, listed_cars
from custom_components.smartcar.options import SmartcarOptions, fields as option_fields
from custom_components.smartcar.push.checklist import MOVED, NOTHING, STEPS, Checklist
from tools.languages import flatten as leaves, placeholders

from .files import ROOT, anchors, texts
from .source import (
    Function,
    Source,
    calls,
    constants,
    keyword,
    name_of,
    source,
    value_of,
)

# Where the flows' steps stand.
FLOWS = tuple(
    map(source, ("config_flow", "cars_flow", "push_flow", "entry_flow", "options_flow"))
)
# What judges credentials for the steps of the config flow.
JUDGE = source("listed_cars")

# Home Assistant has its own texts for these.
SHARED_REASONS = {"already_in_progress", "reauth_successful", "reconfigure_successful"}


@dataclass(frozen=True)
class Form:
    """A form as the code shows it."""

    step: str
    method: str
    fields: frozenset[str]
    given: frozenset[str]
    options: frozenset[str]
    sections: dict[str, set[str]]


@dataclass(frozen=True)
class Flow:
    """A class with steps, or what its steps call, and the file it stands in."""

    source: Source
    node: ast.ClassDef | ast.Module


def classes() -> dict[str, list[Flow]]:
    """Return the flows by their group of texts."""
    found: dict[str, list[Flow]] = {"config": [Flow(JUDGE, JUDGE.tree)], "options": []}
    for file in FLOWS:
        for node in file.tree.body:
            if isinstance(node, ast.ClassDef):
                bases = {name_of(base) for base in node.bases}
                if bases & {"ConfigFlow", "EntryFlow", "PushSteps", "CarSteps"}:
                    found["config"].append(Flow(file, node))
                elif any(base.startswith("OptionsFlow") for base in bases):
                    found["options"].append(Flow(file, node))
    return found


def forms(flows: list[Flow]) -> Iterator[Form]:
    """Find every form and menu of a flow; a method shows one at most."""
    for flow in flows:
        for method in flow.node.body:
            if not isinstance(method, Function.__value__):
                continue
            for call, _ in calls(method):
                shown = name_of(call.func)
                if shown not in ("async_show_form", "_form", "_menu"):
                    continue
                step, second, *_ = (*call.args, None, None)
                step = keyword(call, "step_id") or step
                assert step is not None, flow.source.where(call)
                for step_id, name in steps(step, method, flow):
                    links = {"help"} if step_id in entry_flow.PAGES else set()
                    yield Form(
                        step_id,
                        name,
                        frozenset(fields(method, flow)),
                        frozenset(given(call, flow.source) | links),
                        frozenset(choices(second, flow) if shown == "_menu" else ()),
                        sections(method),
                    )


def steps(step: ast.expr, method: Function, flow: Flow) -> Iterator[tuple[str, str]]:
    """Yield the steps that a method shows, each with the method that says which."""
    if isinstance(step, ast.Constant):
        yield value_of(step, flow.source.module), method.name
        return
    for call, caller in calls(flow.node):
        if name_of(call.func) == method.name and caller:
            yield value_of(call.args[0], flow.source.module), caller.name


def choices(menu: ast.expr, flow: Flow) -> Iterator[str]:
    """Yield the choices of a menu, also of those that are there at times only."""
    yield from constants(menu)
    named = {node.attr for node in ast.walk(menu) if isinstance(node, ast.Attribute)}
    for other in flow.node.body:
        if isinstance(other, Function.__value__) and other.name in named:
            for node in ast.walk(other):
                if isinstance(node, ast.Return):
                    yield from constants(node.value)


def fields(method: Function, flow: Flow) -> Iterator[str]:
    """Yield the keys of a schema, also of one that stands or is made elsewhere."""
    for node in ast.walk(method):
        if isinstance(node, ast.Name) and node.id.isupper():
            table = getattr(flow.source.module, node.id)
            yield from map(str, table if isinstance(table, dict) else ())
    for call, _ in calls(method):
        name = name_of(call.func)
        if name in ("Required", "Optional", "Inclusive", "Exclusive"):
            yield value_of(call.args[0], flow.source.module)
        elif name == "schema":
            parts = {field.section for _, field in option_fields()}
            yield from set(map(str, SmartcarOptions.schema().schema)) - parts
        elif name.endswith("_fields"):
            for other in (*flow.node.body, *flow.source.tree.body):
                if isinstance(other, Function.__value__) and other.name == name:
                    yield from fields(other, flow)


def sections(method: Function) -> dict[str, set[str]]:
    """Return the fields of each part of a form that can be folded."""
    found: dict[str, set[str]] = {}
    if any(name_of(call.func) == "schema" for call, _ in calls(method)):
        for name, field in option_fields():
            if field.section is not None:
                found.setdefault(field.section, set()).add(name)
    return found


def given(call: ast.Call, file: Source) -> set[str]:
    """Return the placeholders that a step fills."""
    if name_of(call.func) in ("_form", "_menu"):
        return named(call, file)
    match keyword(call, "description_placeholders"):
        case None:
            return set()
        case ast.Dict(keys=keys):
            return {value_of(key, file.module) for key in keys if key}
    raise AssertionError(file.where(call))


def named(call: ast.Call, file: Source) -> set[str]:
    """Return the placeholders that a flow's own form or menu fills."""
    found: set[str] = set()
    for item in call.keywords:
        if item.arg is None:
            assert name_of(item.value.func) == "placeholders", file.where(call)
            found |= Checklist(*[False] * 10, *[0] * 7).placeholders().keys()
        elif item.arg != "errors":
            found.add(item.arg)
    return found


def errors(flows: list[Flow]) -> set[str]:
    """Find the errors a form can show."""
    found: set[str] = set()
    for node in (node for flow in flows for node in ast.walk(flow.node)):
        match node:
            case ast.FunctionDef(returns=answer) | ast.AsyncFunctionDef(returns=answer):
                if answer and ast.unparse(answer) == "dict[str, str]":
                    for inner in ast.walk(node):
                        if isinstance(inner, ast.Return) and inner.value:
                            found |= error_keys(inner.value)
            case ast.Assign(targets=[ast.Name(id="errors")], value=value):
                found |= error_keys(value)
    return found


def error_keys(value: ast.expr) -> set[str]:
    """Return the keys in a dictionary of errors, looked up in a table or not."""
    found: set[str] = set()
    for node in ast.walk(value):
        if isinstance(node, ast.Dict):
            for item in node.values:
                found |= constants(item)
                used = {n.id for n in ast.walk(item) if isinstance(n, ast.Name)}
                if "ERRORS" in used:
                    found |= {key for _, key in listed_cars.ERRORS}
    return found


def called(flows: list[Flow]) -> Iterator[tuple[ast.Call, Source]]:
    """Yield every call in a flow, and where it stands."""
    for flow in flows:
        yield from ((call, flow.source) for call, _ in calls(flow.node))


def reasons(flows: list[Flow]) -> set[str]:
    """Find the reasons for which a flow can end without an entry."""
    found = set()
    for call, file in called(flows):
        match name_of(call.func):
            case "async_abort":
                reason = keyword(call, "reason")
                assert reason is not None, file.where(call)
                found.add(value_of(reason, file.module))
            case "_abort_if_unique_id_configured":
                found.add("already_configured")
            case "_abort_if_unique_id_mismatch":
                reason = keyword(call, "reason")
                found |= constants(reason) if reason else {"unique_id_mismatch"}
    return found - SHARED_REASONS


def endings(flows: list[Flow]) -> dict[str, set[str]]:
    """Find the texts an entry can be made with, and what they may name."""
    found: dict[str, set[str]] = {}
    for call, file in called(flows):
        if name_of(call.func) == "async_create_entry":
            description = keyword(call, "description")
            for name in constants(description) if description else ():
                found[name] = given(call, file)
    return found


@pytest.fixture(params=["config", "options"])
def group(request: pytest.FixtureRequest) -> str:
    """Return each group of texts in turn."""
    return request.param


@pytest.fixture
def flow(group: str) -> list[Flow]:
    """Return the flow's source."""
    return classes()[group]


@pytest.fixture
def words(group: str) -> dict[str, Any]:
    """Return the flow's texts."""
    return texts()[group]


def test_every_step_is_explained(flow: list[Flow], words: dict[str, Any]) -> None:
    """A step has a title and says what to do; no step is left over."""
    shown = {form.step for form in forms(flow)}
    assert words["step"].keys() == shown
    for step, text in words["step"].items():
        assert {"title", "description"} <= text.keys(), step


def test_steps_are_named_like_their_methods(flow: list[Flow]) -> None:
    """Home Assistant calls the method by the step's name."""
    for form in forms(flow):
        assert form.method == f"async_step_{form.step}"


def test_the_checklist_knows_every_next_step() -> None:
    """What is to be done next has a text, and so has that nothing is."""
    told = texts()["entity"]["sensor"]["webhook"]["state_attributes"]["next_step"]
    assert told["state"].keys() == {*STEPS, MOVED, NOTHING}


def test_help_leads_somewhere() -> None:
    """Every link to a page of the documents leads to a heading that is there."""
    links = {
        link
        for file in FLOWS
        for node in ast.walk(file.tree)
        for text in constants(node)
        for link in re.findall(r"[a-z-]+\.md(?:#[a-z-]+)?$", text)
    }
    assert len(links) > len(FLOWS)
    for link in links:
        name, _, anchor = link.partition("#")
        assert not anchor or anchor in anchors(ROOT / "docs" / name), link


def test_every_field_is_explained(flow: list[Flow], words: dict[str, Any]) -> None:
    """Every field has a label and a line below it; every choice has its words."""
    for form in forms(flow):
        text = words["step"][form.step]
        assert text.get("data", {}).keys() == form.fields, form.step
        assert text.get("data_description", {}).keys() == form.fields, form.step
        assert text.get("menu_options", {}).keys() == form.options, form.step
        parts = text.get("sections", {})
        assert parts.keys() == form.sections.keys(), form.step
        for name, part in parts.items():
            assert {"name", "description"} <= part.keys(), name
            assert part["data"].keys() == form.sections[name], name
            assert part["data_description"].keys() == form.sections[name], name


def test_steps_name_only_what_they_are_given(
    flow: list[Flow], words: dict[str, Any]
) -> None:
    """Every placeholder of a step is filled, and none is given in vain."""
    of_errors = names_of(words.get("error", {}))
    for form in forms(flow):
        named = names_of(words["step"][form.step])
        assert named | of_errors == form.given, form.step


def test_errors(flow: list[Flow], words: dict[str, Any]) -> None:
    """Every error has a text and none is unused."""
    assert words.get("error", {}).keys() == errors(flow)


def test_reasons(flow: list[Flow], words: dict[str, Any]) -> None:
    """Every reason to stop has a text and none is unused."""
    assert words.get("abort", {}).keys() == reasons(flow)


def test_endings(flow: list[Flow], words: dict[str, Any]) -> None:
    """Every ending has a text and none is unused."""
    ends = endings(flow)
    assert words.get("create_entry", {}).keys() == ends.keys()
    for name, text in words.get("create_entry", {}).items():
        assert placeholders(text) <= ends[name], name


def test_errors_and_reasons_name_nothing(group: str, words: dict[str, Any]) -> None:
    """Any form may show them; only the options have but one, which fills them in."""
    assert names_of(words.get("abort", {})) == set()
    assert group == "options" or names_of(words["error"]) == set()


def names_of(words: dict[str, Any]) -> set[str]:
    """Return all that some texts name."""
    return {name for _, text in leaves(words) for name in placeholders(text)}
