"""Where the client looks for Smartcar."""

import aiohttp
import pytest
from yarl import URL

from custom_components.smartcar.api import ENDPOINT_VARIABLE, Hosts, SmartcarClient

APPLICATION_ID = "7c1f0a52-3d8e-4b96-9f04-d2a6518ce370"


@pytest.mark.parametrize("value", [None, "", "/"])
def test_smartcar_itself(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    """Without an endpoint of one's own, the hosts are Smartcar's."""
    monkeypatch.delenv(ENDPOINT_VARIABLE, raising=False)
    if value is not None:
        monkeypatch.setenv(ENDPOINT_VARIABLE, value)
    hosts = Hosts.from_environment()
    assert hosts == Hosts(
        token="https://iam.smartcar.com/oauth2/token",
        vehicle="https://vehicle.api.smartcar.com/v3",
        management="https://management.api.smartcar.com/v3",
        connect="https://connect.smartcar.com",
    )
    assert not hosts.overridden


@pytest.mark.parametrize("slash", ["", "/"])
def test_endpoint(monkeypatch: pytest.MonkeyPatch, slash: str) -> None:
    """One environment variable moves all hosts below one address."""
    monkeypatch.setenv("SMARTCAR_ENDPOINT", f"http://127.0.0.1:8480{slash}")
    assert Hosts.from_environment() == Hosts(
        token="http://127.0.0.1:8480/iam/oauth2/token",
        vehicle="http://127.0.0.1:8480/vehicle/v3",
        management="http://127.0.0.1:8480/management/v3",
        connect="http://127.0.0.1:8480/connect",
        overridden=True,
    )


async def test_environment_is_read_when_a_client_is_built(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A client keeps its hosts, whatever the environment says later."""
    async with aiohttp.ClientSession() as session:
        monkeypatch.setenv(ENDPOINT_VARIABLE, "http://127.0.0.1:1")
        client = SmartcarClient(session, "id", "secret")
        monkeypatch.delenv(ENDPOINT_VARIABLE)
        assert client.hosts.vehicle == "http://127.0.0.1:1/vehicle/v3"
        given = Hosts(vehicle="http://127.0.0.1:2")
        assert SmartcarClient(session, "id", "secret", given).hosts is given


@pytest.mark.parametrize("mode", ["live", "simulated"])
def test_connect_link(mode: str) -> None:
    """The link names the application by its UUID and needs no redirect address."""
    link = URL(Hosts().connect_link(APPLICATION_ID, mode))
    assert str(link.origin()) == "https://connect.smartcar.com"
    assert link.path == "/oauth/authorize"
    assert dict(link.query) == {
        "response_type": "none",
        "application_id": APPLICATION_ID,
        "mode": mode,
    }


def test_connect_link_is_live_by_default() -> None:
    """Real cars, unless told otherwise."""
    assert URL(Hosts().connect_link(APPLICATION_ID)).query["mode"] == "live"


def test_connect_link_quotes() -> None:
    """What a person typed cannot add parameters of its own."""
    link = URL(Hosts().connect_link("a b&mode=simulated#x"))
    assert link.query["application_id"] == "a b&mode=simulated#x"
    assert link.query.getall("mode") == ["live"]
    assert link.fragment == ""
