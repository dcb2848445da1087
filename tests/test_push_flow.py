"""Setting push up through the forms, with Smartcar's side of it simulated.

The simulated cloud calls Home Assistant's real HTTP server.
"""

from collections.abc import AsyncGenerator
from typing import Any

from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult
from homeassistant.const import (
    CONF_CLIENT_ID,
    CONF_CLIENT_SECRET,
    CONF_WEBHOOK_ID,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

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
    TEXTS,
    assert_form,
    begin,
    entry_of,
    filled_in,
    reconfigure,
    selectors,
    submit,
)

CREDENTIALS = {
    CONF_CLIENT_ID: fleet.CLIENT_ID,
    CONF_CLIENT_SECRET: fleet.CLIENT_SECRET,
}
ALL_CARS = [fleet.BEV, fleet.PHEV, fleet.ICE]
NAME = "Of the test"
NEW_TOKEN = "another-management-token"

DONE, UNDONE, OPEN = "✓", "✗", "?"


@pytest.fixture(autouse=True)
async def address(
    hass: HomeAssistant,
    hass_client_no_auth: ClientSessionGenerator,
    cloud: Cloud,
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """Let Home Assistant be reached, and subscriptions appear at once."""
    assert await async_setup_component(hass, "webhook", {})
    client = await hass_client_no_auth()
    hass.config.internal_url = str(client.make_url("")).rstrip("/")
    monkeypatch.setattr("custom_components.smartcar.push.subscriptions.POLL_SECONDS", 0)
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


def mine(cloud: Cloud) -> Webhook:
    """Return the webhook that a test has made."""
    return next(w for w in cloud.webhooks.values() if w.name == NAME)


async def go(hass: HomeAssistant, step: ConfigFlowResult, **fields: Any) -> Any:
    """Submit a step of push."""
    return await submit(hass, step, skip_push=False, **fields)


async def choose(hass: HomeAssistant, menu: ConfigFlowResult, option: str) -> Any:
    """Choose from the checklist."""
    return await go(hass, menu, next_step_id=option)


async def to_push(hass: HomeAssistant) -> ConfigFlowResult:
    """Walk to the step that shows the address."""
    step = await go(hass, await begin(hass), **CREDENTIALS)
    step = await go(hass, step, vehicles=ALL_CARS)
    assert_form(step, "push")
    return step


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
    assert url_of(step).startswith(f"{address}/api/webhook/")
    assert selectors(step)[CONF_MANAGEMENT_TOKEN]["text"]["type"] == "password"
    step = await go(hass, step, management_token=f" {fleet.MANAGEMENT_TOKEN}\n")
    assert url_of(step) == url_of(step)
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
        "next": "webhook",
    }

    step = await choose(hass, menu, "dashboard")
    assert await sender.add(webhook(url_of(step)))
    menu = await go(hass, step)
    told = lines(menu)
    assert {name for name, mark in told.items() if mark == UNDONE} == {"delivered"}
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
    step = await to_dashboard(hass)
    await sender.add(webhook(url_of(step)))
    menu = await go(hass, step)
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
    entry = entry_of(hass, fleet.CLIENT_ID)
    assert CONF_WEBHOOK_ID not in entry.data
    assert CONF_MANAGEMENT_TOKEN not in entry.data
    assert cloud.count("webhooks") == 0
    assert repairs(hass) == []


