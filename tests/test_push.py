"""What deliveries do to an entry's cars, and what its webhook lacks.

Deliveries come over HTTP, signed by the test.
"""

from collections import Counter
from datetime import timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.const import CONF_WEBHOOK_ID, EVENT_STATE_CHANGED
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.smartcar import async_remove_config_entry_device
from custom_components.smartcar.api import (
    Verify,
    deliveries,
)
from custom_components.smartcar.const import (
    CONF_EXCLUDED,
    CONF_MANAGEMENT_TOKEN,
    CONF_PREVIOUS_TOKEN,
    CONF_ROTATED_AT,
    DOMAIN,
    ENTRY_VERSION,
)
from custom_components.smartcar.push.log import (
    MAX_WRONG_SIGNATURES,
)
from custom_components.smartcar.push.pending import MAX_PENDING, PENDING, PendingPush
from custom_components.smartcar.storage import SmartcarStore
from custom_components.smartcar.stored import Stored
from simulator import fleet
from simulator.cloud import Cloud
from simulator.faults import Fault
from simulator.resources import Webhook

from .cars import (
    BATTERY,
    DAY,
    HOUR,
    IS_LOCKED,
    LOCK,
    PHEV_BATTERY,
    SOC,
    Hold,
    reads,
    repairs,
    value,
)
from .conftest import Travel
from .deliveries import (
    NEW_TOKEN,
    PATH,
    WEBHOOK_ID,
    Post,
    battery,
    error,
    failed,
    hear,
    outcomes,
    reload,
    signal,
    signature,
    state,
    verify,
    written,
)
from .nabu import ADDRESS, CloudNotAvailable, Nabu

OURS = "0c9de1f4-7a38-4b65-8f20-d6b1a953e7c4"


@pytest.fixture(autouse=True)
def _at_once(server: Any, cloud: Cloud) -> None:
    """Let Home Assistant be called, and subscriptions appear at once."""
    cloud.subscription_delay = 0


@pytest.fixture
def hook(hass: HomeAssistant, server: Any, cloud: Cloud) -> Webhook:
    """Return the webhook that a person has made in the dashboard."""
    return cloud.add_webhook(
        Webhook(
            id=OURS,
            name="Ours",
            callback_uri=f"{hass.config.internal_url}{PATH}",
            created_at=dt_util.utcnow(),
            triggers=(IS_LOCKED,),
            data=(SOC, IS_LOCKED),
        )
    )


@pytest.fixture
def hearing(hook: Webhook, hearing: MockConfigEntry) -> MockConfigEntry:
    """Return the entry with push in order."""
    return hearing


def attached(cloud: Cloud, hook: Webhook) -> set[str]:
    """Return the cars that a webhook carries."""
    return {
        item.car.vehicle_id
        for item in cloud.subscriptions.values()
        if item.webhook is hook
    }


# At least once, in any order


async def test_a_repeated_delivery_is_taken_once(
    hass: HomeAssistant, hearing: MockConfigEntry, post: Post, travel: Travel
) -> None:
    """By its event, whatever else differs; a restart forgets none."""
    later = dt_util.utcnow() + timedelta(days=9)  # as good as now, at any time
    assert await post(state(battery(70, later), event="one")) == 200
    assert value(hass, BATTERY) == "70.0"
    assert await post(state(battery(80, later), event="one")) == 200
    assert outcomes(hearing) == {"state": 2, "repeated": 1}
    await reload(hass, hearing)
    await travel(60)
    await post(state(battery(80, later), event="one"))
    assert outcomes(hearing) == {"state": 1, "repeated": 1}
    assert value(hass, BATTERY) == "70.0"


async def test_a_delivery_without_an_event_is_taken_each_time(
    hass: HomeAssistant, hearing: MockConfigEntry, post: Post
) -> None:
    """Nothing says that it is a repetition; the order of the values decides."""
    for percent in (70, 71):
        content = state(battery(percent), sequence=percent)
        del content["eventId"]
        await post(content)
    assert value(hass, BATTERY) == "71.0"
    assert outcomes(hearing) == {"state": 2}


