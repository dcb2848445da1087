"""What a person can do about a repair: look again, or choose."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from .const import DOMAIN
from .runtime import SmartcarRuntime
from .same_car import SAME_CAR, candidates, description
from .sending import async_choose_control
from .takeover.report import async_findings

# Which known car a new one is: the field, and the answer that it is another.
CHOSEN: Final = "car"
OTHER: Final = "other"


class RecheckFlow(RepairsFlow):
    """Shows what is to be done, and looks again when the person says it is.

    The repair goes when what it is about is well; a person cannot wish it away.
    """

    async def async_step_init(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Begin with the explanation."""
        return await self.async_step_recheck()

    async def async_step_recheck(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Explain, and look again on submit."""
        errors: dict[str, str] = {}
        if user_input is not None:
            if (runtime := _runtime(self.hass, self.data)) is not None:
                await runtime.async_recheck()
            if self._issue() is None:
                return self.async_create_entry(data={})
            errors = {"base": "still_there"}
        issue = self._issue()
        return self.async_show_form(
            step_id="recheck",
            data_schema=vol.Schema({}),
            errors=errors,
            description_placeholders=issue.translation_placeholders if issue else None,
        )

    @callback
    def _issue(self) -> ir.IssueEntry | None:
        return ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)


@callback
def _runtime(
    hass: HomeAssistant, data: Mapping[str, Any] | None
) -> SmartcarRuntime | None:
    """Return what runs for the entry of a repair, if it does."""
    entry_id = str((data or {}).get("entry_id"))
    entry = hass.config_entries.async_get_entry(entry_id)
    if entry is None or entry.state is not ConfigEntryState.LOADED:
        return None
    runtime: SmartcarRuntime = entry.runtime_data
    return runtime


class ControlFlow(RepairsFlow):
    """Asks what becomes of a control that a car does not obey."""

    async def async_step_init(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Explain, and offer the choice."""
        registry = ir.async_get(self.hass)
        issue = registry.async_get_issue(DOMAIN, self.issue_id)
        return self.async_show_menu(
            step_id="init",
            menu_options=["remove", "keep"],
            description_placeholders=issue.translation_placeholders if issue else None,
        )

    async def async_step_remove(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Remove the control."""
        return self._choose(remove=True)

    async def async_step_keep(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Keep the control, and ask no more."""
        return self._choose(remove=False)

    def _choose(self, *, remove: bool) -> RepairsFlowResult:
        data = self.data or {}
        runtime = _runtime(self.hass, self.data)
        vehicle = runtime.vehicles.get(str(data["vehicle_id"])) if runtime else None
        if vehicle is None:
            return self.async_abort(reason="not_running")
        async_choose_control(vehicle, str(data["signal"]), remove=remove)
        return self.async_create_entry(data={})


class SameCarFlow(RepairsFlow):
    """Asks which known car a new one is, if it is one."""

    async def async_step_init(
        self,
        user_input: dict[str, str] | None = None,
    ) -> RepairsFlowResult:
        """Begin with the question."""
        return await self.async_step_choose()

    async def async_step_choose(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Offer the cars that it may be, and join it with the one that is chosen."""
        runtime = _runtime(self.hass, self.data)
        vehicle_id = str((self.data or {}).get("vehicle_id"))
        car = runtime.vehicles.get(vehicle_id) if runtime else None
        if runtime is None or car is None:
            return self.async_abort(reason="not_running")
        comparison = runtime.connections.comparison
        known = {
            before.id: description(runtime.context.entry, before)
            for before in candidates(car, runtime.vehicles)
        }
        if not known:
            return self.async_create_entry(data={})
        chosen = (user_input or {}).get(CHOSEN)
        if chosen in known:
            comparison.join(chosen, vehicle_id)
            return self.async_create_entry(data={})
        if chosen is not None:
            comparison.keep_apart(vehicle_id)
            return self.async_create_entry(data={})
        issue = ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)
        options = [
            *(SelectOptionDict(value=id_, label=name) for id_, name in known.items()),
            SelectOptionDict(value=OTHER, label=OTHER),
        ]
        choice = SelectSelectorConfig(
            options=options,
            translation_key=(issue and issue.translation_key) or SAME_CAR,
            mode=SelectSelectorMode.LIST,
        )
        return self.async_show_form(
            step_id="choose",
            # A required field would come with the first answer chosen.
            data_schema=vol.Schema({vol.Optional(CHOSEN): SelectSelector(choice)}),
            errors={} if user_input is None else {"base": "no_answer"},
            description_placeholders=issue.translation_placeholders if issue else None,
        )


class TakenOverFlow(RepairsFlow):
    """Shows what changed with an entry that was taken over; submitting closes it."""

    async def async_step_init(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Begin with the explanation."""
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Explain, and end on submit."""
        if user_input is not None:
            return self.async_create_entry(data={})
        issue = ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)
        named = issue.translation_placeholders if issue else None
        findings = await async_findings(self.hass, self.data or {})
        return self.async_show_form(
            step_id="confirm",
            data_schema=vol.Schema({}),
            description_placeholders={**(named or {}), "findings": findings},
        )


async def async_create_fix_flow(
    hass: HomeAssistant,
    issue_id: str,
    data: dict[str, Any] | None,
) -> RepairsFlow:
    """Return the way to mend an issue: a choice, if it asks for one."""
    if issue_id.startswith("taken_over_"):
        return TakenOverFlow()
    if data and data.get("scope") == SAME_CAR:
        return SameCarFlow()
    return ControlFlow() if data and "signal" in data else RecheckFlow()
