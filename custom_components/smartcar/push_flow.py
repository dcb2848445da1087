"""The steps of the config flow that set up push.

The address comes first, then the management token. From then on Smartcar's VERIFY is
answered while the person works through the dashboard. A checklist shows what works so
far and what to do next. Every step can be finished without push; Reconfigure completes
it later.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final, override

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET, CONF_WEBHOOK_ID
from homeassistant.core import callback
from homeassistant.helpers.translation import async_get_translations
import voluptuous as vol

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
from .listed_cars import async_cars_of, signals_in
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

# The translations of the checklist's next step.
NEXT_STEPS: Final = (
    f"component.{DOMAIN}.entity.sensor.webhook.state_attributes.next_step.state"
)

# Shows the address to be copied; what is entered there is ignored.
ADDRESS: Final[Fields] = {vol.Optional(CONF_ADDRESS): TEXT}
TOKEN: Final[Fields] = {vol.Optional(CONF_MANAGEMENT_TOKEN): SECRET}


class PushSteps(EntryFlow):
    """Shows the address, takes the token, and checks whether push works."""

    _found: Checklist

    @cached_property
    def _trial(self) -> PushTrial:
        return PushTrial(self.hass, self._entry_push)

    # The address and the token

    async def async_step_push(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show the address for Smartcar's dashboard, and ask for the token."""
        if (address := (await self._address()).url) is None:
            return await self.async_step_push_unavailable()
        return await self._ask_for_token("push", address, user_input)

    async def async_step_webhook(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show the checklist of an entry with push, or ask for the token."""
        address = (await self._address()).url
        if user_input is None:
            if not self._connections:
                await self._try_credentials()
            if (known := self._data.get(CONF_MANAGEMENT_TOKEN)) is not None:
                self._trial.listen(known, is_new=False)
                return await self.async_step_checklist()
        if address is None:
            return await self.async_step_webhook_unavailable()
        return await self._ask_for_token("webhook", address, user_input)

    async def _ask_for_token(
        self, step_id: str, address: str, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        """Show the address and ask for the token, which may be left out."""
        token, errors = self._take_token(user_input)
        if user_input is not None and not errors:
            return await (
                self.async_step_dashboard() if token else self.async_step_finish()
            )
        return self._form(
            step_id,
            {**ADDRESS, **TOKEN},
            {CONF_ADDRESS: address, CONF_MANAGEMENT_TOKEN: token},
            errors,
            dashboard=DASHBOARD,
        )

    async def async_step_push_unavailable(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Explain that Smartcar cannot reach Home Assistant; a new entry is made."""
        return self._menu("push_unavailable", ["push", "finish"])

    async def async_step_webhook_unavailable(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Explain that Smartcar cannot reach Home Assistant; an entry is changed."""
        return self._menu("webhook_unavailable", ["webhook", "finish"])

    async def async_step_token(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for another token, which replaces a wrong or an old one."""
        token, errors = self._take_token(user_input)
        if user_input is not None and not errors:
            return await self.async_step_checklist()
        return self._form(
            "token",
            TOKEN,
            {CONF_MANAGEMENT_TOKEN: token},
            errors,
            dashboard=DASHBOARD,
        )

    def _take_token(
        self, user_input: Mapping[str, str] | None
    ) -> tuple[str, dict[str, str]]:
        """Listen with the token that was entered, if there is one.

        Return it with the form's errors; other credentials are refused as a token.
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
        """Explain what to do in Smartcar's dashboard."""
        if user_input is not None:
            return await self.async_step_checklist()
        return self._form(
            "dashboard",
            ADDRESS,
            {CONF_ADDRESS: (await self._address()).url},
            dashboard=DASHBOARD,
            table=f"{HELP}/webhook.md#signals-and-triggers",
        )

    async def async_step_checklist(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show what works so far, and what to do next."""
        self._found = found = await self._check()
        if found.next_step == NOTHING:
            return await self.async_step_complete()
        return self._menu(
            "checklist",
            ["look_again", "dashboard", "token", *self._switch_off_choice, "finish"],
            **found.placeholders(),
            next=await self._translated(found.next_step),
        )

    async def async_step_complete(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show that everything works."""
        return self._menu(
            "complete",
            ["finish", "look_again", "dashboard", "token", *self._switch_off_choice],
            **self._found.placeholders(),
        )

    async def async_step_look_again(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Go through the checklist once more."""
        return await self.async_step_checklist()

    async def async_step_switch_off(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Switch push off: unsubscribe the cars, and forget token and address."""
        if user_input is not None:
            entry = self._get_reconfigure_entry()
            if CONF_WEBHOOK_ID in entry.data:
                cars = async_cars_of(self.hass, entry)
                await async_end_push(self.hass, entry, self._client(), cars)
            self._changes |= dict.fromkeys(PUSH_DATA)
            return await self.async_step_finish()
        return self._form("switch_off", {})

    async def async_step_finish(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Save the entry, which answers Smartcar from then on."""
        self._trial.stop()
        return self._save()

    # What the steps need

    @property
    def _switch_off_choice(self) -> list[str]:
        """Return the menu's choice to switch push off, if the entry has push."""
        return ["switch_off"] if CONF_MANAGEMENT_TOKEN in self._base() else []

    async def _translated(self, next_step: str) -> str:
        """Return the translation of the checklist's next step."""
        language = self.hass.config.language
        texts = await async_get_translations(self.hass, language, "entity", {DOMAIN})
        return texts.get(f"{NEXT_STEPS}.{next_step}", next_step)

    async def _address(self) -> CallbackUrl:
        """Return the address for Smartcar, or why there is none."""
        data = self._data
        return await self._trial.async_address(
            data[CONF_CLIENT_ID], data.get(CONF_WEBHOOK_ID)
        )

    def _entry_push(self) -> SmartcarPush | None:
        """Return the push of the entry that is changed, if it listens."""
        runtime = self._runtime()
        return runtime.push if runtime and runtime.push.is_configured else None

    @callback
    @override
    def async_remove(self) -> None:
        """Stop listening when the flow ends, however it does."""
        self._trial.stop()

    async def _check(self) -> Checklist:
        """Subscribe the chosen cars, and check everything that push needs."""
        address, cars = await self._address(), self._chosen()
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
            known=runtime.known_signals if runtime else signals_in(self._reads),
            flowing=runtime.is_flowing if runtime else None,
        )
