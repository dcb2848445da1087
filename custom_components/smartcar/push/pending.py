"""Webhook ids that were shown to a person before there is an entry.

Smartcar's dashboard keeps the address, so the next try must show the same one,
also after a restart.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
import logging
from typing import Any, Final

from homeassistant.components import webhook
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from ..api import Delivery, VehicleDelivery, Verify
from ..const import DOMAIN
from ..records import NOT_STORED, Record
from .log import PushLog

_LOGGER = logging.getLogger(__name__)

VERSION: Final = 1
SAVE_DELAY: Final = 1.0  # seconds
# How long an address is kept for a set-up that was never finished.
KEPT: Final = timedelta(days=30)
# What is kept for an entry that is not there yet: a few cars' first deliveries.
MAX_PENDING: Final = 50


@dataclass(slots=True)
class PendingPush(Record):
    """A webhook id that no entry has taken yet, and what came in by it.

    `since` is when the id was made.
    """

    webhook_id: str = field(default_factory=webhook.async_generate_id, repr=False)
    since: datetime = field(default_factory=dt_util.utcnow)
    log: PushLog = field(default_factory=PushLog, init=False, metadata=NOT_STORED)
    deliveries: list[Delivery] = field(
        default_factory=list, init=False, metadata=NOT_STORED
    )

    def take(self, delivery: Delivery) -> None:
        """Keep a delivery for the entry to come."""
        if isinstance(delivery, Verify):
            self.log.verified_at = dt_util.utcnow()
        elif isinstance(delivery, VehicleDelivery):
            self.log.delivered_at = self.log.delivered_at or dt_util.utcnow()
            if len(self.deliveries) < MAX_PENDING:
                self.deliveries.append(delivery)


# By API client id. Only id and time are written down, not what came in.
PENDING: Final[HassKey[dict[str, PendingPush]]] = HassKey(f"{DOMAIN}_pending_push")
_STORE: Final[HassKey[Store[dict[str, dict[str, Any]]]]] = HassKey(
    f"{DOMAIN}_pending_store"
)


async def async_pending(hass: HomeAssistant) -> dict[str, PendingPush]:
    """Return the pending webhook ids, read from disk the first time.

    A file that cannot be read counts as none; ids that are too old are left out.
    """
    if _STORE not in hass.data:
        store: Store[dict[str, dict[str, Any]]] = Store(
            hass, VERSION, f"{DOMAIN}.pending", private=True, atomic_writes=True
        )
        found: dict[str, PendingPush] = {}
        try:
            stored = await store.async_load() or {}
            found = {name: PendingPush.from_dict(item) for name, item in stored.items()}
        except HomeAssistantError, AttributeError, LookupError, TypeError, ValueError:
            _LOGGER.debug("The addresses of unfinished set-ups cannot be read")
        hass.data[_STORE] = store
        # What was made while this was read is newer.
        hass.data[PENDING] = found | hass.data.get(PENDING, {})
    oldest = dt_util.utcnow() - KEPT
    pending = hass.data[PENDING]
    for name in [name for name, item in pending.items() if item.since < oldest]:
        del pending[name]
    return pending


@callback
def async_save_pending(hass: HomeAssistant) -> None:
    """Write down soon which webhook ids are pending."""
    if (store := hass.data.get(_STORE)) is not None:
        store.async_delay_save(
            lambda: {name: item.as_dict() for name, item in hass.data[PENDING].items()},
            SAVE_DELAY,
        )
