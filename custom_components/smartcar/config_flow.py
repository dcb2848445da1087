"""From an API client id and secret to cars, without a redirect."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
import logging
import re
from typing import Any, Final, override

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigFlowResult,
)
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.core import callback
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
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
from .car.readings import text
from .connections import FIRST_READS, async_is_held_elsewhere
from .const import (
    CONF_APPLICATION_ID,
    CONF_EXCLUDED,
    CONF_MANAGEMENT_TOKEN,
    CONF_VEHICLES,
    DASHBOARD,
    DOMAIN,
    ENTRY_VERSION,
    HELP,
)
from .device import VIN
from .markdown import escaped
from .options_flow import SmartcarOptionsFlow
from .push_flow import SECRET, PushSteps
from .titles import title_of

_LOGGER = logging.getLogger(__name__)

TEXT: Final = TextSelector()
# The Application ID and a v2 secret look like this; a client id never does.
UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

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


class SmartcarConfigFlow(PushSteps, domain=DOMAIN):
    """Sets up one Smartcar application, and changes it later."""

    VERSION = ENTRY_VERSION

    def __init__(self) -> None:
        """Start with nothing known."""
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

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> SmartcarOptionsFlow:
        return SmartcarOptionsFlow()

    # Credentials

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the API credentials, and try them."""
        errors: dict[str, str] = {}
        given: Mapping[str, str] = {}
        if user_input is not None:
            given = _stripped(user_input)
            self._changes = {
                name: given[name] for name in (CONF_CLIENT_ID, CONF_CLIENT_SECRET)
            }
            errors = self._take_application_id(given) or await self._try_credentials()
            if not errors:
                await self._claim_client_id()
                return await self._cars_or_connect()
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema(
                    {
                        vol.Required(CONF_CLIENT_ID): TEXT,
                        vol.Required(CONF_CLIENT_SECRET): SECRET,
                        vol.Optional(CONF_APPLICATION_ID): TEXT,
                    }
                ),
                given,
            ),
            errors=errors,
            description_placeholders={
                "dashboard": DASHBOARD,
                "help": f"{HELP}/installation.md#credentials",
            },
        )

    async def async_step_reauth(
        self,
        entry_data: Mapping[str, Any],  # noqa: ARG002 - Home Assistant passes it
    ) -> ConfigFlowResult:
        """Begin to replace a secret that Smartcar refuses."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a new secret of the same client id."""
        errors: dict[str, str] = {}
        given: Mapping[str, str] = {}
        entry = self._get_reauth_entry()
        if user_input is not None:
            given = _stripped(user_input)
            self._changes |= given
            if not (errors := await self._try_credentials()):
                return self.async_update_reload_and_abort(entry, data_updates=given)
        return self.async_show_form(
            step_id="reauth_confirm",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema({vol.Required(CONF_CLIENT_SECRET): SECRET}), given
            ),
            errors=errors,
            description_placeholders={
                "title": escaped(entry.title),
                "dashboard": DASHBOARD,
                "help": f"{HELP}/installation.md#a-new-secret",
            },
        )

    async def async_step_reconfigure(
        self,
        user_input: dict[str, Any] | None = None,  # noqa: ARG002 - passed to all
    ) -> ConfigFlowResult:
        """Ask what is to be changed."""
        return self.async_show_menu(
            step_id="reconfigure",
            menu_options=["webhook", "cars", "credentials"],
            description_placeholders={
                "help": f"{HELP}/installation.md#change-something-later"
            },
        )

    async def async_step_credentials(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for other credentials; an empty secret keeps the one there is."""
        errors, self._errors = self._errors, {}
        if user_input is None:
            self._shown = given = {**self._base(), CONF_CLIENT_SECRET: ""}
        else:
            given = _stripped(user_input)
            if not (errors := await self._take_credentials(given)):
                return await self._after_credentials()
        return self.async_show_form(
            step_id="credentials",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema(
                    {
                        vol.Required(CONF_CLIENT_ID): TEXT,
                        vol.Optional(CONF_CLIENT_SECRET): SECRET,
                        vol.Optional(CONF_APPLICATION_ID): TEXT,
                    }
                ),
                given,
            ),
            errors=errors,
            description_placeholders={
                "dashboard": DASHBOARD,
                "help": f"{HELP}/installation.md#change-something-later",
            },
        )

    async def _after_credentials(self) -> ConfigFlowResult:
        """Go on to the cars where they may be others, else end."""
        if self._data[CONF_CLIENT_ID] != self._get_reconfigure_entry().unique_id:
            await self._claim_client_id()
            self._leads_to_cars = self._leads_to_webhook = True
        if self._leads_to_cars:
            return await self._cars_or_connect()
        return await self._finish()

    async def _take_credentials(self, given: Mapping[str, str]) -> dict[str, str]:
        """Note what differs from what was shown, and try it; return the errors."""
        self._changes = {}
        if given[CONF_CLIENT_ID] != self._shown.get(CONF_CLIENT_ID):
            self._changes[CONF_CLIENT_ID] = given[CONF_CLIENT_ID]
        if given.get(CONF_CLIENT_SECRET):
            self._changes[CONF_CLIENT_SECRET] = given[CONF_CLIENT_SECRET]
        errors = self._take_application_id(given) or await self._try_credentials()
        if errors or self._knows_a_car_of(self._get_reconfigure_entry()):
            return errors
        return {CONF_CLIENT_ID: "other_cars"}

    async def _claim_client_id(self) -> None:
        """Note which application this is about; abort if it has an entry.

        A page that was reloaded leaves its flow open, and nobody can get back to
        it. Such a flow must not stand in the way of the next one.
        """
        client_id = self._data[CONF_CLIENT_ID]
        await self.async_set_unique_id(client_id, raise_on_progress=False)
        self._abort_if_unique_id_configured()

    async def _try_credentials(self) -> dict[str, str]:
        """List the connections; return the form's errors."""
        if UUID.fullmatch(self._data[CONF_CLIENT_ID]):
            return {CONF_CLIENT_ID: "application_id_given"}
        try:
            self._connections = await self._client().connections()
        except SmartcarError as err:
            _LOGGER.debug("Credentials could not be used: %s", err)
            return {"base": next(key for kind, key in ERRORS if isinstance(err, kind))}
        return {}

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

    def _knows_a_car_of(self, entry: ConfigEntry) -> bool:
        """Return whether these credentials may take over an entry."""
        if self._data[CONF_CLIENT_ID] == entry.unique_id:
            return True
        own = self._cars_of(entry)
        return any(item.vehicle.id in own for item in self._connections.items)

    # Cars

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

    async def async_step_no_vehicles(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Explain that a car must be connected first.

        With the Application ID the next step shows a Connect link; without it
        the person uses the dashboard's own, and this looks again.
        """
        errors: dict[str, str] = {}
        given: Mapping[str, str] = {}
        if user_input is not None:
            given = _stripped(user_input)
            errors = self._take_application_id(given)
            if not errors and CONF_APPLICATION_ID in self._data:
                return await self.async_step_connect()
            if not errors and not (errors := await self._look_again()):
                return await self._cars_or_connect()
        return self.async_show_form(
            step_id="no_vehicles",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema({vol.Optional(CONF_APPLICATION_ID): TEXT}), given
            ),
            errors=errors,
            description_placeholders={
                "dashboard": DASHBOARD,
                "help": f"{HELP}/installation.md#connect-a-car",
            },
        )

    async def async_step_connect(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show the Connect link, and look for cars again on submit.

        Another Application ID makes another link first.
        """
        errors: dict[str, str] = {}
        given: Mapping[str, str] = self._data
        if user_input is not None:
            given = _stripped(user_input)
            known = self._data[CONF_APPLICATION_ID]
            application_id = given.get(CONF_APPLICATION_ID, "")
            if application_id == known:
                if not (errors := await self._look_again()):
                    return await self._cars_or_connect()
            elif not application_id or UUID.fullmatch(application_id):
                self._changes[CONF_APPLICATION_ID] = application_id or None
                return await self._cars_or_connect()
            else:
                errors = {CONF_APPLICATION_ID: "not_an_application_id"}
        hosts = Hosts.from_environment()
        application_id = self._data[CONF_APPLICATION_ID]
        return self.async_show_form(
            step_id="connect",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema({vol.Optional(CONF_APPLICATION_ID): TEXT}),
                {CONF_APPLICATION_ID: given.get(CONF_APPLICATION_ID)},
            ),
            errors=errors,
            description_placeholders={
                "live": hosts.connect_link(application_id),
                "simulated": hosts.connect_link(application_id, "simulated"),
                "help": f"{HELP}/installation.md#connect-a-car",
            },
        )

    async def _look_again(self) -> dict[str, str]:
        """Look for cars once more; return the form's errors."""
        if errors := await self._try_credentials():
            return errors
        return {} if self._connections.items else {"base": "no_vehicles"}

    async def async_step_vehicles(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Let the person untick cars that should stay away."""
        errors: dict[str, str] = {}
        if user_input is not None and not (errors := self._take_cars(user_input)):
            self._reads = await self._first_reads()
            return await self.async_step_push()
        return self.async_show_form(
            step_id="vehicles",
            data_schema=self._cars_schema(),
            errors=errors,
            description_placeholders={"help": f"{HELP}/installation.md#your-cars"},
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
        return self.async_show_form(
            step_id="cars",
            data_schema=self._cars_schema(),
            errors=errors,
            description_placeholders={"help": f"{HELP}/installation.md#your-cars"},
        )

    def _cars_schema(self) -> vol.Schema:
        """Return the list of cars, ticked but for those that are left out."""
        offered = self._offered()
        vins = self._vins()
        excluded = self._excluded()
        self._shown = {
            **self._shown,
            CONF_VEHICLES: [id_ for id_ in offered if id_ not in excluded],
        }
        return vol.Schema(
            {
                vol.Required(
                    CONF_VEHICLES, default=self._shown[CONF_VEHICLES]
                ): SelectSelector(
                    SelectSelectorConfig(
                        options=[
                            SelectOptionDict(value=id_, label=label)
                            for id_, label in _labels(offered.values(), vins).items()
                        ],
                        multiple=True,
                        mode=SelectSelectorMode.LIST,
                    )
                )
            }
        )

    def _take_cars(self, given: Mapping[str, list[str]]) -> dict[str, str]:
        """Note which cars were ticked or unticked; return the form's errors."""
        chosen = frozenset(given[CONF_VEHICLES])
        if not chosen:
            return {CONF_VEHICLES: "no_vehicle_chosen"}
        shown = frozenset(self._shown[CONF_VEHICLES])
        self._ticked, self._unticked = chosen - shown, shown - chosen
        self._has_chosen = True
        return {}

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
        vins = {
            id_: text(car.data.body(VIN) or {}, "value") for id_, car in cars.items()
        }
        return {id_: vin for id_, vin in vins.items() if vin is not None}

    @override
    async def _finish(self) -> ConfigFlowResult:
        self._hang_up()
        data = self._final_data()
        if self._has_chosen:
            data[CONF_EXCLUDED] = sorted(self._excluded())
        if self.source == SOURCE_RECONFIGURE:
            return self._change(self._get_reconfigure_entry(), data)
        # Another flow about the same application may have been faster.
        self._abort_if_unique_id_configured()
        client_id = data[CONF_CLIENT_ID]
        self.hass.data.setdefault(FIRST_READS, {})[client_id] = self._reads
        has_push = CONF_MANAGEMENT_TOKEN in data
        is_empty = bool(self._reads) and not self._known_signals()
        return self.async_create_entry(
            title=title_of(client_id),
            data=data,
            description="store_empty" if is_empty and not has_push else None,
            description_placeholders={"dashboard": DASHBOARD},
        )

    def _change(self, entry: ConfigEntry, data: dict[str, Any]) -> ConfigFlowResult:
        """End the change of an entry; what runs unchanged is not reloaded."""
        runtime = self._runtime()
        if runtime is not None and data == entry.data:
            runtime.push.async_sync_soon()
        had_own_title = entry.title == title_of(entry.data[CONF_CLIENT_ID])
        client_id = data[CONF_CLIENT_ID]
        return self.async_update_reload_and_abort(
            entry,
            unique_id=client_id,
            title=title_of(client_id) if had_own_title else entry.title,
            data=data,
            reload_even_if_entry_is_unchanged=runtime is None,
        )

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


def _stripped(user_input: Mapping[str, str]) -> dict[str, str]:
    """Cut what pasting adds."""
    return {key: value.strip() for key, value in user_input.items()}


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
