"""All blueprints at once, and their calls; `python -m tools.blueprints` prints them."""

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

from homeassistant.components.automation import EVENT_AUTOMATION_TRIGGERED
from homeassistant.components.calendar import CalendarEvent
from homeassistant.const import ATTR_ENTITY_ID, EVENT_CALL_SERVICE
from homeassistant.core import Event, callback

from simulator import fleet
from tests.cars import MINUTE
from tests.conftest import ORDINARY_DAY, TIME_ZONE
from tools.blueprints import PROPERTY, days, row

from .household import NAMES, Home, promised

pytestmark = ORDINARY_DAY

STEP = 15 * MINUTE
SATURDAY, SUNDAY = 5, 6
PRICE = "sensor.price"

# What happens at which quarter of an hour of a day.
type Day = dict[tuple[int, int], Callable[[], Awaitable[None]]]


class Caller:
    """Finds out which blueprint a request to Smartcar comes from.

    A read follows from the command before it, as no other read is due.
    """

    def __init__(self, home: Home) -> None:
        """Watch every automation and every request from now on."""
        self.runs: Counter[str] = Counter()
        self.commands: Counter[str] = Counter()
        self.reads: Counter[str] = Counter()
        self._home = home
        self._names: dict[str, str] = {}
        self._last = ""
        self._seen = self._requests()
        home.hass.bus.async_listen(EVENT_AUTOMATION_TRIGGERED, self._triggered)
        home.hass.bus.async_listen(EVENT_CALL_SERVICE, self._called)

    @callback
    def _triggered(self, event: Event) -> None:
        name = event.data[ATTR_ENTITY_ID].partition(".")[2]
        self._names[event.context.id] = name
        self.runs[name] += 1

    @callback
    def _called(self, event: Event) -> None:
        if event.data["domain"] in ("number", "smartcar"):
            self._last = self._names[event.context.id]

    def _requests(self) -> tuple[int, int]:
        cloud = self._home.cloud
        return cloud.count("command"), cloud.count("signals")

    def look(self) -> None:
        """Count what was requested since the last look."""
        (commands, reads), before = self._requests(), self._seen
        self.commands[self._last] += commands - before[0]
        self.reads[self._last] += reads - before[1]
        self._seen = commands, reads

    def calls(self, name: str) -> int:
        """Return the calls of a blueprint."""
        return self.commands[name] + self.reads[name]


class Week:
    """What the car and its owner do, day by day."""

    def __init__(self, home: Home) -> None:
        """Begin at home, unplugged."""
        self._home = home
        self._car = home.cloud.cars[fleet.BEV]
        self._km = 20_000

    async def leave(self) -> None:
        """Unplug and set off."""
        self._home.cloud.change(self._car, self._car.unplug)
        await self._home.tell(plug=False, charging=False, at=0.0)

    async def arrive(self) -> None:
        """End a drive elsewhere."""
        self._km += 30
        await self._home.tell(km=self._km, at=0.3, level=75)

    async def come_home(self) -> None:
        """Drive home with an emptier battery, and plug in."""
        self._car.state_of_charge = 40
        self._home.cloud.change(self._car, self._car.plug_in)
        self._km += 30
        await self._home.tell(km=self._km, at=0.0, level=40, plug=True, charging=True)
        await self._home.travel(10)
        await self._home.travel(10)

    async def be_full(self) -> None:
        """End the night's charge at the limit."""
        self._car.state_of_charge = self._car.charge_limit
        self._home.cloud.change(self._car, self._car.stop_charging)
        level = self._car.charge_limit
        await self._home.tell(charging=False, status="FULLY_CHARGED", level=level)

    async def shine(self, watts: float) -> None:
        """Let the sun come and go."""
        self._home.shine(watts)

    def of(self, day: datetime) -> Day:
        """Return what happens on a day."""
        plan: Day = {(6, 30): self.be_full}
        if day.weekday() == SUNDAY:
            plan |= {(7, 0): self.leave, (8, 0): self.arrive, (9, 0): self.come_home}
            for hour in range(10, 17):
                plan[hour, 0] = partial(self.shine, 6000 if hour % 2 else -500)
            plan[17, 0] = partial(self.shine, 0)
        else:
            plan |= {(7, 30): self.leave, (8, 0): self.arrive, (18, 0): self.come_home}
        return plan

    def appointments(self, day: datetime) -> list[CalendarEvent]:
        """Return the events of a day: work, or a trip on Saturdays."""
        if day.weekday() == SUNDAY:
            return []
        is_trip = day.weekday() == SATURDAY
        start = day.replace(hour=14 if is_trip else 9)
        return [
            CalendarEvent(
                start=start,
                end=start + timedelta(hours=3),
                summary="Trip to the sea" if is_trip else "Work",
                location="" if is_trip else "Office",
            )
        ]


def price_list(day: datetime) -> dict[str, object]:
    """Return the prices of a day and the next: the night is cheap."""
    return {
        "prices": [
            {"start": (day + timedelta(hours=hour)).isoformat(), "price": price}
            for hour in range(48)
            for price in [0.1 if hour % 24 in range(1, 6) else 0.3]
        ]
    }


async def test_each_costs_what_it_says(
    home: Home, record_property: Callable[[str, object], None]
) -> None:
    """No blueprint uses more calls than its description says, and some use none."""
    home.hass.states.async_set(
        "zone.office",
        "0",
        {"latitude": 52.5, "longitude": 13.4, "radius": 100, "friendly_name": "Office"},
    )
    week = Week(home)
    home.shine(0)
    now = home.clock.now().astimezone(TIME_ZONE)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for number in range(days() + 2):
        home.appointments.events += week.appointments(midnight + timedelta(days=number))
    await home.use(*NAMES, price=PRICE, start_power=4000, ready_by="06:45:00")
    caller = Caller(home)
    end = now + timedelta(days=days())
    while (now := home.clock.now().astimezone(TIME_ZONE)) < end:
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        home.hass.states.async_set(PRICE, "0.3", price_list(midnight))
        quarter = now.hour, now.minute // 15 * 15
        if happens := week.of(midnight).get(quarter):
            await happens()
        caller.look()
        spent = (now.minute * 60 + now.second) % STEP
        await home.travel(STEP - spent + 1)
        await home.travel(61)
        caller.look()
    month = 30 / days()
    for name in NAMES:
        said = promised(name)[1]
        record_property(
            PROPERTY,
            row(
                name, caller.runs[name], caller.commands[name], caller.reads[name], said
            ),
        )
    assert {
        name: caller.calls(name)
        for name in NAMES
        if caller.calls(name) * month > 1.25 * promised(name)[1]
        or (promised(name)[1] > 0) != (caller.calls(name) > 0)
    } == {}
