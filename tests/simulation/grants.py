"""What is known outside of bearer tokens: whose they are, how old, which session they belong to, and whether it has ended for sure."""

from __future__ import annotations

from dataclasses import dataclass

NEVER = float("inf")
ACCESS_S = 600.0
REFRESH_S = 7200.0
SKEW_S = 3.0
"""Two processes' clocks differ by no more."""


@dataclass(slots=True)
class Grant:
    """One login, with whatever came of it by rotation. ``ended_at``: from then on none of its tokens may open anything."""

    owner: str
    ended_at: float = NEVER


@dataclass(slots=True)
class Token:
    grant: Grant
    issued_at: float
    used: bool = False
    """Of a refresh token: it was exchanged for new ones."""


class Grants:
    """Every token that a door ever gave out, also those that never reached their phone."""

    def __init__(self) -> None:
        self._access: dict[str, Token] = {}
        self._refresh: dict[str, Token] = {}

    def given(self, grant: Grant, access: str, refresh: str, now: float) -> None:
        self._access[access] = Token(grant, now)
        self._refresh[refresh] = Token(grant, now)

    def access(self, token: str) -> Token:
        return self._access[token]

    def refresh(self, token: str) -> Token:
        return self._refresh[token]

    def why_not(self, token: str, since: float) -> str:
        """Why a request of ``since`` with this access token must be refused; empty if it may be taken."""
        known = self._access[token]
        if known.grant.ended_at <= since:
            return "of a session that has ended"
        return "past its end" if known.issued_at + ACCESS_S + SKEW_S < since else ""
