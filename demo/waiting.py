"""Waits that end."""

import asyncio
from collections.abc import Awaitable, Callable

from demo.client import DemoError

PATIENCE = 180
"""Seconds until a wait is given up."""


async def until(
    what: str, condition: Callable[[], Awaitable[bool]], *, every: float = 0.5
) -> None:
    """Ask again and again until something is so."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not await condition():  # noqa: ASYNC110 - there is no event
                await asyncio.sleep(every)
    except TimeoutError:
        msg = f"Waited {PATIENCE} seconds in vain until {what}."
        raise DemoError(msg) from None
