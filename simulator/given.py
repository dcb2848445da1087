"""The body of a control request."""

from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from simulator.errors import Json


async def given_object(request: web.Request) -> Json:
    """Return the JSON object of a request's body, or refuse it with 400."""
    try:
        given = await request.json()
    except ValueError as error:
        raise web.HTTPBadRequest(text="The body must be JSON.") from error
    if not isinstance(given, dict):
        raise web.HTTPBadRequest(text="The body must be a JSON object.")
    return given
