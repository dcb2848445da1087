"""What push needs, line by line, and how much of it is there.

The lines themselves are translated text; from here come marks and counts only.
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Final

from .push_log import PushLog
from .subscriptions import PushReport
from .webhook import CallbackUrl

MARKS: Final[Mapping[bool | None, str]] = {True: "✓", False: "✗", None: "?"}


@dataclass(frozen=True, slots=True)
class Checklist:
    """Each line is done, not done, or cannot be told (`None`).

    `chosen` signals are in the webhook; they cover `covered` of the `known`
    ones. `subscribed` of `cars` cars are attached to it.
    """

    address: bool
    asked: bool | None
    webhook: bool | None
    enabled: bool | None
    signals: bool | None
    attached: bool | None
    verified: bool
    signed: bool | None
    delivered: bool
    flowing: bool | None
    chosen: int
    covered: int
    known: int
    subscribed: int
    cars: int

    def placeholders(self) -> dict[str, str]:
        """Return the marks and counts that the translated lines name."""
        return {
            name: str(value) if _count(value) else MARKS[value]
            for name, value in asdict(self).items()
        }


def _count(value: object) -> bool:
    return type(value) is int


def check(
    callback: CallbackUrl,
    report: PushReport,
    log: PushLog,
    *,
    cars: Collection[str],
    known: Collection[str],
    flowing: bool | None = None,
) -> Checklist:
    """Compare what push needs with what is there.

    `cars` are the vehicle ids that should be attached, `known` the signals the
    cars are known to have. `flowing`: whether deliveries come as they use to.
    """
    hook = report.webhook
    was_asked = callback.url is not None
    is_known = was_asked and report.failure is None
    attached = report.subscribed & frozenset(cars)
    was_called = log.verified_at is not None or log.delivered_at is not None
    return Checklist(
        address=was_asked,
        asked=report.failure is None if was_asked else None,
        webhook=hook is not None if hook or is_known else None,
        enabled=hook.is_enabled if hook else None,
        signals=bool(hook.data and hook.triggers) if hook else None,
        attached=len(attached) == len(cars) if hook else None,
        verified=log.verified_at is not None,
        signed=False if log.wrong else was_called or None,
        delivered=log.delivered_at is not None,
        flowing=flowing,
        chosen=len(report.codes),
        covered=len(report.codes & frozenset(known)),
        known=len(known),
        subscribed=len(attached),
        cars=len(cars),
    )
