"""A public address by Home Assistant Cloud, where a person has it.

The cloud integration is imported only once it is set up: before that its
requirements may not even be installed.
"""

from collections.abc import Callable
import logging
from types import ModuleType

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

_LOGGER = logging.getLogger(__name__)


def _cloud(hass: HomeAssistant) -> ModuleType | None:
    if "cloud" not in hass.config.components:
        return None
    from homeassistant.components import cloud  # noqa: PLC0415 - see above

    return cloud


@callback
def async_is_active(hass: HomeAssistant) -> bool:
    """Return whether the person has a running subscription."""
    cloud = _cloud(hass)
    return cloud is not None and cloud.async_active_subscription(hass)


async def async_get_url(hass: HomeAssistant, webhook_id: str) -> str | None:
    """Return a webhook's address in the cloud, made if need be.

    `None` while the cloud is not connected or does not answer.
    """
    if (cloud := _cloud(hass)) is None:
        return None
    try:
        url: str = await cloud.async_get_or_create_cloudhook(hass, webhook_id)
    except Exception as err:  # noqa: BLE001 - its library's errors are not at hand
        _LOGGER.debug("There is no cloudhook: %s", type(err).__name__)
        return None
    return url


@callback
def async_listen(
    hass: HomeAssistant, webhook_id: str, changed: CALLBACK_TYPE
) -> Callable[[], None]:
    """Call a listener when the cloud comes or goes, or the address changes."""
    if (cloud := _cloud(hass)) is None:
        return lambda: None

    @callback
    def told(_: object) -> None:
        changed()

    stops = (
        cloud.async_listen_connection_change(hass, told),
        cloud.async_listen_cloudhook_change(hass, webhook_id, told),
    )

    def stop() -> None:
        for each in stops:
            each()

    return stop


async def async_delete(hass: HomeAssistant, webhook_id: str) -> None:
    """Give up a webhook's address in the cloud, if it has one."""
    if (cloud := _cloud(hass)) is None:
        return
    try:
        await cloud.async_delete_cloudhook(hass, webhook_id)
    except cloud.CloudNotAvailable, ValueError:
        # Never made, or made by an account that is gone.
        _LOGGER.debug("There was no cloudhook to delete")
