"""The translations: each says what English says, and can be shown."""

from collections.abc import Callable
import json
import logging
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.generated.languages import LANGUAGES
from homeassistant.helpers.translation import async_get_translations
import pytest

from custom_components.smartcar.const import DOMAIN
from tools import languages
from tools.languages import ENGLISH, EVERY, faults, read

from .files import INTEGRATION, read_json

FILES = sorted((INTEGRATION / "translations").glob("*.json"))
OTHERS = [path.stem for path in FILES if path.stem != ENGLISH]

TITLE = "issues.store_empty.title"
NAME = "entity.sensor.range.name"


def test_languages_are_those_of_home_assistant() -> None:
    """A file under another name would never be read."""
    assert ENGLISH in {path.stem for path in FILES}
    assert {path.stem for path in FILES} <= LANGUAGES


@pytest.mark.parametrize("language", [ENGLISH, *OTHERS])
def test_nothing_is_wrong(language: str) -> None:
    """It has all texts of English, and each can be shown."""
    assert read(language)
    assert faults(read(ENGLISH), read(language)) == []


def test_nothing_is_left_in_english() -> None:
    """A text stays English only for a reason in `untranslated.yaml`."""
    left = {
        language: languages.untranslated(read(ENGLISH), read(language), language)
        for language in OTHERS
    }
    assert {language: texts for language, texts in left.items() if texts} == {}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_file_is_as_the_tool_writes_it(path: Path) -> None:
    """The order is that of English, so that two languages can be compared."""
    read_json(path)  # no key stands twice
    assert path.read_text("utf-8") == languages.write(read(path.stem))
    assert list(read(path.stem)) == list(read(ENGLISH))


