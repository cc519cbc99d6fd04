"""Pictures of the pages of `view` for docs/viewing.md, from an annotated run with a snapshot.

    .venv/bin/python scripts/screenshots.py RUN [RESULTS] [--folder docs/images]

RESULTS is a folder with the results of models on the run's snapshot; without it there is no picture of them.
Needs chromium, a font for Chinese, and Pillow, which the extra `plots` brings. The files are PNG with 64 colours, each
far below 150 kB.
"""

from __future__ import annotations

import argparse
import io
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Page, ViewportSize, sync_playwright

from antifraud.site.shown_calls import shelves
from antifraud.site.view import write_site
from antifraud.stages.shown_results import models_in

CHROMIUM: Final = "/usr/bin/chromium"
COLOURS: Final = 64
"""Of a picture; flat pages lose nothing that shows."""
WIDE: Final[ViewportSize] = {"width": 1000, "height": 760}
PHONE: Final[ViewportSize] = {"width": 375, "height": 760}


def save(page: Page, path: Path) -> None:
    """Write what the page shows."""
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path}: {path.stat().st_size:,} bytes")


def take(site: Path, folder: Path, pages: Sequence[str]) -> None:
    """Write one picture of each page, of a call in the dark and on a phone, and of siblings side by side."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport=WIDE)
        for name in pages:
            page.goto((site / f"{name}.html").as_uri())
            page.wait_for_timeout(300)
            save(page, folder / f"view-{name}.png")
        page.goto((site / "list.html").as_uri() + "#branch=fraud")
        call = f"{site.as_uri()}/{page.locator('#rows tbody a').first.get_attribute('href')}"
        page.goto(call)
        page.locator(".turn").nth(4).click()
        save(page, folder / "view-call.png")
        page.locator("#tree a.beside").first.click()
        page.locator("#beside").scroll_into_view_if_needed()
        page.locator("#beside h2").evaluate("(place) => scrollTo(0, place.getBoundingClientRect().top + scrollY - 220)")
        save(page, folder / "view-siblings.png")
        phone = browser.new_page(viewport=PHONE, color_scheme="dark")
        phone.goto(f"{call}&lang=zh")
        phone.locator(".turn").nth(2).click()
        save(phone, folder / "view-phone.png")
        browser.close()


def main() -> None:
    """Write a site and take its pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("results", type=Path, nargs="?")
    parser.add_argument("--folder", type=Path, default=Path("docs/images"))
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    models = models_in([options.results]) if options.results else []
    with tempfile.TemporaryDirectory() as place:
        site = write_site(shelves([options.run]), Path(place).resolve() / "site", models=models).folder
        take(site, options.folder, ["index", "list", *(["results"] if models else [])])


if __name__ == "__main__":
    main()
