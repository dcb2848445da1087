"""What is written from the rows is current: `python -m tools.table --write`."""

from custom_components.smartcar.const import PLATFORMS
from tools import entities_page


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
