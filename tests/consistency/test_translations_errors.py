"""The texts of exceptions and repairs, and the code that raises them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from custom_components.smartcar.api import (
    ACCOUNT,
    APPLICATION_PROBLEMS,
    READING_PROBLEMS,
    ApiError,
    SmartcarError,
)
from custom_components.smartcar.api.errors import ERROR_TYPES, ErrorDetails
from custom_components.smartcar.car_issues import WITH_LINK
from tools.languages import flatten as leaves, placeholders

from .files import texts
from .source import (
    Function,
    Source,
    calls,
    constants,
    keyword,
    name_of,
    sources,
    value_of,
)

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
            where = source.where(call)
            match name_of(call.func):
                case "failed":
                    yield from other_texts(call, source)
                case "refusal" | "NoGrantError" if isinstance(
                    call.args[0], ast.Constant
                ):
                    key = value_of(call.args[0], source.module)
                    yield Use("exceptions", key, given_to_refusal(call), where)
                case "async_create_issue" if source.parts != ("issues",):
                    message = f"{where}: a repair is an Issue that the board shows"
                    raise AssertionError(message)
                case "Issue":
                    given = frozenset(names(call.args[2], source, function))
                    for key in issue_keys(call.args[1], source):
                        yield Use("issues", key, given, where)
                case "async_create_issue":
                    yield from direct(call, "issues", source)
                case _ if keyword(call, "translation_domain"):
                    yield from direct(call, "exceptions", source)


def other_texts(call: ast.Call, source: Source) -> Iterator[Use]:
    """Yield what a failed request is said to be, other than its error."""
    given = frozenset(names(answer_of("placeholders"), source, None))
    for other in call.args[2:]:
        for key in constants(other):
            yield Use("exceptions", key, given, source.where(call))


def direct(call: ast.Call, group: str, source: Source) -> Iterator[Use]:
    """Yield what a call names by itself."""
    key = keyword(call, "translation_key")
    assert key is not None
    filled = keyword(call, "translation_placeholders")
    for name in exception_keys(key, source):
        given = frozenset(names(filled, source, None))
        yield Use(group, name, given, source.where(call))


def given_to_refusal(call: ast.Call) -> frozenset[str]:
    """Return the names that a refusal fills in."""
    if name_of(call.func) == "NoGrantError":
        return frozenset({"car", "permission"})
    given = {item.arg or "" for item in call.keywords}
    return frozenset(given | {"car"} if len(call.args) > 1 else given)


def exception_keys(key: ast.expr, source: Source) -> Iterator[str]:
    """Yield the keys an expression can be."""
    match key:
        case ast.Attribute(attr="key") if source.parts != ("issues",):
            yield from api_keys()
        case ast.Attribute() | ast.Name():
            pass  # handed on from where it is made
        case ast.IfExp(body=one, orelse=other):
            yield from exception_keys(one, source)
            yield from exception_keys(other, source)
        case ast.BoolOp(values=values):
            for one in values:
                yield from exception_keys(one, source)
        case _:
            yield value_of(key, source.module)


def issue_keys(key: ast.expr, source: Source) -> Iterator[str]:
    """Yield the keys that the repair of a place can have."""
    match key:
        case ast.IfExp(body=ast.Name(id="key")):
            yield from car_keys(source)
        case ast.IfExp(body=one, orelse=other):
            yield from issue_keys(one, source)
            yield from issue_keys(other, source)
        case ast.Attribute(attr="read_problem"):
            yield from (item.value for item in READING_PROBLEMS)
        case ast.Name(id="lacks"):
            yield from returned("_lacks", source)
        case ast.Attribute(attr="value"):
            yield from (item.value for item in APPLICATION_PROBLEMS)
        case ast.Call(func=ast.Name(id="account_repair")):
            kind = ERROR_TYPES[ACCOUNT]
            yield from (str(row.repair) for row in (kind.row, *kind.codes.values()))
        case ast.Subscript(value=ast.Name(id=table)):
            yield from members(table, source)
        case _:
            yield value_of(key, source.module)


def car_keys(source: Source) -> Iterator[str]:
    """Yield the keys of a car's repairs, also in words without a link."""
    for call, _ in calls(source.tree):
        if isinstance(call.func, ast.Name) and call.func.id == "issue":
            for name in issue_keys(call.args[1], source):
                yield name
                if name in WITH_LINK:
                    yield f"{name}_without_link"


def returned(name: str, source: Source) -> set[str]:
    """Return the texts that a method of a file can return."""
    return {
        text
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef) and node.name == name
        for item in ast.walk(node)
        if isinstance(item, ast.Return) and item.value
        for text in constants(item.value)
    }


def members(table: str, source: Source) -> list[str]:
    """Return all texts of a constant table."""
    found: dict[str, str] = getattr(source.module, table)
    return list(found.values())


def names(
    filled: ast.expr | None, source: Source, function: Function | None
) -> set[str]:
    """Return the placeholders that an expression fills with something."""
    match filled:
        case None | ast.Attribute(attr="translation_placeholders"):
            return set()
        case ast.Name(id=name) if function is not None:
            return next(
                names(node.value, source, function)
                for node in ast.walk(function)
                if isinstance(node, ast.Assign) and name_of(node.targets[0]) == name
            )
        case ast.Dict(keys=keys, values=values):
            return {
                value_of(key, source.module)
                for key, value in zip(keys, values, strict=True)
                if key and not (isinstance(value, ast.Constant) and value.value == "")
            }
        case ast.Call(func=ast.Name(id="fit"), args=[placeholders]):
            return names(placeholders, source, function)
        case ast.Call(func=ast.Name(id=called)):
            return names(answer_of(called), source, function)
    return set()


def answer_of(function: str) -> ast.expr | None:
    """Return what a function of the integration returns."""
    return next(
        item.value
        for node in (node for file in sources() for node in file.tree.body)
        if isinstance(node, ast.FunctionDef) and node.name == function
        for item in node.body
        if isinstance(item, ast.Return)
    )


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


# What the flow of a repair finds out when it is opened.
BY_FLOW = {"taken_over": {"findings"}}


def test_texts_name_only_what_the_code_gives() -> None:
    """A placeholder that nobody fills would be shown with its braces."""
    wrong = [
        f"{use.where}: {use.key} lacks {sorted(missing)}"
        for use in uses()
        if (missing := named_in(use) - use.given - BY_FLOW.get(use.key, set()))
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
