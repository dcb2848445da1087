"""Numbers as a language writes them."""

from typing import Final

# Of the languages that Home Assistant knows, by the Unicode CLDR; all others write a
# comma.
_WITH_POINT: Final = frozenset(
    {
        "ar",
        "bn",
        "cy",
        "en",
        "en-GB",
        "es-419",
        "fa",
        "ga",
        "gsw",
        "he",
        "hi",
        "ja",
        "ko",
        "ml",
        "ta",
        "te",
        "th",
        "ur",
        "zh-Hans",
        "zh-Hant",
    }
)


def localized(number: str, language: str) -> str:
    """Return a number that is written with a point as a language writes it."""
    return number if language in _WITH_POINT else number.replace(".", ",")
