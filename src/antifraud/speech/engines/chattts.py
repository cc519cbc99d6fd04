"""ChatTTS behind a pool of worker processes, one for each GPU or as many as the config says."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from antifraud.catalogue import licence_of
from antifraud.errors import EngineError
from antifraud.labels import Emotion
from antifraud.records import Voice
from antifraud.speech.engines import Candidate, Gender, SpeechFailed, Utterance
from antifraud.speech.engines.chattts_style import Style, style_of
from antifraud.speech.engines.chattts_text import Unreadable, marked, pieces, readable
from antifraud.speech.engines.workers import Launch, Reply, Request, WorkerPool
from antifraud.speech.voices.bank import Audition, BankVoice
from antifraud.speech_config import ChatttsConfig, SpeechConfig

ENGINE = "chattts"
WORKER = Path(__file__).with_name("chattts_worker.py")
NEUTRAL_RATE = 5.0
"""The speed level that ChatTTS uses by itself."""
BY_SPEAKER = "speaker:"
"""Begins the name of a voice of no bank; the speaker string follows. No name of a bank holds a colon."""
LONGEST_SPEAKER = 4096
"""Characters; those of the released weights have 862."""
START_SECONDS = 600.0
"""Longest wait for a worker: imports, two checksums of 1.2 GB, loading; 20 s is usual on a quiet machine."""
LEAST_SOUND_SECONDS = 0.1
"""An utterance with less sound than this is empty; one syllable takes 0.2 s."""
SOUND_FROM = 1e-3
"""Samples above this are sound, -60 dBFS; a design choice."""

Wave = NDArray[np.float32]


@dataclass(frozen=True)
class _Row:
    """A piece of an utterance: a row of the batch that goes to the model."""

    utterance: int
    text: str
    style: Style
    speaker: str

    def request(self, config: ChatttsConfig) -> Request:
        return {
            "text": self.text,
            "marked": marked(self.text, self.style),
            "speaker": self.speaker,
            "speed": self.style.speed,
            "oral": self.style.oral,
            "laugh": self.style.laugh,
            "pause": self.style.pause,
            "max_tokens": round(config.tokens_per_character * len(self.text)) + config.tokens_besides,
        }


class ChatttsEngine:
    """A pool of ChatTTS processes; a `SpeechEngine`."""

    name = ENGINE
    licence = licence_of(ENGINE)
    sample_rate_hz = 24000
    version = ""

    def __init__(self, config: SpeechConfig, bank: Sequence[BankVoice]) -> None:
        """Take the voices on offer; with an empty bank it can only draw speakers."""
        self._config, self._timeout_seconds = config.chattts, config.timeout_seconds
        self.batch_size, self.block_calls = config.chattts.batch_size, config.chattts.block_calls
        self._bank = {voice.name: voice for voice in bank if voice.engine == ENGINE}
        self._pool = WorkerPool(ENGINE, _launches(config))
        self.hello: Reply = {}
        """What the first worker said of itself: version, device, torchaudio."""
        self.fell_back = 0
        """Pieces whose breaks were placed by rule, because the model changed words."""

    async def start(self) -> None:
        if importlib.util.find_spec("ChatTTS") is None:
            raise EngineError("chattts engine is not installed: pip install 'antifraud[chattts]'")
        if self._config.assets is None:
            raise EngineError(
                "chattts needs its weights: synthesize.chattts.assets is not set; expected the folder that holds"
                " asset/ with the files of https://huggingface.co/2Noise/ChatTTS."
            )
        self.hello = await self._pool.start()
        self.version = self.hello["version"]

    async def speak(self, batch: Sequence[Utterance], attempt: int = 0) -> list[Wave | SpeechFailed]:
        """Speak the batch in one pass of the model; the batch as a whole decides the bytes."""
        results: list[Wave | SpeechFailed] = [SpeechFailed("chattts: not spoken") for _ in batch]
        rows: list[_Row] = []
        for number, utterance in enumerate(batch):
            try:
                rows += self._rows(number, utterance)
            except SpeechFailed as exc:
                results[number] = exc
        if not rows:
            return results
        try:
            waves = await self._ask(rows, _seed(batch, attempt))
        except SpeechFailed as exc:
            waves = [exc for _ in rows]
        for number, wave in zip(dict.fromkeys(row.utterance for row in rows), _utterances(rows, waves), strict=True):
            results[number] = wave
        return results

    def _rows(self, number: int, utterance: Utterance) -> list[_Row]:
        voice = utterance.voice
        style = style_of(utterance.emotion, utterance.manner, voice.rate)
        return _rows_of(number, utterance.text, style, self._speaker(voice.name))

    def _speaker(self, name: str) -> str:
        if name.startswith(BY_SPEAKER):
            return name.removeprefix(BY_SPEAKER)
        if name not in self._bank:
            raise SpeechFailed(f"chattts: voice {name!r} is not in the bank of {len(self._bank)} voices")
        return self._bank[name].speaker

    async def _ask(self, rows: Sequence[_Row], seed: int) -> list[Wave | SpeechFailed]:
        config = self._config
        sampling = {
            "seed": seed,
            "refine": config.refine,
            "temperature": config.temperature,
            "top_p": config.top_p,
            "top_k": config.top_k,
            "repetition_penalty": config.repetition_penalty,
        }
        request = {"speak": [row.request(config) for row in rows], "sampling": sampling}
        head, samples = await self._pool.ask(request, self._timeout_seconds * len(rows))
        self.fell_back += head["fell_back"]
        waves = np.split(np.frombuffer(samples, dtype="<f4"), np.cumsum(head["samples"])[:-1])
        return [
            _checked(wave, is_finished, row.text, self.sample_rate_hz)
            for wave, is_finished, row in zip(waves, head["finished"], rows, strict=True)
        ]

    async def auditions(self, count: int, seed: int, text: str) -> list[Audition]:
        """Draw speakers and let each read a text in its plainest way; those who cannot are left out.

        Raises:
            EngineError: the engine is not running.
            SpeechFailed: the text cannot be read.
        """
        style = style_of(Emotion.NEUTRAL, "", NEUTRAL_RATE)
        speakers = await self.sample_speakers(count, seed)
        heard: list[Audition] = []
        for start in range(0, count, self.batch_size):
            batch = speakers[start : start + self.batch_size]
            rows = [row for number, speaker in enumerate(batch) for row in _rows_of(number, text, style, speaker)]
            waves = _utterances(rows, await self._ask(rows, seed + start))
            heard += [
                Audition(speaker, wave)
                for speaker, wave in zip(batch, waves, strict=True)
                if not isinstance(wave, SpeechFailed)
            ]
        return heard

    async def sample_speakers(self, count: int, seed: int) -> list[str]:
        """Return new voices, drawn from the model's own distribution; the same for the same seed and weights."""
        head, _ = await self._pool.ask({"sample_speakers": count, "seed": seed}, self._timeout_seconds)
        return list(head["speakers"])

    async def close(self) -> None:
        await self._pool.close()

    @property
    def device(self) -> str:
        """What it runs on, once it has started."""
        return str(self.hello.get("device", self._config.device))

    def speaker_voice(self, speaker: str) -> Voice:
        """Return a voice that speaks as a speaker string, at the neutral rate; whose gender it is nobody knows.

        Whether it is a speaker of this model is found out when it speaks, and fails the batch it is in.

        Raises:
            ValueError: it is too long for one.
        """
        if not 0 < len(speaker) <= LONGEST_SPEAKER:
            raise ValueError(f"{len(speaker)} characters are no ChatTTS speaker; one has 862")
        name = BY_SPEAKER + speaker
        return Voice(engine=ENGINE, version=self.version, name=name, gender="女", rate=NEUTRAL_RATE, pitch=0.0)

    def voices(self, gender: Gender) -> Sequence[Candidate]:
        return tuple(self._candidate(voice) for voice in self._bank.values() if voice.gender == gender)

    def _candidate(self, voice: BankVoice) -> Candidate:
        return Candidate(
            voice=Voice(
                engine=ENGINE,
                version=self.version,
                name=voice.name,
                gender=voice.gender,
                rate=NEUTRAL_RATE,
                pitch=0.0,
                characters_per_second=voice.characters_per_second,
            ),
            youngest=voice.youngest,
            oldest=voice.oldest,
            pitch_step=0.0,
        )


