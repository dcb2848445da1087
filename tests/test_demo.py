"""The demo's own modules, as far as they need no Home Assistant to run."""

import fcntl
import json
from pathlib import Path
import subprocess
import sys

import pytest

from demo.__main__ import main
from demo.client import DemoError
from demo.folder import ConfigFolder
from demo.logs import HomeAssistantFilter, is_traffic

ROOT = Path(__file__).resolve().parents[1]


def test_a_guard_ends_with_its_program() -> None:
    """Though the pipe that it watches is still open; 2 is the program's own code."""
    with subprocess.Popen(
        [sys.executable, "-m", "demo.guard", "--", "sh", "-c", "exit 2"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as guard:
        assert guard.wait(30) == 2
        assert guard.stderr is not None
        assert guard.stderr.read() == b""


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--speed", "0", "must be greater than 0"),
        ("--speed", "nan", "must be greater than 0"),
        ("--speed", "inf", "must be greater than 0"),
        ("--port", "70000", "Port 70000 cannot be used (no such port)"),
    ],
)
def test_senseless_options_are_refused_in_words(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    socket_enabled: None,
    option: str,
    value: str,
    words: str,
) -> None:
    monkeypatch.setattr(sys, "argv", ["demo", "--check", option, value])
    try:
        code: object = main()
    except SystemExit as error:
        code = error.code
    assert code in (1, 2)
    assert words in capsys.readouterr().err


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    folder = ConfigFolder(tmp_path)
    folder.prepare(8123)
    with (tmp_path / ".ha_run.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(DemoError, match="Another Home Assistant runs on"):
            folder.prepare(8124)
    stored = json.loads((tmp_path / ".storage" / "http").read_text("utf-8"))
    assert stored["data"]["stable"]["server_port"] == 8123
    # What an ended one has left is no hindrance.
    folder.prepare(8124)
    text = (tmp_path / "configuration.yaml").read_text("utf-8")
    links = {path.name for path in (tmp_path / "custom_components").iterdir()}
    assert links == {"demo_tariff", "smartcar"}
    assert {"demo_tariff:", "energy:"} <= set(text.splitlines())


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DemoError, match="cannot be used"):
        ConfigFolder(tmp_path / "file").prepare(8123)


def test_what_the_demo_shows_of_its_children() -> None:
    traffic = (
        "12:00:01 GET /vehicle/v3/connections 200",
        "12:00:01 delivery VERIFY 200",
    )
    assert all(map(is_traffic, traffic))
    assert not is_traffic("Simulated Smartcar cloud ready on http://127.0.0.1:8480")
    shows = HomeAssistantFilter()
    log = "2026-11-25 17:13:18.774+00:00 {} (MainThread) [homeassistant] words"
    assert [shows(log.format(level)) for level in ("INFO", "ERROR")] == [False, True]
