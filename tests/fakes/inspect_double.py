"""Stands in for Inspect AI, which brings 90 packages: holds what a task file gives it, and runs its parts.

The written file was run with Inspect 0.3.285 and its mock model; names and keywords here are those that it uses there.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

Answer = Callable[[list[Any]], "Output"]


class Held(SimpleNamespace):
    """Keeps keywords as fields, and the first argument as what it holds."""

    def __init__(self, held: Any = None, **fields: Any) -> None:
        super().__init__(held=held, **fields)


class ContentReasoning(Held):
    """Thinking, apart from the text."""


class Output:
    """What a model said, thinking taken out of the text as Inspect does."""

    def __init__(self, text: str, thought: str = "", stop_reason: str = "stop", error: str | None = None) -> None:
        content = [ContentReasoning(reasoning=thought), Held(text=text)] if thought else text
        self.choices = [] if error else [content]
        self.message = Held(content=content)
        self.completion, self.stop_reason, self.error = text, stop_reason, error


class Store(dict[str, Any]):
    """The store of a sample."""

    def set(self, name: str, value: Any) -> None:
        self[name] = value


def _decorating(**given: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        function.given = given  # type: ignore[attr-defined]
        return function

    return decorate


def modules() -> dict[str, ModuleType]:
    """Return the modules that a task file imports, by name."""
    kinds: dict[str, dict[str, Any]] = {
        "inspect_ai": {"Task": Held, "task": lambda function: function},
        "inspect_ai.dataset": {"MemoryDataset": Held, "Sample": Held},
        "inspect_ai.model": {
            "ChatMessageUser": Held,
            "ContentAudio": Held,
            "ContentText": Held,
            "ContentReasoning": ContentReasoning,
        },
        "inspect_ai.scorer": {"Score": Held, "mean": Held, "stderr": Held, "scorer": _decorating},
        "inspect_ai.solver": {"solver": lambda function: function},
    }
    found = {}
    for name, content in kinds.items():
        found[name] = ModuleType(name)
        vars(found[name]).update(content)
    return found


async def run_sample(task: Any, sample: Any, answer: Answer) -> tuple[Any, Any]:
    """Run one sample through solver and scorer of a task; return its score and the state it ended in."""
    state = Held(messages=list(sample.input), metadata=sample.metadata, store=Store(), output=None)

    async def generate(now: Any) -> Any:
        now.output = answer(now.messages)
        now.messages.append(Held(content=now.output.completion))
        return now

    state = await task.solver(state, generate)
    return await task.scorer(state, Held(sample.target)), state
