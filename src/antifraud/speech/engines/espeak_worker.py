"""The process that runs espeak-ng: a request line on stdin, a reply on stdout, until stdin ends.

Standard library and espeakng_loader only: espeak-ng is GPL-3.0-or-later and shares an address space with nothing
else. Run as a file, it imports no other part of antifraud.

One forked child speaks one utterance: within one process espeak-ng 1.52 remembers the utterances before, so that the
same words give other bytes. It also seeds its noise from the clock when it starts; the child seeds both generators
anew. The dictionary is loaded before the fork, which costs nothing per utterance.

Request: {"text", "voice", "rate", "pitch", "noise_seed", "seconds"}. Reply: {"bytes": n} and that many bytes of
little-endian 16-bit samples, or {"refused": why} for a request that can never be spoken, or {"failed": why} for one
that might be, another time.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from pathlib import Path
from typing import IO, Any

import espeakng_loader

LANGUAGE = "cmn"
MAX_CHARACTERS = 2000
"""About eight minutes of speech, 22 MB."""

_SYNCHRONOUS, _DONT_EXIT = 2, 0x8000
_UTF8, _PHONEMES = 1, 0x100
"""The text is UTF-8, and what stands in it between double brackets are phonemes."""
_RATE, _VOLUME, _PITCH = 1, 2, 3
_HALF_VOLUME = 50
"""At the default of 100 most voices clip now and then; at 50 the largest peak met is 0.57 of full scale."""
_BYTES_PER_SAMPLE = 2

_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class Refused(Exception):
    """This request can never be spoken."""


class Speaker:
    """The loaded library."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        self._libc = ctypes.CDLL(None)
        self._library.espeak_Info.restype = ctypes.c_char_p
        data = espeakng_loader.get_data_path()
        self.sample_rate_hz = self._library.espeak_Initialize(_SYNCHRONOUS, 0, os.fsencode(data), _DONT_EXIT)
        if self.sample_rate_hz <= 0:
            raise OSError(f"espeak-ng cannot read its data in {data}")
        variants = Path(data, "voices", "!v")
        self.voices = {LANGUAGE, *(f"{LANGUAGE}+{path.name}" for path in variants.iterdir())}
        self._chunks: list[bytes] = []
        self._callback = _Callback(self._take)  # must outlive the library's use of it
        self._library.espeak_SetSynthCallback(self._callback)
        self._set_voice(LANGUAGE)

    @property
    def version(self) -> str:
        return str(self._library.espeak_Info(None).decode())

    def speak(self, request: dict[str, Any]) -> bytes:
        """Return 16-bit samples; leaves the library in a state no other request should start from."""
        text = request["text"].encode()
        self._library.espeak_ng_SetRandSeed(ctypes.c_long(request["noise_seed"]))
        self._libc.srand(request["noise_seed"])
        self._set_voice(request["voice"])
        for parameter, value in ((_RATE, request["rate"]), (_PITCH, request["pitch"]), (_VOLUME, _HALF_VOLUME)):
            self._library.espeak_SetParameter(parameter, value, 0)
        size = ctypes.c_size_t(len(text) + 1)
        if self._library.espeak_Synth(text, size, 0, 1, 0, _UTF8 | _PHONEMES, None, None) != 0:
            raise OSError("espeak_Synth failed")
        return b"".join(self._chunks)

    def _take(self, wave: Any, count: int, _events: Any) -> int:
        if wave and count > 0:
            self._chunks.append(ctypes.string_at(wave, count * _BYTES_PER_SAMPLE))
        return 0

    def _set_voice(self, name: str) -> None:
        if self._library.espeak_SetVoiceByName(name.encode()) != 0:
            raise OSError(f"espeak-ng cannot load the voice {name}")


def check(request: dict[str, Any], voices: set[str]) -> None:
    """Refuse what the library would take in silence: an unknown variant becomes the base voice.

    Raises:
        Refused: with what was found and what would fit.
    """
    text, voice = request["text"], request["voice"]
    if voice not in voices:
        raise Refused(f"unknown voice {voice!r}")
    if len(text) > MAX_CHARACTERS:
        raise Refused(f"{len(text)} characters; at most {MAX_CHARACTERS} in one utterance")
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise Refused("the text holds a null or a lone surrogate")


def speak_in_child(speaker: Speaker, request: dict[str, Any]) -> tuple[bytes, int]:
    """Return the samples and the exit status (as `os.waitpid` has it) of a child that spoke the request."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            signal.setitimer(signal.ITIMER_REAL, request["seconds"])  # SIGALRM kills a child that hangs
            for inherited in (reading, 0, 1):  # so that the death of the worker shows at once on both its sides
                os.close(inherited)
            with open(writing, "wb") as pipe:
                pipe.write(speaker.speak(request))
            os._exit(0)
        finally:
            os._exit(1)
    os.close(writing)
    with open(reading, "rb") as pipe:
        samples = pipe.read()
    return samples, os.waitpid(child, 0)[1]


def answer(speaker: Speaker, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Return the head of the reply and the samples that follow it."""
    try:
        check(request, speaker.voices)
    except Refused as exc:
        return {"refused": str(exc)}, b""
    samples, status = speak_in_child(speaker, request)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM:
        return {"refused": f"took longer than {request['seconds']:g} s"}, b""
    if status != 0:
        return {"failed": f"the process that spoke ended with status {os.waitstatus_to_exitcode(status)}"}, b""
    return {"bytes": len(samples)}, samples


def reply(out: IO[bytes], head: dict[str, Any], samples: bytes = b"") -> None:
    out.write(json.dumps(head).encode() + b"\n")
    out.write(samples)
    out.flush()


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's; this process ends with its stdin
    out = sys.stdout.buffer
    try:
        speaker = Speaker()
    except OSError as exc:
        reply(out, {"failed": str(exc)})
        return
    hello = {"version": speaker.version, "sample_rate_hz": speaker.sample_rate_hz, "voices": sorted(speaker.voices)}
    reply(out, hello)
    for line in sys.stdin.buffer:
        head, samples = answer(speaker, json.loads(line))
        reply(out, head, samples)


if __name__ == "__main__":
    main()
