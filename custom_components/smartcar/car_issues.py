"""The repairs of a car: a function of what is known of it."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from .api import COMMAND_ONLY_CODES, account_repair
from .car.grants import Grants
from .const import DASHBOARD
from .issues import Issue
from .stored import DISCONNECTED, StoredVehicle

# An empty store is reported only after this long.
EMPTY_AFTER: Final = timedelta(hours=1)

# What a car cannot be told, by the signal that shows it.
INCAPABLE: Final[Mapping[str, str]] = {
    "charge-chargelimits": "incapable_charge_limit",
    "charge-ischarging": "incapable_charging",
    "charge-ischargingportflapopen": "incapable_charge_port",
    "closure-islocked": "incapable_lock",
}
# These name the page of Connect; other words say so where no link is known.
WITH_LINK: Final = frozenset(
    {
        "connection_lost",
        "owner_account_login",
        "owner_account_permission",
        "owner_account_virtual_key",
        "permission_withdrawn",
    }
)


def car_issues(
    stored: StoredVehicle,
    grants: Grants,
    now: datetime,
    *,
    car: str,
    vehicle_id: str,
    link: str | None,
) -> Iterator[Issue]:
    """Yield the repairs of a car that should stand now.

    `link`: the page on which the owner connects the car again, if it is known.
    """

    def issue(kind: str, key: str, about: str = "", *, by_read: bool = False) -> Issue:
        has_words = link is not None or key not in WITH_LINK
        return Issue(
            kind,
            key if has_words else f"{key}_without_link",
            {"car": car, "link": link or DASHBOARD},
            vehicle_id,
            about,
            by_read=by_read,
        )

    if grants.is_gone:
        # No read can settle any other repair now.
        if stored.absence != DISCONNECTED:
            yield issue("connection_lost", "connection_lost")
        return
    if stored.read_problem is not None:
        yield issue("reading", stored.read_problem, by_read=True)
    if stored.empty_since is not None and now - stored.empty_since >= EMPTY_AFTER:
        yield issue("store_empty", "store_empty", by_read=True)
    users = {connection.user_id for connection in grants.connections}
    for user_id, code in stored.owner_errors.open().items():
        if user_id in users:
            yield issue(
                "owner_account",
                account_repair(code),
                # The id does not name the user.
                sha256(user_id.encode()).hexdigest()[:16],
                by_read=code not in COMMAND_ONLY_CODES,
            )
    refused = frozenset() if grants.is_read_only else grants.refused
    for signal in sorted(INCAPABLE.keys() & refused):
        yield Issue(
            "incapable",
            INCAPABLE[signal],
            {"car": car},
            vehicle_id,
            signal,
            data={"vehicle_id": vehicle_id, "signal": signal},
        )
