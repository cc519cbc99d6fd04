"""Dialogues become calls: every turn is read, spoken, timed, mixed and sent through a telephone line."""

from __future__ import annotations

import hashlib
from pathlib import Path

from antifraud.errors import Unanswered
from antifraud.labels import RejectReason
from antifraud.records import Call, Dialogue, Rejected
from antifraud.speech.assembly import Sound, assemble
from antifraud.speech.engines import SpeechFailed
from antifraud.speech.mixing import Stereo
from antifraud.speech.proof_listening import heard_again
from antifraud.speech.sound_files import encode, synthetic
from antifraud.speech.studio import BadAudio, Booking, Spoken, Studio, Unspeakable
from antifraud.store.files import write_atomic

STAGE = "synthesize"


async def synthesize(booking: Booking, studio: Studio, folder: Path) -> Call | Rejected:
    """Speak a dialogue and write `folder`/audio/<id>.<format>; the same bytes for the same dialogues and config.

    Raises:
        EngineError: the engine stopped working.
        ServiceError: a service cannot be used any more.
        StoreError: the file cannot be written.
    """
    dialogue = booking.dialogue
    try:
        spoken = await studio.speak(booking)
        sound = await studio.compute(
            assemble, dialogue, spoken, studio.engine.sample_rate_hz, studio.config, studio.babble
        )
        if studio.transcriber:
            sound = await heard_again(dialogue, sound, studio.transcriber, studio.config)
        return await studio.compute(_written, booking, spoken, sound, studio, folder)
    except Unspeakable as exc:
        return _rejected(dialogue, RejectReason.UNSPEAKABLE, str(exc))
    except SpeechFailed as exc:
        return _rejected(dialogue, RejectReason.SPEECH_FAILED, str(exc))
    except Unanswered as exc:
        return _rejected(dialogue, RejectReason.NO_ANSWER, str(exc))
    except BadAudio as exc:
        return _rejected(dialogue, RejectReason.BAD_AUDIO, str(exc))


def _rejected(dialogue: Dialogue, reason: RejectReason, detail: str) -> Rejected:
    return Rejected(id=dialogue.id, stage=STAGE, reason=reason, detail=detail)


def _written(booking: Booking, spoken: Spoken, sound: Sound, studio: Studio, folder: Path) -> Call:
    """Write the files of a call and return its record."""
    config, dialogue, voices = studio.config, booking.dialogue, spoken.script.voices
    comment = synthetic(*(f"{voice.engine} {voice.version}" for voice in voices.values()))

    def write(place: str, stereo: Stereo) -> tuple[str, str]:
        data = encode(stereo, config.sample_rate_hz, config.format, title=dialogue.id, comment=comment)
        name = f"{place}/{dialogue.id}.{config.format}"
        write_atomic(folder / name, data)
        return name, hashlib.sha256(data).hexdigest()

    clean = write("clean", sound.clean) if config.line.enabled and config.line.keep_clean else (None, None)
    audio = write("audio", sound.stereo)
    return Call(
        **dict(dialogue) | {"synthetic": True},
        audio=audio[0],
        sha256=audio[1],
        clean_audio=clean[0],
        clean_sha256=clean[1],
        sample_rate_hz=config.sample_rate_hz,
        channels=2,
        duration_seconds=len(sound.stereo) / config.sample_rate_hz,
        segments=sound.segments,
        voices=dict(voices),
        reserve=booking.reserve,
        line=sound.line,
        quality=sound.quality,
    )
