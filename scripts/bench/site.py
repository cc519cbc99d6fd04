"""What a site of many calls costs to write, and how quickly its list opens and filters in a browser.

    .venv/bin/python scripts/bench/site.py RUN [--calls 30000] [--recordings 30000] [--output FOLDER]

The records are those of an annotated run, over and over under ids of their own; their recordings are links to those
of the run, so that the disk need not hold 115 GB: outlines are counted, reading from a cold disk is not. Building is
a child process: wall clock, CPU seconds, peak memory, bytes. The times of the browser are of headless Chromium on
file://, medians of `--rounds`.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Final

import orjson
from playwright.sync_api import Locator, Page, sync_playwright

CHROMIUM: Final = "/usr/bin/chromium"


def many(run: Path, calls: int) -> Iterator[bytes]:
    """Yield lines of the run's annotations under new ids; siblings stay siblings."""
    with open(run / "annotations.jsonl", "rb") as file:
        records = [orjson.loads(line) for line in file]
    for number, record in enumerate(islice(cycle(records), calls)):
        again = number // len(records)
        new = f"call-{number:014x}"
        story = f"{record['storyline'][:48]}-{again}"
        yield orjson.dumps({**record, "id": new, "storyline": story, "audio": f"audio/{new}.wav"}) + b"\n"


def lay_out(run: Path, folder: Path, calls: int, recordings: int) -> None:
    """Write the large run; its first calls have links to the recordings of the small one."""
    (folder / "audio").mkdir(parents=True)
    with open(folder / "annotations.jsonl", "wb") as file:
        file.writelines(many(run, calls))
    sources = cycle(sorted((run / "audio").iterdir()))
    for number, source in enumerate(islice(sources, recordings)):
        os.link(source, folder / "audio" / f"call-{number:014x}{source.suffix}")


def build(folder: Path, site: Path) -> dict[str, float]:
    """Run the command in a process of its own; returns what it took."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "antifraud", "view", str(folder), "--no-open", "-o", str(site)]
    child = os.posix_spawn(sys.executable, command, os.environ)
    _, status, usage = os.wait4(child, 0)
    if status:
        raise SystemExit(f"view ended with {os.waitstatus_to_exitcode(status)}")
    files = [path for path in site.rglob("*") if path.is_file()]
    return {
        "wall_seconds": round(time.perf_counter() - started, 1),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 1),
        "peak_megabytes": round(usage.ru_maxrss / 1024),
        "site_megabytes": round(sum(path.stat().st_size for path in files) / 1e6),
        "columns_megabytes": round((site / "data" / "columns.js").stat().st_size / 1e6, 2),
        "files": len(files),
    }


def seen(site: Path, rounds: int) -> dict[str, float]:
    """Return milliseconds in the browser: open the list, filter, sort, search at first and again, open a call."""
    found: dict[str, list[float]] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for _ in range(rounds):
            page = browser.new_page()
            for name, milliseconds in _visit(page, site):
                found.setdefault(name, []).append(milliseconds)
            page.close()
        browser.close()
    return {name: round(statistics.median(times), 1) for name, times in found.items()}


def _visit(page: Page, site: Path) -> Iterator[tuple[str, float]]:
    page.goto((site / "index.html").as_uri())
    rows = page.locator("#rows tbody tr")
    yield "open_list_ms", _timed(lambda: _open(page, (site / "list.html").as_uri(), rows.first))
    changes: dict[str, dict[str, Any]] = {
        "filter_ms": {"branch": "fraud", "outcome": "refused"},
        "sort_ms": {"branch": "", "outcome": "", "sort": "-seconds"},
        "first_search_ms": {"sort": "", "q": "验证码"},
        "next_search_ms": {"q": "转账"},
        "search_and_filter_ms": {"q": "您好", "branch": "lawful"},
    }
    for name, change in changes.items():
        page.evaluate("async (change) => { await antifraud.list.change(change); }", change)
        yield name, float(page.locator("#found").get_attribute("data-milliseconds") or "nan")
    address = rows.first.locator("a").get_attribute("href")
    turn = page.locator("#turns .turn").first
    yield "open_call_ms", _timed(lambda: _open(page, f"{site.as_uri()}/{address}", turn))


def _open(page: Page, address: str, awaited: Locator) -> None:
    page.goto(address)
    awaited.wait_for()


def _timed(what: Callable[[], None]) -> float:
    started = time.perf_counter()
    what()
    return 1000 * (time.perf_counter() - started)


def main() -> None:
    """Lay out, build, look, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="folder of an annotated run")
    parser.add_argument("--calls", type=int, default=30_000)
    parser.add_argument("--recordings", type=int, default=30_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--output", type=Path, help="keep the site here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.run.parent) as place:
        folder, site = Path(place) / "many", (options.output or Path(place) / "site").resolve()
        lay_out(options.run, folder, options.calls, options.recordings)
        figures = {"calls": options.calls, **build(folder, site), **seen(site, options.rounds)}
    print(orjson.dumps(figures, option=orjson.OPT_INDENT_2).decode())


if __name__ == "__main__":
    main()