async def test_deliveries_that_overtake_each_other(
    hass: HomeAssistant, hearing: MockConfigEntry, post: Post, travel: Travel
) -> None:
    """The newer value stands, and a sequence breaks a tie."""
    start = dt_util.utcnow()
    await travel(300)
    await post(state(battery(70, start + timedelta(minutes=4)), sequence=8))
    await post(state(battery(71, start + timedelta(minutes=3)), sequence=7))
    assert value(hass, BATTERY) == "70.0"
    await post(state(battery(72, start + timedelta(minutes=4)), sequence=9))
    assert value(hass, BATTERY) == "72.0"


async def test_states_and_errors_interleaved(
    hass: HomeAssistant, hearing: MockConfigEntry, post: Post, travel: Travel
) -> None:
    """Each kind has its own order; the values know nothing of the errors."""
    start = dt_util.utcnow()
    await travel(600)

    def at(minutes: float) -> Any:
        return start + timedelta(minutes=minutes)

    await post(error(at=at(4)))
    await post(state(battery(70, at(2)), at=at(2)))
    assert (value(hass, BATTERY), repairs(hass)) == (
        "70.0",
        ["owner_account_login"],
    )
    await post(error(resolved=True, at=at(3)))
    assert repairs(hass) == ["owner_account_login"]
    await post(error(resolved=True, at=at(5)))
    assert repairs(hass) == []
    await post(error(at=at(4.5)))
    await post(state(battery(71, at(6)), at=at(6)))
    assert (value(hass, BATTERY), repairs(hass)) == ("71.0", [])


async def test_what_was_heard_is_written_down(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    hearing: MockConfigEntry,
    post: Post,
    travel: Travel,
) -> None:
    """Soon, and without an unloading; a power cut would forget it."""
    await travel(60)
    key = f"{DOMAIN}.{hearing.entry_id}"
    assert hass_storage[key]["data"]["push"]["verified_at"] is None
    verified = dt_util.utcnow().isoformat()
    await post(verify("abc"))
    await travel(31)
    assert hass_storage[key]["data"]["push"]["verified_at"] == verified
    await post(state(battery(5), mode="TEST", event="of-the-test"))
    await travel(31)
    assert hass_storage[key]["data"]["push"]["events"] == ["of-the-test"]


# Whose car


async def test_unknown_and_excluded_cars(
    hass: HomeAssistant,
    cloud: Cloud,
    hook: Webhook,
    entry: MockConfigEntry,
    travel: Travel,
    post: Post,
) -> None:
    """Fine for Smartcar, counted, of no effect; the excluded one is detached."""
    for vehicle_id in (fleet.BEV, fleet.PHEV):
        cloud.subscribe(hook, cloud.users[fleet.USER_1], cloud.cars[vehicle_id])
    data = {**entry.data, CONF_EXCLUDED: [fleet.PHEV]}
    hass.config_entries.async_update_entry(entry, data=data)
    await hear(hass, entry)
    await travel(60)
    assert attached(cloud, hook) == {fleet.BEV, fleet.ICE}
    for vehicle in (fleet.PHEV, "7d3cf0b5-0000-4000-8000-000000000000"):
        assert await post(state(battery(5), vehicle=vehicle)) == 200
        assert await post(error(vehicle=vehicle)) == 200
    assert outcomes(entry) == {"state": 2, "error": 2, "unknown_vehicle": 4}
    assert hass.states.get(PHEV_BATTERY) is None
    assert repairs(hass) == []


