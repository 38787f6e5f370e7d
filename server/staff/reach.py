"""How a member of staff is told: in the chat while the platform allows it (48 hours after they last wrote), else by template."""

from __future__ import annotations

from server.patients.contact_ports import OutgoingMessage
from server.payments.hospital import Hospital
from server.staff.model import Staff


async def reached(hospital: Hospital, person: Staff, text: str, notice: OutgoingMessage, dedupe: str) -> bool:
    """False where neither can be: not bound, not following, or no template for this purpose.

    Raises OutsideRefusal, OutcomeUnknown, NotSent.
    """
    identity = person.identity
    if identity is None:
        return False
    chat = hospital.chats.get(identity.channel)
    if chat is not None and await chat.tell(identity, text):
        return True
    messenger = hospital.messengers.get(identity.channel)
    return messenger is not None and await messenger.send(identity, notice, dedupe) is not None
