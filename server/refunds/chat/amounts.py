"""The amount that staff say: one, in figures, in yuan. Whatever else may be meant as one is odd and is asked again: never guessed, never left out. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from server.core.typed import yuan_to_fen

MARKED = re.compile(r"¥\s*([0-9.,]+)(?:\s*(?:元|块钱?))?|(?<![0-9A-Z.,])([0-9][0-9.,]*)\s*(?:元|块钱?)")
_PLAIN = re.compile(r"(?:^|(?<=[\s:退款共计额]))([0-9][0-9.,]*)(?=\s|$)")
_FIGURES = "零〇一二两俩三四五六七八九十百千万亿半几壹贰叁肆伍陆柒捌玖拾佰仟萬億"
_NO_TIME = "(?![钟之])"
_SPELT = re.compile(
    rf"[{_FIGURES}]+\s*(?:元|块|角|毛|分{_NO_TIME})|(?:^|(?<=\s))[{_FIGURES}]+(?=\s|$)|一半|半价|打折|对折"
)
_UNIT = rf"元|块|角|毛|分{_NO_TIME}|折|%|[{_FIGURES}]"
_LOOSE = re.compile(
    rf"(?<![0-9A-Z])[0-9][0-9.,]*[A-Z]|(?:^|(?<=\s))[0-9][0-9.,]*(?=\s|$)|[0-9]\s*(?:{_UNIT})|(?:{_UNIT})\s*[0-9]"
)
"""A figure beside the amount that is another one, or a part of it."""
_ANY_UNIT = _UNIT.replace(_NO_TIME, "")
_MEASURED = re.compile(rf"[0-9]\s*(?:{_ANY_UNIT})|(?:{_UNIT})\s*[0-9]")
"""A figure that is not of yuan, though it stands alone: ``5 角``, ``2 万``, ``20 分钟``."""
NEGATIVE = "负"


@dataclass(frozen=True, slots=True)
class SaidAmount:
    """``fen`` is None when none was said, and when what was said is ``odd``; ``rest`` are the words without it."""

    fen: int | None
    odd: bool
    rest: str


def amount_said(text: str) -> SaidAmount:
    """``text``: the words as `amount_line` has them, without what names the payment. A sign before a figure is ``NEGATIVE``."""
    marked = [found[1] or found[2] for found in MARKED.finditer(text)]
    rest = MARKED.sub(" ", text)
    if marked:
        said, is_loose = marked, _LOOSE.search(rest) is not None
    else:
        said = [found[1] for found in _PLAIN.finditer(rest)]
        rest = _PLAIN.sub(" ", rest)
        is_loose = re.search("[0-9]", rest) is not None or _MEASURED.search(text) is not None
    fen = yuan_to_fen(said[0]) if len(said) == 1 else None
    odd = is_loose or (bool(said) and fen is None) or "¥" in rest or _is_odd(text)
    return SaidAmount(None if odd else fen, odd, rest)


def _is_odd(text: str) -> bool:
    """Figures in words, a sign, another currency, figures of another script."""
    if _SPELT.search(text) or re.search(rf"{NEGATIVE}\s*[¥0-9]", text):
        return True
    foreign = (one for one in text if one not in "0123456789¥〇")
    return any(unicodedata.category(one) in {"Sc", "Nd", "Nl", "No"} for one in foreign)
