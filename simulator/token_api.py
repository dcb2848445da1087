"""The token host: client credentials in, a bearer token out."""

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from simulator.call import Answer
from simulator.errors import ApiError, OAuthError

if TYPE_CHECKING:
    from simulator.call import Call
    from simulator.errors import Json

FORM = "application/x-www-form-urlencoded"


async def token(call: Call) -> Answer:
    """Answer ``POST /oauth2/token`` for a form or a JSON body."""
    return Answer(body=call.cloud.application.issue(_fields(call)))


def _fields(call: Call) -> Json:
    if call.request.content_type == FORM:
        return dict(parse_qsl(call.text, keep_blank_values=True))
    try:
        fields = call.json()
    except ApiError:
        fields = None
    if not isinstance(fields, dict):
        text = "The request body is missing or malformed."
        raise OAuthError(400, "invalid_request", text)
    return fields
