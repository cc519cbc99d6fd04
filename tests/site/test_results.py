"""Models that were scored: their figures, what they said beside the reference, and the calls of a confusion."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
from playwright.sync_api import expect

from antifraud.evaluation.records import Given, Prediction
from antifraud.evaluation.results import Results
from antifraud.labels import LabelSet
from antifraud.records import AnnotatedCall
from antifraud.site.shown_calls import shelves
from antifraud.site.view import write_site
from antifraud.stages.shown_results import models_in
from antifraud.store.lines import dump_line
from tests.site.browser import chromium, quiet_page
from tests.site.conftest import ShownRun
from tests.site.hostile import OWNED, PAYLOAD

FIGURE = {"value": 0.5, "low": 0.25, "high": 0.75}


def results_of(calls: list[AnnotatedCall]) -> Results:
    """Scores of a model that takes every call for fraud."""
    fraud = sum(call.is_fraud for call in calls)
    row = {"fraud": fraud, "normal": 0}, {"fraud": len(calls) - fraud, "normal": 0}
    spread = {"answered": {}, "true": {}, "readable_share": 1.0, "most_answered": "fraud", "distance": 0.5}
    scores: dict[str, Any] = {
        "labels": ["fraud", "normal"],
        "calls": len(calls),
        "figures": {"macro_f1": FIGURE},
        "classes": {},
        "confusion": {"fraud": row[0], "normal": row[1]},
        "outcomes": {},
        "spread": {**spread, "verdict": "biased"},
    }
    reading = {"tasks": {"fraud": scores}, "chain": {}}
    heard = [
        {"dimension": "heard", "value": f"up to {at} s", "calls": 3, "storylines": 2, "figures": {"macro_f1": FIGURE}}
        for at in (10, 20, 30)
    ]
    fields = {"model": PAYLOAD, "snapshot": PAYLOAD, "seal": "0" * 64, "label_sets": [LabelSet.TELEANTIFRAUD]}
    counts = {"calls": len(calls), "storylines": 2, "missing": 0, "missing_ids": [], "draws": 10, "seed": 1}
    more = {"strict": reading, "lenient": reading, "confidence": None, "slices": heard, "early": None}
    return Results.model_validate({**fields, **counts, **more, "predictions_sha256": "0" * 64})


def test_a_confusion_leads_to_its_calls_and_their_answers(shown_run: ShownRun, tmp_path: Path) -> None:
    folder = tmp_path / "results" / "model"
    folder.mkdir(parents=True)
    (folder / "results.json").write_bytes(orjson.dumps(results_of(shown_run.calls).model_dump(mode="json")))
    raw = '<think>听着像骗子</think><answer>{"is_fraud": true}</answer>'
    said = [
        Prediction(id=call.id, model="m", answers=(Given(task="fraud", raw=raw, reasoning=PAYLOAD),))
        for call in shown_run.calls
    ]
    (folder / "predictions.jsonl").write_bytes(b"".join(map(dump_line, said)))
    models = models_in([tmp_path / "results"])
    site = write_site(shelves([shown_run.folder]), tmp_path / "site", models=models)
    lawful = sum(not call.is_fraud for call in shown_run.calls)
    with chromium() as browser, quiet_page(browser, viewport={"width": 375, "height": 700}) as page:
        page.goto((site.folder / "results.html").as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 375
        expect(page.locator("main")).to_contain_text("0.500 (0.250–0.750)")
        assert page.locator("polyline.curve").get_attribute("points") == "10.0,65.0 160.0,65.0 310.0,65.0 "
        assert page.evaluate(OWNED)
        page.locator(".confusion a").last.click()
        expect(page.locator("#rows tbody tr")).to_have_count(lawful)
        page.locator("#rows tbody a").first.click()
        answer = page.locator(".answer")
        expect(answer.locator("pre")).to_have_text(raw)
        expect(answer.locator(".chip.fraud")).to_have_text("wrong")
        assert page.evaluate(OWNED)
