"""The token host."""

from typing import TYPE_CHECKING

import pytest

from simulator import fleet

from .client import CREDENTIALS, Api, error_of

if TYPE_CHECKING:
    from simulator.clock import ManualClock
    from simulator.cloud import Cloud

PATH = "/iam/oauth2/token"


@pytest.mark.parametrize("form", ["data", "json"])
async def test_both_body_forms_give_a_token(anonymous: Api, form: str) -> None:
    status, body = await anonymous.call("POST", PATH, **{form: CREDENTIALS})
    assert status == 200
    assert body.keys() == {"access_token", "token_type", "expires_in"}
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 3600)


@pytest.mark.parametrize("missing", list(CREDENTIALS))
async def test_missing_field_is_invalid_request(anonymous: Api, missing: str) -> None:
    fields = {name: text for name, text in CREDENTIALS.items() if name != missing}
    status, body = await anonymous.call("POST", PATH, data=fields)
    assert (status, body["error"]) == (400, "invalid_request")
    assert body.keys() == {"error", "error_description"}


async def test_wrong_grant_type_and_broken_json(anonymous: Api) -> None:
    fields = {**CREDENTIALS, "grant_type": "authorization_code"}
    assert (await anonymous.call("POST", PATH, data=fields))[0] == 400
    headers = {"Content-Type": "application/json"}
    status, body = await anonymous.call("POST", PATH, data=b"{", headers=headers)
    assert (status, body["error"]) == (400, "invalid_request")


async def test_wrong_and_revoked_secret_are_invalid_client(
    anonymous: Api, cloud: Cloud
) -> None:
    fields = {**CREDENTIALS, "client_secret": "wrong"}
    status, body = await anonymous.call("POST", PATH, data=fields)
    assert (status, body["error"]) == (401, "invalid_client")
    cloud.application.revoke_secret()
    assert (await anonymous.call("POST", PATH, data=CREDENTIALS))[0] == 401
    cloud.application.restore_secret("new")
    fields = {**CREDENTIALS, "client_secret": "new"}
    assert (await anonymous.call("POST", PATH, data=fields))[0] == 200


async def test_token_lives_an_hour_or_until_expired(
    api: Api, cloud: Cloud, clock: ManualClock
) -> None:
    assert (await api.get("/connections"))[0] == 200
    clock.advance(3601)
    status, body = await api.get("/connections")
    assert (status, error_of(body)) == (401, ("AUTHENTICATION", "UNAUTHORIZED"))
    await api.sign_in()
    cloud.application.expire_tokens()
    assert (await api.get("/connections"))[0] == 401


@pytest.mark.parametrize("header", ["", "Bearer nonsense", "Basic abc"])
async def test_every_authenticated_host_wants_the_bearer(
    anonymous: Api, header: str
) -> None:
    headers = {"Authorization": header}
    for path in ("/vehicle/v3/connections", "/management/v3/webhooks"):
        status, body = await anonymous.call("GET", path, headers=headers)
        assert (status, error_of(body)) == (401, ("AUTHENTICATION", "UNAUTHORIZED"))
    path = "/compatibility/v3/compatible-vehicles"
    assert (await anonymous.call("GET", path, headers=headers))[0] == 200


async def test_recordings_keep_no_secret(api: Api, cloud: Cloud) -> None:
    await api.call("POST", PATH, json=CREDENTIALS)
    await api.get("/connections")
    operations = [one.operation for one in cloud.requests]
    assert operations == ["token", "token", "connections"]
    kept = repr(list(cloud.requests))
    assert fleet.CLIENT_SECRET not in kept
    assert api.token not in kept
