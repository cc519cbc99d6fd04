"""What a reader sees and does, in a real Chromium, from file://."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.site.browser import chromium, quiet_page
from tests.site.conftest import HOSTILE, ShownRun
from tests.site.hostile import OWNED


@pytest.fixture(scope="module")  # not for the session: its event loop must be gone before asynchronous tests
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


def seconds(page: Page) -> float:
    return float(page.evaluate("document.querySelector('audio').currentTime"))


def test_playing_lights_up_turn_after_turn_and_a_click_seeks(browser: Browser, shown_run: ShownRun) -> None:
    call = shown_run.heard
    with quiet_page(browser) as page:
        page.goto(shown_run.call_page(call.id))
        first, later = call.segments[0], call.segments[6]
        page.evaluate(f"document.querySelector('audio').currentTime = {first.end_seconds - 0.3}")
        expect(page.locator(f"#turns [data-turn='{first.turn}']")).to_have_class("turn caller now")
        page.evaluate("document.querySelector('audio').play()")
        expect(page.locator(f"#turns [data-turn='{call.segments[1].turn}'].now")).to_be_visible()
        expect(page.locator(f"#turns [data-turn='{first.turn}'].now")).to_have_count(0)
        page.evaluate("document.querySelector('audio').pause()")
        page.locator(f"#turns [data-turn='{later.turn}'] p").first.click()
        assert seconds(page) == pytest.approx(later.start_seconds, abs=0.05)
        expect(page.locator(f"#turns [data-turn='{later.turn}']")).to_have_attribute("aria-current", "true")
        wave = page.locator("svg.wave")
        box = wave.bounding_box()
        assert box
        wave.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
        assert seconds(page) == pytest.approx(call.duration_seconds / 2, abs=0.5)
        wave.press("ArrowRight")
        assert seconds(page) == pytest.approx(call.duration_seconds / 2 + 5, abs=0.5)


def test_a_call_page_holds_acts_evidence_people_and_the_record(browser: Browser, shown_run: ShownRun) -> None:
    call = shown_run.heard
    assert call.decisive
    with quiet_page(browser) as page:
        page.goto(shown_run.call_page(call.id, "&lang=zh"))
        decisive = page.locator("#turns .turn.decisive")
        expect(decisive.locator("mark.decisive")).to_have_text(call.decisive.quote)
        expect(decisive).to_contain_text("要求转账")
        assert page.locator("svg.wave polygon.decisive").count() == 1
        assert page.locator("svg.wave polygon.caller, svg.wave polygon.callee").count() == 2
        assert page.locator(".round").count() == len(call.rounds)
        page.locator(".evidence button").first.click()
        quoted = call.rounds[0].evidence[0].turn
        assert page.evaluate("document.activeElement.dataset.turn") == str(quoted)
        assert call.caller
        expect(page.locator(".grid")).to_contain_text(call.caller.occupation)
        thinking = page.locator(".round .think").first
        expect(thinking).not_to_be_visible()
        page.emulate_media(media="print")
        expect(thinking).to_be_visible()
        expect(page.locator("audio")).not_to_be_visible()
        page.emulate_media(media="screen")
        page.locator("#json summary").click()
        expect(page.locator("#json pre")).to_contain_text(f'"sha256": "{call.sha256}"')


def test_siblings_stand_side_by_side_from_where_they_part(browser: Browser, shown_run: ShownRun) -> None:
    call, sibling = shown_run.heard, shown_run.sibling
    pairs = zip(call.turns, sibling.turns)
    shared = next(at for at, (one, two) in enumerate(pairs) if (one.speaker, one.text) != (two.speaker, two.text))
    with quiet_page(browser) as page:
        page.goto(shown_run.call_page(call.id))
        page.locator("#tree a.beside").click()
        columns = page.locator("#beside .two > div")
        expect(columns).to_have_count(2)
        for column, one in zip(columns.all(), (call, sibling)):
            assert column.locator(".turn").count() == len(one.turns) - shared
            expect(column.locator(".turn p").first).to_have_text(one.turns[shared].text)
        assert sibling.id in page.url
        page.reload()
        expect(page.locator("#beside")).to_be_visible()


def test_filters_stand_in_the_address_and_come_back_with_it(browser: Browser, shown_run: ShownRun) -> None:
    with quiet_page(browser) as page:
        page.goto(shown_run.page("list.html"))
        rows = page.locator("#rows tbody tr")
        expect(rows).to_have_count(len(shown_run.calls))
        page.locator("#by-branch").select_option("lawful")
        lawful = [call for call in shown_run.calls if call.branch == "lawful"]
        expect(rows).to_have_count(len(lawful))
        page.locator("#q").fill(lawful[0].turns[5].text)
        expect(rows).to_have_count(1)
        page.locator("[data-sort=seconds]").click()
        assert "branch=lawful" in page.url and "sort=seconds" in page.url and "q=" in page.url
        page.reload()
        expect(rows).to_have_count(1)
        expect(page.locator("#by-branch")).to_have_value("lawful")
        page.locator("#clear").click()
        expect(rows).to_have_count(len(shown_run.calls))
        page.goto(f"{shown_run.page('list.html')}#sort=-turns")
        numbers = [int(text) for text in page.locator("#rows tbody td:last-child").all_inner_texts()]
        assert numbers == sorted((len(call.turns) for call in shown_run.calls), reverse=True)
        rows.first.locator("a").press("Enter")
        expect(page.locator("#turns .turn")).to_have_count(numbers[0])


def test_hostile_text_stays_text(browser: Browser, shown_run: ShownRun) -> None:
    with quiet_page(browser) as page:
        places = (
            shown_run.call_page(HOSTILE),
            shown_run.call_page(shown_run.heard.id),
            shown_run.call_page("%3Cimg src=x onerror=window.owned=1%3E"),
            shown_run.page("index.html"),
            f"{shown_run.page('list.html')}#q=%3C/script%3E&scene=%3Cimg src=x%3E",
        )
        for place in places:
            page.goto(place)
            page.wait_for_load_state("load")
            page.locator("h1, [role=alert]").first.wait_for()
            assert page.evaluate(OWNED), place
        page.goto(shown_run.call_page(HOSTILE))
        expect(page.locator("#turns")).to_contain_text("<script>window.owned=1</script>")
        links = page.evaluate("[...document.querySelectorAll('a[href]')].map((link) => link.protocol)")
        assert set(links) == {"file:"}


@pytest.mark.parametrize(("scheme", "ground"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(20, 23, 27)")])
def test_pages_fit_a_phone_and_a_screen_reader(
    browser: Browser, shown_run: ShownRun, scheme: Literal["light", "dark"], ground: str
) -> None:
    with quiet_page(browser, viewport={"width": 375, "height": 700}, color_scheme=scheme) as page:
        for place in (
            shown_run.page("index.html"),
            shown_run.page("list.html"),
            shown_run.call_page(shown_run.heard.id, f"&with=0%2F{shown_run.sibling.id}"),
            shown_run.call_page(HOSTILE),
        ):
            page.goto(place)
            page.locator("table tr").first.wait_for(state="attached")
            assert page.evaluate("document.documentElement.scrollWidth") <= 375, place
            assert page.evaluate("getComputedStyle(document.body).backgroundColor") == ground
            if HOSTILE not in place:
                found = (
                    Axe().run(page, options={"preload": False}).response["violations"]
                )  # contrast, names, roles, order of headings
                assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], place
