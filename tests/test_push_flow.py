"""Setting push up through the forms, with Smartcar's side of it simulated.

The simulated cloud calls Home Assistant's real HTTP server.
"""

from collections.abc import AsyncGenerator
from typing import Any

from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smartcar.const import (
    CONF_ADDRESS,
    CONF_MANAGEMENT_TOKEN,
    CONF_PREVIOUS_TOKEN,
    CONF_ROTATED_AT,
    DOMAIN,
)
from custom_components.smartcar.push.address import CallbackUrl
from custom_components.smartcar.push.pending import SAVE_DELAY
from simulator import fleet
from simulator.cloud import Cloud
from simulator.faults import Fault
from simulator.resources import Webhook
from simulator.sender import Sender

from .cars import IS_LOCKED, SOC, repairs
from .conftest import Travel
from .flow import (
    ALL_CARS,
    CREDENTIALS,
    TEXTS,
    assert_abort,
    assert_form,
    begin,
    entry_of,
    filled_in,
    reconfigure,
    selectors,
    submit,
)

NAME = "Of the test"
NEW_TOKEN = "another-management-token"

DONE, UNDONE, OPEN = "✓", "✗", "?"


@pytest.fixture(autouse=True)
def address(hass: HomeAssistant, server: object, cloud: Cloud) -> str | None:
    """Let Home Assistant be reached, and subscriptions appear at once."""
    cloud.subscription_delay = 0
    return hass.config.internal_url


@pytest.fixture
async def sender(cloud: Cloud) -> AsyncGenerator[Sender]:
    """Return Smartcar's webhook sender and its dashboard."""
    async with Sender(cloud) as sender:
        yield sender


def webhook(url: str, **changes: Any) -> Webhook:
    """Return a webhook as a person makes it in the dashboard."""
    settings: dict[str, Any] = {
        "id": "d3b8c6a1-0f7e-4a52-9c41-7e90b1d2f6a8",
        "name": NAME,
        "callback_uri": url,
        "triggers": (IS_LOCKED,),
        "data": (SOC, IS_LOCKED),
        "created_at": dt_util.utcnow(),
    }
    return Webhook(**settings | changes)


def subscribed(cloud: Cloud, made: Webhook) -> set[str]:
    """Return the cars that are subscribed to a webhook."""
    found = cloud.subscriptions.values()
    return {one.car.vehicle_id for one in found if one.webhook is made}


def go_offline(patching: pytest.MonkeyPatch) -> None:
    """Leave Home Assistant without an address for Smartcar."""

    async def nowhere(*_: object) -> CallbackUrl:
        return CallbackUrl(problem="no_external_url")

    patching.setattr(
        "custom_components.smartcar.push_trial.async_callback_url", nowhere
    )


async def go(hass: HomeAssistant, step: ConfigFlowResult, **fields: Any) -> Any:
    """Submit a step of push."""
    return await submit(hass, step, skip_push=False, **fields)


async def choose(hass: HomeAssistant, menu: ConfigFlowResult, option: str) -> Any:
    """Choose from the checklist."""
    return await go(hass, menu, next_step_id=option)


async def end(hass: HomeAssistant, menu: ConfigFlowResult) -> Any:
    """Finish, and wait until the entry has followed."""
    result = await choose(hass, menu, "finish")
    await hass.async_block_till_done(wait_background_tasks=True)
    return result


async def to_push(hass: HomeAssistant) -> ConfigFlowResult:
    """Walk to the step that shows the address, if there is one."""
    step = await go(hass, await begin(hass), **CREDENTIALS)
    return await go(hass, step, vehicles=list(ALL_CARS))


async def to_push_again(
    hass: HomeAssistant, entry: MockConfigEntry
) -> ConfigFlowResult:
    """Choose the webhook of an entry that is there."""
    return await go(hass, await reconfigure(hass, entry), next_step_id="webhook")


