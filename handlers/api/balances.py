"""门诊余额: what is left on outpatient cards, where it goes, and asking for it."""

from __future__ import annotations

from pydantic import BaseModel

from handlers.api import balance_models as models
from handlers.api.door import ApiHandler
from handlers.api.lot_models import SumTold, lot_told
from handlers.api.operation import Operation, operation
from handlers.patient.views import balances as words
from handlers.patient.views.lots import window_lines
from server.old_balances.model import OldBalance
from server.old_balances.service import KnownBalance
from server.old_balances.texts import ASKED
from server.patients.model import mask_card, mask_name
from server.patients.visible_cards import missing_words


def _line(door: ApiHandler, key: str, of: OldBalance) -> models.BalanceLineTold:
    return models.BalanceLineTold(
        balance_key=key,
        card_key=door.card_key(of.card_no),
        name_masked=mask_name(of.patient_name),
        card_masked=mask_card(of.card_no),
        amount_fen=of.balance_fen,
    )


def _balance(known: KnownBalance) -> models.BalanceTold:
    return models.BalanceTold(
        balance_key=known.key,
        name_masked=mask_name(known.balance.patient_name),
        card_masked=mask_card(known.balance.card_no),
        left_fen=known.left_fen,
        returning=[lot_told(share, fen) for share, fen in words.returning_of(known)],
        returns=[lot_told(share, fen) for share, fen in words.returns_of(known)],
        returnable_fen=known.returnable_fen,
        action=words.action_text(known),
        window=[SumTold(label=title, amount_fen=fen) for title, fen in window_lines(known.allocation)],
        place=words.place_of(known),
    )


class BalancesHandler(ApiHandler):
    @operation(Operation(summary="What is left on my outpatient cards", answer=models.BalancePage))
    async def get(self, asked: None) -> BaseModel:
        """The balances of the bound cards at once, so always one page."""
        service = self.services.old_balances
        mine, failed = await service.mine(self.session)
        items = [_line(self, service.key_of(self.session, one), one) for one in mine]
        return models.BalancePage(items=items, next=None, note=missing_words(failed))


class _OfBalanceHandler(ApiHandler):
    @property
    def key(self) -> str:
        return self.path_kwargs["balance_key"] or ""


class BalanceHandler(_OfBalanceHandler):
    @operation(Operation(summary="Where one balance of mine goes, and how far it has come", answer=models.BalanceTold))
    async def get(self, asked: None) -> models.BalanceTold:
        return _balance(await self.services.old_balances.one(self.session, self.key))


class BalanceReturnHandler(_OfBalanceHandler):
    @operation(
        Operation(
            summary="Ask for all that can go back to the accounts that paid it",
            body=models.BalanceReturnAsked,
            answer=models.BalanceReturnTold,
            status=201,
            creates=True,
            refuses=(403, 409),
        )
    )
    async def post(self, asked: models.BalanceReturnAsked) -> models.BalanceReturnTold:
        """How far it has come the balance itself tells: a HIS that is silent afterwards makes no failure of what was asked."""
        await self.services.old_balances.give_back(self.session, self.key, asked.amount_fen)
        return models.BalanceReturnTold(text=ASKED)
