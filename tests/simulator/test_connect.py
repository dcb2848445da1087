"""Connect: the consent page and what it sends back."""

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from simulator import fleet

if TYPE_CHECKING:
    from simulator.cloud import Cloud
    from simulator.resources import Connection

    from .client import Api

AUTHORIZE = "/connect/oauth/authorize"
BACK = "https://my.home-assistant.io/redirect/oauth"


def query(**changes: str) -> str:
    """Make an authorise URL of the newest form."""
    parts = {
        "application_id": fleet.APPLICATION_ID,
        "response_type": "none",
        "redirect_uri": BACK,
        "state": "s p&ce",
        **changes,
    }
    return f"{AUTHORIZE}?{urlencode({k: v for k, v in parts.items() if v})}"


def sent_back(api: Api) -> dict[str, str]:
    """Return the parameters of the redirect."""
    parts = parse_qs(urlsplit(api.headers["Location"]).query)
    return {name: texts[0] for name, texts in parts.items()}


CHOICE = {"choice": "allow", "user": fleet.USER_1, "vehicle": fleet.BEV}


async def test_page_offers_users_and_cars(anonymous: Api) -> None:
    status, text = await anonymous.call("GET", query())
    assert status == 200
    assert fleet.USER_1 in text
    assert "Volkswagen ID.4" in text
    assert "Nissan Qashqai" in text
    assert "http" not in text.replace(AUTHORIZE, "").split("<form")[0]


@pytest.mark.parametrize("response_type", ["none", "code"])
async def test_consent_makes_a_connection(
    anonymous: Api, cloud: Cloud, response_type: str
) -> None:
    cloud.connections.clear()
    url = query(response_type=response_type)
    status, _ = await anonymous.call("POST", url, data=CHOICE)
    assert status == 302
    back = sent_back(anonymous)
    assert (back["user_id"], back["state"]) == (fleet.USER_1, "s p&ce")
    assert ("code" in back) is (response_type == "code")
    (connection,) = cloud.connections.values()
    assert connection.car.vehicle_id == fleet.BEV
    assert connection.permissions == list(fleet.PERMISSIONS_BEV)


async def test_scope_and_external_id(anonymous: Api, cloud: Cloud) -> None:
    url = query(scope="required:read_battery control_trunk", external_id="me")
    await anonymous.call("POST", url, data=CHOICE)
    assert sent_back(anonymous)["external_id"] == "me"
    connection = cloud.connection(fleet.USER_1, fleet.BEV)
    assert connection is not None
    assert connection.permissions == ["read_battery"]
    assert connection.user.external_id == "me"
    await anonymous.call("POST", query(external_id="null"), data=CHOICE)
    assert cloud.users[fleet.USER_1].external_id is None


async def test_declining_changes_nothing(anonymous: Api, cloud: Cloud) -> None:
    before = list(cloud.connections)
    await anonymous.call("POST", query(), data={**CHOICE, "choice": "access_denied"})
    back = sent_back(anonymous)
    assert back["error"] == "access_denied"
    assert back["state"] == "s p&ce"
    assert back["error_description"]
    assert list(cloud.connections) == before


async def test_single_select_takes_one_car(anonymous: Api, cloud: Cloud) -> None:
    cloud.connections.clear()
    data = [
        ("user", fleet.USER_1),
        (f"vehicle {fleet.USER_1}", fleet.BEV),
        (f"vehicle {fleet.USER_1}", fleet.PHEV),
    ]
    await anonymous.call("POST", query(single_select="true"), data=data)
    assert len(cloud.connections) == 1
    await anonymous.call("POST", query(), data=data)
    assert len(cloud.connections) == 2


async def test_no_car_chosen(anonymous: Api) -> None:
    await anonymous.call("POST", query(), data={"user": fleet.USER_2})
    assert sent_back(anonymous)["error"] == "no_vehicles"


async def test_without_redirect_it_ends_on_its_own_page(anonymous: Api) -> None:
    url = query(redirect_uri="", state="")
    await anonymous.call("POST", url, data=CHOICE)
    status, text = await anonymous.call("GET", anonymous.headers["Location"])
    assert status == 200
    assert "connected" in text


@pytest.mark.parametrize(
    "changes",
    [
        {"application_id": fleet.CLIENT_ID},
        {"application_id": "", "client_id": fleet.CLIENT_ID},
        {"response_type": ""},
        {"response_type": "code", "redirect_uri": ""},
        {"mode": "fast"},
        {"redirect_uri": "javascript:alert(1)"},
    ],
)
async def test_wrong_parameters_show_the_error_page(
    anonymous: Api, cloud: Cloud, changes: dict[str, str]
) -> None:
    cloud.connections.clear()
    for method in ("GET", "POST"):
        status, text = await anonymous.call(method, query(**changes))
        assert status == 400
        assert "Parameter" in text
    assert not cloud.connections


async def test_older_client_id_name_and_simulated_mode(anonymous: Api) -> None:
    url = query(application_id="", client_id=fleet.APPLICATION_ID, mode="simulated")
    status, text = await anonymous.call("GET", url)
    assert status == 200
    assert "No simulated car" in text


async def test_parameters_are_escaped(anonymous: Api) -> None:
    url = query(state="'><script>alert(1)</script>")
    _, text = await anonymous.call("GET", url)
    assert "<script>" not in text


async def test_reauthentication_renews_the_connection(
    anonymous: Api, cloud: Cloud, connection: Connection
) -> None:
    connection.store.signed_out = True
    parts = {
        "client_id": fleet.APPLICATION_ID,
        "response_type": "vehicle_id",
        "vehicle_id": fleet.BEV,
        "redirect_uri": BACK,
        "state": "x",
    }
    url = f"/connect/oauth/reauthenticate?{urlencode(parts)}"
    assert (await anonymous.call("GET", url))[0] == 302
    assert sent_back(anonymous) == {"vehicle_id": fleet.BEV, "state": "x"}
    after = cloud.connection(fleet.USER_1, fleet.BEV)
    assert after is not None
    assert after.id != connection.id
    assert not after.store.signed_out