async def to_dashboard(
    hass: HomeAssistant, token: str = fleet.MANAGEMENT_TOKEN
) -> ConfigFlowResult:
    """Walk to the step that tells what to do in Smartcar's dashboard."""
    step = await go(hass, await to_push(hass), management_token=token)
    assert_form(step, "dashboard")
    return step


async def to_webhook(
    hass: HomeAssistant,
    sender: Sender,
    token: str = fleet.MANAGEMENT_TOKEN,
    **changes: Any,
) -> tuple[ConfigFlowResult, Webhook]:
    """Walk past the dashboard, with a webhook made there; return it, too."""
    step = await to_dashboard(hass, token)
    made = webhook(url_of(step), **changes)
    await sender.add(made)
    return await go(hass, step), made


async def with_push(
    hass: HomeAssistant, sender: Sender
) -> tuple[MockConfigEntry, Webhook]:
    """Make an entry with everything working; return it with its webhook."""
    menu, made = await to_webhook(hass, sender)
    await choose(hass, menu, "finish")
    await sender.deliver_due()
    await hass.async_block_till_done()
    return entry_of(hass, fleet.CLIENT_ID), made


def url_of(step: ConfigFlowResult) -> str:
    """Return the address a step shows to be copied."""
    return filled_in(step)[CONF_ADDRESS]


NEXT_STEPS = TEXTS["entity"]["sensor"]["webhook"]["state_attributes"]["next_step"]


def lines(menu: ConfigFlowResult) -> dict[str, str]:
    """Return marks and counts of the checklist, and the name of what is next."""
    assert menu["type"] is FlowResultType.MENU
    assert menu["step_id"] in {"checklist", "complete"}
    told = dict(menu["description_placeholders"])
    by_text = {text: name for name, text in NEXT_STEPS["state"].items()}
    told["next"] = by_text[told["next"]] if "next" in told else "nothing"
    del told["help"]
    return told


async def test_push_is_set_up_step_by_step(
    hass: HomeAssistant, cloud: Cloud, sender: Sender, travel: Travel, address: str
) -> None:
    """Address, token, dashboard, checklist; then the cars change by themselves."""
    step = await to_push(hass)
    url = url_of(step)
    assert url.startswith(f"{address}/api/webhook/")
    assert selectors(step)[CONF_MANAGEMENT_TOKEN]["text"]["type"] == "password"
    step = await go(hass, step, management_token=f" {fleet.MANAGEMENT_TOKEN}\n")
    assert url_of(step) == url
    menu = await go(hass, step)
    assert lines(menu) == {
        "address": DONE,
        "asked": DONE,
        "webhook": UNDONE,
        "enabled": OPEN,
        "signals": OPEN,
        "attached": OPEN,
        "verified": UNDONE,
        "signed": OPEN,
        "delivered": UNDONE,
        "flowing": OPEN,
        "basic": "0",
        "basic_all": "12",
        "extra": "0",
        "extra_all": "55",
        "subscribed": "0",
        "cars": "3",
        "diary": OPEN,
        "lacking": "0",
        "next": "webhook",
    }

    step = await choose(hass, menu, "dashboard")
    assert url_of(step) == url
    assert await sender.add(webhook(url))
    menu = await go(hass, step)
    told = lines(menu)
    undone = {name for name, mark in told.items() if mark == UNDONE}
    assert undone == {"delivered", "diary"}
    assert told["lacking"].startswith("EnergyAdded, IsCharging, ")
    assert (told["basic"], told["extra"]) == ("2", "0")
    assert (told["subscribed"], told["next"]) == ("3", "delivered")

    assert [a.status for a in await sender.deliver_due()] == [200, 200, 200]
    menu = await choose(hass, menu, "look_again")
    assert lines(menu)["delivered"] == DONE
    assert lines(menu)["next"] == "nothing"
    assert menu["step_id"] == "complete"
    assert menu["menu_options"] == ["finish", "look_again", "dashboard", "token"]

    result = await choose(hass, menu, "finish")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    entry = entry_of(hass, fleet.CLIENT_ID)
    assert entry.data[CONF_MANAGEMENT_TOKEN] == fleet.MANAGEMENT_TOKEN
    assert url_of(step).endswith(entry.data[CONF_WEBHOOK_ID])
    assert cloud.count("signals") == 3

    # The look at the webhook is made in the background.
    await hass.async_block_till_done(wait_background_tasks=True)
    shown = hass.states.get("sensor.blauer_blitz_webhook")
    assert shown.state == "working"
    assert shown.attributes["next_step"] == "nothing"
    sensor = "lock.blauer_blitz_lock"
    assert hass.states.get(sensor).state == "locked"
    cloud.cars[fleet.BEV].locked = False
    cloud.refresh(cloud.cars[fleet.BEV])
    (attempt,) = await sender.deliver_due()
    assert attempt.status == 200
    await hass.async_block_till_done()
    assert hass.states.get(sensor).state == "unlocked"
    assert cloud.count("signals") == 3
    assert repairs(hass) == []


