"""Who may ask for a refund alone, and who may decide one, by all that the house knows of the people: the facts for `domain.refund_rules`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from server.domain.actors import staff_number
from server.domain.payment import Payment
from server.domain.refund import Refund
from server.domain.refund_rules import (
    must_be_allowed_to_decide,
    must_be_within_limits,
    must_not_be_cut,
    names_at_all_doors,
    second_person,
)
from server.domain.staff import Staff
from server.ports import Clock, Hospital, Stores
from server.services.people import linked_keys
from server.services.refund_words import must_lead_back


class RefundPermission:
    """Asked for the preview, and again with the proof."""

    def __init__(self, hospitals: Mapping[str, Hospital], stores: Stores, clock: Clock) -> None:
        self._hospitals = hospitals
        self._stores = stores
        self._clock = clock

    async def second(self, actor: Staff, payment: Payment, amount_fen: int) -> tuple[str, ...]:
        """Why somebody else must agree; empty when nobody need."""
        alone = self._hospitals[actor.hospital].refund_rules.alone
        theirs = _as_theirs(actor, payment, await self._known_as(actor))
        return second_person(actor, theirs, amount_fen, self._clock.now(), alone, names_at_all_doors(actor))

    async def must_decide(self, actor: Staff, payment: Payment, refund: Refund, *, agree: bool) -> None:
        """Raises NotAllowed with words."""
        known_as = await self._known_as(actor)
        asker = await self._stores.staff.get(actor.hospital, staff_number(refund.asked_by))
        same = asker is not None and asker.identity is not None and asker.identity.key in known_as
        must_be_allowed_to_decide(actor, _as_theirs(actor, payment, known_as), refund, asked_oneself=same)
        if agree:
            must_be_within_limits(actor, payment, refund, self._clock.now(), names_at_all_doors(actor))
            must_lead_back(self._hospitals[actor.hospital], payment, self._clock.now(), refund.id)

    async def on_own_word(self, actor: Staff, amount_fen: int) -> Callable[[Payment], None]:
        """What must still hold in the write itself, where nobody else agrees. The answer raises NotAllowed with words."""
        names = names_at_all_doors(actor)
        return lambda payment: must_not_be_cut(actor, payment, amount_fen, names)

    async def _known_as(self, actor: Staff) -> frozenset[str]:
        """Every key by which the house knows this human being (docs/decisions/0018)."""
        if actor.identity is None:
            return frozenset()
        key = actor.identity.key
        return frozenset({key, *await linked_keys(self._stores.people, self._stores.cards, actor.hospital, key)})


def _as_theirs(actor: Staff, payment: Payment, known_as: frozenset[str]) -> Payment:
    """For the rules: what this person paid through another entrance is their own money, too."""
    if actor.identity is None or payment.owner not in known_as:
        return payment
    return replace(payment, owner=actor.identity.key)
