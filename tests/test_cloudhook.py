"""An address by Home Assistant Cloud, with a stand-in for the cloud.

The real one has requirements that are not installed here.
"""

from collections.abc import Callable
import logging
import sys
from types import ModuleType
from typing import Any

from homeassistant import components
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.smartcar.push import cloudhook

MODULE = "homeassistant.components.cloud"
WEBHOOK_ID = "0f7e4a52"
ADDRESS = "https://hooks.example.org/gAAAAAB"


class CloudNotAvailable(HomeAssistantError):  # noqa: N818 - as the cloud calls it
    """There is no account."""


class CloudNotConnected(CloudNotAvailable):
    """There is one, but no connection."""


class LibraryError(Exception):
    """What the cloud's own library raises; no relation of the above."""


class FakeCloud(ModuleType):
    """The functions of the cloud integration that are used here."""

    CloudNotAvailable = CloudNotAvailable

    def __init__(self) -> None:
        """Start with an active account and no cloudhook."""
        super().__init__(MODULE)
        self.is_active = True
        self.fails: Exception | None = None
        self.hooks: dict[str, str] = {}
        self.listeners: dict[str, list[Callable[[Any], None]]] = {}

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

    def _listen(self, what: str, listener: Callable[[Any], None]) -> Any:
        self.listeners.setdefault(what, []).append(listener)
        return lambda: self.listeners[what].remove(listener)

    def async_listen_connection_change(
        self, _hass: HomeAssistant, target: Callable[[Any], None]
    ) -> Any:
        return self._listen("connection", target)

    def async_listen_cloudhook_change(
        self, _hass: HomeAssistant, webhook_id: str, on_change: Callable[[Any], None]
    ) -> Any:
        return self._listen(webhook_id, on_change)

    def tell(self, what: str, news: object) -> None:
        for listener in self.listeners[what]:
            listener(news)


@pytest.fixture
def cloud(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> FakeCloud:
    """Set the cloud up."""
    cloud = FakeCloud()
    monkeypatch.setitem(sys.modules, MODULE, cloud)
    monkeypatch.setattr(components, "cloud", cloud, raising=False)
    hass.config.components.add("cloud")
    return cloud


async def test_without_the_cloud(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not even imported: there may be nothing to import."""
    monkeypatch.setitem(sys.modules, MODULE, None)
    assert not cloudhook.async_is_active(hass)
    assert await cloudhook.async_get_url(hass, WEBHOOK_ID) is None
    cloudhook.async_listen(hass, WEBHOOK_ID, pytest.fail)()
    await cloudhook.async_delete(hass, WEBHOOK_ID)


@pytest.mark.parametrize("is_active", [False, True])
async def test_is_active(
    hass: HomeAssistant, cloud: FakeCloud, is_active: bool
) -> None:
    """The cloud is set up by default; an account that pays makes it active."""
    cloud.is_active = is_active
    assert cloudhook.async_is_active(hass) is is_active


async def test_an_address_is_made_once(hass: HomeAssistant, cloud: FakeCloud) -> None:
    """And found again."""
    assert await cloudhook.async_get_url(hass, WEBHOOK_ID) == ADDRESS
    assert await cloudhook.async_get_url(hass, WEBHOOK_ID) == ADDRESS
    assert cloud.hooks == {WEBHOOK_ID: ADDRESS}


@pytest.mark.parametrize(
    "error",
    [
        CloudNotAvailable(),
        CloudNotConnected(),
        ValueError("Cloud is not connected"),
        TimeoutError(),
        LibraryError(f"Failed to fetch {ADDRESS}"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_no_address_just_now(
    hass: HomeAssistant,
    cloud: FakeCloud,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    """However the cloud fails; no address gets into the log."""
    caplog.set_level(logging.DEBUG, cloudhook.__name__)
    cloud.fails = error
    assert await cloudhook.async_get_url(hass, WEBHOOK_ID) is None
    assert ADDRESS not in caplog.text
    assert WEBHOOK_ID not in caplog.text
    cloud.fails = None
    assert await cloudhook.async_get_url(hass, WEBHOOK_ID) == ADDRESS


async def test_changes_are_told(hass: HomeAssistant, cloud: FakeCloud) -> None:
    """The cloud's coming and going, and our own address; until told to stop."""
    calls: list[str] = []
    stop = cloudhook.async_listen(hass, WEBHOOK_ID, lambda: calls.append("changed"))
    cloud.tell("connection", "cloud_disconnected")
    assert len(calls) == 1
    cloud.tell("connection", "cloud_connected")
    cloud.tell(WEBHOOK_ID, {"cloudhook_url": ADDRESS})
    cloud.tell(WEBHOOK_ID, None)
    assert len(calls) == 4
    stop()
    assert cloud.listeners == {"connection": [], WEBHOOK_ID: []}


async def test_an_address_is_given_up(hass: HomeAssistant, cloud: FakeCloud) -> None:
    """Ours and no other."""
    cloud.hooks["another"] = "https://hooks.example.org/another"
    await cloudhook.async_get_url(hass, WEBHOOK_ID)
    await cloudhook.async_delete(hass, WEBHOOK_ID)
    assert set(cloud.hooks) == {"another"}


@pytest.mark.parametrize(
    "error", [None, CloudNotAvailable(), CloudNotConnected()], ids=repr
)
async def test_nothing_to_give_up(
    hass: HomeAssistant,
    cloud: FakeCloud,
    caplog: pytest.LogCaptureFixture,
    error: Exception | None,
) -> None:
    """Never made, or made by an account that is gone: an entry goes all the same."""
    caplog.set_level(logging.DEBUG, cloudhook.__name__)
    cloud.fails = error
    await cloudhook.async_delete(hass, WEBHOOK_ID)
    lines = [r.message for r in caplog.records if r.name == cloudhook.__name__]
    assert lines == ["There was no cloudhook to delete"]
