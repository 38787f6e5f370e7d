"""Text as systems outside take it: without characters that they forbid, and of a length in their own unit."""

from __future__ import annotations

import re
import unicodedata

_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REFERENCE = re.compile(r"&#(?:x([0-9A-Fa-f]{1,8})|([0-9]{1,10}));")
_JOINER = "\u200d"


def for_xml(text: str) -> str:
    """``text`` without what XML 1.0 can't hold: control characters, lone surrogates, U+FFFE, U+FFFF. It can always be encoded."""
    return _NOT_IN_XML.sub("", text)


def readable_xml(xml: str) -> str:
    """A document that a lenient sender wrote, as a parser takes it: forbidden characters and references to them are dropped."""

    def kept(found: re.Match[str]) -> str:
        number = int(found[1], 16) if found[1] else int(found[2])
        return found[0] if number <= 0x10FFFF and not _NOT_IN_XML.match(chr(number)) else ""

    return _REFERENCE.sub(kept, for_xml(xml))


def bytes_of(text: str) -> int:
    return len(text.encode())


def cut_to_bytes(text: str, most: int) -> str:
    """The beginning of ``text`` in at most ``most`` bytes of UTF-8; never half a character, nor one without its accents."""
    return _whole(text, len(text.encode()[:most].decode(errors="ignore")))


def cut_to_chars(text: str, most: int, ending: str = "") -> str:
    """The beginning of ``text`` in at most ``most`` characters, with ``ending`` as the last of them where it was cut."""
    return text if len(text) <= most else _whole(text, most - len(ending)) + ending


def _whole(text: str, end: int) -> str:
    """What stands before ``end``, back to where no character is torn apart."""
    while 0 < end < len(text) and (unicodedata.category(text[end])[0] == "M" or _JOINER in text[end - 1 : end + 1]):
        end -= 1
    return text[:end]
