"""What the phone changes in a Content-Security-Policy: it may be framed, and the injected bridge may run. Nothing
else.
"""

from __future__ import annotations

import re

_NONCE = re.compile(r"'nonce-([A-Za-z0-9+/_=-]+)'")


def open_policy(header: str, script_url: str) -> str:
    """One header value (it may hold several policies, separated by commas) that lets ``script_url`` run and the page
    be framed; "" if nothing is left of it.
    """
    policies = (_open_one(policy, script_url) for policy in header.split(","))
    return ", ".join(policy for policy in policies if policy)


def nonce_of(header: str) -> str:
    """The nonce that the page's own scripts carry. With 'strict-dynamic' a URL in the list counts for nothing, so the
    injected tag carries it too.
    """
    found = _NONCE.search(header)
    return found[1] if found else ""


def _open_one(policy: str, script_url: str) -> str:
    directives = [words for part in policy.split(";") if (words := part.split())]
    kept = [words for words in directives if words[0].lower() != "frame-ancestors"]
    by_name = {words[0].lower(): words for words in reversed(kept)}
    for name in ("script-src-elem", "script-src", "default-src"):
        if name in by_name:
            _allow(by_name[name], kept, script_url)
            break
    return "; ".join(" ".join(words) for words in kept)


def _allow(words: list[str], kept: list[list[str]], script_url: str) -> None:
    sources = [source for source in words[1:] if source.lower() != "'none'"]
    if words[0].lower() == "default-src":  # widening it would open images, frames and calls as well
        kept.append(["script-src", *sources, script_url])
    else:
        words[1:] = [*sources, script_url]
