"""What is said to a person, in the languages that have a file in `sentences/`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey
from homeassistant.util.yaml import load_yaml_dict

from .const import DOMAIN
from .numbers import localized

FOLDER: Final = Path(__file__).with_name("sentences")
ENGLISH: Final = "en"

# Data as old as this count as new.
NEW: Final = timedelta(minutes=30)
# Until then, the smaller unit of time is said.
_MINUTES: Final = timedelta(minutes=90)
_HOURS: Final = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class Phrases:
    """What a language has: sentences that are understood, and answers.

    `data`: its file; `sentences/en.yaml` says what stands there.
    """

    language: str
    data: Mapping[str, Any]

    def say(self, key: str, **values: str) -> str:
        """Return an answer with values filled in."""
        text: str = self.data["answers"][key]
        return text.format(**values)

    def number(self, value: float) -> str:
        """Return a number with up to two decimals."""
        text = f"{value:.2f}".rstrip("0").rstrip(".")
        return localized(text, self.language)

    def amount(self, value: float, unit: str | None) -> str:
        """Return a number and its unit."""
        return f"{self.number(value)} {unit}" if unit else self.number(value)

    def age(self, time: datetime | None, now: datetime) -> str:
        """Return how old data are; nothing if they are new or of no known time."""
        if time is None or (age := now - time) <= NEW:
            return ""
        if age < _MINUTES:
            unit, count = "minutes", round(age / timedelta(minutes=1))
        elif age < _HOURS:
            unit, count = "hours", round(age / timedelta(hours=1))
        else:
            unit, count = "days", round(age / timedelta(days=1))
        forms: Mapping[str, str] = self.data["answers"][unit]
        said = forms["one" if count == 1 else "other"].format(count=count)
        return self.say("age", time=said)

    def moment(self, time: datetime, now: datetime) -> str:
        """Return a time of the coming days, to the minute."""
        local = dt_util.as_local(time)
        days = (local.date() - dt_util.as_local(now).date()).days
        key = {0: "at_time", 1: "tomorrow"}.get(days, "on_day")
        return self.say(
            key, time=f"{local:%H:%M}", day=str(local.day), month=str(local.month)
        )

    def listed(self, words: Iterable[str]) -> str:
        """Return words as a list, at least one."""
        *first, last = words
        marks: Mapping[str, str] = self.data["list"]
        return marks["last"].join(filter(None, [marks["comma"].join(first), last]))


PHRASES: Final[HassKey[Mapping[str, Phrases]]] = HassKey(f"{DOMAIN}_phrases")


async def async_phrases(hass: HomeAssistant) -> Mapping[str, Phrases]:
    """Return what is understood and said in each language; read from disk once."""
    if (known := hass.data.get(PHRASES)) is None:
        known = hass.data[PHRASES] = await hass.async_add_executor_job(_read)
    return known


def _read() -> Mapping[str, Phrases]:
    files = sorted(FOLDER.glob("*.yaml"))
    return {file.stem: Phrases(file.stem, load_yaml_dict(str(file))) for file in files}


async def async_phrases_in(hass: HomeAssistant, language: str) -> Phrases:
    """Return what is said in a language, in English if it has no file."""
    known = await async_phrases(hass)
    variants = (language, language.partition("-")[0], ENGLISH)
    return next(known[one] for one in variants if one in known)
