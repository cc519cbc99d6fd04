"""From what a client asks for to utterances: whose voice, how fast, and which words are really said."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Protocol, runtime_checkable

from antifraud.errors import EngineError
from antifraud.labels import Emotion
from antifraud.records import Voice
from antifraud.speech.engines import GENDERS, SpeechEngine, Utterance
from antifraud.speech.reading import spoken
from antifraud.speech.server.pace import rate_of_factor, rate_of_token, speed_token
from antifraud.speech.server.problems import Refused
from antifraud.speech.server.replies import Offer, voices_sha256
from antifraud.speech.server.requests import AudioSpeech, GenerateVoice, InferCode

SEED_BITS = 62
SHOWN_VOICES = 5


@runtime_checkable
class TakesSpeakers(Protocol):
    """What an engine also offers that can speak as a speaker string it has never seen."""

    def speaker_voice(self, speaker: str) -> Voice:
        """Return a voice for a speaker string, at the engine's neutral rate.

        Raises:
            ValueError: it is no speaker string.
        """
        ...


class Cast:
    """Every voice of a started engine, by name.

    Raises:
        EngineError: it has none.
    """

    def __init__(self, engine: SpeechEngine) -> None:
        self.offers = [Offer.of(candidate) for gender in GENDERS for candidate in engine.voices(gender)]
        if not self.offers:
            raise EngineError(
                f"engine {engine.name} offers no voices; set synthesize.voices to a bank that `antifraud voices build`"
                " made."
            )
        self.sha256 = voices_sha256(self.offers)
        self._engine = engine
        self._voices = {offer.name: offer.voice for offer in self.offers}

    def named(self, name: str, param: str) -> Voice:
        """Return a voice of GET /v1/voices.

        Raises:
            Refused: there is none of that name.
        """
        if name not in self._voices:
            some = ", ".join([*self._voices][:SHOWN_VOICES])
            raise Refused(422, f"{param}: no voice {name[:40]!r}; see GET /v1/voices, as {some}", param, "no_voice")
        return self._voices[name]

    def picked(self, seed: int | None) -> Voice:
        """Return the voice that a seed picks; the first without one."""
        voices = [*self._voices.values()]
        return voices[0] if seed is None else Random(f"{seed}:voice").choice(voices)

    def speaker(self, speaker: str) -> Voice:
        """Return a voice for a ChatTTS speaker string.

        Raises:
            Refused: the engine takes none, or not this one.
        """
        param = "params_infer_code.spk_emb"
        if not isinstance(self._engine, TakesSpeakers):
            raise Refused(422, f"{param}: engine {self._engine.name} takes no speaker strings; use voices", param)
        try:
            return self._engine.speaker_voice(speaker)
        except ValueError as exc:
            raise Refused(422, f"{param}: {exc}", param) from exc


def utterances_of_texts(asked: GenerateVoice, cast: Cast, most_characters: int) -> list[Utterance]:
    """Return the utterances of ChatTTS's request.

    Raises:
        Refused: a voice is unknown, or a text is too long or holds nothing that can be said.
    """
    texts = [_said(text, f"text.{i}", most_characters, asked.as_spoken) for i, text in enumerate(asked.text)]
    if asked.voices is not None:
        return _batch(asked, asked.voices, texts, cast)
    infer = asked.params_infer_code or InferCode()
    seed = infer.manual_seed if infer.manual_seed is not None else asked.audio_seed or None
    voice = cast.picked(seed) if infer.spk_emb is None else cast.speaker(infer.spk_emb)
    if (token := speed_token(infer.prompt)) is not None:
        voice = voice.model_copy(update={"rate": rate_of_token(voice, token)})
    drawn = Random(f"{seed}:{asked.text_seed}:utterance").getrandbits(SEED_BITS)
    return [Utterance(text, voice, Emotion.NEUTRAL, "", drawn) for text in texts]


def _batch(asked: GenerateVoice, names: Sequence[str], texts: Sequence[str], cast: Cast) -> list[Utterance]:
    utterances = []
    for index, (name, text) in enumerate(zip(names, texts, strict=True)):
        voice = cast.named(name, f"voices.{index}")
        own = {"rate": asked.rates, "pitch": asked.pitches}
        voice = voice.model_copy(update={key: values[index] for key, values in own.items() if values is not None})
        emotion = asked.emotions[index] if asked.emotions is not None else Emotion.NEUTRAL
        manner = asked.manners[index] if asked.manners is not None else ""
        utterances.append(Utterance(text, voice, emotion, manner, asked.seeds[index] if asked.seeds else 0))
    return utterances


def utterance_of_input(asked: AudioSpeech, cast: Cast, most_characters: int) -> Utterance:
    """Return the utterance of OpenAI's request.

    Raises:
        Refused: the voice is unknown, or the input is too long or holds nothing that can be said.
    """
    voice = cast.named(asked.voice, "voice")
    voice = voice.model_copy(update={"rate": rate_of_factor(voice, asked.speed)})
    text = _said(asked.input, "input", most_characters, is_spoken=False)
    return Utterance(text, voice, Emotion.NEUTRAL, "", seed=0)


def _said(text: str, param: str, most_characters: int, is_spoken: bool) -> str:
    if len(text) > most_characters:
        raise Refused(422, f"{param}: {len(text)} characters; at most {most_characters}", param, "too_long")
    said = text if is_spoken else spoken(text)
    if not said:
        raise Refused(422, f"{param}: nothing of it can be said", param, "unspeakable")
    return said
