"""The pictures of the user guide: taken by the journeys, with few colours in small files."""

from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

# A picture's name ends with what it was taken on: `cases-desktop`, `execute-phone-dark`.
SIZES = {"desktop": {"width": 1280, "height": 860}, "phone": {"width": 390, "height": 844}}
COLOURS = 256


class Album:
    """Where the pictures go; one without a folder takes none."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def take(self, page: Page, name: str) -> None:
        """Write a picture of what is visible, as `name`.png."""
        size = SIZES[name.removesuffix("-dark").rpartition("-")[2]]
        assert page.viewport_size == size, f"{name} is not what the page was opened for"
        if self._folder is None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        # A pointer or a blinking cursor would make every picture another one.
        page.mouse.move(0, 0)
        shot = page.screenshot(animations="disabled", caret="hide")
        with Image.open(BytesIO(shot)) as picture:
            # The rarest colours tell most: a failure is a dot of red.
            few = picture.convert("RGB").quantize(
                COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE
            )
        few.save(self._folder / f"{name}.png", optimize=True)
