"""One living car: its state, its physics, and what can be done to it.

The car has no task of its own: before it is looked at, call ``live_until`` with
the present life second, and the car catches up in steps that end exactly at its
own turning points (a departure, an arrival, a reached charge limit).
"""

from dataclasses import dataclass, field
import math
from typing import TYPE_CHECKING, Any

from simulator.day import Place, bearing, next_errand, outside_temperature
from simulator.traits import check_names

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from simulator.errors import Json, SignalError, Value

ELECTRIC = ("BEV", "PHEV")
"""Powertrains that plug in."""

BURNING = ("PHEV", "HEV", "ICE")
"""Powertrains with a tank."""

ALL_COMMANDS = frozenset(
    {
        "charge/start",
        "charge/stop",
        "charge/set-limit",
        "charge-port/open",
        "charge-port/close",
        "security/lock",
        "security/unlock",
        "navigation/set-destination",
        "charge-schedules/daily",
        "charge-schedules/weekly",
        "charge-schedules/workweek",
    }
)
"""Every command of the v3 specification, by the end of its path."""

SLEEPS_AFTER = 30 * 60
"""Life seconds of rest after which a living car falls asleep."""

LOCKS_AFTER = 60
"""Life seconds between an arrival and the driver locking the car."""

STEP = 300.0
"""Longest step of a car's life, in life seconds."""

REFUEL_BELOW = 20.0
"""Percent of fuel below which the driver fills up on the way."""

RESERVE = 10.0
"""Percent of charge at which an electric car no longer sets off."""

HOME = Place(52.5200, 13.4050)
WORK = Place(52.5076, 13.3320)
LAKE = Place(52.4306, 13.1744)
"""Where cars live, work and rest, unless their spec says otherwise."""

UNSET: Any = object()
"""Stands for an argument that was not given, where None has a meaning."""


@dataclass(frozen=True)
class CarSpec:
    """What does not change about a car."""

    vehicle_id: str
    vin: str
    make: str
    model: str
    year: int
    powertrain: str
    mode: str = "live"
    nickname: str = "Car"
    trim: str = "Standard"
    colour: str = "Grey"
    firmware: str = "1.0"
    packages: tuple[str, ...] = ()
    home: Place = HOME
    work: Place = WORK
    lake: Place = LAKE
    battery_kwh: float = 0.0
    kwh_per_km: float = 0.18
    tank_litres: float = 0.0
    litres_per_km: float = 0.065
    charger_kw: float = 11.0
    amperes: int = 16
    phases: int = 3
    tyres_kpa: tuple[float, float, float, float] = (251.0, 249.5, 262.0, 261.4)
    """Front left, front right, rear left, rear right."""
    tyre_label: str = "kPa"
    """Unit text sent beside the kPa numbers; some live cars say ``bar``."""
    unit_spelling: Mapping[str, str | None] = field(default_factory=dict)
    """Other spellings of a unit; None leaves the unit out."""
    bare_limits: bool = False
    """Whether charge limits come as ``activeLimit`` only, as some cars send them."""
    bare_vin_times: bool = False
    """Whether the VIN comes with ``ingestedAt`` only, as some cars send it."""


@dataclass(frozen=True)
class Trip:
    """A drive under way, given by its ends so that any moment can be worked out."""

    start: Place
    end: Place
    begins: float
    seconds: float
    kilometres: float
    odometer: float
    state_of_charge: float
    fuel: float
    at_home: bool


@dataclass(frozen=True)
class Override:
    """What a test forces into the store for one code."""

    body: Any = UNSET
    error: SignalError | None = None
    status: str | None = None
    absent: bool = False
    name: str | None = None
    group: str | None = None
    oem_updated_at: datetime | None = UNSET
    retrieved_at: datetime | None = UNSET
    ingested_at: datetime | None = UNSET


@dataclass
class Schedule:
    """A charge schedule, as it was asked for."""

    schedule_id: str
    kind: str
    """``daily``, ``weekly`` or ``workweek``."""
    attributes: Json


