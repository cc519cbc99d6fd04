"""Values of personal data that belong to nobody we know, drawn in every form in which people write and say them."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from antifraud.numerals import DIGITS, spoken_number
from antifraud.privacy.name_words import COMMON, COMPOUND, GIVEN, SHORT_TITLES, SURNAMES, TITLES, words

_COMMON, _RARE, _GIVEN = sorted(COMMON), sorted(SURNAMES - COMMON), sorted(GIVEN)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLACES = words(
    "金华 台州 合肥 芜湖 福州 厦门 泉州 南昌 赣州 济南 青岛 烟台 潍坊 临沂 郑州 洛阳 新乡 武汉 宜昌 襄阳 长沙 株洲"
    " 衡阳 广州 深圳 佛山 东莞 中山 惠州 南宁 柳州 桂林 成都 绵阳 泸州 贵阳 遵义 昆明 大理 西安 宝鸡 兰州 西宁 银川"
    " 石家庄 唐山 保定 太原 大同 沈阳 大连 长春 哈尔滨 南京 无锡 徐州 常州 苏州 扬州 杭州 宁波 温州 嘉兴 绍兴"
)
_DISTRICTS = words(
    "武侯 青羊 鼓楼 玄武 江岸 洪山 天河 白云 南山 宝安 雁塔 碑林 历下 市中 金水 二七 西湖 余杭 长安 裕华 和平 沈河"
)
_ROADS = words(
    "人民 解放 建设 中山 文化 学府 滨河 迎宾 团结 光明 胜利 花园 春熙 科华 香樟 桃园 东风 幸福 朝阳 长江 黄河 青年"
    " 体育场 火车站 凤凰 玉兰 纬二 经七 湖滨 环城 民主 新华"
)
_ROAD_ENDS = words("路 路 街 大道 巷 胡同 东路 北街")
_ESTATES = words(
    "锦绣 阳光 金色 翠湖 碧水 龙湖 恒大 万科 绿地 保利 中海 世纪 幸福 康乐 丽景 御景 香榭 枫林 紫荆 凤凰 东方 银河"
    " 水岸 和谐 海棠 桂花 碧桂园 天鹅湾 北苑 南湖"
)
_ESTATE_ENDS = [*words("小区 花园 家园 公寓 苑 新村 城 名邸 华府 佳园 国际 里 家属院 宿舍 社区 大厦"), ""]
_FIRMS = words(
    "宏远 鼎盛 恒瑞 天宇 华联 金茂 顺达 永安 德邦 中科 海川 东明 瑞丰 盛世 创新 博雅 优贝 育英 启明 新希望 长江 南山"
    " 红星 光华 同济 铁路 供电 第三 第二 市第一 省建筑 县"
)
_FIRM_ENDS = words(
    "物流 科技 科技公司 模具厂 食品厂 服装厂 机械厂 地产 建筑公司 建设集团 集团 有限公司 贸易公司 装饰公司 物业"
    " 幼儿园 小学 中学 大学 学院 医院 人民医院 卫生院 诊所 律师事务所 会计师事务所 研究所 设计院 银行 超市 酒店 饭店"
    " 电厂 局 街道办 派出所 乳业 药业 保险公司 快递公司 工程公司"
)


def person(rng: Random, like: str) -> str:
    """Return another person, named in the way the first one is."""
    for title in sorted(TITLES, key=len, reverse=True):
        if like.endswith(title) and (like[: -len(title)] in COMPOUND or len(like) - len(title) == 1):
            return _surname(rng) + (title if rng.random() < 0.5 else rng.choice(TITLES))
    if len(like) == 2 and like[0] in "小老":
        return like[0] + rng.choice(_COMMON)
    if len(like) == 2 and like[1] in SHORT_TITLES and like[0] in SURNAMES:
        return rng.choice(_COMMON) + (like[1] if rng.random() < 0.6 else rng.choice(SHORT_TITLES))
    if 2 <= len(like) <= 4 and (like[0] in SURNAMES or like[:2] in COMPOUND):
        return full_name(rng)
    return like


def full_name(rng: Random) -> str:
    """Return surname and given name; one in four has a given name of one sign."""
    if rng.random() < 0.08:
        return _surname(rng) + rng.choice(_GIVEN) * 2
    return _surname(rng) + "".join(rng.choice(_GIVEN) for _ in range(1 if rng.random() < 0.25 else 2))


def _surname(rng: Random) -> str:
    return rng.choice(rng.choices((_COMMON, _RARE, COMPOUND), (75, 19, 6))[0])


def written(rng: Random, digits: str) -> str:
    """Return digits in one of the ways they are written or spoken, in groups or not."""
    groups = _grouped(rng, digits)
    form = rng.choice(("plain", "plain", "said", "said", "phone", "phone", "mixed"))
    said = [_said(group, rng.choice(("plain", "said", "phone")) if form == "mixed" else form) for group in groups]
    return rng.choice((" ", "-", "，", " ", "")).join(said)


def _grouped(rng: Random, digits: str) -> list[str]:
    if rng.random() < 0.4 or len(digits) < 5:
        return [digits]
    sizes = {11: ([3, 4, 4], [3, 4, 4], [4, 4, 3], [3, 3, 5]), 18: ([6, 8, 4], [6, 4, 4, 4])}.get(
        len(digits), ([4] * 5,)
    )
    groups, place = [], 0
    for size in rng.choice(sizes):
        if place < len(digits):
            groups.append(digits[place : place + size])
            place += size
    return groups


def _said(group: str, form: str) -> str:
    if form == "plain":
        return group
    signs = "".join(DIGITS[int(sign)] if sign.isdigit() else sign for sign in group)
    return signs.replace("一", "幺") if form == "phone" else signs


def _digits(rng: Random, count: int, first: str = "123456789") -> str:
    return rng.choice(first) + "".join(rng.choice("0123456789") for _ in range(count - 1))


def _mobile(rng: Random) -> str:
    return written(rng, "1" + rng.choice("3456789") + _digits(rng, 9, "0123456789"))


def _landline(rng: Random) -> str:
    area = rng.choice(("010", "021", "0" + _digits(rng, 2, "2"), "0" + _digits(rng, 3, "3456789")))
    local = _digits(rng, rng.choice((7, 8, 8)), "2345678")
    form = rng.choice(("plain", "said", "phone"))
    head = "" if rng.random() < 0.35 else _said(area, form) + rng.choice(("-", " ", "，", ""))
    cut = len(local) - 4
    number = _said(local[:cut], form) + rng.choice(("", "", " ", "，")) + _said(local[cut:], form)
    extension = _said(_digits(rng, rng.choice((3, 4))), form)
    return head + number + (rng.choice(("转", "-", "分机")) + extension if rng.random() < 0.15 else "")


def _id_card(rng: Random) -> str:
    born = f"{rng.randint(1940, 2015)}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}"
    return written(rng, _digits(rng, 6, "12345") + born + _digits(rng, 3, "0123456789") + rng.choice("0123456789X"))


def _bank_card(rng: Random) -> str:
    return written(rng, rng.choice(("62", "62", "4", "5")) + _digits(rng, rng.choice((14, 14, 17)), "0123456789"))


def _plate(rng: Random) -> str:
    rest = "".join(rng.choice("0123456789" * 3 + "ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(rng.choice((5, 5, 5, 6))))
    if rng.random() < 0.4:
        rest = "".join(_said(sign, "phone") if sign.isdigit() else sign for sign in rest)
    return rng.choice(_PROVINCES) + rng.choice("ABCDEFGHJK") + rng.choice(("", "", " ", "·")) + rest


def _word(rng: Random, low: int = 3, high: int = 9) -> str:
    return "".join(rng.choice(_LETTERS) for _ in range(rng.randint(low, high)))


def _email(rng: Random) -> str:
    tail = _digits(rng, rng.choice((2, 3, 4, 6)))
    local = rng.choice(
        (_word(rng) + tail, _word(rng), _word(rng, 2, 4) + rng.choice("._-") + _word(rng, 2, 6), _digits(rng, 9))
    )
    domain = rng.choice(("qq", "163", "126", "gmail", "outlook", "sina", "foxmail", "hotmail", "139"))
    if rng.random() < 0.5:
        return f"{local}@{domain}.com"
    spoken = local.replace(".", "点").replace("_", "下划线").replace("-", "杠")
    if rng.random() < 0.5:
        spoken = "".join(_said(sign, "phone") if sign.isdigit() else sign for sign in spoken)
    return spoken + rng.choice(("艾特", "圈a", "at", "圈A")) + domain + rng.choice(("点com", "点cn", ".com"))


def _url(rng: Random) -> str:
    name = _word(rng) + rng.choice(("", "", _digits(rng, 2)))
    end = rng.choice(("com", "cn", "net", "top", "xyz", "com.cn", "vip"))
    if rng.random() < 0.4:
        return rng.choice(("www点", "三w点", "三个w点", "w w w点", "")) + name + "点" + end.replace(".", "点")
    head = rng.choice(("www.", "https://www.", "http://", "", "m."))
    return head + name + "." + end + rng.choice(("", "", "/" + _word(rng), "/" + _word(rng) + "?id=" + _digits(rng, 2)))


def _wechat(rng: Random) -> str:
    plain = (
        _word(rng, 4, 8) + _digits(rng, rng.choice((2, 3, 4))),
        _word(rng, 3, 6) + rng.choice("_-") + _word(rng, 3, 5),
        _word(rng, 6, 10),
    )
    name = rng.choice(plain)
    if rng.random() < 0.4:
        name = "".join(_said(sign, "phone") if sign.isdigit() else sign for sign in name).replace("_", "下划线")
    return name


def _account(rng: Random) -> str:
    head = rng.choice(("", "", "", "A", "P-", "PD", "SB", "HT-"))
    return head + written(rng, _digits(rng, rng.choice((6, 8, 8, 9, 10, 12, 15)), "0123456789"))


def _birth_date(rng: Random) -> str:
    year, month, day = rng.randint(1940, 2020), rng.randint(1, 12), rng.randint(1, 28)
    full = rng.random() < 0.5
    if rng.random() < 0.5:
        shown = str(year) if full else f"{year % 100:02d}"
        return rng.choice(
            (f"{shown}年{month}月{day}{rng.choice('日号')}", f"{year}-{month:02d}-{day:02d}", f"{shown}.{month}.{day}")
        )
    said = "".join(DIGITS[int(sign)] for sign in (str(year) if full else f"{year % 100:02d}"))
    return f"{said}年{spoken_number(month)}月{spoken_number(day)}{rng.choice(('日', '号', ''))}"


def _door(rng: Random, number: int) -> str:
    form = rng.random()
    return (
        str(number) if form < 0.5 else spoken_number(number, short=False) if form < 0.8 else _said(str(number), "phone")
    )


def _address(rng: Random) -> str:
    city = rng.choice(_PLACES) + rng.choice(("市", "市", ""))
    parts = city if rng.random() < 0.4 else ""
    parts += rng.choice(_DISTRICTS) + "区" if rng.random() < 0.4 else ""
    street = rng.choice(_ROADS) + rng.choice(_ROAD_ENDS)
    estate = rng.choice(_ESTATES) + rng.choice(_ESTATE_ENDS)
    door = _door(rng, rng.randint(1, 300)) + "号" + rng.choice(("", "", "院", "楼"))
    house = _door(rng, rng.randint(1, 40)) + rng.choice(("栋", "号楼", "幢", "座", "期"))
    unit = _door(rng, rng.randint(1, 4)) + "单元"
    room = _door(rng, rng.randint(1, 30) * 100 + rng.randint(1, 6)) + rng.choice(("室", "", "", "房", "号"))
    inside = rng.choice(
        (
            house + room,
            house + unit + room,
            house + unit,
            house,
            f"{rng.randint(1, 30)}-{rng.randint(1, 4)}-{rng.randint(1, 30)}0{rng.randint(1, 4)}",
        )
    )
    return parts + rng.choice((street + door, street + door + estate + inside, estate + inside, estate + inside))


def _employer(rng: Random) -> str:
    return (rng.choice(_PLACES) if rng.random() < 0.2 else "") + rng.choice(_FIRMS) + rng.choice(_FIRM_ENDS)


DRAWN: dict[str, Callable[[Random], str]] = {
    "mobile": _mobile,
    "landline": _landline,
    "id_card": _id_card,
    "bank_card": _bank_card,
    "plate": _plate,
    "email": _email,
    "url": _url,
    "wechat": _wechat,
    "qq": lambda rng: written(rng, _digits(rng, rng.choice((6, 8, 9, 9, 10)))),
    "account": _account,
    "birth_date": _birth_date,
    "address": _address,
    "employer": _employer,
}
"""Every kind but persons, who are named like those they stand for."""
