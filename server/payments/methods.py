"""支付方式: by which (channel, method) a person may pay, by how they are logged in and where they began. One table of the hospital. Pure.

Without a row the login's own channel is used, with the client's own method: what a hospital has that writes no table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Way:
    """A way to pay. ``method`` is one of the channel's `ChannelCapabilities.methods`."""

    channel: str
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodRow:
    """``login`` is the channel of the identity, ``entrance`` where the payment began; an empty one is every one."""

    login: str = ""
    entrance: str = ""
    way: Way


def ways_for(rows: Sequence[MethodRow], login: str, entrance: str, usual: Way) -> tuple[Way, ...]:
    """The allowed ways, the preferred one first; ``usual`` alone where no row is about this login and entrance."""
    fitting = (row for row in rows if row.login in {"", login} and row.entrance in {"", entrance})
    return tuple(dict.fromkeys(row.way for row in fitting)) or (usual,)
