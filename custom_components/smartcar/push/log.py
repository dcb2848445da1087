"""What came of the calls to an entry's webhook: the checklist's memory."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Final

from ..records import NOT_STORED, Record
from ..times import past

# Smartcar repeats an event for three minutes; this is hours of a large fleet.
KEPT_EVENTS: Final = 1000
# Smartcar's ids have 36 characters; of a longer one a hash is kept.
LONGEST_ID: Final = 64

# So many wrong signatures in a row are no accident.
MAX_WRONG_SIGNATURES: Final = 5

WRONG_SIGNATURE: Final = "wrong_signature"
# Anybody may ask, so it proves nothing, and nothing of it is stored.
UNSIGNED_VERIFY: Final = "verify_unsigned"
# Outcomes that only Smartcar itself can bring about.
SIGNED: Final = frozenset({"state", "error", "unknown_event", "unreadable"})


def _key(event_id: str) -> str:
    """Return what is kept of an event's id."""
    if len(event_id) <= LONGEST_ID:
        return event_id
    return sha256(event_id.encode(errors="replace")).hexdigest()


def _read_events(stored: list[str]) -> dict[str, None]:
    return dict.fromkeys([_key(event) for event in stored][-KEPT_EVENTS:])


@dataclass(slots=True)
class PushLog(Record):
    """Times of the first successes, events seen, and calls by outcome.

    `hook_id` is Smartcar's id of the webhook that was last seen to call us.
    `wrong` counts the wrong signatures since the last right one; `outcomes` and
    it begin again at each start.
    """

    verified_at: datetime | None = None
    delivered_at: datetime | None = None
    hook_id: str | None = field(default=None, repr=False)
    outcomes: Counter[str] = field(default_factory=Counter, metadata=NOT_STORED)
    wrong: int = field(default=0, metadata=NOT_STORED)
    _events: dict[str, None] = field(
        default_factory=dict,
        metadata={"alias": "events", "serialize": list, "deserialize": _read_events},
    )

    def note(self, outcome: str) -> None:
        """Count what became of a call."""
        self.outcomes[outcome] += 1
        if outcome == WRONG_SIGNATURE:
            self.wrong += 1
        elif outcome in SIGNED:
            self.wrong = 0

    @property
    def has_wrong_signatures(self) -> bool:
        """Return whether nothing but wrong signatures comes."""
        return self.wrong >= MAX_WRONG_SIGNATURES

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

    def clamp_times(self, now: datetime) -> None:
        """Count every time that lies ahead of now as now."""
        self.verified_at = past(self.verified_at, now)
        self.delivered_at = past(self.delivered_at, now)
