"""The steps of the config flow about cars: to connect them, and to choose some."""

from abc import abstractmethod
import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
import logging
import re
from typing import Any, Final, override

from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigFlowResult
from homeassistant.const import CONF_CLIENT_ID
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
from homeassistant.util import dt as dt_util
import voluptuous as vol

from .api import (
    AccessDeniedError,
    AuthenticationError,
    BillingError,
    Connection,
    Hosts,
    Listing,
    RateLimitError,
    Signal,
    SmartcarError,
    ValidationError,
    Vehicle,
)
from .connections import async_is_held_elsewhere
from .const import CONF_APPLICATION_ID, CONF_EXCLUDED, CONF_VEHICLES, DASHBOARD
from .entry_flow import TEXT, Fields, stripped
from .push_flow import PushSteps

_LOGGER = logging.getLogger(__name__)

# The Application ID and a v2 secret look like this; a client id never does.
UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
APPLICATION: Final[Fields] = {vol.Optional(CONF_APPLICATION_ID): TEXT}

# So much of a VIN or id tells cars apart.
TAIL: Final = 6

ERRORS: Final[tuple[tuple[type[SmartcarError], str], ...]] = (
    (AuthenticationError, "invalid_auth"),
    # The token endpoint's answer to an empty or mangled id or secret.
    (ValidationError, "invalid_auth"),
    (AccessDeniedError, "access_denied"),
    (BillingError, "billing"),
    (RateLimitError, "rate_limited"),
    (SmartcarError, "cannot_connect"),
)


