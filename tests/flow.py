"""What a person sees and does in the flows; every text shown is checked."""

from collections.abc import Iterator, Mapping
import json
from pathlib import Path
from string import Formatter
from typing import Any

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntry,
    ConfigFlowResult,
)
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.core import DOMAIN as HOMEASSISTANT_DOMAIN, HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, section
from pytest_homeassistant_custom_component.common import MockConfigEntry

import custom_components.smartcar
from custom_components.smartcar.const import CONF_VEHICLES, DOMAIN
from simulator import fleet

TEXTS = json.loads(
    Path(custom_components.smartcar.__file__)
    .with_name("translations")
    .joinpath("en.json")
    .read_text(encoding="utf-8")
)
CREDENTIALS = {
    CONF_CLIENT_ID: fleet.CLIENT_ID,
    CONF_CLIENT_SECRET: fleet.CLIENT_SECRET,
}
ALL_CARS = {fleet.BEV, fleet.PHEV, fleet.ICE}

# What Home Assistant says in its own words.
SHARED_REASONS = {
    "already_in_progress",
    "reauth_successful",
    "reconfigure_successful",
}


# What a person sees and does


async def begin(hass: HomeAssistant) -> ConfigFlowResult:
    """Add an integration and pick Smartcar."""
    return checked(
        await hass.config_entries.flow.async_init(
            DOMAIN, context={"source": SOURCE_USER}
        )
    )


async def sign_in(hass: HomeAssistant, **fields: str) -> ConfigFlowResult:
    """Add an integration with the application's credentials, or with others."""
    return await submit(hass, await begin(hass), **CREDENTIALS | fields)


async def add(hass: HomeAssistant, *cars: str, **fields: str) -> ConfigFlowResult:
    """Add some cars, or all, without push; return how the flow ended."""
    result = await sign_in(hass, **fields)
    result = await submit(hass, result, vehicles=list(cars or ALL_CARS))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    return result


