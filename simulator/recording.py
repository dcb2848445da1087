"""What the cloud remembers of the requests it got; never a token or a secret."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from simulator.errors import Value

SECRET_FIELDS = frozenset({"client_secret", "access_token", "refresh_token"})
"""Body fields that are left out of a recording."""

KEPT = 5_000
"""Most requests remembered; older ones are forgotten."""


@dataclass
class Recorded:
    """One API request and how it was answered."""

    operation: str
    method: str
    path: str
    query: dict[str, str]
    user_id: str | None
    vehicle_id: str | None
    at: datetime
    body: Any = None
    """The parsed body without secrets; None without one."""
    status: int = 0
    """HTTP status; 0 while unanswered and where the connection was cut."""
    headers: dict[str, str] = field(default_factory=dict)
    """Request headers other than Authorization, in lower case."""


def without_secrets(body: Value) -> Value:
    """Return a parsed body with the secret fields left out."""
    if isinstance(body, dict):
        return {
            name: without_secrets(value)
            for name, value in body.items()
            if name not in SECRET_FIELDS
        }
    return body
