from __future__ import annotations

from pathlib import Path

import pytest

from antifraud.site.reviews import Review, agreements, append, kappa


def test_kappa_is_that_of_cohens_table() -> None:
    """50 proposals, two readers: 20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no give 0.4 by hand."""
    pairs = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15
    one = [(f"c{at}", first) for at, (first, _) in enumerate(pairs)]
    other = [(f"c{at}", second) for at, (_, second) in enumerate(pairs)]
    calls, value = kappa(one, other)  # type: ignore[arg-type]
    assert calls == 50
    assert value == pytest.approx(0.4)


def test_the_last_judgement_of_a_reviewer_counts(tmp_path: Path) -> None:
    path = tmp_path / "reviews.jsonl"
    for reviewer, call, opinion in (
        ("one", "c1", "no"),
        ("one", "c2", "no"),
        ("other", "c1", "yes"),
        ("other", "c2", "no"),
        ("one", "c1", "yes"),
        ("one", "c3", "unsure"),
    ):
        append(path, Review(id=call, shelf="run", reviewer=reviewer, natural=opinion))  # type: ignore[arg-type]
    (found,) = agreements([path])
    assert (found.question, found.calls, found.kappa) == ("natural", 2, 1.0)
