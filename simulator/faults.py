"""Faults on demand: what goes wrong, for which requests, and how often."""

from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from simulator.errors import TABLE, ApiError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from simulator.clock import Clock

HELD_KINDS = frozenset(
    {"held_then_ok", "held_then_error", "held_then_nothing", "held_then_cut"}
)
"""The endings of an answer that begins with 202 and is kept open."""

CUT_KINDS = frozenset({"cut_before_headers", "cut_mid_body"})
WIRE_KINDS = HELD_KINDS | CUT_KINDS | {"slow_body", "no_answer"}
"""Kinds that act on the connection itself and not on the answer's content."""

ERROR_KINDS = frozenset({"error", "flat", "oauth"})
"""Kinds that answer with one of Smartcar's three error forms."""

PROXY_PAGE = (
    "<html><head><title>502 Bad Gateway</title></head>"
    "<body><center><h1>502 Bad Gateway</h1></center></body></html>"
)


@dataclass(frozen=True)
class RawAnswer:
    """An answer that is not what the API sends."""

    status: int
    content_type: str
    body: str


RAW_KINDS: Mapping[str, RawAnswer] = MappingProxyType(
    {
        "html": RawAnswer(502, "text/html", PROXY_PAGE),
        "invalid_json": RawAnswer(200, "application/json", '{"data": [{"id":'),
        "empty": RawAnswer(200, "application/json", ""),
        "list": RawAnswer(200, "application/json", "[]"),
        "text": RawAnswer(200, "text/plain", "OK"),
        "raw": RawAnswer(200, "application/json", "{}"),
    }
)
"""Raw answers by kind; ``status``, ``body`` and ``content_type`` change them."""

LARGE_KINDS = frozenset({"large", "gzip_bomb"})
"""Kinds that answer with far more than is asked for, as it is or packed."""

KINDS = WIRE_KINDS | ERROR_KINDS | RAW_KINDS.keys() | LARGE_KINDS | {"latency"}
"""Every kind of fault."""


@dataclass(eq=False)
class Fault:
    """One thing that goes wrong.

    ``match`` is ``*``, the name of an operation (``command`` also means
    ``command.lock``), or a path prefix that begins with a slash.
    """

    match: str = "*"
    kind: str = "error"
    times: int | None = 1
    """How often it happens; None means until it is removed."""
    vehicle_id: str | None = None
    user_id: str | None = None
    method: str | None = None
    type: str = "SERVER"
    code: str | None = "INTERNAL"
    status: int | None = None
    """HTTP status in place of the table's."""
    url: str | None = None
    """``resolution.url`` of an error."""
    retry_after: float | str | None = None
    """``Retry-After``: a number of seconds, ``date:SECONDS`` or any text."""
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None
    """Text in place of a raw kind's."""
    content_type: str | None = None
    seconds: float = 0.0
    """Life seconds of latency, of a held answer, or between slow pieces."""
    size: int = 300 * 1024 * 1024
    """Bytes of a body that is far too large, before it is packed."""
    runs: bool = True
    """Whether a request whose answer never comes is carried out all the same."""

    def __post_init__(self) -> None:
        """Refuse a kind that does not exist, so that no test waits for it."""
        if self.kind not in KINDS:
            message = f"unknown kind of fault: {self.kind}"
            raise ValueError(message)

    def fits(
        self,
        operation: str,
        path: str,
        method: str,
        vehicle_id: str | None,
        user_id: str | None,
    ) -> bool:
        """Return whether a request is one this fault is for."""
        return (
            self._names(operation, path)
            and self.method in (None, method)
            and self.vehicle_id in (None, vehicle_id)
            and self.user_id in (None, user_id)
        )

    def _names(self, operation: str, path: str) -> bool:
        if self.match.startswith("/"):
            return path.startswith(self.match)
        return self.match in ("*", operation) or operation.startswith(f"{self.match}.")

    def error(self, clock: Clock) -> ApiError:
        """Make the API error this fault stands for."""
        code = self.code
        if code == "INTERNAL" and (self.type, code) not in TABLE:
            # Only the type was given: take the type's first code.
            code = next((c for t, c in TABLE if t == self.type), None)
        return ApiError(
            self.type,
            code,
            status=self.status,
            url=self.url,
            headers=self.answer_headers(clock),
        )

    def answer_headers(self, clock: Clock) -> dict[str, str]:
        """Return the headers this fault adds to an answer."""
        headers = dict(self.headers)
        if self.retry_after is not None:
            text = str(self.retry_after)
            if text.startswith("date:"):
                when = clock.now() + timedelta(seconds=float(text[5:]))
                text = format_datetime(when, usegmt=True)
            headers["Retry-After"] = text
        return headers

    def describe(self) -> dict[str, Any]:
        """Describe the fault for the control page."""
        return {
            "match": self.match,
            "kind": self.kind,
            "times": self.times,
            "vehicle_id": self.vehicle_id,
            "type": self.type if self.kind in ERROR_KINDS else None,
            "code": self.code if self.kind in ERROR_KINDS else None,
            "status": self.status,
            "seconds": self.seconds,
        }


class Faults:
    """The faults that wait for their requests, first come first served."""

    def __init__(self) -> None:
        """Begin with none."""
        self._faults: list[Fault] = []

    def __iter__(self) -> Iterator[Fault]:
        """Yield the faults still to come."""
        return iter(self._faults)

    def __len__(self) -> int:
        """Count the faults still to come."""
        return len(self._faults)

    def add(self, fault: Fault) -> Fault:
        """Add a fault and return it."""
        self._faults.append(fault)
        return fault

    def remove(self, fault: Fault) -> None:
        """Remove a fault; one that is gone already does no harm."""
        if fault in self._faults:
            self._faults.remove(fault)

    def clear(self) -> None:
        """Remove all faults."""
        self._faults.clear()

    def take(
        self,
        operation: str,
        path: str,
        method: str,
        vehicle_id: str | None,
        user_id: str | None,
    ) -> Fault | None:
        """Return the fault for a request, and use up one of its times."""
        for fault in self._faults:
            if fault.fits(operation, path, method, vehicle_id, user_id):
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self.remove(fault)
                return fault
        return None
