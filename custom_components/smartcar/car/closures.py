"""Whether a car stands open: its doors, windows, lids and locks in one answer."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from .readings import Body, boolean, cells, member, number, position_key

IS_LOCKED: Final = "closure-islocked"
DOORS: Final = "closure-doors"
GEAR: Final = "transmission-gearstate"
SPEED: Final = "motion-currentspeed"

# The keys of the entities that show the same: code -> key; at positions, its beginning.
LIDS: Final[Mapping[str, str]] = {
    "closure-fronttrunk": "front_trunk",
    "closure-reartrunk": "rear_trunk",
    "closure-tailgate": "tailgate",
    "closure-enginecover": "hood",
    "closure-sunroof": "sunroof",
}
GRIDS: Final[Mapping[str, str]] = {DOORS: "door", "closure-windows": "window"}

CLOSURES: Final = frozenset({IS_LOCKED, *LIDS, *GRIDS})
CODES: Final = CLOSURES | {GEAR, SPEED}

# What a car tells at one look may bear times that differ so much.
ONE_LOOK: Final = timedelta(minutes=2)

_DRIVING_GEARS: Final = frozenset({"drive", "reverse"})


class Closures(NamedTuple):
    """What a car tells of its doors, windows, lids and its lock.

    `open`, `unknown`: keys of parts, as `door_front_left`. `unlocked`: `None` while
    that is not known. `is_driving`: whether the car is known to drive.
    """

    open: tuple[str, ...]
    unknown: tuple[str, ...]
    unlocked: bool | None
    is_driving: bool

    @property
    def is_left_open(self) -> bool | None:
        """Return whether the car stands unlocked or open, `None` if that is unclear.

        A part of which nothing is known is not taken for closed.
        """
        if self.is_driving:
            return False
        if self.open or self.unlocked:
            return True
        return None if self.unknown or self.unlocked is None else False


def closures(
    body: Callable[[str], Body | None], measured: Callable[[str], datetime | None]
) -> Closures:
    """Read what a car tells; the functions return a signal's body, and its time."""
    parts = dict(_parts(body))
    return Closures(
        tuple(key for key, is_open in parts.items() if is_open),
        tuple(key for key, is_open in parts.items() if is_open is None),
        _unlocked(body),
        _is_driving(body, measured),
    )


def _parts(
    body: Callable[[str], Body | None],
) -> Iterator[tuple[str, bool | None]]:
    """Yield each part that the car tells of, and whether it is open."""
    for code, name in GRIDS.items():
        for position, cell in cells(body(code) or {}).items():
            if "isOpen" in cell:
                yield f"{name}_{position_key(position)}", boolean(cell, "isOpen")
    for code, name in LIDS.items():
        if (told := body(code)) is not None and "isOpen" in told:
            yield name, boolean(told, "isOpen")


def _unlocked(body: Callable[[str], Body | None]) -> bool | None:
    """Return whether the car is unlocked: by its lock, else by those of its doors."""
    if (told := body(IS_LOCKED)) is not None:
        locked = boolean(told, "value")
        return None if locked is None else not locked
    doors = {
        boolean(cell, "isLocked")
        for cell in cells(body(DOORS) or {}).values()
        if "isLocked" in cell
    }
    if False in doors:
        return True
    return None if None in doors or not doors else False


def _is_driving(
    body: Callable[[str], Body | None], measured: Callable[[str], datetime | None]
) -> bool:
    """Return whether the car drives, and has told nothing of its doors since."""
    times = {
        code: at
        for code, is_so in (
            (GEAR, member(body(GEAR) or {}, "value") in _DRIVING_GEARS),
            (SPEED, (number(body(SPEED) or {}, "value") or 0) > 0),
        )
        if is_so and (at := measured(code)) is not None
    }
    if not times:
        return False
    since = max(times.values()) + ONE_LOOK
    # A car that has stopped may keep the gear that it told last.
    return all((at := measured(code)) is None or at <= since for code in CLOSURES)
