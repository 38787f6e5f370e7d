"""What people type (names, phone numbers, codes, card numbers, ID numbers, amounts), read forgivingly, and by the same rules wherever
it is typed. What is compared with a stored value goes through the same function on both sides.

Forgiven are full-width characters, every kind of blank, invisible characters and direction marks, every kind of dash and middle dot,
and case. ``miniprogram/lib/typed.js`` has the same rules for what a phone can check by itself; ``tests/support/typed.json`` holds both
to the same examples.
"""

from __future__ import annotations

import re
import unicodedata

from server.core.errors import BadInput

CODE_DIGITS = 6
CARD_CHARS_MAX = 64
TYPED_CHARS_MAX = 400
DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣－ー˗⁃➖"), "-")
_DOTS = dict.fromkeys(map(ord, "˙ᐧ·•‧∙⋅⸱・･᛫ꞏ●•・"), "·")
_POINT_BETWEEN_NAMES = re.compile(r"(?<=[^\W\d_a-z])[.。﹒](?=[^\W\d_a-z])")
_SEVERAL_DOTS = re.compile("·{2,}")
_FIGURES = frozenset({"No", "Nl"})
"""Of ², ½, ② and their like, which would be other amounts in plain digits."""
NO_FIGURE = "٠"
"""Stands for such a figure: no amount has it."""
_WORDS_ALONE = re.compile(f"[A-Za-z一-龥]{{0,{TYPED_CHARS_MAX}}}")
_LIKE_DIGITS = str.maketrans("OoIil|", "001111")
_MISREAD = str.maketrans("OIL", "011")
_OTHER_YUAN = re.compile(r"(?<=[0-9])( ?)[圆圓]")
_PICTURES = frozenset({"So", "Sk"})
_CLIENT_S_PICTURE = re.compile(r"\[[一-鿿]{1,4}\]")
_DROPPED = frozenset({"Cf", "Cs", "Co", "Cn", "Cc"})
_VARIATIONS = re.compile("[\ufe00-\ufe0f\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\U000e0100-\U000e01ef]")
_AROUND_MOBILE = re.compile(r"^(?:(?:手机|电话)号?码?|tel)[.: ]*|[ .,;。、]+$", re.IGNORECASE)
"""What is pasted with a number: the word before it, the mark behind it."""
_CALLED = re.compile(r"^[一-鿿]{2,6}\s*:?\s*(?=[0-9A-Za-z])")
_POINTS_IN_MOBILE = re.compile(r"(?<=[0-9]{3})[.·](?=[0-9]{4}(?:[.·]|$))")
_MOBILE = re.compile(r"(?:(?:\+|00)?86|0)?(1[3-9][0-9]{9})")
_GROUPED_MOBILE = re.compile(
    r"(?<![0-9A-Za-z.,])(?:\+?86[ -]?)?(1[3-9][0-9])[ -]?([0-9]{4})[ -]?([0-9]{4})(?![0-9A-Za-z]|[.,][0-9])"
)
_IN_CODE = " -.,;:。、·()"
"""What stands between or behind the digits of a code that is typed or pasted alone."""
_CODE_IN_TEXT = re.compile(r"(?<![0-9])[0-9]{3}[ -]?[0-9]{3}(?![0-9])")
_YUAN = re.compile(r"(?:[1-9][0-9]{0,2}(?:,[0-9]{3})+|0|[1-9][0-9]{0,8})(?:\.([0-9]{1,2}))?")


def is_words_alone(text: str) -> bool:
    """Nothing but Han characters and Latin letters, as most of what is said in a chat: they are what they are by every rule below, so
    whoever is asked very often looks first. Never true of what is too long."""
    return _WORDS_ALONE.fullmatch(text) is not None


def plain(text: str) -> str:
    """One line of narrow characters: NFKC, one blank for any run of blanks, one kind of dash and of middle dot, digits of every
    script as 0 to 9; nothing invisible."""
    if is_words_alone(text):
        return text
    if text.isascii() and text.isprintable():  # as almost every number: nothing to do but the blanks
        return " ".join(text[:TYPED_CHARS_MAX].split())
    narrow = unicodedata.normalize("NFKC", visible(text).translate(_DOTS))
    line = "".join(str(unicodedata.decimal(one)) if unicodedata.category(one) == "Nd" else one for one in narrow)
    return " ".join(line.translate(DASHES).split())


def visible(text: str) -> str:
    """What a person sees of ``text``: no marks of direction or variation, no characters of zero width, any blank as one."""
    return "".join(
        " " if one.isspace() else one for one in _VARIATIONS.sub("", text[:TYPED_CHARS_MAX]) if _is_seen(one)
    )


def _is_seen(one: str) -> bool:
    return one.isspace() or unicodedata.category(one) not in _DROPPED


def without_pictures(text: str) -> str:
    """What is said in a chat without emoji and the client's own pictures (``[微笑]``), a blank for each."""
    if is_words_alone(text):
        return text
    return "".join(
        " " if unicodedata.category(one) in _PICTURES else one for one in _CLIENT_S_PICTURE.sub(" ", visible(text))
    )


def _without(marks: str, line: str) -> str:
    for mark in marks:
        line = line.replace(mark, "")
    return unicodedata.normalize("NFC", line)


def name_key(name: str) -> str:
    """What two spellings of one name have in common: ``阿卜杜・买买提`` and ``阿卜杜·买买提``, ``张 三`` and ``张三``, ``JOHN SMITH``
    and ``John Smith``. Never shown, only compared; empty for a name of blanks."""
    folded = unicodedata.normalize("NFKC", _without(" ", plain(name)).casefold())
    return _SEVERAL_DOTS.sub("·", _POINT_BETWEEN_NAMES.sub("·", folded))


