"""Options flow: the pace of reads, the plan's calls, charging costs, assistants."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigFlowResult, OptionsFlowWithReload

from .const import (
    CONF_CALL_LIMIT,
    CONF_CALL_RESERVE,
    CONF_CHARGING_LOSS,
    CONF_HOME_PRICE,
    CONF_HOME_PRICE_ENTITY,
    HELP,
)
from .options import (
    CHARGING_COSTS,
    SECTIONS,
    SmartcarOptions,
    fields,
    flat,
    nested,
)
from .prices import async_suggested_home_price, price_factor, unit_of, units_taken


class SmartcarOptionsFlow(OptionsFlowWithReload):
    """Asks for the options; saving them reloads the entry."""

    def __init__(self) -> None:
        """Begin with no form shown."""
        self._shown: Mapping[str, Any] | None = None

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the pace, the calls of the plan, commands, prices and assistants."""
        errors: dict[str, str] = {}
        options, schema = self.config_entry.options, SmartcarOptions.schema()
        if self._shown is None:
            usual = flat(schema({part: {} for part in SECTIONS}))
            self._shown = {**usual, **await self._async_suggested(), **options}
        given: Mapping[str, Any] = self._shown
        if user_input is not None:
            filled_in, ours = flat(user_input), {name for name, _ in fields()}
            # A field that is left unchanged follows the entry, which may have changed.
            kept = {
                name: value
                for name, value in options.items()
                if name not in ours or filled_in.get(name) == self._shown.get(name)
            }
            given = {**filled_in, **kept}
            if not (errors := self._refused(given)):
                return self.async_create_entry(data=dict(given))
        price_entity = self.hass.states.get(given.get(CONF_HOME_PRICE_ENTITY, ""))
        currency = self.hass.config.currency
        return self.async_show_form(
            step_id="init",
            # What is wrong in a part of the form is seen there.
            data_schema=self.add_suggested_values_to_schema(
                SmartcarOptions.schema(unfolded=errors), nested(given)
            ),
            errors=errors,
            description_placeholders={
                "help": f"{HELP}/configuration.md",
                "currency": currency,
                "unit": unit_of(price_entity) or "?",
                "units": units_taken(currency),
            },
        )

    def _refused(self, given: Mapping[str, Any]) -> dict[str, str]:
        """Return what does not fit together, by the field or the part of the form."""
        if given[CONF_CALL_RESERVE] >= given[CONF_CALL_LIMIT]:
            return {CONF_CALL_RESERVE: "reserve_too_large"}
        return self._refused_price(given)

    def _refused_price(self, given: Mapping[str, Any]) -> dict[str, str]:
        """Return why the price at home cannot be used."""
        if (entity_id := given.get(CONF_HOME_PRICE_ENTITY)) is None:
            return {}
        if CONF_HOME_PRICE in given:
            return {CHARGING_COSTS: "two_home_prices"}
        if (state := self.hass.states.get(entity_id)) is None:
            return {CHARGING_COSTS: "price_entity_missing"}
        if (unit := unit_of(state)) is None:
            return {CHARGING_COSTS: "price_without_unit"}
        if price_factor(unit, self.hass.config.currency) is None:
            return {CHARGING_COSTS: "price_unit"}
        return {}

    async def _async_suggested(self) -> dict[str, Any]:
        """Return the home price that Home Assistant has, until one was chosen or not.

        Whatever is saved has a value for the losses.
        """
        if CONF_CHARGING_LOSS in self.config_entry.options:
            return {}
        price = await async_suggested_home_price(self.hass)
        if price is None:
            return {}
        name = CONF_HOME_PRICE_ENTITY if isinstance(price, str) else CONF_HOME_PRICE
        return {name: price}
