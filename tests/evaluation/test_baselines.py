"""Baselines understand nothing, and are worth nothing where calls differ in nothing but what is asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from antifraud.errors import AntifraudError, IntegrityError, UsageError
from antifraud.evaluation.baselines.baseline import BASELINES, baseline, baseline_on
from antifraud.evaluation.baselines.excerpts import turns_heard
from antifraud.evaluation.baselines.table import baseline_table
from antifraud.evaluation.bench_calls import BenchCalls
from antifraud.evaluation.parsing import Status, read_given
from antifraud.evaluation.records import Prediction
from antifraud.evaluation.score import score
from antifraud.evaluation.truths import TASKS, bench_in, read_bench
from antifraud.labels import FRAUD_ACTS, LabelSet, Scene, Speaker
from antifraud.records import Call, Dialogue
from antifraud.stages.card_baselines import card_baselines
from antifraud.store.lines import read_records
from tests.calls import a_call
from tests.evaluation.benches import item, write_bench
from tests.evaluation.talked import freeze, reference, spoken, talk, without_acts, write_release

WORDS = ("majority", "keywords", "lengths", "tfidf", "oracle")
Frozen = tuple[BenchCalls, Path]


@pytest.fixture(scope="module")
def dialogues(tmp_path_factory: pytest.TempPathFactory) -> list[Dialogue]:
    return talk(tmp_path_factory.mktemp("talk"), fraud=220, lawful=40)


@pytest.fixture(scope="module")
def frozen(dialogues: list[Dialogue], tmp_path_factory: pytest.TempPathFactory) -> Frozen:
    return freeze(dialogues, tmp_path_factory.mktemp("frozen"))


def test_siblings_are_told_apart_by_what_is_done_alone(frozen: Frozen, tmp_path: Path) -> None:
    calls, release = frozen
    rows = baseline_table(calls, read_bench(calls.folder), release, tmp_path, names=WORDS, draws=50)
    of = {(row.name, row.measure): row.scores for row in rows}
    for name, most in (("majority", 0.51), ("keywords", 0.62), ("lengths", 0.62), ("tfidf", 0.70)):
        assert 0.35 < of[name, "fraud, balanced accuracy"]["siblings"] < most  # type: ignore[operator]
        assert of[name, "fraud, macro-F1"]["siblings"] < most  # type: ignore[operator]
    for measure in ("fraud, macro-F1", "fraud, balanced accuracy", "scene, accuracy", "fraud type, accuracy"):
        assert of["oracle", measure]["siblings"] >= 0.99 and of["oracle", measure]["all"] >= 0.99  # type: ignore[operator]
    assert of["tfidf", "scene, accuracy"]["all"] > 2 * of["majority", "scene, accuracy"]["all"]  # type: ignore[operator]
    for name in WORDS:
        answered = list(read_records(tmp_path / f"{name}.jsonl", Prediction))
        assert [each.id for each in answered] == [each.id for each in calls.items]
        assert all(
            read_given(given, LabelSet.TELEANTIFRAUD).status is Status.VALID for given in answered[0].answers[:2]
        )
        assert score(calls.folder, tmp_path / f"{name}.jsonl", draws=10).model == name
        assert (tmp_path / f"{name}.results.json").exists()


def test_a_word_that_fraud_alone_says_is_found(dialogues: list[Dialogue], tmp_path: Path) -> None:
    def told(call: Dialogue) -> Dialogue:
        last = call.turns[-1].model_copy(
            update={"text": call.turns[-1].text + ("那咱们回头再联系吧" if call.is_fraud else "")}
        )
        return call.model_copy(update={"turns": (*call.turns[:-1], last)})

    calls, release = freeze([told(call) for call in dialogues], tmp_path)
    scores = baseline_table(calls, bench_in(calls.folder), release, tmp_path / "said", names=("tfidf",), draws=10)[
        0
    ].scores
    assert [path.name for path in (tmp_path / "said").iterdir()] == ["tfidf.jsonl"]
    assert scores["siblings"] > 0.9  # type: ignore[operator]


def test_a_card_tells_of_those_that_learn_where_there_is_a_release_to_learn_from(
    frozen: Frozen, dialogues: list[Dialogue], tmp_path: Path
) -> None:
    calls, _ = frozen
    given = calls.folder, calls.items, calls.references
    alone = {row.name for row in card_baselines(*given, tmp_path / "nowhere")}
    assert alone == {"keywords", "oracle"}
    known = write_release(tmp_path / "known", map(spoken, dialogues))
    assert {row.name for row in card_baselines(*given, known)} == alone
    benched = {each.storyline for each in calls.references}
    few = [spoken(each) for each in dialogues if each.storyline not in benched][:2]
    rows = card_baselines(*given, write_release(tmp_path / "few", few))
    told = {(row.name, row.measure): row.scores for row in rows}
    for name in ("majority", "keywords", "lengths", "tfidf", "oracle"):
        assert told[name, "fraud, macro-F1"].keys() == {"all", "siblings"}
        assert told[name, "scene, accuracy"]["all"] is not None


def test_the_oracle_reads_acts_not_labels_and_only_those_that_were_heard(frozen: Frozen) -> None:
    calls, _ = frozen
    blind = baseline_on("oracle", None, without_acts(calls))
    model = baseline_on("oracle", None, calls)
    fraud = [(each, ref) for each, ref in calls.pairs() if ref.is_fraud]
    assert fraud
    for each, ref in fraud:
        assert read_given(blind.given(each, "fraud", None), ref.label_set).strict == "normal"
        decisive = next(turn.index for turn in ref.turns if FRAUD_ACTS & set(turn.acts))
        before = ref.segments[decisive].start_seconds
        assert [turn.index for turn in turns_heard(ref, before)] == list(range(decisive))
        assert read_given(model.given(each, "fraud", before), ref.label_set).strict == "normal"
        after = ref.segments[decisive].end_seconds
        assert read_given(model.given(each, "fraud", after), ref.label_set).strict == "fraud"


async def test_the_same_answers_come_as_a_model_and_again(frozen: Frozen) -> None:
    calls, release = frozen
    first, second = (baseline("lengths", release, calls.folder) for _ in range(2))
    for each in calls.items[:5]:
        for task in TASKS:
            given = await first.answer(each, task, (), None)
            assert given == second.given(each, task, None) and given.task == task
    assert first.name == "lengths"


def test_a_release_that_knows_a_storyline_of_the_snapshot_is_refused(frozen: Frozen, dialogues: list[Dialogue]) -> None:
    calls, release = frozen
    benched = {each.storyline for each in calls.references}
    taught = next(each.storyline for each in dialogues if each.storyline not in benched)
    known = [each.model_copy(update={"storyline": taught}) for each in calls.references]
    with pytest.raises(AntifraudError, match="1 storylines are in the snapshot too"):
        baseline_on("majority", release, replace(calls, references=known))


def test_what_cannot_be_a_baseline_is_refused(frozen: Frozen) -> None:
    calls, release = frozen
    with pytest.raises(UsageError, match="expected one of majority, keywords"):
        baseline("gpt", release, calls.folder)
    with pytest.raises(UsageError, match="'tfidf' learns; give the release"):
        baseline("tfidf", None, calls.folder)
    with pytest.raises(IntegrityError, match="cannot be read as sound"):
        baseline("logmel", release, calls.folder)
    assert {"majority", "keywords", "lengths", "tfidf", "logmel", "oracle"} == set(BASELINES)


def hum(hz: float, seconds: float, rng: np.random.Generator) -> np.ndarray:
    return rng.uniform(0.1, 0.5) * np.sin(2 * np.pi * hz * np.arange(round(seconds * 16000)) / 16000)


def hummed(number: int, *, is_fraud: bool) -> Call:
    labels = {"fraud_type": "银行诈骗"} if is_fraud else {"branch": "lawful", "is_fraud": False}
    name = f"call-{number}"
    fields = {"id": name, "storyline": f"story-{number}", "audio": f"audio/{name}.wav", "scene": Scene.DINING}
    return a_call([(Speaker.CALLER, "您好")], [(0, 1)], 2.0, **fields, **labels)


def test_how_calls_sound_is_learnt_and_of_a_beginning_no_more_is_heard(tmp_path: Path) -> None:
    """Who hums low is a fraud in training; the calls asked about hum low for 0.5 s and then high for 1.5 s."""
    rng = np.random.default_rng(1)
    taught = [hummed(number, is_fraud=number % 2 == 0) for number in range(16)]
    release = write_release(tmp_path / "release", taught)
    for call in taught:
        sound = hum(300 if call.is_fraud else 1500, 2.0, rng)
        soundfile.write(release / call.audio, np.stack([sound, rng.normal(0, 0.05, sound.size)], axis=1), 16000)
    asked = [reference(hummed(number, is_fraud=True), set()) for number in range(16, 20)]
    bench = write_bench(tmp_path / "bench", asked)
    calls = BenchCalls(bench, [item(each) for each in asked], asked)
    (bench / "audio").mkdir()
    for each in calls.items:
        sound = np.concatenate([hum(300, 0.5, rng), hum(1500, 1.5, rng)])
        soundfile.write(bench / each.audio, np.stack([sound, rng.normal(0, 0.05, sound.size)], axis=1), 16000)
    model = baseline_on("logmel", release, calls)
    for each in calls.items:
        assert read_given(model.given(each, "fraud", 0.5), each.label_set).strict == "fraud"
        assert read_given(model.given(each, "fraud", None), each.label_set).strict == "normal"
        scene = read_given(model.given(each, "scene", None), each.label_set)
        assert scene.strict == "订餐服务" and scene.confidence == 1
