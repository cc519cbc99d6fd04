"""Real speech of real turns: every voice of espeak-ng, the whole range of rates, texts of the packs."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from antifraud.acoustics.spoken_characters import spoken_characters
from antifraud.acoustics.wave import Wave
from antifraud.records import Voice
from antifraud.speech.engines.espeak_voices import CHARACTERS_PER_SECOND, RATE, candidates
from antifraud.speech.gates.figures import UtteranceFigures, measure_utterance
from antifraud.speech.reading import spoken
from tests.conftest import clean_environment, command
from tests.speech.conftest import spoken_by_espeak

RATE_HZ = 22050
TURNS = 260
SHORT = ("嗯。", "喂？", "啊？", "好的。", "对对对。", "喂？喂？听得见吗？", "好的，好的，好的。", "不用了，谢谢。")
SPELLED_BY_ESPEAK = "点儿"
"""espeak-ng 1.52 takes 1 s or more for this one syllable: a mispronunciation that the gates find, not good speech."""


@dataclass(frozen=True)
class Spoken:
    """A turn and how it sounds."""

    text: str
    voice: Voice
    wave: Wave

    def figures(self, wave: Wave | None = None, text: str | None = None) -> UtteranceFigures:
        """Measure it, or another wave in its place, or against another text."""
        return measure_utterance(self.wave if wave is None else wave, RATE_HZ, text or self.text, self.voice)


@pytest.fixture(scope="session")
def good_speech(tmp_path_factory: pytest.TempPathFactory) -> list[Spoken]:
    """About 400 utterances of 1 to 120 characters at 160 to 290 words a minute, all 21 voices; fraud and lawful."""
    rng = Random(20)
    texts = rng.sample(_pack_texts(tmp_path_factory.mktemp("dialogues")), TURNS)
    voices = [candidate.voice for candidate in candidates("1.52.0")]
    lines = [(text, _set(voices[i % len(voices)], rng.uniform(160, 290))) for i, text in enumerate(texts)]
    lines += [(spoken(text), _set(voice, rng.uniform(160, 290))) for text in SHORT for voice in voices]
    waves = spoken_by_espeak(lines)
    return [Spoken(text, voice, wave) for (text, voice), wave in zip(lines, waves, strict=True)]


@pytest.fixture(scope="session")
def turns(good_speech: list[Spoken]) -> list[Spoken]:
    """Turns long enough to tell everything of, a few of each length, within the rates that personas get."""
    fitting = [s for s in good_speech if spoken_characters(s.text) >= 10 and 165 <= s.voice.rate <= 280]
    return sorted(fitting, key=lambda s: len(s.text))[:: len(fitting) // 24]


def _set(voice: Voice, rate: float) -> Voice:
    return voice.model_copy(update={"rate": rate, "characters_per_second": CHARACTERS_PER_SECOND * rate / RATE})


def _pack_texts(folder: Path) -> list[str]:
    texts = set()
    for kind in ("fraud", "normal"):
        file = folder / f"{kind}.jsonl"
        arguments = command(f"generate-{kind}", "-n", "20", "--seed", "5", "--output", str(file), "-q")
        subprocess.run(arguments, cwd=folder, env=clean_environment(), check=True, capture_output=True, timeout=60)
        for line in file.read_text(encoding="utf-8").splitlines():
            texts |= {spoken(turn["text"]) for turn in json.loads(line)["turns"]}
    return sorted(text for text in texts if text and SPELLED_BY_ESPEAK not in text)
