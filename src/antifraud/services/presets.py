"""Which service answers: what each preset knows, and the key from the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import SecretStr

from antifraud.config import LlmConfig
from antifraud.errors import ServiceError


@dataclass(frozen=True)
class Preset:
    """A provider as its documentation describes it."""

    base_url: str
    api_key_env: str | None
    """None where the server asks for no key."""
    model: str | None
    json_schema: bool
    """Whether `response_format` json_schema is taken; json_object is sent where it is not."""


PRESETS: Mapping[str, Preset] = {
    "siliconflow": Preset("https://api.siliconflow.cn/v1", "SILICONFLOW_API_KEY", "Qwen/Qwen2.5-72B-Instruct", True),
    "openai": Preset("https://api.openai.com/v1", "OPENAI_API_KEY", "gpt-4o-mini", True),
    "deepseek": Preset("https://api.deepseek.com/v1", "DEEPSEEK_API_KEY", "deepseek-chat", False),
    "dashscope": Preset("https://dashscope.aliyuncs.com/compatible-mode/v1", "DASHSCOPE_API_KEY", "qwen-plus", True),
    "vllm": Preset("http://127.0.0.1:8000/v1", None, None, True),
    "ollama": Preset("http://127.0.0.1:11434/v1", None, None, True),
}

HEADER_SAFE = re.compile(r"[\x21-\x7e]+")
"""What a key may hold; a line break in a header makes HTTP libraries print the whole header."""


@dataclass(frozen=True)
class Service:
    """Where requests go, as whom, and to which model."""

    base_url: str
    model: str
    json_schema: bool
    key: SecretStr | None = None

    def hide(self, text: str) -> str:
        """Return `text` without the key."""
        return text.replace(self.key.get_secret_value(), "[key]") if self.key else text


def resolve(config: LlmConfig, environment: Mapping[str, str], *, with_key: bool = True) -> Service:
    """Return the service of a config.

    Args:
        with_key: False where nothing will be sent, as in a replay.

    Raises:
        ServiceError: no model, no key, or a key that cannot be one; the key is never in the message.
    """
    preset = PRESETS[config.preset]
    model = config.model or preset.model
    if model is None:
        raise ServiceError(f"llm.preset is {config.preset} and llm.model is not set; set it to a model the server has.")
    return Service(
        base_url=config.base_url or preset.base_url,
        model=model,
        json_schema=preset.json_schema if config.json_schema is None else config.json_schema,
        key=_key(config.api_key_env or preset.api_key_env, environment) if with_key else None,
    )


def _key(variable: str | None, environment: Mapping[str, str]) -> SecretStr | None:
    if variable is None:
        return None
    key = environment.get(variable, "").strip()
    if not key:
        raise ServiceError(
            f"generate.engine is llm and {variable} is not set; put the key there,"
            " name another variable in llm.api_key_env, or take generate.engine=scripted."
        )
    if not HEADER_SAFE.fullmatch(key):
        raise ServiceError(
            f"{variable} holds spaces, line breaks or other characters that no key has; copy the key again."
        )
    return SecretStr(key)
