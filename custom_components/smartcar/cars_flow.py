"""The steps of the config flow that connect cars, and let the person choose."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from .api import Hosts
from .const import CONF_APPLICATION_ID, CONF_VEHICLES, DASHBOARD
from .entry_flow import TEXT, Fields, stripped
from .listed_cars import application_id_errors, async_read_once, labels
from .push_flow import PushSteps

APPLICATION: Final[Fields] = {vol.Optional(CONF_APPLICATION_ID): TEXT}


class CarSteps(PushSteps):
    """Helps to connect a car, and offers those that are connected."""

    async def _cars_or_connect(self) -> ConfigFlowResult:
        """Go on to the cars, or to how to connect one."""
        if self._offered():
            is_new = self._entry() is None
            return await (
                self.async_step_vehicles() if is_new else self.async_step_cars()
            )
        if self._connections:
            return self.async_abort(reason="cars_in_other_entry")
        if CONF_APPLICATION_ID in self._data:
            return await self.async_step_connect()
        return await self.async_step_no_vehicles()

    # To connect a car

    async def async_step_no_vehicles(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Explain that a car must be connected first.

        With the Application ID the next step shows a Connect link; without it the
        person uses a link of the dashboard, and submits to look again.
        """
        given = stripped(user_input)
        errors = {} if user_input is None else await self._look_again(given)
        if user_input is not None and not errors:
            return await self._cars_or_connect()
        return self._form(
            "no_vehicles", APPLICATION, given, errors, dashboard=DASHBOARD
        )

    async def async_step_connect(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show the Connect link; submit looks for cars, or makes another link."""
        given: Mapping[str, str] = self._data
        errors: dict[str, str] = {}
        if user_input is not None:
            given = stripped(user_input)
            if not (errors := await self._look_again(given)):
                return await self._cars_or_connect()
        hosts, application_id = (
            Hosts.from_environment(),
            self._data[CONF_APPLICATION_ID],
        )
        return self._form(
            "connect",
            APPLICATION,
            given,
            errors,
            live=hosts.connect_link(application_id),
            simulated=hosts.connect_link(application_id, "simulated"),
        )

    async def _look_again(self, given: Mapping[str, str]) -> dict[str, str]:
        """Take another Application ID, else list the cars; return the errors."""
        application_id = given.get(CONF_APPLICATION_ID, "")
        if application_id != self._data.get(CONF_APPLICATION_ID, ""):
            if errors := application_id_errors(application_id):
                return errors
            self._changes[CONF_APPLICATION_ID] = application_id or None
            return {}
        if errors := await self._try_credentials():
            return errors
        return {} if self._connections else {"base": "no_vehicles"}

    # To choose cars

    async def async_step_vehicles(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask which cars to add, and read them once."""
        errors = self._take_cars(user_input)
        if user_input is not None and not errors:
            cars = self._chosen().values()
            self._reads = await async_read_once(self._client(), cars)
            return await self.async_step_push()
        return self._form("vehicles", self._cars_fields(), errors=errors)

    async def async_step_cars(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask which cars to exclude, and which to add again."""
        errors = self._take_cars(user_input)
        if user_input is not None and not errors:
            if self._is_other_application():
                return await self.async_step_webhook()
            return await self.async_step_finish()
        return self._form("cars", self._cars_fields(), errors=errors)

    def _cars_fields(self) -> Fields:
        """Return the list of cars; those that are not excluded are ticked."""
        ticked, runtime = list(self._chosen()), self._runtime()
        self._shown = {**self._shown, CONF_VEHICLES: ticked}
        cars = [connection.vehicle for connection in self._offered().values()]
        known = runtime.vehicles if runtime else {}
        vins = {id_: car.vin for id_, car in known.items() if car.vin is not None}
        config = SelectSelectorConfig(
            options=[
                SelectOptionDict(value=id_, label=label)
                for id_, label in labels(cars, vins).items()
            ],
            multiple=True,
            mode=SelectSelectorMode.LIST,
        )
        return {vol.Required(CONF_VEHICLES, default=ticked): SelectSelector(config)}

    def _take_cars(self, user_input: Mapping[str, list[str]] | None) -> dict[str, str]:
        """Note which cars were ticked or unticked; return the form's errors."""
        if user_input is None:
            return {}
        if not (chosen := frozenset(user_input[CONF_VEHICLES])):
            return {CONF_VEHICLES: "no_vehicle_chosen"}
        shown = frozenset(self._shown[CONF_VEHICLES])
        self._includes, self._excludes = chosen - shown, shown - chosen
        self._has_chosen = True
        return {}
