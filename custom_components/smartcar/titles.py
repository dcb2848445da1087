"""The title of an entry, which stays true whatever cars come and go."""

from collections.abc import Collection
from typing import Final

# Enough to tell two applications apart.
SHOWN: Final = 6


def title_of(client_id: str) -> str:
    """Return the title for the application of an API client id."""
    return f"Smartcar …{client_id[-SHOWN:]}"


def is_of_cars(title: str, names: Collection[str]) -> bool:
    """Return whether a title is a list of cars, as version 0.1 made it."""
    return all(part in names for part in title.split(", "))
