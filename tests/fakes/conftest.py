"""The fake service for its own tests."""

from tests.fakes.fixtures import fake_service, fake_service_process

__all__ = ["fake_service", "fake_service_process"]
