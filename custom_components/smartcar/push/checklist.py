"""What push needs, line by line, how much of it is there, and what to do next.

The lines themselves are translated text; from here come marks, counts and names.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from .address import CallbackUrl
from .log import PushLog
from .recommended import BASIC, DIARY, EXTRA
from .subscriptions import PushReport

MARKS: Final[Mapping[bool | None, str]] = {True: "✓", False: "✗", None: "?"}

# Stands for no name.
NOTHING_LACKS: Final = "0"

# What is next when all is done, and when our webhook calls another address.
NOTHING: Final = "nothing"
MOVED: Final = "moved"
# In the order in which a person gets on: the first line that is not done decides.
STEPS: Final = (
    "address",
    "asked",
    "webhook",
    "enabled",
    "signals",
    "signed",
    "verified",
    "attached",
    "delivered",
    "flowing",
)


@dataclass(frozen=True, slots=True)
class Checklist:
    """Each line is done, not done, or cannot be told (`None`).

    `chosen` signals are in the webhook; they cover `covered` of the `known`
    ones, `basic` of those recommended for every plan and `extra` of those for paid
    plans. `subscribed` of `cars` cars are attached to it. `moved` is whether
    our webhook calls another address. `diary_lacks`: names of the signals for trips and
    charges that the cars have, or may have, and the webhook lacks.
    """

    address: bool
    asked: bool | None
    webhook: bool | None
    enabled: bool | None
    signals: bool | None
    attached: bool | None
    verified: bool | None
    signed: bool | None
    delivered: bool
    flowing: bool | None
    chosen: int
    covered: int
    known: int
    basic: int
    extra: int
    subscribed: int
    cars: int
    moved: bool = False
    diary_lacks: tuple[str, ...] = ()

    @property
    def next_step(self) -> str:
        """Name the first line that is not done, `moved` or `nothing`.

        A delivery proves the verification.
        """
        for name in STEPS:
            if getattr(self, name) is False and not (
                name == "verified" and self.delivered
            ):
                return MOVED if name == "webhook" and self.moved else name
        return NOTHING

    def placeholders(self) -> dict[str, str]:
        """Return the marks and counts that the translated lines name."""
        marks = {name: MARKS[getattr(self, name)] for name in STEPS}
        counts = {
            "basic": self.basic,
            "basic_all": len(BASIC),
            "extra": self.extra,
            "extra_all": len(EXTRA),
            "subscribed": self.subscribed,
            "cars": self.cars,
        }
        is_chosen = self.webhook and self.signals
        diary = MARKS[not self.diary_lacks if is_chosen else None]
        lacking = ", ".join(self.diary_lacks) if is_chosen else ""
        return (
            marks
            | {name: str(count) for name, count in counts.items()}
            | {"diary": diary, "lacking": lacking or NOTHING_LACKS}
        )


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
    cars are known to have. `flowing`: whether deliveries come as usual.
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
        verified=True if log.verified_at else None if log.was_asked else False,
        signed=False if log.wrong else was_called or None,
        delivered=log.delivered_at is not None,
        flowing=flowing,
        chosen=len(report.codes),
        covered=len(report.codes & frozenset(known)),
        known=len(known),
        basic=len(report.codes & BASIC),
        extra=len(report.codes & EXTRA),
        subscribed=len(attached),
        cars=len(cars),
        moved=report.moved is not None,
        diary_lacks=tuple(
            name
            for code, name in DIARY.items()
            if code not in report.codes and (not known or code in known)
        ),
    )
