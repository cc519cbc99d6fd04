"""Services for models that are asked over HTTP, and a model as a command asks it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from antifraud.config import load_config
from antifraud.stages.evaluation import Evaluated, evaluate
from antifraud.stages.job import Job
from tests.fakes.client import FakeService
from tests.fakes.fixtures import fake_service, fake_service_process
from tests.services.conftest import odd_service

__all__ = ["fake_service", "fake_service_process", "odd_service"]

Ask = Callable[..., Awaitable[Evaluated]]


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Ask fake/chat about a snapshot; settings as --set has them."""
    for preset in ("SILICONFLOW", "DASHSCOPE", "OPENAI"):
        monkeypatch.setenv(f"{preset}_API_KEY", "sk-loopback")

    async def asked(
        bench: Path, service: FakeService | str, *settings: str, model: str = "fake/chat", **options: Any
    ) -> Evaluated:
        url = service if isinstance(service, str) else service.url
        fixed = ("evaluate.draws=20", "llm.attempts=2", f"llm.base_url={url}", f"llm.model={model!r}")
        config = load_config(None, {}, [*fixed, *settings])
        again = options.pop("again", False)
        output = tmp_path / options.pop("name", "results")
        return await evaluate(Job(config, output=output, quiet=True, **options), bench, model, again=again)

    return asked