@pytest.mark.usefixtures("enable_custom_integrations")
async def test_home_assistant_takes_every_text(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    """What it cannot use it would show in English, and say so in the log only."""
    for language in (ENGLISH, *OTHERS):
        wanted = read(language)
        for group in {path.partition(".")[0] for path in wanted}:
            found = await async_get_translations(hass, language, group, [DOMAIN])
            for path, text in wanted.items():
                if path.startswith(f"{group}."):
                    assert found[f"component.{DOMAIN}.{path}"] == text
    assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []


def test_reasons_for_english() -> None:
    """Every text of the list is there, in the languages that it is listed for."""
    english = set(read(ENGLISH).values())
    for language, reasons in languages.allowed().items():
        there = english if language == EVERY else set(read(language).values())
        assert reasons.keys() <= english & there, language
        assert all(reasons.values()), language
    assert languages.allowed().keys() <= {EVERY, *OTHERS}


# How each kind of mistake is found.


@pytest.mark.parametrize(
    ("english", "text", "fault"),
    [
        ("Full", "", "is empty"),
        ("Full", " Voll", "is empty, or has blanks"),
        ("Full", "Voll\u00a0", "is empty, or has blanks"),
        ("Full", "<b>Voll</b>", "has HTML"),
        ("Full", "Voll&nbsp;da", "has HTML"),
        ("Full {car}", "d'{car}", "has a straight quote"),
        ("Full {car}", "{car} {", "has a brace"),
        ("{n} doors", "{n, plural, one {# Tür} other {# Türen}}", "has a brace"),
        ("Open it", "https://example.com", "has an address"),
        ("Open it", "www.example.com", "has an address"),
        ("Open it", "[%key:common::action::open%]", "refers to another"),
        ("{car} at {time}", "{car} um {zeit}", "placeholders time, zeit"),
        ("Open {car}", "Öffnen", "placeholders car"),
        ("Open **it**", "Öffnen", "has other bold than English: 0, not 2"),
        ("Open **it**", "**Öffne es", "has other bold"),
        ("Use `a_b`", "Nimm a_b", "has other code"),
        ("Use `a_b`", "Nimm `c_d`", "has code that differ"),
        ("[Help]({help})", "Hilfe: {help}", "has other links"),
        ("[a]({b}) {c}", "[a]({c}) {b}", "has links that differ"),
        ("One\n\nTwo", "Eins\nZwei", "has other lines"),
        ("One  \nTwo", "Eins\nZwei", "has other forced line breaks"),
        ("1. One\n2. Two", "1. Eins\nZwei", "has other numbered points"),
        ("- One\n- Two", "- Eins\nZwei", "has other points"),
        ("# One", "Eins", "has other headings"),
        (
            "**This** is",
            "**\uff08这\uff09**是",
            "has asterisks that are shown, beside \uff09",
        ),
        ("See **this**", "看**“这”", "has asterisks that are shown, beside “"),
        ("**This** is", "**Dies **ist", "has asterisks that are shown, beside  "),
    ],
)
def test_mistake(english: str, text: str, fault: str) -> None:
    found = faults({"a.b": english}, {"a.b": text})
    assert [one for one in found if one.startswith("a.b: ") and fault in one]


@pytest.mark.parametrize(
    ("english", "text"),
    [
        ("**This** is", "**这**是"),
        ("See **this**", "siehe **„dies“**"),
        ("**All done.**\n\nNext", "**Fertig.**\n\nWeiter"),
        ("Open {car}'s port", "Ouvrir la prise de l\u2019{car}"),
        ("At {time}: {car}", "{car}: {time}"),
    ],
)
def test_no_mistake(english: str, text: str) -> None:
    assert faults({"a.b": english}, {"a.b": text}) == []


@pytest.mark.parametrize(
    ("path", "longest", "longest_in_english"), [(TITLE, 70, 50), (NAME, 45, 45)]
)
def test_lengths(path: str, longest: int, longest_in_english: int) -> None:
    """Names that are filled in count as long as they usually are."""
    fits, fits_in_english = "x" * longest, "y" * longest_in_english
    assert faults({path: fits_in_english}, {path: fits}) == []
    assert faults({path: fits_in_english}, {path: f"{fits}x"}) == [
        f"{path}: has {longest + 1} characters, {longest} fit"
    ]
    assert faults(dict.fromkeys([path], f"{fits_in_english}y"), {path: "z"}) == []
    assert faults({path: f"{fits_in_english}y"}, {path: f"{fits_in_english}y"}) == [
        f"{path}: has {longest_in_english + 1} characters, {longest_in_english} fit"
    ]
    named = f"{{car}} {'x' * (longest - 21)}"
    assert bool(faults({path: "{car}"}, {path: named})) == (path == TITLE)


def test_missing_and_unknown() -> None:
    assert faults({"a": "One", "b": "Two"}, {"a": "Eins", "c": "Drei"}) == [
        "b: is missing",
        "c: is unknown",
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("entity.sensor.a.name", "entity.switch.b.name"),
        ("entity.sensor.a.state.on", "entity.sensor.a.state.off"),
        ("selector.a.options.b", "selector.a.options.c"),
        ("config.step.a.data.b", "config.step.a.data.c"),
        ("config.step.a.menu_options.b", "config.step.a.menu_options.c"),
        ("services.a.name", "services.b.name"),
        ("services.a.fields.b.name", "services.a.fields.c.name"),
    ],
)
def test_alike(one: str, other: str) -> None:
    """What differs in English differs in every language."""
    found = faults({one: "One", other: "Other"}, {one: "Gleich", other: "gleich"})
    assert found == [f"{other}: is the same as {one}"]
    assert faults({one: "One", other: "One"}, {one: "Gleich", other: "Gleich"}) == []
    elsewhere = other.replace("entity.switch", "common.x").replace(".a.", ".z.")
    if elsewhere != other and not elsewhere.startswith(("entity", "common")):
        texts = {one: "Gleich", elsewhere: "Gleich"}
        assert faults({one: "One", elsewhere: "Other"}, texts) == []


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("Charge port", True),
        ("{car} open", True),
        ("{car}: {part}", False),
        ("12 V", True),
        ("12 %", False),
        ("`client_id`", False),
        ("Webhook", False),
    ],
)
def test_untranslated(text: str, is_found: bool) -> None:
    found = languages.untranslated({"a": text}, {"a": text}, "de")
    assert found == ({"a": text} if is_found else {})
    assert languages.untranslated({"a": text}, {"a": f"{text}x"}, "de") == {}


# The commands for translators.


