from __future__ import annotations

import pytest

from antifraud.audit.personal import findings, personal
from antifraud.privacy.validity import is_national_id, passes_luhn
from tests.audit.calls import call

SPOKEN = str.maketrans("0123456789X", "零幺二三四五六七八九叉")


def kinds(text: str) -> list[str]:
    return [kind for kind, _ in findings(text)]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("身份证是11010519491231002X，您核对。", "national_id"),
        ("您的号码是" + "110105194912310021".translate(SPOKEN), None),
        ("您的号码是" + "11010519491231002X".translate(SPOKEN) + "对吧", "national_id"),
        ("您的号码是幺幺零幺零五，幺九四九，幺二三幺，零零二，叉", "national_id"),
        ("11010519490231002X这个", None),
        ("我的手机是18612340000，你下午打给我。", "mobile"),
        ("我电话幺三三 五五五五 零零零零，微信也是这个。", "mobile"),
        ("回拨一五零一二三四五六七八就可以了。", "mobile"),
        ("回拨+86 138-1234-5678", "mobile"),
        ("回拨幺零三八幺二三四五六七", None),
        ("办公室电话0571-87650000，找林主任。", "landline"),
        ("打零二幺，六二三四零零零零转人工。", "landline"),
        ("打零二幺，幺二三四零零零零转人工。", None),
        ("打四零零，八幺零，幺二三四", "service_number"),
        ("转到这个卡6225 8800 0000 0000 119，备注。", "bank_card"),
        ("转到这个卡6225 8800 0000 0000 118，备注。", None),
        ("卡号4111 1111 1111 1111", "bank_card"),
        ("卡号4111 1111 1111 1112", None),
        ("卡号" + "4111111111111111".translate(SPOKEN), "bank_card"),
        ("订单号2111111111111114", None),
        ("您打110，或者96110，12381、12306、12393都行，急救打120。", None),
        ("二零二六年十一月二十四号，一百二十三万四千五百六十七块八毛九", None),
        ("尾号幺二三四，验证码五六七八九零", None),
        ("我是中国工商银行的", "bank"),
        ("您拿着建行卡来", "bank"),
        ("手工行业不好做，那个修建行动也停了", None),
        ("我这边是云川银行的", None),
        ("顺丰的快递", "company"),
        ("我是北京市朝阳公安分局的", "authority"),
        ("您去社区民警那儿，公安局也行", None),
    ],
)
def test_what_could_belong_to_somebody_is_found_as_written_and_as_spoken(text: str, kind: str | None) -> None:
    assert kinds(text) == ([kind] if kind else [])


def test_neighbouring_numbers_are_told_apart() -> None:
    assert kinds("幺三八幺二三四五六七八，幺五零幺二三四五六七八") == ["mobile", "mobile"]


def test_a_check_digit_decides() -> None:
    assert is_national_id("11010519491231002X")
    assert not any(is_national_id(f"11010519491231002{digit}") for digit in "0123456789")
    assert [digit for digit in "0123456789" if passes_luhn(f"411111111111111{digit}")] == ["1"]


def test_shares_count_a_dialogue_once_and_examples_are_masked() -> None:
    calls = [call("a", "打13812345678", "13812345678对吧"), call("b", "喂", "嗯"), call("c", "我工商银行的", "哦")]
    found = personal(calls)
    assert found.dialable_share == found.bank_share == pytest.approx(1 / 3)
    assert found.counts == {"bank": 1, "mobile": 2}
    assert [(one.id, one.turn, one.text) for one in found.examples if one.kind == "mobile"] == [
        ("a", 0, "138…78"),
        ("a", 1, "138…78"),
    ]
