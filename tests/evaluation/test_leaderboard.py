"""A leaderboard holds what can be compared, and shows names of strangers as they are."""

from __future__ import annotations

import csv
import json
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest

from antifraud.errors import AntifraudError, RecordError
from antifraud.evaluation.judge.judge_results import JudgeResults
from antifraud.evaluation.leaderboard.columns import COLUMNS, SORTABLE
from antifraud.evaluation.leaderboard.leaderboard import leaderboard
from antifraud.evaluation.leaderboard.renderings import RENDERINGS, TITLES
from antifraud.evaluation.redrawing import Figure
from antifraud.evaluation.results import Results
from antifraud.evaluation.score import score
from antifraud.store.files import write_atomic
from antifraud.store.manifest import dump_json
from tests.conftest import CommandLine
from tests.evaluation.benches import chained, predictions, references, write_bench, write_predictions

CALLS = references(40)
EVIL = '=HYPERLINK("x")|<script>alert(1)</script>\n*b* [red]'
MODELS = {"good": 0.9, "middling": 0.6, EVIL: 0.3}


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of three models, in folders of their own, worst first."""
    folder = tmp_path_factory.mktemp("scored")
    bench = write_bench(folder / "frozen", CALLS)
    for number, (model, right) in enumerate(reversed(MODELS.items())):
        put(folder / f"results/run-{number}", bench, model, right)
    return folder


def put(folder: Path, bench: Path, model: str, right: float) -> Results:
    folder.mkdir(parents=True)
    file = write_predictions(folder / "answers.jsonl", predictions(CALLS, chained(right), model=model))
    results = score(bench, file, draws=20)
    write_atomic(folder / "answers.results.json", dump_json(results.model_dump(mode="json")))
    return results


def judged(of: Results, folder: Path, points: float, judge: str = "judge-1", **changes: object) -> None:
    figure = Figure(value=points)
    names = ("questions", "judged", "judgements", "unparseable", "unanswered")
    made = JudgeResults(
        **{"calls": of.calls, "is_teacher": False, "paper_total": 61.0, **changes},
        **{name: getattr(of, name) for name in ("model", "snapshot", "seal", "predictions_sha256")},
        **dict.fromkeys(names, 1),
        **dict.fromkeys(("points", "when_right", "when_wrong"), figure),
        **dict.fromkeys(("repeat_spread", "length_correlation", "order_bias", "length_bias")),
        judge=judge,
        teachers=(),
        temperature=0.6,
        repeats=1,
        blank={},
        dimensions={},
        tasks={},
        repeat_means=(points,),
    )
    folder.mkdir()
    write_atomic(folder / "judge.json", dump_json(made.model_dump(mode="json")))


def test_the_best_comes_first_and_figures_are_those_of_the_results(scored: Path) -> None:
    board = leaderboard([scored / "results"], "mean_weighted_f1")
    assert [row.model for row in board.rows] == list(MODELS)
    for row in board.rows:
        results = Results.model_validate_json(Path(row.results).read_bytes())
        fraud = results.strict.tasks["fraud"].figures
        assert row.values["fraud_balanced_accuracy"] == fraud["balanced_accuracy"].value
        assert row.values["fraud_balanced_accuracy_low"] == fraud["balanced_accuracy"].low
        assert row.values["mean_weighted_f1"] == results.strict.chain["mean_weighted_f1"].value
        assert row.values["judge_points"] is None and row.values["paper_total"] is None
    by_invalid = leaderboard([scored / "results"], "fraud_invalid_rate").rows
    rates = [row.values["fraud_invalid_rate"] for row in by_invalid]
    assert rates == sorted(rates)
    assert [row.model for row in leaderboard([scored / "results"], "judge_points").rows] == sorted(MODELS)
    assert set(SORTABLE) == {column.key for column in COLUMNS} - {"answers"}


def test_results_of_two_snapshots_are_refused(scored: Path, tmp_path: Path) -> None:
    other = write_bench(tmp_path / "other", references(40, seed=1))
    put(tmp_path / "results", other, "good", 0.9)
    with pytest.raises(AntifraudError, match=r"snapshot frozen, seal [0-9a-f]{12}\n.*snapshot other") as refused:
        leaderboard([scored / "results", tmp_path / "results"], "mean_weighted_f1")
    assert "give the results of one" in str(refused.value)


def test_copies_count_once_and_models_of_one_name_are_told_apart(scored: Path, tmp_path: Path) -> None:
    shutil.copytree(scored / "results", tmp_path / "copied")
    assert len(leaderboard([scored / "results", tmp_path / "copied"], "mean_weighted_f1").rows) == 3
    again = put(tmp_path / "again", scored / "frozen", "good", 0.8)
    (tmp_path / "again/answers.results.json").rename(tmp_path / "again/second.results.json")
    rows = leaderboard([scored / "results", tmp_path / "again"], "mean_weighted_f1").rows
    assert [row.model for row in rows[:2]] == [
        "good (run-2/answers.results.json)",
        "good (again/second.results.json)",
    ]
    assert again.model == "good"


def test_judgements_join_by_predictions_and_judges_are_no_common_scale(scored: Path, tmp_path: Path) -> None:
    first = put(tmp_path / "a", scored / "frozen", "a", 0.9)
    second = put(tmp_path / "b", scored / "frozen", "b", 0.5)
    judged(first, tmp_path / "a/answers.judge", 9.0)
    judged(second, tmp_path / "elsewhere", 12.0, "judge-2", is_teacher=True, paper_total=None)
    board = leaderboard([tmp_path], "judge_points")
    assert [(row.model, row.values["judge_points"], row.values["paper_total"]) for row in board.rows] == [
        ("b", 12.0, None),
        ("a", 9.0, 61.0),
    ]
    assert any("judged by judge-1 and by judge-2" in note or "judge-2 and by judge-1" in note for note in board.notes)
    assert "b: judged by judge-2, which wrote the reference reasoning" in board.notes


class Cells(HTMLParser):
    """Collects the tags of a page, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_names_of_strangers_are_shown_and_run_nowhere(scored: Path) -> None:
    board = leaderboard([scored / "results"], "mean_weighted_f1")
    page = Cells()
    page.feed(RENDERINGS[".html"](board))
    assert "script" not in page.tags and EVIL in page.texts
    assert page.tags.count("td") == len(MODELS) * len(TITLES)
    table = RENDERINGS[".md"](board)
    lines = [line for line in table.splitlines() if line.startswith("| ")]
    assert len(lines) == 2 + len(MODELS) and "<script>" not in table
    assert all(line.replace("\\|", "").count("|") == len(TITLES) + 1 for line in lines)
    rows = list(csv.DictReader(RENDERINGS[".csv"](board).splitlines(keepends=True)))
    assert rows[2]["model"] == f"'{EVIL}" and rows[0]["model"] == "good"
    assert float(rows[0]["scene_weighted_f1"]) == board.rows[0].values["scene_weighted_f1"]
    assert rows[0]["judge_points"] == "" and rows[0]["seal"] == board.seal