@pytest.fixture(name="folder")
def folder_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a small English file where the tool looks."""
    texts = {"a": {"b": "One\nline of {car}", "c": r"Back \ slash"}, "d": "Two"}
    (tmp_path / "en.json").write_text(json.dumps(texts), "utf-8")
    monkeypatch.setattr(languages, "FOLDER", tmp_path)
    return tmp_path


type Call = Callable[..., tuple[int, list[str], list[str]]]


@pytest.fixture(name="call")
def call_fixture(folder: Path, capsys: pytest.CaptureFixture[str]) -> Call:
    """Call the tool; return its status, and what it prints and complains about."""

    def call(*arguments: str, lines: str = "") -> tuple[int, list[str], list[str]]:
        file = folder / "lines.txt"
        file.write_text(lines, "utf-8")
        command, *rest = arguments
        paths = [str(file)] if command == "build" else []
        status = languages.main([command, *rest, *paths])
        printed = capsys.readouterr()
        return status, printed.out.splitlines(), printed.err.splitlines()

    return call


FLAT = ["a.b\tOne\\nline of {car}", "a.c\tBack \\\\ slash", "d\tTwo"]
GERMAN = "# Deutsch\n\nd\tZwei\na.b\tEine\\nZeile von {car}\na.c\tRück \\\\ strich\n"


def test_flat(call: Call) -> None:
    assert call("flat") == (0, FLAT, [])
    assert call("flat", "de") == (0, [], [])


def test_build(call: Call, folder: Path) -> None:
    """The file is in the order of English; what is still English is named."""
    assert call("build", "de", lines=GERMAN) == (0, [], [])
    assert json.loads((folder / "de.json").read_text("utf-8")) == {
        "a": {"b": "Eine\nZeile von {car}", "c": r"Rück \ strich"},
        "d": "Zwei",
    }
    assert list(read("de")) == ["a.b", "a.c", "d"]
    assert call("check", "de") == (0, [], [])
    status, printed, _ = call("build", "de", lines=GERMAN.replace("Zwei", "Two"))
    assert (status, printed) == (0, ["still English: d\tTwo"])
    assert call("untranslated", "de") == (0, ['  "Two": why?'], [])


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (GERMAN.replace("d\tZwei", ""), "d: is missing"),
        (f"{GERMAN}e\tDrei", "e: is unknown"),
        (f"{GERMAN}d\tDrei", "line 6: d stands twice"),
        (f"{GERMAN}nothing", "line 6: has no tab"),
        (
            GERMAN.replace("{car}", "{auto}"),
            "a.b: differs in the placeholders auto, car",
        ),
        (GERMAN.replace(r"\n", " "), "a.b: has other lines than English: 0, not 1"),
    ],
)
def test_build_refuses(call: Call, folder: Path, lines: str, complaint: str) -> None:
    """Nothing is written then."""
    status, _, complaints = call("build", "de", lines=lines)
    assert status == 1
    assert complaint in complaints
    assert not (folder / "de.json").exists()


def test_build_with_update(call: Call, folder: Path) -> None:
    """Only what is new has to be in the lines; what is gone in English goes."""
    call("build", "de", lines=GERMAN)
    english: dict[str, Any] = json.loads((folder / "en.json").read_text("utf-8"))
    del english["d"]
    english["e"] = "Three"
    (folder / "en.json").write_text(json.dumps(english), "utf-8")
    assert call("missing", "de") == (1, ["e\tThree"], ["d: is unknown"])
    assert call("check", "de")[0] == 1
    assert call("build", "de", "--update", lines="e\tDrei") == (0, [], [])
    assert list(read("de")) == ["a.b", "a.c", "e"]
    assert call("missing", "de") == (0, [], [])


def test_missing_since(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """A text whose English has changed is to be translated again."""
    call("build", "de", lines=GERMAN)
    before = {"a.b": "One\nline of {car}", "a.c": r"Back \ slash", "d": "Too"}
    monkeypatch.setattr(languages, "english_at", {"abc": before}.__getitem__)
    assert call("missing", "de", "--since", "abc") == (0, ["d\tTwo"], [])


def test_english_at() -> None:
    """It is read from the repository."""
    assert languages.english_at("HEAD").keys() >= {TITLE, NAME}


def test_unknown_language(call: Call) -> None:
    with pytest.raises(SystemExit):
        call("flat", "xx")
