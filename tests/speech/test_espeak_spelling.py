"""Nothing of a Mandarin text is left to espeak-ng's English voice."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from antifraud.speech.engines.espeak_spelling import spelled

PHONEMES = """
import ctypes, json, os, sys
import espeakng_loader
library = ctypes.CDLL(espeakng_loader.get_library_path())
library.espeak_Initialize(2, 0, os.fsencode(espeakng_loader.get_data_path()), 0x8000)
library.espeak_SetVoiceByName(b"cmn")
library.espeak_TextToPhonemes.restype = ctypes.c_char_p
read = []
for text in json.load(sys.stdin):
    place = ctypes.pointer(ctypes.c_char_p(text.encode()))
    read.append((library.espeak_TextToPhonemes(place, 1, 0) or b"").decode(errors="replace"))
json.dump(read, sys.stdout)
"""


def phonemes(texts: list[str]) -> list[str]:
    """Return what espeak-ng makes of each text, the parts between double brackets left out."""
    plain = [text.partition("[[")[0] + text.rpartition("]]")[2] if "[[" in text else text for text in texts]
    done = subprocess.run(
        [sys.executable, "-c", PHONEMES], input=json.dumps(plain), capture_output=True, text=True, check=True
    )
    return list(json.loads(done.stdout))


def gb2312() -> list[str]:
    return [bytes((row, cell)).decode("gb2312", "ignore") for row in range(0xB0, 0xF8) for cell in range(0xA1, 0xFF)]


def test_every_hanzi_of_gb2312_is_read_in_mandarin() -> None:
    hanzi = [character for character in gb2312() if character]
    assert len(hanzi) == 6763
    english = [text for text, read in zip(hanzi, phonemes([spelled(text) for text in hanzi])) if "(en)" in read]
    assert english == []


@pytest.mark.parametrize(
    "word", ["有点儿乱", "一会儿见", "快点儿啊", "一块儿退", "这儿", "哪儿", "活儿", "玩儿", "花儿"]
)
def test_words_that_end_in_er_are_read_in_mandarin(word: str) -> None:
    assert "(en)" in phonemes([word])[0]
    assert "(en)" not in phonemes([spelled(word)])[0]


@pytest.mark.parametrize("word", ["儿子", "女儿", "婴儿", "幼儿园", "少儿", "儿童"])
def test_words_in_which_er_is_a_child_stay_as_they_are(word: str) -> None:
    assert spelled(word) == word


def test_a_letter_a_before_another_letter_is_named() -> None:
    assert spelled("下载A P P，A四纸") == "下载诶 P P，A四纸"
