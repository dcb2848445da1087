"""The repairs of an entry: who says which should stand, and the board that shows them.

Each owner of a condition yields the repairs that should stand now; the board
compares them with those it showed last. An issue's id names its entry.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import DOMAIN
from .markdown import escaped

# Home Assistant shows a longer title over itself.
LONGEST_CAR: Final = 30


class Issue(NamedTuple):
    """One repair that should stand now.

    `kind`, `vehicle_id` and `about` make its id, `key` names its texts.
    `by_read`: whether a read of the car may settle it. `data`: what its fix flow
    needs to know besides the entry and the car, if it has one. `is_fixable`:
    whether it has a flow.
    """

    kind: str
    key: str
    placeholders: Mapping[str, str]
    vehicle_id: str = ""
    about: str = ""
    severity: ir.IssueSeverity = ir.IssueSeverity.WARNING
    by_read: bool = False
    data: Mapping[str, str] = MappingProxyType({})
    is_fixable: bool = True


class IssueBoard:
    """Shows the repairs of an entry that should stand, and clears all others."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        """Show nothing yet; what an earlier run has left is cleared when due."""
        self._hass = hass
        self._entry_id = entry.entry_id
        self._shown: dict[str, tuple[Issue, ...]] = {}
        self._is_closed = False

    @callback
    def show(self, scope: str, issues: Collection[Issue]) -> None:
        """Show the repairs of a scope: a car's id, or a subject of the entry."""
        issues = tuple(issues)
        before = self._shown.get(scope)
        if issues == before or self._is_closed:
            return
        self._shown[scope] = issues
        known = {self._id(issue): issue for issue in before or ()}
        standing = known.keys() if before is not None else self._left(scope)
        wanted = {self._id(issue): issue for issue in issues}
        for issue_id in standing - wanted.keys():
            ir.async_delete_issue(self._hass, DOMAIN, issue_id)
        for issue_id, issue in wanted.items():
            if issue != known.get(issue_id):
                self._raise(scope, issue_id, issue)

    @callback
    def close(self) -> None:
        """Show and clear nothing more: the entry is unloaded, its repairs stay."""
        self._is_closed = True

    def needs_read(self, scope: str) -> bool:
        """Return whether a repair stands that a read may settle."""
        return any(issue.by_read for issue in self._shown.get(scope, ()))

    def _id(self, issue: Issue) -> str:
        parts = (issue.kind, self._entry_id, issue.vehicle_id, issue.about)
        return "_".join(filter(None, parts))

    def _left(self, scope: str) -> set[str]:
        """Return the ids of a scope's repairs that the run before has shown."""
        return {
            issue.issue_id
            for issue in ir.async_get(self._hass).issues.values()
            if issue.domain == DOMAIN
            and issue.data is not None
            and issue.data.get("entry_id") == self._entry_id
            and issue.data.get("scope") == scope
        }

    def _raise(self, scope: str, issue_id: str, issue: Issue) -> None:
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            issue_id,
            is_fixable=issue.is_fixable,
            severity=issue.severity,
            translation_key=issue.key,
            translation_placeholders=fit(issue.placeholders),
            data={"entry_id": self._entry_id, "scope": scope, **issue.data},
        )


def fit(placeholders: Mapping[str, str]) -> dict[str, str]:
    """Return what texts and titles may name; they are Markdown, only `link` is one."""
    return {name: _fit(name, value) for name, value in placeholders.items()}


def _fit(name: str, value: str) -> str:
    if name == "link":
        return value
    if name == "car" and len(value) > LONGEST_CAR:
        value = f"{value[: LONGEST_CAR - 1]}…"
    return escaped(value)


@callback
def async_raise_same_application(
    hass: HomeAssistant, entry_id: str, title: str, other: str
) -> None:
    """Say that an entry is for an application that another one has already."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        f"same_application_{entry_id}",
        is_fixable=False,
        is_persistent=True,
        severity=ir.IssueSeverity.ERROR,
        translation_key="same_application",
        translation_placeholders=fit({"title": title, "other": other}),
    )


@callback
def async_raise_taken_over(
    hass: HomeAssistant, entry_id: str, title: str, found: Mapping[str, str]
) -> None:
    """Say that an entry goes on here; `found` is what a person should look at."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        f"taken_over_{entry_id}",
        is_fixable=True,
        is_persistent=True,
        severity=ir.IssueSeverity.WARNING,
        translation_key="taken_over",
        translation_placeholders=fit({"title": title}),
        data={"entry_id": entry_id, **found},
    )


@callback
def async_show_mixed_folder(hass: HomeAssistant, *, is_mixed: bool) -> None:
    """Say that files of another integration lie among ours, as long as they do."""
    if not is_mixed:
        ir.async_delete_issue(hass, DOMAIN, "mixed_folder")
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        "mixed_folder",
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key="mixed_folder",
    )


@callback
def async_clear_all(hass: HomeAssistant, entry_id: str, vehicle_id: str = "") -> None:
    """Clear every repair of an entry, or of one of its cars, that goes."""
    for domain, issue_id in tuple(ir.async_get(hass).issues):
        if domain == DOMAIN and entry_id in issue_id and vehicle_id in issue_id:
            ir.async_delete_issue(hass, DOMAIN, issue_id)
