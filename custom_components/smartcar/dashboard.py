"""What dashboards load: the car card and what belongs to it."""

from hashlib import sha256
from pathlib import Path
from typing import Final

from homeassistant.components.frontend import DOMAIN as FRONTEND, add_extra_js_url
from homeassistant.components.http import StaticPathConfig
from homeassistant.core import HomeAssistant

from .const import DOMAIN

FOLDER: Final = Path(__file__).parent / "frontend"
ENTRY_MODULE: Final = "smartcar.js"


def digest_of(folder: Path) -> str:
    """Return 12 characters that change with any file of a folder."""
    content = sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            content.update(path.relative_to(folder).as_posix().encode())
            content.update(sha256(path.read_bytes()).digest())
    return content.hexdigest()[:12]


async def async_setup_dashboard(hass: HomeAssistant) -> None:
    """Serve the modules, and let every page load the first of them.

    They import each other by relative paths. The digest in the path lets browsers
    keep them for long, and never mixes those of two versions.
    """
    digest = await hass.async_add_executor_job(digest_of, FOLDER)
    url = f"/{DOMAIN}_frontend/{digest}"
    await hass.http.async_register_static_paths(
        [StaticPathConfig(url, str(FOLDER), cache_headers=True)]
    )
    # A Home Assistant may run without pages; then nothing waits for modules.
    if FRONTEND in hass.config.components:
        add_extra_js_url(hass, f"{url}/{ENTRY_MODULE}")
