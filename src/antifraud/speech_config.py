"""Settings of the calls: engine, voices, timing, telephone line, gates."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, model_validator

from antifraud.labels import Codec, Noise
from antifraud.records import Share
from antifraud.service_config import SERVING, AsrServiceConfig, TtsServiceConfig
from antifraud.settings import Settings, Weight

Server = Annotated[str, Field(pattern=r"^https?://[^\s/]+(/[^\s]*)?$")]


NOT_HEARD: Final[dict[str, Any]] = {
    **dict.fromkeys(("workers", "timeout_seconds", "voices", "bank_voices", "servers", "server_token_env"), True),
    "chattts": {"assets", "model", "device", "compile"},
    "service": SERVING,
    "transcription": SERVING,
}
"""Settings that change no byte, or whose effect `Studio.settings` tells by itself: weights and voices."""


class ChatttsConfig(Settings):
    """ChatTTS in processes of its own; weights are a folder that the user has."""

    assets: Path | None = None
    """Folder that holds `asset/` with the released files of 2Noise/ChatTTS."""
    model: Path | None = None
    """JSON with sizes and checksums of other weights than the released ones; null for those that ChatTTS lists."""
    device: Literal["auto", "cuda", "mps", "cpu"] = "auto"
    """auto: cuda, else mps, else cpu."""
    compile: bool = False
    batch_size: int = Field(default=16, ge=1, le=256)
    """Utterances in one pass of the model; a batch decides the bytes, so this is part of what a call is made with."""
    block_calls: int = Field(default=32, ge=1, le=1024)
    """Calls whose utterances are sorted by length and batched together, in the order of the dialogues."""
    refine: bool = True
    """Let the model place breaks and laughter; where it changes a word, they are placed by rule instead."""
    temperature: float = Field(default=0.3, gt=0, le=2)
    top_p: float = Field(default=0.7, gt=0, le=1)
    top_k: int = Field(default=20, ge=1)
    repetition_penalty: float = Field(default=1.05, ge=1)
    tokens_per_character: float = Field(default=24.0, gt=0)
    """Bound of an utterance; a token is 21.3 ms, so 24 are 2 characters a second, half of slow speech."""
    tokens_besides: int = Field(default=64, ge=1)
    """Added to the bound, for pauses at both ends and very short texts."""


class TimingConfig(Settings):
    """How turns follow each other; sources in `speech/timing.py`."""

    follow: Literal["own", "original"] = "original"
    """original: gaps and overlaps of the recording a dialogue was written down from, where it has their times; what
    follows below holds for all others. own: for every dialogue."""
    offset_mean_seconds: float = 0.12
    offset_sd_seconds: float = Field(default=0.45, ge=0)
    personal_sd_seconds: float = Field(default=0.1, ge=0)
    """Spread of pairs and of people around the mean."""
    strangers_keep_overlap: Share = 0.6
    """Share of the overlaps that strangers still make."""
    pause_share: Share = 0.3
    """Share of an utterance's own pauses that are drawn out."""
    ring_share: Share = 0.25
    """Share of recordings that begin with the ring-back tone."""
    hang_up_tone_share: Share = 0.25
    """Share of recordings that end with the busy tone."""


class LineConfig(Settings):
    """The telephone line that a call is sent through; one profile per call, drawn from these."""

    enabled: bool = True
    codecs: dict[Codec, Weight] = Field(
        default={Codec.ALAW: 0.5, Codec.ULAW: 0.1, Codec.AMR_NB: 0.25, Codec.OPUS: 0.15}
    )
    """A-law as in HKUST's Mandarin calls; the other shares are design choices."""
    wide_share: Share = 0.0
    """Share of Opus calls with wide-band sound, 50 to 7000 Hz; all others carry 300 to 3400 Hz."""
    noises: dict[Noise, Weight] = Field(
        default={Noise.NONE: 0.1, Noise.HUM: 0.2, Noise.BABBLE: 0.3, Noise.STREET: 0.2, Noise.ROOM: 0.2}
    )
    snr_mean_db: float = 20.0
    snr_sd_db: float = Field(default=6.0, ge=0)
    """Per side, clipped to 5 to 40 dB; no source was found for telephone calls."""
    lossy_share: Share = 0.3
    """Share of the calls that lose packets; Gilbert-Elliott on 20 ms frames with the three below."""
    loss_enter: Share = 0.01
    loss_leave: Annotated[float, Field(gt=0, le=1)] = 0.3
    loss_drop: Share = 0.5
    echo_share: Share = 0.3
    """Share of the calls with the other side's voice in the earpiece's path, 35 to 55 dB down, 40 to 150 ms late."""
    keep_clean: bool = False
    """Also keep the call as it was before the line, in `clean/`."""

    @model_validator(mode="after")
    def something_can_be_drawn(self) -> Self:
        if not any(self.codecs.values()) or not any(self.noises.values()):
            raise ValueError("at least one codec and one noise must be above 0")
        return self


class SpeechConfig(Settings):
    """Calls."""

    engine: Literal["espeak", "chattts", "chattts-server", "openai-speech"] = "espeak"
    workers: int | None = Field(default=None, ge=1, le=256)
    """Speech processes; null for two of espeak, and for one of chattts on each GPU, or one on the CPU."""
    timeout_seconds: float = Field(default=30.0, gt=0)
    """Longest wait for one utterance; a batch may take as many times that as it has utterances."""
    attempts: int = Field(default=3, ge=1, le=10)
    """How often an utterance is spoken before its call is rejected because it fails a gate."""
    gates: Literal["enforce", "report"] = "enforce"
    """report: measure and keep the figures, but reject no call for them."""
    voices: Path | None = None
    """Voice bank made by `antifraud voices build`; null for those the engine brings or a bank in the run folder."""
    bank_voices: int = Field(default=64, ge=4, le=4096)
    """Voices in the bank that a run builds for itself where the engine brings none."""
    sample_rate_hz: Literal[8000, 16000, 22050, 24000, 48000] = 16000
    format: Literal["wav", "flac", "mp3"] = "wav"
    max_turn_characters: int = Field(default=400, ge=1)
    level_dbfs: float = Field(default=-26.0, ge=-60, le=-10)
    """Level of active speech; -26 dBov is the telephone network's usual, ITU-T P.56."""
    chattts: ChatttsConfig = ChatttsConfig()
    servers: tuple[Server, ...] = ()
    """Base addresses for engine chattts-server, as http://127.0.0.1:8006."""
    server_token_env: str | None = None
    """Name of the environment variable that holds the servers' bearer token."""
    service: TtsServiceConfig = TtsServiceConfig()
    """The speech service of engine openai-speech."""
    transcription: AsrServiceConfig | None = None
    """The service that writes calls down again; null for no round trip."""
    character_error_limit: Share = 0.25
    """Largest share of characters that the round trip may get wrong before a call is rejected; a design choice: wrong
    or unintelligible speech, not the slips of a recogniser."""
    timing: TimingConfig = TimingConfig()
    line: LineConfig = LineConfig()

    def portable(self) -> dict[str, Any]:
        """Return the settings that decide what a call sounds like, without where and how fast it is spoken."""
        return self.model_dump(mode="json", exclude=NOT_HEARD)
