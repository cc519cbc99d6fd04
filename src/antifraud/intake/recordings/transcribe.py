"""A stereo recording becomes utterances: listened to, cut at silences, written down, with exact times."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Final

from antifraud.intake.recordings.activity import listen
from antifraud.intake.recordings.pieces import Samples, Span, cut_out, spans
from antifraud.intake.recordings.recogniser import Recogniser, Words
from antifraud.intake.recordings.sound import Recording
from antifraud.intake.transcripts.sides import Sides
from antifraud.intake.utterances import Talk, Utterance
from antifraud.intake_config import IngestConfig

CHANNELS: Final = ("left", "right")
_IN_FLIGHT: Final = 8
"""Pieces of one recording at once; the limits of the service hold above all recordings."""


async def transcribe(
    recording: Recording, name: str, recogniser: Recogniser, sides: Sides, config: IngestConfig
) -> Talk:
    """Return what is said in a recording.

    Args:
        name: what its pieces are called outside.

    Raises:
        Unfit: it has not two sides that speak, cannot be read, or a piece has no transcript.
    """
    activity = await asyncio.to_thread(listen, recording, config.longest_recording_seconds)
    longest = min(config.longest_piece_seconds, recogniser.longest_seconds)
    pieces = cut_out(recording, spans(activity, config.pause_seconds, longest))
    heard = await _all_heard(pieces, name, recogniser)
    ordered = sorted(heard, key=lambda item: (item[0].first, item[0].channel))
    said = tuple(utterance for span, words in ordered for utterance in _utterances(span, words, sides))
    models = sorted({words.model for _, words in ordered})
    unclear = sum(not words.text for _, words in ordered)
    return Talk(said, recogniser.name, model=", ".join(models) or None, unclear=unclear)


async def _all_heard(
    pieces: Iterator[tuple[Span, Samples]], name: str, recogniser: Recogniser
) -> list[tuple[Span, Words]]:
    """Have every piece written down, a few at once; only what is in flight is held in memory."""
    heard: list[tuple[Span, Words]] = []
    flying: set[asyncio.Task[tuple[Span, Words]]] = set()

    async def hear(span: Span, wave: Samples) -> tuple[Span, Words]:
        place = f"{name}-{CHANNELS[span.channel]}-{round(span.start_seconds * 100):06d}"
        return span, await recogniser.hear(wave, place)

    try:
        while piece := await asyncio.to_thread(next, pieces, None):
            flying.add(asyncio.create_task(hear(*piece)))
            if len(flying) >= _IN_FLIGHT:
                done, flying = await asyncio.wait(flying, return_when=asyncio.FIRST_COMPLETED)
                heard += [task.result() for task in done]
        heard += await asyncio.gather(*flying)
    finally:
        for task in flying:
            task.cancel()
        await asyncio.gather(*flying, return_exceptions=True)
    return heard


def _utterances(span: Span, words: Words, sides: Sides) -> Iterator[Utterance]:
    """Yield what is said in a piece: parts with the recogniser's times, or the whole of it."""
    speaker, start, end = sides.of_channel(CHANNELS[span.channel]), span.start_seconds, span.end_seconds
    for part in words.segments:
        yield Utterance(
            speaker, part.text, min(start + part.start_seconds, end), min(start + part.end_seconds, end), words.emotion
        )
    if not words.segments and words.text:
        yield Utterance(speaker, words.text, start, end, words.emotion)
