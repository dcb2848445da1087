"""Setting up, changing and repairing an entry, against a simulated Smartcar.

Every result that a person would see here is compared with the English texts: each
text must exist, and each placeholder in it must be given.
"""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData, UnknownFlow
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

import custom_components.smartcar
from custom_components.smartcar.const import (
    CONF_APPLICATION_ID,
    CONF_CALL_LIMIT,
    CONF_CALL_RESERVE,
    CONF_EXCLUDED,
    CONF_PACE,
    CONF_READ_INTERVAL,
    CONF_READ_ONLY,
    CONF_SHARED_LIMIT,
    CONF_SHORTEST_INTERVAL,
    CONF_VEHICLES,
    DOMAIN,
)
from custom_components.smartcar.device import vehicle_id_of
from custom_components.smartcar.options import SECTIONS, flat
from simulator import fleet
from simulator.car import Car
from simulator.cloud import Cloud
from simulator.faults import Fault

from .cars import DAY, HOUR, reads
from .conftest import ORDINARY_DAY, Travel
from .flow import (
    ALL_CARS,
    CREDENTIALS,
    add,
    assert_abort,
    assert_form,
    begin,
    change,
    configure,
    entry_of,
    filled_in,
    offered,
    reauthenticate,
    reconfigure,
    selectors,
    sign_in,
    submit,
    ticked,
)

OTHER_CLIENT_ID = "client_01ANOTHERAPPLICATION0007531"
NEW_SECRET = "new-secret-9d27b6e0"
OTHER_APPLICATION_ID = "b40d9c27-65e1-4f83-8a9b-1d7e3c50f682"

# Masked, and not filled in by a browser with the password of Home Assistant.
SECRET_FIELD = {
    "text": {
        "type": "password",
        "autocomplete": "new-password",
        "multiple": False,
        "multiline": False,
    }
}

ONE_READ = dict.fromkeys(ALL_CARS, 1)
NAMES = {
    fleet.BEV: "Volkswagen ID.4 (2023)",
    fleet.PHEV: "Volvo XC60 (2022)",
    fleet.ICE: "Nissan Qashqai (2021)",
}
NEW_CAR = "5d20e7a9-48c1-4f6b-93be-a7f04c18d265"


def cars_of(hass: HomeAssistant, entry: MockConfigEntry) -> set[str | None]:
    """Return the ids of the cars that have a device."""
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return {vehicle_id_of(device) for device in devices}


def entities_of(
    hass: HomeAssistant, entry: MockConfigEntry, vehicle_id: str
) -> set[str]:
    """Return the ids of a car's entities."""
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return {one.entity_id for one in entities if one.unique_id.startswith(vehicle_id)}


# What happens at Smartcar


def become_other_application(cloud: Cloud) -> None:
    """Answer to the credentials of another application from now on."""
    cloud.application.client_id = OTHER_CLIENT_ID
    cloud.application.expire_tokens()


def replace_secret(cloud: Cloud) -> None:
    """Accept the new secret only from now on."""
    cloud.application.restore_secret(NEW_SECRET)
    cloud.application.expire_tokens()


def add_car(cloud: Cloud, **changes: Any) -> None:
    """Connect a fourth car: another Qashqai of the same year, or what is given."""
    spec = replace(fleet.ICE_SPEC, vehicle_id=NEW_CAR, vin="SJNFAAJ11U0TWIN42")
    car = Car(replace(spec, **changes), permissions=fleet.PERMISSIONS_ICE)
    cloud.connect(cloud.users[fleet.USER_2], cloud.add_car(car))


def disconnect(cloud: Cloud, *vehicle_ids: str) -> None:
    """End the connections to some cars, or to all."""
    for connection in list(cloud.connections.values()):
        if not vehicle_ids or connection.car.vehicle_id in vehicle_ids:
            cloud.disconnect(connection)


def connect_bev(cloud: Cloud) -> None:
    """Connect the ID.4, as its owner does in Connect."""
    cloud.connect(cloud.users[fleet.USER_1], cloud.cars[fleet.BEV])


# What is wrong at Smartcar: the error that is shown, and where what is answered.
PROBLEMS = {
    "no answer about the token": ("cannot_connect", "token", "cut_before_headers"),
    "no answer": ("cannot_connect", "connections", "cut_before_headers"),
    "a proxy answers": ("cannot_connect", "connections", "html"),
    "not the documented list": ("cannot_connect", "connections", "list"),
    "too many tokens": ("rate_limited", "token", "RATE_LIMIT/SMARTCAR_API"),
    "too many requests": ("rate_limited", "connections", "RATE_LIMIT/SMARTCAR_API"),
    "no access": ("access_denied", "connections", "AUTHENTICATION/ACCESS_DENIED"),
    "token refused": ("invalid_auth", "connections", "AUTHENTICATION/UNAUTHORIZED"),
    "suspended": ("billing", "connections", "BILLING/ACCOUNT_SUSPENDED"),
}


def begin_problem(cloud: Cloud, problem: str) -> dict[str, str]:
    """Let a problem last until the faults are cleared; return the errors to show."""
    error, operation, answer = PROBLEMS[problem]
    type_, _, code = answer.partition("/")
    how = {"type": type_, "code": code} if code else {"kind": answer}
    cloud.faults.add(Fault(operation, times=None, **how))
    return {"base": error}


