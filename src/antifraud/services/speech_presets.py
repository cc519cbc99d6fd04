"""What is known of speech and transcription services: models, voices, and the fields each of them takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from antifraud.service_config import AsrServiceConfig, ServiceVoice, TtsServiceConfig
from antifraud.services.presets import Preset, Section, Service, located

TTS = Section("synthesize.service", "synthesize.engine is openai-speech", "take synthesize.engine=espeak")
ASR = Section("synthesize.transcription", "synthesize.transcription is set", "leave it out")
INGEST = Section(
    "ingest.service",
    "recordings without a transcript are to be written down",
    "give transcripts beside them, or take ingest.recogniser=faster-whisper",
)


@dataclass(frozen=True)
class SpeechPreset(Preset):
    """A provider of speech."""

    voices: tuple[ServiceVoice, ...] = ()
    names_hold_model: bool = False
    """Voices are called model:name."""
    takes_sample_rate: bool = False
    """Whether `sample_rate` is taken, for wav and pcm; 24,000 Hz comes where it is not."""
    style: Literal["prefix", "instructions"] | None = None
    """prefix: before the text, ended by <|endofprompt|>. instructions: a field of its own."""
    extra_body: Mapping[str, Any] = field(default_factory=dict)


def _voices(men: str, women: str) -> tuple[ServiceVoice, ...]:
    """Return voices from lines of `name youngest-oldest`."""
    voices = []
    for gender, names in (("男", men), ("女", women)):
        for name, ages in zip(*[iter(names.split())] * 2, strict=True):
            youngest, oldest = ages.split("-")
            voices.append(
                ServiceVoice.model_validate(
                    {"name": name, "gender": gender, "youngest": int(youngest), "oldest": int(oldest)}
                )
            )
    return tuple(voices)


COSYVOICE_VOICES = _voices(
    men="alex 25-50 benjamin 40-70 charles 30-60 david 18-40",
    women="anna 25-55 bella 18-40 claire 25-60 diana 18-45",
)
"""The eight of SiliconFlow's documentation: steady, deep, magnetic, cheerful; steady, passionate, gentle, cheerful.
Ages are a design choice after these words."""
OPENAI_VOICES = _voices(
    men="ash 25-50 echo 25-55 onyx 40-70 verse 18-40",
    women="alloy 25-55 coral 18-45 nova 18-40 sage 30-60 shimmer 20-50",
)
"""Of OpenAI's documentation, which gives neither gender nor age: both are a design choice after how they are heard."""

SPEECH_PRESETS: Mapping[str, SpeechPreset] = {
    "siliconflow": SpeechPreset(
        "https://api.siliconflow.cn/v1",
        "SILICONFLOW_API_KEY",
        "FunAudioLLM/CosyVoice2-0.5B",
        voices=COSYVOICE_VOICES,
        names_hold_model=True,
        takes_sample_rate=True,
        style="prefix",
        extra_body={"stream": False},
    ),
    "openai": SpeechPreset(
        "https://api.openai.com/v1", "OPENAI_API_KEY", "gpt-4o-mini-tts", voices=OPENAI_VOICES, style="instructions"
    ),
    "local": SpeechPreset("http://127.0.0.1:8006/v1", None, None),
}
"""`local` is a server on this machine; the port is that of `antifraud serve-tts`."""

TRANSCRIPTION_PRESETS: Mapping[str, Preset] = {
    "siliconflow": Preset("https://api.siliconflow.cn/v1", "SILICONFLOW_API_KEY", "FunAudioLLM/SenseVoiceSmall"),
    "openai": Preset("https://api.openai.com/v1", "OPENAI_API_KEY", "whisper-1"),
    "vllm": Preset("http://127.0.0.1:8000/v1", None, None),
}


def resolve_speech(config: TtsServiceConfig, environment: Mapping[str, str], *, with_key: bool = True) -> Service:
    """Return the speech service of a config; arguments and errors as of `presets.resolve`."""
    return located(config, SPEECH_PRESETS[config.preset], TTS, environment, with_key=with_key)


def resolve_transcription(
    config: AsrServiceConfig, environment: Mapping[str, str], *, with_key: bool = True, section: Section = ASR
) -> Service:
    """Return the transcription service of a config; arguments and errors as of `presets.resolve`."""
    return located(config, TRANSCRIPTION_PRESETS[config.preset], section, environment, with_key=with_key)


def voices_of(config: TtsServiceConfig, model: str) -> tuple[ServiceVoice, ...]:
    """Return the voices of a config under the names that the service wants; those of the preset where it names none."""
    if config.voices:
        return config.voices
    preset = SPEECH_PRESETS[config.preset]
    if not preset.names_hold_model:
        return preset.voices
    return tuple(voice.model_copy(update={"name": f"{model}:{voice.name}"}) for voice in preset.voices)
