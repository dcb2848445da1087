"""Speaks the table of voice: `.venv-demo/bin/python -m tools.spoken`.

Every sentence of `tests/fixtures/spoken.yaml` is said to Assist in a real Home
Assistant with the demo's household, a new one for each language of each table. Prints
the sentence and its answer. Fails where one of them is not what the tests expect.
"""

import argparse
import asyncio
import subprocess
import sys

from homeassistant.components.conversation import async_converse
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.core import Context, Event, HomeAssistant
from homeassistant.helpers import entity_registry as er

from demo import integration
from tests.spoken import (
    CARS,
    LANGUAGES,
    LOCK,
    NAME,
    SETTINGS,
    Said,
    Setting,
    action_of,
    park,
    rows,
    spoken,
)
from tools.household import household

ASSISTANT = "conversation"


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")


async def _say(hass: HomeAssistant, sentence: str, language: str) -> Said:
    """Say a sentence; return its answer, and what followed."""
    done: list[str] = []

    def note(event: Event) -> None:
        # That domain only passes on to another.
        if event.data["domain"] != "homeassistant":
            done.append(action_of(event.data))

    remove = hass.bus.async_listen("call_service", note)
    owner = await hass.auth.async_get_owner()
    context = Context(user_id=owner.id if owner else None)
    result = await async_converse(hass, sentence, None, context, language)
    await hass.async_block_till_done()
    remove()
    return Said(sentence, result.response.speech["plain"]["speech"], "; ".join(done))


def _set(hass: HomeAssistant, setting: Setting) -> None:
    """Expose what a table wants."""
    registry = er.async_get(hass)
    if setting.is_exposed:
        for entity in list(registry.entities.values()):
            if entity.platform == integration.DOMAIN:
                is_theirs = any(car in entity.entity_id for car in CARS)
                async_expose_entity(hass, ASSISTANT, entity.entity_id, is_theirs)
    if setting.with_alias:
        registry.async_update_entity(LOCK, aliases=[NAME])


async def _speak(port: int, table: str, language: str) -> int:
    """Say all of a table in a language; return how much is answered otherwise."""
    wrong = 0
    setting = SETTINGS[table]
    async with household(port, park) as home:
        hass = home.hass
        if setting.with_sentences:
            await integration.choose(home.client, "voice", {"voice_sentences": True})
        await hass.async_block_till_done()
        _set(hass, setting)
        await hass.async_block_till_done()
        for row in rows(table, language):
            said = await _say(hass, row.say, language)
            _tell(f"{said.say} | {said.answer}")
            if said != row:
                _tell(f"  WRONG: {said.does or 'nothing done'}; expected {row}")
                wrong += 1
    return wrong


def main() -> int:
    """Speak; return how much is answered otherwise."""
    parser = argparse.ArgumentParser(prog="tools.spoken", description=__doc__)
    parser.add_argument("--port", type=int, default=8128, help="of Home Assistant")
    parser.add_argument("--table", choices=SETTINGS, help="only this one")
    parser.add_argument("--language", choices=LANGUAGES, help="only in this one")
    given = parser.parse_args()
    if given.table and given.language:
        return asyncio.run(_speak(given.port, given.table, given.language))
    wrong = 0
    # A process can be Home Assistant only once.
    for table, language in spoken():
        if table != (given.table or table) or language != (given.language or language):
            continue
        _tell(f"\n{table}, {language}")
        sys.stdout.flush()
        options = ["--table", table, "--language", language]
        wrong += subprocess.run(  # noqa: S603 - this very program
            [sys.executable, "-m", "tools.spoken", *options],
            check=False,
        ).returncode
    _tell(f"\n{wrong or 'nothing'} wrong")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