def test_the_command_shows_and_writes_a_board(scored: Path, antifraud: CommandLine, tmp_path: Path) -> None:
    files = [f"--output=board{suffix}" for suffix in RENDERINGS]
    run = antifraud("leaderboard", str(scored), *files)
    assert run.returncode == 0 and "[red]" in run.stderr and "fraud macro-F1" in run.stderr
    for suffix in RENDERINGS:
        assert "good" in (tmp_path / f"board{suffix}").read_text()
    told = antifraud("leaderboard", str(scored), "--json")
    assert [row["model"] for row in json.loads(told.stdout)["rows"]] == list(MODELS)
    for wrong, said in (
        (["--by", "luck"], "no such column; expected one of mean_weighted_f1"),
        (["-o", "board.pdf"], "expected a name that ends in .md, .html, .csv"),
    ):
        refused = antifraud("leaderboard", str(scored), *wrong)
        assert refused.returncode == 2 and said in refused.stderr and "Traceback" not in refused.stderr


def test_what_is_no_result_is_an_error_with_its_place(scored: Path, tmp_path: Path) -> None:
    with pytest.raises(AntifraudError, match="run antifraud score first"):
        leaderboard([tmp_path], "mean_weighted_f1")
    with pytest.raises(RecordError, match="nowhere: not found"):
        leaderboard([tmp_path / "nowhere"], "mean_weighted_f1")
    (tmp_path / "x.results.json").write_text('{"model": "m"}')
    with pytest.raises(RecordError, match=r"x\.results\.json: not Results: snapshot: field required"):
        leaderboard([tmp_path, scored], "mean_weighted_f1")