async def test_first_deliveries_during_the_flow_are_not_lost(
    hass: HomeAssistant, cloud: Cloud, sender: Sender
) -> None:
    """A store that only fills by the webhook has nothing to read at first."""
    cloud.fill_store = "subscribed"
    for connection in cloud.connections.values():
        connection.store.empty()
    for subscription in tuple(cloud.subscriptions.values()):
        cloud.unsubscribe(subscription)
    menu, _ = await to_webhook(hass, sender)
    assert len(await sender.deliver_due()) == 3
    result = await choose(hass, menu, "finish")
    assert result["description"] is None
    await hass.async_block_till_done()
    assert hass.states.get("sensor.volkswagen_id_4_battery").state == "62.0"
    assert cloud.count("signals") == 3


@pytest.mark.parametrize("token", [None, "", "  "], ids=["left out", "empty", "blank"])
async def test_push_can_be_left_out(
    hass: HomeAssistant, cloud: Cloud, token: str | None
) -> None:
    """Nothing is registered then, nothing asked, and nothing is missed."""
    given = {} if token is None else {CONF_MANAGEMENT_TOKEN: token}
    result = await go(hass, await to_push(hass), **given)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert CONF_WEBHOOK_ID not in result["data"]
    assert CONF_MANAGEMENT_TOKEN not in result["data"]
    assert cloud.count("webhooks") == 0
    assert repairs(hass) == []


