"""Options flow: the pace of reads, the calls of the plan, read-only use."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigFlowResult, OptionsFlowWithReload

from .const import CONF_CALL_LIMIT, CONF_CALL_RESERVE, HELP
from .options import SmartcarOptions


class SmartcarOptionsFlow(OptionsFlowWithReload):
    """Asks for the options; saving them reloads the entry."""

    def __init__(self) -> None:
        """Begin with no form shown."""
        self._shown: Mapping[str, Any] | None = None

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the pace, the calls of the plan, and for read-only use."""
        errors: dict[str, str] = {}
        options, schema = self.config_entry.options, SmartcarOptions.schema()
        if self._shown is None:
            self._shown = {**schema({}), **options}
        given: Mapping[str, Any] = self._shown
        if user_input is not None:
            # A field that is left unchanged follows the entry, which may have changed.
            kept = {
                name: value
                for name, value in options.items()
                if name not in user_input or user_input[name] == self._shown.get(name)
            }
            given = {**user_input, **kept}
            if given[CONF_CALL_RESERVE] < given[CONF_CALL_LIMIT]:
                return self.async_create_entry(data=dict(given))
            errors = {CONF_CALL_RESERVE: "reserve_too_large"}
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(schema, given),
            errors=errors,
            description_placeholders={"help": f"{HELP}/configuration.md"},
        )
