"""Reading an answer's bytes, no more of them than an answer can have."""

from typing import Final

import aiohttp

from .errors import SmartcarError

# A hundred times the longest known answer, unpacked.
MAX_BYTES: Final = 4_194_304


async def read(response: aiohttp.ClientResponse, too_long: SmartcarError) -> bytes:
    """Return all of an answer, unpacked.

    Raises `too_long` before all of it is here: what is small on its way may be
    hundreds of megabytes when it is unpacked.
    """
    content = bytearray()
    async for part in response.content.iter_any():
        content += part
        if len(content) > MAX_BYTES:
            response.close()
            raise too_long
    return bytes(content)
