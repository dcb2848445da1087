"""The address at which Smartcar calls: Home Assistant's own, or the cloud's."""

import logging
import sys

from homeassistant.components.webhook import async_generate_path
from homeassistant.core import HomeAssistant
import pytest

from custom_components.smartcar.push import address
from custom_components.smartcar.push.address import (
    CallbackUrl,
    async_callback_url,
    async_give_up,
    async_listen,
)

from .nabu import ADDRESS, MODULE, CloudNotAvailable, Nabu

WEBHOOK_ID = "0f7e4a52"
PATH = async_generate_path(WEBHOOK_ID)
NOT_CONNECTED = CallbackUrl(None, "cloud_not_connected", is_cloudhook=True)


class CloudNotConnected(CloudNotAvailable):
    """There is an account, but no connection."""


class LibraryError(Exception):
    """What the cloud's own library raises; no relation of the above."""


# Home Assistant's own


PUBLIC = "https://home.example.org"


@pytest.mark.parametrize(
    ("base", "problem"),
    [
        (PUBLIC, None),
        (f"{PUBLIC}:8443", None),
        ("https://8.8.8.8", None),
        ("http://home.example.org", "not_public"),
        ("https://192.168.1.5:8123", "not_public"),
        ("https://127.0.0.1:8123", "not_public"),
        ("https://100.64.0.7", "not_public"),
        ("https://169.254.1.1", "not_public"),
        # Smartcar calls by IPv4 only.
        ("https://[fd12::1]:8123", "not_public"),
        ("https://[2606:4700:4700::1111]", "not_public"),
        ("https://homeassistant.local:8123", "not_public"),
        ("https://ha.lan", "not_public"),
        ("https://ha.fritz.home", "not_public"),
        ("https://ha.home.arpa", "not_public"),
        ("https://ha.internal", "not_public"),
        ("https://ha.localdomain", "not_public"),
        ("https://homeassistant", "not_public"),
        ("https://localhost", "not_public"),
        (None, "no_external_url"),
    ],
)
async def test_only_a_public_address_will_do(
    hass: HomeAssistant, base: str | None, problem: str | None
) -> None:
    """What Smartcar cannot reach is not worth writing into its dashboard."""
    hass.config.external_url = base
    url = f"{base}{PATH}" if problem is None else None
    found = await async_callback_url(hass, WEBHOOK_ID)
    assert found == CallbackUrl(url, problem)
    assert WEBHOOK_ID not in repr(found)


@pytest.mark.parametrize("external", [None, "http://10.0.0.1:8123"])
async def test_a_simulated_smartcar_calls_anywhere(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, external: str | None
) -> None:
    """The external address first, and a local one where there is no other."""
    monkeypatch.setenv("SMARTCAR_ENDPOINT", "http://127.0.0.1:8480")
    hass.config.internal_url = "http://127.0.0.1:8123"
    hass.config.external_url = external
    base = external or hass.config.internal_url
    found = await async_callback_url(hass, WEBHOOK_ID)
    assert found == CallbackUrl(f"{base}{PATH}")


# The cloud's


async def test_without_the_cloud(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not even imported: there may be nothing to import."""
    monkeypatch.setitem(sys.modules, MODULE, None)
    assert await async_callback_url(hass, WEBHOOK_ID) == CallbackUrl(
        problem="no_external_url"
    )
    assert async_listen(hass, WEBHOOK_ID, pytest.fail) == ()
    await async_give_up(hass, WEBHOOK_ID)


@pytest.mark.parametrize("is_active", [False, True])
async def test_a_cloudhook_goes_before_the_own_address(
    hass: HomeAssistant, nabu: Nabu, is_active: bool
) -> None:
    """Who pays for the cloud need open no port; it is made once and found again."""
    nabu.is_active = is_active
    hass.config.external_url = PUBLIC
    expected = CallbackUrl(f"{PUBLIC}{PATH}")
    if is_active:
        expected = CallbackUrl(ADDRESS, is_cloudhook=True)
    for _ in range(2):
        assert await async_callback_url(hass, WEBHOOK_ID) == expected
    assert nabu.hooks == ({WEBHOOK_ID: ADDRESS} if is_active else {})


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
    nabu: Nabu,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    """However the cloud fails; no address gets into the log."""
    caplog.set_level(logging.DEBUG, address.__name__)
    hass.config.external_url = PUBLIC
    nabu.fails = error
    assert await async_callback_url(hass, WEBHOOK_ID) == NOT_CONNECTED
    assert ADDRESS not in caplog.text
    assert WEBHOOK_ID not in caplog.text
    nabu.fails = None
    assert (await async_callback_url(hass, WEBHOOK_ID)).url == ADDRESS


async def test_changes_are_told(hass: HomeAssistant, nabu: Nabu) -> None:
    """The cloud's coming and going, and our own address; until told to stop."""
    calls: list[str] = []
    stops = async_listen(hass, WEBHOOK_ID, lambda: calls.append("changed"))
    nabu.tell("connection", "cloud_disconnected")
    assert len(calls) == 1
    nabu.tell("connection", "cloud_connected")
    nabu.tell(WEBHOOK_ID, {"cloudhook_url": ADDRESS})
    nabu.tell(WEBHOOK_ID)
    assert len(calls) == 4
    for stop in stops:
        stop()
    assert nabu.listeners == {"connection": [], WEBHOOK_ID: []}


async def test_an_address_is_given_up(hass: HomeAssistant, nabu: Nabu) -> None:
    """Ours and no other."""
    nabu.hooks = {"another": "https://hooks.example.org/another", WEBHOOK_ID: ADDRESS}
    await async_give_up(hass, WEBHOOK_ID)
    assert set(nabu.hooks) == {"another"}


@pytest.mark.parametrize(
    "error", [None, CloudNotAvailable(), CloudNotConnected()], ids=repr
)
async def test_nothing_to_give_up(
    hass: HomeAssistant,
    nabu: Nabu,
    caplog: pytest.LogCaptureFixture,
    error: Exception | None,
) -> None:
    """Never made, or made by an account that is gone: an entry goes all the same."""
    caplog.set_level(logging.DEBUG, address.__name__)
    nabu.fails = error
    await async_give_up(hass, WEBHOOK_ID)
    lines = [r.message for r in caplog.records if r.name == address.__name__]
    assert lines == ["There was no cloudhook to delete"]
