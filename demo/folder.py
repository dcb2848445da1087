"""The configuration folder of the demo's Home Assistant."""

from datetime import UTC, datetime
import fcntl
import json
from pathlib import Path
from typing import Any

from demo.child import ROOT
from demo.client import DemoError

HOST = "127.0.0.1"

SSL_PROFILE = "intermediate_v6"
"""Of no effect without a certificate, but looked for."""

CONFIGURATION = """\
homeassistant:
  name: Smartcar demo
  latitude: 52.5200
  longitude: 13.4050
  elevation: 34
  unit_system: metric
  time_zone: Europe/Berlin
  country: DE
  currency: EUR
  internal_url: {address}

api:
automation: !include automations.yaml
config:
demo_tariff:
energy:
frontend:
history:
logbook:
recorder:
  commit_interval: 1

logger:
  default: warning
  logs:
    custom_components.smartcar: info
    # Programs and libraries that only cameras and voices need.
    haffmpeg: fatal
    homeassistant.components.camera.img_util: fatal
"""

IN_USE = ".ha_run.lock"
"""The file that Home Assistant holds locked while it runs."""

PASSED_BY = ["core_config", "analytics"]
"""Steps of the onboarding that would set up services beyond this machine."""

ONBOARDED_WITHOUT_USER = [*PASSED_BY, "integration"]
"""Steps that a user who is made over the API does not need."""


class ConfigFolder:
    """Prepares a folder; what an earlier demo left there stays."""

    def __init__(self, path: Path) -> None:
        """Take a folder, which need not exist."""
        self.path = path

    @property
    def _storage(self) -> Path:
        return self.path / ".storage"

    @property
    def has_user(self) -> bool:
        """Return whether somebody was onboarded here."""
        try:
            stored = json.loads((self._storage / "onboarding").read_text("utf-8"))
        except FileNotFoundError:
            return False
        return "user" in stored["data"]["done"]

    @property
    def webhook_id(self) -> str | None:
        """Return the webhook id of an entry that an earlier demo has left."""
        try:
            stored = json.loads((self._storage / "core.config_entries").read_text())
        except FileNotFoundError:
            return None
        for entry in stored["data"]["entries"]:
            if entry["domain"] == "smartcar":
                found: str | None = entry["data"].get("webhook_id")
                return found
        return None

    @property
    def is_in_use(self) -> bool:
        """Return whether a Home Assistant runs on this folder."""
        try:
            with (self.path / IN_USE).open("rb") as held:
                fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    def prepare(self, port: int, *, is_bare: bool = False) -> None:
        """Write what Home Assistant reads before anybody can talk to it.

        A bare Home Assistant leaves the onboarding to a person in a browser.

        Raises DemoError for a folder that cannot be written or is in use.
        """
        try:
            self._storage.mkdir(parents=True, exist_ok=True)
        except OSError as err:
            msg = f"{self.path} cannot be used ({err.strerror})."
            raise DemoError(msg) from None
        if self.is_in_use:
            msg = f"Another Home Assistant runs on {self.path}; end it first."
            raise DemoError(msg)
        (self.path / "configuration.yaml").write_text(
            CONFIGURATION.format(address=f"http://{HOST}:{port}"), "utf-8"
        )
        (self.path / "automations.yaml").touch()
        self._link(ROOT / "custom_components" / "smartcar")
        self._link(ROOT / "demo" / "demo_tariff")
        # The address is no YAML setting any more; this is where it is kept.
        self._store(
            "http",
            version=3,
            data={
                "stable": {
                    "server_host": [HOST],
                    "server_port": port,
                    "cors_allowed_origins": [],
                    "login_attempts_threshold": -1,
                    "ip_ban_enabled": True,
                    "ssl_profile": SSL_PROFILE,
                    "use_x_frame_options": True,
                    "created_at": datetime.now(UTC).isoformat(),
                    "error": None,
                    "error_message": None,
                },
                "pending": None,
                "yaml_migration_done": True,
            },
        )
        if not (self._storage / "onboarding").exists():
            done = PASSED_BY if is_bare else ONBOARDED_WITHOUT_USER
            self._store("onboarding", version=4, data={"done": done})

    def _link(self, integration: Path) -> None:
        """Let Home Assistant find an integration of this repository."""
        link = self.path / "custom_components" / integration.name
        link.parent.mkdir(exist_ok=True)
        if link.is_symlink():
            link.unlink()
        link.symlink_to(integration)

    def _store(self, key: str, *, version: int, data: dict[str, Any]) -> None:
        content = {"version": version, "minor_version": 1, "key": key, "data": data}
        (self._storage / key).write_text(json.dumps(content, indent=2), "utf-8")
