"""Names in texts that are read as Markdown: no name becomes a link or a picture."""

from dataclasses import replace
import re

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from hypothesis import given, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smartcar.commands import UNLOCK
from custom_components.smartcar.const import DOMAIN
from custom_components.smartcar.markdown import escaped
from custom_components.smartcar.sending import async_send_command
from simulator import fleet
from simulator.cloud import Cloud
from simulator.faults import Fault

from .conftest import Travel
from .flow import reauthenticate

HOSTILE = "![x](https://evil.example) [Sign in](www.evil.example) <b>"
ESCAPED = r"!\[x\](https\://evil.example) \[Sign in\](www\.evil.example) \<b\>"


@pytest.mark.parametrize(
    "name",
    [
        "Blitz",
        "Tesla Model 3",
        "Mercedes-Benz EQA 250+",
        "VW ID.4 (2023)",
        "Škoda Enyaq iV 80x",
        "Mum's R&D car!",
        "my_old_car",
        "CONNECTED_SERVICES_ACCOUNT/NO_VEHICLES (400)",
        "2.5 Hybrid",
        "Car #2",
        "",
    ],
)
def test_usual_names_stay(name: str) -> None:
    """Where a text is shown as it stands, no usual name has an escape in it."""
    assert escaped(name) == name


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (HOSTILE, ESCAPED),
        ("*bold* _slanted_ ~gone~", r"\*bold\* \_slanted\_ \~gone\~"),
        ("`code`", r"\`code\`"),
        ("a | b", r"a \| b"),
        (r"a \[b]", r"a \\\[b\]"),
        ("me@evil.example", r"me\@evil.example"),
        ("&lt;b&#62; &", r"\&lt;b\&#62; &"),
        ("# Big", r"\# Big"),
        ("- one", r"\- one"),
        ("+ one", r"\+ one"),
        ("1. one", r"1\. one"),
        ("999) one", r"999\) one"),
        ("WWW.evil.example", r"WWW\.evil.example"),
    ],
)
def test_markup_is_escaped(name: str, text: str) -> None:
    """All that would mark up is text."""
    assert escaped(name) == text


@given(st.text(st.sampled_from("![](){}<>*_`~|\\&;:/.@#+-1 awW\u00e9")))
def test_every_name_says_what_it_says(name: str) -> None:
    """What Markdown takes off again is the escapes, and nothing marks up."""
    text = escaped(name)
    assert re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text) == name
    left = re.sub(r"\\[!-/:-@\[-`{-~]", "", text)
    assert not set(left) & set("[]<>*`~|\\@")
    assert "://" not in text
    assert "www." not in text.lower()
    assert not re.match(r"[#+-]|\d{1,3}[.)](\s|$)", text)


async def test_a_hostile_nickname(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry, travel: Travel
) -> None:
    """A repair, an error and a dialog name the car, and no more than that."""
    car = cloud.car(fleet.BEV)
    car.spec = replace(car.spec, nickname=HOSTILE)
    cloud.refresh(car)
    hass.config_entries.async_update_entry(entry, title=HOSTILE)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await travel(2)
    vehicle = entry.runtime_data.vehicles[fleet.BEV]
    assert vehicle.car_name == HOSTILE

    cloud.faults.add(Fault("command.unlock", type="VEHICLE_STATE", code="ASLEEP"))
    with pytest.raises(HomeAssistantError) as caught:
        await async_send_command(vehicle, UNLOCK)
    assert str(caught.value).startswith(f"{ESCAPED} is asleep.")

    form = await reauthenticate(hass, entry)
    assert (form["description_placeholders"] or {})["title"] == ESCAPED

    connection = cloud.connection(fleet.USER_1, fleet.BEV)
    assert connection is not None
    cloud.disconnect(connection)
    await travel(3601)
    await travel(3601)
    (issue,) = ir.async_get(hass).issues.values()
    assert (issue.domain, issue.translation_key) == (DOMAIN, "connection_lost")
    assert issue.translation_placeholders is not None
    assert issue.translation_placeholders["car"] == (
        r"!\[x\](https\://evil.example) \[S…"
    )
    assert issue.translation_placeholders["link"].startswith("http://127.0.0.1")
    with pytest.raises(HomeAssistantError) as caught:
        await async_send_command(vehicle, UNLOCK)
    assert str(caught.value).startswith(f"{ESCAPED} is no longer connected")
