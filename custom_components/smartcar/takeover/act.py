"""Making a foreign entry ours.

Until Smartcar accepts the credentials nothing of it is changed; then devices, entities
and the entry itself are, in one go. What a person should look at becomes a repair.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import (
    ConfigEntryAuthFailed,
    ConfigEntryError,
    ConfigEntryNotReady,
)
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util.hass_dict import HassKey

from ..api import AuthenticationError, Listing, Signal, SmartcarClient, SmartcarError
from ..const import CONF_APPLICATION_ID, CONF_TAKEN_CARS, DOMAIN, ENTRY_VERSION
from ..failures import auth_failed, placeholders, your_cars
from ..issues import (
    async_clear_all,
    async_raise_same_application,
    async_raise_taken_over,
)
from ..moving import async_discard_entity, async_move_device, async_move_entity
from .keys import CHANGED, INSTEAD, KEYS
from .matching import async_match
from .shapes import (
    AUTH_IMPLEMENTATION,
    Credential,
    application_id_of,
    async_credential,
    dropped_options,
    options_of,
    push_of,
)

# The entries that were taken over since Home Assistant started.
_TAKEN_OVER: Final[HassKey[set[str]]] = HassKey(f"{DOMAIN}_taken_over")


async def async_take_over_at_start(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    build: Callable[[str, str], SmartcarClient],
) -> Mapping[str, Listing[Signal]]:
    """Take over a foreign entry that is set up; return what was read of its cars.

    `build` makes a client of an id and a secret. Raises ConfigEntryAuthFailed where
    a person must enter credentials, ConfigEntryError where the application has an
    entry already, and ConfigEntryNotReady while Smartcar cannot be asked.
    """
    credential = await async_credential(hass, entry)
    if credential is None or not credential.is_usable:
        raise ConfigEntryAuthFailed(
            translation_domain=DOMAIN, translation_key="old_credentials"
        )
    client_id = credential.client_id
    client = build(client_id, credential.client_secret)
    try:
        listing = await client.connections()
        match = await async_match(hass, entry, client, listing.items)
    except AuthenticationError as err:
        raise auth_failed(hass, err) from err
    except SmartcarError as err:
        raise ConfigEntryNotReady(
            translation_domain=DOMAIN,
            translation_key=err.key,
            translation_placeholders=placeholders(err, your_cars(hass)),
        ) from err
    # Only now: two entries of one application may have come as far as this together.
    for other in hass.config_entries.async_entries(DOMAIN):
        if other.entry_id != entry.entry_id and other.unique_id == client_id:
            async_raise_same_application(hass, entry.entry_id, entry.title, other.title)
            raise ConfigEntryError(
                translation_domain=DOMAIN, translation_key="same_application"
            )
    async_take_over(hass, entry, credential, match.cars)
    return match.reads


@callback
def async_take_over(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    credential: Credential,
    cars: Mapping[str, str],
    application_id: str | None = None,
) -> None:
    """Make an entry ours, with all that Home Assistant knows of its cars.

    `cars`: vehicle ids by the id or VIN that the entry knows them by. Nothing is
    awaited, but Home Assistant writes the entry within a second and its registries up
    to three minutes later. So the entry keeps `cars` for `async_finish_take_over`.
    """
    report = _move(hass, entry, cars)
    if dropped := dropped_options(entry):
        report["options"] = dropped
    if AUTH_IMPLEMENTATION in entry.data:
        report["credential"] = ["1"]
    application_id = application_id or application_id_of(entry)
    data = {
        CONF_CLIENT_ID: credential.client_id,
        CONF_CLIENT_SECRET: credential.client_secret,
        **({CONF_APPLICATION_ID: application_id} if application_id else {}),
        **push_of(entry),
        CONF_TAKEN_CARS: dict(cars),
    }
    hass.config_entries.async_update_entry(
        entry,
        data=data,
        options=options_of(entry),
        unique_id=credential.client_id,
        version=ENTRY_VERSION,
        minor_version=1,
    )
    async_clear_all(hass, entry.entry_id)
    _show(hass, entry, report)


@callback
def async_finish_take_over(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Repeat for an entry that was taken over what a power cut has undone.

    At a start that finds nothing to repeat, the entry's cars before are forgotten.
    """
    cars = entry.data.get(CONF_TAKEN_CARS)
    if cars is None or entry.entry_id in hass.data.get(_TAKEN_OVER, ()):
        return
    if _is_undone(hass, entry, cars):
        _show(hass, entry, _move(hass, entry, cars))
        return
    data = {key: value for key, value in entry.data.items() if key != CONF_TAKEN_CARS}
    hass.config_entries.async_update_entry(entry, data=data)


