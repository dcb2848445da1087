"""The blueprints in other languages: `python -m tools.blueprint_texts`.

`blueprints/texts/<language>.json` has the translation of every text of the English
blueprints, by the English text. From it come the blueprints of the language, in a
folder of their own, and its section of `docs/blueprints-languages.md`.

    python -m tools.blueprint_texts            writes what has changed
    python -m tools.blueprint_texts --list     prints the texts to translate, as JSON
"""

from collections.abc import Iterator, Mapping
import json
from pathlib import Path
import sys
from typing import Final
from urllib.parse import quote

import yaml

from tests.consistency.files import ROOT, read_json

TEXTS: Final = ROOT / "blueprints" / "texts"
ENGLISH: Final = ROOT / "blueprints" / "automation" / "smartcar"
PAGE: Final = ROOT / "docs" / "blueprints-languages.md"

REPOSITORY: Final = "smartcar-home-assistant/smartcar"
IMPORT: Final = "https://my.home-assistant.io/redirect/blueprint_import/?blueprint_url="

INTRODUCTION: Final = """\
# Blueprints in your language

The blueprints of [this page](blueprints.md), with names, descriptions and messages in
other languages. They do the same. **Importing one replaces the same blueprint in
another language**; your automations stay as they are.
"""

# What a language calls itself.
LANGUAGES: Final = {
    "cs": "Čeština",
    "da": "Dansk",
    "de": "Deutsch",
    "es": "Español",
    "fi": "Suomi",
    "fr": "Français",
    "hu": "Magyar",
    "it": "Italiano",
    "ja": "日本語",
    "nb": "Norsk bokmål",
    "nl": "Nederlands",
    "pl": "Polski",
    "pt": "Português",
    "pt-BR": "Português (Brasil)",
    "sv": "Svenska",
    "zh-Hans": "简体中文",
}


def scalars(node: yaml.Node, path: tuple[str, ...] = ()) -> Iterator[yaml.ScalarNode]:
    """Yield the scalars that are texts for people, in their order."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from scalars(value, (*path, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from scalars(value, path)
    elif (
        "texts" in path
        or path[-1:] == ("alias",)
        or (path[:1] == ("blueprint",) and path[-1] in ("name", "description"))
        or (path[-1:] == ("unit_of_measurement",) and node.value == "days")
    ):
        yield node


def english(name: str) -> str:
    """Return the source of an English blueprint."""
    return (ENGLISH / f"{name}.yaml").read_text("utf-8")


def names() -> list[str]:
    """Return the names of the blueprints."""
    return sorted(path.stem for path in ENGLISH.glob("*.yaml"))


def texts() -> dict[str, list[str]]:
    """Return every English text with the blueprints that have it."""
    found: dict[str, list[str]] = {}
    for name in names():
        for scalar in scalars(yaml.compose(english(name))):
            found.setdefault(scalar.value, []).append(name)
    return found


def translated(name: str, language: str, words: Mapping[str, str]) -> str:
    """Return the source of a blueprint in another language.

    Raises `KeyError` with the English text that has no translation.
    """
    source = english(name)
    for scalar in reversed(list(scalars(yaml.compose(source)))):
        start, end = scalar.start_mark.index, scalar.end_mark.index
        after = source[start:end]
        kept = after[len(after.rstrip()) :]
        text = json.dumps(words[scalar.value], ensure_ascii=False)
        source = source[:start] + text + kept + source[end:]
    return source.replace(f"/{name}.yaml", f"/{language}/{name}.yaml", 1)


def section(language: str, words: Mapping[str, str]) -> str:
    """Return the part of the page that is about a language."""
    lines = ["", f"## {LANGUAGES[language]}", ""]
    for name in names():
        # The name comes first.
        title = words[next(scalars(yaml.compose(english(name)))).value]
        address = (
            f"https://raw.githubusercontent.com/{REPOSITORY}/main"
            f"/blueprints/automation/smartcar/{language}/{name}.yaml"
        )
        lines.append(f"- [{title}]({IMPORT}{quote(address, safe='')})")
    return "\n".join(lines) + "\n"


def written() -> dict[Path, str]:
    """Return what is generated: the content of each file."""
    files = {}
    page = INTRODUCTION
    for language in LANGUAGES:
        path = TEXTS / f"{language}.json"
        if not path.exists():
            continue
        words = read_json(path)
        for name in names():
            files[ENGLISH / language / f"{name}.yaml"] = translated(
                name, language, words
            )
        page += section(language, words)
    return files | {PAGE: page}


def main(arguments: list[str]) -> None:
    """Write what has changed, or list the texts."""
    if arguments == ["--list"]:
        found = json.dumps(dict.fromkeys(texts(), ""), ensure_ascii=False, indent=2)
        sys.stdout.write(f"{found}\n")
        return
    for path, content in written().items():
        if not path.exists() or path.read_text("utf-8") != content:
            path.parent.mkdir(exist_ok=True)
            path.write_text(content, "utf-8")
            sys.stdout.write(f"{path.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