async def test_without_a_public_address_push_is_passed_by(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The step says why and what follows; the entry can be made all the same."""
    with monkeypatch.context() as away:
        go_offline(away)
        menu = await to_push(hass)
        assert menu["step_id"] == "push_unavailable"
        menu = await choose(hass, menu, "push")
        assert menu["step_id"] == "push_unavailable"
    # There is an address now.
    assert_form(await choose(hass, menu, "push"), "push")
    hass.config_entries.flow.async_abort(menu["flow_id"])

    go_offline(monkeypatch)
    result = await choose(hass, await to_push(hass), "finish")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert CONF_WEBHOOK_ID not in result["data"]

    menu = await to_push_again(hass, result["result"])
    assert menu["step_id"] == "webhook_unavailable"
    assert_abort(await choose(hass, menu, "finish"), "reconfigure_successful")


@pytest.mark.parametrize("keep", [True, False])
async def test_push_without_an_address_is_kept_or_switched_off(
    hass: HomeAssistant, sender: Sender, monkeypatch: pytest.MonkeyPatch, keep: bool
) -> None:
    """An address may come back; push can be ended all the same."""
    entry, _ = await with_push(hass, sender)
    hass.config.internal_url = None
    go_offline(monkeypatch)
    menu = await to_push_again(hass, entry)
    assert (lines(menu)["address"], lines(menu)["next"]) == (UNDONE, "address")
    step = await choose(hass, menu, "finish" if keep else "switch_off")
    assert_abort(step if keep else await go(hass, step), "reconfigure_successful")
    assert (CONF_WEBHOOK_ID in entry.data) is keep


async def test_an_address_that_goes_during_the_flow(
    hass: HomeAssistant, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The checklist says so, and asks nothing in vain."""
    step = await to_dashboard(hass)
    go_offline(monkeypatch)
    told = lines(await go(hass, step))
    assert (told["address"], told["asked"], told["webhook"]) == (UNDONE, OPEN, OPEN)
    assert cloud.count("webhooks") == 0


@pytest.mark.parametrize("other", [fleet.CLIENT_ID, fleet.CLIENT_SECRET])
async def test_another_credential_is_no_management_token(
    hass: HomeAssistant, other: str
) -> None:
    """Which id goes where is easily confused."""
    errors = {CONF_MANAGEMENT_TOKEN: "not_a_management_token"}
    step = await go(hass, await to_push(hass), management_token=other)
    assert_form(step, "push", errors)
    assert filled_in(step)[CONF_MANAGEMENT_TOKEN] == other

    step = await go(hass, step, management_token=NEW_TOKEN)
    menu = await go(hass, step)
    step = await go(hass, await choose(hass, menu, "token"), management_token=other)
    assert_form(step, "token", errors)
    menu = await go(hass, step)
    assert menu["step_id"] == "checklist"
    result = await choose(hass, menu, "finish")
    assert result["data"][CONF_MANAGEMENT_TOKEN] == NEW_TOKEN


@pytest.mark.parametrize("is_left_open", [False, True])
async def test_a_second_try_shows_the_same_address(
    hass: HomeAssistant, sender: Sender, is_left_open: bool
) -> None:
    """The first dialog may stay open behind it; the second makes the only entry."""
    left = await to_dashboard(hass)
    made = webhook(url_of(left))
    assert await sender.add(made)
    if not is_left_open:
        hass.config_entries.flow.async_abort(left["flow_id"])
    assert await sender.verify(made) is is_left_open
    step = await to_dashboard(hass)
    assert url_of(step) == url_of(left)
    assert await sender.verify(made)
    result = await choose(hass, await go(hass, step), "finish")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert hass.config_entries.flow.async_progress() == []
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    assert url_of(left).endswith(entry.data[CONF_WEBHOOK_ID])
    assert await sender.verify(made)


async def forget_all_but_the_disk(hass: HomeAssistant, travel: Travel) -> None:
    """Forget what a restart of Home Assistant forgets."""
    await travel(SAVE_DELAY + 1)
    for flow in hass.config_entries.flow.async_progress():
        hass.config_entries.flow.async_abort(flow["flow_id"])
    for key in [key for key in hass.data if str(key).startswith(f"{DOMAIN}_pending")]:
        hass.data.pop(key)


@pytest.mark.parametrize(
    ("days", "stays"), [(0, True), (29, True), (31, False)], ids=str
)
async def test_a_restart_keeps_the_address(
    hass: HomeAssistant, travel: Travel, days: int, stays: bool
) -> None:
    """It may stand in the dashboard already; after a month it is given up."""
    url = url_of(await to_push(hass))
    await forget_all_but_the_disk(hass, travel)
    await travel(days * 86_400)
    assert (url_of(await to_push(hass)) == url) is stays


async def test_an_entry_takes_the_kept_address(
    hass: HomeAssistant, hass_storage: dict[str, Any], sender: Sender, travel: Travel
) -> None:
    """Nothing is left for a second entry to use."""
    stored = f"{DOMAIN}.pending"
    step = await to_dashboard(hass)
    await travel(SAVE_DELAY + 1)
    (item,) = hass_storage[stored]["data"].values()
    assert url_of(step).endswith(item["webhook_id"])
    await choose(hass, await go(hass, step), "finish")
    await travel(SAVE_DELAY + 1)
    assert hass_storage[stored]["data"] == {}


@pytest.mark.parametrize(
    "data",
    [
        [],
        {fleet.CLIENT_ID: {}},
        {fleet.CLIENT_ID: "x"},
        {fleet.CLIENT_ID: {"webhook_id": "x", "since": "soon"}},
    ],
    ids=["a list", "nothing in it", "no object", "no time"],
)
async def test_a_kept_address_that_cannot_be_read_is_replaced(
    hass: HomeAssistant, hass_storage: dict[str, Any], data: Any
) -> None:
    """Set-up goes on with another one."""
    stored = f"{DOMAIN}.pending"
    hass_storage[stored] = {"version": 1, "key": stored, "data": data}
    assert len(url_of(await to_push(hass)).rpartition("/")[2]) == 64


@pytest.mark.parametrize("later", [False, True])
async def test_a_wrong_token_is_corrected(
    hass: HomeAssistant, sender: Sender, later: bool
) -> None:
    """One that fits is entered in place; what came before it does not count.

    The entry works without; Reconfigure shows what is wrong at once.
    """
    menu, made = await to_webhook(hass, sender, "not-the-token")
    told = lines(menu)
    assert (told["webhook"], told["verified"], told["signed"]) == (DONE, UNDONE, UNDONE)
    if later:
        result = await choose(hass, menu, "finish")
        assert result["type"] is FlowResultType.CREATE_ENTRY
        assert not await sender.verify(made)
        menu = await to_push_again(hass, result["result"])
    assert lines(menu)["next"] == "signed"

    step = await choose(hass, menu, "token")
    assert_form(step, "token")
    menu = await go(hass, step, management_token=f" {fleet.MANAGEMENT_TOKEN} ")
    told = lines(menu)
    assert (told["signed"], told["next"]) == (OPEN, "verified")
    assert await sender.verify(made)
    told = lines(await choose(hass, menu, "look_again"))
    assert (told["verified"], told["signed"]) == (DONE, DONE)
    await sender.deliver_due()
    assert lines(await choose(hass, menu, "look_again"))["delivered"] == DONE
    await end(hass, menu)
    entry = entry_of(hass, fleet.CLIENT_ID)
    assert entry.data[CONF_MANAGEMENT_TOKEN] == fleet.MANAGEMENT_TOKEN
    assert entry.data.get(CONF_PREVIOUS_TOKEN) == ("not-the-token" if later else None)


async def test_a_webhook_of_another_address_is_named(
    hass: HomeAssistant, sender: Sender
) -> None:
    """What is to be done is to change it, not to make a second one."""
    step = await to_dashboard(hass)
    path = url_of(step).partition("/api/")[2]
    await sender.add(webhook(f"https://old.example.org/api/{path}"))
    told = lines(await go(hass, step))
    assert (told["webhook"], told["next"]) == (UNDONE, "moved")


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"is_enabled": False}, "enabled"),
        ({"data": ()}, "signals"),
        ({"triggers": ()}, "signals"),
    ],
    ids=["disabled", "without data signals", "without triggers"],
)
async def test_a_half_finished_webhook_shows_in_the_checklist(
    hass: HomeAssistant, sender: Sender, changes: dict[str, Any], line: str
) -> None:
    """The line that needs work, and only that one; the last one is advice."""
    menu, _ = await to_webhook(hass, sender, **changes)
    told = lines(menu)
    undone = {name for name, mark in told.items() if mark == UNDONE}
    assert undone - {"delivered", "diary"} == {line}


