"""The mini-program as an entrance of its own: it logs in by code instead of by redirect, and brings what a browser can't."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from server.domain.people import PayerIdentity


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A message that a person may agree to: its purpose, the platform's template, what the person reads."""

    purpose: str
    template_id: str
    title: str


class MiniProgram(Protocol):
    """``app_id`` is its own, ``entrance`` what payments begun in it carry, ``pay_method`` the channel's method for it."""

    app_id: str
    channel: str
    entrance: str
    pay_method: str
    subscriptions: Sequence[Subscription]

    async def identify(self, code: str) -> PayerIdentity:
        """Raises LoginNeeded for a code that is wrong, used or expired."""

    async def phone(self, person: PayerIdentity, code: str) -> str:
        """The phone number that the platform has proven to be this person's. Raises BadInput."""

    async def accepted(self, person: PayerIdentity, template_ids: Sequence[str]) -> Mapping[str, int]:
        """The person agreed to one more message of each of these; how many there are now, by purpose."""

    async def code(self, scene: str, page: str) -> bytes:
        """The picture of a code that opens ``page``, for posters. Raises BadInput for a scene that can't stand in one."""

    async def payment_link(self, payment_id: str, days: int) -> str:
        """An address that opens this payment's page from outside the platform's client, good for ``days`` (1 to 30).

        Raises OutsideRefusal, OutcomeUnknown, NotSent.
        """
