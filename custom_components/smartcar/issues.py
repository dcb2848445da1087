"""Every repair issue of the integration: raised here, cleared here.

An issue's id names its entry, so that a removed entry takes its issues along.
"""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import DASHBOARD, DOMAIN
from .markdown import escaped
from .rules import Notice

# What keeps a webhook from working.
WEBHOOK: Final[Mapping[str, str]] = {
    "address": "webhook_no_address",
    "place": "webhook_moved",
    "webhook": "webhook_missing",
    "enabled": "webhook_disabled",
    "signals": "webhook_without_signals",
}
# What Smartcar wants of the application's owner.
APPLICATION: Final[Mapping[Notice, str]] = {
    Notice.FORBIDDEN: "application_forbidden",
    Notice.PLAN: "application_plan",
    Notice.SUSPENDED: "application_suspended",
    Notice.VEHICLE_LIMIT: "application_vehicle_limit",
}
# Why a car is not read.
READING: Final[Mapping[Notice, str]] = {
    Notice.PERMISSION: "permission_withdrawn",
    Notice.QUOTA: "quota_spent",
}
# What a user's account at the car maker lacks, by Smartcar's code.
OWNER_ACCOUNT: Final[Mapping[str, str]] = {
    "AUTHENTICATION_FAILED": "owner_account_login",
    "NO_VEHICLES": "owner_account_no_vehicles",
    "PERMISSION": "owner_account_permission",
    "SUBSCRIPTION": "owner_account_subscription",
    "VEHICLE_MISSING": "owner_account_vehicle_missing",
    "VIRTUAL_KEY_REQUIRED": "owner_account_virtual_key",
}


# What a car cannot be told, by the signal that shows it.
INCAPABLE: Final[Mapping[str, str]] = {
    "charge-chargelimits": "incapable_charge_limit",
    "charge-ischarging": "incapable_charging",
    "charge-ischargingportflapopen": "incapable_charge_port",
    "closure-islocked": "incapable_lock",
}

# Without an Application ID there is no link to Connect; other words say so.
READING_WITHOUT_LINK: Final[Mapping[Notice, str]] = {
    **READING,
    Notice.PERMISSION: "permission_withdrawn_without_link",
}
OWNER_ACCOUNT_WITHOUT_LINK: Final[Mapping[str, str]] = {
    **OWNER_ACCOUNT,
    "AUTHENTICATION_FAILED": "owner_account_login_without_link",
    "PERMISSION": "owner_account_permission_without_link",
    "VIRTUAL_KEY_REQUIRED": "owner_account_virtual_key_without_link",
}


# Home Assistant shows a longer title over itself.
LONGEST_CAR: Final = 30


def connection_lost_id(entry_id: str, vehicle_id: str) -> str:
    """Return the id of the issue that a car's connection is gone."""
    return f"connection_lost_{entry_id}_{vehicle_id}"


def foreign_entry_id(entry_id: str) -> str:
    """Return the id of the issue that an entry is another integration's."""
    return f"foreign_entry_{entry_id}"


def webhook_id(entry_id: str) -> str:
    """Return the id of the issue that an entry's webhook does not work."""
    return f"webhook_{entry_id}"


def wrong_signatures_id(entry_id: str) -> str:
    """Return the id of the issue that calls carry wrong signatures."""
    return f"wrong_signatures_{entry_id}"


def application_id(entry_id: str) -> str:
    """Return the id of the issue about the application as a whole."""
    return f"application_{entry_id}"


def reading_id(entry_id: str, vehicle_id: str) -> str:
    """Return the id of the issue that a car cannot be read."""
    return f"reading_{entry_id}_{vehicle_id}"


def store_empty_id(entry_id: str, vehicle_id: str) -> str:
    """Return the id of the issue that Smartcar holds nothing of a car."""
    return f"store_empty_{entry_id}_{vehicle_id}"


def owner_account_id(entry_id: str, vehicle_id: str, user_id: str) -> str:
    """Return the id of the issue of a user's account; it does not name the user."""
    user = sha256(user_id.encode()).hexdigest()[:16]
    return f"owner_account_{entry_id}_{vehicle_id}_{user}"


def incapable_id(entry_id: str, vehicle_id: str, signal: str) -> str:
    """Return the id of the issue that a car cannot be told to change a signal."""
    return f"incapable_{entry_id}_{vehicle_id}_{signal}"


def entities_id(entry_id: str) -> str:
    """Return the id of the issue that an entry nears its limit of entities."""
    return f"entities_{entry_id}"


@callback
def async_create_issue(
    hass: HomeAssistant,
    issue_id: str,
    *,
    translation_placeholders: Mapping[str, str],
    severity: ir.IssueSeverity = ir.IssueSeverity.WARNING,
    is_fixable: bool = True,
    **texts: Any,
) -> None:
    """Raise an issue; mostly one that a look at Smartcar settles in its fix flow.

    The texts of issues are Markdown: of what they name only `link` is one.
    """
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        is_fixable=is_fixable,
        severity=severity,
        translation_placeholders={
            name: _fit(name, value) for name, value in translation_placeholders.items()
        },
        **texts,
    )


def _fit(name: str, value: str) -> str:
    """Return what a placeholder says, fit for a text and for its title."""
    if name == "link":
        return value
    if name == "car" and len(value) > LONGEST_CAR:
        value = f"{value[: LONGEST_CAR - 1]}…"
    return escaped(value)