async def reconfigure(hass: HomeAssistant, entry: ConfigEntry) -> ConfigFlowResult:
    """Choose Reconfigure in an entry's menu."""
    context = {"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id}
    return checked(await hass.config_entries.flow.async_init(DOMAIN, context=context))


async def change(
    hass: HomeAssistant, entry: ConfigEntry, what: str, **fields: Any
) -> ConfigFlowResult:
    """Choose from the menu under Reconfigure, and fill in the form if asked to."""
    result = await submit(hass, await reconfigure(hass, entry), next_step_id=what)
    return await submit(hass, result, **fields) if fields else result


async def reauthenticate(
    hass: HomeAssistant, entry: MockConfigEntry
) -> ConfigFlowResult:
    """Follow the invitation to give a new secret."""
    return checked(await entry.start_reauth_flow(hass))


async def configure(
    hass: HomeAssistant, entry: MockConfigEntry, **fields: Any
) -> ConfigFlowResult:
    """Choose Configure, the options of an entry, and fill in the form if asked to."""
    result = checked(await hass.config_entries.options.async_init(entry.entry_id))
    return await submit(hass, result, **fields) if fields else result


async def submit(
    hass: HomeAssistant,
    result: ConfigFlowResult,
    *,
    skip_push: bool = True,
    **fields: Any,
) -> ConfigFlowResult:
    """Fill in a form and submit it; go on without push unless that is the matter."""
    flows = (
        hass.config_entries.flow
        if result["handler"] == DOMAIN
        else hass.config_entries.options
    )
    fields = in_sections(result, fields)
    result = checked(await flows.async_configure(result["flow_id"], fields))
    await hass.async_block_till_done()
    if skip_push and result.get("step_id") in ("push", "webhook"):
        return await submit(hass, result)
    return result


def is_section(field: object) -> bool:
    """Return whether a field of a form is a part of it that can be folded."""
    return isinstance(field, section)


def in_sections(result: ConfigFlowResult, fields: dict[str, Any]) -> dict[str, Any]:
    """Return fields as the frontend sends them: with all that a section shows.

    A field that is given as None is emptied.
    """
    schema = result.get("data_schema")
    folded = {
        f: part
        for f, part in (schema.schema if schema else {}).items()
        if is_section(part)
    }
    sent = dict(fields)
    for name, part in folded.items():
        shown = {
            str(field): (field.description or {}).get("suggested_value")
            for field in part.schema.schema
        }
        shown |= {field: sent.pop(field) for field in shown if field in sent}
        sent[str(name)] = {f: value for f, value in shown.items() if value is not None}
    return sent


def field_texts(step: Mapping[str, Any], fields: set[str]) -> Iterator[str]:
    """Yield the texts of the fields of a form or of a part of it."""
    for part in ("data", "data_description"):
        assert step.get(part, {}).keys() >= fields
        yield from (step[part][field] for field in fields)


def checked(result: ConfigFlowResult) -> ConfigFlowResult:
    """Check that all that a result shows has a text, with all it names given."""
    given = set(result.get("description_placeholders") or {})
    for text in texts(result):
        assert text
        assert {name for _, name, _, _ in Formatter().parse(text) if name} <= given
    return result


def texts(result: ConfigFlowResult) -> Iterator[str]:
    """Yield the texts shown for a result; a missing one raises KeyError."""
    of_flow = TEXTS["config" if result["handler"] == DOMAIN else "options"]
    match result["type"]:
        case FlowResultType.FORM:
            step = of_flow["step"][result["step_id"]]
            form = result["data_schema"].schema
            fields = {str(field) for field in form}
            yield from (step["title"], step["description"])
            folded = {str(f): part for f, part in form.items() if is_section(part)}
            for name, part in folded.items():
                words = step["sections"][name]
                yield from (words["name"], words["description"])
                yield from field_texts(words, {str(f) for f in part.schema.schema})
            yield from field_texts(step, fields - folded.keys())
            for field, error in (result["errors"] or {}).items():
                assert field in {"base", *fields}
                yield of_flow["error"][error]
        case FlowResultType.MENU:
            step = of_flow["step"][result["step_id"]]
            assert step["menu_options"].keys() >= set(result["menu_options"])
            yield from (step["title"], step["description"])
            for part in ("menu_options", "menu_option_descriptions"):
                yield from step.get(part, {}).values()
        case FlowResultType.ABORT:
            if result.get("translation_domain") != HOMEASSISTANT_DOMAIN:
                yield of_flow["abort"][result["reason"]]
            else:
                assert result["reason"] in SHARED_REASONS
        case FlowResultType.CREATE_ENTRY:
            if result.get("description"):
                yield of_flow["create_entry"][result["description"]]


def assert_form(
    result: ConfigFlowResult, step_id: str, errors: Mapping[str, str] | None = None
) -> None:
    """Check which form is shown, and what it says is wrong."""
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == step_id
    assert (result["errors"] or {}) == (errors or {})


def assert_abort(result: ConfigFlowResult, reason: str) -> None:
    """Check why a flow ended without a new entry."""
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == reason


def selectors(result: ConfigFlowResult) -> dict[str, dict[str, Any]]:
    """Return how a form's fields are drawn."""
    return {
        str(field): selector.serialize()["selector"]
        for field, selector in result["data_schema"].schema.items()
        if not is_section(selector)
    }


def offered(result: ConfigFlowResult) -> dict[str, str]:
    """Return the cars a form offers, id to label."""
    options = selectors(result)[CONF_VEHICLES]["select"]["options"]
    return {option["value"]: option["label"] for option in options}


def ticked(result: ConfigFlowResult) -> set[str]:
    """Return the cars that are ticked when the form opens."""
    return set(result["data_schema"]({})[CONF_VEHICLES])


def filled_in(result: ConfigFlowResult) -> dict[str, str]:
    """Return what stands in a form's fields when it opens."""
    form = result["data_schema"].schema
    parts = [part.schema.schema for part in form.values() if is_section(part)]
    return {
        str(field): field.description["suggested_value"]
        for fields in (form, *parts)
        for field in fields
        if field.description and field.description["suggested_value"]
    }


def entry_of(hass: HomeAssistant, client_id: str) -> MockConfigEntry:
    """Return the entry of a client id."""
    entry = hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, client_id)
    assert entry is not None
    return entry
