"""The messages that a person reads, as Home Assistant's frontend understands them.

A message names values in braces. A choice, `{name, select, word {text} other {text}}`,
shows the text of the word that the value is.
"""

from collections.abc import Iterator
import re


def names(message: str) -> set[str]:
    """Return the names of all values; raises ValueError for a broken message."""
    found = set()
    for name, branches in arguments(message):
        found.add(name)
        for text in branches.values():
            found |= names(text)
    return found


def choices(message: str, name: str) -> list[dict[str, str]]:
    """Return the texts to choose from by a value, by word."""
    return [branches for found, branches in arguments(message) if found == name]


def chosen(message: str, values: dict[str, str]) -> str:
    """Return a message with its values put in."""
    done = ""
    rest = message
    while (start := rest.find("{")) >= 0:
        inner = _inner(rest, start)
        name, branches = _argument(inner)
        value = values[name]
        if branches:
            value = chosen(branches.get(value, branches["other"]), values)
        done += rest[:start] + value
        rest = rest[start + len(inner) + 2 :]
    return done + rest


def arguments(message: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield every value of a message with the texts to choose from, if any."""
    start = 0
    while (start := message.find("{", start)) >= 0:
        inner = _inner(message, start)
        yield _argument(inner)
        start += len(inner) + 2
    if message.count("{") != message.count("}"):
        raise ValueError(message)


def _argument(inner: str) -> tuple[str, dict[str, str]]:
    if re.fullmatch(r"\w+", inner):
        return inner, {}
    if not (found := re.match(r"(\w+), select, ", inner)):
        raise ValueError(inner)
    rest, branches = inner[found.end() :], {}
    while rest:
        if not (word := re.match(r"\s*(\w+) (?={)", rest)):
            raise ValueError(rest)
        branches[word[1]] = _inner(rest, word.end())
        rest = rest[word.end() + len(branches[word[1]]) + 2 :]
    if "other" not in branches:
        raise ValueError(inner)
    return found[1], branches


def _inner(message: str, start: int) -> str:
    """Return what stands between a brace and the one that closes it."""
    depth = 0
    for at in range(start, len(message)):
        depth += {"{": 1, "}": -1}.get(message[at], 0)
        if depth == 0:
            return message[start + 1 : at]
    raise ValueError(message)