async def test_without_a_public_address_push_is_passed_by(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The step says why and what follows; the entry can be made all the same."""

    async def nowhere(*_: object) -> CallbackUrl:
        return CallbackUrl(problem="no_external_url")

    step = await go(hass, await begin(hass), **CREDENTIALS)
    with monkeypatch.context() as away:
        away.setattr(
            "custom_components.smartcar.push_trial.async_callback_url", nowhere
        )
        menu = await go(hass, step, vehicles=ALL_CARS)
        assert menu["step_id"] == "push_unavailable"
        menu = await choose(hass, menu, "push")
        assert menu["step_id"] == "push_unavailable"
    # There is an address now.
    assert_form(await choose(hass, menu, "push"), "push")
    hass.config_entries.flow.async_abort(menu["flow_id"])

    monkeypatch.setattr(
        "custom_components.smartcar.push_trial.async_callback_url", nowhere
    )
    step = await go(hass, await begin(hass), **CREDENTIALS)
    menu = await go(hass, step, vehicles=ALL_CARS)
    result = await choose(hass, menu, "finish")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert CONF_WEBHOOK_ID not in result["data"]

    menu = await to_push_again(hass, result["result"])
    assert menu["step_id"] == "webhook_unavailable"
    result = await choose(hass, menu, "finish")
    assert result["reason"] == "reconfigure_successful"


@pytest.mark.parametrize("keep", [True, False])
async def test_push_without_an_address_is_kept_or_switched_off(
    hass: HomeAssistant, sender: Sender, monkeypatch: pytest.MonkeyPatch, keep: bool
) -> None:
    """An address may come back; who does not expect that can end it."""
    entry = await with_push(hass, sender)
    hass.config.internal_url = None

    async def nowhere(*_: object) -> CallbackUrl:
        return CallbackUrl(problem="no_external_url")

    monkeypatch.setattr(
        "custom_components.smartcar.push_trial.async_callback_url", nowhere
    )
    menu = await to_push_again(hass, entry)
    assert (lines(menu)["address"], lines(menu)["next"]) == (UNDONE, "address")
    if keep:
        result = await choose(hass, menu, "finish")
    else:
        result = await go(hass, await choose(hass, menu, "switch_off"))
    assert result["reason"] == "reconfigure_successful"
    assert (CONF_WEBHOOK_ID in entry.data) is keep


async def test_an_address_that_goes_during_the_flow(
    hass: HomeAssistant, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The checklist says so, and asks nothing in vain."""
    step = await to_dashboard(hass)

    async def nowhere(*_: object) -> CallbackUrl:
        return CallbackUrl(problem="no_external_url")

    monkeypatch.setattr(
        "custom_components.smartcar.push_trial.async_callback_url", nowhere
    )
    told = lines(await go(hass, step))
    assert (told["address"], told["asked"], told["webhook"]) == (UNDONE, OPEN, OPEN)
    assert cloud.count("webhooks") == 0


@pytest.mark.parametrize("other", [fleet.CLIENT_ID, fleet.CLIENT_SECRET])
async def test_another_credential_is_no_management_token(
    hass: HomeAssistant, other: str
) -> None:
    """Which id goes where confuses everybody once."""
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


async def test_a_second_try_shows_the_same_address(
    hass: HomeAssistant, sender: Sender
) -> None:
    """What stands in the dashboard already stays right; in between nobody answers."""
    step = await to_dashboard(hass)
    url = url_of(step)
    made = webhook(url)
    assert await sender.add(made)
    hass.config_entries.flow.async_abort(step["flow_id"])
    assert not await sender.verify(made)
    step = await to_dashboard(hass)
    assert url_of(step) == url
    assert await sender.verify(made)


async def test_a_reloaded_page_shows_the_same_address(
    hass: HomeAssistant, cloud: Cloud, sender: Sender
) -> None:
    """The first dialog stays open behind it; the second makes the only entry."""
    left = await to_dashboard(hass)
    made = webhook(url_of(left))
    assert await sender.add(made)
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
    """It stands in the dashboard perhaps; after a month nobody comes back to it."""
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
        pytest.param([], id="a list"),
        pytest.param({fleet.CLIENT_ID: {}}, id="nothing in it"),
        pytest.param({fleet.CLIENT_ID: "x"}, id="no object"),
        pytest.param(
            {fleet.CLIENT_ID: {"webhook_id": "x", "since": "soon"}}, id="no time"
        ),
    ],
)
async def test_a_kept_address_that_cannot_be_read_is_replaced(
    hass: HomeAssistant, hass_storage: dict[str, Any], data: Any
) -> None:
    """Set-up goes on with another one."""
    stored = f"{DOMAIN}.pending"
    hass_storage[stored] = {"version": 1, "key": stored, "data": data}
    assert len(url_of(await to_push(hass)).rpartition("/")[2]) == 64


