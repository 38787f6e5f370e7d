"""What people do in the mini-program, and back and forth between it and the pages."""

from __future__ import annotations

import random
from collections.abc import Sequence

Draft = tuple[float, str, str, tuple[int, ...], str, float]
Pairs = Sequence[tuple[str, str]]
"""(mini-program, phone) of one person; every mini-program at least once."""
RESULTS = ("ok", "ok", "ok", "ok", "cancel", "fail")
SHARE = 0.65
"""Of the visits in a world that has the mini-program."""
PAUSES_S = (0.1, 1.0, 3.0, 6.0, 30.0, 200.0)

AN_ACCESS_TOKENS_LIFE_S = 605.0
A_CODE_A_MINUTE_S = 61.0


def scenario(dice: random.Random, at: float, pairs: Pairs, bills: int) -> list[Draft]:
    """One visit."""
    kinds = {_buys: 6, _goes_over: 5, _joins: 4, _token: 2, _tries: 2}
    does = dice.choices(list(kinds), list(kinds.values()))[0]
    mini, phone = dice.choice(pairs)
    return does(_Pen(dice, at, pairs, bills), mini, phone)


class _Pen:
    """Writes one step after the other."""

    def __init__(self, dice: random.Random, at: float, pairs: Pairs, bills: int) -> None:
        self.dice = dice
        self._at = at
        self._pairs = pairs
        self._bills = bills
        self.drafts: list[Draft] = []

    def bill(self) -> tuple[int, ...]:
        contested, two = self.dice.random() < 0.5, self._bills > 1 and self.dice.random() < 0.2
        return (0, 1) if two else (0 if contested else self.dice.randrange(self._bills),)

    def then(self, who: str, what: str, bills: tuple[int, ...] = (), word: str = "") -> None:
        self.drafts.append((self._at, who, what, bills, word, self.dice.random()))
        self._at += self.dice.choice(PAUSES_S) * (0.5 + self.dice.random())

    def anybody(self) -> str:
        return self.dice.choice(self._pairs)[0]

    def rest(self, seconds: float) -> None:
        self._at += seconds

    def number(self) -> str:
        return self.dice.choice(("known", "known", "other"))


def _buys(pen: _Pen, mini: str, phone: str) -> list[Draft]:
    """Now and then the bill is changed while its sum is being read, and the button is pressed again before or after the money is paid."""
    bills, dice = pen.bill(), pen.dice
    pen.then(mini, "start", bills, pen.number())
    if dice.random() < 0.2:
        pen.then("hospital", "edit", bills)
    early, again = dice.random() < 0.5, dice.choice(("same", "same", "changed"))
    if early:
        pen.then(mini, "again", (), again)
    pen.then(mini, "pay", (), dice.choice(RESULTS))
    pen.then(mini, "subscribe")
    if not early:
        pen.then(mini, "again", (), again)
    pen.then(mini, "look")
    pen.then(pen.anybody(), "peek")
    return pen.drafts


def _goes_over(pen: _Pen, mini: str, phone: str) -> list[Draft]:
    """Begun at one entrance, paid at the other; now and then in both cashiers."""
    bills, dice = pen.bill(), pen.dice
    first, second = (mini, phone) if dice.random() < 0.5 else (phone, mini)
    pen.then(first, "start", bills, pen.number())
    if dice.random() < 0.2:
        pen.then(first, "pay", (), dice.choice(RESULTS))
    if second == mini:
        pen.then(mini, "resume", (), "across")
    pen.then(second, "start", bills, pen.number())
    pen.then(second, "pay", (), "ok")
    pen.then(first, "pay", (), dice.choice(RESULTS))
    pen.then(dice.choice((mini, phone)), "look", (), "across")
    return pen.drafts


def _joins(pen: _Pen, mini: str, phone: str) -> list[Draft]:
    """One's own card in both, then in neither; what the other entrance did is looked at before and after."""
    own = "own" if pen.dice.random() < 0.6 else ""
    pen.then(mini, "prove")
    pen.then(mini, "bind", (), own)
    pen.rest(A_CODE_A_MINUTE_S)
    pen.then(phone, "bind", (), own)
    pen.then(phone, "start", pen.bill(), "known")
    pen.then(mini, "look", (), "across")
    pen.then(mini, "list")
    pen.then(pen.dice.choice((mini, phone)), "unbind")
    pen.then(phone, "look", (), "across")
    pen.then(mini, "look", (), "across")
    pen.then(mini, "list")
    return pen.drafts


def _token(pen: _Pen, mini: str, phone: str) -> list[Draft]:
    pen.then(mini, pen.dice.choice(("list", "start")), pen.bill(), "known")
    pen.then(mini, pen.dice.choice(("rotate", "rotate", "log_in", "log_out")))
    if pen.dice.random() < 0.3:
        pen.rest(AN_ACCESS_TOKENS_LIFE_S)
    for what in pen.dice.choice((("refresh", "access"), ("access", "refresh", "access"))):
        pen.then(mini, "old_token", (), what)
    pen.then(mini, "list")
    return pen.drafts


def _tries(pen: _Pen, mini: str, phone: str) -> list[Draft]:
    pen.then(mini, pen.dice.choice(("peek", "peek", "again", "resume")), (), "same")
    return pen.drafts
