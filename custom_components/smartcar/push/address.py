"""The address at which Smartcar reaches this Home Assistant.

The cloud integration is imported only once it is set up: before that its
requirements may not even be installed.
"""

from dataclasses import dataclass, field
from ipaddress import ip_address
import logging
from types import ModuleType
from typing import Final

from homeassistant.components import webhook
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.network import NoURLAvailableError
from yarl import URL

from ..api import Hosts

_LOGGER = logging.getLogger(__name__)

# Names that lead nowhere outside a house.
LOCAL: Final = (".home", ".home.arpa", ".internal", ".lan", ".local", ".localdomain")


@dataclass(frozen=True, slots=True)
class CallbackUrl:
    """Where Smartcar is to call; `problem` names why there is no such place."""

    url: str | None = field(default=None, repr=False)
    problem: str | None = None
    is_cloudhook: bool = False


async def async_callback_url(hass: HomeAssistant, webhook_id: str) -> CallbackUrl:
    """Find the address of a webhook.

    A cloudhook, made if need be, where Home Assistant Cloud is active; else the
    external URL. It must be public https; with `SMARTCAR_ENDPOINT` set a local one
    will do.
    """
    cloud = _cloud(hass)
    if cloud is not None and cloud.async_active_subscription(hass):
        try:
            hook = await cloud.async_get_or_create_cloudhook(hass, webhook_id)
        except Exception as err:  # noqa: BLE001 - its library's errors are not at hand
            _LOGGER.debug("There is no cloudhook: %s", type(err).__name__)
            return CallbackUrl(problem="cloud_not_connected", is_cloudhook=True)
        return CallbackUrl(hook, is_cloudhook=True)
    is_local_fine = Hosts.from_environment().overridden
    try:
        url = webhook.async_generate_url(hass, webhook_id, allow_internal=is_local_fine)
    except NoURLAvailableError:
        return CallbackUrl(problem="no_external_url")
    if is_local_fine or _is_public(URL(url)):
        return CallbackUrl(url)
    return CallbackUrl(problem="not_public")


@callback
def async_listen(
    hass: HomeAssistant, webhook_id: str, changed: CALLBACK_TYPE
) -> tuple[CALLBACK_TYPE, ...]:
    """Call a listener when the cloud comes or goes, or gives another address.

    Returns how to stop.
    """
    if (cloud := _cloud(hass)) is None:
        return ()
    told = callback(lambda _: changed())
    return (
        cloud.async_listen_connection_change(hass, told),
        cloud.async_listen_cloudhook_change(hass, webhook_id, told),
    )


async def async_give_up(hass: HomeAssistant, webhook_id: str) -> None:
    """Give up a webhook's address in the cloud, if it has one."""
    if (cloud := _cloud(hass)) is None:
        return
    try:
        await cloud.async_delete_cloudhook(hass, webhook_id)
    except cloud.CloudNotAvailable, ValueError:
        # Never made, or made by an account that is gone.
        _LOGGER.debug("There was no cloudhook to delete")


def _cloud(hass: HomeAssistant) -> ModuleType | None:
    if "cloud" not in hass.config.components:
        return None
    from homeassistant.components import cloud  # noqa: PLC0415 - see above

    return cloud


def _is_public(url: URL) -> bool:
    """Return whether Smartcar can call an address: https, and a public IPv4 host."""
    host = url.host or ""
    try:
        address = ip_address(host)
        is_reachable = address.version == 4 and address.is_global  # noqa: PLR2004 - IPv4
    except ValueError:
        is_reachable = "." in host and not host.endswith(LOCAL)
    return url.scheme == "https" and is_reachable
