"""The steps of the config flow that set up push.

The address comes first, then the management token; from then on Smartcar's
VERIFY is answered while the person works through the dashboard. A checklist
tells what to do next and what works so far, as often as it is asked. No step is a
dead end: the flow can be finished without push and push be completed later.
"""

from abc import abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, Final, override

from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
)
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET, CONF_WEBHOOK_ID
from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.selector import (
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util
import voluptuous as vol

from .api import Connection, SmartcarClient
from .const import (
    CONF_ADDRESS,
    CONF_APPLICATION_ID,
    CONF_MANAGEMENT_TOKEN,
    CONF_PREVIOUS_TOKEN,
    CONF_ROTATED_AT,
    DASHBOARD,
    DOMAIN,
    HELP,
)
from .device import vehicle_id_of
from .push.address import async_callback_url
from .push.checklist import NOTHING, Checklist, check
from .push.endpoint import Receiver
from .push.log import PushLog
from .push.manager import SmartcarPush, async_end_push
from .push.pending import PendingPush, async_pending, async_save_pending
from .push.subscriptions import PushReport, async_inspect, async_subscribe
from .runtime import SmartcarRuntime

# "new-password": a browser must not fill in, unseen, the password it has saved for
# Home Assistant; where an empty field keeps the secret that would go to Smartcar.
SECRET: Final = TextSelector(
    TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="new-password")
)

# What an entry keeps for push.
PUSH_DATA: Final = (
    CONF_WEBHOOK_ID,
    CONF_MANAGEMENT_TOKEN,
    CONF_PREVIOUS_TOKEN,
    CONF_ROTATED_AT,
)

# Where the words for what is to be done next stand.
NEXT_STEPS: Final = (
    f"component.{DOMAIN}.entity.sensor.webhook.state_attributes.next_step.state"
)

# Shows the address to copy it from there; what stands in it is not used.
ADDRESS: Final = TextSelector()


