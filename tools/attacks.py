"""What the whole world may send to a webhook's address, and what it is answered.

`python -m tools.matrix attacks` sends it all over HTTP and as a cloudhook does, and
prints attack, answers, what changed and how much was logged.
"""

from base64 import urlsafe_b64encode
import codecs
from dataclasses import dataclass, field
from datetime import UTC, datetime
import gzip
from http import HTTPStatus
import json
from typing import Any

from simulator import fleet
from tests.deliveries import battery, signature, state, verify, written

PROPERTY = "attack"

OK = HTTPStatus.OK
BAD = HTTPStatus.BAD_REQUEST
REFUSED = HTTPStatus.UNAUTHORIZED
WRONG_METHOD = HTTPStatus.METHOD_NOT_ALLOWED
TOO_SLOW = HTTPStatus.REQUEST_TIMEOUT
TOO_LARGE = HTTPStatus.REQUEST_ENTITY_TOO_LARGE

LIMIT = 65_536

# Newer than all that is known; what is measured later than now is as good as now.
ALWAYS_NEW = datetime(2099, 1, 1, tzinfo=UTC)
# The one true delivery an attacker has seen; it was taken in.
SEEN = written(state(battery(57, ALWAYS_NEW), event="seen-by-the-attacker"))
# What an attacker would like to have believed.
WANTED = written(state(battery(7, ALWAYS_NEW), event="of-the-attacker"))
WANTED_TEXT = WANTED.decode()
NONSENSE = written(state(*({"code": code} for code in (5, None, [], {}, ""))))
# The same as a plain token, which any VERIFY may have signed.
TOKEN = urlsafe_b64encode(b'{"eventType":"VEHICLE_STATE","vehicleId":"a"}').decode()
TOKEN = TOKEN.rstrip("=")


@dataclass(frozen=True)
class Attack:
    """One call, how it is answered and how it is counted.

    `signed` is what is signed with the right key, if anything; `challenge` is
    what a VERIFY sent before has signed for the attacker. `outcome` is none
    where Home Assistant itself answers. `wire` is a body as it goes over the
    wire, framing and all; a cloudhook has no such thing. `patience`: seconds
    that Home Assistant waits for the body. `lines`: what aiohttp logs itself of
    requests that are no HTTP, whatever their address.
    """

    name: str
    status: HTTPStatus
    outcome: str | None
    body: bytes = b""
    signed: bytes | None = None
    challenge: str | None = None
    headers: dict[str, str | bytes] = field(default_factory=dict)
    method: str = "POST"
    wire: bytes | None = None
    patience: float | None = None
    lines: int = 0

    @property
    def is_wire_only(self) -> bool:
        """Return whether only a connection can bring it."""
        return self.wire is not None or any(
            isinstance(value, bytes) for value in self.headers.values()
        )

    def head(self, answer: str | None) -> dict[str, str | bytes]:
        """Return the headers; `answer` is what the VERIFY before came to."""
        given = dict(self.headers)
        if self.signed is not None:
            given |= signature(self.signed)
        if answer is not None:
            given["SC-Signature"] = answer
        return given


def _chunks(*parts: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)


def _signed(name: str, body: bytes, **changes: Any) -> Attack:
    """Return bytes of a careless Smartcar: signed, and of no use."""
    return Attack(name, OK, "unreadable", body, signed=body, **changes)


def _forged(name: str, header: str | bytes, body: bytes = WANTED) -> Attack:
    return Attack(
        name, REFUSED, "wrong_signature", body, headers={"SC-Signature": header}
    )


def _asked(name: str, challenge: object) -> Attack:
    """Return a VERIFY by which a forger wants to have something signed."""
    body = json.dumps({"eventType": "VERIFY", "data": {"challenge": challenge}})
    return Attack(name, REFUSED, "unsigned", body.encode())


def _answered(name: str, challenge: str, **changes: Any) -> Attack:
    """Return a challenge that comes as a body, signed by the answer to a VERIFY."""
    body = challenge.encode()
    return Attack(name, OK, "unreadable", body, challenge=challenge, **changes)


RIGHT = signature(SEEN)["SC-Signature"]
CHUNKED: dict[str, str | bytes] = {"Transfer-Encoding": "chunked"}
GZIP: dict[str, str | bytes] = {"Content-Encoding": "gzip"}

FORGED_BY_VERIFY = (
    _asked("VERIFY of a delivery", WANTED_TEXT),
    _asked("VERIFY of a delivery in UTF-16", WANTED.decode("latin-1") + "\0"),
    _asked("VERIFY of a byte order mark and a delivery", f"\ufeff{WANTED_TEXT}"),
    _asked("VERIFY of a delivery after a line break", f"\n{WANTED_TEXT}"),
    _asked("VERIFY of an empty object", "{}"),
    _asked("VERIFY of a list", [WANTED_TEXT]),
    _asked("VERIFY without a challenge", None),
    Attack(
        "VERIFY of an escaped brace",
        REFUSED,
        "unsigned",
        rb'{"eventType":"VERIFY","data":{"challenge":"\u007b\u007d"}}',
    ),
    Attack(
        "VERIFY in UTF-16",
        REFUSED,
        "unsigned",
        json.dumps(verify("abc")).encode("utf-16"),
    ),
    Attack(
        "VERIFY and delivery in one",
        REFUSED,
        "unsigned",
        b'{"eventType":"VERIFY","eventType":"VEHICLE_STATE",' + WANTED[1:],
    ),
    Attack(
        "the answer to another challenge, on a delivery",
        REFUSED,
        "wrong_signature",
        WANTED,
        challenge=TOKEN,
    ),
    _answered("the token itself, signed", TOKEN),
    _answered(
        "the token, said to be base64",
        TOKEN,
        headers={"Content-Transfer-Encoding": "base64"},
    ),
    _answered(
        "the token, said to be UTF-7",
        TOKEN,
        headers={"Content-Type": "application/json; charset=utf-7"},
    ),
    _answered(
        "the token, unpacked",
        TOKEN,
        headers=GZIP,
        wire=gzip.compress(TOKEN.encode()),
    ),
    _answered("a token that is JSON", "null"),
    _forged("VERIFY with a wrong signature", "0" * 64, written(verify("abc"))),
    _forged("VERIFY with an empty signature", "", written(verify("abc"))),
)

