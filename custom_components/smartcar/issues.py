"""Every repair issue of the integration: raised here, cleared here.

An issue's id names its entry, so that a removed entry takes its issues along.
"""

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import DOMAIN


def connection_lost_id(entry_id: str, vehicle_id: str) -> str:
    """Return the id of the issue that a car's connection is gone."""
    return f"connection_lost_{entry_id}_{vehicle_id}"


def foreign_entry_id(entry_id: str) -> str:
    """Return the id of the issue that an entry is another integration's."""
    return f"foreign_entry_{entry_id}"


@callback
def async_raise_connection_lost(
    hass: HomeAssistant, issue_id: str, car: str, connect_link: str | None
) -> None:
    """Say that Smartcar lists a car no longer, and where to connect it again."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key="connection_lost",
        translation_placeholders={"car": car},
        learn_more_url=connect_link,
    )


@callback
def async_raise_foreign_entry(hass: HomeAssistant, issue_id: str, title: str) -> None:
    """Say that an entry was made by another integration of this domain."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        is_fixable=False,
        is_persistent=True,
        severity=ir.IssueSeverity.ERROR,
        translation_key="foreign_entry",
        translation_placeholders={"title": title},
    )


@callback
def async_clear(hass: HomeAssistant, issue_id: str) -> None:
    """Clear an issue, whether it stands or not."""
    ir.async_delete_issue(hass, DOMAIN, issue_id)


@callback
def async_clear_entry(hass: HomeAssistant, entry_id: str) -> None:
    """Clear every issue of an entry that goes."""
    for domain, issue_id in tuple(ir.async_get(hass).issues):
        if domain == DOMAIN and entry_id in issue_id:
            async_clear(hass, issue_id)
