"""The steps of the config flow that set up push.

The address comes first, then the management token; from then on Smartcar's
VERIFY is answered while the person works through the dashboard. A checklist
tells what works so far, as often as it is asked. No step is a dead end: the flow
can be finished without push and push be completed later.
"""

from abc import abstractmethod
from collections.abc import Collection
from typing import Any, Final, override

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
)
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET, CONF_WEBHOOK_ID
from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.selector import (
    BooleanSelector,
    Selector,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
from homeassistant.util import dt as dt_util
import voluptuous as vol

from .account import SmartcarAccount
from .api import Connection, SmartcarClient
from .checklist import Checklist, check
from .const import (
    CONF_APPLICATION_ID,
    CONF_MANAGEMENT_TOKEN,
    CONF_PREVIOUS_TOKEN,
    CONF_ROTATED_AT,
    CONF_USE_PUSH,
    DASHBOARD,
)
from .pending import PendingPush, async_pending, async_save_pending
from .push import SmartcarPush, async_end_push
from .subscriptions import PushReport, async_inspect, async_subscribe
from .webhook import Receiver, async_callback_url

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


class PushSteps(ConfigFlow):
    """Shows the address, takes the token, and looks whether push works.

    `_data` holds the entry's data to be, `_chosen` the ids of its cars.
    """

    def __init__(self) -> None:
        """Start with nothing known."""
        self._data: dict[str, Any] = {}
        self._chosen: list[str] = []
        self._all_pending: dict[str, PendingPush] = {}
        self._stop_listening: CALLBACK_TYPE | None = None

    @abstractmethod
    async def _finish(self) -> ConfigFlowResult:
        """Make the entry, or change it."""

    @abstractmethod
    def _chosen_connections(self) -> dict[str, Connection]:
        """Return the newest connection of every chosen car."""

    @abstractmethod
    def _known_signals(self) -> Collection[str]:
        """Return the signals the chosen cars are known to have."""

    def _client(self) -> SmartcarClient:
        return SmartcarClient(
            async_get_clientsession(self.hass),
            self._data[CONF_CLIENT_ID],
            self._data[CONF_CLIENT_SECRET],
        )

    async def async_step_push(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show the address for Smartcar's dashboard, and ask for the token."""
        errors: dict[str, str] = {}
        known = self._data.get(CONF_MANAGEMENT_TOKEN)
        self._all_pending = await async_pending(self.hass)
        address = await async_callback_url(self.hass, self._webhook_id())
        if address.url is None:
            return await self.async_step_push_unavailable()
        if user_input is not None:
            token = user_input.get(CONF_MANAGEMENT_TOKEN, "").strip() or known
            if not user_input.get(CONF_USE_PUSH, True) or not token:
                await self._end_push()
                return await self._finish()
            if not (errors := self._check_token(token)):
                self._keep_token(token)
                self._listen()
                return await self.async_step_dashboard()
        schema: dict[vol.Marker, Selector[Any]] = {
            vol.Optional(CONF_MANAGEMENT_TOKEN): SECRET
        }
        if known:
            schema[vol.Required(CONF_USE_PUSH, default=True)] = BooleanSelector()
        return self.async_show_form(
            step_id="push",
            data_schema=vol.Schema(schema),
            errors=errors,
            description_placeholders={"url": address.url, "dashboard": DASHBOARD},
        )

    async def async_step_push_unavailable(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Say that Smartcar cannot reach this Home Assistant, and go on."""
        schema: dict[vol.Marker, Selector[Any]] = {}
        if CONF_MANAGEMENT_TOKEN in self._data:
            schema[vol.Required(CONF_USE_PUSH, default=True)] = BooleanSelector()
        if user_input is not None:
            if not user_input.get(CONF_USE_PUSH, True):
                await self._end_push()
            return await self._finish()
        return self.async_show_form(
            step_id="push_unavailable", data_schema=vol.Schema(schema)
        )

    async def async_step_dashboard(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Tell what to do in Smartcar's dashboard."""
        if user_input is not None:
            return await self.async_step_checklist()
        address = await async_callback_url(self.hass, self._webhook_id())
        return self.async_show_form(
            step_id="dashboard",
            data_schema=vol.Schema({}),
            description_placeholders={
                "url": address.url or "",
                "dashboard": DASHBOARD,
            },
        )

    async def async_step_checklist(
        self,
        user_input: dict[str, Any] | None = None,  # noqa: ARG002 - passed to all
    ) -> ConfigFlowResult:
        """Show what works so far; it can be looked at as often as one likes."""
        found = await self._check()
        return self.async_show_menu(
            step_id="checklist",
            menu_options=["look_again", "dashboard", "finish"],
            description_placeholders=found.placeholders(),
        )

    async def async_step_look_again(
        self,
        user_input: dict[str, Any] | None = None,  # noqa: ARG002 - passed to all
    ) -> ConfigFlowResult:
        """Go through the checklist once more."""
        return await self.async_step_checklist()

    async def async_step_finish(
        self,
        user_input: dict[str, Any] | None = None,  # noqa: ARG002 - passed to all
    ) -> ConfigFlowResult:
        """End the flow, complete or not."""
        return await self._finish()

    # What the steps need

    def _webhook_id(self) -> str:
        """Return the webhook id: the entry's, else one kept until there is one."""
        if (webhook_id := self._data.get(CONF_WEBHOOK_ID)) is None:
            webhook_id = self._pending().webhook_id
        return webhook_id

    def _pending(self) -> PendingPush:
        """Return what is kept for the entry to come; every try gets the same."""
        client_id = self._data[CONF_CLIENT_ID]
        if client_id not in self._all_pending:
            self._all_pending[client_id] = PendingPush()
            async_save_pending(self.hass)
        return self._all_pending[client_id]

    def _check_token(self, token: str) -> dict[str, str]:
        """Return the form's errors for a token that is something else."""
        others = (CONF_CLIENT_ID, CONF_CLIENT_SECRET, CONF_APPLICATION_ID)
        if token in {self._data.get(name) for name in others}:
            return {CONF_MANAGEMENT_TOKEN: "not_a_management_token"}
        return {}

    def _keep_token(self, token: str) -> None:
        """Remember a token; the one before is accepted for another day."""
        previous = self._data.get(CONF_MANAGEMENT_TOKEN)
        if previous and previous != token:
            self._data[CONF_PREVIOUS_TOKEN] = previous
            self._data[CONF_ROTATED_AT] = dt_util.utcnow().isoformat()
        self._data[CONF_MANAGEMENT_TOKEN] = token

    async def _end_push(self) -> None:
        """Do without push: forget the token, and detach the cars from the webhook."""
        if CONF_MANAGEMENT_TOKEN in self._data:
            entry = self._get_reconfigure_entry()
            await async_end_push(self.hass, entry, self._client(), self._chosen)
        for name in PUSH_DATA:
            self._data.pop(name, None)

    @callback
    def _listen(self) -> None:
        """Answer VERIFY with the token just given.

        An entry that hears already learns the token for as long as the flow is
        open; otherwise the flow listens by itself.
        """
        self._hang_up()
        token = self._data[CONF_MANAGEMENT_TOKEN]
        if (push := self._entry_push()) is not None:
            push.trial_token = token

            @callback
            def forget_trial() -> None:
                push.trial_token = None

            self._stop_listening = forget_trial
        else:
            pending = self._pending()
            pending.webhook_id = self._webhook_id()
            self._stop_listening = Receiver(
                self.hass,
                pending.webhook_id,
                keys=lambda: (token,),
                take=pending.take,
                note=pending.log.note,
            ).async_register()
        self._data[CONF_WEBHOOK_ID] = self._webhook_id()

    @callback
    def _hang_up(self) -> None:
        """Stop answering; the entry does it from now on, or nobody."""
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
        account = self._account()
        return account.push if account and account.push.is_configured else None

    def _account(self) -> SmartcarAccount | None:
        """Return the account of the entry that is reconfigured, if it runs."""
        if self.source != SOURCE_RECONFIGURE:
            return None
        entry = self._get_reconfigure_entry()
        if entry.state is not ConfigEntryState.LOADED:
            return None
        account: SmartcarAccount = entry.runtime_data
        return account

    async def _check(self) -> Checklist:
        """Look at everything push needs, and subscribe the cars meanwhile."""
        address = await async_callback_url(self.hass, self._webhook_id())
        cars = self._chosen_connections()
        report = PushReport()
        if address.url is not None:
            client = self._client()
            report = await async_inspect(client, address.url)
            report = await async_subscribe(client, report, cars)
        push = self._entry_push()
        log = push.log if push is not None else self._pending().log
        account = self._account()
        return check(
            address,
            report,
            log,
            cars=cars,
            known=self._known_signals(),
            flowing=account.is_flowing if account else None,
        )
