"""The car remembers: what it charged, where, and how far it went.

Pure: nothing here knows Home Assistant's core, reads a clock or a file. The way
of a report is points → journal → diary → memory; `Memory` is what others use.
"""

from .entries import Charge, Correction, Drive, Gap, MakerRecord, Place, by_hours
from .memory import DiaryChange, Memory, Totals
from .points import (
    CAPACITY,
    CHARGE_RECORDS,
    Kind,
    Point,
    battery_capacity,
    maker_records,
    point,
)

__all__ = [
    "CAPACITY",
    "CHARGE_RECORDS",
    "Charge",
    "Correction",
    "DiaryChange",
    "Drive",
    "Gap",
    "Kind",
    "MakerRecord",
    "Memory",
    "Place",
    "Point",
    "Totals",
    "battery_capacity",
    "by_hours",
    "maker_records",
    "point",
]