async def test_smartcar_not_answering_shows_in_the_checklist(
    hass: HomeAssistant, cloud: Cloud
) -> None:
    """What was not answered is open, not undone."""
    step = await to_dashboard(hass)
    cloud.faults.add(Fault("webhooks", type="SERVER", code="INTERNAL", times=None))
    told = lines(await go(hass, step))
    assert (told["asked"], told["webhook"], told["enabled"]) == (UNDONE, OPEN, OPEN)


async def test_a_new_token_is_tried_before_the_old_one_goes(
    hass: HomeAssistant, cloud: Cloud, sender: Sender
) -> None:
    """While the form is open both work; closing it keeps the old one."""
    entry, made = await with_push(hass, sender)
    old = cloud.application.management_token
    step = await choose(hass, await to_push_again(hass, entry), "token")
    await end(hass, await go(hass, step, management_token=old))
    assert CONF_PREVIOUS_TOKEN not in entry.data
    for ends_well in (False, True):
        step = await choose(hass, await to_push_again(hass, entry), "token")
        step = await go(hass, step, management_token=NEW_TOKEN)
        assert await sender.verify(made)
        cloud.application.management_token = NEW_TOKEN
        assert await sender.verify(made)
        if not ends_well:
            hass.config_entries.flow.async_abort(step["flow_id"])
            assert not await sender.verify(made)
            cloud.application.management_token = old
    assert_abort(await end(hass, step), "reconfigure_successful")
    assert entry.data[CONF_MANAGEMENT_TOKEN] == NEW_TOKEN
    assert entry.data[CONF_PREVIOUS_TOKEN] == old
    assert CONF_ROTATED_AT in entry.data
    assert await sender.verify(made)


