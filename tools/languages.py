r"""Texts for translators, and translations of them: `python -m tools.languages`.

`flat` prints every English text as a line, `path<TAB>text`; a line break inside a text
is written `\n`, a backslash `\\`. `flat de` prints what a language has.
`build de FILE` makes `translations/de.json` of such lines, and refuses what is missing,
unknown or broken. With `--update` it takes what the lines lack from the file there is.
`missing de` prints what a language lacks, as lines to translate; with `--since COMMIT`
also those whose English has changed after it.
`check de` says what is wrong with a language, `untranslated de` which texts are still
English without a reason in `tests/consistency/untranslated.yaml`.
"""

import argparse
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
import json
from pathlib import Path
import re
import shutil
import subprocess
import sys
from typing import Any, Final

from homeassistant.generated.languages import LANGUAGES
import yaml

ROOT: Final = Path(__file__).parents[1]
FOLDER: Final = ROOT / "custom_components" / "smartcar" / "translations"
ALLOWED: Final = ROOT / "tests" / "consistency" / "untranslated.yaml"
ENGLISH: Final = "en"
EVERY: Final = "every language"

type Texts = Mapping[str, str]

# What no text may have in any language, and what a person would see of it.
SHAPES: Final = {
    "is empty, or has blanks around it": r"^\s|\s$|^$",
    "has HTML, and Home Assistant shows Markdown": r"</?[a-zA-Z]|&\w+;",
    # It switches the placeholder off; a typographic one does not.
    "has a straight quote beside a brace": r"'[{}]",
    # Home Assistant leaves such a text out, also one with a choice in it.
    "has a brace that is no placeholder": r"{(?!\w+})|(?<!\w)}",
    # Addresses come in as placeholders: translators must not change them.
    "has an address": r"https?:|www\.",
    "refers to another text, which works in core only": r"\[%",
}

# What a translation has as often as the English text.
MARKS: Final = {
    "bold": r"\*\*",
    "code": r"`",
    "links": r"\]\(",
    "lines": r"\n",
    "forced line breaks": r"  \n",
    "numbered points": r"(?m)^\d+\. ",
    "points": r"(?m)^[-*] ",
    "headings": r"(?m)^#+ ",
}

# What is the same in every language: code, and where links lead.
KEPT: Final = {"code": r"`([^`]+)`", "links": r"\]\(([^)]*)\)"}

# Longest text in English and in other languages, with names of usual length filled in.
# Home Assistant writes a longer title of a repair over itself; a longer name of an
# entity is cut off on the page of its device, 1280 pixels wide.
LENGTHS: Final = {
    r"issues\..*\btitle": (50, 70, "Mercedes-Benz EQA 250"),
    r"entity\.\w+\.\w+\.name": (45, 45, "2"),
}

# Texts that stand side by side: who sees two alike cannot choose.
APART: Final = (
    r"(entity)\.\w+\.\w+\.name",
    r"(entity\.\w+\.\w+\.state)\.\w+",
    r"(selector\.\w+\.options)\.\w+",
    r"(.*\.(?:data|menu_options|sections))\.\w+",
    r"(services|triggers|conditions)\.\w+\.name",
    r"((?:services|triggers|conditions)\.\w+\.fields)\.\w+\.name",
)


