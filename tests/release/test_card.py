"""The papers of a release: read by the programs they are for, true to the records, and deaf to what text wants."""

from __future__ import annotations

import json
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import datasets
import mlcroissant
import orjson
import pytest
import yaml
from huggingface_hub import DatasetCard
from markdown_it import MarkdownIt
from markdown_it.token import Token

from antifraud.catalogue import licence_of
from antifraud.errors import ConfigError
from antifraud.records import Provenance
from antifraud.release.licences import LICENCES, check_licence, licence_of_release
from antifraud.release.pack import pack
from antifraud.release.tables import tables_of
from antifraud.release_config import PackConfig, WindowConfig
from antifraud.store.sealed import differences
from tests.release.recorded_calls import annotated

EVIL = "a`b|c*d*\n# H\r<script>x</script> [l](http://x.y) ![i](u) **b** www.x.y q@x.y {{ 7 * 7 }} & \x07_u_ ---"
SOUND = (".wav", ".flac")
STANDARDS = [
    {"figure": "F1 vs sibling, lengths", "measured": "0.512 .40-.62", "limit": "<= 0.6", "is_judged": True},
    {"figure": "distinct-2 at 50k tokens", "measured": "0.401", "limit": ">= 0.33", "is_judged": False},
]


def engine(part: str, name: str, version: str = "1") -> dict[str, Any]:
    return {"part": part, "name": name, "version": version, "licence": licence_of(name), "embedded": False}


def content(*engines: dict[str, Any]) -> dict[str, Any]:
    return {"engines": list(engines), "sample_rates_hz": [8000], "standards": STANDARDS}


