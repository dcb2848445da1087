"""Answer Smartcar while a config flow is open, before its entry does."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from .push.address import CallbackUrl, async_callback_url
from .push.endpoint import Receiver
from .push.log import PushLog
from .push.manager import SmartcarPush
from .push.pending import PendingPush, async_pending, async_save_pending


class PushTrial:
    """The webhook of a flow: the one of its entry, or one kept for it.

    `webhook_id`: known after `async_address`.
    """

    webhook_id: str

    def __init__(
        self, hass: HomeAssistant, push: Callable[[], SmartcarPush | None]
    ) -> None:
        """Start without listening.

        `push` returns the push of the entry that is changed, if it listens.
        """
        self._hass = hass
        self._push = push
        self._client_id = ""
        self._all_pending: dict[str, PendingPush] = {}
        self._stop_listening: CALLBACK_TYPE | None = None
        # Wrong signatures that came before the present token was entered.
        self._wrong_before = 0

    async def async_address(
        self, client_id: str, webhook_id: str | None
    ) -> CallbackUrl:
        """Return the address for Smartcar, of the entry's webhook if it has one."""
        self._client_id = client_id
        self._all_pending = await async_pending(self._hass)
        self.webhook_id = webhook_id or self._pending.webhook_id
        return await async_callback_url(self._hass, self.webhook_id)

    @property
    def _pending(self) -> PendingPush:
        """Return what is kept for the entry to come; every try gets the same."""
        if self._client_id not in self._all_pending:
            self._all_pending[self._client_id] = PendingPush()
            async_save_pending(self._hass)
        return self._all_pending[self._client_id]

    @property
    def _whole_log(self) -> PushLog:
        push = self._push()
        return push.log if push is not None else self._pending.log

    @property
    def log(self) -> PushLog:
        """Return what came in; wrong signatures count since the present token."""
        log = self._whole_log
        before = self._wrong_before if log.wrong >= self._wrong_before else 0
        return replace(log, wrong=log.wrong - before)

    @callback
    def listen(self, token: str, *, is_new: bool) -> None:
        """Answer VERIFY with a token.

        An entry that listens accepts the token too while the flow is open; else the
        flow listens by itself. With a new token wrong signatures are counted again.
        """
        self.stop()
        if (push := self._push()) is not None:
            push.trial_token = token
            self._stop_listening = partial(setattr, push, "trial_token", None)
        else:
            pending = self._pending
            pending.webhook_id = self.webhook_id
            self._stop_listening = Receiver(
                self._hass,
                self.webhook_id,
                keys=lambda: (token,),
                take=pending.take,
                note=pending.log.note,
            ).async_register()
        if is_new:
            self._wrong_before = self._whole_log.wrong

    @callback
    def stop(self) -> None:
        """Stop answering."""
        if self._stop_listening is not None:
            self._stop_listening()
            self._stop_listening = None
