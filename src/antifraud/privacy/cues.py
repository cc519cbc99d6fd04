"""What a number is said to be: the nearest word before it decides."""

from __future__ import annotations

import re
from typing import Final, Literal

Cue = Literal["code", "tail", "id", "card", "phone", "landline", "account", "qq", "wechat", "none"]

_NAMED: Final[dict[str, str]] = {
    "account": r"(?:社保|社会保障|公积金|医保|保单|保险单|客户|用户|会员|学|护照|军官证|驾驶证|驾照|档案|病历"
    r"|就诊卡|电表|水表|燃气|缴费)"
    r"(?:账户|帐户|账|帐)?(?:号码|编号|号|户号)|户号",
    "code": r"(?:订单|快递|运单|物流|流水|工单)(?:的?编号|号码|单号|号)?|(?:快递|单据|交易|凭证|案件|合同"
    r"|发票|批次|货|型|款|工|警|编|单|票|条形|股票|基金|产品"
    r"|取件|取餐|取货|提货|验证|校验|邀请|确认|会议|航班|房间|座位|邮政|参考|文件|受理|通知书|立案|兑换|提取"
    r"|动态|短信)(?:的?编号|号码|单号|号|码|代码)"
    r"|密码|邮编|热线|型号|编码|代码|口令|会议",
    "tail": r"尾号|后[三四五六]位",
    "id": r"身份证(?:号码?|件号?)?|证件号?码?|身份号码",
    "card": r"银行卡号?|信用卡号?|储蓄卡号?|借记卡号?|工资卡号?|(?:收款|对公|银行|转账)?[账帐][户号](?:号码)?"
    r"|卡号码?|卡上|卡里|(?:这|那)[张个]卡|[的张新老]卡",
    "landline": r"座机号?码?|固话|固定电话|总机|传真|(?:办公室|家里|家|单位|公司|店里|前台)(?:的?座机|的?电话"
    r"|的?号码?)",
    "phone": r"手机号?码?|电话号?码?|号码|联系方式|来电|回电|回拨|拨打|致电|打|拨|发到|发给|发送到|同号|换号"
    r"|的号|预留|机主",
    "qq": r"(?:[QqＱ]{2}|扣扣|企鹅)(?:号码?|群号?)?",
    "wechat": r"微信号?|[威V]信号?|微信",
}
_CUE = re.compile("|".join(f"(?P<{kind}>{words})" for kind, words in _NAMED.items()))
REACH: Final = 16
"""Characters before a number in which a word speaks for it; a design choice."""
_ENDS = re.compile(r"[。！？!?；;]")
_ENDS_OF_CODE: Final = 10
"""A word for a code is said right before it; 订单 further away than this says nothing about a telephone number."""

NOBODYS: Final[frozenset[Cue]] = frozenset(("code", "tail"))
"""What makes a number no whole number of anybody."""


def cue_before(text: str, start: int) -> Cue:
    """Return what the last telling word before `start` says the number there is."""
    near = text[max(0, start - REACH) : start]
    found: Cue = "none"
    for match in _CUE.finditer(near):
        rest = near[match.end() :]
        kind: Cue = match.lastgroup  # type: ignore[assignment]
        if kind in ("code", "tail") and (_ENDS.search(rest) or len(rest) > _ENDS_OF_CODE):
            continue
        found = kind
    return found
