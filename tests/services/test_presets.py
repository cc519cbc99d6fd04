"""Presets: what a config resolves to, and what is said where the key is missing or spoilt."""

from __future__ import annotations

import pytest

from antifraud.errors import ServiceError
from antifraud.service_config import LlmConfig
from antifraud.services.presets import PRESETS, resolve

from .conftest import ENVIRONMENT, KEY


def test_every_preset_of_the_config_is_known_and_goes_to_http():
    assert PRESETS.keys() == set(LlmConfig.model_fields["preset"].annotation.__args__)
    assert all(preset.base_url.startswith(("https://", "http://127.0.0.1:")) for preset in PRESETS.values())


def test_siliconflow_is_filled_in():
    service = resolve(LlmConfig(), ENVIRONMENT)
    assert (service.base_url, service.model) == ("https://api.siliconflow.cn/v1", "Qwen/Qwen2.5-72B-Instruct")
    assert service.json_schema and KEY not in repr(service)


def test_the_config_wins_over_the_preset():
    config = LlmConfig(base_url="http://127.0.0.1:1/v1", model="m", api_key_env="MINE", json_schema=False)
    service = resolve(config, {"MINE": KEY})
    assert (service.base_url, service.model, service.json_schema) == ("http://127.0.0.1:1/v1", "m", False)


def test_deepseek_takes_no_json_schema():
    assert not resolve(LlmConfig(preset="deepseek"), {"DEEPSEEK_API_KEY": KEY}).json_schema


def test_a_local_server_needs_no_key_but_a_model():
    assert resolve(LlmConfig(preset="vllm", model="qwen"), {}).key is None
    with pytest.raises(ServiceError, match=r"llm\.preset is ollama and llm\.model is not set; set it to"):
        resolve(LlmConfig(preset="ollama"), {})


@pytest.mark.parametrize("environment", [{}, {"SILICONFLOW_API_KEY": " \n"}])
def test_a_missing_key_is_one_line_that_names_the_variable(environment):
    with pytest.raises(ServiceError, match=r"^a chat model .* and SILICONFLOW_API_KEY is not set; [^\n]*$"):
        resolve(LlmConfig(), environment)


def test_a_key_loses_the_line_break_of_its_file():
    key = resolve(LlmConfig(), {"SILICONFLOW_API_KEY": f" {KEY}\n"}).key
    assert key is not None and key.get_secret_value() == KEY


@pytest.mark.parametrize("inside", [" ", "\n", "\r\nX-Evil: 1", "\x00", "密", "\u200b"])
def test_a_key_with_something_odd_inside_is_refused_and_not_shown(inside):
    with pytest.raises(ServiceError) as refused:
        resolve(LlmConfig(), {"SILICONFLOW_API_KEY": f"{KEY}{inside}{KEY}"})
    assert "SILICONFLOW_API_KEY holds spaces" in str(refused.value) and KEY not in repr(refused.value)
