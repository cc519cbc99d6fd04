"""`antifraud serve-tts`: the voice engine over HTTP."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import sys
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from antifraud.cli.options import ConfigFile, Overrides, config_from
from antifraud.errors import EngineError, UsageError

if TYPE_CHECKING:
    from pydantic import SecretStr

    from antifraud.speech_config import SpeechConfig


class Engine(StrEnum):
    """Engines that speak on this machine."""

    CHATTTS = "chattts"
    ESPEAK = "espeak"


def add_to(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command(epilog="Example: antifraud serve-tts --engine chattts --set synthesize.workers=1")(serve_tts)


def serve_tts(
    host: Annotated[str, typer.Option(help="Address to listen on; not loopback needs --token-env.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8006,
    engine: Annotated[Optional[Engine], typer.Option(help="Instead of synthesize.engine.")] = None,
    token_env: Annotated[
        Optional[str], typer.Option(help="Environment variable with the bearer token that clients must show.")
    ] = None,
    queue: Annotated[int, typer.Option(min=1, help="Utterances that may wait; then 503.")] = 256,
    texts: Annotated[int, typer.Option(min=1, help="Most texts in one request.")] = 64,
    characters: Annotated[int, typer.Option(min=1, help="Most characters in one text.")] = 2000,
    body_bytes: Annotated[int, typer.Option(min=1000, help="Most bytes of one request.")] = 4_000_000,
    drain_seconds: Annotated[float, typer.Option(min=0, help="Time to finish after SIGTERM or Ctrl-C.")] = 60.0,
    config: ConfigFile = None,
    overrides: Overrides = None,
) -> None:
    """Offer the voice engine over HTTP: /generate_voice as ChatTTS's server, /v1/audio/speech as OpenAI's.

    Also GET /v1/voices, /v1/models, /ready, /status and /metrics; all but /ready ask for the token, where there is one.
    """
    if missing := [name for name in ("fastapi", "uvicorn", "prometheus_client") if not importlib.util.find_spec(name)]:
        raise EngineError(f"serve-tts needs {', '.join(missing)}: pip install 'antifraud[server]'")
    from antifraud.speech.opening import open_engine, worker_count
    from antifraud.speech.server.bounds import ServerSettings
    from antifraud.speech.server.listening import serve

    more = () if engine is None else (f"synthesize.engine={engine}",)
    speech = config_from(config, overrides, more=more).synthesize
    if speech.engine not in list(Engine):
        raise UsageError(f"synthesize.engine is {speech.engine}; serve-tts offers {' or '.join(Engine)}.")
    settings = ServerSettings(
        host=host,
        port=port,
        token=_token(token_env),
        sound=_sound(speech),
        lanes=worker_count(speech),
        queue=queue,
        texts=texts,
        characters=characters,
        body_bytes=body_bytes,
        drain_seconds=drain_seconds,
    )
    asyncio.run(serve(open_engine(speech), settings, say=lambda line: print(line, file=sys.stderr, flush=True)))


def _token(name: str | None) -> SecretStr | None:
    from pydantic import SecretStr

    if name is None:
        return None
    if not os.environ.get(name):
        raise UsageError(f"--token-env names {name}, which is not set; put the server's token there.")
    return SecretStr(os.environ[name])


def _sound(speech: SpeechConfig) -> str:
    """Return a checksum of the settings that decide how ChatTTS sounds; espeak-ng has none.

    Paths and devices say nothing of that; the file that describes other weights than the released ones does.
    """
    if speech.engine != Engine.CHATTTS.value:
        return ""
    told = speech.chattts.model_dump_json(exclude={"assets", "model", "device", "compile"}).encode()
    model = speech.chattts.model
    try:
        return sha256(told + (model.read_bytes() if model else b"")).hexdigest()
    except OSError as exc:
        raise UsageError(f"synthesize.chattts.model is {model}: {exc.strerror}.") from exc
