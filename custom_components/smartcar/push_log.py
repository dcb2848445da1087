"""What came of the calls to an entry's webhook: the checklist's memory."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Self

# Smartcar repeats an event for three minutes; this is hours of a large fleet.
KEPT_EVENTS: Final = 1000

# So many wrong signatures in a row are no accident.
STORM: Final = 5

WRONG_SIGNATURE: Final = "wrong_signature"
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
        """Tell whether nothing but wrong signatures comes."""
        return self.wrong >= STORM

    def is_new(self, event_id: str | None) -> bool:
        """Tell whether an event is seen for the first time, and remember it.

        One without an id cannot be recognised; taking it twice does no harm.
        """
        if event_id is None:
            return True
        if event_id in self._events:
            return False
        self._events[event_id] = None
        if len(self._events) > KEPT_EVENTS:
            del self._events[next(iter(self._events))]
        return True

    def as_dict(self) -> dict[str, Any]:
        """Return what must survive a restart."""
        return {
            "verified_at": self.verified_at.isoformat() if self.verified_at else None,
            "delivered_at": self.delivered_at.isoformat()
            if self.delivered_at
            else None,
            "hook_id": self.hook_id,
            "events": list(self._events),
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Read `as_dict` back."""
        verified, delivered = stored.get("verified_at"), stored.get("delivered_at")
        return cls(
            verified_at=datetime.fromisoformat(verified) if verified else None,
            delivered_at=datetime.fromisoformat(delivered) if delivered else None,
            hook_id=stored.get("hook_id"),
            _events=dict.fromkeys(stored.get("events", ())),
        )