@pytest.mark.parametrize("dialogs", [1, 2])
async def test_push_is_switched_off(
    hass: HomeAssistant, cloud: Cloud, sender: Sender, dialogs: int
) -> None:
    """Token and address are forgotten, and nothing answers any more.

    Of two dialogs the slower one finds nothing left to do.
    """
    entry, made = await with_push(hass, sender)
    steps = []
    for _ in range(dialogs):
        menu = await to_push_again(hass, entry)
        assert menu["step_id"] == "complete"
        assert "switch_off" in menu["menu_options"]
        steps.append(await choose(hass, menu, "switch_off"))
    for step in steps:
        assert_form(step, "switch_off")
        assert_abort(await go(hass, step), "reconfigure_successful")
        await hass.async_block_till_done()
    assert CONF_WEBHOOK_ID not in entry.data
    assert CONF_MANAGEMENT_TOKEN not in entry.data
    assert subscribed(cloud, made) == set()
    assert not await sender.verify(made)


async def test_push_is_completed_later(
    hass: HomeAssistant, sender: Sender, entry: MockConfigEntry, loaded: MockConfigEntry
) -> None:
    """An entry without push gets it by Reconfigure, with what its cars know."""
    step = await to_push_again(hass, entry)
    assert list(selectors(step)) == [CONF_ADDRESS, CONF_MANAGEMENT_TOKEN]
    result = await go(hass, step, management_token=" ")
    assert_abort(result, "reconfigure_successful")
    assert CONF_WEBHOOK_ID not in entry.data
    step = await to_push_again(hass, entry)
    step = await go(hass, step, management_token=fleet.CLIENT_ID)
    assert_form(step, "webhook", {CONF_MANAGEMENT_TOKEN: "not_a_management_token"})
    step = await go(hass, step, management_token=fleet.MANAGEMENT_TOKEN)
    assert await sender.add(webhook(url_of(step)))
    menu = await go(hass, step)
    assert (lines(menu)["subscribed"], lines(menu)["cars"]) == ("3", "3")
    await end(hass, menu)
    assert entry.data[CONF_MANAGEMENT_TOKEN] == fleet.MANAGEMENT_TOKEN
    assert CONF_PREVIOUS_TOKEN not in entry.data


async def test_an_entry_that_does_not_run_is_listened_for(
    hass: HomeAssistant, sender: Sender
) -> None:
    """At its own address; nothing is known of its cars then."""
    entry, made = await with_push(hass, sender)
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert entry.state is ConfigEntryState.NOT_LOADED
    assert not await sender.verify(made)
    menu = await to_push_again(hass, entry)
    assert await sender.verify(made)
    step = await choose(hass, menu, "dashboard")
    assert url_of(step) == made.callback_uri
    await end(hass, await go(hass, step))
    assert entry.state is ConfigEntryState.LOADED
    assert await sender.verify(made)


