"""The round trip: what a transcription service hears in a call is compared with what was to be said."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from antifraud.labels import Speaker
from antifraud.records import Dialogue
from antifraud.services.transcription import TranscriptionModel
from antifraud.speech.assembly import Sound
from antifraud.speech.mixing import CHANNELS
from antifraud.speech.roundtrip import character_error_rate
from antifraud.speech.sound_files import encode
from antifraud.speech.studio import BadAudio
from antifraud.speech_config import SpeechConfig


async def heard_again(dialogue: Dialogue, sound: Sound, transcriber: TranscriptionModel, config: SpeechConfig) -> Sound:
    """Return the call with its character error rate, both sides together.

    The call is heard before the line, so that noise and codecs, which belong to the data, reject nothing.

    Raises:
        BadAudio: the rate is above the config's limit.
        Unanswered: the service gave no transcript.
        ServiceError: the service cannot be used.
    """
    heard = await asyncio.gather(*(_transcript(dialogue, sound, speaker, transcriber, config) for speaker in CHANNELS))
    said = [_said(dialogue, speaker) for speaker in CHANNELS]
    rate = character_error_rate("。".join(said), "。".join(heard))
    if config.gates == "enforce" and rate > config.character_error_limit:
        raise BadAudio(
            f"character error rate {rate:.2f} above {config.character_error_limit:g}"
            f" (synthesize.character_error_limit): heard {heard[0][:40]!r} and {heard[1][:40]!r}"
        )
    return replace(sound, quality=sound.quality.model_copy(update={"character_error_rate": round(rate, 4)}))


async def _transcript(
    dialogue: Dialogue, sound: Sound, speaker: Speaker, transcriber: TranscriptionModel, config: SpeechConfig
) -> str:
    channel = sound.clean[:, [CHANNELS.index(speaker)]]
    wav = await asyncio.to_thread(
        encode, channel, config.sample_rate_hz, "wav", title=dialogue.id, comment="synthetic speech"
    )
    return (await transcriber.transcribe(wav, f"{dialogue.id}-{speaker}.wav")).text


def _said(dialogue: Dialogue, speaker: Speaker) -> str:
    return "。".join(turn.text for turn in dialogue.turns if turn.speaker is speaker)
