"""What the API answers about money that goes back over what was paid in: a stay's deposits, an old balance."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.api.models import Look, Told


class SumTold(Told):
    label: str
    amount_fen: int
    own: bool = False


class LotTold(Told):
    """One sum that was paid in, of which money goes back. ``text`` says how far it is, empty before that begins."""

    title: str
    about: str
    payer: str
    amount_fen: int
    text: str
    look: Look


def lot_told(share: Mapping[str, str], fen: int) -> LotTold:
    """``share`` as `views/lots.lot_line` gives it."""
    return LotTold.model_validate({**share, "amount_fen": fen})
