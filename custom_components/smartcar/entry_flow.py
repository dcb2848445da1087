"""What all steps of the config flow share: an entry's data, its cars, and forms."""

from collections.abc import Mapping
import logging
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
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.selector import (
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
from homeassistant.util import dt as dt_util
import voluptuous as vol

from .api import Connection, SmartcarClient, SmartcarError
from .connections import FIRST_READS
from .const import (
    CONF_EXCLUDED,
    CONF_MANAGEMENT_TOKEN,
    CONF_PREVIOUS_TOKEN,
    CONF_ROTATED_AT,
    DASHBOARD,
    HELP,
)
from .listed_cars import (
    UUID,
    Connections,
    Reads,
    async_offered,
    errors_of,
    signals_in,
)
from .runtime import SmartcarRuntime
from .titles import title_of

_LOGGER = logging.getLogger(__name__)

TEXT: Final = TextSelector()
# "new-password": a browser must not fill in, unseen, the password it has saved for
# Home Assistant; where an empty field keeps the secret that would go to Smartcar.
SECRET: Final = TextSelector(
    TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="new-password")
)

# Where the documents help with a step.
PAGES: Final = {
    "user": "installation.md#credentials",
    "reauth_confirm": "installation.md#a-new-secret",
    "take_over": "switching.md",
    "reconfigure": "installation.md#change-something-later",
    "credentials": "installation.md#change-something-later",
    "no_vehicles": "installation.md#connect-a-car",
    "connect": "installation.md#connect-a-car",
    "vehicles": "installation.md#your-cars",
    "cars": "installation.md#your-cars",
    "push": "webhook.md#set-it-up",
    "webhook": "webhook.md#set-it-up",
    "push_unavailable": "webhook.md#what-you-need",
    "webhook_unavailable": "webhook.md#what-you-need",
    "token": "webhook.md#change-the-token",
    "checklist": "webhook.md#the-checklist",
    "complete": "webhook.md#the-checklist",
    "switch_off": "webhook.md#switch-it-off",
}

type Fields = Mapping[vol.Marker, object]


