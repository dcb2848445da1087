"""Pages of lists: query parameters in, ``meta`` and ``links`` out."""

from typing import TYPE_CHECKING
from urllib.parse import quote

from simulator.errors import PARAMETER, validation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simulator.errors import Json

LARGEST_PAGE = 100
"""Largest page size; published for the management lists only."""


def page(
    items: Sequence[Json],
    url: str,
    query: Mapping[str, str],
    *,
    size: int,
    filters: Mapping[str, str],
    order: Mapping[str, str] | None = None,
) -> Json:
    """Cut one page out of ``items`` and write the list envelope.

    ``size`` is the default page size; ``filters`` are written into the links.
    """
    number = _positive(query, "page[number]", 1)
    size = _positive(query, "page[size]", size, LARGEST_PAGE)
    pages = max(1, -(-len(items) // size))

    def link(to: int) -> str:
        parameters = {
            **filters,
            "page[number]": str(to),
            "page[size]": str(size),
        }
        text = "&".join(
            f"{quote(name, safe='')}={quote(value, safe='')}"
            for name, value in parameters.items()
        )
        return f"{url}?{text}"

    begin = (number - 1) * size
    return {
        "data": list(items[begin : begin + size]),
        "meta": {
            "pageNumber": number,
            "pageSize": size,
            "totalCount": len(items),
            **(order or {}),
        },
        "links": {
            "self": link(number),
            "first": link(1),
            "last": link(pages),
            "next": link(number + 1) if number < pages else None,
            "prev": link(min(number - 1, pages)) if number > 1 else None,
        },
    }


def _positive(
    query: Mapping[str, str], name: str, default: int, largest: int | None = None
) -> int:
    text = query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise validation(PARAMETER, f"{name} is not a page.")
    if largest is not None and int(text) > largest:
        raise validation(PARAMETER, f"{name} is too large.")
    return int(text)
