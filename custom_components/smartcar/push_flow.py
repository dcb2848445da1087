"""The steps of the config flow that set up push.

The address comes first, then the management token; from then on Smartcar's
VERIFY is answered while the person works through the dashboard. A checklist
tells what to do next and what works so far, as often as it is asked. No step is a
dead end: the flow can be finished without push and push be completed later.
"""

from abc import abstractmethod
from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Any, Final, override

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET, CONF_WEBHOOK_ID
from homeassistant.core import callback
from homeassistant.helpers.translation import async_get_translations
import voluptuous as vol

from .api import Connection
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
from .entry_flow import SECRET, TEXT, EntryFlow, Fields, stripped
from .push.address import CallbackUrl
from .push.checklist import NOTHING, Checklist, check
from .push.manager import SmartcarPush, async_end_push
from .push.subscriptions import PushReport, async_inspect, async_subscribe
from .push_trial import PushTrial

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
ADDRESS: Final[Fields] = {vol.Optional(CONF_ADDRESS): TEXT}
TOKEN: Final[Fields] = {vol.Optional(CONF_MANAGEMENT_TOKEN): SECRET}


class PushSteps(EntryFlow):
    """Shows the address, takes the token, and looks whether push works."""

    _found: Checklist

    @cached_property
    def _trial(self) -> PushTrial:
        return PushTrial(self.hass, self._entry_push)

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

    # The address and the token

    async def async_step_push(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show the address for Smartcar's dashboard, and ask for the token."""
        if (address := (await self._callback()).url) is None:
            return await self.async_step_push_unavailable()
        token, errors = self._take_token(user_input)
        if user_input is not None and not errors:
            return await (self.async_step_dashboard() if token else self._finish())
        return self._form(
            "push",
            {**ADDRESS, **TOKEN},
            "webhook.md#set-it-up",
            given={CONF_ADDRESS: address, CONF_MANAGEMENT_TOKEN: token},
            errors=errors,
            dashboard=DASHBOARD,
        )

    async def async_step_webhook(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show what works of an entry's webhook, or begin with it."""
        address = (await self._callback()).url
        if user_input is None:
            await self._list_connections()
            if (known := self._data.get(CONF_MANAGEMENT_TOKEN)) is not None:
                self._trial.listen(known, is_new=False)
                return await self.async_step_checklist()
        if address is None:
            return await self.async_step_webhook_unavailable()
        token, errors = self._take_token(user_input)
        if user_input is not None and not errors:
            return await (self.async_step_dashboard() if token else self._finish())
        return self._form(
            "webhook",
            {**ADDRESS, **TOKEN},
            "webhook.md#set-it-up",
            given={CONF_ADDRESS: address, CONF_MANAGEMENT_TOKEN: token},
            errors=errors,
            dashboard=DASHBOARD,
        )

    async def async_step_push_unavailable(
        self,
        user_input: dict[str, Any] | None = None,  # noqa: ARG002 - passed to all
    ) -> ConfigFlowResult:
        """Say that Smartcar cannot reach this Home Assistant; look again or go on."""
        return self._menu(
            "push_unavailable", ["push", "finish"], "webhook.md#what-you-need"
        )

    async def async_step_webhook_unavailable(
        self,
        user_input: dict[str, Any] | None = None,  # noqa: ARG002 - passed to all
    ) -> ConfigFlowResult:
        """Say the same of an entry that is there."""
        return self._menu(
            "webhook_unavailable", ["webhook", "finish"], "webhook.md#what-you-need"
        )

    async def async_step_token(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for another token, for the one before was wrong or is old."""
        token, errors = self._take_token(user_input)
        if user_input is not None and not errors:
            return await self.async_step_checklist()
        return self._form(
            "token",
            TOKEN,
            "webhook.md#change-the-token",
            given={CONF_MANAGEMENT_TOKEN: token},
            errors=errors,
            dashboard=DASHBOARD,
        )

    def _take_token(
        self, user_input: Mapping[str, str] | None
    ) -> tuple[str, dict[str, str]]:
        """Answer with the token that was entered from now on, if one was.

        Return it with the form's errors: another of the credentials is no token.
        """
        token, errors = stripped(user_input).get(CONF_MANAGEMENT_TOKEN, ""), {}
        others = (CONF_CLIENT_ID, CONF_CLIENT_SECRET, CONF_APPLICATION_ID)
        if token and token in {self._data.get(name) for name in others}:
            errors = {CONF_MANAGEMENT_TOKEN: "not_a_management_token"}
        elif token:
            self._changes |= {
                CONF_MANAGEMENT_TOKEN: token,
                CONF_WEBHOOK_ID: self._trial.webhook_id,
            }
            self._trial.listen(token, is_new=True)
        return token, errors

    # The dashboard and the checklist

    async def async_step_dashboard(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Tell what to do in Smartcar's dashboard."""
        if user_input is not None:
            return await self.async_step_checklist()
        return self._form(
            "dashboard",
            ADDRESS,
            given={CONF_ADDRESS: (await self._callback()).url},
            dashboard=DASHBOARD,
            table=f"{HELP}/webhook.md#signals-and-triggers",
        )

    async def async_step_checklist(
        self,
        user_input: dict[str, Any] | None = None,  # noqa: ARG002 - passed to all
    ) -> ConfigFlowResult:
        """Show what works so far; it can be looked at as often as one likes."""
        self._found = found = await self._check()
        if found.next_step == NOTHING:
            return await self.async_step_complete()
        return self._menu(
            "checklist",
            ["look_again", "dashboard", "token", *self._switch_off, "finish"],
            "webhook.md#the-checklist",
            **found.placeholders(),
            next=await self._text_of(found.next_step),
        )

    async def async_step_complete(
        self,
        user_input: dict[str, Any] | None = None,  # noqa: ARG002 - passed to all
    ) -> ConfigFlowResult:
        """Show that everything works."""
        return self._menu(
            "complete",
            ["finish", "look_again", "dashboard", "token", *self._switch_off],
            "webhook.md#the-checklist",
            **self._found.placeholders(),
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
        return self._form("switch_off", {}, "webhook.md#switch-it-off")

    async def async_step_finish(
        self,
        user_input: dict[str, Any] | None = None,  # noqa: ARG002 - passed to all
    ) -> ConfigFlowResult:
        """End the flow, complete or not."""
        return await self._finish()

    # What the steps need

    @property
    def _switch_off(self) -> list[str]:
        """Return the choice to do without push, where the entry has it."""
        return ["switch_off"] if CONF_MANAGEMENT_TOKEN in self._base() else []

    async def _text_of(self, next_step: str) -> str:
        """Return the words for what is to be done next."""
        language = self.hass.config.language
        texts = await async_get_translations(self.hass, language, "entity", {DOMAIN})
        return texts.get(f"{NEXT_STEPS}.{next_step}", next_step)

    async def _callback(self) -> CallbackUrl:
        """Return the address for Smartcar, without one where it cannot call."""
        data = self._data
        return await self._trial.async_address(
            data[CONF_CLIENT_ID], data.get(CONF_WEBHOOK_ID)
        )

    def _entry_push(self) -> SmartcarPush | None:
        """Return the push of the entry that is reconfigured, if it hears."""
        runtime = self._runtime()
        return runtime.push if runtime and runtime.push.is_configured else None

    @callback
    @override
    def async_remove(self) -> None:
        """Leave nothing behind when the flow ends, however it does."""
        self._trial.hang_up()

    async def _check(self) -> Checklist:
        """Look at everything push needs, and subscribe the cars meanwhile."""
        address, cars = await self._callback(), self._chosen_connections()
        report = PushReport()
        if address.url is not None:
            client = self._client()
            report = await async_inspect(client, address.url, self._trial.log.hook_id)
            report = await async_subscribe(client, report, cars)
        runtime = self._runtime()
        return check(
            address,
            report,
            self._trial.log,
            cars=cars,
            known=self._known_signals(),
            flowing=runtime.is_flowing if runtime else None,
        )
