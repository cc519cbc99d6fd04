"""Transcripts of every form become the same call, and what none of them can be is refused without quoting it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from antifraud.intake.transcripts.reading import read_talk
from antifraud.intake.transcripts.sides import Sides
from antifraud.intake.turn_taking import take_turns
from antifraud.intake.utterances import Unfit, spoken
from antifraud.intake_config import IngestConfig
from antifraud.labels import Act, Emotion, RejectReason, Speaker

A, B = Speaker.CALLER, Speaker.CALLEE
CONFIG = IngestConfig()
PLAIN = Sides()
SAID = [
    ("left", 0.5, 3.0, "喂，您好，我是客服中心的。"),
    ("right", 3.4, 4.2, "您好，什么事？"),
    ("left", 4.5, 8.0, "您的快递丢了，给您理赔。"),
    ("right", 6.0, 6.4, "啊？"),
    ("right", 8.2, 9.0, "我没有快递。"),
]
"""The fourth is said under the third."""
WORDS = [(A, SAID[0][3]), (B, SAID[1][3]), (A, SAID[2][3]), (B, SAID[3][3]), (B, SAID[4][3])]
TIMED = [{"start": start, "end": end, "text": text, "speaker": side} for side, start, end, text in SAID]
NUMBERED = {"left": "SPEAKER_00", "right": "SPEAKER_01"}


def clock(seconds: float, comma: str = ",") -> str:
    return f"00:00:{seconds:06.3f}".replace(".", comma)


def srt(lines: list[Any], *, named: bool) -> str:
    cues = [
        f"{number}\n{clock(start)} --> {clock(end)}\n{'主叫' if side == 'left' else '被叫'}：{text}\n"
        if named
        else f"{number}\n{clock(start)} --> {clock(end)}\n{text}\n"
        for number, (side, start, end, text) in enumerate(lines, start=1)
    ]
    return "\n".join(cues)


def channel(side: str) -> list[Any]:
    return [line for line in SAID if line[0] == side]


def whisper(side: str) -> str:
    parts = [{"id": 0, "start": s, "end": e, "text": text} for _, s, e, text in channel(side)]
    return json.dumps({"text": "…", "language": "zh", "segments": parts}, ensure_ascii=False)


VTT = "WEBVTT\n\nNOTE 转写\n\n" + "\n".join(
    f"{clock(s, '.')[3:]} --> {clock(e, '.')[3:]} align:start\n<v {NUMBERED[side]}>{text}</v>\n"
    for side, s, e, text in SAID
)
FUNASR = [
    {
        "key": "rec",
        "text": "…",
        "sentence_info": [
            {"text": text, "start": round(s * 1000), "end": round(e * 1000), "spk": int(side == "right")}
            for side, s, e, text in SAID
        ],
    }
]
TAF = {
    "audio_segments": [
        {
            "role": side,
            "content": text,
            "start_time": f"00:{s:06.3f}",
            "end_time": f"00:{e:06.3f}",
            "start_time_seconds": s,
            "end_time_seconds": e,
        }
        for side, s, e, text in SAID
    ],
    "terminated_by_manager": False,
    "termination_reason": "挂断",
    "terminator": "right",
}
FORMS: dict[str, dict[str, str]] = {
    "whisperx": {
        "a.json": json.dumps({"segments": [{**line, "speaker": NUMBERED[line["speaker"]]} for line in TIMED]})
    },
    "whisper, a file for each channel": {"a.left.json": whisper("left"), "a.right.json": whisper("right")},
    "channels in one document": {"a.json": json.dumps({side: json.loads(whisper(side)) for side in NUMBERED})},
    "funasr": {"a.json": json.dumps(FUNASR)},
    "teleantifraud": {"config.jsonl": json.dumps(TAF, indent=2)},
    "lines of utterances": {"a.jsonl": "\n".join(json.dumps(line) for line in TIMED)},
    "srt": {"a.srt": srt(SAID, named=True)},
    "srt, a file for each channel": {f"a_{side}.srt": srt(channel(side), named=False) for side in NUMBERED},
    "vtt": {"a.vtt": VTT},
}
"""Each of them holds every time."""


def turns_of(folder: Path, files: dict[str, Any], sides: Sides = PLAIN) -> Any:
    """Write the files and return the turns that they become, with their times."""
    given = []
    for name, content in files.items():
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        found = next((side for side in ("left", "right") if path.stem.endswith(side)), None)
        given.append((path, found))
    return take_turns(spoken(read_talk(given, sides, CONFIG).utterances), CONFIG)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_with_times_gives_the_same_turns_with_the_back_channel_where_it_was(
    form: str, tmp_path: Path
) -> None:
    turns, timing = turns_of(tmp_path, FORMS[form])
    assert [(turn.speaker, turn.text) for turn in turns] == WORDS
    assert [turn.index for turn in turns if turn.acts == (Act.BACKCHANNEL,)] == [3]
    assert timing is not None
    assert [(time.start_seconds, time.end_seconds) for time in timing] == [line[1:3] for line in SAID]


DIALOGUE = {"left": [SAID[0][3], SAID[2][3]], "right": [SAID[1][3], SAID[4][3]]}
HISTORY = {"dialogue_history": [{"role": side, "content": text} for side, _, _, text in (*SAID[:3], SAID[4])]}
TAGGED = {
    "left": f"<|zh|><|HAPPY|><|Speech|><|withitn|>{SAID[0][3]}<|zh|><|ANGRY|><|Speech|><|withitn|>{SAID[2][3]}",
    "right": f"<|zh|><|NEUTRAL|><|Speech|>{SAID[1][3]} <|zh|><|FEARFUL|><|Cry|>{SAID[4][3]}",
}
PREFIXED = f"主叫：{SAID[0][3]}\n被叫：{SAID[1][3]}\n主叫：{SAID[2][3][:7]}\n{SAID[2][3][7:]}\n被叫: {SAID[4][3]}\n"
UNTIMED: dict[str, dict[str, str]] = {
    "left and right": {"a.json": json.dumps(DIALOGUE)},
    "dialogue_history": {"a.json": json.dumps(HISTORY)},
    "sensevoice": {"a.json": json.dumps(TAGGED)},
    "sensevoice, a file for each channel": {f"a.{side}.txt": text for side, text in TAGGED.items()},
    "sensevoice by key": {
        "a.json": json.dumps([{"key": f"rec_{side}", "text": text} for side, text in TAGGED.items()])
    },
    "text": {"a.txt": PREFIXED},
}


@pytest.mark.parametrize("form", UNTIMED)
def test_without_times_the_order_is_that_of_the_file_or_turn_by_turn(form: str, tmp_path: Path) -> None:
    turns, timing = turns_of(tmp_path, UNTIMED[form])
    assert [(turn.speaker, turn.text) for turn in turns] == [*WORDS[:3], WORDS[4]]
    assert timing is None
    if "sensevoice" in form:
        assert [turn.emotion for turn in turns] == [Emotion.NEUTRAL, Emotion.NEUTRAL, Emotion.ANGRY, Emotion.FEARFUL]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings_are_told_from_the_bytes(encoding: str, tmp_path: Path) -> None:
    turns, _ = turns_of(tmp_path, {"a.srt": srt(SAID, named=True).encode(encoding)})
    assert [(turn.speaker, turn.text) for turn in turns] == WORDS


def test_sides_follow_the_options_where_names_do_not_say_them(tmp_path: Path) -> None:
    callee_first = Sides(first_speaker=B)
    assert turns_of(tmp_path, FORMS["whisperx"], callee_first)[0][0].speaker is B
    right = Sides(caller_channel="right")
    for form in ("whisper, a file for each channel", "teleantifraud"):
        assert turns_of(tmp_path, FORMS[form], right)[0][0].speaker is B
    assert turns_of(tmp_path, UNTIMED["left and right"], right)[0][0].speaker is A, "left is the caller by its format"


SECRET = "张三的卡号是六二二二"
REFUSED: dict[str, tuple[dict[str, Any], RejectReason, str]] = {
    "one speaker": (
        {"a.json": json.dumps({"segments": [{**line, "speaker": "A"} for line in TIMED]})},
        RejectReason.NOT_TWO_SIDES,
        "1 speakers",
    ),
    "three speakers": (
        {"a.json": json.dumps([{**line, "speaker": number % 3} for number, line in enumerate(TIMED)])},
        RejectReason.NOT_TWO_SIDES,
        "3 speakers",
    ),
    "no speakers": ({"a.json": whisper("left")}, RejectReason.NOT_TWO_SIDES, "names no speaker"),
    "one channel of two": ({"a.left.json": whisper("left")}, RejectReason.NOT_TWO_SIDES, "of one channel"),
    "channels without times": (
        {"a.left.txt": "\n".join([SECRET] * 5), "a.right.txt": SECRET},
        RejectReason.NO_TIMES,
        "5 and 1 utterances",
    ),
    "half of the times": (
        {
            "a.left.json": json.dumps({"segments": [{"text": SECRET}, {"text": SECRET, "start": 3, "end": 4}]}),
            "a.right.json": whisper("right"),
        },
        RejectReason.NO_TIMES,
        "times are missing",
    ),
    "empty": ({"a.json": b""}, RejectReason.UNREADABLE, "0 bytes"),
    "zip": ({"a.json": b"PK\x03\x04" + SECRET.encode()}, RejectReason.UNREADABLE, "archive"),
    "bytes": ({"a.txt": bytes(range(256))}, RejectReason.UNREADABLE, "no text"),
    "broken json": ({"a.json": '{"segments": [{"text": "' + SECRET}, RejectReason.UNREADABLE, "begins like JSON"),
    "other json": ({"a.json": json.dumps({SECRET: [SECRET]})}, RejectReason.UNREADABLE, "unknown form"),
    "srt without cues": ({"a.srt": SECRET}, RejectReason.UNREADABLE, "no cue"),
    "srt without speakers": ({"a.srt": srt(SAID, named=False)}, RejectReason.NOT_TWO_SIDES, "names no speaker"),
    "a million lines": ({"a.txt": "甲：好\n" * 1_000_000}, RejectReason.TOO_LONG, "1,000,000 lines"),
    "too many bytes": ({"a.json": b" " * 16_000_001}, RejectReason.TOO_LONG, "16,000,001 bytes"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_call_of_two_sides_is_refused_without_a_word_of_it(case: str, tmp_path: Path) -> None:
    files, reason, detail = REFUSED[case]
    with pytest.raises(Unfit) as refused:
        turns_of(tmp_path, files)
    assert refused.value.reason is reason
    assert detail in refused.value.detail
    assert not set(SECRET) & set(refused.value.detail)


def test_neighbours_of_one_side_are_one_turn_under_a_gap_and_two_above(tmp_path: Path) -> None:
    lines = [
        {"speaker": "left", "start": 0.0, "end": 1.0, "text": "您好"},
        {"speaker": "left", "start": 1.8, "end": 2.5, "text": "我是 客服。"},
        {"speaker": "left", "start": 8.0, "end": 9.0, "text": "喂？"},
        {"speaker": "right", "start": 8.8, "end": 12.0, "text": "听见了，您说吧。"},
        {"speaker": "right", "start": 12.5, "end": 12.6, "text": "。"},
    ]
    turns, timing = turns_of(tmp_path, {"a.json": json.dumps(lines)})
    assert [turn.text for turn in turns] == ["您好，我是客服。", "喂？", "听见了，您说吧。"]
    assert timing is not None
    assert (timing[0].start_seconds, timing[0].end_seconds) == (0.0, 2.5)
    assert timing[2].start_seconds < timing[1].end_seconds, "an overlap stays one"
