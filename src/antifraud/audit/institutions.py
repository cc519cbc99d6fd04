"""Names of institutions that exist; dialogues are to name fictitious ones.

A closed list, because it is what a gate refuses: the nationwide banks by the list of the banking regulator, the
companies that callers pretend to be most in the released dialogues and in police warnings, and authorities of a named
place. Authorities without a place (公安局, 医保局, 国家反诈中心) name an office and nobody's, so they may be said.
It stands in code rather than among the packs: packs are what is said, and other packs must not lift the ban.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal

_BANKS: Final = """
    工商银行 建设银行 农业银行 中国银行 交通银行 邮储银行 邮政储蓄银行 招商银行 浦发银行
    浦东发展银行 民生银行 兴业银行 光大银行 中信银行 平安银行 华夏银行 广发银行 浙商银行 渤海银行
    恒丰银行 北京银行 上海银行 江苏银行 南京银行 宁波银行 杭州银行 微众银行 网商银行 工行 农行
    建行 招行 邮储
"""
_COMPANIES: Final = """
    支付宝 微信支付 淘宝 天猫 京东 拼多多 抖音 美团 饿了么 唯品会 苏宁 滴滴出行 携程 顺丰
    圆通 中通快递 申通 韵达 极兔 德邦快递 中国移动 中国联通 中国电信 腾讯 阿里巴巴 百度 字节跳动
    蚂蚁金服 蚂蚁集团 花呗 借呗 国家电网 中国平安 中国人寿 太平洋保险 人保财险 南方航空 南航
    东方航空 东航 国航 海南航空 海航 春秋航空 亚马逊
"""
_PLACES: Final = """
    北京 上海 天津 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北
    湖南 广东 海南 四川 贵州 云南 陕西 甘肃 青海 内蒙古 广西 西藏 宁夏 新疆 广州 深圳 武汉
    成都 杭州 南京 西安 苏州 青岛 大连 厦门 长沙 郑州 沈阳 哈尔滨 合肥 福州 济南 昆明 宁波
    无锡 东莞 佛山 石家庄 南昌 贵阳 南宁 太原 长春 兰州 海口
"""

_SHORT = r"(?![业为动人李程驶走])"
"""手工行业 is no bank: what follows a short name tells."""
_KINDS: Final[tuple[tuple[Literal["bank", "company", "authority"], re.Pattern[str]], ...]] = (
    ("bank", re.compile("|".join(name + (_SHORT if len(name) == 2 else "") for name in _BANKS.split()))),
    ("company", re.compile("|".join(_COMPANIES.split()))),
    (
        "authority",
        re.compile(
            rf"(?:{'|'.join(_PLACES.split())})(?:省|市)?[\u4e00-\u9fff]{{0,6}}?"
            r"(?:公安局|公安分局|公安厅|检察院|法院|海关|医保局|社保局|税务局)"
        ),
    ),
)


def named_institutions(text: str) -> Iterator[tuple[Literal["bank", "company", "authority"], str]]:
    """Yield the names of real institutions in a text, with their kind."""
    for kind, pattern in _KINDS:
        yield from ((kind, name) for name in pattern.findall(text))
