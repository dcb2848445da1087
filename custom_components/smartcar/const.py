"""Names and numbers that several rooms of the integration share."""

from datetime import timedelta
from typing import Final

from homeassistant.const import Platform

DOMAIN: Final = "smartcar"

# Version 2 belongs to other integrations of this domain; see async_migrate_entry.
ENTRY_VERSION: Final = 3

CONF_APPLICATION_ID: Final = "application_id"
CONF_EXCLUDED: Final = "excluded"
CONF_READ_INTERVAL: Final = "read_interval"
CONF_READ_ONLY: Final = "read_only"
CONF_VEHICLES: Final = "vehicles"

DEFAULT_READ_INTERVAL: Final = timedelta(hours=6)

PLATFORMS: Final = (
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.CALENDAR,
    Platform.COVER,
    Platform.DEVICE_TRACKER,
    Platform.LOCK,
    Platform.NUMBER,
    Platform.SENSOR,
    Platform.SWITCH,
)
