"""Units of school mathematics: what each measures, and how much of the base unit it is. Counters (個, 人, 通り) measure nothing.

Factors are exact fractions, written as text for the sandbox. Sources: the SI brochure (9th edition) for its units; 1 a = 100 m².
"""

from __future__ import annotations

import re

__all__ = ["COUNTERS", "UNITS", "split_unit"]

UNITS: dict[str, tuple[str, str]] = {}
"""Unit → what it measures, factor to the base unit."""

for _measure, _row in {
    "length": "mm 1/1000 cm 1/100 m 1 km 1000 センチ 1/100 メートル 1 キロメートル 1000 ミリ 1/1000 センチメートル 1/100 ミリメートル 1/1000 "
    "inch 127/5000 inches 127/5000 feet 381/1250 foot 381/1250 ft 381/1250 mile 201168/125 miles 201168/125 yards 1143/1250",
    "area": "mm^2 1/1000000 cm^2 1/10000 m^2 1 km^2 1000000 a 100 ha 10000 アール 100 ヘクタール 10000 平方センチメートル 1/10000 "
    "平方メートル 1 平方キロメートル 1000000",
    "volume": "mm^3 1/1000000000 cm^3 1/1000000 m^3 1 mL 1/1000000 ml 1/1000000 dL 1/10000 dl 1/10000 L 1/1000 l 1/1000 kL 1 "
    "ミリリットル 1/1000000 デシリットル 1/10000 リットル 1/1000 立方センチメートル 1/1000000 立方メートル 1 cc 1/1000000",
    "mass": "mg 1/1000 g 1 kg 1000 t 1000000 グラム 1 キログラム 1000 トン 1000000 ミリグラム 1/1000",
    "time": "秒 1 秒間 1 秒後 1 分 60 分間 60 分後 60 時間 3600 時間後 3600 日 86400 日間 86400 日後 86400 週間 604800 s 1 sec 1 second 1 seconds 1 min 60 minute 60 "
    "minutes 60 h 3600 hr 3600 hour 3600 hours 3600 day 86400 days 86400 week 604800 weeks 604800",
    "speed": "m/s 1 km/h 5/18 km/s 1000 m/min 1/60 cm/s 1/100 km/min 50/3 mph 1397/3125",
    "angle": "deg 1 度 1 degree 1 degrees 1",
    "percent": "% 1/100 パーセント 1/100 percent 1/100 割 1/10",
    "yen": "円 1 ¥ 1 yen 1",
    "dollar": "$ 1 dollar 1 dollars 1 ドル 1 cent 1/100 cents 1/100 セント 1/100",
}.items():
    _words = _row.split()
    UNITS |= {name: (_measure, factor) for name, factor in zip(_words[::2], _words[1::2], strict=True)}

# Numbers of other bases: what they measure is the base, so that 1101_2 is not 1101_3; without a base only the digits are compared.
UNITS |= {f"base{base}": (f"base{base}", "1") for base in range(2, 37)}

COUNTERS = tuple(
    sorted(
        """個 人 本 枚 匹 頭 羽 台 冊 箱 袋 回 度 点 通り とおり 組 班 列 行 段 桁 項 群 校 店 社 国 時 年 年間 か月 カ月 ヶ月 ヵ月 月 歳 才 歩 周 試合 票 問 題 席 部屋 室 階 番目 番 倍 つ
        名 ページ セット 杯 皿 切れ 輪 足 着 軒 両 種類 箇所 か所 か国 色 位 等 units unit apples people students ways pieces coins marbles books cards balls points times boxes pages
        square cubic sq""".split(),
        key=len,
        reverse=True,
    )
)
_ALL = sorted([*UNITS, *COUNTERS], key=len, reverse=True)
_ENGLISH = re.compile(r"^(?:[A-Za-z]+\.?\s*){1,4}$")
_SQUARE = re.compile(r"(?:square|sq\.?)\s*(cm|m|km|mm|centimeters?|meters?|kilometers?|inches|feet|ft|units?|miles?)$")
_CUBIC = re.compile(r"(?:cubic|cu\.?)\s*(cm|m|km|mm|centimeters?|meters?|inches|feet|ft|units?)$")
_LONG = {
    "centimeter": "cm",
    "centimeters": "cm",
    "centimetre": "cm",
    "centimetres": "cm",
    "meter": "m",
    "meters": "m",
    "metre": "m",
    "metres": "m",
    "kilometer": "km",
    "kilometers": "km",
    "kilometre": "km",
    "kilometres": "km",
    "millimeter": "mm",
    "millimeters": "mm",
    "gram": "g",
    "grams": "g",
    "kilogram": "kg",
    "kilograms": "kg",
    "liter": "L",
    "liters": "L",
    "litre": "L",
    "litres": "L",
    "milliliters": "mL",
}


def split_unit(text: str) -> tuple[str, str]:
    """The number's part and the unit or counter at the end of a text; the unit is empty where there is none."""
    bare = text.strip()
    for pattern, power in ((_SQUARE, "^2"), (_CUBIC, "^3")):
        if found := pattern.search(bare):
            name = _LONG.get(found[1], found[1])
            unit = f"{name}{power}" if f"{name}{power}" in UNITS else "個"
            return bare[: found.start()].strip(), unit
    found = re.search(r"(?<=\S)\s*([A-Za-z]{4,})$", bare)
    if found and found[1].lower() in _LONG:
        return bare[: found.start()].strip(), _LONG[found[1].lower()]
    for unit in _ALL:
        if not bare.endswith(unit) or len(bare) == len(unit):
            continue
        rest = bare[: -len(unit)].rstrip()
        if unit[0].isascii() and unit[0].isalpha() and (rest[-1:].isalpha() and not rest.endswith("\\pi")):
            continue
        # A letter behind a number without a blank may be a variable: 3a, 2m; a lone one behind a blank or of \text is a unit.
        if len(unit) == 1 and unit.isascii() and unit.isalpha():
            continue
        if re.search(r"[\d})\]!]$|[千万億兆]$", rest) or rest.endswith(("\\pi", "数", "π")):
            return rest, unit
    return bare, ""
