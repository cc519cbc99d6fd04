"""Which service answers: what each preset knows, and the key from the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import SecretStr

from antifraud.errors import ServiceError
from antifraud.service_config import LlmConfig, ServiceConfig


@dataclass(frozen=True)
class Preset:
    """A provider as its documentation describes it."""

    base_url: str
    api_key_env: str | None
    """None where the server asks for no key."""
    model: str | None


@dataclass(frozen=True)
class ChatPreset(Preset):
    """A provider of chat."""

    json_schema: bool
    """Whether `response_format` json_schema is taken; json_object is sent where it is not."""


@dataclass(frozen=True)
class Section:
    """Where a service stands in the config, for messages."""

    name: str
    why: str
    """The setting that asks for the service."""
    instead: str
    """What to do to go without."""


LLM = Section(
    "llm",
    "a chat model is asked for (generate.engine, annotate.engine or audit.reader is llm; judge)",
    "take those that need none: scripted, rules",
)

PRESETS: Mapping[str, ChatPreset] = {
    "siliconflow": ChatPreset(
        "https://api.siliconflow.cn/v1", "SILICONFLOW_API_KEY", "Qwen/Qwen2.5-72B-Instruct", True
    ),
    "openai": ChatPreset("https://api.openai.com/v1", "OPENAI_API_KEY", "gpt-4o-mini", True),
    "deepseek": ChatPreset("https://api.deepseek.com/v1", "DEEPSEEK_API_KEY", "deepseek-chat", False),
    "dashscope": ChatPreset(
        "https://dashscope.aliyuncs.com/compatible-mode/v1", "DASHSCOPE_API_KEY", "qwen-plus", True
    ),
    "vllm": ChatPreset("http://127.0.0.1:8000/v1", None, None, True),
    "ollama": ChatPreset("http://127.0.0.1:11434/v1", None, None, True),
}

HEADER_SAFE = re.compile(r"[\x21-\x7e]+")
"""What a key may hold; a line break in a header makes HTTP libraries print the whole header."""


@dataclass(frozen=True)
class Service:
    """Where requests go, as whom, and to which model."""

    base_url: str
    model: str
    section: Section
    key: SecretStr | None = None
    json_schema: bool = False
    """Of chat alone."""

    def hide(self, text: str) -> str:
        """Return `text` without the key."""
        return text.replace(self.key.get_secret_value(), "[key]") if self.key else text


def resolve(config: LlmConfig, environment: Mapping[str, str], *, with_key: bool = True) -> Service:
    """Return the chat service of a config.

    Args:
        with_key: False where nothing will be sent, as in a replay.

    Raises:
        ServiceError: no model, no key, or a key that cannot be one; the key is never in the message.
    """
    preset = PRESETS[config.preset]
    json_schema = preset.json_schema if config.json_schema is None else config.json_schema
    return located(config, preset, LLM, environment, with_key=with_key, json_schema=json_schema)


def located(
    config: ServiceConfig,
    preset: Preset,
    section: Section,
    environment: Mapping[str, str],
    *,
    with_key: bool,
    json_schema: bool = False,
) -> Service:
    """Return a service of any kind; arguments and errors as of `resolve`."""
    model = config.model or preset.model
    if model is None:
        raise ServiceError(
            f"{section.name}.preset is {config.preset} and {section.name}.model is not set;"
            " set it to a model the server has."
        )
    return Service(
        base_url=config.base_url or preset.base_url,
        model=model,
        section=section,
        key=_key(config.api_key_env or preset.api_key_env, section, environment) if with_key else None,
        json_schema=json_schema,
    )


def _key(variable: str | None, section: Section, environment: Mapping[str, str]) -> SecretStr | None:
    if variable is None:
        return None
    key = environment.get(variable, "").strip()
    if not key:
        raise ServiceError(
            f"{section.why} and {variable} is not set; put the key there,"
            f" name another variable in {section.name}.api_key_env, or {section.instead}."
        )
    if not HEADER_SAFE.fullmatch(key):
        raise ServiceError(
            f"{variable} holds spaces, line breaks or other characters that no key has; copy the key again."
        )
    return SecretStr(key)
