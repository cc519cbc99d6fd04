"""What is said for what is written."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from antifraud.speech.reading import speakable, spoken

READINGS = [
    tuple(line.split("\t"))
    for line in Path(__file__).with_name("readings.tsv").read_text(encoding="utf-8").splitlines()[1:]
]
PROMISED = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fffA-Za-z，。！？、；： ]*")
NOTHING = [
    "",
    " ",
    "！！！……",
    "，。",
    "😀😀",
    "[laugh]",
    "<b></b>",
    "\\\\",
    "———",
    "()（）",
    "\0\u200b\ufeff",
    "**__**",
]


@pytest.mark.parametrize(("written", "said"), READINGS, ids=[written for written, _ in READINGS])
def test_numbers_codes_and_marks_are_read_as_people_say_them(written: str, said: str) -> None:
    assert spoken(written) == said


@pytest.mark.parametrize("text", NOTHING, ids=repr)
def test_a_text_without_words_reads_as_nothing(text: str) -> None:
    assert spoken(text) == ""
    assert not speakable(text)


@pytest.mark.parametrize(
    "text",
    [
        "[laugh]好的[uv_break]，<b>您说</b>",
        "a" * 2000,
        "好" * 2000,
        "1" * 2000,
        "1.2.3.4:5-6/7%8,9~10" * 100,
        "Ελληνικά и по-русски 好",
        "²③Ⅷ½٣",
        "\ud800好",
        "好\n\n\t好\r\n",
        "http://../..?&=%好",
        "￥￥￥,,..1",
    ],
    ids=lambda text: ascii(text)[:20],
)
def test_whatever_is_written_only_speakable_characters_come_out(text: str) -> None:
    said = spoken(text)
    assert PROMISED.fullmatch(said)
    assert bool(said) == speakable(text)
    assert not re.search("[，、；：。！？]{2}", said)


def test_what_has_been_read_once_reads_the_same_again() -> None:
    for _, said in READINGS:
        assert spoken(said) == said


def test_a_text_of_hanzi_never_loads_the_normaliser() -> None:
    code = (
        "import sys; from antifraud.speech.reading import spoken;"
        "spoken('尾号三五二九，App——好吧'); print('wetext' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
