"""faster-whisper on this machine, with a model folder that the user has; nothing is downloaded."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import numpy as np

from antifraud.errors import EngineError
from antifraud.intake.recordings.pieces import Samples
from antifraud.intake.recordings.recogniser import Words
from antifraud.intake.recordings.sound import HEARD_RATE_HZ
from antifraud.intake_config import WhisperConfig
from antifraud.services.transcription import Timed

_FULL_SCALE: Final = 32768
_LONGEST_SECONDS: Final = 30.0
"""Whisper hears 30 s at a time (arXiv 2212.04356)."""
_MODEL_FILE: Final = "model.bin"


class WhisperRecogniser:
    """A model of faster-whisper; one piece at a time, for it uses every core itself."""

    longest_seconds: float = _LONGEST_SECONDS

    def __init__(self, config: WhisperConfig) -> None:
        """Load the model.

        Raises:
            EngineError: the package or the folder is missing, or holds no model that can be loaded.
        """
        folder = config.model
        if folder is None:
            raise EngineError(
                "ingest.recogniser is faster-whisper and ingest.whisper.model is not set;"
                " set it to a folder with a model converted for CTranslate2."
            )
        if not (folder / _MODEL_FILE).is_file():
            raise EngineError(
                f"{folder}: no {_MODEL_FILE} in it; ingest.whisper.model must be a folder with a model converted"
                " for CTranslate2 (ct2-transformers-converter)."
            )
        try:
            from faster_whisper import WhisperModel
        except ImportError as exc:
            raise EngineError(
                "ingest.recogniser is faster-whisper, which is not installed: pip install 'antifraud[faster-whisper]'."
            ) from exc
        try:
            self._model: Any = WhisperModel(
                str(folder), device=config.device, compute_type=config.compute_type, local_files_only=True
            )
        except (RuntimeError, ValueError, OSError) as exc:
            raise EngineError(f"{folder}: faster-whisper cannot load it: {exc}.") from exc
        self.name = "faster-whisper"
        self._config = config
        self._alone = asyncio.Lock()
        self._samples = 0

    def bill(self) -> str:
        """See `Recogniser`."""
        return f"{self._samples / HEARD_RATE_HZ:,.0f} seconds heard"

    async def hear(self, wave: Samples, name: str) -> Words:  # noqa: ARG002 - only services want a name
        """See `Recogniser`."""
        async with self._alone:
            words = await asyncio.to_thread(self._heard, wave)
            self._samples += len(wave)
            return words

    def _heard(self, wave: Samples) -> Words:
        config = self._config
        segments, _ = self._model.transcribe(
            wave.astype(np.float32) / _FULL_SCALE,
            language=config.language,
            beam_size=config.beam_size,
            condition_on_previous_text=False,
        )
        timed = tuple(Timed(part.start, part.end, part.text.strip()) for part in segments if part.text.strip())
        folder = config.model.name if config.model else ""
        return Words("".join(part.text for part in timed), folder, segments=timed)