class CarSteps(PushSteps):
    """Lists the cars that credentials give, and lets the person choose."""

    def __init__(self) -> None:
        """Start with no car known."""
        super().__init__()
        self._reads: dict[str, Listing[Signal]] = {}
        self._connections: Listing[Connection] = Listing((), complete=True)
        # What a form showed when it opened; what differs is what a person changed.
        self._shown: Mapping[str, Any] = {}
        self._errors: dict[str, str] = {}
        self._ticked: frozenset[str] = frozenset()
        self._unticked: frozenset[str] = frozenset()
        self._has_chosen = False
        # Where the steps lead on to, when an entry is changed.
        self._leads_to_cars = False
        self._leads_to_webhook = False

    @abstractmethod
    async def async_step_credentials(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for other credentials."""

    async def _try_credentials(self) -> dict[str, str]:
        """List the connections; return the form's errors."""
        if UUID.fullmatch(self._data[CONF_CLIENT_ID]):
            return {CONF_CLIENT_ID: "application_id_given"}
        try:
            self._connections = await self._client().connections()
        except SmartcarError as err:
            _LOGGER.debug("Credentials could not be used: %s", err)
            return self._errors_of(err)
        return {}

    @staticmethod
    def _errors_of(error: SmartcarError) -> dict[str, str]:
        """Return the form's errors for a request that failed."""
        return {"base": next(key for kind, key in ERRORS if isinstance(error, kind))}

    def _take_application_id(self, given: Mapping[str, str]) -> dict[str, str]:
        """Note an Application ID that differs from the one shown.

        Return the form's errors for one that cannot be right; an empty one means
        that there is none.
        """
        application_id = given.get(CONF_APPLICATION_ID) or None
        self._changes.pop(CONF_APPLICATION_ID, None)
        if application_id and not UUID.fullmatch(application_id):
            return {CONF_APPLICATION_ID: "not_an_application_id"}
        if application_id != self._shown.get(CONF_APPLICATION_ID):
            self._changes[CONF_APPLICATION_ID] = application_id
        return {}

    # To connect a car

    async def _cars_or_connect(self) -> ConfigFlowResult:
        """Go on to the cars, or to how to connect one."""
        if self._offered():
            if self.source == SOURCE_RECONFIGURE:
                return await self.async_step_cars()
            return await self.async_step_vehicles()
        if self._connections.items:
            return self.async_abort(reason="cars_in_other_entry")
        if CONF_APPLICATION_ID in self._data:
            return await self.async_step_connect()
        return await self.async_step_no_vehicles()

    async def async_step_no_vehicles(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Explain that a car must be connected first.

        With the Application ID the next step shows a Connect link; without it
        the person uses the dashboard's own, and this looks again.
        """
        errors: dict[str, str] = {}
        given = stripped(user_input)
        if user_input is not None:
            errors = self._take_application_id(given)
            if not errors and CONF_APPLICATION_ID in self._data:
                return await self.async_step_connect()
            if not errors and not (errors := await self._look_again()):
                return await self._cars_or_connect()
        return self._form(
            "no_vehicles",
            APPLICATION,
            "installation.md#connect-a-car",
            given=given,
            errors=errors,
            dashboard=DASHBOARD,
        )

    async def async_step_connect(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show the Connect link, and look for cars again on submit.

        Another Application ID makes another link first.
        """
        errors: dict[str, str] = {}
        known = shown = self._data[CONF_APPLICATION_ID]
        if user_input is not None:
            shown = stripped(user_input).get(CONF_APPLICATION_ID, "")
            if shown == known:
                if not (errors := await self._look_again()):
                    return await self._cars_or_connect()
            elif not shown or UUID.fullmatch(shown):
                self._changes[CONF_APPLICATION_ID] = shown or None
                return await self._cars_or_connect()
            else:
                errors = {CONF_APPLICATION_ID: "not_an_application_id"}
        hosts = Hosts.from_environment()
        return self._form(
            "connect",
            APPLICATION,
            "installation.md#connect-a-car",
            given={CONF_APPLICATION_ID: shown},
            errors=errors,
            live=hosts.connect_link(known),
            simulated=hosts.connect_link(known, "simulated"),
        )

    async def _look_again(self) -> dict[str, str]:
        """Look for cars once more; return the form's errors."""
        if errors := await self._try_credentials():
            return errors
        return {} if self._connections.items else {"base": "no_vehicles"}

    # To choose cars

    async def async_step_vehicles(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Let the person untick cars that should stay away."""
        errors: dict[str, str] = {}
        if user_input is not None and not (errors := self._take_cars(user_input)):
            self._reads = await self._first_reads()
            return await self.async_step_push()
        return self._form(
            "vehicles",
            self._cars_fields(),
            "installation.md#your-cars",
            errors=errors,
        )

    async def async_step_cars(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Let the person leave cars out, or bring them back."""
        errors: dict[str, str] = {}
        if user_input is not None:
            if not (errors := self._take_cars(user_input)):
                if self._leads_to_webhook:
                    return await self.async_step_webhook()
                return await self._finish()
        elif not self._leads_to_cars:
            # Straight from the menu; credentials that fail are asked for first.
            self._leads_to_cars = True
            if errors := await self._try_credentials():
                self._errors = errors
                return await self.async_step_credentials()
            return await self._cars_or_connect()
        return self._form(
            "cars", self._cars_fields(), "installation.md#your-cars", errors=errors
        )

    def _cars_fields(self) -> Fields:
        """Return the list of cars, ticked but for those that are left out."""
        offered, excluded = self._offered(), self._excluded()
        ticked = [id_ for id_ in offered if id_ not in excluded]
        self._shown = {**self._shown, CONF_VEHICLES: ticked}
        labels = _labels(offered.values(), self._vins())
        config = SelectSelectorConfig(
            options=[
                SelectOptionDict(value=id_, label=label)
                for id_, label in labels.items()
            ],
            multiple=True,
            mode=SelectSelectorMode.LIST,
        )
        return {vol.Required(CONF_VEHICLES, default=ticked): SelectSelector(config)}

    def _take_cars(self, given: Mapping[str, list[str]]) -> dict[str, str]:
        """Note which cars were ticked or unticked; return the form's errors."""
        chosen = frozenset(given[CONF_VEHICLES])
        if not chosen:
            return {CONF_VEHICLES: "no_vehicle_chosen"}
        shown = frozenset(self._shown[CONF_VEHICLES])
        self._ticked, self._unticked = chosen - shown, shown - chosen
        self._has_chosen = True
        return {}

    # What is known of the cars

    def _offered(self) -> dict[str, Connection]:
        """Return the newest connection of every car that no other entry holds."""
        entry_id = self.context.get("entry_id")
        oldest_first = sorted(
            self._connections.items,
            key=lambda item: item.updated_at or dt_util.utc_from_timestamp(0),
        )
        newest = {item.vehicle.id: item for item in oldest_first}
        return {
            item.vehicle.id: newest[item.vehicle.id]
            for item in self._connections.items
            if not async_is_held_elsewhere(self.hass, item.vehicle.id, entry_id)
        }

    def _excluded(self) -> frozenset[str]:
        """Return the cars that stay away, with what the person changed.

        A car that is not listed just now stays where it was, and so does one that
        was deleted while the form was open.
        """
        known = frozenset(self._data.get(CONF_EXCLUDED, ()))
        return (known | self._unticked) - self._ticked

    def _vins(self) -> dict[str, str]:
        """Return the VINs that cars of the entry have told."""
        runtime = self._runtime()
        cars = runtime.vehicles if runtime else {}
        return {id_: vin for id_, car in cars.items() if (vin := car.vin) is not None}

    @override
    async def _list_connections(self) -> None:
        if not self._connections.items:
            await self._try_credentials()

    @override
    def _chosen_connections(self) -> dict[str, Connection]:
        excluded = self._excluded()
        return {
            id_: connection
            for id_, connection in self._offered().items()
            if id_ not in excluded
        }

    @override
    def _known_signals(self) -> frozenset[str]:
        if self.source == SOURCE_RECONFIGURE:
            runtime = self._runtime()
            return runtime.known_signals if runtime else frozenset()
        return frozenset(
            signal.code
            for read in self._reads.values()
            for signal in read.items
            if signal.body is not None
        )

    async def _first_reads(self) -> dict[str, Listing[Signal]]:
        """Read every chosen car once; the entry takes the answers over."""
        client = self._client()

        async def read(connection: Connection) -> Listing[Signal] | None:
            try:
                return await client.signals(connection.vehicle.id, connection.user_id)
            except SmartcarError as err:
                _LOGGER.debug("A car could not be read during set-up: %s", err)
                return None

        connections = self._chosen_connections()
        answers = await asyncio.gather(*map(read, connections.values()))
        found = zip(connections, answers, strict=True)
        return {id_: answer for id_, answer in found if answer is not None}


def _labels(
    connections: Iterable[Connection], vins: Mapping[str, str]
) -> dict[str, str]:
    """Name cars so that a person can tell them apart, by vehicle id.

    Cars of one model and year get the end of their VIN, else of their id.
    """
    cars = [connection.vehicle for connection in connections]
    labels = {car.id: _label(car) for car in cars}
    counts = Counter(labels.values())
    return {
        id_: f"{label} · …{vins.get(id_, id_)[-TAIL:]}" if counts[label] > 1 else label
        for id_, label in labels.items()
    }


def _label(car: Vehicle) -> str:
    """Name a car by make, model and year, and say if Smartcar simulates it."""
    year = f" ({car.year})" if car.year else ""
    mode = f" · {car.mode}" if car.mode == "simulated" else ""
    return f"{car.name}{year}{mode}"
