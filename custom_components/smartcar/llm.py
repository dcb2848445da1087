"""What assistants that are language models may ask of cars, and do with them.

They know what a person exposes to them: each fact comes from an entity that they may
see. Commands need an option of the entry, and unlocking one of its own; what an
option allows needs no entity that is exposed, so that locking can be allowed without
unlocking. None of it reads a car.
"""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Final, cast, override

from homeassistant.components.llm import LLMTools
from homeassistant.components.number import ATTR_VALUE, DOMAIN as NUMBERS
from homeassistant.const import (
    ATTR_DEVICE_ID,
    ATTR_ENTITY_ID,
    STATE_UNAVAILABLE,
    Platform,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.llm import (
    LLM_API_ASSIST,
    LLMContext,
    Tool,
    ToolAnnotations,
    ToolInput,
    ToolResult,
)
from homeassistant.helpers.selector import DateSelector
from homeassistant.util import dt as dt_util
import probatio

from .commands import HIGHEST_CHARGE_LIMIT, LOWEST_CHARGE_LIMIT
from .const import DOMAIN
from .controls import COMMANDS, UNLOCK, Control
from .diary_services import (
    ATTR_FROM,
    ATTR_KINDS,
    ATTR_LIMIT,
    ATTR_TO,
    KINDS,
    USUAL_KINDS,
)
from .llm_answers import car_answer, diary_answer
from .options import SmartcarOptions
from .summary import (
    Car,
    Told,
    async_exposed_cars,
    async_find_cars,
    async_summary,
    exposed_to,
)

ATTR_CAR: Final = "car"
ATTR_COMMAND: Final = "command"
ATTR_FIRST_DAY: Final = "first_day"
ATTR_KIND: Final = "kind"
ATTR_LAST_DAY: Final = "last_day"
ATTR_PERCENT: Final = "percent"
ATTR_PERIOD: Final = "period"

# So many entries fit into an answer; the sums are of all.
MOST_ENTRIES: Final = 20

SENT: Final = (
    "Sent to the car, which has not confirmed it yet. Do not say that it is done."
)

READS: Final = ToolAnnotations(
    read_only=True, destructive=False, idempotent=True, open_world=False
)


class CarTool(Tool):
    """A tool about one car, or all of them."""

    integration = DOMAIN
    fields: ClassVar[Mapping[Any, Any]] = {}

    def __init__(self, cars: Sequence[Car]) -> None:
        """Take the cars that it is for, so that their names are known."""
        names = ", ".join(car.name for car in cars)
        about = f"Name of the car, one of: {names}."
        if len(cars) == 1:
            about = f"Not needed, there is only {names}."
        self.parameters = probatio.Schema(
            {probatio.Optional(ATTR_CAR, description=about): cv.string, **self.fields}
        )

    @classmethod
    @abstractmethod
    def serves(cls, car: Car, told: Told) -> bool:
        """Return whether it can be used for a car that is exposed."""

    @override
    async def async_call(
        self, hass: HomeAssistant, tool_input: ToolInput, llm_context: LLMContext
    ) -> ToolResult:
        """Answer for the car that is meant.

        Raise Invalid for wrong arguments.
        """
        arguments = self.parameters(
            {name: said for name, said in tool_input.tool_args.items() if said != ""}
        )
        # What is exposed or allowed may have changed since the tool was offered.
        told = exposed_to(hass, llm_context.assistant)
        exposed = async_exposed_cars(hass, told)
        found = cars = [car for car in exposed if self.serves(car, told)]
        if (said := arguments.get(ATTR_CAR)) is not None:
            found = async_find_cars(hass, cars, said)
        if not found:
            return _wrong(f"There is no such car. {_names(cars)}")
        return await self.answer(hass, found, arguments, llm_context)

    @abstractmethod
    async def answer(
        self,
        hass: HomeAssistant,
        cars: list[Car],
        arguments: dict[str, Any],
        llm_context: LLMContext,
    ) -> ToolResult:
        """Answer for some cars, at least one."""


def _wrong(why: str) -> ToolResult:
    return ToolResult(data={"error": why}, error=True)


def _names(cars: Sequence[Car]) -> str:
    return f"The cars are: {', '.join(car.name for car in cars) or 'none'}."


def _several(cars: Sequence[Car]) -> ToolResult:
    return _wrong(f"Say which car is meant. {_names(cars)}")


class GetCarTool(CarTool):
    """What is known of a car now."""

    name = f"{DOMAIN}__get_car"
    title = "Get car"
    description = (
        "Tells where a car is, its battery or fuel, range, plug, charging and when "
        "that ends, what is open or unlocked, its last charge and drive, and what it "
        "charged this month. Cars report at times only: say how old an answer is "
        "when that matters. What has no age is as old as newest_data. Of what is "
        "listed as unknown, nothing is known; what is missing is not exposed."
    )
    annotations = READS

    @classmethod
    @override
    def serves(cls, car: Car, told: Told) -> bool:
        return True

    @override
    async def answer(
        self,
        hass: HomeAssistant,
        cars: list[Car],
        arguments: dict[str, Any],
        llm_context: LLMContext,
    ) -> ToolResult:
        told = exposed_to(hass, llm_context.assistant)
        found = [car_answer(hass, async_summary(hass, car, told)) for car in cars]
        return ToolResult(data={"cars": cast("Any", found)})


type Days = tuple[date, date]


def _months_back(today: date, count: int) -> date:
    """Return the first day of a month, some months ago."""
    months = today.year * 12 + today.month - 1 - count
    return date(months // 12, months % 12 + 1, 1)


PERIODS: Final[Mapping[str, Callable[[date], Days]]] = {
    "today": lambda today: (today, today),
    "yesterday": lambda today: (today - timedelta(days=1), today - timedelta(days=1)),
    "last_7_days": lambda today: (today - timedelta(days=6), today),
    "last_30_days": lambda today: (today - timedelta(days=29), today),
    "this_month": lambda today: (_months_back(today, 0), today),
    "last_month": lambda today: (
        _months_back(today, 1),
        _months_back(today, 0) - timedelta(days=1),
    ),
    "this_year": lambda today: (date(today.year, 1, 1), today),
}
# No car has told anything before.
FIRST_DAY: Final = date(2000, 1, 1)
USUAL_PERIOD: Final = "last_30_days"


class GetDiaryTool(CarTool):
    """What a car has charged and how far it went."""

    name = f"{DOMAIN}__get_diary"
    title = "Get car diary"
    description = (
        "Tells what a car charged (kWh, place, cost), how far it drove and when it "
        "was refuelled in a period: sums, and the newest entries. Times are local; "
        "what is_between_reports happened some time between start and end."
    )
    annotations = READS
    fields: ClassVar = {
        probatio.Optional(ATTR_PERIOD, default=USUAL_PERIOD): probatio.In(
            list(PERIODS)
        ),
        probatio.Optional(
            ATTR_FIRST_DAY, description="Instead of period, with last_day."
        ): DateSelector(),
        probatio.Optional(ATTR_LAST_DAY): DateSelector(),
        probatio.Optional(
            ATTR_KIND,
            description="All but stands (level lost while parked) if left out.",
        ): probatio.In(list(KINDS)),
    }

    @classmethod
    @override
    def serves(cls, car: Car, told: Told) -> bool:
        """Return whether the calendar is exposed, which shows the same."""
        entity = car.entity(Platform.CALENDAR, "diary")
        return entity is not None and told(entity.entity_id)

    @override
    async def answer(
        self,
        hass: HomeAssistant,
        cars: list[Car],
        arguments: dict[str, Any],
        llm_context: LLMContext,
    ) -> ToolResult:
        if len(cars) > 1:
            return _several(cars)
        first, last = days_of(arguments, dt_util.now().date())
        kind = arguments.get(ATTR_KIND)
        diary = await hass.services.async_call(
            DOMAIN,
            "get_diary",
            {
                ATTR_DEVICE_ID: cars[0].device.id,
                ATTR_FROM: _midnight(first),
                ATTR_TO: _midnight(last + timedelta(days=1)),
                ATTR_KINDS: [kind] if kind else list(USUAL_KINDS),
                ATTR_LIMIT: MOST_ENTRIES,
            },
            context=llm_context.context,
            blocking=True,
            return_response=True,
        )
        told = exposed_to(hass, llm_context.assistant)
        tracker = cars[0].entity(Platform.DEVICE_TRACKER, "location")
        answer = diary_answer(
            hass,
            cast("Mapping[str, Any]", diary),
            kind=kind,
            # The calendar does not show where drives lead.
            with_ways=tracker is not None and told(tracker.entity_id),
        )
        days = {ATTR_FIRST_DAY: str(first), ATTR_LAST_DAY: str(last)}
        return ToolResult(data={"car": cars[0].name, **days, **answer})


def days_of(arguments: Mapping[str, Any], today: date) -> Days:
    """Return the first and the last day that are asked for; none is to come.

    Days that are given win over a period.
    """
    first, last = PERIODS[arguments[ATTR_PERIOD]](today)
    if ATTR_FIRST_DAY in arguments:
        first, last = cv.date(arguments[ATTR_FIRST_DAY]), today
    if ATTR_LAST_DAY in arguments:
        last = cv.date(arguments[ATTR_LAST_DAY])
    return max(first, FIRST_DAY), min(last, today)


def _midnight(day: date) -> datetime:
    return dt_util.start_of_local_day(day)


# Commands


def _options(car: Car) -> SmartcarOptions:
    return car.entry.runtime_data.context.options


async def _send(
    hass: HomeAssistant,
    cars: Sequence[Car],
    control: Control,
    llm_context: LLMContext,
    **data: Any,
) -> ToolResult:
    """Send a command by the entity that a person would use.

    Raise what its action raises: translated errors, and Unauthorized.
    """
    if len(cars) > 1:
        return _several(cars)
    (car,) = cars
    entity = car.entity(control.domain, control.key)
    state = hass.states.get(entity.entity_id) if entity else None
    if entity is None or state is None:
        return _wrong(f"{car.name} does not take this command.")
    if state.state == STATE_UNAVAILABLE:
        # Home Assistant would leave it out without a word.
        return _wrong(f"{car.name} cannot be reached now, so nothing was sent.")
    await hass.services.async_call(
        control.domain,
        control.action,
        {ATTR_ENTITY_ID: entity.entity_id, **data},
        context=llm_context.context,
        blocking=True,
    )
    return ToolResult(data={"car": car.name, "result": SENT})


class SendCommandTool(CarTool):
    """Starts and stops charging, sets the charge limit, locks."""

    name = f"{DOMAIN}__send_command"
    title = "Send command to car"
    description = (
        "Sends a command to a car. It costs one of few calls and takes effect "
        "later: never send it twice, and do not say that it is done."
    )
    # Nothing is lost by it, but each call costs, and starts what was stopped.
    annotations = ToolAnnotations(destructive=False, open_world=False)
    fields: ClassVar = {
        probatio.Required(ATTR_COMMAND): probatio.In(list(COMMANDS)),
        probatio.Optional(
            ATTR_PERCENT, description="Whole percent, for set_charge_limit."
        ): probatio.All(
            probatio.Coerce(float),
            probatio.Range(LOWEST_CHARGE_LIMIT, HIGHEST_CHARGE_LIMIT),
        ),
    }

    @classmethod
    @override
    def serves(cls, car: Car, told: Told) -> bool:
        return _options(car).assistant_commands and any(
            car.entity(control.domain, control.key) for control in COMMANDS.values()
        )

    @override
    async def answer(
        self,
        hass: HomeAssistant,
        cars: list[Car],
        arguments: dict[str, Any],
        llm_context: LLMContext,
    ) -> ToolResult:
        control, data = COMMANDS[arguments[ATTR_COMMAND]], {}
        if control.domain == NUMBERS:
            percent = arguments.get(ATTR_PERCENT)
            if percent is None or not percent.is_integer():
                return _wrong("A charge limit needs percent, as a whole number.")
            data[ATTR_VALUE] = percent
        return await _send(hass, cars, control, llm_context, **data)


class UnlockTool(CarTool):
    """Unlocks a car."""

    name = f"{DOMAIN}__unlock"
    title = "Unlock car"
    description = (
        "Unlocks a car. Only when a person has just asked for it in so many words. "
        "It takes effect later: never send it twice, and do not say that it is done."
    )
    annotations = ToolAnnotations(destructive=True, open_world=False)

    @classmethod
    @override
    def serves(cls, car: Car, told: Told) -> bool:
        options = _options(car)
        is_allowed = options.assistant_commands and options.assistant_unlock
        return is_allowed and car.entity(UNLOCK.domain, UNLOCK.key) is not None

    @override
    async def answer(
        self,
        hass: HomeAssistant,
        cars: list[Car],
        arguments: dict[str, Any],
        llm_context: LLMContext,
    ) -> ToolResult:
        return await _send(hass, cars, UNLOCK, llm_context)


TOOLS: Final[tuple[type[CarTool], ...]] = (
    GetCarTool,
    GetDiaryTool,
    SendCommandTool,
    UnlockTool,
)


@callback
def async_get_tools(
    hass: HomeAssistant, llm_context: LLMContext, api_id: str
) -> LLMTools | None:
    """Return the tools for which any car is exposed."""
    if api_id != LLM_API_ASSIST or not llm_context.assistant:
        return None
    told = exposed_to(hass, llm_context.assistant)
    exposed = async_exposed_cars(hass, told)
    tools: list[Tool] = [
        tool(cars)
        for tool in TOOLS
        if (cars := [car for car in exposed if tool.serves(car, told)])
    ]
    return LLMTools(tools) if tools else None
