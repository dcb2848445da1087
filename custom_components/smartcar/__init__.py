"""Cars connected through Smartcar, in Home Assistant. Wiring only."""

import logging

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET, CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.typing import ConfigType

from . import issues
from .api import ENDPOINT_VARIABLE, SmartcarClient
from .connections import FIRST_READS
from .const import CONF_EXCLUDED, DOMAIN, PLATFORMS
from .dashboard import async_setup_dashboard
from .device import async_follow_devices, vehicle_id_of
from .diary import async_remove_files
from .diary_statistics import async_follow_diaries
from .push.address import async_give_up
from .push.endpoint import async_reject_until_loaded, async_unregister
from .push.manager import async_end_push, has_push
from .runtime import SmartcarConfigEntry, SmartcarRuntime
from .services import async_setup_services
from .storage import SmartcarStore
from .takeover.act import async_finish_take_over, async_take_over_at_start
from .takeover.folder import is_mixed
from .takeover.shapes import async_webhook_to_hold, is_foreign
from .texts import async_setup_texts, kind_of
from .titles import is_of_cars, title_of
from .voice import async_offer_sentences

_LOGGER = logging.getLogger(__name__)

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register actions and cards; answer deliveries with 503 until their entry loads.

    Smartcar sends them again then.
    """
    async_setup_services(hass)
    for entry in hass.config_entries.async_entries(DOMAIN, include_disabled=False):
        if is_foreign(entry):
            webhook_id = await async_webhook_to_hold(hass, entry)
        else:
            webhook_id = entry.data[CONF_WEBHOOK_ID] if has_push(entry) else None
        if webhook_id is not None:
            async_reject_until_loaded(hass, webhook_id)
    mixed = await hass.async_add_executor_job(is_mixed)
    issues.async_show_mixed_folder(hass, is_mixed=mixed)
    await async_setup_texts(hass)
    await async_setup_dashboard(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: SmartcarConfigEntry) -> bool:
    """Set up one Smartcar application and its cars."""
    if is_foreign(entry):
        await _take_over(hass, entry)
    async_finish_take_over(hass, entry)
    client = _client(hass, entry)
    if client.hosts.overridden:
        _LOGGER.warning(
            "%s is set: talking to it instead of Smartcar", ENDPOINT_VARIABLE
        )
    runtime = await SmartcarRuntime.async_load(hass, entry, client)
    entry.runtime_data = runtime
    await runtime.async_start()
    _give_title(hass, entry)
    async_follow_devices(entry)
    async_follow_diaries(entry)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    runtime.connections.async_count_entities()
    await async_offer_sentences(hass, entry)
    return True


async def _take_over(hass: HomeAssistant, entry: SmartcarConfigEntry) -> None:
    """Make an entry of another integration ours; the start goes on with its reads."""

    def build(client_id: str, client_secret: str) -> SmartcarClient:
        return SmartcarClient(async_get_clientsession(hass), client_id, client_secret)

    reads = await async_take_over_at_start(hass, entry, build)
    hass.data.setdefault(FIRST_READS, {})[entry.data[CONF_CLIENT_ID]] = dict(reads)


def _give_title(hass: HomeAssistant, entry: SmartcarConfigEntry) -> None:
    """Replace a title that lists the first cars; one that a person chose stays."""
    names = {kind_of(hass, car.vehicle) for car in entry.runtime_data.vehicles.values()}
    if is_of_cars(entry.title, names):
        title = title_of(entry.data[CONF_CLIENT_ID])
        hass.config_entries.async_update_entry(entry, title=title)


def _client(hass: HomeAssistant, entry: SmartcarConfigEntry) -> SmartcarClient:
    return SmartcarClient(
        async_get_clientsession(hass),
        entry.data[CONF_CLIENT_ID],
        entry.data[CONF_CLIENT_SECRET],
    )


async def async_unload_entry(hass: HomeAssistant, entry: SmartcarConfigEntry) -> bool:
    """Unload the cars; what is known is written when the webhook has hung up."""
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: SmartcarConfigEntry) -> None:
    """Forget what is stored; the owner's connections at Smartcar stay."""
    issues.async_clear_all(hass, entry.entry_id)
    if is_foreign(entry):
        if isinstance(webhook_id := entry.data.get(CONF_WEBHOOK_ID), str):
            await async_give_up(hass, webhook_id)
            async_unregister(hass, webhook_id)
        return
    store = SmartcarStore(hass, entry.entry_id)
    stored = await store.async_load()
    if CONF_WEBHOOK_ID in entry.data:
        client, hook_id = _client(hass, entry), stored.push.hook_id
        await async_end_push(hass, entry, client, stored.vehicles, hook_id)
        async_unregister(hass, entry.data[CONF_WEBHOOK_ID])
    await store.async_remove()
    await async_remove_files(hass, entry.entry_id, stored.vehicles.values())


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: SmartcarConfigEntry, device: dr.DeviceEntry
) -> bool:
    """Let a person delete a car; it stays away until they reconfigure."""
    if vehicle_id := vehicle_id_of(device):
        excluded = {*entry.data.get(CONF_EXCLUDED, ()), vehicle_id}
        hass.config_entries.async_update_entry(
            entry, data={**entry.data, CONF_EXCLUDED: sorted(excluded)}
        )
        if entry.state is ConfigEntryState.LOADED:
            await entry.runtime_data.async_drop(vehicle_id)
    return True


async def async_migrate_entry(hass: HomeAssistant, entry: SmartcarConfigEntry) -> bool:
    """Let entries that another integration of this domain has made be set up.

    Setting up takes them over, once Smartcar accepts their credentials; till then
    they stay as they are, so that the other integration can have them back.
    """
    return True