def _rows_of(number: int, text: str, style: Style, speaker: str) -> list[_Row]:
    try:
        return [_Row(number, piece, style, speaker) for piece in pieces(readable(text))]
    except Unreadable as exc:
        raise SpeechFailed(f"chattts: {exc}") from exc


def _utterances(rows: Sequence[_Row], waves: Sequence[Wave | SpeechFailed]) -> list[Wave | SpeechFailed]:
    """Return one wave for each utterance among the rows, in order: its pieces joined."""
    parts: dict[int, list[Wave | SpeechFailed]] = {}
    for row, wave in zip(rows, waves, strict=True):
        parts.setdefault(row.utterance, []).append(wave)
    return [_joined(waves) for waves in parts.values()]


def _launches(config: SpeechConfig) -> list[Launch]:
    """Return how each worker is started, spread over the GPUs."""
    chattts = config.chattts
    opening = {
        "assets": str(chattts.assets),
        "model": None if chattts.model is None else str(chattts.model),
        "device": chattts.device,
        "compile": chattts.compile,
    }
    gpus = visible_gpus() if chattts.device in ("auto", "cuda") else []
    launches = []
    for number in range(worker_count(config)):
        # one thread, for its bytes must not depend on the cores; deterministic kernels; nothing from the network
        environment = os.environ | {
            "OMP_NUM_THREADS": "1",
            "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
            "HF_HUB_OFFLINE": "1",
            "TOKENIZERS_PARALLELISM": "false",
        }
        if gpus:
            environment["CUDA_VISIBLE_DEVICES"] = gpus[number % len(gpus)]
        launches.append(Launch((sys.executable, str(WORKER)), environment, opening, START_SECONDS))
    return launches


