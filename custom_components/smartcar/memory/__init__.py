"""The car remembers: what it charged, where, and how far it went.

Pure: nothing here knows Home Assistant's core, reads a clock or a file. The way
of a report is points → journal → diary → memory; `Memory` is what others use.
"""

from .entries import Charge, Correction, Drive, Gap, MakerRecord, Place, by_hours
from .memory import DiaryChange, Memory, Totals
from .points import Kind, Point, point

__all__ = [
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
    "by_hours",
    "point",
]
