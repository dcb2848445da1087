"""Smartcar's resources as typed, frozen objects.

Parsers take decoded JSON of any shape and answer `None` for what does not have
the documented one: nothing that comes over the wire may raise here. Shapes:
Smartcar's API reference for v3 (connections, vehicles, signals, commands,
webhooks and subscriptions).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple, Self, override

from .gate import (
    FIRST_YEAR,
    LAST_YEAR,
    Json,
    body,
    code,
    codes,
    identifier,
    items,
    label,
    mapping,
    name,
    parse_time,
    parse_times,
    visible,
    whole,
    word,
)

STATUS_SUCCESS: Final = "SUCCESS"
STATUS_ERROR: Final = "ERROR"


def related_id(resource: Json, name: str) -> str | None:
    """Return the id of a relationship; the documents' `type` there is unreliable."""
    relationship = mapping(mapping(resource.get("relationships")).get(name))
    return identifier(mapping(relationship.get("data")).get("id"))


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A car as Smartcar knows it. `mode` is `live` or `simulated`."""

    id: str = field(repr=False)
    make: str
    model: str
    year: int | None
    powertrain: str | None
    mode: str

    @classmethod
    def parse(cls, vehicle_id: object, attributes: object) -> Self | None:
        """Read a vehicle's id and its attributes."""
        if (id_ := identifier(vehicle_id)) is None:
            return None
        values = mapping(attributes)
        return cls(
            id=id_,
            make=_tidy_make(label(values.get("make"))),
            model=label(values.get("model")),
            year=whole(values.get("year"), FIRST_YEAR, LAST_YEAR),
            powertrain=word(values.get("powertrainType")),
            mode=word(values.get("mode")) or "live",
        )

    @property
    def name(self) -> str:
        """Make and model as a person says them; empty if neither is told."""
        return f"{self.make} {self.model}".strip()


def _tidy_make(make: str) -> str:
    """Write VOLKSWAGEN as Volkswagen, and leave BMW and mixed case alone."""
    longest_acronym = 3
    if not make.isupper() or len(make) <= longest_acronym:
        return make
    return make.title()


@dataclass(frozen=True, slots=True)
class Connection:
    """One user's grant for one vehicle."""

    id: str = field(repr=False)
    user_id: str = field(repr=False)
    vehicle: Vehicle
    permissions: frozenset[str]
    updated_at: datetime | None

    @property
    def revision(self) -> str:
        """Identify this version of the grant; it changes when the owner reconnects."""
        return f"{self.id} {self.updated_at}"

    @classmethod
    def parse(cls, resource: object) -> Self | None:
        """Read one item of `GET /connections`."""
        item = mapping(resource)
        attributes = mapping(item.get("attributes"))
        user = mapping(attributes.get("user"))
        vehicle = Vehicle.parse(related_id(item, "vehicle"), attributes.get("vehicle"))
        id_ = identifier(item.get("id"))
        user_id = related_id(item, "user") or identifier(user.get("id"))
        if vehicle is None or id_ is None or user_id is None:
            return None
        permissions = map(word, items(attributes.get("permissions")))
        meta = mapping(item.get("meta"))
        return cls(
            id=id_,
            user_id=user_id,
            vehicle=vehicle,
            permissions=frozenset(filter(None, permissions)),
            updated_at=parse_time(meta.get("updatedAt"))
            or parse_time(meta.get("createdAt")),
        )


@dataclass(frozen=True, slots=True)
class SignalError:
    """Why a signal has no good value."""

    type: str
    code: str | None = None


class Signal(NamedTuple):
    """One data point of one car, from a read or from a webhook.

    `body` keeps Smartcar's documented form (`{"value": 64, "unit": "percent"}`
    and its relatives). Beside an error it is what the car told before, with the
    car's time of then; some makes answer nearly everything like that.
    `oem_updated_at`: when the car maker last heard it from the car;
    `retrieved_at`: when Smartcar asked the car maker; `ingested_at`: when
    Smartcar's store wrote it (reads only). `is_spoiled`: whether there was a body
    that cannot be kept.

    A tuple, for they come by the hundred and a frozen dataclass costs thrice.
    """

    code: str
    status: str
    body: Json | None
    error: SignalError | None = None
    oem_updated_at: datetime | None = None
    retrieved_at: datetime | None = None
    ingested_at: datetime | None = None
    is_spoiled: bool = False

    @override
    def __repr__(self) -> str:
        """Name the signal without its body, which may be a position."""
        return f"Signal({self.code!r}, {self.status!r}, error={self.error!r})"

    @property
    def is_good(self) -> bool:
        """Return whether it brought a value with success."""
        return self.error is None and self.body is not None

    @classmethod
    def parse(cls, resource: object) -> Self | None:
        """Read a signal in its REST form or its webhook form."""
        item = mapping(resource)
        # REST nests what webhooks put on the signal itself.
        content = mapping(item.get("attributes")) or item
        code_ = code(content.get("code")) or code(item.get("id"))
        if code_ is None:
            return None
        value, error, status = STATUS_SUCCESS, None, content.get("status")
        if status != _GOOD and (value := _status(mapping(status))) != STATUS_SUCCESS:
            error = _signal_error(mapping(status).get("error"))
        raw = content.get("body")
        told = body(raw)
        meta = mapping(item.get("meta")).get
        oem_updated_at, retrieved_at, fetched_at, ingested_at = parse_times(
            meta("oemUpdatedAt"),
            meta("retrievedAt"),
            # One page of the documents calls the webhook's time so.
            meta("fetchedAt"),
            meta("ingestedAt"),
        )
        return cls(
            code_,
            value,
            told if error is None or (told and _tells(told, error)) else None,
            error,
            oem_updated_at,
            retrieved_at or fetched_at,
            ingested_at,
            told is None and isinstance(raw, dict),
        )