WRONG_SIGNATURES = (
    Attack("no signature", REFUSED, "unsigned", WANTED),
    Attack("no signature, no body", REFUSED, "unsigned"),
    _forged("empty signature", ""),
    _forged("signature of another body", RIGHT),
    _forged("signature of nothing", signature(b"")["SC-Signature"]),
    _forged("wrong key", signature(WANTED, "guessed")["SC-Signature"]),
    _forged("empty key", signature(WANTED, "")["SC-Signature"]),
    _forged(
        "the client secret as key",
        signature(WANTED, fleet.CLIENT_SECRET)["SC-Signature"],
    ),
    _forged("capitals", RIGHT.upper(), SEEN),
    _forged("a digit short", RIGHT[:-1], SEEN),
    _forged("prefix of other services", f"sha256={RIGHT}", SEEN),
    _forged("endless", "a" * 5_000),
    _forged("accents in UTF-8", "\u00e9".encode() * 64),
    _forged("accents in Latin-1", b"\xe9" * 64),
    _forged("full-width digits", "\uff10".encode() * 64),
    _forged("tampered value", RIGHT, SEEN.replace(b"57", b"17")),
    _forged("tampered blanks", RIGHT, SEEN + b" "),
    _forged("tampered encoding", RIGHT, codecs.BOM_UTF8 + SEEN),
    _forged("cut", RIGHT, SEEN[:-1]),
)

BODIES = (
    Attack("replay", OK, "state", SEEN, signed=SEEN),
    Attack("huge", TOO_LARGE, "too_large", b" " * (LIMIT + 1)),
    Attack(
        "huge and signed",
        TOO_LARGE,
        "too_large",
        WANTED.ljust(LIMIT + 1),
        signed=WANTED.ljust(LIMIT + 1),
    ),
    Attack(
        "huge in chunks",
        TOO_LARGE,
        "too_large",
        headers=CHUNKED,
        wire=_chunks(*[b" " * 8_000] * 9),
    ),
    Attack(
        "huge, unpacked",
        TOO_LARGE,
        "too_large",
        headers=GZIP,
        wire=gzip.compress(b" " * 10_000_000),
    ),
    Attack(
        "slow",
        TOO_SLOW,
        "too_slow",
        headers={"Content-Length": "500"},
        wire=WANTED[:100],
        patience=0,
    ),
    Attack(
        "slow in chunks",
        TOO_SLOW,
        "too_slow",
        headers=CHUNKED,
        wire=_chunks(WANTED[:100]),
        patience=0,
    ),
    Attack("broken chunks", BAD, None, headers=CHUNKED, wire=b"no size\r\n", lines=1),
    Attack("broken packing", BAD, "broken_off", headers=GZIP, wire=b"{}" * 9, lines=1),
    _signed("deep lists", b"[" * 60_000),
    _signed("deep objects", b'{"a":' * 10_000 + b"1" + b"}" * 10_000),
    _signed("not UTF-8", WANTED.replace(b"LIVE", b"\xff\xfe")),
    _signed("UTF-16", WANTED_TEXT.encode("utf-16")),
    _signed(
        "UTF-16, and said so",
        WANTED_TEXT.encode("utf-16"),
        headers={"Content-Type": "application/json; charset=utf-16"},
    ),
    _signed(
        "unknown charset",
        b"\xff",
        headers={"Content-Type": "application/json; charset=nonsense"},
    ),
    _signed("NaN", WANTED.replace(b'"value": 7', b'"value": NaN')),
    _signed("a number of 60,000 digits", b'{"eventType": ' + b"9" * 60_000 + b"}"),
    _signed("nothing", b""),
    _signed("a page", b"<html></html>", headers={"Content-Type": "text/html"}),
    _signed(
        "a form",
        b"eventType=VEHICLE_STATE",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    ),
    _signed("a list", b"[" + WANTED + b"]"),
    _signed("data of a wrong type", b'{"eventType": "VEHICLE_STATE", "data": 5}'),
    _signed("type of a wrong type", b'{"eventType": ["VEHICLE_STATE"]}'),
    Attack(
        "an event of no known type",
        OK,
        "unknown_event",
        b'{"eventType": "VEHICLE_SOLD"}',
        signed=b'{"eventType": "VEHICLE_SOLD"}',
    ),
    Attack(
        "signals of wrong types",
        OK,
        "state",
        NONSENSE,
        signed=NONSENSE,
    ),
)

METHODS = tuple(
    Attack(
        f"{method} of a signed delivery",
        OK if method == "HEAD" else WRONG_METHOD,
        None,
        WANTED,
        signed=WANTED,
        method=method,
    )
    for method in ("GET", "HEAD", "PUT", "DELETE", "PATCH")
)

ATTACKS = (*FORGED_BY_VERIFY, *WRONG_SIGNATURES, *BODIES, *METHODS)