def flatten(node: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text with its path."""
    for key, value in node.items():
        path = f"{above}.{key}" if above else key
        if isinstance(value, str):
            yield path, value
        else:
            yield from flatten(value, path)


def nest(texts: Texts) -> dict[str, Any]:
    """Return texts as they stand in a file, in their order."""
    root: dict[str, Any] = {}
    for path, text in texts.items():
        *groups, key = path.split(".")
        node = root
        for group in groups:
            node = node.setdefault(group, {})
        node[key] = text
    return root


def read(language: str) -> dict[str, str]:
    """Return the texts of a language by path; none if it has no file."""
    path = FOLDER / f"{language}.json"
    return dict(flatten(json.loads(path.read_text("utf-8")))) if path.exists() else {}


def write(texts: Texts) -> str:
    """Return the content of a language's file."""
    return json.dumps(nest(texts), ensure_ascii=False, indent=2) + "\n"


def to_line(path: str, text: str) -> str:
    """Return a text as one line."""
    return f"{path}\t{text.replace('\\', r'\\').replace('\n', r'\n')}"


def from_lines(lines: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """Return the texts of lines, and what is wrong with the lines."""
    texts: dict[str, str] = {}
    wrong: list[str] = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        path, tab, text = line.rstrip("\r\n").partition("\t")
        if not tab:
            wrong.append(f"line {number}: has no tab")
        elif path in texts:
            wrong.append(f"line {number}: {path} stands twice")
        texts[path] = re.sub(
            r"\\(.)", lambda found: {"n": "\n"}.get(found[1], found[1]), text
        )
    return texts, wrong


def placeholders(text: str) -> set[str]:
    """Return the names in braces."""
    return set(re.findall(r"{(\w+)}", text))


def faults(english: Texts, texts: Texts) -> list[str]:
    """Return what is wrong with a translation, a line each."""
    return [
        *(f"{path}: is missing" for path in english if path not in texts),
        *(f"{path}: is unknown" for path in texts if path not in english),
        *(
            f"{path}: {fault}"
            for path, text in texts.items()
            if path in english
            for check in CHECKS
            for fault in check(path, english[path], text)
        ),
        *alike(english, texts),
    ]


def wrong_shape(_path: str, _english: str, text: str) -> Iterator[str]:
    """Yield what no text may have."""
    yield from (what for what, shape in SHAPES.items() if re.search(shape, text))


def other_placeholders(_path: str, english: str, text: str) -> Iterator[str]:
    """Yield the placeholders that only one of two texts has."""
    if differ := placeholders(english) ^ placeholders(text):
        yield f"differs in the placeholders {', '.join(sorted(differ))}"


def other_marks(_path: str, english: str, text: str) -> Iterator[str]:
    """Yield how the Markdown of two texts differs."""
    for what, mark in MARKS.items():
        there, here = len(re.findall(mark, english)), len(re.findall(mark, text))
        if there != here:
            yield f"has other {what} than English: {here}, not {there}"
    for what, kept in KEPT.items():
        if sorted(re.findall(kept, english)) != sorted(re.findall(kept, text)):
            yield f"has {what} that differ from English"


def unseen_bold(_path: str, _english: str, text: str) -> Iterator[str]:
    """Yield the asterisks that would be shown: they touch punctuation and a letter.

    It happens in languages without blanks between words, as in `**(this)**here`.
    """
    parts = text.split("**")
    for number, (before, after) in enumerate(pairwise(parts)):
        outer, inner = (
            (after[:1], before[-1:]) if number % 2 else (before[-1:], after[:1])
        )
        if inner.isspace() or not (inner.isalnum() or not outer.isalnum()):
            yield f"has asterisks that are shown, beside {inner}"


def too_long(path: str, english: str, text: str) -> Iterator[str]:
    """Yield by how much a text is longer than its place."""
    for pattern, (limit, limit_elsewhere, usual) in LENGTHS.items():
        if re.fullmatch(pattern, path):
            most = limit if text == english else limit_elsewhere
            length = len(re.sub(r"{\w+}", usual, text))
            if length > most:
                yield f"has {length} characters, {most} fit"


CHECKS: Final[tuple[Callable[[str, str, str], Iterator[str]], ...]] = (
    wrong_shape,
    other_placeholders,
    other_marks,
    unseen_bold,
    too_long,
)


def alike(english: Texts, texts: Texts) -> Iterator[str]:
    """Yield the texts that are the same side by side, and differ in English."""
    for pattern in APART:
        seen: dict[tuple[str, str], str] = {}
        for path, text in texts.items():
            if path in english and (found := re.fullmatch(pattern, path)):
                other = seen.setdefault((found[1], text.casefold()), path)
                if english[other].casefold() != english[path].casefold():
                    yield f"{path}: is the same as {other}"


def untranslated(english: Texts, texts: Texts, language: str) -> dict[str, str]:
    """Return the texts that are still English, and that no list allows to be."""
    lists = allowed()
    known = {**lists.get(EVERY, {}), **lists.get(language, {})}
    return {
        path: text
        for path, text in texts.items()
        if text == english.get(path) and has_words(text) and text not in known
    }


def has_words(text: str) -> bool:
    """Return whether there is something to translate beside placeholders and code."""
    return bool(re.search(r"[^\W\d_]", re.sub(r"{\w+}|`[^`]*`", "", text)))


def allowed() -> dict[str, dict[str, str]]:
    """Return by language which English texts stay as they are, and why."""
    return yaml.safe_load(ALLOWED.read_text("utf-8"))


def english_at(commit: str) -> dict[str, str]:
    """Return the English texts as they were in a commit."""
    git = shutil.which("git")
    assert git is not None
    path = (FOLDER / f"{ENGLISH}.json").relative_to(ROOT)
    shown = subprocess.run(  # noqa: S603 - a developer calls it
        (git, "-C", str(ROOT), "show", f"{commit}:{path}"),
        check=True,
        capture_output=True,
        text=True,
    )
    return dict(flatten(json.loads(shown.stdout)))


def flat(given: argparse.Namespace) -> list[str]:
    """Print texts as lines."""
    _print(to_line(*item) for item in read(given.language).items())
    return []


def build(given: argparse.Namespace) -> list[str]:
    """Write a language's file if nothing is wrong with it."""
    english = read(ENGLISH)
    new, wrong = from_lines(given.file.read_text("utf-8").splitlines())
    old = read(given.language) if given.update else {}
    texts = {path: text for path, text in old.items() if path in english} | new
    wrong += faults(english, texts)
    if not wrong:
        in_order = {path: texts[path] for path in english}
        path = FOLDER / f"{given.language}.json"
        path.write_text(write(in_order), "utf-8")
        for path_, text in untranslated(english, in_order, given.language).items():
            _print([f"still English: {to_line(path_, text)}"])
    return wrong


def missing(given: argparse.Namespace) -> list[str]:
    """Print what there is to translate, as lines in English."""
    english, texts = read(ENGLISH), read(given.language)
    before = english_at(given.since) if given.since else english
    _print(
        to_line(path, text)
        for path, text in english.items()
        if path not in texts or before.get(path) != text
    )
    return [f"{path}: is unknown" for path in texts if path not in english]


def check(given: argparse.Namespace) -> list[str]:
    """Return what is wrong with a language's file."""
    return faults(read(ENGLISH), read(given.language))


def still_english(given: argparse.Namespace) -> list[str]:
    """Print what could be allowed, in the form of the list."""
    left = untranslated(read(ENGLISH), read(given.language), given.language)
    _print(f"  {json.dumps(text)}: why?" for text in dict.fromkeys(left.values()))
    return []


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        print(line)  # noqa: T201 - a command prints


def _language(code: str) -> str:
    if code not in LANGUAGES:
        raise argparse.ArgumentTypeError(f"Home Assistant has no language {code}")
    return code


def main(arguments: list[str] | None = None) -> int:
    """Do what is asked for; return 1 if anything is wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.languages",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True)
    for name, function in {
        "flat": flat,
        "build": build,
        "missing": missing,
        "check": check,
        "untranslated": still_english,
    }.items():
        command = commands.add_parser(name, help=function.__doc__)
        command.set_defaults(function=function)
        optional = {"nargs": "?", "default": ENGLISH} if function is flat else {}
        command.add_argument("language", type=_language, **optional)
        if function is build:
            command.add_argument("file", type=Path)
            command.add_argument("--update", action="store_true")
        elif function is missing:
            command.add_argument("--since", metavar="COMMIT")
    given = parser.parse_args(arguments)
    wrong = given.function(given)
    for fault in wrong:
        print(fault, file=sys.stderr)  # noqa: T201 - a command prints
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
