"""What is written from the rows is current: `python -m tools.table --write`."""

from custom_components.smartcar.const import PLATFORMS
from tests.documented import documented
from tools import entities_page, table


def test_the_page_lists_every_row() -> None:
    written = entities_page.PAGE.read_text("utf-8")
    assert entities_page.page(written) == written


def test_every_row_stands_in_one_table() -> None:
    written = entities_page.PAGE.read_text("utf-8")
    lines = [
        f"| `{platform}.{next(iter(own.values())).key}`"
        for platform in map(str, PLATFORMS)
        for _, own in entities_page.listed(platform)
    ]
    assert {line: written.count(line) for line in lines} == dict.fromkeys(lines, 1)


def test_the_codes_are_those_of_the_rows() -> None:
    assert entities_page.CODES.read_text("utf-8") == entities_page.codes()


def test_the_printed_table_has_a_line_for_every_signal() -> None:
    """And no other; behind it stand the entities that show the signal."""
    lines = [line for part in table.report() for line in part.splitlines() if line]
    codes = [line for line in lines if not line.startswith(" ") and ":" not in line]
    assert [line.split()[0] for line in codes] == sorted(documented())
    (level,) = (line for line in codes if line.startswith("tractionbattery-stateofch"))
    assert "sensor.battery" in level.replace(",", "").split()