async def test_a_car_of_another_entry(
    hass: HomeAssistant, hearing: MockConfigEntry, post: Post, travel: Travel
) -> None:
    """What comes by an entry's address is for its cars only."""
    other_id = WEBHOOK_ID[::-1]
    second = MockConfigEntry(
        domain=DOMAIN,
        version=ENTRY_VERSION,
        unique_id="client_second",
        data={**hearing.data, CONF_WEBHOOK_ID: other_id},
    )
    second.add_to_hass(hass)
    assert await hass.config_entries.async_setup(second.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    before = value(hass, BATTERY)
    path = PATH.replace(WEBHOOK_ID, other_id)
    assert await post(state(battery(5)), path=path) == 200
    assert value(hass, BATTERY) == before
    assert outcomes(second) == {"state": 1, "unknown_vehicle": 1}
    assert outcomes(hearing) == {}


async def test_several_users_of_one_car(
    hass: HomeAssistant,
    cloud: Cloud,
    hearing: MockConfigEntry,
    post: Post,
    travel: Travel,
) -> None:
    """Any of them brings values; each has a repair of their own."""
    cloud.connect(cloud.users[fleet.USER_2], cloud.cars[fleet.BEV])
    await travel(HOUR)
    await post(state(battery(70), user=fleet.USER_1, sequence=1))
    await post(state(battery(71), user=fleet.USER_2, sequence=2))
    assert value(hass, BATTERY) == "71.0"
    await travel(60)
    for user in (fleet.USER_1, fleet.USER_2):
        await post(error("SUBSCRIPTION", user=user))
    # Nobody who shares this car.
    await post(error("NO_VEHICLES", user="somebody-else"))
    await post(error("NO_VEHICLES", user=None))
    assert repairs(hass) == ["owner_account_subscription"] * 2
    await travel(60)
    await post(error("SUBSCRIPTION", user=fleet.USER_2, resolved=True))
    assert repairs(hass) == ["owner_account_subscription"]
    await post(state(battery(72), user=fleet.USER_1))
    assert repairs(hass) == []


async def test_a_test_touches_no_entity(
    hass: HomeAssistant, hearing: MockConfigEntry, post: Post
) -> None:
    """The dashboard's Test button proves the way, with an invented value."""
    changes = async_capture_events(hass, EVENT_STATE_CHANGED)
    log = hearing.runtime_data.push.log
    assert log.delivered_at is None
    assert await post(state(battery(5), mode="TEST")) == 200
    assert await post(error(mode="TEST")) == 200
    assert log.delivered_at == dt_util.utcnow()
    assert outcomes(hearing) == {"state": 1, "error": 1, "test": 2}
    assert changes == []
    assert repairs(hass) == []
    vehicle = hearing.runtime_data.vehicles[fleet.BEV]
    assert vehicle.stored.rhythm.latest is None


async def test_unchanged_signals_write_no_state(
    hass: HomeAssistant, hearing: MockConfigEntry, post: Post, travel: Travel
) -> None:
    """Smartcar sends all of them each time; only news are written."""
    await post(state(battery(70), signal(IS_LOCKED, value=True)))
    await travel(60)
    changes = async_capture_events(hass, EVENT_STATE_CHANGED)
    await post(state(battery(70), signal(IS_LOCKED, value=False)))
    written_states = {event.data["entity_id"] for event in changes}
    of_car = {item for item in written_states if "volkswagen" not in item}
    assert of_car == {LOCK, "binary_sensor.blauer_blitz_left_open"}
    assert value(hass, LOCK) == "unlocked"


# What is wrong between Smartcar and a car


@pytest.mark.parametrize(
    ("code", "key"),
    [
        ("AUTHENTICATION_FAILED", "owner_account_login"),
        ("VIRTUAL_KEY_REQUIRED", "owner_account_virtual_key"),
        ("NEVER_HEARD_OF", "owner_account_issue"),
        (None, "owner_account_issue"),
    ],
)
async def test_an_error_and_its_end(
    hass: HomeAssistant,
    hearing: MockConfigEntry,
    post: Post,
    travel: Travel,
    code: str | None,
    key: str,
) -> None:
    """One repair however often it is told, gone when it is resolved.

    A restart lies in between.
    """
    for _ in range(2):
        await post(error(code))
    assert repairs(hass) == [key]
    await reload(hass, hearing)
    assert repairs(hass) == [key]
    await travel(60)
    await post(error("OTHER_CODE", resolved=True))
    assert repairs(hass) == [key]
    await post(error(code, resolved=True))
    assert repairs(hass) == []
    assert not hass.config_entries.flow.async_progress()


async def test_newer_good_data_end_an_error(
    hass: HomeAssistant, hearing: MockConfigEntry, post: Post, travel: Travel
) -> None:
    """A user whose car answers is signed in, whatever was said before."""
    old = dt_util.utcnow()
    await travel(60)
    await post(error())
    await post(state(battery(70, old)))
    assert repairs(hass) == ["owner_account_login"]
    await travel(60)
    await post(state(battery(70), user=fleet.USER_2))
    assert repairs(hass) == ["owner_account_login"]
    await post(state(battery(70)))
    assert repairs(hass) == []


async def test_a_new_login_ends_an_error(
    hass: HomeAssistant,
    cloud: Cloud,
    hearing: MockConfigEntry,
    post: Post,
    travel: Travel,
) -> None:
    """It is good until proven otherwise."""
    await post(error())
    await travel(60)
    cloud.connect(cloud.users[fleet.USER_1], cloud.cars[fleet.BEV])
    await travel(HOUR)
    assert repairs(hass) == []


async def test_an_account_error_of_a_signal(
    hass: HomeAssistant, hearing: MockConfigEntry, post: Post, travel: Travel
) -> None:
    """Said in a delivery of signals it is the same error; the value stays."""
    broken = failed(SOC, "CONNECTED_SERVICES_ACCOUNT", "SUBSCRIPTION")
    await post(state(broken))
    assert repairs(hass) == ["owner_account_subscription"]
    assert value(hass, BATTERY) == "62.0"


@pytest.mark.parametrize(
    ("type_", "code"),
    [
        ("PERMISSION", None),
        ("VEHICLE_STATE", "ASLEEP"),
        ("COMPATIBILITY", "VEHICLE_NOT_CAPABLE"),
        ("NEVER_HEARD_OF", "AT_ALL"),
    ],
)
async def test_other_errors_ask_nothing_of_a_person(
    hass: HomeAssistant,
    hearing: MockConfigEntry,
    post: Post,
    type_: str,
    code: str | None,
) -> None:
    """A permission may be the plan's matter, and a sleeping car wakes up."""
    await post(error(code, type_=type_))
    await post(state(failed(SOC, type_, code)))
    assert outcomes(hearing) == {"error": 1, "state": 1}
    assert repairs(hass) == []
    assert not hass.config_entries.flow.async_progress()


# Who may sign


async def test_the_old_token_is_good_for_a_day(
    hass: HomeAssistant, hearing: MockConfigEntry, post: Post, travel: Travel
) -> None:
    """Deliveries on their way are not lost; then only the new one opens."""
    data = {
        **hearing.data,
        CONF_MANAGEMENT_TOKEN: NEW_TOKEN,
        CONF_PREVIOUS_TOKEN: fleet.MANAGEMENT_TOKEN,
        CONF_ROTATED_AT: dt_util.utcnow().isoformat(),
    }
    hass.config_entries.async_update_entry(hearing, data=data)
    await travel(DAY - 60)
    assert await post(state(battery(70), sequence=1)) == 200
    assert await post(state(battery(71), sequence=2), NEW_TOKEN) == 200
    assert value(hass, BATTERY) == "71.0"
    await travel(60)
    assert await post(state(battery(72))) == 401
    assert await post(state(battery(73)), NEW_TOKEN) == 200
    assert value(hass, BATTERY) == "73.0"


@pytest.mark.parametrize(
    ("heard_before", "key"),
    [(True, "wrong_signatures"), (False, "never_right_signature")],
)
async def test_a_storm_of_wrong_signatures(
    hass: HomeAssistant,
    hearing: MockConfigEntry,
    post: Post,
    caplog: pytest.LogCaptureFixture,
    heard_before: bool,
    key: str,
) -> None:
    """One repair, one line; a right one ends it, and nothing unsigned does."""
    if heard_before:
        await post(state(battery(70)))
    caplog.clear()
    for number in range(1, 3 * MAX_WRONG_SIGNATURES):
        assert await post(state(battery(5)), "guessed") == 401
        assert repairs(hass) == ([key] if number >= MAX_WRONG_SIGNATURES else [])
        await post(verify("abc"), fleet.MANAGEMENT_TOKEN)

    def lines() -> list[str]:
        return [
            record.getMessage()
            for record in caplog.records
            if record.name.startswith("custom_components.smartcar")
        ]

    assert len(lines()) == 1
    assert "wrong signatures" in lines()[0]
    assert WEBHOOK_ID not in lines()[0]
    await post(state(battery(71)))
    assert repairs(hass) == []
    assert len(lines()) == 2
    assert lines()[1].endswith("right again")


async def test_a_storm_that_a_new_start_ends(
    hass: HomeAssistant, hearing: MockConfigEntry, post: Post
) -> None:
    """The count begins anew, so that the repair must not stay for ever."""
    for _ in range(MAX_WRONG_SIGNATURES):
        await post(state(battery(5)), "guessed")
    assert repairs(hass) == ["never_right_signature"]
    await reload(hass, hearing)
    await post(state(battery(71)))
    assert repairs(hass) == []


# How often is read


async def test_one_read_a_day_while_deliveries_come(
    hass: HomeAssistant,
    cloud: Cloud,
    hearing: MockConfigEntry,
    post: Post,
    travel: Travel,
) -> None:
    """The pace of each car follows its own deliveries, and comes back."""
    vehicle = hearing.runtime_data.vehicles[fleet.BEV]
    assert vehicle.next_read.reason == "interval"
    for _ in range(8):
        await post(state(battery(70)))
        assert vehicle.next_read.reason == "deliveries"
        await travel(6 * HOUR)
    # Two days: one read each, and the first.
    assert (reads(cloud)[fleet.BEV], reads(cloud)[fleet.ICE]) == (3, 9)
    await travel(18 * HOUR + 60)
    assert vehicle.next_read.reason == "interval"
    before = reads(cloud)[fleet.BEV]
    for _ in range(4):
        await travel(6 * HOUR)
    assert reads(cloud)[fleet.BEV] - before == 4


# What the webhook lacks


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"callback_uri": f"https://other.example.org{PATH}"}, "webhook_moved"),
        ({"id": "x", "callback_uri": "https://other.example.org"}, "webhook_missing"),
        ({"callback_uri": "http://127.0.0.1/elsewhere"}, "webhook_missing"),
        ({"callback_uri": "http://["}, "webhook_missing"),
        ({"is_enabled": False}, "webhook_disabled"),
        ({"data": ()}, "webhook_without_signals"),
        ({"triggers": ()}, "webhook_without_signals"),
    ],
)
async def test_what_is_missing_is_said_and_forgotten(
    hass: HomeAssistant,
    hook: Webhook,
    hearing: MockConfigEntry,
    travel: Travel,
    changes: dict[str, Any],
    key: str,
) -> None:
    """Within the hour, both ways; no address stands whole in a repair."""
    good = {name: getattr(hook, name) for name in changes}
    for name, new in changes.items():
        setattr(hook, name, new)
    await travel(HOUR + 1)
    assert repairs(hass) == [key]
    (issue,) = (i for i in ir.async_get(hass).issues.values() if i.domain == DOMAIN)
    assert WEBHOOK_ID not in str(issue)
    assert (issue.translation_placeholders or {})["old_host"] == (
        "other.example.org" if key == "webhook_moved" else ""
    )
    for name, old in good.items():
        setattr(hook, name, old)
    await travel(HOUR + 1)
    assert repairs(hass) == []


