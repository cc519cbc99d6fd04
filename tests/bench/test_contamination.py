"""A call that a release or an earlier snapshot holds is found, whatever was done to hide it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from antifraud.bench.build_bench import build_bench
from antifraud.bench.known_calls import open_known
from antifraud.errors import ContaminationError, IntegrityError, RecordError, StoreError
from antifraud.labels import Codec, Noise, Speaker
from antifraud.records import AnnotatedCall, Provenance, Side, Voice
from antifraud.release.pack import pack
from antifraud.release_config import BenchConfig, PackConfig
from antifraud.speech.line.line import through_line
from antifraud.speech.line.loss import LossModel
from antifraud.speech.line.profile import NARROW_BAND_HZ, LineProfile
from antifraud.store.sealed import read_manifest, seal
from tests.bench.freezing import RATE_HZ, SECONDS, annotated, freeze, ground, voiced

LIN = Voice(engine="x", version="1", name="lin", gender="女", rate=1, pitch=0)
CONTENT: dict[str, Any] = {"engines": [], "sample_rates_hz": [RATE_HZ]}


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a release of call 1 and a snapshot of call 2."""
    folder = tmp_path_factory.mktemp("earlier")
    seed = Provenance(engine="imitate", version="1", parents=("seed-8",))
    pack(
        lambda: [annotated(1, folder, provenance=seed, voices={Speaker.CALLEE: LIN})],
        folder,
        folder / "release",
        PackConfig(test_share=0.0, name="spring"),
        seed=1,
        bench_share=0.0,
        content=CONTENT,
    )
    freeze([annotated(2, folder, provenance=seed)], folder, folder / "march", snapshot="march")
    return folder


def refused(calls: Sequence[AnnotatedCall], source: Path, earlier: Path) -> str:
    """Return why calls are not frozen, or nothing where they are."""
    target = source / "bench"
    config = BenchConfig(share=1.0)
    said = ground()
    known = [open_known(earlier / "release"), open_known(earlier / "march")]
    try:
        build_bench(lambda: calls, source, target, config, type(said)(**{**vars(said), "against": known}), seed=1)
    except ContaminationError as exc:
        assert not target.exists()
        return str(exc)
    assert target.exists()
    return ""


def test_calls_that_share_nothing_are_frozen(earlier: Path, tmp_path: Path) -> None:
    calls = [annotated(3, tmp_path, voices={Speaker.CALLER: LIN}), annotated(4, tmp_path)]
    assert refused(calls, tmp_path, earlier) == ""
    _, manifest = read_manifest(tmp_path / "bench")
    assert [(known["kind"], known["name"]) for known in manifest["against"]] == [
        ("release", "spring"),
        ("snapshot", "march"),
    ]
    assert all(known["seal"] for known in manifest["against"])
    assert manifest["voices"]["shared_with"] == {"spring": ["lin"], "march": []}
    assert "1 voices are heard in both." in (tmp_path / "bench" / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("hidden", "why"),
    [
        ({"storyline": "story-1"}, "release: of the storyline of call-1"),
        ({"storyline": "story-2"}, "march: of the storyline of call-2"),
        ({"id": "call-2"}, "march: the same call as call-2"),
        ({"provenance": Provenance(engine="x", version="1", parents=("seed-8",))}, "descends from seed-8, as does"),
        ({"provenance": Provenance(engine="x", version="1", parents=("call-1",))}, "descends from call-1, as does"),
    ],
)
def test_descent_is_found(earlier: Path, tmp_path: Path, hidden: dict[str, Any], why: str) -> None:
    told = refused([annotated(5, tmp_path, **hidden), annotated(6, tmp_path)], tmp_path, earlier)
    assert why in told
    assert "call-6" not in told
    assert "1 calls are known already; nothing was frozen" in told


def test_nearly_the_same_words_are_found_under_another_voice(earlier: Path, tmp_path: Path) -> None:
    known, call = annotated(1, tmp_path), annotated(7, tmp_path)
    turns = tuple(turn.model_copy(update={"text": turn.text[:-4] + "，好的吗"}) for turn in known.turns)
    told = refused([call.model_copy(update={"turns": turns})], tmp_path, earlier)
    assert "/release: words (Jaccard index 0." in told
    assert "sound" not in told


