"""What staff say in the chat, understood: forgiving of spaces, full-width characters and the order of words. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from server.core.typed import NO_FIGURE, amount_line, is_words_alone, mobiles_joined, without_pictures
from server.payments.refund_model import REASONS
from server.refunds.chat.amounts import MARKED, NEGATIVE, SaidAmount, amount_said

BIND, FIND, REFUND, CONFIRM, AGREE, REJECT = "绑定", "查单", "退费", "确认", "同意", "驳回"
WAITING, WITHDRAW, PROGRESS, TODAY, HELP = "待办", "撤回", "进度", "今日", "帮助"
_SPOKEN = {
    WITHDRAW: "退费撤回|撤回退费|撤回|撤销",
    PROGRESS: "退费进度|进度",
    REJECT: "驳回退费|驳回|不同意|拒绝",
    AGREE: "同意退费|同意",
    WAITING: "待办|待审批",
    TODAY: "今日|今天",
    FIND: "查单|查询|查找|查一下",
    CONFIRM: "确认退费|确认",
    HELP: "帮助|命令|菜单",
    REFUND: "我要退费|退费|退款",
    BIND: "绑定|绑订",
}
"""How each command may be said, longer ways first. Blanks may stand between the characters."""
_WAYS = tuple(
    (command, len(way), re.compile(r"\s*".join(way))) for command, ways in _SPOKEN.items() for way in ways.split("|")
)
_REASONS = {
    "duplicate": "重复缴费|重复付费|重复支付|重复|多交|多缴|交了两次|缴了两次",
    "wrong_item": "开错项目|开错|错开|录错",
    "not_done": "项目未做|未做|没做|不做了|未检查|没检查",
    "out_of_stock": "药品缺货|缺货|没药|无药|缺药",
}
_YES = r"(?:好的?|可以|是的?|对的?|行|嗯+|OK|YES|没问题|继续)(?:了|吧|啊)?"
_ALL = re.compile(r"(?:退?全部|全额|全退)退?(?=\s|$)")
_ITEMS = re.compile(r"按?\s*明\s*细")
_WORD = re.compile(r"[0-9A-Z]+")
_DIGITS = re.compile(r"(?<![0-9A-Z.,])[0-9]+(?![0-9A-Z]|[.,][0-9])")
_SECRET = re.compile(r"[0-9]{6}")
_SECRET_WORD = re.compile(r"(?<![0-9A-Z.,¥])[0-9]{6}(?![0-9A-Z]|[.,][0-9]|\s*(?:元|块))")
_LONE_POINT = re.compile(r"(?<![0-9])[.,]|[.,](?![0-9])")
_NO_WHOLE = re.compile(r"(?<![0-9])\.(?=[0-9])")  # .5 is not 5
_SIGN = re.compile(r"(?<![0-9A-Z])[-−](?=\s*[¥0-9])")
_NOT_THAT = re.compile(r"(?:不要|别|不用|先不|暂不)\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One command. ``number`` is a payment's or refund's number or its end, a phone's or a card's, in capitals; ``amount_fen`` is None
    when none was said; ``reason`` is a key of REASONS or empty; ``secrets``: six digits that belong on the page, not here. ``rest``
    is everything but the command, in narrow capitals; with its dashes and strokes where something is looked for.
    """

    command: str
    number: str = ""
    amount_fen: int | None = None
    odd_amount: bool = False
    reason: str = ""
    note: str = ""
    items: bool = False
    secrets: bool = False
    rest: str = field(default="", compare=False)


def heard(text: str) -> Said | None:
    """The command that ``text`` says, or None. Nothing but six digits is a Said without a command, with ``secrets``."""
    plain = _plain(text)
    if plain and not re.sub(r"(PIN|TOTP|动态码|密码|验证码|[0-9]{6}|\s|[:和])", "", plain) and _SECRET.search(plain):
        return Said(command="", secrets=True)
    command, rest = _command(plain)
    if not command:
        return None
    said = _understood(command, rest)
    return replace(said, rest=_command(_plain(text, kept="-/"))[1].strip()) if command == FIND else said


def choice(text: str) -> int | None:
    """``2``, ``２、`` or ``第2笔`` as the number of a line that was shown; None for anything else."""
    said = re.fullmatch(r"(?:第|选)?\s*([1-9])\s*(?:[.:个笔条项]|$)\s*", _plain(text))
    return int(said[1]) if said is not None else None


