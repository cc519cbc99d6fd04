from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antifraud.privacy.finding import by_rules, find_in_turns
from antifraud.privacy.kinds import Kind, Mention, Place
from antifraud.privacy.signs import features
from antifraud.privacy.tagger import places

TRAIN = Path(__file__).parents[2] / "scripts" / "finder" / "train.py"


def kinds(*turns: str) -> list[list[tuple[str, str]]]:
    found = find_in_turns(turns)
    return [[(turn[span.start : span.end], span.kind.value) for span in spans] for turn, spans in zip(turns, found)]


def test_labels_of_signs_become_places_and_none_crosses_a_turn() -> None:
    labels = ["O", "B-person", "I-person", "I-person", "I-person", "I-person", "B-mobile"]
    assert list(places(["喂张三", "李四8"], labels)) == [
        Mention(Kind.PERSON, (Place(0, 1, 3),)),
        Mention(Kind.PERSON, (Place(1, 0, 2),)),
        Mention(Kind.MOBILE, (Place(1, 2, 3),)),
    ]


def test_there_are_features_for_every_sign_and_for_every_end_of_a_turn() -> None:
    turns = ["我叫黄文斌。", "", "幺三八"]
    assert len(features(turns, by_rules(turns))) == len("\n".join(turns))
    assert features([""], []) == []


def test_what_is_said_around_decides_where_no_rule_can() -> None:
    assert kinds("您手机尾号多少？", "八八六六。") == [[], [("八八六六", "mobile")]]
    assert kinds("我在宏远机械厂上班，三年了") == [[("宏远机械厂", "employer")]]
    assert kinds("孩子班主任姓什么？", "龚老师，龚雪梅老师。") == [[], [("龚老师", "person"), ("龚雪梅", "person")]]
    assert kinds("验证码是六位数，", "四四一九零二。") == [[], []]
    assert kinds("这个高速上马上就到了，方便的话您等一下") == [[]]


@pytest.mark.parametrize("turns", [[], [""], ["", ""], ["。"]])
def test_nothing_is_found_in_nothing(turns: list[str]) -> None:
    assert not any(find_in_turns(turns))


@given(st.lists(st.text("我叫王小建国老师幺三八零1389卡号，。-aB@点com京路号室", max_size=16), max_size=4))
def test_whatever_is_said_places_lie_in_their_turns_and_do_not_overlap(turns: list[str]) -> None:
    for turn, spans in zip(turns, find_in_turns(turns), strict=True):
        ends = [0, *(span.end for span in spans)]
        assert all(span.start >= end and span.end > span.start for span, end in zip(spans, ends))
        assert ends[-1] <= len(turn)


def test_the_same_lines_teach_the_same_model(tmp_path: Path) -> None:
    lines = tmp_path / "lines.jsonl"
    lines.write_text(
        '{"text": "喂，是吴美琴吗？", "spans": [{"start": 3, "end": 6, "type": "person"}]}\n'
        '{"turns": ["电话报一下", "幺三八零零幺三"], "spans": [[], [{"start": 0, "end": 7, "type": "mobile"}]]}\n'
        '{"text": "马上就到了", "spans": []}\n',
        encoding="utf-8",
    )
    for name in ("one", "two"):
        subprocess.run([sys.executable, TRAIN, lines, "--model", tmp_path / name], check=True, capture_output=True)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
