"""A stand-in for Home Assistant Cloud; the real one's requirements are not here."""

from collections.abc import Callable
import sys
from types import ModuleType
from typing import Any, Self

from homeassistant import components
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest

MODULE = "homeassistant.components.cloud"
ADDRESS = "https://hooks.nabu.casa/gAAAAABinvented"


class CloudNotAvailable(HomeAssistantError):  # noqa: N818 - as the cloud calls it
    """There is no account."""


class Nabu(ModuleType):
    """The functions of the cloud integration that are used here."""

    CloudNotAvailable = CloudNotAvailable

    def __init__(self) -> None:
        """Start with an active account and no cloudhook."""
        super().__init__(MODULE)
        self.is_active = True
        self.fails: Exception | None = None
        self.hooks: dict[str, str] = {}
        self.listeners: dict[str, list[Callable[[Any], None]]] = {}

    @classmethod
    def set_up(cls, hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> Self:
        """Set the cloud up."""
        cloud = cls()
        monkeypatch.setitem(sys.modules, MODULE, cloud)
        monkeypatch.setattr(components, "cloud", cloud, raising=False)
        hass.config.components.add("cloud")
        return cloud

    def async_active_subscription(self, _hass: HomeAssistant) -> bool:
        return self.is_active

    async def async_get_or_create_cloudhook(
        self, _hass: HomeAssistant, webhook_id: str
    ) -> str:
        if self.fails is not None:
            raise self.fails
        return self.hooks.setdefault(webhook_id, ADDRESS)

    async def async_delete_cloudhook(
        self, _hass: HomeAssistant, webhook_id: str
    ) -> None:
        if self.fails is not None:
            raise self.fails
        if webhook_id not in self.hooks:
            raise ValueError("Hook is not enabled for the cloud.")
        del self.hooks[webhook_id]

    def async_listen_connection_change(
        self, _hass: HomeAssistant, target: Callable[[Any], None]
    ) -> Any:
        return self._listen("connection", target)

    def async_listen_cloudhook_change(
        self, _hass: HomeAssistant, webhook_id: str, on_change: Callable[[Any], None]
    ) -> Any:
        return self._listen(webhook_id, on_change)

    def _listen(self, what: str, listener: Callable[[Any], None]) -> Any:
        self.listeners.setdefault(what, []).append(listener)
        return lambda: self.listeners[what].remove(listener)

    def tell(self, what: str, news: object = None) -> None:
        for listener in self.listeners[what]:
            listener(news)
