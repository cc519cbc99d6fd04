"""The server does what its OpenAPI description says, for requests that a machine made up from it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.config import SchemathesisConfig
from schemathesis.generation import GenerationMode

from .serving import serving

TOKEN = "a-secret"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
LEFT_OUT = "positive_data_acceptance"
"""A made-up voice, or a text of nothing but marks, fits the description and not the engine."""
EXISTING = {"model": "espeak", "voice": "cmn+f2"}
"""Names that nobody would make up."""


@pytest.fixture(scope="module")
def description(tmp_path_factory: pytest.TempPathFactory) -> Iterator[schemathesis.schemas.BaseSchema]:
    folder = tmp_path_factory.mktemp("server")
    with serving("--token-env", "TTS_TOKEN", "--characters", "60", cwd=folder, TTS_TOKEN=TOKEN) as server:
        yield schemathesis.openapi.from_url(
            f"{server.address}/openapi.json", headers=HEADERS, config=SchemathesisConfig(seed=1)
        )


load_all_checks()
CHECKED = [check for name, check in zip(CHECKS.get_all_names(), CHECKS.get_all(), strict=True) if name != LEFT_OUT]
HARD = settings(
    max_examples=40,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def statuses_of(operation: Any, mode: GenerationMode) -> set[int]:
    """Send made-up requests to one operation, check every answer, and return their statuses."""
    statuses = set()

    @HARD
    @seed(1)
    @given(case=operation.as_strategy(generation_mode=mode))
    def answers_as_promised(case: schemathesis.Case) -> None:
        if mode is GenerationMode.POSITIVE and case.path == "/v1/audio/speech":
            case.body |= EXISTING
        response = case.call(headers=HEADERS, timeout=30)
        statuses.add(response.status_code)
        case.validate_response(response, checks=CHECKED)

    answers_as_promised()
    return statuses


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_answer_is_one_that_the_description_promises(
    description: schemathesis.schemas.BaseSchema, mode: GenerationMode
) -> None:
    operations = [found.ok() for found in description.get_all_operations()]
    assert len(operations) == 7
    if mode is GenerationMode.NEGATIVE:
        operations = [operation for operation in operations if operation.body]  # a GET has nothing to be wrong
    seen = {operation.label: statuses_of(operation, mode) for operation in operations}
    if mode is GenerationMode.POSITIVE:
        assert all(200 in statuses for statuses in seen.values()), seen
    else:
        assert all(422 in statuses for statuses in seen.values()), seen