async def test_a_wrong_token_is_corrected_from_the_checklist(
    hass: HomeAssistant, sender: Sender
) -> None:
    """One that fits is entered in place; what came before it does not count."""
    step = await to_dashboard(hass, "not-the-token")
    made = webhook(url_of(step))
    assert not await sender.add(made)
    menu = await go(hass, step)
    told = lines(menu)
    assert (told["webhook"], told["verified"], told["signed"]) == (DONE, UNDONE, UNDONE)
    assert told["next"] == "signed"

    step = await choose(hass, menu, "token")
    assert_form(step, "token")
    menu = await go(hass, step, management_token=f" {fleet.MANAGEMENT_TOKEN} ")
    told = lines(menu)
    assert (told["signed"], told["next"]) == (OPEN, "verified")
    assert await sender.verify(made)
    told = lines(await choose(hass, menu, "look_again"))
    assert (told["verified"], told["signed"]) == (DONE, DONE)
    result = await choose(hass, menu, "finish")
    assert result["data"][CONF_MANAGEMENT_TOKEN] == fleet.MANAGEMENT_TOKEN
    assert CONF_PREVIOUS_TOKEN not in result["data"]


async def test_a_wrong_token_is_corrected_later(
    hass: HomeAssistant, sender: Sender
) -> None:
    """The entry works without; Reconfigure shows what is wrong at once."""
    step = await to_dashboard(hass, "not-the-token")
    made = webhook(url_of(step))
    assert not await sender.add(made)
    result = await choose(hass, await go(hass, step), "finish")
    assert result["type"] is FlowResultType.CREATE_ENTRY

    entry = entry_of(hass, fleet.CLIENT_ID)
    assert not await sender.verify(made)
    menu = await to_push_again(hass, entry)
    assert lines(menu)["next"] == "signed"
    step = await choose(hass, menu, "token")
    menu = await go(hass, step, management_token=fleet.MANAGEMENT_TOKEN)
    assert lines(menu)["next"] == "verified"
    assert await sender.verify(made)
    told = lines(await choose(hass, menu, "look_again"))
    assert (told["verified"], told["signed"]) == (DONE, DONE)
    await sender.deliver_due()
    await hass.async_block_till_done()
    assert entry.runtime_data.push.log.delivered_at is not None


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
    """The line that needs work, and only that one."""
    step = await to_dashboard(hass)
    await sender.add(webhook(url_of(step), **changes))
    told = lines(await go(hass, step))
    undone = {name for name, mark in told.items() if mark == UNDONE}
    assert undone - {"delivered"} == {line}


async def test_smartcar_not_answering_shows_in_the_checklist(
    hass: HomeAssistant, cloud: Cloud
) -> None:
    """What was not answered is open, not undone."""
    step = await to_dashboard(hass)
    cloud.faults.add(Fault("webhooks", type="SERVER", code="INTERNAL", times=None))
    told = lines(await go(hass, step))
    assert (told["asked"], told["webhook"], told["enabled"]) == (UNDONE, OPEN, OPEN)


async def with_push(hass: HomeAssistant, sender: Sender) -> MockConfigEntry:
    """Make an entry with everything working."""
    step = await to_dashboard(hass)
    await sender.add(webhook(url_of(step)))
    await choose(hass, await go(hass, step), "finish")
    await sender.deliver_due()
    await hass.async_block_till_done()
    return entry_of(hass, fleet.CLIENT_ID)


