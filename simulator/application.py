"""The Smartcar application: its credentials and the tokens it has been given."""

from datetime import datetime, timedelta
import secrets
from typing import TYPE_CHECKING

from simulator.errors import Json, OAuthError

if TYPE_CHECKING:
    from simulator.clock import Clock

TOKEN_SECONDS = 3600
"""``expires_in`` of every token."""


class Application:
    """Credentials of one application, and who may pass with them."""

    def __init__(
        self,
        clock: Clock,
        *,
        client_id: str,
        client_secret: str,
        application_id: str,
        management_token: str,
    ) -> None:
        """Take the four credentials; no token exists yet."""
        self._clock = clock
        self.client_id = client_id
        self.client_secret = client_secret
        self.application_id = application_id
        self.management_token = management_token
        self.secret_valid = True
        """False once the secret was revoked."""
        self.token_seconds = TOKEN_SECONDS
        self._tokens: dict[str, datetime] = {}

    def issue(self, fields: Json) -> Json:
        """Answer a token request's fields, or raise OAuth's refusal."""
        wanted = ("grant_type", "client_id", "client_secret")
        for name in wanted:
            if not isinstance(fields.get(name), str) or not fields[name]:
                text = f"The {name} parameter is missing or malformed."
                raise OAuthError(400, "invalid_request", text)
        if fields["grant_type"] != "client_credentials":
            text = "The grant_type parameter is missing or malformed."
            raise OAuthError(400, "invalid_request", text)
        known = secrets.compare_digest(
            f"{fields['client_id']}\n{fields['client_secret']}".encode(),
            f"{self.client_id}\n{self.client_secret}".encode(),
        )
        if not known or not self.secret_valid:
            text = "The client credentials were not accepted."
            raise OAuthError(401, "invalid_client", text)
        token = secrets.token_urlsafe(48)
        lasts = timedelta(seconds=self.token_seconds)
        self._tokens[token] = self._clock.now() + lasts
        return {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": self.token_seconds,
        }

    def accepts(self, authorization: str) -> bool:
        """Return whether an Authorization header holds a token that still lives."""
        scheme, _, token = authorization.partition(" ")
        ends = self._tokens.get(token.strip())
        return (
            scheme.lower() == "bearer"
            and ends is not None
            and (ends > self._clock.now())
        )

    def expire_tokens(self) -> None:
        """End every token given out so far."""
        self._tokens.clear()

    def revoke_secret(self) -> None:
        """Refuse the secret from now on; tokens given out live on."""
        self.secret_valid = False

    def restore_secret(self, secret: str | None = None) -> None:
        """Accept the old secret again, or a new one in its place."""
        self.client_secret = secret or self.client_secret
        self.secret_valid = True
