from __future__ import annotations

import json
import re
from pathlib import Path
from random import Random

import phonenumbers
import pytest
from stdnum import luhn
from stdnum.cn import ric

from antifraud.config import load_config
from antifraud.errors import ConfigError
from antifraud.intake.lenient import read_any
from antifraud.labels import Act
from antifraud.privacy.anonymiser import Anonymiser
from antifraud.privacy.dictionary import tags
from antifraud.privacy.finding import find, mentions
from antifraud.privacy.keyed_draws import KeyedDraws
from antifraud.privacy.kinds import Kind
from antifraud.privacy.number_surrogates import normal, surrogate_number
from antifraud.privacy.secret import read_key
from antifraud.privacy.validity import id_check, number_kind
from antifraud.records import Evidence
from tests.audit.calls import RELEASED, call

KEY, OTHER = b"a key of this test, 32 bytes ...", b"another key of this test ......."
SPOKEN = str.maketrans("0123456789X", "零幺二三四五六七八九叉")
CALL = (
    "您好，是王建国先生吗？我是小李。",
    "我是，怎么了？",
    "您尾号5678的手机卡，就是13812345678，欠费三千五百八十元。",
    "是一三八，一二三四，五六七八，对，王先生就是我，建国也是我，我老婆叫李秀英。",
    "身份证11010519491231002X，5月18号星期四签的，地址浦东新区世纪大道100号2801室。",
)
HIDDEN = (
    "王建国",
    "建国",
    "王先生",
    "李秀英",
    "小李",
    "13812345678",
    "11010519491231002X",
    "世纪大道",
    "5月18号",
    "5678",
)


def texts(key: bytes, *said: str, name: str = "a") -> list[str]:
    return [turn.text for turn in Anonymiser(key).anonymise(call(name, *said)).dialogue.turns]


def random_number(kind: str, rng: Random) -> str:
    """Return a number that passes the checks of real ones."""
    if kind == "mobile":
        return "138" + f"{rng.randrange(10**8):08d}"
    if kind == "landline":
        return "021" + f"6{rng.randrange(10**7):07d}"
    if kind == "bank_card":
        body = "622588" + f"{rng.randrange(10**9):09d}"
        return body + luhn.calc_check_digit(body)
    body = f"110105{rng.randint(1950, 2004)}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}{rng.randrange(1000):03d}"
    return body + id_check(body + "0")


def could_be_dialled(digits: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(digits, "CN"))
    except phonenumbers.NumberParseException:
        return False


@pytest.mark.parametrize(
    ("kind", "cue"),
    [("mobile", "手机"), ("landline", "座机"), ("id_card", "身份证"), ("bank_card", "卡号")],
)
def test_surrogates_of_valid_numbers_are_invalid_keep_their_form_and_hide_the_original(kind: str, cue: str) -> None:
    rng = Random(kind)
    for _ in range(150):
        number = random_number(kind, rng)
        said = number if rng.random() < 0.5 else number.translate(SPOKEN)
        cut = rng.randint(3, 8)
        new = texts(KEY, f"{cue}{said[:cut]}，{said[cut:]}。", f"{said}对吗")
        digits = normal(new[0]).removeprefix(cue).removesuffix("。").replace("，", "")
        assert number not in normal(new[0]).replace("，", "") + normal(new[1])
        assert len(digits) == len(number)
        assert new[0][len(cue) + cut] == "，"
        assert said[0].isascii() == new[0][len(cue)].isascii()
        assert normal(new[1]) == f"{digits}对吗"
        assert number_kind(digits) is None
        assert not ric.is_valid(digits)
        assert kind != "bank_card" or not luhn.is_valid(digits)
        if kind in ("mobile", "landline"):
            assert not could_be_dialled(digits)


def test_nothing_of_a_call_is_left_and_one_person_has_one_surrogate() -> None:
    result = Anonymiser(KEY).anonymise(call("a", *CALL, reason="王建国挂了"))
    new, counts = result.dialogue, result.replaced
    written = new.model_dump_json()
    assert not [value for value in HIDDEN if value in written or value in normal(written)]
    assert counts[Kind.MOBILE] == 3
    said = [turn.text for turn in new.turns]
    full = said[0].split("是")[1].split("先生")[0]
    assert f"{full[0]}先生就是我" in said[3]
    assert f"{full[1:]}也是我" in said[3]
    assert new.ending.reason == f"{full}挂了"
    assert said[0].split("我是小")[1][0] == said[3].split("叫")[1][0]
    mobile = said[2].split("就是")[1][:11]
    assert said[2].startswith(f"您尾号{mobile[-4:]}的")
    assert normal(said[3].replace("，", "")).startswith(f"是{mobile}")
    assert "星期四" in said[4]


def test_the_same_key_gives_the_same_surrogates_and_another_key_others() -> None:
    assert texts(KEY, *CALL) == texts(KEY, *CALL)
    assert all(one != other for one, other in zip(texts(KEY, *CALL), texts(OTHER, *CALL)) if one != "我是，怎么了？")
    draws = KeyedDraws(KEY)
    assert (
        surrogate_number(draws, Kind.MOBILE, "13812345678") == surrogate_number(draws, Kind.MOBILE, "8613812345678")[2:]
    )
    assert Anonymiser(KEY).fingerprint(b"a") != Anonymiser(OTHER).fingerprint(b"a")


