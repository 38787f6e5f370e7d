"""门诊余额: what is left on outpatient cards, and having it back."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.base.addresses import OPAQUE_KEY
from handlers.base.page import Page
from handlers.patient.members import members_of
from handlers.patient.paying import shown_fen
from handlers.patient.views.balances import balance_list, balance_page
from server.core.errors import ChargeChanged, NotAllowed
from server.patients.visible_cards import missing_words

ASKED = "asked"


class _Balances(Page):
    back = ("/balances", "返回门诊余额")

    def way_on(self) -> str:
        return f"{self.base}/balances"


class BalancesHandler(_Balances):
    async def get(self, hospital: str) -> None:
        session = await self.person()
        service, bound = self.services.old_balances, await self.services.cards.bound(session)
        mine, failed = await service.mine(session, bound)
        members = members_of(self, session, f"{self.base}/balances", bound)
        keyed = [(service.key_of(session, one), one) for one in members.only(mine, lambda one: one.card_no)]
        missing = missing_words(failed)
        self.show("old_balances/list", {**balance_list(self.base, keyed), **members.view, "missing": missing})


class BalanceHandler(_Balances):
    """Where the money would go before anything moves; asking for it; and how far it has come."""

    async def get(self, hospital: str, key: str) -> None:
        session = await self.person()
        known = await self.services.old_balances.one(session, key)
        was_asked = self.get_query_argument("done", "") == ASKED
        self.show("old_balances/balance", balance_page(self.base, known, was_asked=was_asked))

    async def post(self, hospital: str, key: str) -> None:
        shown, session = shown_fen(self.get_body_argument("shown_fen", "")), await self.person()
        service = self.services.old_balances
        try:
            await service.give_back(session, key, shown or 0)
        except (ChargeChanged, NotAllowed) as refusal:
            view = balance_page(self.base, await service.one(session, key))
            self.show_again("old_balances/balance", view, refusal)
            return
        self.redirect(f"{self.base}/balances/{key}?done={ASKED}", status=303)


def doors(prefix: str) -> Sequence[tuple[str, str, type[Page]]]:
    """Each door's name for logs and metrics, its pattern below ``prefix``, and its handler."""
    return (
        ("balances", rf"{prefix}/balances", BalancesHandler),
        ("balance", rf"{prefix}/balances/(?P<key>{OPAQUE_KEY})", BalanceHandler),
    )