@callback
def async_raise_connection_lost(
    hass: HomeAssistant, issue_id: str, car: str, connect_link: str | None
) -> None:
    """Say that Smartcar lists a car no longer, and where to connect it again."""
    async_create_issue(
        hass,
        issue_id,
        translation_key="connection_lost"
        if connect_link
        else "connection_lost_without_link",
        translation_placeholders={"car": car, "link": connect_link or DASHBOARD},
    )


@callback
def async_raise_webhook(
    hass: HomeAssistant, issue_id: str, lacks: str, title: str, hosts: tuple[str, str]
) -> None:
    """Say what keeps a webhook from working, and where to mend it.

    `hosts`: which one it calls, and which one it should; never whole addresses.
    """
    async_create_issue(
        hass,
        issue_id,
        translation_key=WEBHOOK[lacks],
        translation_placeholders={
            "title": title,
            "old_host": hosts[0],
            "new_host": hosts[1],
            "link": DASHBOARD,
        },
    )


@callback
def async_raise_wrong_signatures(
    hass: HomeAssistant, issue_id: str, title: str, last_right: datetime | None
) -> None:
    """Say that nobody proves to be Smartcar, and that the token may be old."""
    async_create_issue(
        hass,
        issue_id,
        translation_key="wrong_signatures" if last_right else "never_right_signature",
        translation_placeholders={"title": title, "link": DASHBOARD},
    )


@callback
def async_raise_application(
    hass: HomeAssistant, issue_id: str, notice: Notice, title: str
) -> None:
    """Say what Smartcar wants of the application's owner."""
    async_create_issue(
        hass,
        issue_id,
        severity=ir.IssueSeverity.ERROR,
        translation_key=APPLICATION[notice],
        translation_placeholders={"title": title, "link": DASHBOARD},
    )


@callback
def async_raise_reading(
    hass: HomeAssistant,
    issue_id: str,
    notice: Notice,
    car: str,
    connect_link: str | None,
) -> None:
    """Say why a car is not read any more."""
    async_create_issue(
        hass,
        issue_id,
        translation_key=READING[notice]
        if connect_link
        else READING_WITHOUT_LINK[notice],
        translation_placeholders={"car": car, "link": connect_link or DASHBOARD},
    )


@callback
def async_raise_owner_account(
    hass: HomeAssistant, issue_id: str, code: str, car: str, connect_link: str | None
) -> None:
    """Say what the owner must do at the car maker, or in Connect."""
    async_create_issue(
        hass,
        issue_id,
        translation_key=OWNER_ACCOUNT.get(code, "owner_account_issue")
        if connect_link
        else OWNER_ACCOUNT_WITHOUT_LINK.get(code, "owner_account_issue"),
        translation_placeholders={"car": car, "link": connect_link or DASHBOARD},
    )


@callback
def async_raise_incapable(
    hass: HomeAssistant, entry_id: str, vehicle_id: str, signal: str, car: str
) -> None:
    """Say that a car does not take a command, and ask what becomes of its control."""
    async_create_issue(
        hass,
        incapable_id(entry_id, vehicle_id, signal),
        translation_key=INCAPABLE[signal],
        translation_placeholders={"car": car},
        data={"entry_id": entry_id, "vehicle_id": vehicle_id, "signal": signal},
    )


@callback
def async_raise_entities(
    hass: HomeAssistant, issue_id: str, title: str, count: int
) -> None:
    """Say that Home Assistant will soon take no more entities of an entry."""
    async_create_issue(
        hass,
        issue_id,
        translation_key="many_entities",
        translation_placeholders={"title": title, "count": f"{count:,}"},
    )


@callback
def async_raise_store_empty(hass: HomeAssistant, issue_id: str, car: str) -> None:
    """Say that Smartcar holds nothing of a car, and what makes it collect."""
    async_create_issue(
        hass,
        issue_id,
        translation_key="store_empty",
        translation_placeholders={"car": car, "link": DASHBOARD},
    )


@callback
def async_raise_foreign_entry(hass: HomeAssistant, issue_id: str, title: str) -> None:
    """Say that an entry was made by another integration of this domain."""
    async_create_issue(
        hass,
        issue_id,
        is_fixable=False,
        is_persistent=True,
        severity=ir.IssueSeverity.ERROR,
        translation_key="foreign_entry",
        translation_placeholders={"title": title},
    )


@callback
def async_stands(hass: HomeAssistant, issue_id: str) -> bool:
    """Tell whether an issue stands."""
    return ir.async_get(hass).async_get_issue(DOMAIN, issue_id) is not None


@callback
def async_clear(hass: HomeAssistant, issue_id: str) -> None:
    """Clear an issue, whether it stands or not."""
    ir.async_delete_issue(hass, DOMAIN, issue_id)


@callback
def async_clear_all(hass: HomeAssistant, entry_id: str, vehicle_id: str = "") -> None:
    """Clear every issue of an entry, or of one of its cars, that goes."""
    for domain, issue_id in tuple(ir.async_get(hass).issues):
        if domain == DOMAIN and entry_id in issue_id and vehicle_id in issue_id:
            async_clear(hass, issue_id)