def reason_said(text: str) -> tuple[str, str]:
    """(a key of REASONS, the words unless they say just that); two empty texts where nothing is said, or only that it may go on."""
    words = _plain(text)
    reason, note = ("", "") if re.fullmatch(_YES, words) else _reason(words)
    return reason, re.sub(r"^原因[\s:：]*", "", " ".join(text.split())) if note else ""


def gives_up(text: str) -> bool:
    return re.fullmatch(r"算了|取消|不退了?|不用了?|不要了?|没事了?", _plain(text)) is not None


def says_yes(text: str) -> bool:
    return re.fullmatch(_YES, _plain(text)) is not None


def nearest(text: str, commands: Collection[str]) -> str:
    """What was perhaps meant by words that are no command: ``差单 A1B2C3`` → ``查单 A1B2C3``; empty where nothing is near."""
    said = re.match(r"[一-鿿]{2,4}", _plain(text))
    if said is None:
        return ""
    ways = {way: command for command in commands for way in _SPOKEN[command].split("|")}
    for length in range(len(said[0]), 1, -1):
        near = get_close_matches(said[0][:length], ways, 1, 0.5)
        if near:
            return f"{ways[near[0]]}{_plain(text)[length:]}"
    return ""


def _plain(text: str, kept: str = "") -> str:
    """Narrow capitals, one blank for whatever stands between words; commas and points stay only inside numbers. ``kept``: signs that stay,
    since days and numbers are written with them."""
    if is_words_alone(text):
        return text.upper()
    line = _LONE_POINT.sub(" ", _NO_WHOLE.sub(NO_FIGURE, amount_line(without_pictures(text))))
    line = mobiles_joined(_SIGN.sub(NEGATIVE, line))
    return re.sub(r"\s+", " ", "".join(" " if _separates(one, kept) else one for one in line)).strip()


def _separates(one: str, kept: str) -> bool:
    """Punctuation and signs, but for those that belong to amounts and numbers."""
    return one not in ".,:%" + kept and (
        unicodedata.category(one).startswith("P") or unicodedata.category(one) in {"Sm", "Sk"}
    )


def _command(plain: str) -> tuple[str, str]:
    """(the command that is said first, what is left). Who says that it shall not be done is told what may be said."""
    found: list[tuple[int, int, int, str]] = []
    for command, length, way in _WAYS:
        match = way.search(plain)
        if match is not None:
            found.append((match.start(), -length, match.end(), command))
    if not found:
        return "", plain
    start, _, end, command = min(found)
    is_meant = not _NOT_THAT.search(plain[:start]) and not plain[end:].startswith("不了")
    return command if is_meant else HELP, f"{plain[:start]} {plain[end:]}"


def _understood(command: str, rest: str) -> Said:
    whole = rest.strip()
    items = _ITEMS.search(rest)
    rest = _ITEMS.sub(" ", rest)
    rest = _ALL.sub(" ", rest) if command == REFUND else rest
    number = next((word for word in _WORD.findall(rest) if re.search("[A-Z]", word)), "")
    rest = _without(rest, number)
    marked_off = MARKED.sub(" ", rest) if command == REFUND else rest
    if not number:
        number = max(_DIGITS.findall(marked_off), key=len, default="")
        rest = _without(rest, number)
    secrets = _SECRET_WORD.search(rest) is not None or (command == CONFIRM and bool(_SECRET.fullmatch(number)))
    rest = _SECRET_WORD.sub(" ", rest)
    amount = amount_said(rest) if command == REFUND else SaidAmount(None, False, rest)
    reason, note = _reason(_WORD.sub(" ", amount.rest))
    return Said(
        command=command,
        number=number,
        amount_fen=amount.fen,
        odd_amount=amount.odd,
        reason=reason,
        note=note,
        items=items is not None,
        secrets=secrets,
        rest=whole,
    )


def _without(rest: str, number: str) -> str:
    """The first time it stands there; what was punctuation beside it is none inside a number."""
    if not number:
        return rest
    at = re.search(rf"(?<![0-9A-Z]){number}(?![0-9A-Z])", rest)
    return rest if at is None else _LONE_POINT.sub(" ", f"{rest[: at.start()]} {rest[at.end() :]}")


def _reason(rest: str) -> tuple[str, str]:
    """(a key of REASONS or empty, the words as said unless they say just that)."""
    said = re.sub(r"[\s:,.¥]+", " ", rest).strip().removeprefix("原因").lstrip()
    words = said.replace(" ", "")
    for key, ways in _REASONS.items():
        if re.search(ways, words):
            return key, "" if words == REASONS[key] or re.fullmatch(ways, words) else said
    return ("other", said) if words else ("", "")
