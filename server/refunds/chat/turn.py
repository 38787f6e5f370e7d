"""One command of one member of staff, and where it leads them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from server.core.errors import NotAllowed
from server.payments.hospital import Hospital
from server.refunds.chat.words import BIND, Said
from server.staff.model import Staff
from server.staff.service import INVITE_LENGTH


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """``message`` names what was said, the same for every delivery (`ChatMessage.once`)."""

    hospital: Hospital
    actor: Staff
    said: Said
    message: str

    @property
    def own(self) -> str:
        """By which this person's own facts are kept."""
        return f"{self.actor.hospital}:{self.actor.number}"

    def page(self, name: str, ticket: str) -> str:
        return f"{self.hospital.public_url}/h/{self.hospital.id}/staff/{name}/{ticket}"

    def setup_hint(self) -> str:
        if self.actor.can_prove:
            return "回复“帮助”查看可以做什么。"
        link = f"{self.hospital.public_url}/h/{self.hospital.id}/staff/setup"
        return f'<a href="{link}">点这里设置PIN和动态码</a>，设置后才能办理退费。'

    def must_be_set_up(self) -> None:
        if not self.actor.can_prove:
            raise NotAllowed("not set up", user_message=self.setup_hint())


def invite_code(said: Said) -> str:
    """The code as it was printed: people read O for 0, I and L for 1 (Crockford's base 32)."""
    code = said.number.translate(str.maketrans("OIL", "011"))
    right = said.command == BIND and re.fullmatch(rf"[0-9A-HJKMNP-TV-Z]{{{INVITE_LENGTH}}}", code)
    return code if right else ""
