"""What a car remembers: fed by its reports, kept in a file of its own.

The file is written seldom. What came since stands with the car's other values, which
are written soon: so a power cut loses no more of the diary than of these.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime
import glob
from pathlib import Path
from typing import Any, Final, NamedTuple

from homeassistant.components.zone import async_active_zone
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import STORAGE_DIR
from homeassistant.util import dt as dt_util

from .car.readings import Body
from .car.reports import FIRST_TIME
from .car.state import VehicleState
from .car.told import Told
from .charge_costs import ChargeCosts, Costs, total
from .const import DOMAIN
from .diary_file import DiaryFile
from .memory import (
    AWAY,
    CAPACITY,
    CHARGE_RECORDS,
    HOME,
    UNKNOWN,
    Charge,
    Consumption,
    Correction,
    DiaryChange,
    Drive,
    MakerRecord,
    Memory,
    battery_capacity,
    consumption,
    maker_records,
    point,
)
from .options import SmartcarOptions
from .statistics import Sums, async_remove_statistics
from .stored import Stored, StoredVehicle

# What entities of the diary listen to, beside the codes of signals.
DIARY: Final = "diary"

# So many points since the last write make the next one due.
MOST_UNWRITTEN: Final = 500

HOME_ZONE: Final = "zone.home"


class DiaryNews(NamedTuple):
    """Since when (seconds) entries changed; and whether a kind of them is new."""

    since: int
    has_grown: bool


type Listener = Callable[[DiaryNews], None]


class VehicleDiary:
    """One car's memory, what its charges cost, and the file of both."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        options: SmartcarOptions,
        stored: StoredVehicle,
    ) -> None:
        """Begin with nothing; `stored` says under which name it is kept."""
        self._hass = hass
        self._entry = entry
        self._options = options
        self._stored = stored
        name = file_name(entry.entry_id, stored.diary)
        self.file = DiaryFile(hass, name, self.async_flush)
        self.memory = Memory(self._place_of)
        self.costs = ChargeCosts(hass, options)
        self._writing = asyncio.Lock()
        self._listeners: list[Listener] = []
        # What the car maker listed last.
        self._listed: Body | None = None
        # The charges as they are shown, until something changes.
        self._shown: list[Charge] | None = None
        self._is_pricing = self._is_unpriced = False

    async def async_load(self) -> None:
        """Read the file, and what came since it was written."""
        self.memory.capacity = self._capacity(self._stored.state)
        await self.file.async_load(self._read)
        if points := self._stored.points:
            # As of then: a long time without Home Assistant makes none of them late.
            self.memory.add(points, max(point.at for point in points))
        self._price_soon()

    def _read(self, kept: Mapping[str, Any]) -> None:
        if "journal" in kept:  # written before charges had costs
            kept = {"memory": {**kept, "dropped_energy": {}}}
        memory, capacity = kept.get("memory", {}), self.memory.capacity
        self.memory = Memory.from_dict(memory, self._place_of, capacity)
        self.costs.load(Costs.from_dict(kept.get("costs", {})))

    # What comes in

    @callback
    def async_follow(
        self, told: Iterable[Told], data: VehicleState, now: datetime
    ) -> None:
        """Take in what a merge was told; `data` are the car's signals after it."""
        points = []
        records: list[MakerRecord] = []
        for report in told:
            if report.code == CHARGE_RECORDS:
                # They are many, and come again with every delivery.
                if report.body != self._listed:
                    self._listed = report.body
                    records += maker_records(report.body)
            elif report.at >= FIRST_TIME and (found := point(*report)) is not None:
                points.append(found)
        kinds, finals = self._kinds, self.memory.finals
        news = [self._use_capacity(data)]
        if points:
            self._stored.points += points
            news.append(self.memory.add(points, int(now.timestamp())))
        if records:
            news.append(self.memory.add_records(records))
        if self.memory.finals != finals:
            self._shown = None
            self._price_soon()
        self._notify(news, kinds)
        if len(self._stored.points) <= MOST_UNWRITTEN or self._writing.locked():
            return
        if self.file.is_writable:
            self.file.write_in(0)
        else:
            del self._stored.points[:-MOST_UNWRITTEN]

    @callback
    def async_use_capacity(self, capacity: float | None, data: VehicleState) -> None:
        """Let a person's capacity in kWh count, or again the car maker's."""
        self._stored.usable_capacity = capacity
        self._notify([self._use_capacity(data)], self._kinds)

    @callback
    def async_correct(self, at: int, correction: Correction) -> None:
        """Correct the charge during which a moment lies; see `Memory.correct`."""
        self._notify([self.memory.correct(at, correction)], self._kinds)
        # No delivery brings a person's word again.
        self.file.write_in(0)

    def _capacity(self, data: VehicleState) -> float | None:
        """Return the usable capacity in kWh: as a person said, else the maker's."""
        return self._stored.usable_capacity or battery_capacity(data.body(CAPACITY))

    def _use_capacity(self, data: VehicleState) -> DiaryChange:
        capacity = self._capacity(data)
        if capacity == self.memory.capacity:
            return DiaryChange()
        return self.memory.use_capacity(capacity)

    def name_of(self, place: tuple[float, float] | None) -> str | None:
        """Return the zone of a place, `home`, or `away`; None for no place."""
        if place is None:
            return None
        is_home, zone = self._place_of(*place)
        return HOME if is_home else zone or AWAY

    def _place_of(self, latitude: float, longitude: float) -> tuple[bool, str | None]:
        """Return whether a place is at home, and its zone's name, if it has one."""
        zone = async_active_zone(self._hass, latitude, longitude)
        if zone is None:
            return False, None
        return zone.entity_id == HOME_ZONE, zone.name

    @property
    def _kinds(self) -> tuple[bool, ...]:
        """Return of which kinds there are entries."""
        memory = self.memory
        kinds = memory.charges, memory.drives, memory.refuels, memory.stands
        return tuple(bool(entries()) for entries in kinds)

    # What is shown

    def charges(self) -> list[Charge]:
        """Return the charges, oldest first, with place and cost."""
        if self._shown is None:
            self._shown = [self.costs.over(one) for one in self._placed()]
        return self._shown

    def _placed(self) -> list[Charge]:
        """Return the charges without costs; the options place the unplaced."""
        place = self._options.unknown_place
        return [
            charge
            if charge.where.place != UNKNOWN
            else charge._replace(where=charge.where._replace(place=place))
            for charge in self.memory.charges()
        ]

    @property
    def total_cost(self) -> float:
        """Return what all charges have cost, since the first price."""
        return round(self.costs.kept.dropped + total(self.charges()), 4)

    @property
    def dropped(self) -> Sums:
        """Return what charges took and cost that are kept no more."""
        energy = self.memory.dropped_energy
        cost = self.costs.kept.dropped
        return Sums(energy.get(HOME, 0.0), energy.get(AWAY, 0.0), cost)

    def drives(self) -> list[Drive]:
        """Return the drives, oldest first."""
        return self.memory.drives()

    def consumption(self) -> Consumption:
        """Return what the car took lately."""
        memory = self.memory
        now = int(dt_util.utcnow().timestamp())
        return consumption(self.drives(), self.charges(), memory.capacity, now)

    # What is done about it

    @callback
    def async_add_listener(self, listener: Listener) -> None:
        """Call a listener with each change."""
        self._listeners.append(listener)

    @callback
    def _notify(self, news: Iterable[DiaryChange], kinds: tuple[bool, ...]) -> None:
        """Hand on what changed; `kinds`: of which there were entries before."""
        changed = [change.since for change in news if change.since is not None]
        if changed:
            self._tell(min(changed), has_grown=self._kinds != kinds)
            self._price_soon()

    @callback
    def _tell(self, since: int, *, has_grown: bool) -> None:
        self._shown = None
        self.file.write_in()
        for listener in self._listeners:
            listener(DiaryNews(since, has_grown))

    @callback
    def _price_soon(self) -> None:
        """Price in the background what has changed; once more if more does."""
        self._is_unpriced = True
        if self._is_pricing or not self.costs.is_on:
            return
        self._is_pricing = True
        self._entry.async_create_background_task(
            self._hass, self._async_price(), f"{DOMAIN} costs"
        )

    async def _async_price(self) -> None:
        try:
            while self._is_unpriced:
                self._is_unpriced = False
                now = int(dt_util.utcnow().timestamp())
                had = self.has_costs
                since = await self.costs.async_update(self._placed(), now)
                if since is not None:
                    self._tell(since, has_grown=self.has_costs != had)
        finally:
            self._is_pricing = False

    @property
    def has_costs(self) -> bool:
        """Return whether any charge has a cost."""
        return bool(self.total_cost) or any(
            charge.cost is not None for charge in self.charges()
        )

    async def async_flush(self) -> None:
        """Write the file, if anything came since the last time."""
        async with self._writing:
            points, is_due = self._stored.points, self.file.is_due
            self.file.cancel()
            if not (is_due or points):
                return
            # What comes while it is written is left for the next time.
            written, memory = len(points), self.memory.frozen()
            costs = self.costs.kept.as_dict()
            contents = await self._hass.async_add_executor_job(memory.as_dict)
            if await self.file.async_save({"memory": contents, "costs": costs}):
                del points[:written]

    async def async_remove(self) -> None:
        """Forget everything, on the disk too."""
        self._listeners.clear()
        async_remove_statistics(self._hass, self._stored.diary)
        await self.file.async_remove()


