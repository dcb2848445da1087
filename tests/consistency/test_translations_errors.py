"""The texts of exceptions and repairs, and the code that raises them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from custom_components.smartcar.api import ApiError, SmartcarError
from custom_components.smartcar.api.errors import ERROR_TYPES, ErrorDetails

from .files import texts
from .source import Function, Source, calls, keyword, name_of, sources, value_of
from .test_translations import leaves, placeholders

# Exceptions that a person gets to see; without a text they would see nothing.
SHOWN = {
    "ConfigEntryAuthFailed",
    "ConfigEntryError",
    "ConfigEntryNotReady",
    "HomeAssistantError",
    "ServiceValidationError",
    "UpdateFailed",
}


@dataclass(frozen=True)
class Use:
    """A place in the code that needs a text, and the names it fills in."""

    group: str
    key: str
    given: frozenset[str]
    where: str


def api_keys() -> set[str]:
    """Return every key that an error of the API client can have."""
    keys = {ApiError(ErrorDetails(418)).key}
    for name, kind in ERROR_TYPES.items():
        keys |= {
            kind.error(ErrorDetails(418, name, code)).key
            for code in (None, "NEVER_HEARD_OF", *kind.codes)
        }
    classes = [SmartcarError]
    for cls in classes:
        if not issubclass(cls, ApiError):
            keys.add(cls().key)
            classes += cls.__subclasses__()
    return keys


def uses() -> Iterator[Use]:
    """Find every place that names a text."""
    for source in sources():
        for call, function in calls(source.tree):
            key = keyword(call, "translation_key")
            is_issue = name_of(call.func) == "async_create_issue"
            if key is None or not (is_issue or keyword(call, "translation_domain")):
                continue
            group = "issues" if is_issue else "exceptions"
            filled = keyword(call, "translation_placeholders")
            for name, details in named(key, source, function):
                given = names(filled, source, function, details)
                yield Use(group, name, frozenset(given), source.where(call))


def named(
    key: ast.expr, source: Source, function: Function | None
) -> Iterator[tuple[str, set[str]]]:
    """Yield the keys an expression can be, with the names its callers add."""
    match key:
        case ast.Attribute(attr="key"):
            yield from ((name, set()) for name in api_keys())
        case ast.Attribute(attr="translation_key"):
            pass  # handed on from an exception that is found where it is made
        case ast.Name(id=name) if name in (arguments := parameters(function)):
            assert function is not None
            position = arguments.index(name)
            for caller in sources():
                for call, _ in calls(caller.tree):
                    if name_of(call.func) == function.name:
                        details = {item.arg or "" for item in call.keywords}
                        text = value_of(call.args[position], caller.module)
                        yield text, details - set(arguments)
        case ast.IfExp(body=one, orelse=other):
            yield from named(one, source, function)
            yield from named(other, source, function)
        case ast.Subscript(value=ast.Name(id=table)):
            yield from ((text, set()) for text in members(table, source))
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id=table), attr="get"), args=[_, default]
        ):
            yield from ((text, set()) for text in members(table, source))
            yield from named(default, source, function)
        case _:
            yield value_of(key, source.module), set()


def members(table: str, source: Source) -> list[str]:
    """Return all texts of a constant table."""
    found: dict[str, str] = getattr(source.module, table)
    return list(found.values())


def parameters(function: Function | None) -> list[str]:
    """Return the parameters of a function, without itself."""
    if function is None:
        return []
    names = [item.arg for item in function.args.args]
    return [name for name in names if name != "self"]


def names(
    filled: ast.expr | None,
    source: Source,
    function: Function | None,
    details: set[str],
) -> set[str]:
    """Return the placeholders that an expression fills with something."""
    match filled:
        case None | ast.Attribute(attr="translation_placeholders"):
            return set()
        case ast.Dict(keys=keys, values=values):
            given = {
                value_of(key, source.module)
                for key, value in zip(keys, values, strict=True)
                if key and not (isinstance(value, ast.Constant) and value.value == "")
            }
            return given | details if None in keys else given
        case ast.Call(func=ast.Name(id=called)):
            answer = next(
                item.value
                for node in (node for file in sources() for node in file.tree.body)
                if isinstance(node, ast.FunctionDef) and node.name == called
                for item in node.body
                if isinstance(item, ast.Return)
            )
            return names(answer, source, function, details)
    message = f"{source.where(filled)}: cannot tell the placeholders"
    raise AssertionError(message)


def keys(group: str) -> set[str]:
    """Return the keys the code uses."""
    return {use.key for use in uses() if use.group == group}


def test_every_exception_has_a_text_and_none_is_unused() -> None:
    """What can be raised is what can be read."""
    assert texts()["exceptions"].keys() == keys("exceptions")
    assert all(text.keys() == {"message"} for text in texts()["exceptions"].values())


def test_every_issue_has_a_text_and_none_is_unused() -> None:
    """A repair without a text is a riddle."""
    assert texts()["issues"].keys() == keys("issues")
    for text in texts()["issues"].values():
        assert text.keys() in ({"title", "description"}, {"title", "fix_flow"})


def test_texts_name_only_what_the_code_gives() -> None:
    """A placeholder that nobody fills would be shown with its braces."""
    wrong = [
        f"{use.where}: {use.key} lacks {sorted(missing)}"
        for use in uses()
        if (missing := named_in(use) - use.given)
    ]
    assert wrong == []


def named_in(use: Use) -> set[str]:
    """Return the placeholders of a text."""
    text = texts()[use.group].get(use.key, {})
    return {name for _, part in leaves(text) for name in placeholders(part)}


def test_every_exception_is_translated() -> None:
    """Nobody gets to see a bare exception."""
    bare = [
        source.where(call)
        for source in sources()
        for call, _ in calls(source.tree)
        if name_of(call.func) in SHOWN
        and not (
            keyword(call, "translation_key") and keyword(call, "translation_domain")
        )
    ]
    bare += [
        source.where(node)
        for source in sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Raise)
        and isinstance(node.exc, ast.Name)
        and node.exc.id in SHOWN
    ]
    assert bare == []
