"""Puts one tag right behind ``<head>`` of an HTML page that passes by in pieces."""

from __future__ import annotations

import re

_HEAD = re.compile(rb"<head(?:\s[^>]*)?>", re.IGNORECASE)
_BEFORE_HEAD = re.compile(rb"(?:\s*(?:<!--.*?-->|<!doctype[^>]*>|<html(?:\s[^>]*)?>))*", re.IGNORECASE | re.DOTALL)
SEARCHED_BYTES_MAX = 16_384


class Injection:
    """Feed it the page as it comes. It holds back what it has until it knows where the tag goes, at most
    ``SEARCHED_BYTES_MAX``.
    """

    def __init__(self, tag: bytes) -> None:
        self._tag = tag
        self._held: bytes | None = b""

    def feed(self, piece: bytes) -> bytes:
        """What can go on to the browser now."""
        if self._held is None:
            return piece
        self._held += piece
        found = _HEAD.search(self._held, 0, SEARCHED_BYTES_MAX)
        if found is None and len(self._held) < SEARCHED_BYTES_MAX:
            return b""
        return self._release(found.end() if found else self._start())

    def end(self) -> bytes:
        """The rest: a page without a head gets the tag where the browser would begin one. An empty body stays empty."""
        return self._release(self._start()) if self._held else b""

    def _start(self) -> int:
        found = _BEFORE_HEAD.match(self._held or b"")
        return found.end() if found else 0

    def _release(self, at: int) -> bytes:
        held, self._held = self._held or b"", None
        return held[:at] + self._tag + held[at:]
