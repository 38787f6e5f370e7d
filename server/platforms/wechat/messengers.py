"""A hospital's several apps on WeChat, each with people of its own."""

from __future__ import annotations

from server.patients.contact_ports import Messenger, OutgoingMessage
from server.patients.model import PayerIdentity


class MessengersByApp:
    """ports.Messenger. Each app's messenger answers None for people of another app."""

    def __init__(self, *messengers: Messenger) -> None:
        self._messengers = messengers

    async def send(self, to: PayerIdentity, notice: OutgoingMessage, dedupe: str) -> str | None:
        for messenger in self._messengers:
            sent = await messenger.send(to, notice, dedupe)
            if sent is not None:
                return sent
        return None
