"""How many login codes that a platform refuses one browser, or one address, may try: junk costs the platform and us a call each.

A browser in which somebody has logged in before has a count of its own, by a sealed cookie: strangers on the same network, where
patients and staff have one address, can't use it up. The rest of an address is slowed down, never shut out (docs/decisions/0032).
"""

from __future__ import annotations

import json
from collections import OrderedDict
from datetime import timedelta

from handlers.base import cookies
from handlers.base.handler import BaseHandler
from server.core.errors import Forged, TooManyTries
from server.core.newest import put_newest
from server.payments.hospital import Hospital

REFUSED_MAX = 60
WITHIN_S = 600.0
SLOWLY = 30
"""Codes a minute of an address that has had so many refused."""
CALLERS_MAX = 20_000
KNOWN_LIFE = timedelta(days=180)
KNOWN_ID_LENGTH = 20
_SEAL = "known_browser"


class RefusedCodes:
    """Codes refused lately, by caller; who has been quiet longest is forgotten first. Each process counts for itself."""

    def __init__(self, callers_max: int = CALLERS_MAX) -> None:
        self._callers_max = callers_max
        self._refused: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def add(self, caller: str, now_s: float) -> None:
        began, count = self._window(caller, now_s)
        put_newest(self._refused, caller, (began, count + 1), self._callers_max)

    def wait_s(self, caller: str, now_s: float) -> int:
        """Seconds until this caller's codes count for nothing again; 0 while there are not too many."""
        began, count = self._window(caller, now_s)
        return max(1, round(began + WITHIN_S - now_s)) if count >= REFUSED_MAX else 0

    def _window(self, caller: str, now_s: float) -> tuple[float, int]:
        began, count = self._refused.get(caller, (now_s, 0))
        return (began, count) if began <= now_s < began + WITHIN_S else (now_s, 0)


class LoginLane:
    """One exchange of a login code: `enter` before it, `refused` when the platform did not know the code."""

    def __init__(self, door: BaseHandler, known: str = "") -> None:
        """``known`` is the id of a browser in which somebody has logged in before."""
        self._door = door
        self._codes: RefusedCodes = door.application.settings["refused_codes"]
        self._known = known
        self._caller = f"browser:{known}" if known else f"address:{door.request.remote_ip}"

    def enter(self) -> None:
        """Raises TooManyTries."""
        wait_s = self._codes.wait_s(self._caller, self._now_s())
        if wait_s and self._known:
            raise TooManyTries("refused login codes", wait_seconds=wait_s)
        if wait_s:
            self._door.spend(f"login:{self._caller}", SLOWLY)

    def refused(self) -> None:
        self._codes.add(self._caller, self._now_s())

    def _now_s(self) -> float:
        return self._door.services.clock.now().timestamp()


def known_browser(door: BaseHandler, hospital: Hospital) -> str:
    """The browser's id; empty where nobody has logged in yet."""
    try:
        facts = json.loads(door.services.sealer.open(_SEAL, cookies.get(door, hospital, cookies.KNOWN)))
    except Forged:
        return ""
    return str(facts[1]) if facts[0] == hospital.id else ""


def remember_browser(door: BaseHandler, hospital: Hospital) -> None:
    """Somebody has logged in here: a random number says so from now on."""
    facts = json.dumps([hospital.id, door.services.ids.text(KNOWN_ID_LENGTH)])
    cookies.put(door, hospital, cookies.KNOWN, door.services.sealer.seal(_SEAL, facts.encode()), KNOWN_LIFE)
