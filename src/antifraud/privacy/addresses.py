"""Addresses that lead to a door: region, road or estate, and a number; also a home village.

A place alone (朝阳公园, 南京路, 万达广场三楼) is no address of anybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from antifraud.privacy.kinds import Kind, Span

_REGIONS: Final = (
    "北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南"
    "|四川|贵州|云南|陕西|甘肃|青海|内蒙古"
    "|广西|西藏|宁夏|新疆|石家庄|唐山|邯郸|保定|太原|大同|沈阳|大连|鞍山|长春|哈尔滨|大庆|南京|无锡|徐州|常州"
    "|苏州|南通|扬州|盐城|杭州|宁波|温州|嘉兴|绍兴"
    "|金华|台州|合肥|芜湖|蚌埠|福州|厦门|泉州|漳州|南昌|九江|赣州|济南|青岛|淄博|烟台|潍坊|济宁|临沂|菏泽"
    "|郑州|洛阳|开封|新乡|南阳|周口|商丘|信阳|武汉|宜昌|襄阳"
    "|荆州|长沙|株洲|衡阳|岳阳|常德|广州|深圳|珠海|汕头|佛山|东莞|中山|惠州|湛江|茂名|南宁|柳州|桂林|海口"
    "|三亚|成都|绵阳|德阳|泸州|南充|宜宾|贵阳|遵义|昆明|曲靖"
    "|大理|拉萨|西安|宝鸡|咸阳|渭南|兰州|天水|西宁|银川|乌鲁木齐"
)
_SAFE: Final = "和平|和谐|和睦|回龙|回民|都江|为民|到达|成都|首都|于洪|于都|向阳|发展|来宾|来安|在田|到岗|去思"
_NO_NAME: Final = (
    "我你您他她它们的了是在到住送寄去来给把和跟就也都有没这那哪吗呢吧啊请问从向往至于址发搬租回叫说打找为达"
)
_SIGN = rf"(?:{_SAFE}|(?![{_NO_NAME}])[\u4e00-\u9fff])"
_ADMIN = (
    rf"(?:{_REGIONS}|{_SIGN}{{1,6}}?)(?:特别行政区|自治区|自治州|自治县|省|市|地区|新区|开发区|区|县|旗|镇|乡|街道)"
)
_ROAD = rf"{_SIGN}{{1,8}}?(?:路|大道|大街|街|巷|胡同|弄|道)(?:[东南西北中][一二三四五]?[段路])?"
_ESTATE = (
    rf"{_SIGN}{{1,8}}?"
    "(?:小区|花园|公寓|家园|嘉园|佳园|花苑|苑|城|广场|大厦|庄园|山庄|新村|社区|别墅|府|湾"
    "|家属院|大院|国际|中心|宿舍|里|园|居|庭|邸)(?:小区)?"
)
_VILLAGE = rf"{_SIGN}{{1,4}}?(?:村|屯|寨)"
_SAID = "零〇一二三四五六七八九十百两幺"
_NUM = rf"(?:[甲乙丙]?[A-Za-z]?\d{{1,5}}[A-Za-z]?(?:-\d{{1,4}})?|[{_SAID}]{{1,6}}|[A-Za-z甲乙丙])"
_DOOR = (
    rf"{_NUM}[ ]?(?:号院|号楼|号门|号|栋|幢|座|单元|室|组|弄|巷|户|层|楼|期|区|队)"
    rf"(?:(?:\d{{3,4}}|[零〇一二三四五六七八九幺两]{{3,4}})(?![\d元块年月点个人{_SAID}号栋幢座单室])室?)?"
)
_HARD = re.compile(rf"{_NUM}(?:号院|号楼|号|栋|幢|单元|室|组|弄|座(?=\d{{3}}|[{_SAID}]{{3}}))")
_ADDRESS = re.compile(
    rf"(?P<region>{_REGIONS})?(?P<admin>(?:{_ADMIN}){{0,5}})(?P<named>(?:{_ROAD}|{_ESTATE}|{_VILLAGE}){{0,4}})"
    rf"(?P<door>{_DOOR}(?:[ ]?{_DOOR})*(?:(?:{_ESTATE})(?:{_DOOR})+)*)(?![店线])"
)
_HOME = re.compile(
    rf"(?:(?:住|老家|家|户籍|籍贯|地址|送到|寄到)(?:地|址)?(?:在|是"
    rf"|：)?)(?P<home>(?:{_ADMIN}){{0,5}}(?:{_VILLAGE}|{_SIGN}{{2,6}}?(?:小区|花园|公寓|家园|新村)(?:小区)?))"
)
_REGION = re.compile(_REGIONS)
_WORTH = re.compile("[号栋幢座室单元村屯寨组巷弄小区花园公寓家园]")
_LEAD_IN = re.compile(r"(?:老家|户籍地?|籍贯|单位|公司|收货地|快递|家里?|地点|登记|上门|配送|邮|订|放|改|换)(?=..)")


def addresses(text: str) -> Iterator[Span]:
    """Yield the addresses of a text."""
    if not _WORTH.search(text):
        return
    last = 0
    for match in _ADDRESS.finditer(text):
        named = bool(match["admin"] or match["named"])
        if named and _HARD.search(match["door"]):
            last = match.end()
            yield Span(_opening(match, text), last, Kind.ADDRESS)
    for match in _HOME.finditer(text):
        if match.start("home") >= last and len(match["home"]) > 2:
            yield Span(_begin(text, *match.span("home")), match.end("home"), Kind.ADDRESS)


def _opening(match: re.Match[str], text: str) -> int:
    return _begin(text, match.start(), match.start("door"))


def _begin(text: str, start: int, end: int) -> int:
    """Return where an address begins: at a region, else behind words that lead to it."""
    if region := _REGION.search(text, start, end):
        head = text[start : region.start()]
        if not re.search("[省市区县路街]", head):
            return region.start()
    if lead := _LEAD_IN.match(text, start, end):
        return lead.end()
    return start