async def test_a_new_token_is_tried_before_the_old_one_goes(
    hass: HomeAssistant, cloud: Cloud, sender: Sender
) -> None:
    """While the form is open both work; who leaves it keeps the old one."""
    entry = await with_push(hass, sender)
    made = mine(cloud)
    old = cloud.application.management_token
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
    result = await choose(hass, step, "finish")
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert entry.data[CONF_MANAGEMENT_TOKEN] == NEW_TOKEN
    assert entry.data[CONF_PREVIOUS_TOKEN] == old
    assert CONF_ROTATED_AT in entry.data
    assert await sender.verify(made)


async def test_push_is_switched_off(
    hass: HomeAssistant, cloud: Cloud, sender: Sender
) -> None:
    """Token and address are forgotten, and nobody answers any more."""
    entry = await with_push(hass, sender)
    menu = await to_push_again(hass, entry)
    assert menu["step_id"] == "complete"
    assert "switch_off" in menu["menu_options"]
    step = await choose(hass, menu, "switch_off")
    assert_form(step, "switch_off")
    result = await go(hass, step)
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert CONF_WEBHOOK_ID not in entry.data
    assert CONF_MANAGEMENT_TOKEN not in entry.data
    made = mine(cloud)
    assert all(one.webhook is not made for one in cloud.subscriptions.values())
    assert not await sender.verify(made)


async def test_push_is_completed_later(
    hass: HomeAssistant, sender: Sender, entry: MockConfigEntry, loaded: MockConfigEntry
) -> None:
    """An entry without push gets it by Reconfigure, with what its cars know."""
    step = await to_push_again(hass, entry)
    assert list(selectors(step)) == [CONF_ADDRESS, CONF_MANAGEMENT_TOKEN]
    result = await go(hass, step, management_token=" ")
    assert result["reason"] == "reconfigure_successful"
    assert CONF_WEBHOOK_ID not in entry.data
    step = await to_push_again(hass, entry)
    step = await go(hass, step, management_token=fleet.CLIENT_ID)
    assert_form(step, "webhook", {CONF_MANAGEMENT_TOKEN: "not_a_management_token"})
    step = await go(hass, step, management_token=fleet.MANAGEMENT_TOKEN)
    assert await sender.add(webhook(url_of(step)))
    menu = await go(hass, step)
    await choose(hass, menu, "finish")
    await hass.async_block_till_done()
    assert entry.data[CONF_MANAGEMENT_TOKEN] == fleet.MANAGEMENT_TOKEN
    assert CONF_PREVIOUS_TOKEN not in entry.data


async def test_an_entry_that_does_not_run_is_listened_for(
    hass: HomeAssistant, cloud: Cloud, sender: Sender
) -> None:
    """At its own address; nothing is known of its cars then."""
    entry = await with_push(hass, sender)
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert entry.state is ConfigEntryState.NOT_LOADED
    made = mine(cloud)
    assert not await sender.verify(made)
    menu = await to_push_again(hass, entry)
    assert await sender.verify(made)
    step = await choose(hass, menu, "dashboard")
    assert url_of(step) == made.callback_uri
    menu = await go(hass, step)
    await choose(hass, menu, "finish")
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert await sender.verify(made)


async def test_deliveries_that_stop_show_in_the_checklist(
    hass: HomeAssistant, sender: Sender, travel: Travel
) -> None:
    """They came, and then no more for longer than usual."""
    entry = await with_push(hass, sender)
    for mark in (DONE, UNDONE):
        menu = await to_push_again(hass, entry)
        assert lines(menu)["flowing"] == mark
        assert lines(menu)["next"] == ("nothing" if mark == DONE else "flowing")
        hass.config_entries.flow.async_abort(menu["flow_id"])
        for _ in range(5):
            await travel(6 * 3600)


