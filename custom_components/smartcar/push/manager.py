"""Push for one entry: what Smartcar's webhook brings, and what it needs.

Deliveries come at least once and in any order. What is remembered of them
outlives restarts; what Smartcar says of the webhook is asked again each hour.
"""

import asyncio
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
import logging
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import (
    CONF_CLIENT_ID,
    CONF_WEBHOOK_ID,
    EVENT_CORE_CONFIG_UPDATE,
)
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.util import dt as dt_util
from yarl import URL

from ..api import (
    Delivery,
    SmartcarClient,
    SmartcarError,
    VehicleDelivery,
    Verify,
)
from ..const import (
    CONF_EXCLUDED,
    CONF_MANAGEMENT_TOKEN,
    CONF_PREVIOUS_TOKEN,
    CONF_ROTATED_AT,
    DASHBOARD,
    DOMAIN,
)
from ..issues import Issue, IssueBoard
from .address import (
    CallbackUrl,
    async_callback_url,
    async_give_up,
    async_listen,
)
from .endpoint import Receiver, async_reject_until_loaded
from .log import PushLog
from .pending import PENDING, async_save_pending
from .subscriptions import (
    Cars,
    PushReport,
    async_inspect,
    async_subscribe,
    async_unsubscribe,
)

_LOGGER = logging.getLogger(__name__)

# How long the token before the present one is accepted.
ROTATION: Final = timedelta(days=1)

# Subjects of repairs.
SIGNATURES: Final = "wrong_signatures"
WEBHOOK: Final = "webhook"

# How long the last requests of an entry that is removed may take.
END_SECONDS: Final = 30.0


def has_push(entry: ConfigEntry[Any]) -> bool:
    """Return whether an entry has what it needs to hear deliveries."""
    return bool(
        entry.data.get(CONF_WEBHOOK_ID) and entry.data.get(CONF_MANAGEMENT_TOKEN)
    )


