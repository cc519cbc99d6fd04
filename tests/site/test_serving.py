from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import expect

from antifraud.site.reviews import Review
from antifraud.store.lines import read_records
from tests.conftest import CommandLine, clean_environment, command
from tests.site.browser import chromium, quiet_page
from tests.site.conftest import ShownRun


@pytest.fixture
def served(shown_run: ShownRun, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The command itself, serving a copy of the run for review; its address and the run."""
    folder = tmp_path / "run"
    shutil.copytree(shown_run.folder, folder)
    arguments = command("view", str(folder), "--review", "--serve", "--no-open")
    with subprocess.Popen(arguments, env=clean_environment(), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        found = re.search(
            r"http://127\.0\.0\.1:\d+/\S+index\.html", process.stdout.readline() + process.stdout.readline()
        )
        assert found
        yield found.group(), folder
        os.kill(process.pid, signal.SIGINT)
        assert process.wait(timeout=20) == 0


def test_the_server_plays_by_ranges_keeps_reviews_and_offers_nothing_else(
    served: tuple[str, Path], shown_run: ShownRun, antifraud: CommandLine
) -> None:
    url, folder = served
    origin = re.match(r"http://[^/]+/", url)
    assert origin
    call = shown_run.heard
    recording = (folder / f"{call.id}.ogg").read_bytes()
    with httpx.Client(base_url=origin.group(), timeout=10) as client:
        part = client.get(f"/{call.id}.ogg", headers={"Range": "bytes=1000-1999"})
        assert (part.status_code, part.content) == (206, recording[1000:2000])
        assert part.headers["Content-Range"] == f"bytes 1000-1999/{len(recording)}"
        assert client.get(f"/{call.id}.ogg", headers={"Range": "bytes=-5"}).content == recording[-5:]
        assert client.get(f"/{call.id}.ogg", headers={"Range": "bytes=999999999-"}).status_code == 416
        assert client.get(f"/{call.id}.ogg").content == recording
        for path in ("/annotations.jsonl", "/..%2f..%2fetc/passwd", f"/{quote(str(folder))}/annotations.jsonl", "/%00"):
            assert client.get(path).status_code == 404, path
        assert client.get(f"/{call.id}.ogg", headers={"Host": "elsewhere.example"}).status_code == 404
        review = {"id": call.id, "shelf": "run", "reviewer": "second", "natural": "yes"}
        plain = {"Content-Type": "text/plain"}
        assert client.post("/site/reviews", content=b"{}", headers=plain).status_code == 403
        assert client.post("/site/reviews", json={**review, "id": "../x"}).status_code == 400
        assert client.post("/site/reviews", json=review).status_code == 204
    with chromium() as browser, quiet_page(browser, origin=origin.group()) as page:
        page.goto(url.replace("index.html", f"call.html#call=0%2F{call.id}"))
        page.locator("[name=reviewer]").fill("first <b>")
        page.locator("#review h2").click()
        for key in ("1", "5", "9", "s"):
            page.keyboard.press(key)
        expect(page.locator("#saved")).to_have_text("saved")
        with page.expect_download() as download:
            page.locator("#download").click()
        saved = list(read_records(Path(download.value.path()), Review))
        page.keyboard.press("n")
        expect(page.locator("h1")).not_to_contain_text(call.id)
    kept = list(read_records(folder / "reviews.jsonl", Review))
    assert kept[1:] == saved
    assert (saved[0].reviewer, saved[0].natural, saved[0].label_right, saved[0].heard_well) == (
        "first <b>",
        "yes",
        "no",
        "unsure",
    )
    told = antifraud("stats", str(folder / "reviews.jsonl"), "--json")
    (agreement,) = json.loads(told.stdout)
    assert (agreement["question"], agreement["one"], agreement["calls"]) == ("natural", "first <b>", 1)
