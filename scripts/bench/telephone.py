"""Figures of the sound of calls: assembly, line and gates in audio hours per CPU hour, against pydub and mp3.

    apt-get install ffmpeg && .venv/bin/pip install pydub
    .venv/bin/python scripts/bench/telephone.py

200 stereo calls of about 45 s are put together from the same spoken turns, once for each kind of line, in this
process on one core; then as the original does it: an mp3 file per turn, joined and panned by pydub, exported as mp3.
Times are CPU seconds of this process and of its children.
"""

from __future__ import annotations

import asyncio
import os
import resource
import tempfile
from pathlib import Path

import soundfile
from threadpoolctl import threadpool_limits

from antifraud.acoustics.wave import Wave
from antifraud.config import Config
from antifraud.dialogue.generate import generate
from antifraud.labels import Codec, Speaker
from antifraud.records import Dialogue
from antifraud.speech.assembly import assemble
from antifraud.speech.backdrop import record_babble
from antifraud.speech.engines.espeak import EspeakEngine
from antifraud.speech.gates.faults import utterance_faults
from antifraud.speech.gates.figures import measure_utterance
from antifraud.speech.opening import open_engine
from antifraud.speech.sound_files import encode
from antifraud.speech.studio import BadAudio, Spoken, Studio
from antifraud.speech.voices.reserves import Reserves
from antifraud.speech_config import LineConfig, SpeechConfig
from antifraud.stages.dialogues import sample_calls
from antifraud.stages.job import Job

SpokenCall = tuple[Dialogue, Spoken]

CALLS = 200
REFERENCE_CALLS = 40
"""Of these, joined by pydub too: it is slow, and its cost per call is steady."""
RATE_HZ = EspeakEngine.sample_rate_hz
CHARACTERS = (150, 300)
SECONDS = (35, 55)
"""Calls of about 45 s, found by their text first."""
LINES = {
    "no line": (LineConfig(enabled=False), 600, 20),
    "G.711": (LineConfig(codecs={Codec.ALAW: 1.0}, lossy_share=1.0, echo_share=1.0), 250, 8),
    "AMR-NB": (LineConfig(codecs={Codec.AMR_NB: 1.0}, lossy_share=1.0, echo_share=1.0), 45, 1.5),
    "Opus": (LineConfig(codecs={Codec.OPUS: 1.0}, lossy_share=1.0, echo_share=1.0), 45, 1.5),
}
"""Each with the audio hours per CPU hour and the times the original it should reach."""


def cpu_seconds() -> float:
    """Return CPU seconds of this process and of its ended children."""
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def characters(dialogue: Dialogue) -> int:
    """Return how long a dialogue is on paper."""
    return sum(len(turn.text) for turn in dialogue.turns)


async def spoken_calls() -> tuple[list[SpokenCall], Wave | None]:
    """Speak calls of the wanted length; return them and the babble."""
    config = SpeechConfig()
    job = Job(Config.model_validate({"generate": {"fraud": {"count": 40 * CALLS}}}))
    found: list[SpokenCall] = []
    async with open_engine(config) as engine, Studio(engine, config, Reserves([], 0, 0)) as studio:
        babble = await record_babble(engine, job.packs.voices.babble, config.sample_rate_hz)
        for each in sample_calls(job.config, job.packs):
            dialogue = await generate(each, job.config.generate, job.packs, None)
            if not isinstance(dialogue, Dialogue) or not CHARACTERS[0] <= characters(dialogue) <= CHARACTERS[1]:
                continue
            (booking,) = studio.book([dialogue])
            try:
                spoken = await studio.speak(booking)
            except BadAudio:
                continue
            if SECONDS[0] <= sum(wave.size for wave in spoken.waves) / RATE_HZ <= SECONDS[1]:
                found.append((dialogue, spoken))
            if len(found) == CALLS:
                break
    return found, babble


def ours(calls: list[SpokenCall], config: SpeechConfig, babble: Wave | None) -> tuple[float, float]:
    """Judge every utterance, assemble and encode every call; return audio seconds and CPU seconds."""
    before, audio_seconds = cpu_seconds(), 0.0
    for dialogue, spoken in calls:
        for utterance, wave in zip(spoken.script.utterances, spoken.waves):
            utterance_faults(measure_utterance(wave, RATE_HZ, utterance.text, utterance.voice))
        sound = assemble(dialogue, spoken, RATE_HZ, config, babble)
        encode(sound.stereo, config.sample_rate_hz, "wav", title=dialogue.id, comment="bench")
        audio_seconds += len(sound.stereo) / config.sample_rate_hz
    return audio_seconds, cpu_seconds() - before


def theirs(calls: list[SpokenCall], folder: Path) -> tuple[float, float]:
    """Join mp3 turns as the original's merge script does; return audio seconds and CPU seconds."""
    from pydub import AudioSegment

    for dialogue, spoken in calls:
        for turn, wave in enumerate(spoken.waves):
            soundfile.write(folder / f"{dialogue.id}-{turn}.mp3", wave, RATE_HZ)
    before, audio_seconds = cpu_seconds(), 0.0
    for dialogue, spoken in calls:
        joined = AudioSegment.empty()
        for turn, _ in enumerate(spoken.waves):
            side = -1.0 if dialogue.turns[turn].speaker is Speaker.CALLER else 1.0
            joined += AudioSegment.from_mp3(folder / f"{dialogue.id}-{turn}.mp3").pan(side)
        joined.export(folder / f"{dialogue.id}.mp3", format="mp3")
        audio_seconds += joined.duration_seconds
    return audio_seconds, cpu_seconds() - before


def main() -> None:
    """Print the table beside what it should be."""
    calls, babble = asyncio.run(spoken_calls())
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as name:
        audio_seconds, reference_seconds = theirs(calls[:REFERENCE_CALLS], Path(name))
    reference = audio_seconds / reference_seconds
    print(f"{len(calls)} calls; the original's way: {reference:.1f} audio hours per CPU hour")
    print(f"{'line':10}{'hours per CPU hour':>20}{'wanted':>8}{'times the original':>20}{'wanted':>8}")
    for name, (line, hours, times) in LINES.items():
        with threadpool_limits(1, user_api="blas"):  # as the studio has it
            audio_seconds, seconds = ours(calls, SpeechConfig(line=line), babble)
        speed = audio_seconds / seconds
        print(f"{name:10}{speed:>20.0f}{hours:>8}{speed / reference:>20.1f}{times:>8}")


if __name__ == "__main__":
    main()
