"""What dashboards load, and how."""

from pathlib import Path

from homeassistant.components.frontend import DATA_EXTRA_MODULE_URL, UrlManager
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.smartcar.const import DOMAIN
from custom_components.smartcar.dashboard import FOLDER, digest_of

URL = f"/{DOMAIN}_frontend/{digest_of(FOLDER)}"


@pytest.fixture
def added(hass: HomeAssistant) -> list[str]:
    """Return the modules that pages load; the frontend itself is not installed."""
    found: list[str] = []
    hass.data[DATA_EXTRA_MODULE_URL] = UrlManager(lambda _, url: found.append(url), [])
    hass.config.components.add("frontend")
    return found


async def test_the_entry_module_is_loaded_once(
    hass: HomeAssistant, added: list[str], loaded: MockConfigEntry
) -> None:
    """Loading an entry again adds nothing."""
    assert await hass.config_entries.async_reload(loaded.entry_id)
    assert added == [f"{URL}/smartcar.js"]


async def test_modules_are_served_for_long_and_without_a_login(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator
) -> None:
    """Each module comes as JavaScript that a browser keeps."""
    assert await async_setup_component(hass, DOMAIN, {})
    client = await hass_client_no_auth()
    for path in FOLDER.glob("*.js"):
        response = await client.get(f"{URL}/{path.name}")
        assert response.status == 200
        assert response.content_type == "text/javascript"
        assert "max-age=2678400" in response.headers["Cache-Control"]
        assert await response.text() == path.read_text("utf-8")
    for path_outside in ("../manifest.json", "%2e%2e/manifest.json"):
        assert (await client.get(f"{URL}/{path_outside}")).status == 404


async def test_nothing_fails_without_the_frontend(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    """Cars do not need pages."""
    assert DATA_EXTRA_MODULE_URL not in hass.data
    assert hass.states.async_all("lock")


def test_the_digest_follows_content_and_names(tmp_path: Path) -> None:
    """Any change of any file makes another path."""
    (tmp_path / "folder").mkdir()
    first = tmp_path / "a.js"
    first.write_text("1")
    found = [digest_of(tmp_path)]
    first.write_text("2")
    found.append(digest_of(tmp_path))
    first.rename(tmp_path / "b.js")
    found.append(digest_of(tmp_path))
    (tmp_path / "folder" / "c.js").write_text("")
    found.append(digest_of(tmp_path))
    assert len(set(found)) == 4
    assert all(len(digest) == 12 for digest in found)
