"""The files of what Assist understands and answers: each has what English has."""

from collections.abc import Iterator, Mapping
import re
from typing import Any

from homeassistant.generated.languages import LANGUAGES
import pytest

from tools.languages import placeholders

from .files import INTEGRATION, read_yaml

FILES = sorted((INTEGRATION / "sentences").glob("*.yaml"))
ENGLISH = read_yaml(INTEGRATION / "sentences" / "en.yaml")

# Forms for whole numbers below a million, by CLDR; the usual ones where none is named.
USUAL = {"one", "other"}
PLURALS = {
    "cs": {"one", "few", "other"},
    "ja": {"other"},
    "pl": {"one", "few", "many", "other"},
    "zh-Hans": {"other"},
}
# What the code chooses between.
CHOSEN = {"one", "other"}


def is_plural(node: Any) -> bool:
    """Return whether a part of a file has forms of a word."""
    return isinstance(node, Mapping) and "other" in node


def parts(node: Any, path: str = "") -> Iterator[tuple[str, str | Mapping[str, str]]]:
    """Yield the texts and plurals of a file; the texts of a list are one."""
    if is_plural(node) or isinstance(node, str):
        yield path, node
    elif isinstance(node, Mapping):
        for key, value in node.items():
            yield from parts(value, f"{path}.{key}")
    else:
        assert isinstance(node, list), path
        assert node, path
        yield path, "\n".join(node)


def faults(language: str, english: Any, other: Any) -> list[str]:
    """Return what is wrong with a language's file, a line each."""
    wanted, found = dict(parts(english)), dict(parts(other))
    wrong = [f"{path}: only in one of the files" for path in wanted.keys() ^ found]
    for path in wanted.keys() & found.keys():
        there, here = wanted[path], found[path]
        if is_plural(there) != is_plural(here):
            wrong.append(f"{path}: has forms in one of the files only")
        elif isinstance(here, str) and isinstance(there, str):
            if placeholders(here) != placeholders(there):
                wrong.append(f"{path}: has other placeholders")
            if any(not line.strip() for line in here.split("\n")):
                wrong.append(f"{path}: is empty")
        elif isinstance(here, Mapping):
            wrong += plural_faults(language, path, here)
    return wrong


def plural_faults(language: str, path: str, forms: Mapping[str, str]) -> Iterator[str]:
    """Yield what is wrong with the forms of a word."""
    if forms.keys() != (needed := PLURALS.get(language, USUAL)):
        yield f"{path}: has not the forms {sorted(needed)}"
    if not forms.keys() <= CHOSEN:
        yield f"{path}: has a form that is never chosen"
    for name, text in forms.items():
        if placeholders(text) != {"count"} and name != "one":
            yield f"{path}: does not say how many"


def test_english_has_all_kinds() -> None:
    """The tests below would pass with nothing to compare."""
    assert ENGLISH.keys() >= {"sentences", "answers", "list"}
    assert any(is_plural(forms) for _, forms in parts(ENGLISH))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_file(path: Any) -> None:
    """It has the keys, placeholders and forms that it needs."""
    assert path.stem in LANGUAGES
    assert faults(path.stem, ENGLISH, read_yaml(path)) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_answers_are_sentences_of_their_own(path: Any) -> None:
    """Nothing is left in English, and nothing is spoken that is markup."""
    answers = texts(read_yaml(path))
    markup = re.compile(r"[*`<>\[\]]|https?:")
    assert [text for text in answers.values() if markup.search(text)] == []
    if path.stem != "en":
        english = texts(ENGLISH)
        same = {key for key, text in answers.items() if text == english[key]}
        # A sign and placeholders can be the same.
        words = {key for key in same if re.search(r"\w{3}", clean(english[key]))}
        assert words == set()


def texts(content: Any) -> dict[str, str]:
    """Return the answers of a file; words with forms may be the same in English."""
    found = parts(content["answers"])
    return {key: text for key, text in found if isinstance(text, str)}


def clean(text: str) -> str:
    """Return a text without placeholders."""
    return re.sub(r"{\w+}", "", text)


@pytest.mark.parametrize(
    ("language", "english", "other", "fault"),
    [
        ("de", {"a": "x"}, {}, ".a: only in one"),
        ("de", {}, {"a": "x"}, ".a: only in one"),
        ("de", {"a": {"b": "x"}}, {"a": {"c": "x"}}, ".a.b: only in one"),
        ("de", {"a": "{car} at {zone}"}, {"a": "{car}"}, ".a: has other placeholders"),
        ("de", {"a": ["{x}"]}, {"a": ["y"]}, ".a: has other placeholders"),
        ("de", {"a": ["x"]}, {"a": ["y", ""]}, ".a: is empty"),
        ("de", {"a": "x"}, {"a": " "}, ".a: is empty"),
        (
            "de",
            {"a": {"one": "{count}", "other": "{count}"}},
            {"a": "{count}"},
            ".a: has forms in one of the files only",
        ),
    ],
)
def test_fault(language: str, english: Any, other: Any, fault: str) -> None:
    assert any(one.startswith(fault) for one in faults(language, english, other))


@pytest.mark.parametrize(
    ("language", "forms", "found"),
    [
        ("de", {"one": "ein Tag", "other": "{count} Tage"}, []),
        ("ja", {"other": "{count} 日"}, []),
        ("de", {"other": "{count} Tage"}, ["has not the forms ['one', 'other']"]),
        ("de", {"one": "ein Tag", "other": "Tage"}, ["does not say how many"]),
        (
            "pl",
            {"one": "{count} dzień", "other": "{count} dnia"},
            ["has not the forms ['few', 'many', 'one', 'other']"],
        ),
        (
            "cs",
            {"one": "{count} den", "few": "{count} dny", "other": "{count} dní"},
            ["has a form that is never chosen"],
        ),
    ],
)
def test_forms(language: str, forms: dict[str, str], found: list[str]) -> None:
    """Forms that the code does not choose between would be said never, or wrongly."""
    assert list(plural_faults(language, "a", forms)) == [f"a: {one}" for one in found]