@callback
def _show(
    hass: HomeAssistant, entry: ConfigEntry[Any], report: Mapping[str, list[str]]
) -> None:
    """Raise the repair, if there is anything to look at."""
    if report:
        found = {name: ", ".join(items) for name, items in report.items()}
        async_raise_taken_over(hass, entry.entry_id, entry.title, found)


@callback
def _is_undone(
    hass: HomeAssistant, entry: ConfigEntry[Any], cars: Mapping[str, str]
) -> bool:
    """Return whether a registry holds what should have moved."""
    devices, registry = dr.async_get(hass), er.async_get(hass)

    def has_device(id_: str) -> bool:
        found = devices.async_get_device_by_identifier((DOMAIN, id_), entry.entry_id)
        return found is not None

    if any(has_device(old) and not has_device(new) for old, new in cars.items()):
        return True
    return any(
        (ours := KEYS.get(row.domain, {}).get(key)) is not None
        and (unique_id := f"{cars[old]}_{ours}") != row.unique_id
        and registry.async_get_entity_id(row.domain, DOMAIN, unique_id) is None
        for row, old, key in _in_order(registry, entry, cars)
        if old == cars[old] or not has_device(old)
    )


@callback
def _move(
    hass: HomeAssistant, entry: ConfigEntry[Any], cars: Mapping[str, str]
) -> dict[str, list[str]]:
    """Move an entry's devices and entities; return what a person should know."""
    hass.data.setdefault(_TAKEN_OVER, set()).add(entry.entry_id)
    shadowed = {
        old for old, new in cars.items() if not async_move_device(hass, entry, old, new)
    }
    return _move_entities(hass, entry, cars, shadowed)


@callback
def _move_entities(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    cars: Mapping[str, str],
    shadowed: set[str],
) -> dict[str, list[str]]:
    """Give an entry's entities our unique ids; return what a person should know."""
    registry = er.async_get(hass)
    report: dict[str, list[str]] = {}

    def note(row: er.RegistryEntry, line: str | None) -> None:
        if line and row.disabled_by is None:
            report.setdefault(line, []).append(row.entity_id)

    for row, old, key in _in_order(registry, entry, cars):
        kind = (row.domain, key)
        ours = KEYS.get(row.domain, {}).get(key)
        if old in shadowed:
            note(row, "second_set")
        elif ours is not None or kind in INSTEAD:
            if _was_never_used(row):
                async_discard_entity(hass, row)
            elif ours is None:
                note(row, "gone" if INSTEAD[kind] else "unused")
            elif async_move_entity(hass, row, f"{cars[old]}_{ours}"):
                note(row, CHANGED.get(kind))
            else:
                note(row, "unused")
    return report


def _in_order(
    registry: er.EntityRegistry, entry: ConfigEntry[Any], cars: Mapping[str, str]
) -> Iterator[tuple[er.RegistryEntry, str, str]]:
    """Yield an entry's entities with car and key: those in use first.

    Of two that become one, the first wins.
    """
    order = {key: at for keys in KEYS.values() for at, key in enumerate(keys)}
    found = []
    for row in er.async_entries_for_config_entry(registry, entry.entry_id):
        old = next(
            (name for name in cars if row.unique_id.startswith(f"{name}_")), None
        )
        if old is not None and row.platform == DOMAIN:
            key = row.unique_id.removeprefix(f"{old}_")
            rank = (row.disabled_by is not None, order.get(key, len(order)))
            found.append((rank, row.entity_id, (row, old, key)))
    yield from (item for *_, item in sorted(found, key=lambda one: one[:2]))


def _was_never_used(row: er.RegistryEntry) -> bool:
    """Return whether only a default has disabled an entity, and no one touched it."""
    return row.disabled_by is er.RegistryEntryDisabler.INTEGRATION and not (
        row.name or row.icon or row.area_id or row.labels
    )