def mobile(text: str) -> str | None:
    """Eleven digits of a mainland mobile number, however it is written (``+86 138-0013-8000``, ``手机：138.0013.8000，``); None for
    anything else."""
    alone = _POINTS_IN_MOBILE.sub("", _AROUND_MOBILE.sub("", plain(text)))
    found = _MOBILE.fullmatch(_without(" ()-", alone))
    return found[1] if found is not None else None


def mobile_typed(text: str) -> str:
    """The number that a person typed; empty where nothing is typed. Raises BadInput with words for the form."""
    number = mobile(text)
    if number is None and plain(text):
        raise BadInput("phone number", user_message="手机号不正确，请填写 11 位手机号。")
    return number or ""


def mobiles_joined(line: str) -> str:
    """A `plain` line with its phone numbers in one piece: ``查单 138 0013 8000`` → ``查单 13800138000``."""
    return _GROUPED_MOBILE.sub(r"\1\2\3", line)


def code(text: str) -> str | None:
    """The six digits of a one-time code: typed (``291-417``), filled in twice by the phone, or pasted with its whole message.
    None where it is not clear which digits are meant."""
    line = plain(text)
    digits = _without(_IN_CODE, line)
    if digits.isdigit():
        half = digits[:CODE_DIGITS]
        return half if half and digits in (half, half * 2) and len(half) == CODE_DIGITS else None
    found = {_without(" -", one) for one in _CODE_IN_TEXT.findall(line)}
    return found.pop() if len(found) == 1 else None


def code_typed(text: str) -> str:
    """Raises BadInput with words for the form; whoever counts tries counts none then."""
    digits = code(text)
    if digits is None:
        asked = "请填写短信里的验证码。" if not plain(text) else "验证码是 6 位数字，请按短信重新填写。"
        raise BadInput("malformed code", user_message=asked)
    return digits


def _capitals(text: str) -> str:
    """In the one form of each character: the capitals of ``ß¸`` are ``SS`` and a mark, which belongs to the S before it."""
    return unicodedata.normalize("NFKC", text.upper())


def card_numbers(text: str) -> tuple[str, ...]:
    """How the hospital's system may have this card number, likeliest first: as typed without blanks, without dashes, in capitals; last
    with digits for the letters that look like them, where it has digits and no other letters. Empty for nothing and for what is too long.
    """
    written = _without(" ", plain(text))
    bare = _without("-", written)
    ways = [written, bare, _capitals(written), _capitals(bare)]
    figures = bare.translate(_LIKE_DIGITS)
    if figures.isdecimal() and any(one.isdecimal() for one in bare):
        ways.append(figures)
    return tuple(dict.fromkeys(way for way in ways if 0 < len(way) <= CARD_CHARS_MAX))


def letters_hint(text: str) -> str:
    """What whoever typed ``text`` for a number that is not found may have mistaken; empty without letters that look like digits."""
    alike = set("OoIil") & set(plain(text))
    return "请看清是数字 0 和 1，还是字母 O 和 I。" if alike else ""


def card_number_held(written: str, held: tuple[str, ...]) -> str:
    """The spelling in ``held`` (the hospital's) of the number ``written``; ``written`` itself where none is the same number."""

    def key(number: str) -> str:
        return _capitals(_without(" -", plain(number)))

    return next((number for number in held if key(number) == key(written)), written)


def id_number(text: str) -> str:
    """A document's number without blanks and dashes, in capitals."""
    return _capitals(_without(" -", plain(text)))


def digits(text: str) -> str:
    """What is typed for a PIN or a code of fixed length, without blanks and dashes; nothing is added and nothing guessed."""
    return _without(" -", plain(text))


def number_key(text: str) -> str:
    """What two spellings of a number have in common (bill, receipt, transaction, card, phone): no blanks and dashes, capitals."""
    return _without(" -", plain(text)).upper()


def unmistaken(key: str) -> str:
    """A `number_key` with digits for the letters that look like them. Numbers of ours have no such letters behind their prefix."""
    return key.translate(_MISREAD)


def search_words(text: str) -> str:
    """Words to search by: a phone number in its eleven digits, anything else as one line, without what it is called before it
    (``收据号：SJ3483738250``)."""
    return mobile(text) or _CALLED.sub("", plain(text))


def yuan_to_fen(text: str) -> int | None:
    """An amount in yuan as people write it, in narrow characters (``1,200.5``) → fen; None for what is no amount."""
    match = _YUAN.fullmatch(text)
    if match is None:
        return None
    whole = text.partition(".")[0].replace(",", "")
    return int(whole) * 100 + int((match[1] or "0").ljust(2, "0"))


def amount_line(text: str) -> str:
    """``text`` as amounts are read in it, in a form and in the chat alike: what is visible, in narrow capitals, ``¥`` and ``元`` for all
    their like. ``NO_FIGURE`` stands for ²; figures of another script stay what they are, so neither is ever taken for an amount.
    """
    seen = "".join(NO_FIGURE if unicodedata.category(one) in _FIGURES else one for one in visible(text))
    narrow = unicodedata.normalize("NFKC", seen).upper().translate(DASHES)
    return _OTHER_YUAN.sub(r"\1元", narrow)


def amount_typed(text: str) -> int:
    """An amount in a form (``¥１，２００．５０``, ``12.5 元``) → fen. Raises BadInput with words for the form."""
    written = _without(" ", amount_line(text))
    fen = yuan_to_fen(written.removeprefix("¥").removesuffix("元"))
    if fen is None:
        raise BadInput("amount", user_message="金额写法不对，请写成 12.50 这样。")
    return fen
