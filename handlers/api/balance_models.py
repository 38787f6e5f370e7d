"""What the API asks and answers about old outpatient balances. Money in fen; texts are for the person, in the words of the H5 pages."""

from __future__ import annotations

from handlers.api.bill_models import Fen
from handlers.api.lot_models import LotTold, SumTold
from handlers.api.models import Asked, PerhapsPart, Told, page_of


class BalanceLineTold(Told):
    """``amount_fen``: what the hospital says is left on the card."""

    balance_key: str
    card_key: str
    name_masked: str
    card_masked: str
    amount_fen: int


class BalanceTold(Told):
    """Where all of it goes. ``left_fen``: what was not asked back yet; ``returning``: what was. ``returns``: what goes back to the accounts
    that paid it, together ``returnable_fen``; then ``action`` stands on the button. ``window``: what is got at the place named ``place``.
    """

    balance_key: str
    name_masked: str
    card_masked: str
    left_fen: int
    returning: list[LotTold]
    returns: list[LotTold]
    returnable_fen: int
    action: str
    window: list[SumTold]
    place: str


class BalanceReturnAsked(Asked):
    """``amount_fen``: the ``returnable_fen`` that the person saw. Of another sum nothing goes back."""

    amount_fen: Fen


class BalanceReturnTold(Told):
    text: str


BalancePage = page_of(BalanceLineTold, PerhapsPart)
