"""Values as a template's variables take them (docs/protocols/aliyun_sms.md, Corrections): one line, of a length that the template allows, never
empty, without the characters and addresses that are refused."""

from __future__ import annotations

import re
import unicodedata

from server.core.characters import cut_to_chars

NOTHING = "无"
CHARS_SHORT = 20
"""The least that is met; what a longer template is tried with once more after isv.PARAM_LENGTH_LIMIT."""
_MONEY = re.compile(r"[¥￥]?\s*([0-9]{1,3}(?:,[0-9]{3})*\.[0-9]{2})\s*元?")
_ADDRESS = re.compile(
    r"(?:https?://)?(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*\.[A-Za-z]{2,})", re.ASCII
)
_NUMBER = re.compile(r"[0-9A-Za-z]+")
"""Of a payment, a refund or a receipt: people are asked for its end, so the end stays."""
_BRACKETS = str.maketrans("【】[]", "（）（）")
_SIGNS = frozenset("，。、；：？！（）《》“”‘’—…·-_+.,:;?!()/%#*&=<>'\"¥￥")


def fitting(value: str, chars_max: int) -> str:
    """``value`` in at most ``chars_max`` characters. Money stands as ``1234.50``; of an address the points become blanks."""
    money = _MONEY.fullmatch(value.strip())
    if money is not None:
        return money[1].replace(",", "")
    if _NUMBER.fullmatch(value) and len(value) > chars_max:
        return "…" + value[1 - chars_max :]
    bare = _ADDRESS.sub(
        lambda found: found[0].partition("://")[2].replace(".", " ") or found[0].replace(".", " "), value
    )
    allowed = "".join(one if _is_taken(one) else " " for one in bare.translate(_BRACKETS))
    return cut_to_chars(" ".join(allowed.split()), chars_max, "…") or NOTHING


def _is_taken(one: str) -> bool:
    return one in _SIGNS or unicodedata.category(one)[0] in "LM" or unicodedata.category(one) in {"Nd", "Zs"}


def shorter(chars_max: int) -> int:
    """What is tried where ``chars_max`` was too much."""
    return CHARS_SHORT if chars_max > CHARS_SHORT else max(chars_max // 2, 1)