async def test_a_look_at_what_works_changes_nothing(
    hass: HomeAssistant, sender: Sender
) -> None:
    """The entry goes on as it runs; nothing is reloaded."""
    entry = await with_push(hass, sender)
    account, before = entry.runtime_data, dict(entry.data)
    menu = await to_push_again(hass, entry)
    result = await choose(hass, menu, "finish")
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert entry.runtime_data is account
    assert entry.data == before


async def test_a_webhook_switched_off_meanwhile_stays_off(
    hass: HomeAssistant, sender: Sender
) -> None:
    """A dialog that was only looked at brings no token back."""
    entry = await with_push(hass, sender)
    looked = await to_push_again(hass, entry)
    await go(hass, await choose(hass, await to_push_again(hass, entry), "switch_off"))
    assert CONF_MANAGEMENT_TOKEN not in entry.data
    await hass.async_block_till_done()
    result = await choose(hass, looked, "finish")
    assert result["reason"] == "reconfigure_successful"
    assert CONF_MANAGEMENT_TOKEN not in entry.data
    assert CONF_WEBHOOK_ID not in entry.data


async def test_a_webhook_can_be_switched_off_twice(
    hass: HomeAssistant, sender: Sender
) -> None:
    """Of two dialogs the slower one finds nothing left to do."""
    entry = await with_push(hass, sender)
    steps = [
        await choose(hass, await to_push_again(hass, entry), "switch_off")
        for _ in range(2)
    ]
    for step in steps:
        result = await go(hass, step)
        assert result["reason"] == "reconfigure_successful"
        await hass.async_block_till_done()
    assert CONF_WEBHOOK_ID not in entry.data


@pytest.mark.usefixtures("loaded")
async def test_off_and_on_in_the_dashboard(
    hass: HomeAssistant, entry: MockConfigEntry, sender: Sender, travel: Travel
) -> None:
    """A repair says that the webhook is off, and goes when it is on again."""
    step = await to_push_again(hass, entry)
    step = await go(hass, step, management_token=fleet.MANAGEMENT_TOKEN)
    made = webhook(url_of(step))
    await sender.add(made)
    await choose(hass, await go(hass, step), "finish")
    await hass.async_block_till_done(wait_background_tasks=True)
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


async def test_removing_the_entry_ends_subscriptions_and_no_connection(
    hass: HomeAssistant, cloud: Cloud, sender: Sender
) -> None:
    """Smartcar goes on to know the cars; it only stops to send."""
    entry = await with_push(hass, sender)
    made = mine(cloud)

    def subscribed() -> int:
        return sum(one.webhook is made for one in cloud.subscriptions.values())

    assert subscribed() == 3
    assert await hass.config_entries.async_remove(entry.entry_id)
    assert subscribed() == 0
    assert len(cloud.connections) == 3
    assert not await sender.verify(made)


async def test_an_entry_goes_even_when_smartcar_does_not_answer(
    hass: HomeAssistant, cloud: Cloud, sender: Sender
) -> None:
    """What cannot be ended now ends with the webhook."""
    entry = await with_push(hass, sender)
    cloud.faults.add(Fault("*", "cut_before_headers", times=None))
    assert await hass.config_entries.async_remove(entry.entry_id)
    assert hass.config_entries.async_entries(DOMAIN) == []


async def test_a_car_left_out_is_unsubscribed(
    hass: HomeAssistant, cloud: Cloud, sender: Sender
) -> None:
    """And one that comes back is subscribed again."""
    entry = await with_push(hass, sender)
    made = mine(cloud)
    for chosen in ([fleet.BEV], ALL_CARS):
        step = await go(hass, await reconfigure(hass, entry), next_step_id="cars")
        result = await go(hass, step, vehicles=chosen)
        assert result["reason"] == "reconfigure_successful"
        await hass.async_block_till_done(wait_background_tasks=True)
        assert {
            one.car.vehicle_id
            for one in cloud.subscriptions.values()
            if one.webhook is made
        } == set(chosen)