async def test_our_webhook_is_known_again_at_quite_another_address(
    hass: HomeAssistant, hook: Webhook, hearing: MockConfigEntry, travel: Travel
) -> None:
    """As when Home Assistant Cloud comes or goes; also after a restart."""
    assert await hass.config_entries.async_reload(hearing.entry_id)
    hook.callback_uri = "https://hooks.example.org/aVeryLongAndSecretPart"
    await travel(HOUR + 1)
    assert repairs(hass) == ["webhook_moved"]
    (issue,) = (i for i in ir.async_get(hass).issues.values() if i.domain == DOMAIN)
    assert (issue.translation_placeholders or {})["old_host"] == "hooks.example.org"
    assert "aVeryLong" not in str(issue)


async def test_a_delivery_that_comes_while_the_entry_starts_is_not_lost(
    hass: HomeAssistant,
    server: Any,
    hearing: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is put off, so that Smartcar sends it again."""
    load = SmartcarStore.async_load
    body = written(state(battery(41)))
    answers = []

    async def async_load(store: SmartcarStore) -> Stored:
        response = await server.post(PATH, data=body, headers=signature(body))
        answers.append(response.status)
        return await load(store)

    with monkeypatch.context() as patched:
        patched.setattr(SmartcarStore, "async_load", async_load)
        await reload(hass, hearing)
    response = await server.post(PATH, data=body, headers=signature(body))
    assert [*answers, response.status] == [503, 200]
    await hass.async_block_till_done()
    assert hass.states.get("sensor.blauer_blitz_battery").state == "41.0"


@pytest.mark.parametrize(
    ("how", "answer"), [("unloaded", 503), ("disabled", 200), ("removed", 200)]
)
async def test_who_hears_no_more(
    hass: HomeAssistant,
    server: Any,
    hearing: MockConfigEntry,
    how: str,
    answer: int,
) -> None:
    """Put off while the entry may come back; else as Home Assistant has it."""
    entries = hass.config_entries
    if how == "unloaded":
        await entries.async_unload(hearing.entry_id)
    elif how == "disabled":
        by = ConfigEntryDisabler.USER
        await entries.async_set_disabled_by(hearing.entry_id, by)
    else:
        await entries.async_remove(hearing.entry_id)
    body = written(state(battery(41)))
    response = await server.post(PATH, data=body, headers=signature(body))
    assert (response.status, await response.text()) == (answer, "")


async def test_smartcar_not_answering_says_nothing(
    hass: HomeAssistant,
    cloud: Cloud,
    hook: Webhook,
    hearing: MockConfigEntry,
    travel: Travel,
) -> None:
    """What is known stays until there is an answer."""
    cloud.faults.add(Fault("webhooks", type="SERVER", code="INTERNAL", times=None))
    hook.is_enabled = False
    await travel(HOUR + 1)
    assert hearing.runtime_data.push.report.failure == "server"
    assert repairs(hass) == []
    cloud.faults.clear()
    await travel(HOUR + 1)
    assert repairs(hass) == ["webhook_disabled"]


@pytest.mark.parametrize(
    ("fault", "key"),
    [
        pytest.param(
            Fault("webhooks", type="AUTHENTICATION", code="ACCESS_DENIED", times=None),
            "application_forbidden",
            id="forbidden",
        ),
        pytest.param(
            Fault(
                "subscription.create", type="BILLING", code="VEHICLE_LIMIT", times=None
            ),
            "application_vehicle_limit",
            id="one car too many",
        ),
    ],
)
async def test_what_smartcar_refuses_is_said_and_forgotten(
    hass: HomeAssistant,
    cloud: Cloud,
    hook: Webhook,
    hearing: MockConfigEntry,
    travel: Travel,
    fault: Fault,
    key: str,
) -> None:
    """What is wrong with the application is told, whichever request meets it."""
    cloud.subscriptions.clear()
    cloud.faults.add(fault)
    await travel(HOUR + 1)
    assert repairs(hass) == [key]
    cloud.faults.clear()
    await travel(HOUR + 1)
    assert repairs(hass) == []


async def test_the_webhook_judges_no_credentials(
    hass: HomeAssistant, cloud: Cloud, hearing: MockConfigEntry, travel: Travel
) -> None:
    """Cars that can be read stay available; nobody is asked for another secret."""
    cloud.faults.add(Fault("webhooks", type="AUTHENTICATION", times=None))
    await travel(HOUR + 1)
    assert hearing.runtime_data.push.report.failure == "authentication"
    assert all(car.is_available for car in hearing.runtime_data.vehicles.values())
    assert not hass.config_entries.flow.async_progress()


async def test_a_day_stays_within_the_limits_of_the_application(
    hass: HomeAssistant,
    cloud: Cloud,
    hook: Webhook,
    hearing: MockConfigEntry,
    travel: Travel,
) -> None:
    """Half a dozen reloads and a day cost less than one request in ten minutes."""
    cloud.limits.document()
    cloud.requests.clear()
    for _ in range(6):
        await reload(hass, hearing)
    around_start = Counter(request.operation for request in cloud.requests)
    # Two pages of connections, the webhooks, and what is subscribed.
    assert around_start == {
        "token": 6,
        "connections": 12,
        "webhooks": 6,
        "subscriptions": 6,
    }
    for _ in range(24):
        await travel(HOUR)
    assert {request.status for request in cloud.requests} == {200}
    assert len(cloud.requests) - around_start.total() < 24 * 6


async def test_a_changed_address_is_followed(
    hass: HomeAssistant, cloud: Cloud, hook: Webhook, hearing: MockConfigEntry
) -> None:
    """At once, not within the hour; another setting is none of our business."""
    asked = cloud.count("webhooks")
    await hass.config.async_update(location_name="Home")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert cloud.count("webhooks") == asked
    await hass.config.async_update(external_url="https://new.example.org")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert repairs(hass) == ["webhook_moved"]
    hook.callback_uri = f"https://NEW.example.org{PATH}"
    await hearing.runtime_data.push.async_sync()
    assert repairs(hass) == []


async def test_without_an_address(
    hass: HomeAssistant,
    cloud: Cloud,
    hearing: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A repair says so, and Smartcar is asked nothing in vain."""
    monkeypatch.delenv("SMARTCAR_ENDPOINT")
    asked = cloud.count("webhooks")
    await hearing.runtime_data.push.async_sync()
    assert repairs(hass) == ["webhook_no_address"]
    assert cloud.count("webhooks") == asked


async def test_a_new_car_is_attached(
    hass: HomeAssistant,
    cloud: Cloud,
    hook: Webhook,
    entry: MockConfigEntry,
    travel: Travel,
) -> None:
    """As soon as it is listed."""
    cloud.disconnect(cloud.connection(fleet.USER_1, fleet.PHEV))
    await hear(hass, entry)
    assert attached(cloud, hook) == {fleet.BEV, fleet.ICE}
    cloud.connect(cloud.users[fleet.USER_1], cloud.cars[fleet.PHEV])
    await travel(HOUR + 1)
    assert attached(cloud, hook) == {fleet.BEV, fleet.PHEV, fleet.ICE}


async def test_a_deleted_car_is_detached(
    hass: HomeAssistant,
    cloud: Cloud,
    hook: Webhook,
    hearing: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
) -> None:
    """Nobody wants its deliveries any more."""
    device = device_registry.async_get_device_by_identifier(
        (DOMAIN, fleet.BEV), hearing.entry_id
    )
    assert device is not None
    assert await async_remove_config_entry_device(hass, hearing, device)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert attached(cloud, hook) == {fleet.PHEV, fleet.ICE}


async def test_without_a_token_nothing_is_heard_or_asked(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry, server: Any
) -> None:
    """An entry is not bound to live by push."""
    data = {**entry.data, CONF_WEBHOOK_ID: WEBHOOK_ID}
    hass.config_entries.async_update_entry(entry, data=data)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    response = await server.post(PATH, data=written(verify("abc")))
    assert (response.status, await response.text()) == (200, "")
    assert cloud.count("webhooks") == 0
    assert repairs(hass) == []


async def test_a_sync_without_a_webhook_is_none(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry
) -> None:
    """A recheck of other repairs may ask for it."""
    await loaded.runtime_data.push.async_sync()
    assert cloud.count("webhooks") == 0


# With Home Assistant Cloud


async def test_a_removed_entry_detaches_its_cars(
    hass: HomeAssistant, cloud: Cloud, hook: Webhook, hearing: MockConfigEntry
) -> None:
    """Each was attached, once, and no repair stood."""
    assert attached(cloud, hook) == {fleet.BEV, fleet.PHEV, fleet.ICE}
    assert (len(cloud.subscriptions), repairs(hass)) == (3, [])
    assert await hass.config_entries.async_remove(hearing.entry_id)
    assert attached(cloud, hook) == set()


async def test_a_cloud_that_is_not_connected_raises_no_repair(
    hass: HomeAssistant, cloud: Cloud, nabu: Nabu, hook: Webhook, entry: MockConfigEntry
) -> None:
    """It may be a matter of seconds; what it tells is followed."""
    nabu.fails = CloudNotAvailable()
    await hear(hass, entry)
    assert entry.runtime_data.push.callback.problem == "cloud_not_connected"
    assert (repairs(hass), cloud.count("webhooks")) == ([], 0)
    nabu.fails = None
    nabu.tell("connection")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert repairs(hass) == ["webhook_missing"]
    hook.callback_uri = ADDRESS
    nabu.tell(WEBHOOK_ID)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert repairs(hass) == []
    assert attached(cloud, hook) == {fleet.BEV, fleet.PHEV, fleet.ICE}
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert nabu.listeners == {"connection": [], WEBHOOK_ID: []}


@pytest.mark.parametrize("is_connected", [True, False])
async def test_a_removed_entry_gives_its_address_up(
    hass: HomeAssistant,
    cloud: Cloud,
    nabu: Nabu,
    hook: Webhook,
    entry: MockConfigEntry,
    is_connected: bool,
) -> None:
    """The cars are detached, if the address is known; it goes in any case."""
    hook.callback_uri = ADDRESS
    await hear(hass, entry)
    nabu.fails = None if is_connected else CloudNotAvailable()
    assert await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    assert (WEBHOOK_ID in nabu.hooks) is not is_connected
    assert len(attached(cloud, hook)) == (0 if is_connected else 3)
    assert repairs(hass) == []


# Before there is an entry


def parsed(content: dict[str, Any]) -> Any:
    """Return a delivery as it is handed on."""
    return deliveries.parse(written(content))


async def test_what_came_before_the_entry_is_taken_over(
    hass: HomeAssistant, hook: Webhook, entry: MockConfigEntry, travel: Travel
) -> None:
    """The config flow has heard it; a repetition is known."""
    pending = PendingPush(WEBHOOK_ID)
    hass.data[PENDING] = {fleet.CLIENT_ID: pending}
    pending.take(Verify("abc"))
    later = dt_util.utcnow() + timedelta(hours=1)
    for _ in range(2):
        pending.take(parsed(state(battery(70, later), event="one")))
    pending.take(parsed({"eventType": "VEHICLE_SOLD"}))
    await hear(hass, entry)
    assert hass.data[PENDING] == {}
    log = entry.runtime_data.push.log
    assert (log.verified_at, log.delivered_at) == (dt_util.utcnow(),) * 2
    assert outcomes(entry) == {"repeated": 1}
    assert value(hass, "sensor.volkswagen_id_4_battery") == "70.0"


@pytest.mark.parametrize(
    ("client_id", "webhook_id"),
    [(fleet.CLIENT_ID, "another"), ("another", WEBHOOK_ID)],
)
async def test_what_is_pending_for_others_is_left(
    hass: HomeAssistant,
    hook: Webhook,
    entry: MockConfigEntry,
    client_id: str,
    webhook_id: str,
) -> None:
    """It belongs to the address that heard it."""
    pending = PendingPush(webhook_id)
    pending.take(parsed(state(battery(70))))
    hass.data[PENDING] = {client_id: pending}
    await hear(hass, entry)
    assert hass.data[PENDING] == {client_id: pending}
    assert entry.runtime_data.push.log.delivered_at is None


def test_little_is_kept_for_an_entry_that_may_never_come() -> None:
    """A few cars' first deliveries, no more."""
    pending = PendingPush()
    for _ in range(MAX_PENDING + 10):
        pending.take(parsed(state(battery(70))))
    assert len(pending.deliveries) == MAX_PENDING
    assert len(pending.webhook_id) == 64


async def test_what_changes_during_a_look_asks_for_another(
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Once more, however often it was asked for meanwhile."""
    await hear(hass, entry)
    push = entry.runtime_data.push
    asked = cloud.count("webhooks")
    cloud.faults.add(Fault("webhooks", "latency", seconds=5))
    hold = Hold(cloud, monkeypatch)
    push.async_sync_soon()
    await hold.arrived.wait()
    for _ in range(5):
        push.async_sync_soon()
    hold.let_go.set()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert cloud.count("webhooks") - asked == 2


async def test_a_refused_secret_stops_no_delivery(
    hass: HomeAssistant,
    hearing: MockConfigEntry,
    cloud: Cloud,
    post: Post,
    travel: Travel,
) -> None:
    """They are signed by the management token, which may be as good as ever."""
    assert await hass.config_entries.async_unload(hearing.entry_id)
    cloud.application.revoke_secret()
    assert await hass.config_entries.async_setup(hearing.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == "reauth"
    await travel(60)
    assert await post(state(battery(71))) == 200
    assert value(hass, BATTERY) == "71.0"