class EntryFlow(ConfigFlow):
    """A flow that changes an entry, or makes one.

    `_changes` holds what the person changed, `None` for what goes; `_excludes` and
    `_includes` the cars that were unticked and ticked. They are put on top of the
    entry's data as they are then: another flow may have changed those meanwhile.
    """

    def __init__(self) -> None:
        """Start with nothing changed."""
        # What a form showed when it opened; what differs is what a person changed.
        self._shown: Mapping[str, Any] = {}
        self._changes: dict[str, Any] = {}
        self._excludes: frozenset[str] = frozenset()
        self._includes: frozenset[str] = frozenset()
        self._has_chosen = False
        self._connections: Connections = ()
        self._reads: Reads = {}

    # The entry

    def _entry(self) -> ConfigEntry | None:
        """Return the entry to change, None for a new one."""
        if self.source == SOURCE_RECONFIGURE:
            return self._get_reconfigure_entry()
        return self._get_reauth_entry() if self.source == SOURCE_REAUTH else None

    def _base(self) -> Mapping[str, Any]:
        """Return the data of the entry as it is; a new one has none."""
        entry = self._entry()
        return entry.data if entry else {}

    @property
    def _data(self) -> dict[str, Any]:
        """Return the entry's data with the changes.

        An address that the entry has stays, unless push is switched off. A car that
        is not listed just now stays where it was, and so does one that was deleted
        while the form was open.
        """
        base = self._base()
        data = {**base, **self._changes}
        if data.get(CONF_WEBHOOK_ID) and base.get(CONF_WEBHOOK_ID):
            data[CONF_WEBHOOK_ID] = base[CONF_WEBHOOK_ID]
        if self._has_chosen:
            excluded = self._excludes.union(data.get(CONF_EXCLUDED, ()))
            data[CONF_EXCLUDED] = sorted(excluded - self._includes)
        return {name: value for name, value in data.items() if value is not None}

    def _is_other_application(self) -> bool:
        """Return whether the entry is to change to another client id."""
        entry = self._entry()
        return entry is not None and self._data[CONF_CLIENT_ID] != entry.unique_id

    def _runtime(self) -> SmartcarRuntime | None:
        """Return what runs for the entry to change, if it does."""
        entry = self._entry()
        if entry is None or entry.state is not ConfigEntryState.LOADED:
            return None
        runtime: SmartcarRuntime = entry.runtime_data
        return runtime

    @callback
    def _save(self) -> ConfigFlowResult:
        """Create or update the entry; a replaced token stays valid for a day."""
        data, previous = self._data, self._base().get(CONF_MANAGEMENT_TOKEN)
        token = self._changes.get(CONF_MANAGEMENT_TOKEN)
        if previous and token and previous != token:
            data[CONF_PREVIOUS_TOKEN] = previous
            data[CONF_ROTATED_AT] = dt_util.utcnow().isoformat()
        entry, title = self._entry(), title_of(data[CONF_CLIENT_ID])
        if entry is None:
            return self._create(title, data)
        runtime = self._runtime()
        if runtime is not None and data == entry.data:
            runtime.push.async_sync_soon()
        has_own_title = entry.title != title_of(entry.data[CONF_CLIENT_ID])
        return self.async_update_reload_and_abort(
            entry,
            unique_id=data[CONF_CLIENT_ID],
            title=entry.title if has_own_title else title,
            data=data,
            reload_even_if_entry_is_unchanged=runtime is None,
        )

    @callback
    def _create(self, title: str, data: dict[str, Any]) -> ConfigFlowResult:
        """Create the entry, and hand it the cars' first reads."""
        # Another flow about the same application may have been faster.
        self._abort_if_unique_id_configured()
        first_reads = self.hass.data.setdefault(FIRST_READS, {})
        first_reads[data[CONF_CLIENT_ID]] = self._reads
        is_empty = bool(self._reads) and not signals_in(self._reads)
        has_push = CONF_MANAGEMENT_TOKEN in data
        return self.async_create_entry(
            title=title,
            data=data,
            description="store_empty" if is_empty and not has_push else None,
            description_placeholders={"dashboard": DASHBOARD},
        )

    # Its cars

    def _client(self) -> SmartcarClient:
        """Return a client with the credentials as they are with the changes."""
        data = self._data
        session = async_get_clientsession(self.hass)
        return SmartcarClient(session, data[CONF_CLIENT_ID], data[CONF_CLIENT_SECRET])

    async def _try_credentials(self) -> dict[str, str]:
        """List the connections; return the form's errors."""
        if UUID.fullmatch(self._data[CONF_CLIENT_ID]):
            return {CONF_CLIENT_ID: "application_id_given"}
        try:
            self._connections = (await self._client().connections()).items
        except SmartcarError as err:
            _LOGGER.debug("Credentials could not be used: %s", err)
            return errors_of(err)
        return {}

    def _offered(self) -> dict[str, Connection]:
        """Return the newest connection of every car that this entry can have."""
        return async_offered(self.hass, self._entry(), self._connections)

    def _chosen(self) -> dict[str, Connection]:
        """Return the newest connection of every car that is not excluded."""
        excluded = self._data.get(CONF_EXCLUDED, ())
        return {id_: it for id_, it in self._offered().items() if id_ not in excluded}

    # Forms

    @callback
    def _form(
        self,
        step_id: str,
        fields: Fields,
        given: Mapping[str, Any] | None = None,
        errors: dict[str, str] | None = None,
        **placeholders: str,
    ) -> ConfigFlowResult:
        """Show a form with what was given."""
        schema = vol.Schema(dict(fields))
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, given or {}),
            errors=errors or {},
            description_placeholders=_with_help(step_id, placeholders),
        )

    @callback
    def _menu(
        self, step_id: str, options: list[str], **placeholders: str
    ) -> ConfigFlowResult:
        """Show a menu."""
        return self.async_show_menu(
            step_id=step_id,
            menu_options=options,
            description_placeholders=_with_help(step_id, placeholders),
        )


def _with_help(step_id: str, placeholders: dict[str, str]) -> dict[str, str]:
    """Return placeholders with the link to the help, where there is one."""
    page = PAGES.get(step_id)
    return {**placeholders, "help": f"{HELP}/{page}"} if page else placeholders


def stripped(user_input: Mapping[str, str] | None) -> dict[str, str]:
    """Return what was entered without what pasting adds."""
    return {key: value.strip() for key, value in (user_input or {}).items()}
