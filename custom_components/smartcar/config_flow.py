"""From an API client id and secret to cars, without a redirect."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
import logging
import re
from typing import Any, Final, override

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigFlowResult,
    OptionsFlowWithReload,
)
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET, UnitOfTime
from homeassistant.core import callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)
from homeassistant.util import dt as dt_util
import voluptuous as vol

from .account import FIRST_READS, async_is_held_elsewhere
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
)
from .budget import DEFAULT_LIMIT, DEFAULT_RESERVE
from .const import (
    CONF_APPLICATION_ID,
    CONF_CALL_LIMIT,
    CONF_CALL_RESERVE,
    CONF_EXCLUDED,
    CONF_MANAGEMENT_TOKEN,
    CONF_PACE,
    CONF_READ_INTERVAL,
    CONF_READ_ONLY,
    CONF_SHARED_LIMIT,
    CONF_SHORTEST_INTERVAL,
    CONF_VEHICLES,
    DASHBOARD,
    DOMAIN,
    ENTRY_VERSION,
)
from .device import vehicle_id_of
from .pace import PaceMode, PaceOptions
from .push_flow import PUSH_DATA, SECRET, PushSteps

_LOGGER = logging.getLogger(__name__)

TEXT: Final = TextSelector()
# The Application ID and a v2 secret look like this; a client id never does.
UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

ERRORS: Final[tuple[tuple[type[SmartcarError], str], ...]] = (
    (AuthenticationError, "invalid_auth"),
    # The token endpoint's answer to an empty or mangled id or secret.
    (ValidationError, "invalid_auth"),
    (AccessDeniedError, "access_denied"),
    (BillingError, "billing"),
    (RateLimitError, "rate_limited"),
    (SmartcarError, "cannot_connect"),
)

# What reconfiguring keeps of an entry unless the person changes it.
KEPT: Final = (CONF_EXCLUDED, *PUSH_DATA)


class SmartcarConfigFlow(PushSteps, domain=DOMAIN):
    """Sets up one Smartcar application, and changes it later."""

    VERSION = ENTRY_VERSION

    def __init__(self) -> None:
        """Start with nothing known."""
        super().__init__()
        self._reads: dict[str, Listing[Signal]] = {}
        self._connections: Listing[Connection] = Listing((), complete=True)

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
        if user_input is not None:
            self._data = _stripped(user_input)
            if not (errors := await self._try_credentials()):
                await self._claim_client_id()
                return await self._cars_or_connect()
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema(
                    {
                        vol.Required(CONF_CLIENT_ID): TEXT,
                        vol.Required(CONF_CLIENT_SECRET): SECRET,
                    }
                ),
                {CONF_CLIENT_ID: self._data.get(CONF_CLIENT_ID)},
            ),
            errors=errors,
            description_placeholders={"dashboard": DASHBOARD},
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
        entry = self._get_reauth_entry()
        if user_input is not None:
            self._data = {**entry.data, **_stripped(user_input)}
            if not (errors := await self._try_credentials()):
                return self.async_update_reload_and_abort(
                    entry,
                    data_updates={CONF_CLIENT_SECRET: self._data[CONF_CLIENT_SECRET]},
                )
        return self.async_show_form(
            step_id="reauth_confirm",
            data_schema=vol.Schema({vol.Required(CONF_CLIENT_SECRET): SECRET}),
            errors=errors,
            description_placeholders={"title": entry.title, "dashboard": DASHBOARD},
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for other credentials; an empty secret keeps the one there is."""
        errors: dict[str, str] = {}
        entry = self._get_reconfigure_entry()
        shown: Mapping[str, Any] = entry.data
        if user_input is not None:
            given = _stripped(user_input)
            kept = {name: entry.data[name] for name in KEPT if name in entry.data}
            self._data = {**kept, **given}
            if not given.get(CONF_CLIENT_SECRET):
                self._data[CONF_CLIENT_SECRET] = entry.data[CONF_CLIENT_SECRET]
            shown = self._data
            errors = self._check_application_id() or await self._try_credentials()
            if not errors and not self._knows_a_car_of(entry):
                errors = {CONF_CLIENT_ID: "other_cars"}
            if not errors:
                if self._data[CONF_CLIENT_ID] != entry.unique_id:
                    await self._claim_client_id()
                return await self._cars_or_connect()
        return self.async_show_form(
            step_id="reconfigure",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema(
                    {
                        vol.Required(CONF_CLIENT_ID): TEXT,
                        vol.Optional(CONF_CLIENT_SECRET): SECRET,
                        vol.Optional(CONF_APPLICATION_ID): TEXT,
                    }
                ),
                {
                    CONF_CLIENT_ID: shown.get(CONF_CLIENT_ID),
                    CONF_APPLICATION_ID: shown.get(CONF_APPLICATION_ID),
                },
            ),
            errors=errors,
            description_placeholders={"dashboard": DASHBOARD},
        )

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

    def _check_application_id(self) -> dict[str, str]:
        """Return the form's errors for an Application ID that cannot be one."""
        if not (application_id := self._data.get(CONF_APPLICATION_ID)):
            self._data.pop(CONF_APPLICATION_ID, None)
            return {}
        if UUID.fullmatch(application_id):
            return {}
        return {CONF_APPLICATION_ID: "not_an_application_id"}

    def _knows_a_car_of(self, entry: ConfigEntry) -> bool:
        """Tell whether these credentials may take over an entry."""
        if self._data[CONF_CLIENT_ID] == entry.unique_id:
            return True
        devices = dr.async_entries_for_config_entry(
            dr.async_get(self.hass), entry.entry_id
        )
        own = {vehicle_id_of(device) for device in devices}
        return any(item.vehicle.id in own for item in self._connections.items)

    # Cars

    async def _cars_or_connect(self) -> ConfigFlowResult:
        """Go on to the cars, or to how to connect one."""
        if self._offered():
            return await self.async_step_vehicles()
        if self._connections.items:
            return self.async_abort(reason="cars_in_other_entry")
        return await self.async_step_no_vehicles()

    def _offered(self) -> dict[str, str]:
        """Return the cars to choose from, id to label; none of another entry."""
        entry_id = self.context.get("entry_id")
        return {
            item.vehicle.id: _label(item)
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
        if user_input is not None:
            self._data |= {CONF_APPLICATION_ID: "", **_stripped(user_input)}
            errors = self._check_application_id()
            if not errors and CONF_APPLICATION_ID in self._data:
                return await self.async_step_connect()
            if not errors and not (errors := await self._look_again()):
                return await self._cars_or_connect()
        return self.async_show_form(
            step_id="no_vehicles",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema({vol.Optional(CONF_APPLICATION_ID): TEXT}),
                {CONF_APPLICATION_ID: self._data.get(CONF_APPLICATION_ID)},
            ),
            errors=errors,
            description_placeholders={"dashboard": DASHBOARD},
        )

    async def async_step_connect(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show the Connect link, and look for cars again on submit."""
        errors: dict[str, str] = {}
        if user_input is not None and not (errors := await self._look_again()):
            return await self._cars_or_connect()
        hosts, application_id = (
            Hosts.from_environment(),
            self._data[CONF_APPLICATION_ID],
        )
        return self.async_show_form(
            step_id="connect",
            data_schema=vol.Schema({}),
            errors=errors,
            description_placeholders={
                "live": hosts.connect_link(application_id),
                "simulated": hosts.connect_link(application_id, "simulated"),
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
        offered = self._offered()
        excluded = set(self._data.get(CONF_EXCLUDED, ()))
        if user_input is not None:
            if chosen := user_input[CONF_VEHICLES]:
                # An excluded car that is not listed just now stays excluded.
                unticked = (excluded | offered.keys()) - set(chosen)
                self._data[CONF_EXCLUDED] = sorted(unticked)
                self._chosen = chosen
                if self.source != SOURCE_RECONFIGURE:
                    self._reads = await self._first_reads()
                return await self.async_step_push()
            errors = {CONF_VEHICLES: "no_vehicle_chosen"}
        schema = {
            vol.Required(
                CONF_VEHICLES, default=[id_ for id_ in offered if id_ not in excluded]
            ): SelectSelector(
                SelectSelectorConfig(
                    options=[
                        SelectOptionDict(value=id_, label=label)
                        for id_, label in offered.items()
                    ],
                    multiple=True,
                    mode=SelectSelectorMode.LIST,
                )
            )
        }
        return self.async_show_form(
            step_id="vehicles", data_schema=vol.Schema(schema), errors=errors
        )

    @override
    async def _finish(self) -> ConfigFlowResult:
        self._hang_up()
        if self.source == SOURCE_RECONFIGURE:
            return self.async_update_reload_and_abort(
                self._get_reconfigure_entry(),
                unique_id=self._data[CONF_CLIENT_ID],
                data=self._data,
            )
        # Another flow about the same application may have been faster.
        self._abort_if_unique_id_configured()
        reads = self.hass.data.setdefault(FIRST_READS, {})
        reads[self._data[CONF_CLIENT_ID]] = self._reads
        has_push = CONF_MANAGEMENT_TOKEN in self._data
        is_empty = bool(self._reads) and not self._known_signals()
        names = dict.fromkeys(
            connection.vehicle.name
            for connection in self._chosen_connections().values()
        )
        return self.async_create_entry(
            title=", ".join(names),
            data=self._data,
            description="store_empty" if is_empty and not has_push else None,
            description_placeholders={"dashboard": DASHBOARD},
        )

    @override
    def _chosen_connections(self) -> dict[str, Connection]:
        # Of several grants for a car the newest is the one to use.
        oldest_first = sorted(
            self._connections.items,
            key=lambda item: item.updated_at or dt_util.utc_from_timestamp(0),
        )
        newest = {item.vehicle.id: item for item in oldest_first}
        return {id_: newest[id_] for id_ in self._chosen}

    @override
    def _known_signals(self) -> frozenset[str]:
        if self.source == SOURCE_RECONFIGURE:
            account = self._account()
            return account.known_signals if account else frozenset()
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


class SmartcarOptionsFlow(OptionsFlowWithReload):
    """How the cars are read, what that may cost, and whether to send commands."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the pace, the calls of the plan, and for read-only use."""
        errors: dict[str, str] = {}
        shown: Mapping[str, Any] = self.config_entry.options
        if user_input is not None:
            if user_input[CONF_CALL_RESERVE] < user_input[CONF_CALL_LIMIT]:
                return self.async_create_entry(data=user_input)
            errors = {CONF_CALL_RESERVE: "reserve_too_large"}
            shown = user_input
        usual = PaceOptions()
        schema = {
            vol.Required(CONF_PACE, default=usual.mode.value): SelectSelector(
                SelectSelectorConfig(
                    options=[mode.value for mode in PaceMode],
                    translation_key=CONF_PACE,
                    mode=SelectSelectorMode.LIST,
                )
            ),
            vol.Required(
                CONF_SHORTEST_INTERVAL, default=usual.floor / timedelta(minutes=1)
            ): _number(15, 240, 5, UnitOfTime.MINUTES),
            vol.Required(
                CONF_READ_INTERVAL, default=usual.interval / timedelta(hours=1)
            ): _number(0.25, 168, 0.25, UnitOfTime.HOURS),
            vol.Required(CONF_CALL_LIMIT, default=DEFAULT_LIMIT): _number(1, 1_000_000),
            vol.Required(CONF_CALL_RESERVE, default=DEFAULT_RESERVE): _number(
                0, 1_000_000
            ),
            vol.Required(CONF_SHARED_LIMIT, default=False): BooleanSelector(),
            vol.Required(CONF_READ_ONLY, default=False): BooleanSelector(),
        }
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(vol.Schema(schema), shown),
            errors=errors,
        )


def _number(
    lowest: float, highest: float, step: float = 1, unit: str | None = None
) -> NumberSelector:
    """Build a field for a number, in a unit."""
    config = NumberSelectorConfig(
        min=lowest, max=highest, step=step, mode=NumberSelectorMode.BOX
    )
    if unit is not None:
        config["unit_of_measurement"] = unit
    return NumberSelector(config)


def _stripped(user_input: Mapping[str, str]) -> dict[str, str]:
    """Cut what pasting adds."""
    return {key: value.strip() for key, value in user_input.items()}


def _label(connection: Connection) -> str:
    """Name a car so that a person knows it: make, model, year and mode."""
    car = connection.vehicle
    year = f" ({car.year})" if car.year else ""
    return f"{car.name}{year} · {car.mode}"
