"""The pictures of the integration."""

from pathlib import Path

from PIL import Image
import pytest

from .files import INTEGRATION

FOLDER = INTEGRATION / "brand"

# Name without `dark_` -> smallest and largest shortest side.
SIDES = {
    "icon.png": (256, 256),
    "icon@2x.png": (512, 512),
    "logo.png": (128, 256),
    "logo@2x.png": (256, 512),
}
PICTURES = sorted(FOLDER.glob("*"))


def plain(path: Path) -> str:
    """Return a picture's name without its theme."""
    return path.name.removeprefix("dark_")


def test_names() -> None:
    """Home Assistant serves these names only, and needs both icons."""
    assert {plain(path) for path in PICTURES} <= SIDES.keys()
    assert {"icon.png", "icon@2x.png"} <= {path.name for path in PICTURES}


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.name)
def test_picture(path: Path) -> None:
    """The size is right, and there is something on a transparent ground."""
    smallest, largest = SIDES[plain(path)]
    with Image.open(path) as image:
        assert image.format == "PNG"
        assert smallest <= min(image.size) <= largest
        if plain(path).startswith("icon"):
            assert image.width == image.height
        assert image.convert("RGBA").getchannel("A").getextrema() == (0, 255)


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.name)
def test_trimmed(path: Path) -> None:
    """The drawing fills its picture in at least one direction, nearly."""
    with Image.open(path) as image:
        box = image.convert("RGBA").getchannel("A").getbbox()
        assert box is not None
        left, top, right, bottom = box
        filled = max((right - left) / image.width, (bottom - top) / image.height)
    assert filled >= 0.9


def test_distinct() -> None:
    """No picture stands under two names; missing ones fall back by themselves."""
    contents = [path.read_bytes() for path in PICTURES]
    assert len(contents) == len(set(contents))


def test_one_place() -> None:
    """There is no second copy at the root of the repository."""
    assert not (INTEGRATION.parents[1] / "brand").exists()
