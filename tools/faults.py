"""What may go wrong on the way to Smartcar, and what must come of it.

`python -m tools.matrix faults` runs every operation under every fault, in Home
Assistant and over HTTP, and prints what came of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum, auto
from typing import Any

PROPERTY = "fault"


class Ending(StrEnum):
    """How a request ends under a fault."""

    FINE = auto()  # late, or at a second try
    OUTAGE = auto()  # nothing of use was answered
    WAIT = auto()  # told to come back in half an hour
    CREDENTIALS = auto()
    FORBIDDEN = auto()


@dataclass(frozen=True)
class Trouble:
    """One thing that goes wrong.

    `fault` holds what the simulated cloud needs; without it the test does
    something to the server or the application. `repeats`: aiohttp asks a second
    time by itself where a kept connection breaks.
    """

    name: str
    ending: Ending = Ending.OUTAGE
    fault: Mapping[str, Any] | None = None
    repeats: bool = False


REFUSED = Trouble("connection refused")
EXPIRED = Trouble("token expires in flight", Ending.FINE)
REVOKED = Trouble("secret revoked", Ending.CREDENTIALS)

TROUBLES = (
    REFUSED,
    Trouble(
        "cut without a word",
        fault={"kind": "cut_before_headers", "runs": False},
        repeats=True,
    ),
    Trouble("reset in mid body", fault={"kind": "cut_mid_body"}),
    Trouble("slow body", Ending.FINE, {"kind": "slow_body", "seconds": 5}),
    Trouble("body slower than patience", fault={"kind": "slow_body", "seconds": 100}),
    Trouble("invalid JSON", fault={"kind": "invalid_json"}),
    Trouble("wrong content type", fault={"kind": "text"}),
    Trouble("502 page of a proxy", fault={"kind": "html"}),
    Trouble("200 page of a proxy", fault={"kind": "html", "status": 200}),
    Trouble("empty body", fault={"kind": "empty"}),
    Trouble("a list for an object", fault={"kind": "list"}),
    Trouble(
        "sent elsewhere",
        fault={
            "kind": "raw",
            "status": 302,
            "headers": {"Location": "http://127.0.0.1:9/"},
        },
    ),
    Trouble("500", fault={"type": "SERVER", "code": "INTERNAL"}),
    Trouble(
        "429",
        Ending.WAIT,
        {"type": "RATE_LIMIT", "code": "SMARTCAR_API", "retry_after": 1800},
    ),
    EXPIRED,
    REVOKED,
    Trouble(
        "application forbidden",
        Ending.FORBIDDEN,
        {"type": "AUTHENTICATION", "code": "ACCESS_DENIED"},
    ),
)


@dataclass(frozen=True)
class Expected:
    """What must be seen within the hour after an operation.

    `state` is the entity's; `requests` those of the operation, repetitions
    included, or all connections tried where they are refused; `failed` counts the
    log lines of warnings and errors, `recovered` those that tell the end;
    `reauth`: new credentials are asked for.
    """

    state: str
    requests: int
    failed: int = 0
    recovered: int = 0
    repairs: tuple[str, ...] = ()
    reauth: bool = False


@dataclass(frozen=True)
class Operation:
    """Something that Home Assistant does with Smartcar.

    `match` names the requests that the fault hits and that are counted; `first`
    the first of them that carries a token, where that is another. `by_name` holds
    what differs from the ending's own row. `pushed`: needs push.
    """

    name: str
    match: str
    by_ending: Mapping[Ending, Expected]
    by_name: Mapping[str, Expected] = field(default_factory=dict)
    first: str | None = None
    pushed: bool = False

    def expected(self, trouble: Trouble) -> Expected:
        """Return what must come of a fault."""
        return self.by_name.get(trouble.name, self.by_ending[trouble.ending])


_DENIED = ("application_forbidden",)


def _rows(
    fine: Expected,
    outage: Expected,
    *,
    wait: Expected | None = None,
    credentials: Expected | None = None,
    forbidden: Expected | None = None,
) -> dict[Ending, Expected]:
    """Return a row for every ending; what is not given is as an outage."""
    return {
        Ending.FINE: fine,
        Ending.OUTAGE: outage,
        Ending.WAIT: wait or outage,
        Ending.CREDENTIALS: credentials or outage,
        Ending.FORBIDDEN: forbidden or outage,
    }


# Tried again after 5, 10 and 20 minutes more; a good listing is two requests.
_LISTING = Expected("62.0", 4, failed=1, recovered=1)


def _listing(fine: int, refused: int) -> dict[Ending, Expected]:
    """Return the row of what ends in a listing.

    Takes the requests made without an error, and with refused credentials.
    """
    return _rows(
        Expected("62.0", fine),
        _LISTING,
        wait=replace(_LISTING, requests=3),
        credentials=replace(_REAUTH, requests=refused),
        forbidden=replace(_LISTING, requests=2, repairs=_DENIED),
    )


# Home Assistant tries by itself: here once in each step of ten minutes.
_NOT_READY = Expected("unavailable", 7)
_READ = Expected("62.0", 2, failed=1, recovered=1)
_SYNC = Expected("62.0", 2)
_REAUTH = Expected("unavailable", 1, failed=1, reauth=True)

OPERATIONS = (
    Operation(
        "set-up",
        "*",
        _rows(
            Expected("62.0", 5),
            _NOT_READY,
            credentials=_REAUTH,
            forbidden=replace(_NOT_READY, repairs=_DENIED),
        ),
        {
            # It takes so long that the next token falls into the hour.
            "slow body": Expected("62.0", 7),
            "token expires in flight": Expected("62.0", 9),
        },
        first="connections",
    ),
    Operation(
        "restart",
        "*",
        _listing(5, refused=2),
        {
            "slow body": Expected("62.0", 6),
            "token expires in flight": Expected("62.0", 8),
        },
        first="connections",
    ),
    Operation(
        "listing",
        "connections",
        _listing(4, refused=0),
        {"token expires in flight": Expected("62.0", 5)},
    ),
    Operation(
        "token",
        "token",
        # Asked again each hour, should it have been Smartcar's mistake.
        _listing(2, refused=2),
        {"token expires in flight": Expected("62.0", 3)},
        first="connections",
    ),
    Operation(
        "read",
        "signals",
        _rows(
            Expected("62.0", 1),
            _READ,
            wait=replace(_READ, requests=3),
            credentials=replace(_REAUTH, failed=2),
            forbidden=replace(_READ, requests=1, repairs=_DENIED),
        ),
        {
            # The hourly listing meets it too, and needs no line of its own.
            "connection refused": Expected("62.0", 3, failed=1, recovered=1),
            "token expires in flight": Expected("62.0", 2),
        },
    ),
    Operation(
        "command",
        "command",
        _rows(
            Expected("unlocked", 1),
            Expected("locked", 1),
            credentials=Expected("unavailable", 1, failed=1, reauth=True),
            forbidden=Expected("locked", 1, repairs=_DENIED),
        ),
        {
            "connection refused": Expected("locked", 2, failed=1, recovered=1),
            "token expires in flight": Expected("unlocked", 2),
        },
    ),
    Operation(
        "webhook looked up",
        "webhooks",
        _rows(
            _SYNC,
            _SYNC,
            credentials=replace(_REAUTH, requests=0),
            forbidden=replace(_SYNC, repairs=_DENIED),
        ),
        {
            "connection refused": _LISTING,
            "token expires in flight": Expected("62.0", 3),
        },
        pushed=True,
    ),
    Operation(
        "subscription",
        "subscription.create",
        _rows(
            Expected("62.0", 1),
            Expected("62.0", 2),
            credentials=replace(_REAUTH, requests=0),
            forbidden=Expected("62.0", 2, repairs=_DENIED),
        ),
        {
            "connection refused": _LISTING,
            # It was carried out, which the next look shows.
            "reset in mid body": Expected("62.0", 1),
            "body slower than patience": Expected("62.0", 1),
            "token expires in flight": Expected("62.0", 2),
        },
        pushed=True,
    ),
    Operation(
        "delivery",
        "*",
        _rows(Expected("70.0", 0), Expected("70.0", 0)),
        pushed=True,
    ),
    Operation(
        "unload",
        "*",
        _rows(Expected("unavailable", 0), Expected("unavailable", 0)),
    ),
    Operation(
        "removal",
        "*",
        _rows(Expected("gone", 4), Expected("gone", 1)),
        # An entry must go within half a minute.
        {
            "slow body": Expected("gone", 2),
            "token expires in flight": Expected("gone", 6),
        },
        first="webhooks",
        pushed=True,
    ),
)

# By how many hours the clock is set, at once.
CLOCKS = (25, 24 * 400, -25, -24 * 400)


def clock_set(hours: int) -> str:
    """Name the fault that the clock is another."""
    return f"clock set by {hours} h"
