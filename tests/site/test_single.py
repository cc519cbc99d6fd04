from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from antifraud.errors import UsageError
from antifraud.site.shown_calls import shelves
from antifraud.site.single import write_single
from tests.site.browser import chromium, quiet_page
from tests.site.conftest import HOSTILE, ShownRun
from tests.site.hostile import OWNED


def test_a_single_page_plays_where_nothing_lies_beside_it(shown_run: ShownRun, tmp_path: Path) -> None:
    shown = shelves([shown_run.folder])
    pages = [write_single(shown, call_id, tmp_path / "alone") for call_id in (shown_run.heard.id, HOSTILE)]
    assert sorted((tmp_path / "alone").iterdir()) == sorted(pages)
    with chromium() as browser, quiet_page(browser) as page:
        page.goto(pages[0].as_uri())
        page.locator("#turns .turn").nth(6).locator("p").first.click()
        expect(page.locator("#turns .turn").nth(6)).to_have_class("turn callee now")
        page.evaluate("document.querySelector('audio').play()")
        expect(page.locator("#turns .turn").nth(7)).to_have_class("turn caller now")
        page.goto(pages[1].as_uri())
        page.locator("h1").wait_for()
        assert page.evaluate(OWNED)


def test_a_call_that_is_not_there_is_named(shown_run: ShownRun, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--single: no call '\.\./elsewhere'"):
        write_single(shelves([shown_run.folder]), "../elsewhere", tmp_path)
