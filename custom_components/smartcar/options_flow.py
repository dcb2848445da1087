"""How the cars are read, what that may cost, and whether to send commands."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from homeassistant.config_entries import ConfigFlowResult, OptionsFlowWithReload
from homeassistant.const import UnitOfTime
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from .const import (
    CONF_CALL_LIMIT,
    CONF_CALL_RESERVE,
    CONF_PACE,
    CONF_READ_INTERVAL,
    CONF_READ_ONLY,
    CONF_SHARED_LIMIT,
    CONF_SHORTEST_INTERVAL,
    HELP,
)
from .options import SmartcarOptions
from .polling.pace import PaceMode


class SmartcarOptionsFlow(OptionsFlowWithReload):
    """The form of an entry's options; saving it reloads the entry."""

    def __init__(self) -> None:
        """Begin with no form shown."""
        self._shown: Mapping[str, Any] | None = None

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the pace, the calls of the plan, and for read-only use."""
        errors: dict[str, str] = {}
        options, schema = self.config_entry.options, _options_schema()
        if self._shown is None:
            self._shown = {**schema({}), **options}
        given: Mapping[str, Any] = self._shown
        if user_input is not None:
            # What was left as it was shown follows the entry, which may have changed.
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


def _options_schema() -> vol.Schema:
    """Return the fields of the options with what is usual."""
    usual = SmartcarOptions()
    minutes = usual.pace.floor / timedelta(minutes=1)
    hours = usual.pace.interval / timedelta(hours=1)
    return vol.Schema(
        {
            vol.Required(CONF_PACE, default=usual.pace.mode.value): SelectSelector(
                SelectSelectorConfig(
                    options=[mode.value for mode in PaceMode],
                    translation_key=CONF_PACE,
                    mode=SelectSelectorMode.LIST,
                )
            ),
            vol.Required(CONF_SHORTEST_INTERVAL, default=minutes): _number(
                15, 240, 5, UnitOfTime.MINUTES
            ),
            vol.Required(CONF_READ_INTERVAL, default=hours): _number(
                0.25, 168, 0.25, UnitOfTime.HOURS
            ),
            vol.Required(CONF_CALL_LIMIT, default=usual.call_limit): _number(
                1, 1_000_000
            ),
            vol.Required(CONF_CALL_RESERVE, default=usual.call_reserve): _number(
                0, 1_000_000
            ),
            vol.Required(
                CONF_SHARED_LIMIT, default=usual.shared_limit
            ): BooleanSelector(),
            vol.Required(CONF_READ_ONLY, default=usual.read_only): BooleanSelector(),
        }
    )


def _number(
    lowest: float, highest: float, step: float = 1, unit: str | None = None
) -> NumberSelector:
    """Build a field for a number, in a unit."""
    config = NumberSelectorConfig(
        min=lowest, max=highest, step=step, mode=NumberSelectorMode.BOX
    )
    if unit is not None:
        config["unit_of_measurement"] = unit
    return NumberSelector(config)
