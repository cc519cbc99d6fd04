"""What a speech server takes and how long it waits."""

from __future__ import annotations

import ipaddress
import re

from pydantic import Field, SecretStr, model_validator

from antifraud.errors import UsageError
from antifraud.settings import Settings

_TOKEN = re.compile(r"[\x21-\x7e]+")


class ServerSettings(Settings):
    """Every bound of a server; the defaults are design choices for one machine and a handful of clients."""

    host: str = "127.0.0.1"
    port: int = Field(default=8006, ge=0, le=65535)
    """0: a free one, which the line on stderr tells."""
    token: SecretStr | None = None
    """Asked of every request but GET /ready."""
    sound: str = ""
    """Checksum of the settings that decide how the engine sounds; servers that stand in for each other share it."""
    lanes: int = Field(default=2, ge=1, le=256)
    """Batches spoken at once: one for each worker of the engine."""
    queue: int = Field(default=256, ge=1, le=100_000)
    """Utterances that may wait; whoever comes then gets 503 and Retry-After."""
    texts: int = Field(default=64, ge=1, le=10_000)
    """In one request."""
    characters: int = Field(default=2000, ge=1, le=100_000)
    """In one text."""
    body_bytes: int = Field(default=4_000_000, ge=1000)
    join_seconds: float = Field(default=0.005, ge=0, le=1)
    """How long a batch waits for the utterances of other requests."""
    drain_seconds: float = Field(default=60.0, ge=0, le=3600)
    """What runs or waits has this long to finish after SIGTERM."""

    @model_validator(mode="after")
    def strangers_need_a_token(self) -> ServerSettings:
        """Refuse to be open to the network.

        Raises:
            UsageError: others can reach the server and nothing asks who they are.
        """
        if self.token is not None and not _TOKEN.fullmatch(self.token.get_secret_value()):
            raise UsageError(
                "the server's token is empty, or holds a blank or no ASCII; put another one into the environment"
                " variable of --token-env."
            )
        if self.token is None and not is_loopback(self.host):
            raise UsageError(
                f"--host is {self.host}, which other machines can reach; expected a loopback address such as"
                " 127.0.0.1, or --token-env with the environment variable that holds the server's token."
            )
        return self


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach `host`; a name other than localhost might be anything."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