# What a person mistakes, at first and when credentials change.
MISTAKES = {
    "wrong secret": (CONF_CLIENT_SECRET, "wrong", "invalid_auth"),
    "unknown client id": (CONF_CLIENT_ID, OTHER_CLIENT_ID, "invalid_auth"),
    "other id": (CONF_CLIENT_ID, fleet.APPLICATION_ID, "application_id_given"),
    "client id": (CONF_APPLICATION_ID, fleet.CLIENT_ID, "not_an_application_id"),
}
MISTAKES_AT_FIRST = MISTAKES | {
    "blank client id": (CONF_CLIENT_ID, "  ", "invalid_auth"),
    "blank secret": (CONF_CLIENT_SECRET, "", "invalid_auth"),
    "other id in capitals, pasted": (
        CONF_CLIENT_ID,
        f" {fleet.APPLICATION_ID.upper()} ",
        "application_id_given",
    ),
}


# Adding an application


async def test_an_application_is_added_from_client_id_and_secret(
    hass: HomeAssistant, cloud: Cloud, travel: Travel
) -> None:
    """Two screens lead to all cars, each of them read once."""
    with patch.object(
        custom_components.smartcar,
        "async_setup_entry",
        wraps=custom_components.smartcar.async_setup_entry,
    ) as setup:
        result = await begin(hass)
        assert_form(result, "user")
        fields = selectors(result)
        assert list(fields) == [CONF_CLIENT_ID, CONF_CLIENT_SECRET, CONF_APPLICATION_ID]
        assert fields[CONF_CLIENT_ID]["text"].get("type", "text") == "text"
        assert fields[CONF_CLIENT_SECRET] == SECRET_FIELD
        assert not cloud.requests

        # What pasting adds does no harm and is not stored.
        pasted = {name: f"  {value}\n" for name, value in CREDENTIALS.items()}
        result = await submit(hass, result, **pasted)
        assert_form(result, "vehicles")
        assert not reads(cloud)
        shown = selectors(result)[CONF_VEHICLES]["select"]
        assert (shown["multiple"], shown["mode"]) == (True, "list")
        assert offered(result) == NAMES
        assert ticked(result) == ALL_CARS

        result = await submit(hass, result, vehicles=list(ALL_CARS))
        assert setup.call_count == 1

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Smartcar …000000"
    assert result["description"] is None
    assert result["version"] == 3
    assert result["data"] == {**CREDENTIALS, CONF_EXCLUDED: []}
    assert result["options"] == {}

    entry = entry_of(hass, fleet.CLIENT_ID)
    assert entry is result["result"]
    assert entry.unique_id == fleet.CLIENT_ID
    assert entry.state is ConfigEntryState.LOADED
    assert cars_of(hass, entry) == ALL_CARS
    assert all(entities_of(hass, entry, vehicle_id) for vehicle_id in ALL_CARS)

    # Set-up has taken the flow's reads over, and reads nothing twice.
    await travel(120)
    assert reads(cloud) == ONE_READ


async def test_cars_are_offered_by_make_model_and_year(
    hass: HomeAssistant, cloud: Cloud
) -> None:
    """A simulated car says so; a year that Smartcar does not know is left out."""
    add_car(cloud, make="BMW", model="320i", mode="simulated")
    phev = cloud.cars[fleet.PHEV]
    phev.spec = replace(phev.spec, year=None)
    assert offered(await sign_in(hass)) == NAMES | {
        fleet.PHEV: "Volvo XC60",
        NEW_CAR: "BMW 320i (2021) · simulated",
    }


async def test_cars_of_one_model_are_told_apart(
    hass: HomeAssistant, cloud: Cloud, travel: Travel
) -> None:
    """By the end of the id, and of the VIN once it is known; it costs no call."""
    add_car(cloud)
    result = await sign_in(hass)
    assert offered(result) == NAMES | {
        fleet.ICE: f"Nissan Qashqai (2021) · …{fleet.ICE[-6:]}",
        NEW_CAR: f"Nissan Qashqai (2021) · …{NEW_CAR[-6:]}",
    }
    assert not reads(cloud)
    result = await submit(hass, result, vehicles=[fleet.ICE, NEW_CAR])
    await travel(2)
    before = reads(cloud)
    result = await change(hass, result["result"], "cars")
    assert offered(result)[NEW_CAR] == "Nissan Qashqai (2021) · …TWIN42"
    assert reads(cloud) == before


async def test_an_unticked_car_stays_away(
    hass: HomeAssistant, cloud: Cloud, travel: Travel
) -> None:
    """It is excluded, has no device and costs no call; one car must be ticked."""
    result = await submit(hass, await sign_in(hass), vehicles=[])
    assert_form(result, "vehicles", {CONF_VEHICLES: "no_vehicle_chosen"})
    assert ticked(result) == ALL_CARS
    assert not reads(cloud)

    result = await submit(hass, result, vehicles=[fleet.BEV, fleet.ICE])
    assert result["data"][CONF_EXCLUDED] == [fleet.PHEV]
    await travel(120)
    entry = result["result"]
    assert cars_of(hass, entry) == {fleet.BEV, fleet.ICE}
    assert not entities_of(hass, entry, fleet.PHEV)
    assert reads(cloud) == {fleet.BEV: 1, fleet.ICE: 1}


async def test_two_owners_of_a_car_are_one_choice(
    hass: HomeAssistant, cloud: Cloud
) -> None:
    """The car is read with the newest grant: the older may have lost its sign-in."""
    cloud.connect(cloud.users[fleet.USER_2], cloud.cars[fleet.BEV])
    result = await sign_in(hass)
    assert offered(result).keys() == ALL_CARS

    await submit(hass, result, vehicles=[fleet.BEV])
    assert [
        request.user_id for request in cloud.requests if request.operation == "signals"
    ] == [fleet.USER_2]


