"""What came of the calls to an entry's webhook: the checklist's memory."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, Self

from ..times import past, read_time, write_time

# Smartcar repeats an event for three minutes; this is hours of a large fleet.
KEPT_EVENTS: Final = 1000
# Smartcar's ids have 36 characters; of a longer one a hash is kept.
LONGEST_ID: Final = 64

# So many wrong signatures in a row are no accident.
STORM: Final = 5

WRONG_SIGNATURE: Final = "wrong_signature"
# Anybody may ask, so it proves nothing, and nothing of it is stored.
UNSIGNED_VERIFY: Final = "verify_unsigned"
# Outcomes that only Smartcar itself can bring about.
SIGNED: Final = frozenset({"state", "error", "unknown_event", "unreadable"})


@dataclass(slots=True)
class PushLog:
    """Times of the first successes, events seen, and calls by outcome.

    `hook_id` is Smartcar's id of the webhook that was last seen to call us.
    `wrong` counts the wrong signatures since the last right one; `outcomes` and
    it begin anew at each start.
    """

    verified_at: datetime | None = None
    delivered_at: datetime | None = None
    hook_id: str | None = field(default=None, repr=False)
    outcomes: Counter[str] = field(default_factory=Counter)
    wrong: int = 0
    _events: dict[str, None] = field(default_factory=dict)

    def note(self, outcome: str) -> None:
        """Count what became of a call."""
        self.outcomes[outcome] += 1
        if outcome == WRONG_SIGNATURE:
            self.wrong += 1
        elif outcome in SIGNED:
            self.wrong = 0

    @property
    def is_stormy(self) -> bool:
        """Return whether nothing but wrong signatures comes."""
        return self.wrong >= STORM

    @property
    def was_asked(self) -> bool:
        """Return whether an unsigned verification has been answered."""
        return self.outcomes[UNSIGNED_VERIFY] > 0

    def is_new(self, event_id: str | None) -> bool:
        """Return whether an event is none of those remembered.

        One without an id cannot be recognised; taking it twice does no harm.
        """
        return event_id is None or _key(event_id) not in self._events

    def remember(self, event_id: str | None) -> None:
        """Remember an event that was taken in."""
        if event_id is not None:
            self._events[_key(event_id)] = None
            if len(self._events) > KEPT_EVENTS:
                del self._events[next(iter(self._events))]

    def heed(self, now: datetime) -> None:
        """Count every time that lies ahead of now as now."""
        self.verified_at = past(self.verified_at, now)
        self.delivered_at = past(self.delivered_at, now)

    def as_dict(self) -> dict[str, Any]:
        """Return what must survive a restart."""
        return {
            "verified_at": write_time(self.verified_at),
            "delivered_at": write_time(self.delivered_at),
            "hook_id": self.hook_id,
            "events": list(self._events),
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Read `as_dict` back."""
        events = [_key(event) for event in stored.get("events", ())]
        return cls(
            verified_at=read_time(stored.get("verified_at")),
            delivered_at=read_time(stored.get("delivered_at")),
            hook_id=stored.get("hook_id"),
            _events=dict.fromkeys(events[-KEPT_EVENTS:]),
        )


def _key(event_id: str) -> str:
    """Return what is kept of an event's id."""
    if len(event_id) <= LONGEST_ID:
        return event_id
    return sha256(event_id.encode(errors="replace")).hexdigest()
