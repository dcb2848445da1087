"""What all steps of the config flow share: the data of its entry, and its forms."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
)
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET, CONF_WEBHOOK_ID
from homeassistant.core import callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.selector import (
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
from homeassistant.util import dt as dt_util
import voluptuous as vol

from .api import SmartcarClient
from .const import CONF_MANAGEMENT_TOKEN, CONF_PREVIOUS_TOKEN, CONF_ROTATED_AT, HELP
from .device import vehicle_id_of
from .runtime import SmartcarRuntime

TEXT: Final = TextSelector()
# "new-password": a browser must not fill in, unseen, the password it has saved for
# Home Assistant; where an empty field keeps the secret that would go to Smartcar.
SECRET: Final = TextSelector(
    TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="new-password")
)

type Fields = Mapping[vol.Marker, object]


class EntryFlow(ConfigFlow):
    """A flow about one entry: one that is there, or one to come.

    `_changes` holds what the person changed, `None` for what goes. It is put on
    top of the entry as it is then: another flow may have changed that meanwhile.
    """

    def __init__(self) -> None:
        """Start with nothing changed."""
        self._changes: dict[str, Any] = {}

    # The entry

    def _base(self) -> Mapping[str, Any]:
        """Return the data of the entry as it is; a new one has none."""
        if self.source == SOURCE_RECONFIGURE:
            return self._get_reconfigure_entry().data
        if self.source == SOURCE_REAUTH:
            return self._get_reauth_entry().data
        return {}

    @property
    def _data(self) -> dict[str, Any]:
        """Return the entry's data as they are with the changes.

        An address that the entry has stays, unless push is switched off.
        """
        base = self._base()
        data = {**base, **self._changes}
        if data.get(CONF_WEBHOOK_ID) and base.get(CONF_WEBHOOK_ID):
            data[CONF_WEBHOOK_ID] = base[CONF_WEBHOOK_ID]
        return {name: value for name, value in data.items() if value is not None}

    def _final_data(self) -> dict[str, Any]:
        """Return the data to store; the token before is accepted for another day."""
        data, previous = self._data, self._base().get(CONF_MANAGEMENT_TOKEN)
        token = self._changes.get(CONF_MANAGEMENT_TOKEN)
        if previous and token and previous != token:
            data[CONF_PREVIOUS_TOKEN] = previous
            data[CONF_ROTATED_AT] = dt_util.utcnow().isoformat()
        return data

    def _client(self) -> SmartcarClient:
        data = self._data
        return SmartcarClient(
            async_get_clientsession(self.hass),
            data[CONF_CLIENT_ID],
            data[CONF_CLIENT_SECRET],
        )

    def _runtime(self) -> SmartcarRuntime | None:
        """Return what runs for the entry that is reconfigured, if it does."""
        if self.source != SOURCE_RECONFIGURE:
            return None
        entry = self._get_reconfigure_entry()
        if entry.state is not ConfigEntryState.LOADED:
            return None
        runtime: SmartcarRuntime = entry.runtime_data
        return runtime

    def _cars_of(self, entry: ConfigEntry) -> frozenset[str]:
        """Return the ids of the cars that have a device in an entry."""
        devices = dr.async_entries_for_config_entry(
            dr.async_get(self.hass), entry.entry_id
        )
        return frozenset(filter(None, map(vehicle_id_of, devices)))

    # Forms

    @callback
    def _form(
        self,
        step_id: str,
        fields: Fields,
        page: str | None = None,
        *,
        given: Mapping[str, Any] | None = None,
        errors: dict[str, str] | None = None,
        **placeholders: str,
    ) -> ConfigFlowResult:
        """Show a form with what was given; `page` of the documents tells more."""
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema(dict(fields)), given or {}
            ),
            errors=errors or {},
            description_placeholders=placeholders
            | ({"help": f"{HELP}/{page}"} if page else {}),
        )

    @callback
    def _menu(
        self, step_id: str, options: list[str], page: str, **placeholders: str
    ) -> ConfigFlowResult:
        """Show a menu; `page` of the documents tells more."""
        return self.async_show_menu(
            step_id=step_id,
            menu_options=options,
            description_placeholders={"help": f"{HELP}/{page}", **placeholders},
        )


def stripped(user_input: Mapping[str, str] | None) -> dict[str, str]:
    """Return what was entered without what pasting adds."""
    return {key: value.strip() for key, value in (user_input or {}).items()}
