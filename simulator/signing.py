"""The platform's signature of a delivery, and the right answer to a challenge."""

import hashlib
import hmac


def sign(management_token: str, message: bytes) -> str:
    """Return the lower-case hex HMAC-SHA256 of a message."""
    return hmac.new(management_token.encode(), message, hashlib.sha256).hexdigest()


def answers(management_token: str, challenge: str, response: object) -> bool:
    """Return whether a parsed response is the right one to a challenge."""
    given = response.get("challenge") if isinstance(response, dict) else None
    wanted = sign(management_token, challenge.encode())
    return isinstance(given, str) and hmac.compare_digest(
        given.encode(errors="replace"), wanted.encode()
    )
