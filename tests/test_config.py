from __future__ import annotations

from pathlib import Path

import pytest

from antifraud.config import load_config
from antifraud.documents import masked
from antifraud.errors import ConfigError


def test_later_layers_win(tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"
    file.write_text("run: {seed: 1, name: file}\nsynthesize: {workers: 3}\n")
    config = load_config(file, {"ANTIFRAUD_RUN__SEED": "2", "ANTIFRAUD_RUN__NAME": "env"}, ["run.seed=5"])
    assert (config.run.seed, config.run.name, config.synthesize.workers) == (5, "env", 3)


def test_an_empty_file_is_all_defaults(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("")
    assert load_config(tmp_path / "c.yaml", {}) == load_config(None, {})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("run: {sed: 1}", "run.sed is 1; no such setting, did you mean seed"),
        ("runn: {}", "runn is {}; no such setting, did you mean run"),
        ("synthesize: {workers: two}", "synthesize.workers is 'two'; input should be a valid integer"),
        ("run: {seed: -1}", "run.seed is -1; input should be greater than or equal to 0"),
        ("run: {name: ../../etc}", "run.name is '../../etc'; string should match pattern"),
        ("generate: {fraud: {weights: {银行诈骗: 0}}}", "at least one must be above 0"),
        ("generate: {lawful: {weights: {传销: 1}}}", "generate.lawful.weights.传销 is '传销'"),
        ("generate: {engine: api}", "generate.engine is 'api'; input should be 'scripted' or 'llm'"),
        ("run: [1]", "run is [1]"),
        ("- 1", "expected a mapping"),
        ("run: {seed: 1", "c.yaml:2:1: not YAML"),
        ("run:\n\tseed: 1", "c.yaml:2:1: not YAML"),
    ],
)
def test_what_does_not_fit_is_named_with_its_value(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "c.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_config(file, {})
    assert said in str(caught.value)
    assert str(file) in str(caught.value)
    assert caught.value.exit_code == 2


def test_the_layer_that_is_wrong_is_named() -> None:
    with pytest.raises(ConfigError, match=r"ANTIFRAUD_RUN__SEEED: run\.seeed is 1; no such setting, did you mean seed"):
        load_config(None, {"ANTIFRAUD_RUN__SEEED": "1"})
    with pytest.raises(ConfigError, match=r"--set run\.seed: run\.seed is 'x'"):
        load_config(None, {}, ["run.seed=x"])
    with pytest.raises(ConfigError, match="expected key=value"):
        load_config(None, {}, ["run.seed"])


def test_a_secret_is_shown_in_no_error() -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(None, {"ANTIFRAUD_LLM__API_KEY": "sk-very-secret"})
    assert "sk-very-secret" not in str(caught.value)
    assert "***" in str(caught.value)


def test_secrets_are_masked_at_any_depth() -> None:
    shown = masked({"a": [{"api_key": "k", "url": "u"}], "hf_token": "t", "password": None})
    assert shown == {"a": [{"api_key": "***", "url": "u"}], "hf_token": "***", "password": None}


@pytest.mark.parametrize("file", sorted((Path(__file__).parents[1] / "configs").glob("*.yaml")), ids=lambda f: f.stem)
def test_the_configs_that_come_along_fit(file: Path) -> None:
    assert load_config(file, {}).run.name == file.stem


def test_the_key_of_the_anonymiser_is_no_setting() -> None:
    assert load_config(None, {"ANTIFRAUD_PRIVACY_KEY": "secret"}) == load_config(None, {})