@dataclass
class Car:
    """A car with its state; every field may be set by a test at any time."""

    spec: CarSpec
    seed: int = 1
    commands: frozenset[str] = ALL_COMMANDS
    """Commands the car can carry out; any other answers 501."""
    permissions: tuple[str, ...] = ()
    """What an owner of this car can grant."""
    not_capable: frozenset[str] = frozenset()
    """Codes stored as COMPATIBILITY errors."""
    not_stored: frozenset[str] = frozenset()
    """Codes the store never holds."""

    locked: bool = True
    state_of_charge: float = 62.0
    """Percent, 0 to 100."""
    charge_limit: int = 80
    """Percent, 50 to 100."""
    plugged_in: bool = False
    charging: bool = False
    port_open: bool = False
    fast_charger: bool = False
    energy_added: float = 0.0
    """kWh of the present or the last charging session."""
    energy_total: float = 0.0
    """kWh charged since the car's life began; no signal tells it."""
    fuel: float = 58.0
    """Percent, 0 to 100."""
    odometer: float = 18_432.7
    """Kilometres."""
    latitude: float = 0.0
    longitude: float = 0.0
    heading: float = 210.0
    driving: bool = False
    ignition: bool = False
    speed: float = 0.0
    """Kilometres per hour."""
    doors_open: set[tuple[int, int]] = field(default_factory=set)
    """Open doors as (row, column), (0, 0) being front left."""
    windows_open: set[tuple[int, int]] = field(default_factory=set)
    trunk_open: bool = False
    bonnet_open: bool = False
    sunroof_open: bool = False
    outside_temperature: float = 11.5
    """Degrees Celsius."""
    inside_temperature: float = 19.0
    """Degrees Celsius."""
    climate: bool = False
    asleep: bool = False
    online: bool = True
    oil_life: float = 64.0
    """Percent, 0 to 100."""
    low_voltage: float = 88.0
    """Percent of the 12 V battery."""
    alerts: dict[str, str] = field(default_factory=dict)
    """Diagnostics code to description, for every lamp that is on."""
    trouble_codes: list[str] = field(default_factory=list)
    destination: Place | None = None
    schedules: dict[str, Schedule] = field(default_factory=dict)
    refusal: str | None = None
    """A VEHICLE_STATE code with which the car refuses every command."""
    living: bool = True
    """Whether the day's drives happen; see ``hold``."""

    overrides: dict[str, Override] = field(default_factory=dict)
    traits: set[str] = field(default_factory=set)
    """What is told wrongly of it, by names of ``traits.TRAITS``; see ``lie``."""
    trip: Trip | None = None
    life: float | None = None
    """Life second the car has lived to."""
    rest_since: float = 0.0
    lock_at: float | None = None

    def __post_init__(self) -> None:
        """Park at home unless a position was given."""
        if not (self.latitude or self.longitude):
            self.latitude = self.spec.home.latitude
            self.longitude = self.spec.home.longitude

    # What the car is.

    @property
    def vehicle_id(self) -> str:
        """The id Smartcar gives the vehicle."""
        return self.spec.vehicle_id

    @property
    def electric(self) -> bool:
        """Whether the car plugs in."""
        return self.spec.powertrain in ELECTRIC

    @property
    def burning(self) -> bool:
        """Whether the car has a tank."""
        return self.spec.powertrain in BURNING

    @property
    def place(self) -> Place:
        """Where the car is."""
        return Place(self.latitude, self.longitude)

    @property
    def at_home(self) -> bool:
        """Whether the car is within some hundred metres of its home."""
        home = self.spec.home
        return math.isclose(
            self.latitude, home.latitude, abs_tol=0.003
        ) and math.isclose(self.longitude, home.longitude, abs_tol=0.005)

    @property
    def charge_power(self) -> float:
        """Kilowatts flowing into the car now."""
        return self.spec.charger_kw if self.charging else 0.0

    @property
    def fully_charged(self) -> bool:
        """Whether the charge limit is reached."""
        return self.state_of_charge >= self.charge_limit

    @property
    def electric_range(self) -> float:
        """Kilometres left in the traction battery."""
        return self.state_of_charge / 100 * self.spec.battery_kwh / self.spec.kwh_per_km

    @property
    def fuel_range(self) -> float:
        """Kilometres left in the tank."""
        return self.fuel / 100 * self.spec.tank_litres / self.spec.litres_per_km

    @property
    def minutes_to_full(self) -> float:
        """Minutes until the charge limit at the present power."""
        missing = max(0.0, self.charge_limit - self.state_of_charge) / 100
        return missing * self.spec.battery_kwh / self.spec.charger_kw * 60

    @property
    def talks(self) -> bool:
        """Whether the car sends news by itself; one at rest says nothing."""
        return self.driving or self.charging or self.ignition

    # What a test or a person does to it.

    def hold(self) -> None:
        """Stop the daily life: no drive, no plug and no sleep by itself."""
        self.living = False

    def release(self) -> None:
        """Let the daily life go on."""
        self.living = True

    def override(  # noqa: PLR0913 - one keyword for each part of a stored signal
        self,
        code: str,
        *,
        body: Value = UNSET,
        error: SignalError | None = None,
        status: str | None = None,
        absent: bool = False,
        name: str | None = None,
        group: str | None = None,
        oem_updated_at: datetime | None = UNSET,
        retrieved_at: datetime | None = UNSET,
        ingested_at: datetime | None = UNSET,
    ) -> None:
        """Force what the store answers for a code, at once.

        ``body`` alone is a success with that body; ``error`` alone keeps the last
        body beside it, except for COMPATIBILITY, PERMISSION and SERVER, which come
        bare; ``body=None`` sends no body; ``status`` sets ``status.value``. The
        code may be one that does not exist. A time of None leaves that time out.
        """
        self.overrides[code] = Override(
            body=body,
            error=error,
            status=status,
            absent=absent,
            name=name,
            group=group,
            oem_updated_at=oem_updated_at,
            retrieved_at=retrieved_at,
            ingested_at=ingested_at,
        )

    def clear_overrides(self, *codes: str) -> None:
        """Forget the forced answers for these codes, or all of them."""
        for code in codes or tuple(self.overrides):
            self.overrides.pop(code, None)

    def lie(self, *names: str) -> None:
        """Tell some things wrongly from the next reading on; see ``traits``.

        Raises ValueError for a trait that does not exist.
        """
        check_names(*names)
        self.traits.update(names)

    def tell_truth(self, *names: str) -> None:
        """Lose these traits, or all of them."""
        check_names(*names)
        self.traits.difference_update(names or tuple(self.traits))

    def lock(self) -> None:
        """Lock all doors."""
        self.locked = True
        self.lock_at = None
        self._wake()

    def unlock(self) -> None:
        """Unlock all doors."""
        self.locked = False
        self.lock_at = None
        self._wake()

    def plug_in(self) -> None:
        """Connect the charging cable; charging begins below the limit."""
        self.port_open = True
        self.plugged_in = True
        self.energy_added = 0.0
        self._wake()
        if not self.fully_charged:
            self.start_charging()

    def unplug(self) -> None:
        """Remove the charging cable and close the flap."""
        self.charging = False
        self.plugged_in = False
        self.port_open = False
        self.fast_charger = False
        self._wake()

    def start_charging(self) -> None:
        """Let the current flow."""
        if not self.charging:
            self.energy_added = 0.0
        self.charging = True
        self._wake()

    def stop_charging(self) -> None:
        """Stop the current; the cable stays."""
        self.charging = False
        self._wake()

    def set_limit(self, percent: int) -> None:
        """Set the charge limit; a car already above it stops charging."""
        self.charge_limit = percent
        if self.fully_charged:
            self.charging = False
        self._wake()

    def drive(self, to: Place | None = None, minutes: float = 20.0) -> None:
        """Set off, by default from home to work or else home."""
        end = to or (self.spec.work if self.at_home else self.spec.home)
        self._depart(end, self.life or 0.0, minutes * 60, kilometres=minutes * 0.6)

    def park(self) -> None:
        """Stop where the car is."""
        self.trip = None
        self.driving = self.ignition = self.climate = False
        self.speed = 0.0
        self._wake()

    def _wake(self) -> None:
        self.asleep = False
        self.rest_since = self.life or 0.0

    # How it lives.

    def live_until(self, life: float) -> None:
        """Catch up with a life second; going back does nothing."""
        if self.life is None:
            self._begin(life)
        while self.life is not None and self.life < life:
            self._step(self.life, min(self._turning_point(self.life), life))

    def _begin(self, life: float) -> None:
        self.life = life
        self.rest_since = life
        if self.living:
            self.outside_temperature = outside_temperature(self.seed, life)

    def _turning_point(self, now: float) -> float:
        """Return the next moment at which the car's state may jump."""
        points = [now + STEP]
        if self.trip:
            points.append(self.trip.begins + self.trip.seconds)
        if self.lock_at is not None:
            points.append(self.lock_at)
        if self.charging:
            points.append(now + self.minutes_to_full * 60)
        if self.living:
            points.append(next_errand(self.seed, now).leaves)
        # A millisecond onwards at least, so that rounding cannot stall a life.
        return min(max(point, now + 1e-3) for point in points)

    def _step(self, begin: float, end: float) -> None:
        self.life = end
        if self.charging:
            self._charge(end - begin)
        if self.trip:
            self._roll(self.trip, end)
        if self.lock_at is not None and end >= self.lock_at:
            self.lock()
        if self.living:
            self._weather(end - begin, end)
            self._follow_plan(begin, end)
            if not self.talks and end - self.rest_since > SLEEPS_AFTER:
                self.asleep = True

    def _charge(self, seconds: float) -> None:
        gained = self.spec.charger_kw * seconds / 3600
        room = max(0.0, self.charge_limit - self.state_of_charge)
        gained = min(gained, room / 100 * self.spec.battery_kwh)
        self.energy_added += gained
        self.energy_total += gained
        self.state_of_charge += gained / self.spec.battery_kwh * 100
        if self.charge_limit - self.state_of_charge < 1e-6:  # noqa: PLR2004 - rounding
            self.state_of_charge = max(self.state_of_charge, float(self.charge_limit))
            self.charging = False
            self._wake()

    def _weather(self, seconds: float, life: float) -> None:
        self.outside_temperature = outside_temperature(self.seed, life)
        target = 21.0 if self.climate else self.outside_temperature
        share = 1 - math.exp(-seconds / 1800)
        self.inside_temperature += (target - self.inside_temperature) * share

    def _follow_plan(self, begin: float, end: float) -> None:
        errand = next_errand(self.seed, begin)
        if errand.leaves > end or self.trip or self.driving:
            return
        goal: Place = getattr(self.spec, errand.to)
        too_empty = self.spec.powertrain == "BEV" and self.state_of_charge < RESERVE
        if goal == self.place or too_empty:
            return
        self._depart(goal, end, errand.minutes * 60, errand.kilometres)

    def _depart(
        self, end: Place, life: float, seconds: float, kilometres: float
    ) -> None:
        if self.plugged_in:
            self.unplug()
        if self.burning and self.fuel < REFUEL_BELOW:
            self.fuel = 100.0
        self.doors_open.clear()
        self.trunk_open = self.bonnet_open = False
        self.unlock()
        self.driving = self.ignition = self.climate = True
        self.trip = Trip(
            start=self.place,
            end=end,
            begins=life,
            seconds=seconds,
            kilometres=kilometres,
            odometer=self.odometer,
            state_of_charge=self.state_of_charge,
            fuel=self.fuel,
            at_home=end == self.spec.home,
        )
        self._roll(self.trip, life)

    def _roll(self, trip: Trip, life: float) -> None:
        """Put the car where the trip is at this moment."""
        done = min(1.0, (life - trip.begins) / trip.seconds)
        bend = 0.004 * math.sin(done * math.pi)
        across = trip.end.longitude - trip.start.longitude
        along = trip.end.latitude - trip.start.latitude
        self.latitude = trip.start.latitude + along * done + bend
        self.longitude = trip.start.longitude + across * done + bend
        self.heading = bearing(trip.start, trip.end)
        driven = trip.kilometres * done
        self.odometer = trip.odometer + driven
        mean = trip.kilometres / trip.seconds * 3600
        self.speed = mean * (1 + 0.35 * math.sin(done * 37))
        self._consume(trip, driven)
        if done >= 1.0:
            self._arrive(trip, life)

    def _consume(self, trip: Trip, driven: float) -> None:
        if self.electric:
            used = driven * self.spec.kwh_per_km / self.spec.battery_kwh * 100
            self.state_of_charge = max(0.0, trip.state_of_charge - used)
        if self.burning:
            # A plug-in hybrid burns fuel for a part of each way only.
            share = 0.4 if self.electric else 1.0
            used = driven * share * self.spec.litres_per_km
            self.fuel = max(0.0, trip.fuel - used / self.spec.tank_litres * 100)

    def _arrive(self, trip: Trip, life: float) -> None:
        self.latitude, self.longitude = trip.end.latitude, trip.end.longitude
        self.park()
        if self.living:
            self.lock_at = life + LOCKS_AFTER
            if self.electric and trip.at_home:
                self.plug_in()

    def summary(self) -> Json:
        """Describe the car for the control page and for logs."""
        spec = self.spec
        return {
            "nickname": spec.nickname,
            "name": f"{spec.make.title()} {spec.model}",
            "make": spec.make,
            "model": spec.model,
            "year": spec.year,
            "powertrain": spec.powertrain,
            "mode": spec.mode,
            "vin": spec.vin,
            "locked": self.locked,
            "electric": self.electric,
            "burning": self.burning,
            "plugged_in": self.plugged_in if self.electric else None,
            "charging": self.charging if self.electric else None,
            "port_open": self.port_open if self.electric else None,
            "state_of_charge": self.state_of_charge if self.electric else None,
            "charge_limit": self.charge_limit if self.electric else None,
            "charge_power": self.charge_power if self.electric else None,
            "energy_added": self.energy_added if self.electric else None,
            "energy_total": self.energy_total if self.electric else None,
            "minutes_to_full": self.minutes_to_full if self.charging else None,
            "fuel": self.fuel if self.burning else None,
            "odometer": self.odometer,
            "latitude": self.latitude,
            "longitude": self.longitude,
            "at_home": self.at_home,
            "driving": self.driving,
            "speed": self.speed,
            "doors_open": sorted(self.doors_open),
            "windows_open": sorted(self.windows_open),
            "trunk_open": self.trunk_open,
            "bonnet_open": self.bonnet_open,
            "outside_temperature": self.outside_temperature,
            "inside_temperature": self.inside_temperature,
            "asleep": self.asleep,
            "living": self.living,
            "refusal": self.refusal,
            "schedules": len(self.schedules),
            "overrides": sorted(self.overrides),
            "traits": sorted(self.traits),
        }
