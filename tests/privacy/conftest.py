from tests.fakes.fixtures import fake_service, fake_service_process

__all__ = ["fake_service", "fake_service_process"]