@pytest.mark.parametrize(
    ("codec", "bit_rate_kbps", "snr_db", "number"),
    [
        (Codec.ALAW, 64.0, None, 1),
        (Codec.AMR_NB, 4.75, None, 2),
        (Codec.OPUS, 12.0, None, 1),
        (Codec.AMR_NB, 12.2, 15.0, 2),
    ],
)
def test_the_same_sound_is_found_through_any_line_though_its_beginning_is_cut(
    earlier: Path, tmp_path: Path, codec: Codec, bit_rate_kbps: float, snr_db: float | None, number: int
) -> None:
    side = Side() if snr_db is None else Side(noise=Noise.STREET, snr_db=snr_db)
    loss = LossModel(0.02, 0.5, 0.9)
    line = LineProfile(codec, bit_rate_kbps, NARROW_BAND_HZ, dict.fromkeys(Speaker, side), None, None, loss, 5)
    heard, _ = through_line(voiced(number)[round(3.33 * RATE_HZ) :], RATE_HZ, line)
    call = annotated(8, tmp_path, heard, duration_seconds=SECONDS - 3.33)
    told = refused([call, annotated(9, tmp_path)], tmp_path, earlier)
    assert f"of the bits differ) of call-{number}" in told
    assert "call-9" not in told


def test_an_excerpt_is_found_and_what_is_too_short_proves_nothing(earlier: Path, tmp_path: Path) -> None:
    parts = {seconds: voiced(1)[5 * RATE_HZ : round((5 + seconds) * RATE_HZ)] for seconds in (10.0, 3.0)}
    calls = [
        annotated(number, tmp_path, part, duration_seconds=seconds)
        for number, (seconds, part) in enumerate(parts.items(), 11)
    ]
    told = refused(calls, tmp_path, earlier)
    assert "/release: sound" in told
    assert "call-12" not in told


def test_the_same_file_is_found(earlier: Path, tmp_path: Path) -> None:
    told = refused([annotated(10, tmp_path, voiced(2))], tmp_path, earlier)
    assert "the same file as call-2" in told


def test_a_recording_is_found_though_pauses_were_put_in(earlier: Path, tmp_path: Path) -> None:
    pause = np.zeros((RATE_HZ, 2), np.float32)
    parts = [part for first in range(0, 25, 8) for part in (voiced(2)[first * RATE_HZ : (first + 8) * RATE_HZ], pause)]
    told = refused([annotated(13, tmp_path, np.concatenate(parts), duration_seconds=29.0)], tmp_path, earlier)
    assert "/march: sound" in told


def test_a_snapshot_is_compared_without_its_audio_and_a_release_needs_it(earlier: Path, tmp_path: Path) -> None:
    audio = earlier / "release" / "audio" / "call-1.wav"
    known = open_known(earlier / "march")
    (call,) = known.calls()
    assert len(call.prints()) == pytest.approx(SECONDS / 0.064, abs=8)
    content = audio.read_bytes()
    audio.unlink()
    try:
        with pytest.raises(IntegrityError, match="missing"):
            open_known(earlier / "release")
    finally:
        audio.write_bytes(content)


def test_a_release_of_another_form_is_refused(tmp_path: Path) -> None:
    """And so is a snapshot that holds no fingerprints."""
    (tmp_path / "metadata.jsonl").write_text('{"id": "call-1"}\n', encoding="utf-8")
    seal(tmp_path, "dataset_manifest.json", {"name": "old"})
    with pytest.raises(RecordError, match=r"metadata\.jsonl:1: not a call of a release"):
        list(open_known(tmp_path).calls())
    (tmp_path / "dataset_manifest.json").unlink()
    for name in ("items.jsonl", "references.jsonl"):
        (tmp_path / name).write_bytes(b"")
    seal(tmp_path, "manifest.json", {"snapshot": "old"})
    with pytest.raises(StoreError, match=r"no fingerprints\.jsonl"):
        open_known(tmp_path)
