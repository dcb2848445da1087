"""What Smartcar may answer to a command, and what a person then gets to see.

`python -m tools.matrix refusals` runs every command against every refusal, in Home
Assistant and over HTTP, and prints what came of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
import json
from pathlib import Path
import re
from typing import Any

from simulator import errors, fleet
from simulator.car import Car, Schedule
from simulator.faults import Fault

TEXTS = Path(__file__).parents[1] / "custom_components/smartcar/translations/en.json"
MESSAGES: dict[str, str] = {
    key: text["message"]
    for key, text in json.loads(TEXTS.read_text("utf-8"))["exceptions"].items()
}

CAR = "Blauer Blitz"
PROPERTY = "refusal"

# One 401 is met with a new token and one more request, which is right: it tells
# that nothing was carried out. It has tests of its own.
NOT_A_REFUSAL = errors.UNAUTHORIZED


@dataclass(frozen=True)
class Order:
    """A command as a person gives it.

    `before` brings the car into the state in which the command changes
    something; `shown` and `done` are the entity's states before and after.
    `repair`: which one asks about the control where the car cannot do it;
    `looked_at`: the car is read afterwards although no entity shows the outcome;
    `messages`: the keys of texts that differ from those of other commands, by
    Smartcar's code.
    """

    operation: str
    domain: str
    action: str
    data: dict[str, Any]
    before: Callable[[Car], object]
    shown: str | None = None
    done: str | None = None
    repair: str | None = None
    looked_at: bool = False
    messages: Mapping[str, str] = field(default_factory=dict)

    @property
    def entity_id(self) -> str | None:
        """Return the entity that shows the outcome, if any does."""
        return self.data.get("entity_id")


def _unlocked(car: Car) -> None:
    car.locked = False


def _locked(car: Car) -> None:
    car.locked = True


def _plugged_in(car: Car) -> None:
    car.state_of_charge = 40
    car.plug_in()
    car.stop_charging()


def _charging(car: Car) -> None:
    _plugged_in(car)
    car.start_charging()


def _at_home(car: Car) -> None:
    car.destination = None


def _port_closed(car: Car) -> None:
    car.unplug()
    car.port_open = False


def _port_open(car: Car) -> None:
    car.unplug()
    car.port_open = True


def _unscheduled(car: Car) -> None:
    car.schedules.clear()


def _scheduled(car: Car) -> None:
    car.schedules[SCHEDULE] = Schedule(
        SCHEDULE,
        "daily",
        {
            "location": {"latitude": car.latitude, "longitude": car.longitude},
            "startTime": "23:00",
            "stopTime": "05:00",
        },
    )


SCHEDULE = "sched_01TEST"
LOCK = "lock.blauer_blitz_lock"
CHARGING = "switch.blauer_blitz_charge"
LIMIT = "number.blauer_blitz_charge_limit"
PORT = "cover.blauer_blitz_charging_port"

ORDERS = (
    Order(
        "command.lock",
        "lock",
        "lock",
        {"entity_id": LOCK},
        _unlocked,
        "unlocked",
        "locked",
        repair="incapable_lock",
    ),
    Order(
        "command.unlock",
        "lock",
        "unlock",
        {"entity_id": LOCK},
        _locked,
        "locked",
        "unlocked",
        repair="incapable_lock",
    ),
    Order(
        "command.charge-start",
        "switch",
        "turn_on",
        {"entity_id": CHARGING},
        _plugged_in,
        "off",
        "on",
        repair="incapable_charging",
    ),
    Order(
        "command.charge-stop",
        "switch",
        "turn_off",
        {"entity_id": CHARGING},
        _charging,
        "on",
        "off",
        repair="incapable_charging",
    ),
    Order(
        "command.set-limit",
        "number",
        "set_value",
        {"entity_id": LIMIT, "value": 90},
        lambda car: car.set_limit(80),
        "80.0",
        "90.0",
        repair="incapable_charge_limit",
    ),
    Order(
        "command.port-open",
        "cover",
        "open_cover",
        {"entity_id": PORT},
        _port_closed,
        "closed",
        "open",
        repair="incapable_charge_port",
    ),
    Order(
        "command.port-close",
        "cover",
        "close_cover",
        {"entity_id": PORT},
        _port_open,
        "open",
        "closed",
        repair="incapable_charge_port",
    ),
    Order(
        "command.set-destination",
        "smartcar",
        "set_destination",
        {"latitude": 52.5163, "longitude": 13.3777},
        _at_home,
    ),
    Order(
        "schedule.daily",
        "smartcar",
        "create_charge_schedule",
        {"type": "daily", "start_time": "23:00:00", "stop_time": "05:00:00"},
        _unscheduled,
        looked_at=True,
    ),
    Order(
        "schedule.delete",
        "smartcar",
        "delete_charge_schedule",
        {"schedule_id": SCHEDULE},
        _scheduled,
        looked_at=True,
        messages=dict.fromkeys(("PATH", "INVALID_PATH"), "schedule_not_found"),
    ),
)


@dataclass(frozen=True)
class Refusal:
    """One way in which a command ends.

    `message` is the key of the text a person sees, none after success;
    `unknown` tells that the command may have run, `runs` that it has;
    `for_good`: the car cannot do it, until its owner connects it again.
    """

    name: str
    fault: dict[str, Any]
    message: str | None
    error: str = ".+"
    unknown: bool = False
    runs: bool = False
    for_good: bool = False

    def text(self, order: Order) -> str:
        """Return the pattern of the message that a person must see."""
        assert self.message is not None
        key = order.messages.get(self.fault.get("code", ""), self.message)
        # Home Assistant leaves out the full stop at the end.
        text = re.escape(MESSAGES[key].removesuffix("."))
        text = text.replace(r"\{car\}", re.escape(CAR))
        return text.replace(r"\{error\}", self.error)


def _documented() -> list[Refusal]:
    """Return every error of Smartcar's published table."""
    found = []
    for key, kind in errors.TABLE.items():
        if key == NOT_A_REFUSAL:
            continue
        type_, code = key
        own = f"{type_}_{code}".lower()
        name = f"{type_}/{code}" if code else type_
        found.append(
            Refusal(
                f"{kind.status} {name}",
                {"type": type_, "code": code},
                own if own in MESSAGES else type_.lower(),
                re.escape(f"{name} ({kind.status})"),
                for_good=type_ == "COMPATIBILITY",
            )
        )
    return found


