"""Settings of what is taken in: recordings and transcripts of real calls."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, Literal

from pydantic import Field

from antifraud.service_config import SERVING, AsrServiceConfig
from antifraud.settings import Settings

NOT_IN_TEXT: Final[dict[str, Any]] = {
    "service": SERVING,
    "whisper": {"model", "device", "compute_type"},
    "keep_journal": True,
}
"""Settings that change no word, or that say where something lies on this machine."""


class WhisperConfig(Settings):
    """faster-whisper on this machine; the model is a folder that the user has."""

    model: Path | None = None
    """Folder with `model.bin`, converted for CTranslate2; nothing is downloaded."""
    device: Literal["auto", "cuda", "cpu"] = "auto"
    compute_type: str = "default"
    """As CTranslate2 names them: int8, float16 …"""
    language: str = "zh"
    beam_size: int = Field(default=5, ge=1)


class IngestConfig(Settings):
    """What becomes of recordings and transcripts; limits without a source are design choices."""

    recogniser: Literal["service", "faster-whisper"] = "service"
    """Who writes recordings down; transcripts need neither."""
    service: AsrServiceConfig = AsrServiceConfig()
    whisper: WhisperConfig = WhisperConfig()
    caller_channel: Literal["left", "right"] = "left"
    """Also for transcripts whose file names say left and right."""
    first_speaker: Literal["caller", "callee"] = "caller"
    """Who speaks first where speakers have numbers instead of names."""
    longest_recording_seconds: float = Field(default=7200.0, gt=0)
    longest_transcript_bytes: int = Field(default=16_000_000, ge=1)
    """Of a file that holds one call, and of a line where each is a call."""
    most_lines: int = Field(default=100_000, ge=1)
    """Of a file whose lines are calls."""
    most_utterances: int = Field(default=5000, ge=1)
    """Of one call, before they are joined into turns."""
    longest_piece_seconds: float = Field(default=30.0, gt=1)
    """What is sent at once; Whisper hears 30 s at a time."""
    pause_seconds: float = Field(default=0.6, gt=0)
    """Silence after which a channel's speech is another utterance."""
    join_seconds: float = Field(default=1.5, ge=0)
    """Utterances of one side closer than this are one turn, if the other says nothing between them."""
    longest_turn_characters: int = Field(default=200, ge=1)
    """Utterances are not joined beyond this; synthesize.max_turn_characters is what may be spoken at once."""
    backchannel_characters: int = Field(default=4, ge=1)
    """As `antifraud stats` counts short turns."""
    backchannel_seconds: float = Field(default=1.5, gt=0)
    """Back-channels last 0.3 to 0.7 s; recognisers give their times with margins."""
    keep_journal: bool = False
    """Keep the answers of the service after everything is taken in; they are transcripts that nobody anonymised."""

    def portable(self) -> dict[str, Any]:
        """Return the settings that decide the dialogues."""
        return self.model_dump(mode="json", exclude=NOT_IN_TEXT)
