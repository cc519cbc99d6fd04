"""Surrogates of persons and places: lists of names that nobody in particular bears."""

from __future__ import annotations

from typing import Final

from antifraud.privacy.name_words import words

SURNAMES: Final = tuple(
    "李王张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶余潘杜戴钟汪姜范"
)
WOMEN_OLD: Final = tuple(
    words("秀英 桂兰 淑珍 玉梅 凤霞 桂芳 秀兰 玉珍 淑芬 春梅 爱华 月娥 素芳 惠兰 翠英 玉兰 秀芝 桂琴 淑华 金花")
)
WOMEN_YOUNG: Final = tuple(
    words("雨桐 思琪 欣怡 佳宁 梦瑶 诗涵 雅静 晓彤 婉清 可欣 语嫣 若溪 悦然 静怡 慧敏 丽娜 晨曦 芷若 乐瑶 美琳")
)
MEN_OLD: Final = tuple(
    words("卫东 国强 志刚 建军 德明 永福 长林 振华 保国 福生 玉山 广田 文忠 守义 连生 庆丰 学文 金山 树林 春生")
)
MEN_YOUNG: Final = tuple(
    words("浩然 子轩 宇航 俊杰 天翔 泽宇 明哲 嘉豪 梓豪 文博 逸飞 晨阳 皓轩 凯文 思远 睿哲 志远 家乐 伟杰 鸿博")
)
SHORT_WOMEN: Final = tuple(words("静 敏 丽 娟 艳 霞 红 燕 玲 婷 洁 莉 颖 雪 琳 倩 蕾 薇 芸 茜"))
SHORT_MEN: Final = tuple(words("伟 强 磊 军 勇 涛 斌 鹏 辉 刚 波 飞 杰 峰 亮 宁 凯 健 松 毅"))
SIGNS_OF_WOMEN: Final = frozenset(
    "娜秀英静丽艳娟兰霞玲玉梅燕雪琳晶倩婷欣怡佳琪涵梓诗雅雯萱淑珍珠翠莲菊荷花芬芝茹莉蓉蓓蕾薇菲菁莹萍芸茜惠"
    "慧婉娴娅妍妮姗姣婕媛嫣琴瑶瑾璐珊彤美凤香月桂娥芳敏颖洁红云巧"
)
SIGNS_OF_AGE: Final = frozenset("建国军卫红秀英桂兰淑珍玉梅凤霞芬华志刚德福贵长林振保庆永素翠金树根芝娥")
PLACES: Final = tuple(
    words(
        "云川 临河口 青石 望江 柳溪 东篱 白鹭 松原台 清泉 银杏 梧桐里 碧水 南浦 北苑 锦屏 秋水 长桥 星湖 石桥"
        " 桃源 杏花 竹园 枫林 玉带 凤栖 鹤鸣 麓山 沧浪 澄江 芦荡 紫阳 翠屏"
        " 金沙 桂苑 静安里 福田坊 丰乐 永宁里 安澜 春晓"
    )
)
EMPLOYERS: Final = tuple(
    words("云川 青石 望江 柳溪 白鹭 清泉 银杏 碧水 南浦 锦屏 秋水 长桥 星湖 石桥 枫林 玉带 鹤鸣 麓山 沧浪 澄江")
)
