"""A real headless Chromium, and what a page did in it that it must not do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required", "--mute-audio"]


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def quiet_page(browser: Browser, origin: str = "file://", **settings: Any) -> Iterator[Page]:
    """Open a page that must neither complain nor ask for anything from elsewhere."""
    context = browser.new_context(**settings)
    context.set_default_timeout(10_000)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: _note(request.url, origin, complaints))
    yield page
    context.close()
    assert complaints == [], complaints


def _note(url: str, origin: str, complaints: list[str]) -> None:
    if not url.startswith((origin, "data:", "blob:")):
        complaints.append(f"asked for {url}")