def _lost(name: str, fault: dict[str, Any], *, runs: bool = False) -> Refusal:
    """Return a way in which the answer gets lost; `runs`: the command has run."""
    return Refusal(name, fault, "outcome_unknown", unknown=True, runs=runs)


REFUSALS = (
    *_documented(),
    Refusal("502 page of a proxy", {"kind": "html"}, "upstream"),
    Refusal("503 page of a proxy", {"kind": "html", "status": 503}, "server"),
    _lost("504", {"status": 504}),
    _lost("504 page of a proxy", {"kind": "html", "status": 504}),
    Refusal("202, then success", {"kind": "held_then_ok"}, None, runs=True),
    Refusal(
        "202, then an error",
        {"kind": "held_then_error", "type": "VEHICLE_STATE", "code": "UNREACHABLE"},
        "vehicle_state_unreachable",
    ),
    _lost("202, then nothing", {"kind": "held_then_nothing", "runs": False}),
    _lost("202, then cut, not done", {"kind": "held_then_cut", "runs": False}),
    _lost("202, then cut, done", {"kind": "held_then_cut"}, runs=True),
    _lost("cut without a word", {"kind": "cut_before_headers", "runs": False}),
    _lost("cut in mid answer", {"kind": "cut_mid_body"}, runs=True),
    Refusal(
        "200, but not JSON", {"kind": "invalid_json"}, "invalid_response", unknown=True
    ),
)


def fault_of(order: Order, refusal: Refusal) -> Fault:
    """Return the fault that makes the simulated cloud refuse a command once."""
    return Fault(order.operation, vehicle_id=fleet.BEV, **refusal.fault)