# What nearly all signals say.
_GOOD: Final[Json] = {"value": STATUS_SUCCESS}


def _status(status: Json) -> str:
    """Read a signal's status."""
    # Payloads of autumn 2025 left the status out on success.
    told = STATUS_ERROR if status.get("error") else STATUS_SUCCESS
    return _told_status(status) or told


def _told_status(status: Json) -> str | None:
    """Read a status; text that is none is no success, `None` where there is none."""
    value = status.get("value")
    is_odd = isinstance(value, str) and value
    return name(value) or (STATUS_ERROR if is_odd else None)


# These errors say that there is no value, or none any more.
_WITHOUT_VALUE: Final = frozenset({"COMPATIBILITY", "PERMISSION", "VEHICLE_STATE"})


def _tells(body: Json, error: SignalError) -> bool:
    """Return whether a body beside an error says anything of the car."""
    return error.type not in _WITHOUT_VALUE and any(
        value not in (None, "", [], {})
        for leaf, value in body.items()
        if leaf != "unit"
    )


def _signal_error(error: object) -> SignalError:
    """Read a signal's error; a missing one is still an error."""
    values = mapping(error)
    return SignalError(
        type=name(values.get("type")) or "UNKNOWN", code=name(values.get("code"))
    )


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What Smartcar answered to a command that succeeded."""

    status: str | None
    schedule_id: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, answer: object) -> Self:
        """Read a command's or schedule's answer; all of it is optional."""
        attributes = mapping(mapping(mapping(answer).get("data")).get("attributes"))
        return cls(
            status=_told_status(mapping(attributes.get("status"))),
            schedule_id=identifier(attributes.get("scheduleId")),
        )


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook of the application, as made in Smartcar's dashboard.

    `triggers` and `data` are signal codes.
    """

    id: str = field(repr=False)
    name: str
    callback_uri: str = field(repr=False)
    is_enabled: bool
    auto_subscribe: bool
    triggers: tuple[str, ...]
    data: tuple[str, ...]

    @classmethod
    def parse(cls, resource: object) -> Self | None:
        """Read one item of `GET /webhooks`."""
        item = mapping(resource)
        if (id_ := identifier(item.get("id"))) is None:
            return None
        attributes = mapping(item.get("attributes"))
        return cls(
            id=id_,
            name=label(attributes.get("name")),
            callback_uri=visible(attributes.get("callbackUri")) or "",
            is_enabled=attributes.get("isEnabled") is True,
            auto_subscribe=attributes.get("autoSubscribe") is True,
            triggers=_codes(attributes.get("triggers")),
            data=_codes(attributes.get("data")),
        )


def _codes(entries: object) -> tuple[str, ...]:
    """Read a list of `{group, name, code}`."""
    return codes(mapping(entry).get("code") for entry in items(entries))


@dataclass(frozen=True, slots=True)
class Subscription:
    """A vehicle of a user, attached to a webhook."""

    id: str = field(repr=False)
    webhook_id: str | None = field(repr=False)
    user_id: str | None = field(repr=False)
    vehicle_id: str | None = field(repr=False)

    @classmethod
    def parse(cls, resource: object) -> Self | None:
        """Read one item of `GET /subscriptions`."""
        item = mapping(resource)
        if (id_ := identifier(item.get("id"))) is None:
            return None
        return cls(
            id=id_,
            webhook_id=related_id(item, "webhook"),
            user_id=related_id(item, "user"),
            vehicle_id=related_id(item, "vehicle"),
        )


@dataclass(frozen=True, slots=True)
class Listing[Item]:
    """All pages of a list.

    `complete` is false when the pages held fewer readable items than the
    answer's `totalCount`: such a list proves nothing about what is missing.
    """

    items: tuple[Item, ...]
    complete: bool


type Parser[Item] = Callable[[object], Item | None]