# Credentials that do not work


@pytest.mark.parametrize("problem", PROBLEMS)
async def test_a_problem_is_named_and_can_pass(
    hass: HomeAssistant, cloud: Cloud, problem: str
) -> None:
    """The form says what is wrong; the same form works once it is over."""
    errors = begin_problem(cloud, problem)
    result = await sign_in(hass)
    assert_form(result, "user", errors)

    cloud.faults.clear()
    assert_form(await submit(hass, result, **CREDENTIALS), "vehicles")


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("where", ["reauth", "credentials", "cars"])
async def test_a_problem_of_an_entry_is_named_and_can_pass(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, problem: str, where: str
) -> None:
    """Nothing changes before Smartcar has answered; then it goes where it led to."""
    cloud.application.expire_tokens()
    before = dict(loaded.data)
    if where == "reauth":
        step = await reauthenticate(hass, loaded)
        first = given = {CONF_CLIENT_SECRET: fleet.CLIENT_SECRET}
    elif where == "credentials":
        step = await change(hass, loaded, "credentials")
        first = given = before
    else:
        step = await reconfigure(hass, loaded)
        first, given = {"next_step_id": "cars"}, before
    errors = begin_problem(cloud, problem)
    step = await submit(hass, step, **first)
    assert_form(step, "reauth_confirm" if where == "reauth" else "credentials", errors)

    cloud.faults.clear()
    step = await submit(hass, step, **given)
    assert (
        step.get("reason", step.get("step_id"))
        == {
            "reauth": "reauth_successful",
            "credentials": "reconfigure_successful",
            "cars": "cars",
        }[where]
    )
    assert loaded.data == before


@pytest.mark.parametrize("mistake", MISTAKES_AT_FIRST)
async def test_a_mistake_is_named_and_can_be_corrected(
    hass: HomeAssistant, cloud: Cloud, mistake: str
) -> None:
    """What was typed stays in the form, also the secret.

    An Application ID as client id is not even tried: Smartcar could only answer
    that something is wrong.
    """
    field, value, error = MISTAKES_AT_FIRST[mistake]
    typed = {**CREDENTIALS, CONF_APPLICATION_ID: fleet.APPLICATION_ID, field: value}
    result = await sign_in(hass, **typed)
    is_tried = error == "invalid_auth"
    assert_form(result, "user", {"base" if is_tried else field: error})
    stripped = {name: value.strip() for name, value in typed.items()}
    assert filled_in(result) == {name: it for name, it in stripped.items() if it}
    assert bool(cloud.requests) is is_tried

    assert_form(await submit(hass, result, **CREDENTIALS), "vehicles")


