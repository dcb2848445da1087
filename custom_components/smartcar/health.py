"""How requests to Smartcar end: credentials, silence, outages, the application.

One for each entry; all that ask Smartcar record here.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util

from .api import (
    APPLICATION_PROBLEMS,
    ApiError,
    AuthenticationError,
    Problem,
    SmartcarError,
)
from .const import DASHBOARD
from .issues import Issue, IssueBoard
from .stored import Stored

# What was asked for, besides the car of an id.
CONNECTIONS: Final = "connections"
WEBHOOK: Final = "webhook"

APPLICATION: Final = "application"
# Without any answer of Smartcar's for so long, nothing shown is worth showing.
SILENCE: Final = timedelta(hours=24)


def is_answer(error: SmartcarError | None) -> bool:
    """Return whether a request that ended like this has reached a working Smartcar."""
    return error is None or (
        isinstance(error, ApiError) and error.status < HTTPStatus.INTERNAL_SERVER_ERROR
    )


class ApiHealth:
    """The outcomes of an entry's requests.

    `outcomes` counts them. `is_outage_logged`: whether the log says that Smartcar
    does not answer. `is_set_up`: until then Home Assistant asks for new
    credentials by itself.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        stored: Stored,
        issues: IssueBoard,
        changed: Callable[[], None],
    ) -> None:
        """Start healthy; `changed` is called when availability may differ."""
        self._hass = hass
        self._entry = entry
        self._stored = stored
        self._issues = issues
        self._changed = changed
        self._problems: dict[str, Problem | None] = {}
        self._was_silent = False
        self._is_closed = False
        self.outcomes: Counter[str] = Counter()
        self.credentials_refused = False
        self.is_outage_logged = False
        self.is_set_up = True

    @property
    def is_silent(self) -> bool:
        """Return whether Smartcar itself has answered nothing for a day.

        With polling disabled, no answers are expected.
        """
        if self._entry.pref_disable_polling:
            return False
        answered = self._stored.answered_at
        return answered is None or dt_util.utcnow() - answered >= SILENCE

    @property
    def is_good(self) -> bool:
        """Return whether values that depend on requests may be shown."""
        return not (self.credentials_refused or self.is_silent)

    def has_problem(self, scope: str) -> bool:
        """Return whether a request of a scope ran into a problem of the application."""
        return self._problems.get(scope) in APPLICATION_PROBLEMS

    @callback
    def record(self, error: SmartcarError | None, scope: str = CONNECTIONS) -> None:
        """Record the outcome of a request and update credentials and repairs.

        `scope`: what was asked for, one of the above or the id of a car; the next
        success of the same scope takes back what it said. Ignored after unload.
        """
        if self._is_closed:
            return
        self.outcomes[error.key if error else "ok"] += 1
        refused = isinstance(error, AuthenticationError)
        if refused and scope == WEBHOOK:
            # Cars are read without the webhook: other requests judge credentials.
            return
        if refused != self.credentials_refused and (refused or error is None):
            self.credentials_refused = refused
            self._changed()
            self._follow_credentials()
        if error is None or isinstance(error, ApiError):
            self._problems[scope] = error.problem if error else None
            self._issues.show(APPLICATION, tuple(self._application_issues()))
        if is_answer(error):
            self.is_outage_logged = False
            self._stored.answered_at = dt_util.utcnow()
        self.follow_silence()

    @callback
    def record_delivery(self) -> None:
        """Record that Smartcar has sent news."""
        self._stored.answered_at = dt_util.utcnow()

    @callback
    def follow_silence(self) -> None:
        """Let availability follow when Smartcar falls silent, or no longer is."""
        if self.is_silent != self._was_silent:
            self._was_silent = self.is_silent
            self._changed()

    @callback
    def forget(self, scope: str) -> None:
        """Forget the problems of a car that is gone."""
        if self._problems.pop(scope, None) is not None:
            self._issues.show(APPLICATION, tuple(self._application_issues()))

    @callback
    def close(self) -> None:
        """Record nothing more: the entry is unloaded."""
        self._is_closed = True

    def _application_issues(self) -> Iterator[Issue]:
        """Yield the repair about the application as a whole, the worst one."""
        found = set(self._problems.values())
        for problem in APPLICATION_PROBLEMS:
            if problem in found:
                yield Issue(
                    "application",
                    problem.value,
                    {"title": self._entry.title, "link": DASHBOARD},
                    severity=ir.IssueSeverity.ERROR,
                )
                return

    def _follow_credentials(self) -> None:
        """Ask for a new secret, or no longer."""
        if not self.is_set_up:
            return
        if self.credentials_refused:
            self._entry.async_start_reauth(self._hass)
            return
        flows = self._entry.async_get_active_flows(self._hass, {SOURCE_REAUTH})
        for flow in tuple(flows):
            self._hass.config_entries.flow.async_abort(flow["flow_id"])
