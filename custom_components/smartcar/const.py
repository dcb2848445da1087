"""Names and numbers that several modules of the integration share."""

from typing import Final

from homeassistant.const import Platform

DOMAIN: Final = "smartcar"

# Other integrations of this domain have used this and lower ones; see `takeover`. Our
# minor version stays at 1 or above, or Home Assistant would not ask about theirs.
ENTRY_VERSION: Final = 3

CONF_ADDRESS: Final = "address"
CONF_APPLICATION_ID: Final = "application_id"
CONF_CALL_LIMIT: Final = "call_limit"
CONF_CALL_RESERVE: Final = "call_reserve"
CONF_CHARGING_LOSS: Final = "charging_loss"
CONF_EXCLUDED: Final = "excluded"
CONF_HOME_PRICE: Final = "home_price"
CONF_HOME_PRICE_ENTITY: Final = "home_price_entity"
CONF_MANAGEMENT_TOKEN: Final = "management_token"  # noqa: S105 - a name
CONF_PREVIOUS_TOKEN: Final = "previous_management_token"  # noqa: S105 - a name
CONF_PACE: Final = "pace"
CONF_READ_INTERVAL: Final = "read_interval"
CONF_READ_ONLY: Final = "read_only"
CONF_ROTATED_AT: Final = "rotated_at"
CONF_SHARED_LIMIT: Final = "shared_limit"
CONF_SHORTEST_INTERVAL: Final = "shortest_interval"
CONF_TAKEN_CARS: Final = "taken_cars"
CONF_VEHICLES: Final = "vehicles"

DASHBOARD: Final = "https://dashboard.smartcar.com"
# Where the pages of `docs` can be read.
HELP: Final = "https://github.com/smartcar-home-assistant/smartcar/blob/main/docs"

PLATFORMS: Final = (
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.CALENDAR,
    Platform.COVER,
    Platform.DEVICE_TRACKER,
    Platform.EVENT,
    Platform.LOCK,
    Platform.NUMBER,
    Platform.SENSOR,
    Platform.SWITCH,
)
