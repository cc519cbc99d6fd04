"""Fixtures for tests that talk to a service: import `fake_service_process` and `fake_service` in a conftest."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .client import FakeService


@pytest.fixture(scope="session")
def fake_service_process() -> Iterator[FakeService]:
    """One process for all tests."""
    with FakeService() as service:
        yield service


@pytest.fixture
def fake_service(fake_service_process: FakeService) -> FakeService:
    """The service, with everything before this test forgotten."""
    fake_service_process.reset()
    return fake_service_process