class Diaries:
    """The diaries of an entry's cars."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        options: SmartcarOptions,
        stored: Stored,
    ) -> None:
        """Begin without any."""
        self._hass = hass
        self._entry = entry
        self._options = options
        self._stored = stored
        self._diaries: dict[str, VehicleDiary] = {}

    async def async_load(self, excluded: Collection[str]) -> None:
        """Read the diaries of known cars; those of excluded cars are removed."""
        known = self._stored.vehicles.items()
        here = [self.of(id_, car) for id_, car in known if id_ not in excluded]
        await asyncio.gather(*(diary.async_load() for diary in here))
        for id_, car in known:
            if id_ in excluded and car.diary:
                await self.async_remove(id_)

    @callback
    def of(self, vehicle_id: str, stored: StoredVehicle) -> VehicleDiary:
        """Return the diary of a car; one that is not known yet has none."""
        if vehicle_id not in self._diaries:
            if not stored.diary:
                # Another car that had this id before may have moved to its next one.
                taken = {car.diary for car in self._stored.vehicles.values()}
                stored.diary = vehicle_id
                while stored.diary in taken:
                    stored.diary += "_"
            self._diaries[vehicle_id] = VehicleDiary(
                self._hass, self._entry, self._options, stored
            )
        return self._diaries[vehicle_id]

    async def async_remove(self, vehicle_id: str) -> None:
        """Forget what a car remembers."""
        if (car := self._stored.vehicles.get(vehicle_id)) is not None:
            await self.of(vehicle_id, car).async_remove()
            del self._diaries[vehicle_id]
            car.diary, car.points = "", []

    async def async_flush(self) -> None:
        """Write all files in which something is missing."""
        await asyncio.gather(*(diary.async_flush() for diary in self._diaries.values()))


def file_name(entry_id: str, diary: str) -> str:
    """Return the name of a diary's file."""
    return f"{DOMAIN}.{entry_id}.{diary}"


async def async_remove_files(
    hass: HomeAssistant, entry_id: str, vehicles: Iterable[StoredVehicle]
) -> None:
    """Delete the diaries of an entry that is removed, unreadable ones included."""
    for car in vehicles:
        if car.diary:
            async_remove_statistics(hass, car.diary)

    def remove() -> None:
        folder = Path(hass.config.path(STORAGE_DIR))
        for path in folder.glob(f"{glob.escape(file_name(entry_id, ''))}*"):
            path.unlink(missing_ok=True)

    await hass.async_add_executor_job(remove)


def iso(time: int | None) -> str | None:
    """Return a time in seconds as a text with the instance's zone."""
    if time is None:
        return None
    return dt_util.as_local(datetime.fromtimestamp(time, UTC)).isoformat()
