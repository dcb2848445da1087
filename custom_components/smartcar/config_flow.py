"""Config flow: an API client id and secret give an application's cars."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntry, ConfigFlowResult
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.core import callback
import voluptuous as vol

from .api import SmartcarError
from .cars_flow import APPLICATION, CarSteps
from .connections import FIRST_READS
from .const import CONF_APPLICATION_ID, DASHBOARD, DOMAIN, ENTRY_VERSION
from .entry_flow import SECRET, TEXT, Fields, stripped
from .listed_cars import UUID, application_id_errors, async_find_cars, errors_of
from .markdown import escaped
from .moving import async_move_vehicle
from .options_flow import SmartcarOptionsFlow
from .storage import SmartcarStore
from .takeover.act import async_take_over
from .takeover.matching import async_match, has_cars
from .takeover.shapes import Credential, async_credential, is_foreign

CREDENTIALS: Final[Fields] = {
    vol.Required(CONF_CLIENT_ID): TEXT,
    vol.Required(CONF_CLIENT_SECRET): SECRET,
}
NEW_CREDENTIALS: Final[Fields] = {**CREDENTIALS, **APPLICATION}
OTHER_CREDENTIALS: Final[Fields] = {
    vol.Required(CONF_CLIENT_ID): TEXT,
    vol.Optional(CONF_CLIENT_SECRET): SECRET,
    **APPLICATION,
}


class SmartcarConfigFlow(CarSteps, domain=DOMAIN):
    """Adds an application, and changes its entry later."""

    VERSION = ENTRY_VERSION

    # Whether the cars follow when credentials are corrected.
    _leads_to_cars = False
    # The new ids of the entry's cars in another application, by the id before.
    _moved: Mapping[str, str] = MappingProxyType({})

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> SmartcarOptionsFlow:
        return SmartcarOptionsFlow()

    # To add an application

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the API credentials, and try them."""
        given, errors = await self._take_credentials(user_input)
        if user_input is not None and not errors:
            await self._claim_client_id()
            return await self._cars_or_connect()
        return self._form("user", NEW_CREDENTIALS, given, errors, dashboard=DASHBOARD)

    # To replace credentials that Smartcar refuses

    async def async_step_reauth(
        self, entry_data: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Start when Smartcar refuses the credentials."""
        if is_foreign(self._get_reauth_entry()):
            return await self.async_step_take_over()
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a new secret of the same client id."""
        entry = self._get_reauth_entry()
        given, errors = await self._take_credentials(user_input)
        if user_input is not None and not errors:
            return self.async_update_reload_and_abort(entry, data_updates=given)
        return self._form(
            "reauth_confirm",
            {vol.Required(CONF_CLIENT_SECRET): SECRET},
            given,
            errors,
            title=escaped(entry.title),
            dashboard=DASHBOARD,
        )

    async def async_step_take_over(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the credentials of an entry that another integration has made."""
        entry = self._get_reauth_entry()
        given, errors = await self._take_credentials(user_input)
        if user_input is not None and not errors:
            errors = await self._take_over(entry)
            if not errors:
                return self.async_update_reload_and_abort(entry)
        return self._form(
            "take_over",
            CREDENTIALS,
            given,
            errors,
            title=escaped(entry.title),
            dashboard=DASHBOARD,
        )

    async def _take_over(self, entry: ConfigEntry) -> dict[str, str]:
        """Turn the entry into one of this integration; return the form's errors."""
        await self._claim_client_id()
        client, connections = self._client(), self._connections
        try:
            match = await async_match(self.hass, entry, client, connections)
            before = await async_credential(self.hass, entry)
        except SmartcarError as err:
            return errors_of(err)
        if not match.found and has_cars(self.hass, entry):
            return {CONF_CLIENT_ID: "other_cars"}
        # Another flow or entry of the application may have been faster.
        self._abort_if_unique_id_configured()
        credential = Credential(
            self._data[CONF_CLIENT_ID], self._data[CONF_CLIENT_SECRET]
        )
        # What was the client id in the old API is the Application ID now.
        is_old = before is not None and UUID.fullmatch(before.client_id)
        application_id = before.client_id if before and is_old else None
        reads = self.hass.data.setdefault(FIRST_READS, {})
        reads[credential.client_id] = dict(match.reads)
        async_take_over(self.hass, entry, credential, match.cars, application_id)
        return {}

    # To change an entry

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what is to be changed."""
        if is_foreign(self._get_reconfigure_entry()):
            return self.async_abort(reason="not_taken_over")
        return self._menu("reconfigure", ["webhook", "cars", "credentials"])

    @override
    async def async_step_cars(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """List the cars before they are shown; ask for credentials that fail."""
        if user_input is None and not self._connections:
            self._leads_to_cars = True
            if errors := await self._try_credentials():
                return await self.async_step_credentials(errors=errors)
            return await self._cars_or_connect()
        return await super().async_step_cars(user_input)

    async def async_step_credentials(
        self,
        user_input: dict[str, Any] | None = None,
        errors: dict[str, str] | None = None,
    ) -> ConfigFlowResult:
        """Ask for other credentials; an empty secret keeps the current one."""
        if user_input is None:
            self._shown = given = {**self._base(), CONF_CLIENT_SECRET: ""}
        else:
            given, errors = await self._take_credentials(user_input)
            if not (errors := errors or await self._find_cars()):
                return await self._after_credentials()
        return self._form(
            "credentials", OTHER_CREDENTIALS, given, errors, dashboard=DASHBOARD
        )

    async def _after_credentials(self) -> ConfigFlowResult:
        """Go on to the cars if they may have changed, else save."""
        if is_other := self._is_other_application():
            await self._claim_client_id()
        if is_other or self._leads_to_cars:
            return await self._cars_or_connect()
        return await self.async_step_finish()

    async def _find_cars(self) -> dict[str, str]:
        """Look for a car of the entry if the client id is another one.

        Return the form's errors; one car is enough.
        """
        if not self._is_other_application():
            return {}
        entry, client = self._get_reconfigure_entry(), self._client()
        try:
            moved = await async_find_cars(
                self.hass, entry, client, self._connections, self._reads
            )
        except SmartcarError as err:
            return errors_of(err)
        self._moved = moved or {}
        return {CONF_CLIENT_ID: "other_cars"} if moved is None else {}

    @override
    async def async_step_finish(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Save the entry; cars that have new ids keep what is known of them."""
        if self._moved:
            await self._move_cars(self._get_reconfigure_entry())
        return await super().async_step_finish(user_input)

    async def _move_cars(self, entry: ConfigEntry) -> None:
        """Let the cars that another application has under new ids go on."""
        client_id = self._data[CONF_CLIENT_ID]
        moved = [
            (old, new, [item for item in self._connections if item.vehicle.id == new])
            for old, new in self._moved.items()
        ]
        self.hass.data.setdefault(FIRST_READS, {})[client_id] = self._reads
        if (runtime := self._runtime()) is not None:
            for old, new, connections in moved:
                runtime.connections.async_move(old, new, connections)
            return
        store = SmartcarStore(self.hass, entry.entry_id)
        stored = await store.async_load()
        for old, new, connections in moved:
            async_move_vehicle(self.hass, entry, stored, old, new, connections)
        await store.async_flush(stored)

    # Credentials

    async def _take_credentials(
        self, user_input: Mapping[str, str] | None
    ) -> tuple[dict[str, str], dict[str, str]]:
        """Try what differs from what was shown.

        Return what was entered, with the form's errors.
        """
        if user_input is None:
            return {}, {}
        given = stripped(user_input)
        self._changes = {
            name: given[name]
            for name in (CONF_CLIENT_ID, CONF_CLIENT_SECRET)
            if name in given and given[name] != self._shown.get(name)
        }
        application_id = given.get(CONF_APPLICATION_ID) or None
        if application_id != self._shown.get(CONF_APPLICATION_ID):
            self._changes[CONF_APPLICATION_ID] = application_id
        errors = application_id_errors(application_id or "")
        return given, errors or await self._try_credentials()

    async def _claim_client_id(self) -> None:
        """Set the unique id; abort if another entry has it.

        A page that was reloaded leaves its flow open, with no way back to it. Such a
        flow must not block the next one.
        """
        client_id = self._data[CONF_CLIENT_ID]
        await self.async_set_unique_id(client_id, raise_on_progress=False)
        self._abort_if_unique_id_configured()