class PushSteps(ConfigFlow):
    """Shows the address, takes the token, and looks whether push works.

    `_changes` holds what the person changed, `None` for what goes. It is put on
    top of the entry as it is then: another flow may have changed that meanwhile.
    """

    def __init__(self) -> None:
        """Start with nothing known."""
        self._changes: dict[str, Any] = {}
        self._all_pending: dict[str, PendingPush] = {}
        self._stop_listening: CALLBACK_TYPE | None = None
        # Wrong signatures that came before the present token was entered.
        self._wrong_before = 0
        self._found: Checklist

    @abstractmethod
    async def _finish(self) -> ConfigFlowResult:
        """Make the entry, or change it."""

    @abstractmethod
    async def _list_connections(self) -> None:
        """Ask Smartcar for the connections, if they are not known."""

    @abstractmethod
    def _chosen_connections(self) -> dict[str, Connection]:
        """Return the newest connection of every chosen car."""

    @abstractmethod
    def _known_signals(self) -> Collection[str]:
        """Return the signals the chosen cars are known to have."""

    # The entry's data

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

    # The address and the token

    async def async_step_push(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show the address for Smartcar's dashboard, and ask for the token."""
        errors: dict[str, str] = {}
        given = ""
        if (address := await self._address()) is None:
            return await self.async_step_push_unavailable()
        if user_input is not None:
            if not (given := _token_of(user_input)):
                return await self._finish()
            if not (errors := self._take_token(given)):
                return await self.async_step_dashboard()
        return self.async_show_form(
            step_id="push",
            data_schema=self._address_schema(address, given),
            errors=errors,
            description_placeholders={
                "dashboard": DASHBOARD,
                "help": f"{HELP}/webhook.md#set-it-up",
            },
        )

    async def async_step_webhook(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show what works of an entry's webhook, or begin with it."""
        errors: dict[str, str] = {}
        given = ""
        address = await self._address()
        if user_input is None:
            await self._list_connections()
            if CONF_MANAGEMENT_TOKEN in self._data:
                self._listen()
                return await self.async_step_checklist()
        if address is None:
            return await self.async_step_webhook_unavailable()
        if user_input is not None:
            if not (given := _token_of(user_input)):
                return await self._finish()
            if not (errors := self._take_token(given)):
                return await self.async_step_dashboard()
        return self.async_show_form(
            step_id="webhook",
            data_schema=self._address_schema(address, given),
            errors=errors,
            description_placeholders={
                "dashboard": DASHBOARD,
                "help": f"{HELP}/webhook.md#set-it-up",
            },
        )

    def _address_schema(self, address: str, token: str) -> vol.Schema:
        """Return the fields for the address, to be copied, and for the token."""
        return self.add_suggested_values_to_schema(
            vol.Schema(
                {
                    vol.Optional(CONF_ADDRESS): ADDRESS,
                    vol.Optional(CONF_MANAGEMENT_TOKEN): SECRET,
                }
            ),
            {CONF_ADDRESS: address, CONF_MANAGEMENT_TOKEN: token},
        )

    async def async_step_push_unavailable(
        self,
        user_input: dict[str, Any] | None = None,  # noqa: ARG002 - passed to all
    ) -> ConfigFlowResult:
        """Say that Smartcar cannot reach this Home Assistant; look again or go on."""
        return self.async_show_menu(
            step_id="push_unavailable",
            menu_options=["push", "finish"],
            description_placeholders={"help": f"{HELP}/webhook.md#what-you-need"},
        )

    async def async_step_webhook_unavailable(
        self,
        user_input: dict[str, Any] | None = None,  # noqa: ARG002 - passed to all
    ) -> ConfigFlowResult:
        """Say the same of an entry that is there."""
        return self.async_show_menu(
            step_id="webhook_unavailable",
            menu_options=["webhook", "finish"],
            description_placeholders={"help": f"{HELP}/webhook.md#what-you-need"},
        )

    async def async_step_token(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for another token, for the one before was wrong or is old."""
        errors: dict[str, str] = {}
        given = ""
        if user_input is not None:
            given = _token_of(user_input)
            if not given or not (errors := self._take_token(given)):
                return await self.async_step_checklist()
        return self.async_show_form(
            step_id="token",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema({vol.Optional(CONF_MANAGEMENT_TOKEN): SECRET}),
                {CONF_MANAGEMENT_TOKEN: given},
            ),
            errors=errors,
            description_placeholders={
                "dashboard": DASHBOARD,
                "help": f"{HELP}/webhook.md#change-the-token",
            },
        )

    # The dashboard and the checklist

    async def async_step_dashboard(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Tell what to do in Smartcar's dashboard."""
        if user_input is not None:
            return await self.async_step_checklist()
        return self.async_show_form(
            step_id="dashboard",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema({vol.Optional(CONF_ADDRESS): ADDRESS}),
                {CONF_ADDRESS: await self._address()},
            ),
            description_placeholders={
                "dashboard": DASHBOARD,
                "table": f"{HELP}/webhook.md#signals-and-triggers",
            },
        )

    async def async_step_checklist(
        self,
        user_input: dict[str, Any] | None = None,  # noqa: ARG002 - passed to all
    ) -> ConfigFlowResult:
        """Show what works so far; it can be looked at as often as one likes."""
        self._found = found = await self._check()
        if found.next_step == NOTHING:
            return await self.async_step_complete()
        return self.async_show_menu(
            step_id="checklist",
            menu_options=[
                "look_again",
                "dashboard",
                "token",
                *(["switch_off"] if self._can_switch_off else []),
                "finish",
            ],
            description_placeholders={
                **found.placeholders(),
                "next": await self._text_of(found.next_step),
                "help": f"{HELP}/webhook.md#the-checklist",
            },
        )

    async def async_step_complete(
        self,
        user_input: dict[str, Any] | None = None,  # noqa: ARG002 - passed to all
    ) -> ConfigFlowResult:
        """Show that everything works."""
        return self.async_show_menu(
            step_id="complete",
            menu_options=[
                "finish",
                "look_again",
                "dashboard",
                "token",
                *(["switch_off"] if self._can_switch_off else []),
            ],
            description_placeholders={
                **self._found.placeholders(),
                "help": f"{HELP}/webhook.md#the-checklist",
            },
        )

    async def async_step_look_again(
        self,
        user_input: dict[str, Any] | None = None,  # noqa: ARG002 - passed to all
    ) -> ConfigFlowResult:
        """Go through the checklist once more."""
        return await self.async_step_checklist()

    async def async_step_switch_off(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Do without push: forget the token, and detach the cars from the webhook."""
        if user_input is not None:
            entry = self._get_reconfigure_entry()
            if CONF_WEBHOOK_ID in entry.data:
                cars = self._cars_of(entry)
                await async_end_push(self.hass, entry, self._client(), cars)
            self._changes |= dict.fromkeys(PUSH_DATA)
            return await self._finish()
        return self.async_show_form(
            step_id="switch_off",
            data_schema=vol.Schema({}),
            description_placeholders={"help": f"{HELP}/webhook.md#switch-it-off"},
        )

    async def async_step_finish(
        self,
        user_input: dict[str, Any] | None = None,  # noqa: ARG002 - passed to all
    ) -> ConfigFlowResult:
        """End the flow, complete or not."""
        return await self._finish()

    # What the steps need

    @property
    def _can_switch_off(self) -> bool:
        return CONF_MANAGEMENT_TOKEN in self._base()

    async def _text_of(self, next_step: str) -> str:
        """Return the words for what is to be done next."""
        language = self.hass.config.language
        texts = await async_get_translations(self.hass, language, "entity", {DOMAIN})
        return texts.get(f"{NEXT_STEPS}.{next_step}", next_step)

    async def _address(self) -> str | None:
        """Return the address for Smartcar; `None` where it cannot call."""
        self._all_pending = await async_pending(self.hass)
        return (await async_callback_url(self.hass, self._webhook_id())).url

    def _webhook_id(self) -> str:
        """Return the webhook id: the entry's, else one kept until there is one."""
        webhook_id: str | None = self._data.get(CONF_WEBHOOK_ID)
        return webhook_id or self._pending().webhook_id

    def _pending(self) -> PendingPush:
        """Return what is kept for the entry to come; every try gets the same."""
        client_id = self._data[CONF_CLIENT_ID]
        if client_id not in self._all_pending:
            self._all_pending[client_id] = PendingPush()
            async_save_pending(self.hass)
        return self._all_pending[client_id]

    def _take_token(self, token: str) -> dict[str, str]:
        """Answer with a token from now on; return the form's errors.

        Another of the credentials is no token.
        """
        others = (CONF_CLIENT_ID, CONF_CLIENT_SECRET, CONF_APPLICATION_ID)
        if token in {self._data.get(name) for name in others}:
            return {CONF_MANAGEMENT_TOKEN: "not_a_management_token"}
        self._changes |= {
            CONF_MANAGEMENT_TOKEN: token,
            CONF_WEBHOOK_ID: self._webhook_id(),
        }
        self._listen()
        self._wrong_before = self._log().wrong
        return {}

    @callback
    def _listen(self) -> None:
        """Answer VERIFY with the token just given.

        An entry that hears already learns the token for as long as the flow is
        open; otherwise the flow listens by itself.
        """
        self._hang_up()
        token = self._data[CONF_MANAGEMENT_TOKEN]
        webhook_id = self._webhook_id()
        if (push := self._entry_push()) is not None:
            push.trial_token = token

            @callback
            def forget_trial() -> None:
                push.trial_token = None

            self._stop_listening = forget_trial
        else:
            pending = self._pending()
            pending.webhook_id = webhook_id
            self._stop_listening = Receiver(
                self.hass,
                webhook_id,
                keys=lambda: (token,),
                take=pending.take,
                note=pending.log.note,
            ).async_register()

    @callback
    def _hang_up(self) -> None:
        """Stop answering; the entry does it from now on, if there is one."""
        if self._stop_listening is not None:
            self._stop_listening()
            self._stop_listening = None

    @callback
    @override
    def async_remove(self) -> None:
        """Leave nothing behind when the flow ends, however it does."""
        self._hang_up()

    def _entry_push(self) -> SmartcarPush | None:
        """Return the push of the entry that is reconfigured, if it hears."""
        runtime = self._runtime()
        return runtime.push if runtime and runtime.push.is_configured else None

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

    def _log(self) -> PushLog:
        """Return what came in, at the entry or at this flow."""
        push = self._entry_push()
        return push.log if push is not None else self._pending().log

    async def _check(self) -> Checklist:
        """Look at everything push needs, and subscribe the cars meanwhile."""
        address = await async_callback_url(self.hass, self._webhook_id())
        cars = self._chosen_connections()
        report = PushReport()
        log, runtime = self._log(), self._runtime()
        if address.url is not None:
            client = self._client()
            report = await async_inspect(client, address.url, log.hook_id)
            report = await async_subscribe(client, report, cars)
        before = self._wrong_before if log.wrong >= self._wrong_before else 0
        return check(
            address,
            report,
            replace(log, wrong=log.wrong - before),
            cars=cars,
            known=self._known_signals(),
            flowing=runtime.is_flowing if runtime else None,
        )


def _token_of(user_input: Mapping[str, Any]) -> str:
    """Return the token that was entered, or nothing."""
    token: str = user_input.get(CONF_MANAGEMENT_TOKEN, "")
    return token.strip()