class SmartcarPush:
    """Receives an entry's deliveries and keeps its cars subscribed.

    `cars` gives the cars to subscribe, and by which connection; `deliver` takes a
    delivery in and returns whether anything of it is new, `None` where its car is
    not here; `record` hears how Smartcar answered; `save` writes the log down;
    `publish` shows what a look has found.
    """

    def __init__(  # noqa: PLR0913 - it never knows who uses it
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        client: SmartcarClient,
        issues: IssueBoard,
        log: PushLog,
        *,
        cars: Callable[[], Cars],
        deliver: Callable[[VehicleDelivery], bool | None],
        record: Callable[[SmartcarError | None], None],
        save: Callable[[], None],
        publish: Callable[[], None],
    ) -> None:
        """Prepare; nothing is heard before `async_start`."""
        self._hass = hass
        self._entry = entry
        self._client = client
        self._issues = issues
        self._cars = cars
        self._deliver = deliver
        self._record = record
        self._save = save
        self._publish = publish
        self._syncing = asyncio.Lock()
        # Until it is started, a look would come to nothing and be made again.
        self._is_queued = True
        self._is_over = False
        # What the webhook lacked when that was last known.
        self._lack: str | None = None
        self.log = log
        self.callback = CallbackUrl()
        self.report = PushReport()
        # A token that a person is about to enter, while the flow is open.
        self.trial_token: str | None = None

    @property
    def webhook_id(self) -> str | None:
        """Return the webhook id of the entry."""
        return self._entry.data.get(CONF_WEBHOOK_ID)

    @property
    def is_working(self) -> bool:
        """Return whether deliveries may come, as far as is known."""
        return self.is_configured and self._lack is None

    @property
    def is_configured(self) -> bool:
        """Return whether the person gave what push needs."""
        return has_push(self._entry)

    def keys(self) -> Sequence[str]:
        """Return the management tokens that may sign, the present one first."""
        data = self._entry.data
        keys = [self.trial_token, data.get(CONF_MANAGEMENT_TOKEN)]
        rotated_at = data.get(CONF_ROTATED_AT)
        if rotated_at and (
            timedelta()
            <= dt_util.utcnow() - datetime.fromisoformat(rotated_at)
            < ROTATION
        ):
            keys.append(data.get(CONF_PREVIOUS_TOKEN))
        return [key for key in keys if key]

    @callback
    def async_start(self) -> None:
        """Hear from now on; `async_sync_soon` sees to the subscriptions."""
        # Wrong signatures are counted again, perhaps by a better token.
        self._issues.show(SIGNATURES, ())
        if (webhook_id := self.webhook_id) is None or not self.is_configured:
            # With push switched off, nothing of it is missing.
            self._issues.show(WEBHOOK, ())
            return
        self._take_pending(webhook_id)
        receiver = Receiver(
            self._hass, webhook_id, keys=self.keys, take=self._take, note=self._note
        )
        entry = self._entry
        self._is_queued = False
        stop = receiver.async_register()

        @callback
        def hang_up() -> None:
            self._is_over = True
            stop()
            if not entry.disabled_by and self.webhook_id == webhook_id:
                async_reject_until_loaded(self._hass, webhook_id)

        entry.async_on_unload(hang_up)
        for forget in async_listen(self._hass, webhook_id, self.async_sync_soon):
            entry.async_on_unload(forget)
        entry.async_on_unload(
            self._hass.bus.async_listen(
                EVENT_CORE_CONFIG_UPDATE, self._core_config_updated
            )
        )

    def _take_pending(self, webhook_id: str) -> None:
        """Take over what the config flow has heard already."""
        client_id = self._entry.data[CONF_CLIENT_ID]
        pending = self._hass.data.get(PENDING, {})
        if client_id not in pending or pending[client_id].webhook_id != webhook_id:
            return
        known = pending.pop(client_id)
        async_save_pending(self._hass)
        self.log.verified_at = known.log.verified_at or self.log.verified_at
        self.log.delivered_at = known.log.delivered_at or self.log.delivered_at
        for delivery in known.deliveries:
            self._take(delivery)

    # What comes in

    @callback
    def _take(self, delivery: Delivery) -> None:
        """Work out what a believed delivery means."""
        if isinstance(delivery, Verify):
            self.log.verified_at = dt_util.utcnow()
        elif isinstance(delivery, VehicleDelivery):
            self._take_vehicle(delivery)
        self._save()

    def _take_vehicle(self, delivery: VehicleDelivery) -> None:
        self.log.delivered_at = self.log.delivered_at or dt_util.utcnow()
        if not self.log.is_new(delivery.event_id):
            self.log.note("repeated")
            return
        is_news: bool | None = True
        if delivery.is_test:
            self.log.note("test")
        elif (is_news := self._deliver(delivery)) is None:
            self.log.note("unknown_vehicle")
        if is_news:
            # What a wrong clock takes for old may be sent again.
            self.log.remember(delivery.event_id)

    @callback
    def _note(self, outcome: str) -> None:
        """Count a call; many wrong signatures in a row raise a repair, once."""
        was_stormy = self.log.has_wrong_signatures
        self.log.note(outcome)
        if self.log.has_wrong_signatures == was_stormy:
            return
        if self.log.has_wrong_signatures:
            _LOGGER.warning(
                "Calls to the webhook carry wrong signatures; "
                "is the application management token still right?"
            )
        else:
            _LOGGER.info("The signatures of the webhook's calls are right again")
        self._issues.show(SIGNATURES, tuple(self._signature_issues()))

    def _signature_issues(self) -> Iterator[Issue]:
        """Yield the repair about calls that do not prove to be Smartcar's."""
        if self.log.has_wrong_signatures:
            was_right = self.log.delivered_at is not None
            yield Issue(
                SIGNATURES,
                "wrong_signatures" if was_right else "never_right_signature",
                {"title": self._entry.title, "link": DASHBOARD},
            )

    # What it needs

    @callback
    def async_sync_soon(self) -> None:
        """See to the subscriptions in the background."""
        if self.is_configured and not self._is_queued:
            # What changes while a look is under way asks for another one.
            self._is_queued = True
            self._entry.async_create_background_task(
                self._hass, self.async_sync(), f"{DOMAIN} subscriptions"
            )

    async def async_sync(self) -> None:
        """Find our webhook, subscribe the cars, and say what is missing."""
        if (webhook_id := self.webhook_id) is None:
            return
        async with self._syncing:
            self._is_queued = False
            self.callback = await async_callback_url(self._hass, webhook_id)
            if (url := self.callback.url) is None:
                self.report = PushReport()
            else:
                report = await async_inspect(self._client, url, self.log.hook_id)
                if report.webhook is not None:
                    self.log.hook_id = report.webhook.id
                    self._save()
                excluded = frozenset(self._entry.data.get(CONF_EXCLUDED, ()))
                if unwanted := report.subscribed & excluded:
                    await async_unsubscribe(self._client, url, unwanted)
                self.report = await async_subscribe(self._client, report, *self._cars())
                self._record(self.report.error)
        if self._is_over:
            return  # The entry has gone meanwhile.
        self._follow_report()
        self._publish()

    def _follow_report(self) -> None:
        """Show what the webhook lacks, where that is known."""
        if self.callback.problem == "cloud_not_connected" or self.report.failure:
            return
        self._lack = self._lacks()
        self._issues.show(WEBHOOK, tuple(self._webhook_issues()))

    def _webhook_issues(self) -> Iterator[Issue]:
        """Yield the repair that says what the webhook lacks.

        It names hosts only: whole addresses are secrets.
        """
        if (lacks := self._lack) is not None:
            moved = self.report.moved if lacks == "webhook_moved" else None
            yield Issue(
                WEBHOOK,
                lacks,
                {
                    "title": self._entry.title,
                    "old_host": _host(moved.callback_uri if moved else ""),
                    "new_host": _host(self.callback.url or ""),
                    "link": DASHBOARD,
                },
            )

    def _lacks(self) -> str | None:
        """Return the key of what keeps the webhook from working, the first thing."""
        hook = self.report.webhook
        if self.callback.url is None:
            return "webhook_no_address"
        if hook is None:
            moved = self.report.moved
            if moved is None or _host(moved.callback_uri) == _host(self.callback.url):
                return "webhook_missing"
            return "webhook_moved"
        if not hook.is_enabled:
            return "webhook_disabled"
        return None if hook.data and hook.triggers else "webhook_without_signals"

    @callback
    def _core_config_updated(self, event: Event[dict[str, Any]]) -> None:
        if "external_url" in event.data:
            self.async_sync_soon()


def _host(url: str) -> str:
    """Return where an address leads, without the secret path."""
    return URL(url).host or ""


async def async_end_push(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    client: SmartcarClient,
    vehicle_ids: Collection[str],
    hook_id: str | None = None,
) -> None:
    """Detach an entry's cars from its webhook, and give up its cloudhook.

    `hook_id`: the webhook that called us last, should we have moved.

    Bounded in time: an entry must go even when Smartcar cannot be reached.
    """
    webhook_id = entry.data[CONF_WEBHOOK_ID]
    address = await async_callback_url(hass, webhook_id)
    if address.url is not None:
        with suppress(TimeoutError):
            async with asyncio.timeout(END_SECONDS):
                await async_unsubscribe(client, address.url, vehicle_ids, hook_id)
    await async_give_up(hass, webhook_id)
