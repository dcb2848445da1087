"""The documented answer for every signal."""

from collections.abc import Mapping
import json
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).parent / "fixtures"

# Documented bodies of the signals that the example of an electric car lacks.
SUPPLEMENT: Mapping[str, Mapping[str, Any]] = {
    "closure-enginecover": {"isOpen": False},
    "closure-tailgate": {"isOpen": False, "isLocked": True},
    "diagnostics-emissions": {"status": "OK", "description": None},
    "diagnostics-mil": {"status": "OK", "description": "Lamp off"},
    "diagnostics-oillife": {"status": "OK", "description": None},
    "diagnostics-oilpressure": {"status": "OK", "description": None},
    "diagnostics-oiltemperature": {"status": "OK", "description": None},
    "diagnostics-waterinfuel": {"status": "OK", "description": None},
    "internalcombustionengine-amountremaining": {"value": 61.2, "unit": "liters"},
    "internalcombustionengine-fuellevel": {"value": 68, "unit": "percent"},
    "internalcombustionengine-oillife": {"value": 43, "unit": "percent"},
    "internalcombustionengine-range": {"value": 512, "unit": "km"},
    "lowvoltagebattery-stateofcharge": {"value": 87, "unit": "percent"},
    "lowvoltagebattery-status": {"value": "GOOD"},
    "transmission-gearstate": {"value": "PARK"},
}


def documented() -> dict[str, dict[str, Any]]:
    """Return a documented element of every signal, by code, as a read answers it."""
    example = json.loads((FIXTURES / "signals_bev.json").read_text("utf-8"))
    found = {}
    for item in example["data"]:
        attributes = item["attributes"]
        if body := SUPPLEMENT.get(attributes["code"]):
            attributes |= {"status": {"value": "SUCCESS"}, "body": body}
        found[attributes["code"]] = item
    return found
