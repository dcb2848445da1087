"""What cars and their makers tell wrongly, as a table of traits.

A trait changes what a store tells of one reading, in answers and in deliveries
alike. The car itself stays as it is: its fields are the truth. Traits go together;
they work in the order of the table. Whether one of the now-and-then kind shows is
drawn from the car's seed and the number of the reading, so a life repeats itself.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from simulator.errors import SIGNED_OUT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from simulator.car import Car
    from simulator.errors import Value
    from simulator.store import Stored

ODOMETER = "odometer-traveleddistance"
LEVEL = "tractionbattery-stateofcharge"
RANGE = "tractionbattery-range"
FUEL = "internalcombustionengine-fuellevel"
FUEL_RANGE = "internalcombustionengine-range"
ENERGY = "charge-energyadded"
CHARGING = "charge-ischarging"
CABLE = "charge-ischargingcableconnected"
STATUS = "charge-detailedchargingstatus"
MINUTES = "charge-timetocomplete"
LIMITS = "charge-chargelimits"
LOCATION = "location-preciselocation"
TIRES = "wheel-tires"

TELLS_OF_CHARGING = (
    *(CHARGING, CABLE, STATUS, MINUTES),
    *("charge-wattage", "charge-amperage", "charge-chargerate"),
)
"""Codes whose last values outlive a charge that only one witness ends."""

WORDS = (
    "charge-chargingconnectortype",
    "charge-fastchargertype",
    "charge-chargeportstatuscolor",
)
"""Codes that say ``<invalid>`` in place of nothing."""

OLDER_BY = 800.0
"""Kilometres by which an old odometer reading is behind."""

TREMBLES_BY = 0.4
"""Kilometres by which an odometer falls and rises again, at most."""

AHEAD = timedelta(minutes=1)
"""How much newer the maker dates a charge's power than the charge's end."""

FAR_FUTURE = datetime(2099, 1, 1, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
YEAR_1 = datetime(1, 1, 1, tzinfo=UTC)

KPA_PER_PSI = 6.894757293
KPA_PER_BAR = 100.0


@dataclass
class Telling:
    """One reading on its way to be told; a trait changes ``signals``."""

    car: Car
    when: datetime
    """Of the reading."""
    number: int
    """How many readings the store took before."""
    newest_login: bool
    """Whether no other owner connected the car later."""
    signals: dict[str, Stored]
    memory: dict[str, Any] = field(default_factory=dict)
    """What the trait noted at earlier readings."""
    chance: Random = field(default_factory=Random)
    """Repeats itself for the same car, trait and number."""

    def success(self) -> Iterator[tuple[str, Stored]]:
        """Yield the codes that have a value, with what is stored."""
        for code, stored in tuple(self.signals.items()):
            if stored.status == "SUCCESS" and stored.has_body:
                yield code, stored

    def say(self, code: str, **fields: Value) -> None:
        """Change fields of a body, where there is a value."""
        stored = self.signals.get(code)
        if stored is not None and stored.status == "SUCCESS" and stored.has_body:
            body = {**stored.body, **fields}
            self.signals[code] = replace(stored, body=body)

    def happens(self, share: float) -> bool:
        """Draw whether something shows that shows now and then."""
        return self.chance.random() < share


type Tell = Callable[[Telling], None]


@dataclass(frozen=True)
class Trait:
    """One way of telling something else than the truth."""

    topic: str
    text: str
    """What a person would notice, in plain words."""
    tell: Tell


# The odometer.


def _odometer_zero(telling: Telling) -> None:
    if not telling.car.driving:
        telling.say(ODOMETER, value=0)


def _odometer_old(telling: Telling) -> None:
    then = telling.memory.setdefault("km", round(telling.car.odometer - OLDER_BY, 1))
    if not telling.car.driving:
        telling.say(ODOMETER, value=then)


def _odometer_trembles(telling: Telling) -> None:
    if not telling.car.driving:
        less = telling.chance.uniform(0, TREMBLES_BY)
        telling.say(ODOMETER, value=telling.car.odometer - less)


# Charging.


def _energy_blinks(telling: Telling) -> None:
    if telling.car.plugged_in and telling.happens(0.5):
        telling.say(ENERGY, value=0)


def _cable_blinks(telling: Telling) -> None:
    if telling.car.plugged_in and telling.happens(0.25):
        telling.say(CABLE, value=False)


def _ends_by(
    witness: str, value: Value, *, ahead: timedelta = timedelta(), cable: bool = False
) -> Tell:
    """Make a trait that tells the end of a charge by one signal only.

    What the others said last stays, asked for as the witness is, and dated
    ``ahead`` of it. ``cable`` means charges that end by pulling the cable.
    """

    def tell(telling: Telling) -> None:
        car, memory, signals = telling.car, telling.memory, telling.signals
        if car.charging:
            memory.update({code: signals.get(code) for code in TELLS_OF_CHARGING})
        elif cable and car.plugged_in:
            memory.clear()
        told = signals.get(witness)
        if car.charging or not memory or told is None:
            return
        telling.say(witness, value=value)
        for code in TELLS_OF_CHARGING:
            last = memory[code]
            if code == witness or last is None or code not in signals:
                continue
            measured = last.oem_updated_at
            if ahead and told.oem_updated_at and told.retrieved_at:
                measured = min(told.oem_updated_at + ahead, told.retrieved_at)
            signals[code] = replace(
                last,
                oem_updated_at=measured,
                retrieved_at=told.retrieved_at,
                ingested_at=told.ingested_at,
            )

    return tell


def _steps_of(minutes: int) -> Tell:
    def tell(telling: Telling) -> None:
        left = telling.car.minutes_to_full
        telling.say(MINUTES, value=round(left / minutes) * minutes)

    return tell


# Times.


def _time_missing(telling: Telling) -> None:
    for code, stored in telling.success():
        if telling.happens(0.5):
            telling.signals[code] = replace(stored, oem_updated_at=None)


def _time_is(when: datetime, share: float) -> Tell:
    """Make a trait that dates whole readings wrongly."""

    def tell(telling: Telling) -> None:
        if telling.happens(share):
            for code, stored in telling.success():
                telling.signals[code] = replace(stored, oem_updated_at=when)

    return tell


# Places and zeros.


def _place(**fields: float) -> Tell:
    def tell(telling: Telling) -> None:
        if telling.happens(0.4):
            telling.say(LOCATION, **fields)

    return tell


def _zeros(share: float, *codes: str) -> Tell:
    def tell(telling: Telling) -> None:
        if telling.happens(share):
            for code in codes:
                telling.say(code, value=0)

    return tell


# Forms.


def _no_units(telling: Telling) -> None:
    for code, stored in telling.success():
        body = {name: part for name, part in stored.body.items() if name != "unit"}
        telling.signals[code] = replace(stored, body=body)


def _tires_in(kpa: float) -> Tell:
    """Make a trait that tells pressures in a unit that it does not name."""

    def tell(telling: Telling) -> None:
        stored = telling.signals.get(TIRES)
        if stored is None or not stored.has_body:
            return
        body = {name: part for name, part in stored.body.items() if name != "unit"}
        body["values"] = [
            {**tire, "tirePressure": round(tire["tirePressure"] / kpa, 2)}
            for tire in body["values"]
        ]
        telling.signals[TIRES] = replace(stored, body=body)

    return tell


def _limit_null(telling: Telling) -> None:
    limit = {"type": "GLOBAL", "limit": telling.car.charge_limit, "condition": None}
    telling.say(LIMITS, values=[limit], activeLimit=None)


def _invalid_words(telling: Telling) -> None:
    if telling.car.plugged_in:
        return
    for code in WORDS:
        stored = telling.signals.get(code)
        if stored is not None and stored.has_body:
            telling.signals[code] = replace(
                stored, status="SUCCESS", error=None, body={"value": "<invalid>"}
            )


# Errors and logins.


def _error_without_reason(telling: Telling) -> None:
    for code, stored in telling.success():
        telling.signals[code] = replace(stored, status="ERROR")


def _frozen(telling: Telling, ago: timedelta) -> None:
    """Tell for ever what was stored at first, dated some time before."""
    for code, stored in telling.success():
        told = telling.memory.setdefault(
            code, replace(stored, oem_updated_at=telling.when - ago)
        )
        telling.signals[code] = replace(
            told, retrieved_at=stored.retrieved_at, ingested_at=stored.ingested_at
        )


def _error_login(telling: Telling) -> None:
    _frozen(telling, timedelta(hours=3))
    for code, stored in telling.success():
        telling.signals[code] = replace(stored, status="ERROR", error=SIGNED_OUT)


def _login_empty(telling: Telling) -> None:
    if telling.newest_login:
        telling.signals.clear()


def _login_old(telling: Telling) -> None:
    if telling.newest_login:
        _frozen(telling, timedelta(days=9))


TRAITS: Mapping[str, Trait] = MappingProxyType(
    {
        "odometer_zero": Trait("Odometer", "0 while parked", _odometer_zero),
        "odometer_old": Trait(
            "Odometer", "an old reading while parked, 800 km behind", _odometer_old
        ),
        "odometer_trembles": Trait(
            "Odometer", "trembles by less than 1 km while parked", _odometer_trembles
        ),
        "energy_blinks": Trait(
            "Charging", "energy added jumps to 0 and back", _energy_blinks
        ),
        "cable_blinks": Trait("Charging", "cable out and in again", _cable_blinks),
        "ends_by_flag": Trait(
            "Charging",
            "only “is charging” tells the end; the power stays",
            _ends_by(CHARGING, value=False, ahead=AHEAD),
        ),
        "ends_by_cable": Trait(
            "Charging",
            "unplugged while charging: only the cable tells",
            _ends_by(CABLE, value=False, cable=True),
        ),
        "ends_by_not_charging": Trait(
            "Charging",
            "only NOT_CHARGING tells the end",
            _ends_by(STATUS, "NOT_CHARGING"),
        ),
        "ends_by_full": Trait(
            "Charging",
            "only FULLY_CHARGED tells the end",
            _ends_by(STATUS, "FULLY_CHARGED"),
        ),
        "minutes_by_5": Trait("Charging", "minutes left in steps of 5", _steps_of(5)),
        "minutes_by_10": Trait(
            "Charging", "minutes left in steps of 10", _steps_of(10)
        ),
        "place_zero": Trait(
            "Place and zeros",
            "position 0/0 now and then",
            _place(latitude=0, longitude=0),
        ),
        "latitude_zero": Trait(
            "Place and zeros", "latitude 0 now and then", _place(latitude=0)
        ),
        "range_zero": Trait(
            "Place and zeros",
            "range 0 though battery or tank are not empty",
            _zeros(0.4, RANGE, FUEL_RANGE),
        ),
        "all_zero": Trait(
            "Place and zeros",
            "level, range and odometer all 0 now and then",
            _zeros(0.3, LEVEL, RANGE, FUEL, FUEL_RANGE, ODOMETER),
        ),
        "no_units": Trait("Form", "no unit beside any number", _no_units),
        "tires_psi": Trait(
            "Form", "tire pressures in psi, unit missing", _tires_in(KPA_PER_PSI)
        ),
        "tires_bar": Trait(
            "Form", "tire pressures in bar, unit missing", _tires_in(KPA_PER_BAR)
        ),
        "limit_null": Trait("Form", "charge limit in the list only", _limit_null),
        "invalid_words": Trait(
            "Form", "“<invalid>” where nothing is plugged in", _invalid_words
        ),
        "time_missing": Trait(
            "Times", "half of the values without the car's time", _time_missing
        ),
        "time_future": Trait(
            "Times", "now and then dated 2099", _time_is(FAR_FUTURE, 0.1)
        ),
        "time_1970": Trait("Times", "now and then dated 1970", _time_is(EPOCH, 0.5)),
        "time_year_1": Trait(
            "Times", "now and then dated year 1", _time_is(YEAR_1, 0.5)
        ),
        "error_without_reason": Trait(
            "Errors and logins",
            "good values, each with status ERROR and no reason",
            _error_without_reason,
        ),
        "error_login": Trait(
            "Errors and logins",
            "values three hours old beside “sign in again”",
            _error_login,
        ),
        "login_old": Trait(
            "Errors and logins",
            "the newest login gets values nine days old",
            _login_old,
        ),
        "login_empty": Trait(
            "Errors and logins", "the newest login gets nothing at all", _login_empty
        ),
    }
)
"""Every trait by its name, in the order in which they work."""


def check_names(*names: str) -> None:
    """Raise ValueError for a trait that does not exist."""
    if strange := sorted(set(names) - TRAITS.keys()):
        raise ValueError(f"no such traits: {', '.join(strange)}")


class Teller:
    """Tells one store's readings as the car's traits have it."""

    def __init__(self, car: Car) -> None:
        """Begin without a memory of earlier readings."""
        self.car = car
        self.newest_login = True
        self._memories: dict[str, dict[str, Any]] = {}
        self._readings = 0

    def tell(
        self,
        true: Mapping[str, Stored],
        before: Mapping[str, Stored],
        *,
        when: datetime,
        heard: datetime,
    ) -> dict[str, Stored]:
        """Return what is told in place of the truth.

        ``before`` is what was told last; what is told again is dated ``heard``.
        """
        traits = self.car.traits
        self._memories = {name: self._memories.get(name, {}) for name in traits}
        telling = Telling(self.car, when, self._readings, self.newest_login, dict(true))
        self._readings += 1
        for name, trait in TRAITS.items():
            if name in traits:
                telling.memory = self._memories[name]
                # The same for all logins, which read the same car.
                telling.chance = Random(f"{self.car.seed}/{name}/{telling.number}")  # noqa: S311 - repeatable, not secret
                trait.tell(telling)
        return {
            code: _dated(stored, true[code], before.get(code), heard)
            for code, stored in telling.signals.items()
        }


def _dated(
    told: Stored, true: Stored, before: Stored | None, heard: datetime
) -> Stored:
    """Date a lie, and the truth after it, like any other news.

    What a trait has dated keeps that date.
    """
    measured = told.oem_updated_at
    if before is None or measured is None or measured != true.oem_updated_at:
        return told
    if told.body != before.body:
        measured = max(measured, heard)
    elif before.oem_updated_at and before.oem_updated_at <= heard:
        measured = max(measured, before.oem_updated_at)
    if measured == told.oem_updated_at:
        return told
    asked = told.retrieved_at
    return replace(
        told,
        oem_updated_at=measured,
        retrieved_at=None if asked is None else max(asked, measured),
    )