def packed(folder: Path, config: PackConfig, said: dict[str, Any], **changes: Any) -> Path:
    folder.mkdir(exist_ok=True)
    calls = [annotated(number, folder).model_copy(update=changes) for number in range(8)]
    return pack(lambda: calls, folder, folder / "release", config, seed=1, bench_share=0.0, content=said).folder


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight calls in three formats."""
    config = PackConfig(
        formats=("taf", "swift", "prefixes", "parquet", "lhotse"),
        test_share=0.25,
        published=date(2026, 11, 25),
        url="https://example.org/calls",
        creators=("通话实验室", "B: Lab"),
    )
    return packed(tmp_path_factory.mktemp("card"), config, content(engine("speech", "espeak")))


def parsed(release: Path) -> list[Token]:
    """Return the tokens of a card, those inside lines too, as GitHub and the Hub read tables."""
    text = (release / "README.md").read_text(encoding="utf-8").split("\n---\n", 1)[1]
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    return [each for token in tokens for each in (token, *(token.children or ()))]


def test_the_hub_reads_the_header_and_datasets_loads_every_config_in_it(described: Path, tmp_path: Path) -> None:
    header = DatasetCard.load(described / "README.md").data.to_dict()
    assert (header["license"], header["language"], header["size_categories"]) == ("apache-2.0", ["zh"], ["n<1K"])
    assert {"synthetic", "telecom-fraud"} <= set(header["tags"])
    assert [(each["config_name"], each.get("default")) for each in header["configs"]] == [
        ("data", True),
        ("viewer", None),
    ]
    for name in ("data", "viewer"):
        loaded = datasets.load_dataset(str(described), name, cache_dir=str(tmp_path))
        assert (loaded["train"].num_rows, loaded["test"].num_rows) == (6, 2)
    lines = (described / "README.md").read_text(encoding="utf-8").splitlines()
    asked = len((described / "swift/grpo_train.jsonl").read_bytes().splitlines())
    for name, rows in (("sft", 6), ("binary_classification", 6), ("swift_grpo", asked)):
        (line,) = (line for line in lines if line.startswith("load_dataset(") and line.endswith(f"  # {name}"))
        files = json.loads(line.split("data_files=", 1)[1].rsplit(")", 1)[0])
        paths = {split: str(described / path) for split, path in files.items()}
        loaded = datasets.load_dataset("json", data_files=paths, cache_dir=str(tmp_path))
        assert (loaded["train"].num_rows, asked > 12) == (rows, True)
    plain = packed(tmp_path / "plain", PackConfig(), content())
    configs = DatasetCard.load(plain / "README.md").data.to_dict()["configs"]
    assert [(each["config_name"], each.get("default")) for each in configs] == [
        ("sft", True),
        ("binary_classification", None),
    ]
    assert datasets.load_dataset(str(plain), cache_dir=str(tmp_path))["test"].num_rows == 2


@pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")
def test_croissant_is_valid_without_a_warning_and_its_records_are_the_calls(described: Path) -> None:
    dataset = mlcroissant.Dataset(jsonld=str(described / "croissant.json"))
    assert (dataset.metadata.ctx.issues.errors, dataset.metadata.ctx.issues.warnings) == (set(), set())
    rows = [orjson.loads(line) for line in (described / "metadata.jsonl").read_bytes().splitlines()]
    records = list(dataset.records("calls"))
    assert len(records) == len(rows) == 8
    for record, row in zip(records, rows):
        said = {name.removeprefix("calls/"): value for name, value in record.items()}
        turns = said.pop("turns")
        for name, value in said.items():
            assert (value.decode() if isinstance(value, bytes) else value) == row[name], name
        assert [turn["calls/turns/text"].decode() for turn in turns] == [turn["text"] for turn in row["turns"]]
    listed = {each.id for each in dataset.metadata.distribution}
    tables = {path.relative_to(described).as_posix() for path in described.glob("*/*") if path.suffix not in SOUND}
    sets = {f"{folder}-{kind}" for folder in ("audio", "preview") for kind in ("flac", "wav")}
    assert listed == {*tables, *sets, "metadata.jsonl"}


def test_checksums_and_seal_hold_and_the_same_calls_give_the_same_papers(described: Path, tmp_path: Path) -> None:
    assert (
        subprocess.run(["sha256sum", "-c", "--quiet", "--strict", "SHA256SUMS"], cwd=described, check=False).returncode
        == 0
    )
    assert list(differences(described)) == []
    listed = {line.split("  ", 1)[1] for line in (described / "SHA256SUMS").read_text().splitlines()}
    present = {path.relative_to(described).as_posix() for path in described.rglob("*") if path.is_file()}
    assert present - listed == {"SHA256SUMS", "dataset_manifest.json"}
    said = content(engine("speech", "espeak"))
    one, other = (packed(tmp_path / name, PackConfig(), said) for name in ("one", "other"))
    assert all((one / name).read_bytes() == (other / name).read_bytes() for name in ("SHA256SUMS", "croissant.json"))


def test_the_citation_has_what_the_format_requires(described: Path, tmp_path: Path) -> None:
    cited = yaml.safe_load((described / "CITATION.cff").read_text(encoding="utf-8"))
    assert (cited["cff-version"], cited["type"], cited["license"]) == ("1.2.0", "dataset", "Apache-2.0")
    assert cited["authors"] == [{"name": "通话实验室"}, {"name": "B: Lab"}]
    assert (cited["date-released"], cited["url"]) == ("2026-11-25", "https://example.org/calls")
    assert all(isinstance(cited[name], str) and cited[name] for name in ("title", "message", "version", "abstract"))
    theirs = packed(tmp_path / "theirs", PackConfig(), content(engine("dialogue", "llm")))
    assert "license" not in yaml.safe_load((theirs / "CITATION.cff").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("names", "sources", "licence"),
    [
        (("scripted", "espeak", "rules"), set(), "Apache-2.0"),
        (("scripted", "chattts", "rules"), set(), "CC-BY-NC-4.0"),
        (("scripted", "chattts-server", "rules"), set(), "CC-BY-NC-4.0"),
        (("llm", "chattts", "rules"), set(), "LicenseRef-by-part"),
        (("scripted", "espeak", "some/reasoner"), set(), "LicenseRef-by-part"),
        (("scripted", "espeak", "rules"), {"transcribed"}, "LicenseRef-by-part"),
        (("scripted", "espeak", "rules"), {"imitated"}, "LicenseRef-by-part"),
    ],
)
def test_the_licence_follows_what_made_the_calls(names: tuple[str, ...], sources: set[str], licence: str) -> None:
    engines = [engine("any", name) for name in names]
    assert licence_of_release(None, engines, sources) == licence


def test_no_licence_gives_what_chattts_does_not(tmp_path: Path) -> None:
    engines = [engine("speech", "chattts")]
    for name, entry in LICENCES.items():
        if entry.is_noncommercial:
            check_licence(name, engines)
            continue
        with pytest.raises(ConfigError, match=f"pack.licence is {name}, but what chattts says"):
            check_licence(name, engines)
    bound = packed(tmp_path, PackConfig(licence="CC-BY-NC-SA-4.0"), content(*engines))
    text = (bound / "LICENSE").read_text(encoding="utf-8")
    assert "SPDX-License-Identifier: CC-BY-NC-SA-4.0" in text
    assert "weights CC BY-NC 4.0" in text
    assert "weights are non-commercial (CC BY-NC 4.0)" in (bound / "README.md").read_text(encoding="utf-8")


def test_text_from_records_and_settings_is_shown_and_never_read_as_markup(tmp_path: Path) -> None:
    plain = packed(tmp_path / "plain", PackConfig(), content(engine("dialogue", "llm")))
    evil = packed(
        tmp_path / "evil",
        PackConfig(name=EVIL, creators=(EVIL,)),
        content(engine("dialogue", "llm", EVIL)),
        provenance=Provenance(engine="llm", version="1", model=EVIL),
    )
    tokens = parsed(evil)
    unseen = {"text", "inline", "paragraph_open", "paragraph_close", "softbreak"}
    assert [token.type for token in tokens if token.type not in unseen] == [
        token.type for token in parsed(plain) if token.type not in unseen
    ]
    shown = " ".join(EVIL.replace("\x07", " ").split())
    said = [token for token in tokens if token.type == "inline"]
    texts = ["".join(part.content for part in token.children or ()) for token in said]
    assert texts[0] == shown
    assert f"llm {shown}" in texts
    assert any(text.startswith("Language models named by the records: ") and shown in text for text in texts)
    assert DatasetCard.load(evil / "README.md").data.to_dict()["pretty_name"] == " ".join(EVIL.split())
    assert yaml.safe_load((evil / "CITATION.cff").read_text(encoding="utf-8"))["authors"] == [{"name": EVIL}]
    assert orjson.loads((evil / "croissant.json").read_bytes())["name"] == EVIL


def test_the_card_repeats_what_was_measured_and_counts_what_is_not_heard(tmp_path: Path) -> None:
    quality = annotated(0, tmp_path).quality.model_copy(update={"caller_level_dbfs": -21.5, "leakage_db": -40.0})
    heard = WindowConfig(heard_seconds=0.4)
    long = packed(
        tmp_path / "long",
        PackConfig(windows=heard),
        content(engine("speech", "espeak")),
        quality=quality,
        source="transcribed",
    )
    card = (long / "README.md").read_text(encoding="utf-8")
    rows = [line for line in card.splitlines() if line.startswith("|")]
    assert "| F1 vs sibling, lengths | 0.512 .40-.62 | \\<= 0.6 | yes |" in rows
    assert "| distinct-2 at 50k tokens | 0.401 | \\>= 0.33 | no, too few calls |" in rows
    assert "| active speech level of the caller, ITU-T P.56, dBFS | -21.5 | -21.5 | -21.5 |" in rows
    said = " ".join(card.split())
    assert (
        "Counted with 0.4 s: 8 of 8 calls are longer, 60.0 % of all seconds lie beyond, and in 8 calls nothing" in said
    )
    assert "**The words of 8 calls were said by people**" in said
    assert "license_name: by-part" in card
    assert "voices are heard in training and test both" not in said
    assert "\n\n\n" not in card
    windows = WindowConfig(heard_seconds=0.4, cut=True)
    cut = packed(tmp_path / "cut", PackConfig(windows=windows), content(engine("speech", "espeak")))
    said = " ".join((cut / "README.md").read_text(encoding="utf-8").split())
    counted = [orjson.loads(line) for line in (cut / "metadata.jsonl").read_bytes().splitlines()]
    unlabelled = sum(row["is_fraud"] is None for row in counted)
    assert f"{len(counted)} recordings of 8 calls" in said
    assert f"{unlabelled} hold nothing that decides" in said


def test_tables_are_found_by_their_names_and_shards_become_one_pattern() -> None:
    known = {
        path: {"bytes": 9}
        for path in (
            "parquet/train-00000-of-00002.parquet",
            "parquet/train-00001-of-00002.parquet",
            "parquet/test-00000-of-00001.parquet",
            "webdataset/train-000000.tar",
            "audio/train.wav",
            "metadata.jsonl",
        )
    }
    known["sft/test.jsonl"] = {"bytes": 0}
    parquet, shards = tables_of(known)
    assert parquet.patterns == {"train": "parquet/train-*.parquet", "test": "parquet/test-00000-of-00001.parquet"}
    assert shards.patterns == {"train": "webdataset/train-000000.tar"}
