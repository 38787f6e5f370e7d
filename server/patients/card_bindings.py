"""Who has bound one's own card: the patient sees where and since when, and cuts what is not theirs. Nobody's identity is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from server.audit.model import CARD
from server.audit.service import AuditService
from server.core.actors import CARD_HOLDER
from server.core.errors import NotAllowed, NotFound
from server.core.history import lone_event
from server.core.ports import ANSWERS_MAX, Clock, Ids, Sealer
from server.patients.accounts import AccountService
from server.patients.model import BoundCard, PayerIdentity, Session, mask_card, mask_name
from server.patients.ports import CardStore, PatientsHospital
from server.patients.rules import proves_own_card
from server.patients.visible_cards import NO_SUCH_CARD, bound_cards, card_of_key

BINDING_CUT = "card_binding_cut"
MINI_PROGRAM = "小程序"
LONG_AGO = datetime.min.replace(tzinfo=UTC)
"""Where nobody noted since when a card is bound: before all others."""


@dataclass(frozen=True, slots=True)
class BindingView:
    """``client``: what patients call the app in which it was bound. ``since`` is None where nobody noted it. ``mine``: of the very person
    who asks, in whatever entrance.
    """

    binding_key: str
    client: str
    since: datetime | None
    mine: bool


@dataclass(frozen=True, slots=True)
class CardBindings:
    card_key: str
    name_masked: str
    card_masked: str
    bindings: tuple[BindingView, ...]


class CardBindingService:
    """For a card that this person bound by the code to the HIS's phone and said to be their own; of a card of the family nobody is told."""

    def __init__(
        self,
        hospitals: Mapping[str, PatientsHospital],
        cards: CardStore,
        accounts: AccountService,
        audit: AuditService,
        sealer: Sealer,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._hospitals = hospitals
        self._cards = cards
        self._accounts = accounts
        self._audit = audit
        self._sealer = sealer
        self._clock = clock
        self._ids = ids

    async def of_card(self, session: Session, key: str) -> CardBindings:
        """Every binding of the card, one's own first, then the newest. Raises NotFound for a card that is not bound here, NotAllowed for
        one that was not bound as one's own.
        """
        card = await self._own_card(session, key)
        views = [self._view(session, one) for one in await self._all_of(card)]
        views.sort(key=lambda view: view.since or LONG_AGO, reverse=True)
        views.sort(key=lambda view: not view.mine)
        return CardBindings(key, mask_name(card.name), mask_card(card.card_no), tuple(views))

    async def cut(self, session: Session, key: str, binding_key: str) -> None:
        """End somebody else's binding, and what it joined. The line in the audit chain comes first: nothing is cut without one. Raises as
        `of_card`, and NotFound for a binding that is gone, or one's own.
        """
        card = await self._own_card(session, key)
        for one in await self._all_of(card):
            if self._key(one) == binding_key and one.owner not in session.owners:
                await self._say(session, key, one)
                await self._accounts.unbind(one.hospital, one.owner, one.card_no)
                return
        raise NotFound("binding of a card", user_message="这个绑定已经解除。")

    async def _say(self, session: Session, key: str, binding: BoundCard) -> None:
        since = binding.bound_at.isoformat() if binding.bound_at else ""
        channel = PayerIdentity.of_key(binding.owner).channel
        detail = {"card": key, "by_channel": session.identity.channel, "channel": channel, "since": since}
        now = self._clock.now()
        line = lone_event(CARD, self._ids, at=now, what=BINDING_CUT, by=CARD_HOLDER, detail=detail)
        await self._audit.append(session.hospital, [line])

    async def _own_card(self, session: Session, key: str) -> BoundCard:
        asked = card_of_key(self._sealer, session.hospital, await bound_cards(self._cards, session), key)
        if asked is None:
            raise NotFound("bound card", user_message=NO_SUCH_CARD)
        for owner in session.owners:
            for card in await self._cards.of_owner(session.hospital, owner):
                if card.card_no == asked.card_no and proves_own_card(card.identity_proofs):
                    return card
        raise NotAllowed(
            "not bound as one's own", user_message="只有绑定时选择“这是我本人的卡”，才能查看这张卡的绑定记录。"
        )

    async def _all_of(self, card: BoundCard) -> list[BoundCard]:
        return list(await self._cards.of_card(card.hospital, card.card_no, ANSWERS_MAX))

    def _view(self, session: Session, binding: BoundCard) -> BindingView:
        return BindingView(self._key(binding), self._client(binding), binding.bound_at, binding.owner in session.owners)

    def _client(self, binding: BoundCard) -> str:
        hospital, identity = self._hospitals[binding.hospital], PayerIdentity.of_key(binding.owner)
        known = hospital.identities.get(identity.channel)
        client = known.client_name if known is not None else identity.channel
        return client if hospital.mini_program_of(identity) is None else f"{client}{MINI_PROGRAM}"

    def _key(self, binding: BoundCard) -> str:
        """An opaque name of a binding for addresses and forms: a new binding of the same card by the same person has another one."""
        since = binding.bound_at.isoformat() if binding.bound_at else ""
        named = "\x00".join((binding.hospital, binding.owner, binding.card_no, since))
        return self._sealer.lookup("card_binding_key", named)[:20]
