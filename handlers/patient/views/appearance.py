"""The switch between the ordinary size of the pages and 长辈版, with larger text and larger places to tap."""

from __future__ import annotations

from urllib.parse import urlencode

ELDER = "elder"


def is_page_of(base: str, path: str) -> bool:
    """True for a plain path below ``base``: never another host, whatever a browser makes of slashes and backslashes."""
    plain = path.startswith(f"{base}/") and "\\" not in path and ".." not in path
    return plain and path.isascii() and path.isprintable()


def switch_url(base: str, path: str, *, is_elder: bool) -> str:
    """The address that switches to the other size and comes back to ``path``."""
    return f"{base}/appearance?{urlencode({'size': '' if is_elder else ELDER, 'back': path})}"
