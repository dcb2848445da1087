"""From an API client id and secret to cars, without a redirect."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, override

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigFlowResult,
)
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.core import callback
from homeassistant.helpers import device_registry as dr
import voluptuous as vol

from .api import SmartcarError
from .cars_flow import APPLICATION, UUID, CarSteps
from .connections import FIRST_READS
from .const import (
    CONF_EXCLUDED,
    CONF_MANAGEMENT_TOKEN,
    DASHBOARD,
    DOMAIN,
    ENTRY_VERSION,
)
from .device import vehicle_id_of
from .entry_flow import SECRET, TEXT, Fields, stripped
from .markdown import escaped
from .moving import async_find_by_vin, async_move_vehicle
from .options_flow import SmartcarOptionsFlow
from .storage import SmartcarStore
from .takeover.act import async_take_over
from .takeover.matching import async_match, has_cars
from .takeover.shapes import Credential, async_credential, is_foreign
from .titles import title_of

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
    """Sets up one Smartcar application, and changes it later."""

    VERSION = ENTRY_VERSION
    # The ids now of the entry's cars that another application has, by the id before.
    _moved: Mapping[str, str] = MappingProxyType({})

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> SmartcarOptionsFlow:
        return SmartcarOptionsFlow()

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the API credentials, and try them."""
        errors: dict[str, str] = {}
        given = stripped(user_input)
        if user_input is not None:
            self._changes = {
                name: given[name] for name in (CONF_CLIENT_ID, CONF_CLIENT_SECRET)
            }
            errors = self._take_application_id(given) or await self._try_credentials()
            if not errors:
                await self._claim_client_id()
                return await self._cars_or_connect()
        return self._form(
            "user",
            NEW_CREDENTIALS,
            "installation.md#credentials",
            given=given,
            errors=errors,
            dashboard=DASHBOARD,
        )

    async def async_step_reauth(
        self,
        entry_data: Mapping[str, Any],  # noqa: ARG002 - Home Assistant passes it
    ) -> ConfigFlowResult:
        """Begin to replace what Smartcar refuses."""
        if is_foreign(self._get_reauth_entry()):
            return await self.async_step_take_over()
        return await self.async_step_reauth_confirm()

    async def async_step_take_over(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the credentials of an entry that another integration has made."""
        errors: dict[str, str] = {}
        given = stripped(user_input)
        entry = self._get_reauth_entry()
        if user_input is not None:
            self._changes = dict(given)
            errors = await self._try_credentials() or await self._take_over(entry)
            if not errors:
                return self.async_update_reload_and_abort(entry)
        return self._form(
            "take_over",
            CREDENTIALS,
            "switching.md",
            given=given,
            errors=errors,
            title=escaped(entry.title),
            dashboard=DASHBOARD,
        )

    async def _take_over(self, entry: ConfigEntry) -> dict[str, str]:
        """Make an entry ours by credentials that work; return the form's errors."""
        await self._claim_client_id()
        connections, before = self._connections.items, None
        try:
            match = await async_match(self.hass, entry, self._client(), connections)
            before = await async_credential(self.hass, entry)
        except SmartcarError as err:
            return self._errors_of(err)
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

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a new secret of the same client id."""
        errors: dict[str, str] = {}
        given = stripped(user_input)
        entry = self._get_reauth_entry()
        if user_input is not None:
            self._changes |= given
            if not (errors := await self._try_credentials()):
                return self.async_update_reload_and_abort(entry, data_updates=given)
        return self._form(
            "reauth_confirm",
            {vol.Required(CONF_CLIENT_SECRET): SECRET},
            "installation.md#a-new-secret",
            given=given,
            errors=errors,
            title=escaped(entry.title),
            dashboard=DASHBOARD,
        )

    async def async_step_reconfigure(
        self,
        user_input: dict[str, Any] | None = None,  # noqa: ARG002 - passed to all
    ) -> ConfigFlowResult:
        """Ask what is to be changed."""
        if is_foreign(self._get_reconfigure_entry()):
            return self.async_abort(reason="not_taken_over")
        return self._menu(
            "reconfigure",
            ["webhook", "cars", "credentials"],
            "installation.md#change-something-later",
        )

    @override
    async def async_step_credentials(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for other credentials; an empty secret keeps the one there is."""
        errors, self._errors = self._errors, {}
        if user_input is None:
            self._shown = given = {**self._base(), CONF_CLIENT_SECRET: ""}
        else:
            given = stripped(user_input)
            if not (errors := await self._take_credentials(given)):
                return await self._after_credentials()
        return self._form(
            "credentials",
            OTHER_CREDENTIALS,
            "installation.md#change-something-later",
            given=given,
            errors=errors,
            dashboard=DASHBOARD,
        )

    async def _after_credentials(self) -> ConfigFlowResult:
        """Go on to the cars where they may be others, else end."""
        if self._data[CONF_CLIENT_ID] != self._get_reconfigure_entry().unique_id:
            await self._claim_client_id()
            self._leads_to_cars = self._leads_to_webhook = True
        if self._leads_to_cars:
            return await self._cars_or_connect()
        return await self._finish()

    async def _take_credentials(self, given: Mapping[str, str]) -> dict[str, str]:
        """Note what differs from what was shown, and try it; return the errors."""
        self._changes = {}
        if given[CONF_CLIENT_ID] != self._shown.get(CONF_CLIENT_ID):
            self._changes[CONF_CLIENT_ID] = given[CONF_CLIENT_ID]
        if given.get(CONF_CLIENT_SECRET):
            self._changes[CONF_CLIENT_SECRET] = given[CONF_CLIENT_SECRET]
        errors = self._take_application_id(given) or await self._try_credentials()
        entry = self._get_reconfigure_entry()
        if errors or self._data[CONF_CLIENT_ID] == entry.unique_id:
            return errors
        return await self._find_cars(entry)

    async def _find_cars(self, entry: ConfigEntry) -> dict[str, str]:
        """Find an entry's cars in another application; return the form's errors.

        By their ids, else by their VINs; one is enough.
        """
        own = {
            id_: device.serial_number
            for device in dr.async_entries_for_config_entry(
                dr.async_get(self.hass), entry.entry_id
            )
            if (id_ := vehicle_id_of(device)) is not None
        }
        listed = {item.vehicle.id: item for item in self._connections.items}
        gone = {vin: id_ for id_, vin in own.items() if vin and id_ not in listed}
        new = [item for id_, item in listed.items() if id_ not in own]
        try:
            self._moved = await async_find_by_vin(
                self._client(), new, gone, self._reads
            )
        except SmartcarError as err:
            return self._errors_of(err)
        is_known = self._moved or own.keys() & listed.keys()
        return {} if is_known else {CONF_CLIENT_ID: "other_cars"}

    async def _move_cars(self, entry: ConfigEntry) -> None:
        """Let the cars that another application has under new ids go on."""
        client_id, found = self._data[CONF_CLIENT_ID], self._connections.items
        moved = [
            (old, new, [item for item in found if item.vehicle.id == new])
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

    async def _claim_client_id(self) -> None:
        """Note which application this is about; abort if it has an entry.

        A page that was reloaded leaves its flow open, with no way back to it. Such a
        flow must not stand in the way of the next one.
        """
        client_id = self._data[CONF_CLIENT_ID]
        await self.async_set_unique_id(client_id, raise_on_progress=False)
        self._abort_if_unique_id_configured()

    @override
    async def _finish(self) -> ConfigFlowResult:
        self._trial.hang_up()
        data = self._final_data()
        if self._has_chosen:
            data[CONF_EXCLUDED] = sorted(self._excluded())
        if self.source == SOURCE_RECONFIGURE:
            entry = self._get_reconfigure_entry()
            if self._moved:
                await self._move_cars(entry)
            return self._change(entry, data)
        # Another flow about the same application may have been faster.
        self._abort_if_unique_id_configured()
        client_id = data[CONF_CLIENT_ID]
        self.hass.data.setdefault(FIRST_READS, {})[client_id] = self._reads
        has_push = CONF_MANAGEMENT_TOKEN in data
        is_empty = bool(self._reads) and not self._known_signals()
        return self.async_create_entry(
            title=title_of(client_id),
            data=data,
            description="store_empty" if is_empty and not has_push else None,
            description_placeholders={"dashboard": DASHBOARD},
        )

    def _change(self, entry: ConfigEntry, data: dict[str, Any]) -> ConfigFlowResult:
        """End the change of an entry; what runs unchanged is not reloaded."""
        runtime = self._runtime()
        if runtime is not None and data == entry.data:
            runtime.push.async_sync_soon()
        had_own_title = entry.title == title_of(entry.data[CONF_CLIENT_ID])
        client_id = data[CONF_CLIENT_ID]
        return self.async_update_reload_and_abort(
            entry,
            unique_id=client_id,
            title=title_of(client_id) if had_own_title else entry.title,
            data=data,
            reload_even_if_entry_is_unchanged=runtime is None,
        )