def test_codes_hotlines_and_prices_of_one_digit_stay() -> None:
    said = (
        "订单编号202305180099887766",
        "验证码二四六八一零",
        "打95588或者96110",
        "工号零三七二",
        "一百块",
        "尾号3344的订单",
    )
    assert texts(KEY, *said) == list(said)


def test_every_handle_gets_a_surrogate_that_nobody_can_have() -> None:
    new = texts(
        KEY, "微信happy_2023x", "QQ号七七八八九九零零", "邮箱li.wei@qq.com", "车牌沪A12345", "网址https://t.cn/a?b=1"
    )
    assert new[0][2] == "0"
    assert new[1].startswith("QQ号零")
    assert new[2].endswith("@example.com")
    assert new[3].startswith("车牌沪I")
    assert new[4].startswith("网址https://example.com/")


def test_a_quote_stays_a_quote_of_its_turn() -> None:
    made = call("a", "喂", "我手机13812345678，您打。", decisive=Evidence(turn=1, quote="138123", act=None))
    new = Anonymiser(KEY).anonymise(made).dialogue
    assert new.decisive is not None
    assert new.decisive.quote in new.turns[1].text
    assert "138123" not in new.decisive.quote


def test_a_call_holds_no_value_afterwards_that_was_found_in_it() -> None:
    lines = (Path(__file__).parent / "held_out.jsonl").read_text(encoding="utf-8").splitlines()
    seen = 0
    for place, row in enumerate(row for row in map(json.loads, lines) if "text" in row):
        new = texts(KEY, row["text"], name=f"c{place}")[0]
        for span in find(row["text"]):
            seen += 1
            assert row["text"][span.start : span.end] not in new, span.kind
    assert seen > 100


def test_a_key_is_required_long_enough_and_outside_the_runs(tmp_path: Path) -> None:
    config = load_config(None, {"ANTIFRAUD_PRIVACY_KEY": "0" * 32}, [f"run.folder={tmp_path / 'runs'}"])
    assert read_key(config, {"ANTIFRAUD_PRIVACY_KEY": "0" * 32}) == b"0" * 32
    with pytest.raises(ConfigError, match="set ANTIFRAUD_PRIVACY_KEY"):
        read_key(config, {})
    with pytest.raises(ConfigError, match="has 3 bytes"):
        read_key(config, {"ANTIFRAUD_PRIVACY_KEY": "abc"})
    (tmp_path / "runs").mkdir()
    for folder, said in ((tmp_path, None), (tmp_path / "runs", "must not lie")):
        (folder / "key").write_text("1" * 32, encoding="utf-8")
        given = load_config(None, {}, [f"run.folder={tmp_path / 'runs'}", f"privacy.key_file={folder / 'key'}"])
        if said is None:
            assert read_key(given, {}) == b"1" * 32
            continue
        with pytest.raises(ConfigError, match=said):
            read_key(given, {})


def test_a_bare_surname_goes_with_the_name_it_belongs_to() -> None:
    first, second = texts(KEY, "您好，我姓王，叫王建国。", "王先生，你说你姓欧阳？")
    surname = re.search("我姓(.)，叫(.)", first)
    assert surname is not None
    assert surname[1] == surname[2] != "王"
    assert second.startswith(f"{surname[1]}先生")
    assert "欧阳" not in second


def test_quotes_of_a_call_are_anonymised_with_it() -> None:
    said = call("a", "您把钱转给王建国，电话13812345678。", "好。")
    proof = Evidence(turn=0, quote="转给王建国，电话13812345678", act=Act.ASK_TRANSFER)
    told = said.model_copy(update={"quotes": (proof,), "decisive": proof})
    new = Anonymiser(KEY).anonymise(told).dialogue
    assert new.decisive is not None
    for quote in (new.decisive.quote, new.quotes[0].quote):
        assert quote in new.turns[0].text
        assert "王建国" not in quote
        assert "13812345678" not in quote


def is_anybodys(value: str) -> bool:
    """Tell whether a name (高兴) may as well be a word that is said elsewhere; three digits say nothing alone."""
    return len(value) == 1 or (len(value) == 2 and value in tags()) or (len(value) == 3 and value.isdigit())


@pytest.mark.parametrize("label", RELEASED)
def test_nothing_that_was_found_in_released_dialogues_is_left_in_them(label: str) -> None:
    dialogues, _ = read_any(RELEASED[label])
    anonymiser, seen = Anonymiser(KEY), 0
    for dialogue in dialogues:
        new = anonymiser.anonymise(dialogue).dialogue
        left = "\n".join([*(turn.text for turn in new.turns), new.ending.reason])
        before = [*(turn.text for turn in dialogue.turns), dialogue.ending.reason]
        for place in (place for mention in mentions(before) for place in mention.places):
            seen += 1
            value = before[place.turn][place.start : place.end]
            assert value not in left or is_anybodys(value)
    assert seen > 100