def worker_count(config: SpeechConfig) -> int:
    """Return how many processes speak: as many as the config says, else one for each GPU, else one."""
    if config.workers is not None:
        return config.workers
    return max(1, len(visible_gpus())) if config.chattts.device in ("auto", "cuda") else 1


def visible_gpus() -> list[str]:
    """Return the GPUs this process may use, by the environment, else by the driver's own tool."""
    if (given := os.environ.get("CUDA_VISIBLE_DEVICES")) is not None:
        return [name.strip() for name in given.split(",") if name.strip()]
    command = shutil.which("nvidia-smi")
    if command is None:
        return []
    query = [command, "--query-gpu=index", "--format=csv,noheader"]
    answer = subprocess.run(query, capture_output=True, text=True, timeout=20, check=False)  # noqa: S603
    return answer.stdout.split() if answer.returncode == 0 else []


def _seed(batch: Sequence[Utterance], attempt: int) -> int:
    """Return the seed of a batch, below 2**63."""
    words = ",".join(str(utterance.seed) for utterance in batch) + f":{attempt}"
    return int.from_bytes(hashlib.sha256(words.encode()).digest()[:8], "big") >> 1


def _checked(wave: Wave, is_finished: bool, text: str, sample_rate_hz: int) -> Wave | SpeechFailed:
    """Return a row as it sounds, or why it is of no use."""
    sound_seconds = np.count_nonzero(np.abs(wave) > SOUND_FROM) / sample_rate_hz
    if sound_seconds < LEAST_SOUND_SECONDS:
        return SpeechFailed(f"chattts: {sound_seconds:.2f} s of sound for {text[:20]!r}")
    if not is_finished:
        seconds = len(wave) / sample_rate_hz
        return SpeechFailed(
            f"chattts: did not stop within {seconds:.1f} s for the {len(text)} characters {text[:20]!r}"
        )
    return np.clip(wave, -1, 1).astype(np.float32)


def _joined(waves: Sequence[Wave | SpeechFailed]) -> Wave | SpeechFailed:
    """Return the pieces of an utterance as one, or the first that failed."""
    sounds: list[Wave] = []
    for wave in waves:
        if isinstance(wave, SpeechFailed):
            return wave
        sounds.append(wave)
    return np.concatenate(sounds)