async def test_a_refused_connection_is_named_and_can_pass(
    hass: HomeAssistant,
    cloud: Cloud,
    unused_tcp_port: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing listens at first."""
    with monkeypatch.context() as away:
        away.setenv("SMARTCAR_ENDPOINT", f"http://127.0.0.1:{unused_tcp_port}")
        result = await sign_in(hass)
        assert_form(result, "user", {"base": "cannot_connect"})

    assert_form(await submit(hass, result, **CREDENTIALS), "vehicles")


async def test_an_application_is_added_once(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry
) -> None:
    """The client id tells that it is here already."""
    assert_abort(await sign_in(hass), "already_configured")


async def test_a_dialog_left_open_does_not_stand_in_the_way(
    hass: HomeAssistant, cloud: Cloud
) -> None:
    """A reloaded page cannot go back to its dialog; the next one makes the entry."""
    left = await sign_in(hass)
    assert_form(left, "vehicles")
    await add(hass, fleet.BEV)
    assert hass.config_entries.flow.async_progress() == []
    with pytest.raises(UnknownFlow):
        await submit(hass, left, vehicles=[fleet.BEV])
    assert len(hass.config_entries.async_entries(DOMAIN)) == 1


async def test_two_dialogs_that_end_at_once_make_one_entry(
    hass: HomeAssistant, cloud: Cloud
) -> None:
    """The slower one finds the application set up, and replaces nothing."""
    steps = [await sign_in(hass) for _ in range(2)]
    steps = [
        await submit(hass, step, skip_push=False, vehicles=[fleet.BEV])
        for step in steps
    ]
    results = await asyncio.gather(
        *(submit(hass, step, skip_push=False) for step in steps),
        return_exceptions=True,
    )
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    assert [
        result["result"]
        for result in results
        if isinstance(result, dict) and "result" in result
    ] == [entry]


# No car yet


def linked(step: ConfigFlowResult, mode: str = "live") -> str:
    """Return the Application ID in the Connect link of a mode."""
    link = urlsplit(step["description_placeholders"][mode])
    assert link.path == "/connect/oauth/authorize"
    query = parse_qs(link.query, strict_parsing=True)
    (application_id,) = query.pop("application_id")
    assert query == {"response_type": ["none"], "mode": [mode]}
    return application_id


async def test_a_connect_link_leads_to_the_first_car(
    hass: HomeAssistant, cloud: Cloud
) -> None:
    """The Application ID makes the link; each submit looks for cars again."""
    disconnect(cloud)
    result = await sign_in(hass)
    assert_form(result, "no_vehicles")

    result = await submit(hass, result, application_id=f" {fleet.APPLICATION_ID} ")
    assert_form(result, "connect")
    assert filled_in(result) == {CONF_APPLICATION_ID: fleet.APPLICATION_ID}
    for mode in ("live", "simulated"):
        assert linked(result, mode) == fleet.APPLICATION_ID

    result = await submit(hass, result, application_id=fleet.APPLICATION_ID)
    assert_form(result, "connect", {"base": "no_vehicles"})

    connect_bev(cloud)
    result = await submit(hass, result, application_id=fleet.APPLICATION_ID)
    assert_form(result, "vehicles")
    assert offered(result).keys() == {fleet.BEV}

    result = await submit(hass, result, vehicles=[fleet.BEV])
    assert result["data"] == {
        **CREDENTIALS,
        CONF_APPLICATION_ID: fleet.APPLICATION_ID,
        CONF_EXCLUDED: [],
    }
    assert cars_of(hass, result["result"]) == {fleet.BEV}


async def test_an_application_id_given_at_once_leads_straight_to_the_link(
    hass: HomeAssistant, cloud: Cloud
) -> None:
    """A wrong one is corrected there, without going back to the credentials."""
    disconnect(cloud)
    result = await sign_in(hass, application_id=OTHER_APPLICATION_ID)
    assert_form(result, "connect")
    assert linked(result) == OTHER_APPLICATION_ID

    result = await submit(hass, result, application_id=fleet.CLIENT_ID)
    assert_form(result, "connect", {CONF_APPLICATION_ID: "not_an_application_id"})
    assert filled_in(result) == {CONF_APPLICATION_ID: fleet.CLIENT_ID}
    assert linked(result) == OTHER_APPLICATION_ID

    result = await submit(hass, result, application_id=f" {fleet.APPLICATION_ID} ")
    assert_form(result, "connect")
    assert linked(result) == fleet.APPLICATION_ID

    result = await submit(hass, result)
    assert_form(result, "no_vehicles")
    connect_bev(cloud)
    result = await submit(hass, result)
    result = await submit(hass, result, vehicles=[fleet.BEV])
    assert CONF_APPLICATION_ID not in result["data"]


@pytest.mark.parametrize(
    "given",
    ["my application", fleet.CLIENT_ID, f"{fleet.APPLICATION_ID}0"],
    ids=["no Application ID", "the client id", "a character too many"],
)
async def test_an_application_id_has_a_form(
    hass: HomeAssistant, cloud: Cloud, given: str
) -> None:
    """Connect would refuse anything else; a mistake can be corrected or cleared."""
    disconnect(cloud)
    result = await submit(hass, await sign_in(hass), application_id=given)
    assert_form(result, "no_vehicles", {CONF_APPLICATION_ID: "not_an_application_id"})
    assert filled_in(result) == {CONF_APPLICATION_ID: given}

    result = await submit(hass, result)
    assert_form(result, "no_vehicles", {"base": "no_vehicles"})
    assert filled_in(result) == {}

    result = await submit(hass, result, application_id=fleet.APPLICATION_ID)
    assert_form(result, "connect")


@pytest.mark.parametrize(
    "given", [{}, {CONF_APPLICATION_ID: " "}], ids=["left out", "blank"]
)
async def test_without_application_id_it_looks_again(
    hass: HomeAssistant, cloud: Cloud, given: dict[str, str]
) -> None:
    """The owner may use a link that the dashboard made."""
    disconnect(cloud)
    result = await submit(hass, await sign_in(hass), **given)
    assert_form(result, "no_vehicles", {"base": "no_vehicles"})

    connect_bev(cloud)
    result = await submit(hass, result, **given)
    assert_form(result, "vehicles")

    result = await submit(hass, result, vehicles=[fleet.BEV])
    assert result["data"] == {**CREDENTIALS, CONF_EXCLUDED: []}


async def test_a_problem_while_looking_again_is_named_and_can_pass(
    hass: HomeAssistant, cloud: Cloud
) -> None:
    """Neither step forgets what was given when Smartcar does not answer."""
    disconnect(cloud)
    result = await sign_in(hass)

    cloud.faults.add(Fault("connections", "html", times=None))
    result = await submit(hass, result)
    assert_form(result, "no_vehicles", {"base": "cannot_connect"})

    for _ in range(2):
        result = await submit(hass, result, application_id=fleet.APPLICATION_ID)
    assert_form(result, "connect", {"base": "cannot_connect"})

    cloud.faults.clear()
    connect_bev(cloud)
    result = await submit(hass, result, application_id=fleet.APPLICATION_ID)
    assert_form(result, "vehicles")


# Cars of another entry


@pytest.mark.parametrize("is_running", [True, False])
async def test_a_car_of_another_entry_is_not_offered_and_stays_there(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    travel: Travel,
    is_running: bool,
) -> None:
    """One car belongs to one entry, also while that one is switched off."""
    become_other_application(cloud)
    add_car(cloud)
    if not is_running:
        assert await hass.config_entries.async_unload(loaded.entry_id)
    before = reads(cloud)

    result = await sign_in(hass, client_id=OTHER_CLIENT_ID)
    assert_form(result, "vehicles")
    assert offered(result).keys() == {NEW_CAR}

    result = await submit(hass, result, vehicles=[NEW_CAR])
    await travel(120)
    assert cars_of(hass, loaded) == ALL_CARS
    assert cars_of(hass, entry_of(hass, OTHER_CLIENT_ID)) == {NEW_CAR}
    assert reads(cloud) - before == {NEW_CAR: 1}


@pytest.mark.parametrize("is_connected_later", [False, True])
async def test_an_application_with_cars_of_another_entry_only_is_not_added(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, is_connected_later: bool
) -> None:
    """There would be nothing to choose; that is not called no car, either."""
    become_other_application(cloud)
    if is_connected_later:
        disconnect(cloud)
    result = await sign_in(hass, client_id=OTHER_CLIENT_ID)
    if is_connected_later:
        result = await submit(hass, result, application_id=OTHER_APPLICATION_ID)
        connect_bev(cloud)
        result = await submit(hass, result, application_id=OTHER_APPLICATION_ID)
    assert_abort(result, "cars_in_other_entry")


# The first read


@pytest.mark.parametrize("empty_store", ["list", "not_found"])
@pytest.mark.parametrize("unless", [None, "one is filled", "none can be read"])
async def test_an_empty_store_is_explained(
    hass: HomeAssistant, cloud: Cloud, empty_store: str, unless: str | None
) -> None:
    """Smartcar collects nothing before a webhook is verified and subscribed.

    One filled store shows that the webhook works; without any answer nothing is
    known of the stores.
    """
    cloud.fill_store = "never"
    cloud.empty_store = empty_store
    if unless == "one is filled":
        cloud.refresh(cloud.cars[fleet.PHEV])
    elif unless:
        cloud.faults.add(Fault("signals", times=None))
    result = await add(hass)
    assert result["description"] == (None if unless else "store_empty")
    assert cars_of(hass, result["result"]) == ALL_CARS


async def test_a_car_that_cannot_be_read_stops_nothing(
    hass: HomeAssistant, cloud: Cloud, travel: Travel
) -> None:
    """It is added with the others, and set-up reads it again."""
    cloud.faults.add(Fault("signals", vehicle_id=fleet.BEV))
    result = await add(hass)
    assert result["description"] is None

    await travel(120)
    assert reads(cloud) == ONE_READ | {fleet.BEV: 2}
    assert cars_of(hass, result["result"]) == ALL_CARS


# A secret that Smartcar refuses


async def test_a_new_secret_replaces_a_refused_one(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """The entry keeps all until one works; no car is read for it."""
    before = dict(loaded.data)
    replace_secret(cloud)

    result = await reauthenticate(hass, loaded)
    assert_form(result, "reauth_confirm")
    assert result["description_placeholders"]["title"] == loaded.title
    assert selectors(result) == {CONF_CLIENT_SECRET: SECRET_FIELD}

    result = await submit(hass, result, client_secret="wrong")
    assert_form(result, "reauth_confirm", {"base": "invalid_auth"})
    assert filled_in(result) == {CONF_CLIENT_SECRET: "wrong"}
    assert loaded.data == before

    result = await submit(hass, result, client_secret=f" {NEW_SECRET} ")
    assert_abort(result, "reauth_successful")
    assert loaded.data == {**before, CONF_CLIENT_SECRET: NEW_SECRET}
    assert loaded.unique_id == fleet.CLIENT_ID
    assert loaded.state is ConfigEntryState.LOADED

    await travel(120)
    assert reads(cloud) == ONE_READ


# Changing an entry


async def test_reconfigure_asks_what_is_to_be_changed(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry
) -> None:
    """One thing at a time; nothing is asked of Smartcar yet."""
    before = len(cloud.requests)
    menu = await reconfigure(hass, loaded)
    assert menu["type"] is FlowResultType.MENU
    assert menu["step_id"] == "reconfigure"
    assert menu["menu_options"] == ["webhook", "cars", "credentials"]
    assert len(cloud.requests) == before


async def test_reconfigure_takes_a_new_secret_and_application_id(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """The form shows what is not secret; cars with fresh data are not read again."""
    before = dict(loaded.data)
    replace_secret(cloud)

    result = await change(hass, loaded, "credentials")
    assert_form(result, "credentials")
    fields = selectors(result)
    assert list(fields) == [CONF_CLIENT_ID, CONF_CLIENT_SECRET, CONF_APPLICATION_ID]
    assert fields[CONF_CLIENT_SECRET] == SECRET_FIELD
    assert filled_in(result) == {
        CONF_CLIENT_ID: fleet.CLIENT_ID,
        CONF_APPLICATION_ID: fleet.APPLICATION_ID,
    }

    result = await submit(
        hass,
        result,
        client_id=f" {fleet.CLIENT_ID} ",
        client_secret=f" {NEW_SECRET} ",
        application_id=f" {OTHER_APPLICATION_ID} ",
    )
    assert_abort(result, "reconfigure_successful")
    assert loaded.data == {
        **before,
        CONF_CLIENT_SECRET: NEW_SECRET,
        CONF_APPLICATION_ID: OTHER_APPLICATION_ID,
    }
    assert loaded.title == "Simulated cars"
    assert loaded.state is ConfigEntryState.LOADED

    await travel(120)
    assert cars_of(hass, loaded) == ALL_CARS
    assert reads(cloud) == ONE_READ


@pytest.mark.parametrize(
    "secret",
    [{}, {CONF_CLIENT_SECRET: ""}, {CONF_CLIENT_SECRET: " "}],
    ids=["left out", "empty", "blank"],
)
async def test_reconfigure_without_secret_keeps_it(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, secret: dict[str, str]
) -> None:
    """An Application ID that is not given any more is forgotten."""
    given = {CONF_CLIENT_ID: fleet.CLIENT_ID, **secret}
    result = await change(hass, loaded, "credentials", **given)
    assert_abort(result, "reconfigure_successful")
    assert loaded.data == CREDENTIALS


@pytest.mark.parametrize("mistake", MISTAKES)
async def test_a_mistake_in_reconfigure_can_be_corrected(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, mistake: str
) -> None:
    """The form keeps what was typed, and the entry what it had."""
    field, value, error = MISTAKES[mistake]
    before = dict(loaded.data)
    typed = before | {CONF_APPLICATION_ID: OTHER_APPLICATION_ID, field: value}
    if field != CONF_CLIENT_SECRET:
        del typed[CONF_CLIENT_SECRET]
    result = await change(hass, loaded, "credentials", **typed)
    assert_form(
        result, "credentials", {"base" if error == "invalid_auth" else field: error}
    )
    assert filled_in(result) == typed
    assert loaded.data == before

    result = await submit(hass, result, client_id=fleet.CLIENT_ID)
    assert_abort(result, "reconfigure_successful")
    assert loaded.data == CREDENTIALS


async def test_an_entry_moves_to_another_application_with_one_of_its_cars(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """Devices, entities and fresh data stay; the other client id is its own now."""
    hass.config_entries.async_update_entry(loaded, title="Smartcar …000000")
    entities = entities_of(hass, loaded, fleet.PHEV)
    become_other_application(cloud)
    disconnect(cloud, fleet.BEV, fleet.ICE)

    result = await change(hass, loaded, "credentials", client_id=OTHER_CLIENT_ID)
    assert_form(result, "cars")
    assert offered(result).keys() == {fleet.PHEV}
    result = await submit(hass, result, vehicles=[fleet.PHEV])
    assert_abort(result, "reconfigure_successful")

    assert loaded.unique_id == OTHER_CLIENT_ID
    assert loaded.title == "Smartcar …007531"
    assert loaded.data == {
        CONF_CLIENT_ID: OTHER_CLIENT_ID,
        CONF_CLIENT_SECRET: fleet.CLIENT_SECRET,
        CONF_EXCLUDED: [],
    }
    assert loaded.state is ConfigEntryState.LOADED
    await travel(120)
    assert entities_of(hass, loaded, fleet.PHEV) == entities
    assert reads(cloud) == ONE_READ


NEW_IDS = {
    fleet.BEV: "9b1e5c70-3f42-4d86-a1c9-7e0d52b864f1",
    fleet.PHEV: "9b1e5c70-3f42-4d86-a1c9-7e0d52b864f2",
}


def connect_under_new_ids(cloud: Cloud) -> None:
    """Connect two of the cars again, as another application lists them."""
    users = [item.user for item in cloud.connections.values()]
    disconnect(cloud)
    for (old, new), user in zip(NEW_IDS.items(), users, strict=False):
        before = cloud.car(old)
        spec = replace(before.spec, vehicle_id=new)
        car = cloud.add_car(Car(spec, permissions=before.permissions))
        cloud.connect(user, car, before.permissions)


@pytest.mark.parametrize("is_loaded", [True, False])
async def test_an_entry_moves_to_an_application_with_new_ids(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    travel: Travel,
    is_loaded: bool,
) -> None:
    """The VINs tell which car is which; each is read once, and one is left behind."""
    entities = {old: entities_of(hass, loaded, old) for old in NEW_IDS}
    vehicles = loaded.runtime_data.vehicles
    used = {old: vehicles[old].budget.used for old in NEW_IDS}
    become_other_application(cloud)
    connect_under_new_ids(cloud)
    if not is_loaded:
        await hass.config_entries.async_unload(loaded.entry_id)

    result = await change(hass, loaded, "credentials", client_id=OTHER_CLIENT_ID)
    assert_form(result, "cars")
    assert offered(result).keys() == set(NEW_IDS.values())
    result = await submit(hass, result, vehicles=list(NEW_IDS.values()))
    assert_abort(result, "reconfigure_successful")
    await hass.async_block_till_done(wait_background_tasks=True)
    await travel(120)

    assert loaded.unique_id == OTHER_CLIENT_ID
    vehicles = loaded.runtime_data.vehicles
    assert vehicles.keys() == {*NEW_IDS.values(), fleet.ICE}
    for old, new in NEW_IDS.items():
        assert entities[old] <= entities_of(hass, loaded, new)
        assert vehicles[new].budget.used == used[old] + 1
    assert reads(cloud) == dict.fromkeys({*ALL_CARS, *NEW_IDS.values()}, 1)
    # A power cut now loses nothing: the registries are written later.
    assert loaded.runtime_data.context.stored.moved == NEW_IDS


async def test_an_application_that_cannot_be_read_changes_nothing(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry
) -> None:
    """Which car is which is found before anything is moved, and asked once a car."""
    before = {id_: entities_of(hass, loaded, id_) for id_ in ALL_CARS}
    become_other_application(cloud)
    connect_under_new_ids(cloud)
    new = NEW_IDS[fleet.PHEV]
    cloud.faults.add(Fault("signals", vehicle_id=new, times=1))
    result = await change(hass, loaded, "credentials", client_id=OTHER_CLIENT_ID)
    assert_form(result, "credentials", {"base": "cannot_connect"})
    assert loaded.unique_id == fleet.CLIENT_ID
    assert {id_: entities_of(hass, loaded, id_) for id_ in ALL_CARS} == before
    result = await submit(hass, result, client_id=OTHER_CLIENT_ID)
    assert_form(result, "cars")
    assert reads(cloud)[NEW_IDS[fleet.BEV]] == 1


async def test_a_car_that_tells_no_vin_is_another_car(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry
) -> None:
    """Make and model prove nothing."""
    become_other_application(cloud)
    connect_under_new_ids(cloud)
    cloud.faults.add(Fault("signals", type="PERMISSION", times=None))
    result = await change(hass, loaded, "credentials", client_id=OTHER_CLIENT_ID)
    assert_form(result, "credentials", {CONF_CLIENT_ID: "other_cars"})


async def test_an_application_of_other_cars_is_another_entry(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry
) -> None:
    """A typing mistake must not replace all cars."""
    become_other_application(cloud)
    disconnect(cloud)
    add_car(cloud)
    result = await change(hass, loaded, "credentials", client_id=OTHER_CLIENT_ID)
    assert_form(result, "credentials", {CONF_CLIENT_ID: "other_cars"})
    assert loaded.unique_id == fleet.CLIENT_ID

    connect_bev(cloud)
    result = await submit(hass, result, client_id=OTHER_CLIENT_ID)
    assert_form(result, "cars")


async def test_the_application_of_another_entry_is_refused(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry
) -> None:
    """Two entries of one application would read every car twice."""
    MockConfigEntry(domain=DOMAIN, unique_id=OTHER_CLIENT_ID).add_to_hass(hass)
    become_other_application(cloud)
    result = await change(hass, loaded, "credentials", client_id=OTHER_CLIENT_ID)
    assert_abort(result, "already_configured")
    assert loaded.unique_id == fleet.CLIENT_ID


async def test_unticking_a_car_removes_it_and_ticking_brings_it_back(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """Only the car that comes back is read: what was known of it is forgotten."""
    entities = entities_of(hass, loaded, fleet.ICE)
    shown = {entity_id for entity_id in entities if hass.states.get(entity_id)}
    assert shown

    result = await change(hass, loaded, "cars")
    for left, times in (({fleet.BEV, fleet.PHEV}, 1), (ALL_CARS, 2)):
        # Nothing changes until the form is complete.
        result = await submit(hass, result, vehicles=[])
        assert_form(result, "cars", {CONF_VEHICLES: "no_vehicle_chosen"})
        result = await submit(hass, result, vehicles=list(left))
        assert_abort(result, "reconfigure_successful")
        await hass.async_block_till_done(wait_background_tasks=True)
        await travel(120)
        is_back = left == ALL_CARS
        assert loaded.data[CONF_EXCLUDED] == ([] if is_back else [fleet.ICE])
        assert cars_of(hass, loaded) == left
        assert entities_of(hass, loaded, fleet.ICE) == (entities if is_back else set())
        assert {one for one in shown if hass.states.get(one)} == (
            shown if is_back else set()
        )
        assert reads(cloud) == ONE_READ | {fleet.ICE: times}
        result = await change(hass, loaded, "cars")
        assert offered(result).keys() == ALL_CARS
        assert ticked(result) == left


async def test_a_car_that_is_not_listed_just_now_stays_excluded(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """It must not come back by itself once its owner connects it again."""
    hass.config_entries.async_update_entry(
        loaded, data={**loaded.data, CONF_EXCLUDED: [fleet.BEV]}
    )
    disconnect(cloud, fleet.BEV)
    result = await change(hass, loaded, "cars")
    assert offered(result).keys() == {fleet.PHEV, fleet.ICE}
    result = await submit(hass, result, vehicles=[fleet.PHEV])
    assert_abort(result, "reconfigure_successful")
    assert loaded.data[CONF_EXCLUDED] == sorted([fleet.BEV, fleet.ICE])

    connect_bev(cloud)
    await travel(HOUR + 1)
    assert cars_of(hass, loaded) == {fleet.PHEV}


@pytest.mark.parametrize("application_id", [fleet.APPLICATION_ID, None])
async def test_reconfigure_without_any_connection_leads_to_a_connect_link(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    application_id: str | None,
) -> None:
    """The Application ID is there already; cleared, it is forgotten."""
    disconnect(cloud)
    result = await change(hass, loaded, "cars")
    assert_form(result, "connect")
    assert filled_in(result) == {CONF_APPLICATION_ID: fleet.APPLICATION_ID}
    given = {CONF_APPLICATION_ID: application_id} if application_id else {}
    if application_id is None:
        result = await submit(hass, result)
        assert_form(result, "no_vehicles")
        result = await submit(hass, result)
        assert_form(result, "no_vehicles", {"base": "no_vehicles"})
    connect_bev(cloud)
    result = await submit(hass, result, **given)
    result = await submit(hass, result, vehicles=[fleet.BEV])
    assert_abort(result, "reconfigure_successful")
    assert loaded.data == {**CREDENTIALS, **given, CONF_EXCLUDED: []}


# Two changes at the same time


async def test_a_secret_given_meanwhile_stays(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry
) -> None:
    """The form of Reconfigure was opened while the old one was refused."""
    before = await change(hass, loaded, "cars")
    credentials = await change(hass, loaded, "credentials")
    replace_secret(cloud)
    reauth = await reauthenticate(hass, loaded)
    result = await submit(hass, reauth, client_secret=NEW_SECRET)
    assert_abort(result, "reauth_successful")

    result = await submit(hass, before, vehicles=[fleet.BEV])
    assert_abort(result, "reconfigure_successful")
    assert loaded.data[CONF_CLIENT_SECRET] == NEW_SECRET

    given = {CONF_CLIENT_ID: fleet.CLIENT_ID, CONF_APPLICATION_ID: OTHER_APPLICATION_ID}
    result = await submit(hass, credentials, **given)
    assert_abort(result, "reconfigure_successful")
    assert loaded.data == {
        **given,
        CONF_CLIENT_SECRET: NEW_SECRET,
        CONF_EXCLUDED: sorted([fleet.PHEV, fleet.ICE]),
    }


async def test_a_car_deleted_meanwhile_stays_away(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """It was ticked when the form opened, which is no wish to have it back."""
    result = await change(hass, loaded, "cars")
    hass.config_entries.async_update_entry(
        loaded, data={**loaded.data, CONF_EXCLUDED: [fleet.ICE]}
    )
    result = await submit(hass, result, vehicles=[fleet.BEV, fleet.ICE])
    assert_abort(result, "reconfigure_successful")
    assert loaded.data[CONF_EXCLUDED] == sorted([fleet.ICE, fleet.PHEV])
    await travel(2)
    assert cars_of(hass, loaded) == {fleet.BEV}


async def test_options_changed_meanwhile_stay(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    """A form writes what was changed in it, and leaves the rest."""
    first, second = [await configure(hass, loaded) for _ in range(2)]
    changes = {CONF_PACE: "fixed", CONF_READ_ONLY: True, CONF_CALL_LIMIT: 60}
    await submit(hass, first, **changes)
    result = await submit(hass, second, pace="fixed", read_interval=2)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert loaded.options == USUAL | changes | {CONF_READ_INTERVAL: 2}


# The title


@pytest.mark.parametrize(
    ("title", "becomes"),
    [
        ("Volkswagen ID.4, Volvo XC60, Nissan Qashqai", "Smartcar …000000"),
        ("Nissan Qashqai", "Smartcar …000000"),
        ("Nissan Qashqai, Papa", "Nissan Qashqai, Papa"),
        ("Our cars", "Our cars"),
    ],
)
async def test_a_title_of_cars_is_replaced(
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    title: str,
    becomes: str,
) -> None:
    """Cars come and go; what a person chose stays."""
    hass.config_entries.async_update_entry(entry, title=title)
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert entry.title == becomes


# Options

USUAL = {
    CONF_PACE: "adaptive",
    CONF_SHORTEST_INTERVAL: 15,
    CONF_READ_INTERVAL: 6,
    CONF_CALL_LIMIT: 500,
    CONF_CALL_RESERVE: 50,
    CONF_SHARED_LIMIT: False,
    CONF_READ_ONLY: False,
    "charging_loss": 0,
    "unknown_place": "unknown",
    "voice_sentences": False,
    "assistant_commands": False,
    "assistant_unlock": False,
}


async def test_the_read_interval_moves_the_next_read(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """The interval counts from the last read; the reload itself reads nothing."""
    car = loaded.runtime_data.vehicles[fleet.BEV]
    due = car.next_read.due

    result = await configure(hass, loaded)
    assert_form(result, "init")
    shown = selectors(result)[CONF_READ_INTERVAL]["number"]
    assert shown["unit_of_measurement"] == "h"
    assert (shown["min"], shown["max"], shown["step"]) == (0.25, 168, 0.25)
    assert flat(result["data_schema"]({part: {} for part in SECTIONS})) == USUAL

    result = await submit(hass, result, pace="fixed", read_interval=1.5)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert loaded.options == USUAL | {CONF_PACE: "fixed", CONF_READ_INTERVAL: 1.5}
    assert filled_in(await configure(hass, loaded))[CONF_READ_INTERVAL] == 1.5

    reloaded = loaded.runtime_data.vehicles[fleet.BEV]
    assert reloaded is not car
    assert due - reloaded.next_read.due == timedelta(hours=4.5)
    await travel(1.4 * HOUR)
    assert reads(cloud) == ONE_READ
    await travel(0.2 * HOUR)
    assert reads(cloud) == dict.fromkeys(ALL_CARS, 2)


@pytest.mark.parametrize(
    "fields",
    [
        {"read_interval": 0},
        {"read_interval": 0.2},
        {"read_interval": 169},
        {"shortest_interval": 10},
        {"call_limit": 0},
        {"call_reserve": -1},
        {"pace": "reckless"},
    ],
    ids=str,
)
async def test_options_have_limits(
    hass: HomeAssistant, loaded: MockConfigEntry, fields: dict[str, Any]
) -> None:
    """Too short an interval would spend the month's calls in a day."""
    before = dict(loaded.options)
    with pytest.raises(InvalidData):
        await configure(hass, loaded, **fields)
    assert loaded.options == before


async def test_a_reserve_above_the_limit_leaves_nothing_to_read_with(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    """It is said at the field, and what was entered stays."""
    result = await configure(hass, loaded, call_limit=40, call_reserve=40)
    assert_form(result, "init", {CONF_CALL_RESERVE: "reserve_too_large"})
    assert filled_in(result)[CONF_CALL_LIMIT] == 40
    result = await submit(hass, result, call_limit=40, call_reserve=10)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    budget = loaded.runtime_data.vehicles[fleet.BEV].budget
    assert (budget.limit, budget.reserve) == (40, 10)


@ORDINARY_DAY
async def test_one_limit_for_all_cars(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """Every car's calls count for all, and each has a third of the reads.

    Those made before the option was chosen, too.
    """
    await configure(hass, loaded, pace="fixed", shared_limit=True, call_limit=60)
    cars = loaded.runtime_data.vehicles
    assert len({id(car.budget) for car in cars.values()}) == 1
    await hass.async_block_till_done(wait_background_tasks=True)
    await travel(6 * HOUR)
    assert cars[fleet.BEV].budget.used == 6
    assert cars[fleet.BEV].budget.cars == 3


async def test_no_pace_reads_nothing(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """Off is off; Refresh still works."""
    await configure(hass, loaded, pace="off")
    car = loaded.runtime_data.vehicles[fleet.BEV]
    assert (car.next_read.due, car.next_read.reason) == (None, "off")
    await travel(2 * DAY)
    assert reads(cloud) == ONE_READ
    await car.async_read_now()
    assert reads(cloud)[fleet.BEV] == 2