async def test_deliveries_that_stop_show_in_the_checklist(
    hass: HomeAssistant, sender: Sender, travel: Travel
) -> None:
    """They came, and then no more for longer than usual."""
    entry, _ = await with_push(hass, sender)
    for mark in (DONE, UNDONE):
        menu = await to_push_again(hass, entry)
        assert lines(menu)["flowing"] == mark
        assert lines(menu)["next"] == ("nothing" if mark == DONE else "flowing")
        hass.config_entries.flow.async_abort(menu["flow_id"])
        for _ in range(5):
            await travel(6 * 3600)


@pytest.mark.parametrize("is_switched_off_meanwhile", [False, True])
async def test_a_look_at_what_works_changes_nothing(
    hass: HomeAssistant, cloud: Cloud, sender: Sender, is_switched_off_meanwhile: bool
) -> None:
    """The entry goes on as it runs, and looks itself soon; no token is brought back."""
    entry, _ = await with_push(hass, sender)
    looked = await to_push_again(hass, entry)
    if is_switched_off_meanwhile:
        menu = await to_push_again(hass, entry)
        await go(hass, await choose(hass, menu, "switch_off"))
        await hass.async_block_till_done()
    runtime, before = entry.runtime_data, dict(entry.data)
    looks = cloud.count("webhooks")
    assert (CONF_MANAGEMENT_TOKEN in before) is not is_switched_off_meanwhile
    assert_abort(await end(hass, looked), "reconfigure_successful")
    assert entry.runtime_data is runtime
    assert entry.data == before
    assert cloud.count("webhooks") - looks == (not is_switched_off_meanwhile)


@pytest.mark.usefixtures("loaded")
async def test_off_and_on_in_the_dashboard(
    hass: HomeAssistant, entry: MockConfigEntry, sender: Sender, travel: Travel
) -> None:
    """A repair says that the webhook is off, and goes when it is on again."""
    step = await to_push_again(hass, entry)
    step = await go(hass, step, management_token=fleet.MANAGEMENT_TOKEN)
    made = webhook(url_of(step))
    await sender.add(made)
    await end(hass, await go(hass, step))
    assert repairs(hass) == []
    sender.disable(made)
    await travel(3601)
    assert repairs(hass) == ["webhook_disabled"]
    shown = hass.states.get("sensor.volkswagen_id_4_webhook")
    assert (shown.state, shown.attributes["next_step"]) == ("incomplete", "enabled")
    sender.enable(made)
    await travel(3601)
    assert repairs(hass) == []
    shown = hass.states.get("sensor.volkswagen_id_4_webhook")
    assert shown.attributes["next_step"] == "delivered"


@pytest.mark.parametrize("answers", [True, False])
async def test_removing_the_entry_ends_subscriptions_and_no_connection(
    hass: HomeAssistant, cloud: Cloud, sender: Sender, answers: bool
) -> None:
    """Smartcar still knows the cars; it stops sending, by the webhook at the latest."""
    entry, made = await with_push(hass, sender)
    assert subscribed(cloud, made) == ALL_CARS
    if not answers:
        cloud.faults.add(Fault("*", "cut_before_headers", times=None))
    assert await hass.config_entries.async_remove(entry.entry_id)
    assert hass.config_entries.async_entries(DOMAIN) == []
    assert subscribed(cloud, made) == (set() if answers else ALL_CARS)
    assert len(cloud.connections) == 3
    assert not await sender.verify(made)


async def test_a_car_left_out_is_unsubscribed(
    hass: HomeAssistant, cloud: Cloud, sender: Sender
) -> None:
    """And one that comes back is subscribed again."""
    entry, made = await with_push(hass, sender)
    for chosen in ({fleet.BEV}, ALL_CARS):
        step = await go(hass, await reconfigure(hass, entry), next_step_id="cars")
        result = await go(hass, step, vehicles=list(chosen))
        assert_abort(result, "reconfigure_successful")
        await hass.async_block_till_done(wait_background_tasks=True)
        assert subscribed(cloud, made) == chosen
