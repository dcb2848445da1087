"""What is said to Assist about two cars, and what it answers: `fixtures/spoken.yaml`.

`tests/test_voice.py` holds every row on the version that the tests run on;
`tools/spoken.py` speaks the same rows to a real Home Assistant.

The household is the simulator's, after a single read: the electric car at home, plugged
in and not charging, as `park` leaves it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

from simulator import fleet
from simulator.cloud import Cloud

LANGUAGES: Final = ("en", "de", "fr", "es", "it", "nl")
CARS: Final = ("blauer_blitz", "familienkutsche")
LOCK: Final = "lock.blauer_blitz_lock"
NAME: Final = "Blauer Blitz"
PLACE: Final = "Smartcar demo"
"""What the household is called, and thus its home."""


class Said(NamedTuple):
    """A sentence and its answer; `does`: the action that follows, and its target."""

    say: str
    answer: str
    does: str = ""


class Setting(NamedTuple):
    """Under which circumstances the sentences of a table are said.

    `is_exposed`: whether all of the two cars is exposed, or what Home Assistant exposes
    by default. `with_sentences`: whether the option is on. `with_alias`: whether the
    electric car's lock has the name of the car as an alias.
    """

    is_exposed: bool = True
    with_sentences: bool = False
    with_alias: bool = False


SETTINGS: Final = {
    "built_in": Setting(),
    "misleading": Setting(),
    "usual": Setting(is_exposed=False),
    "aliased": Setting(with_alias=True),
    "own": Setting(with_sentences=True),
    "others": Setting(with_sentences=True),
}


def park(cloud: Cloud) -> None:
    """Leave the electric car at home and plugged in, with nothing charged so far."""
    electric = cloud.cars[fleet.BEV]
    electric.override("charge-chargerecords", body={"values": []})
    electric.plug_in()
    electric.stop_charging()


def rows(table: str, language: str) -> list[Said]:
    """Return what is said in a language, in this order."""
    return [Said(**row) for row in _TABLES[table].get(language, ())]


def spoken() -> list[tuple[str, str]]:
    """Return the tables, each with every language in which it says anything."""
    return [
        (table, language)
        for table in SETTINGS
        for language in LANGUAGES
        if rows(table, language)
    ]


def action_of(data: Mapping[str, Any]) -> str:
    """Return the action of a call, and its target."""
    about = data["service_data"]
    names = ("percent", "destination", "entity_id")
    target = next(about[name] for name in names if name in about)
    if isinstance(target, list):
        target = ", ".join(target)
    return f"{data['domain']}.{data['service']} {target}"


_FILE: Final = Path(__file__).with_name("fixtures") / "spoken.yaml"
_TABLES: Final[Mapping[str, Any]] = yaml.safe_load(_FILE.read_text("utf-8"))
