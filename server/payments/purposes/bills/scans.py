"""The QR code on a bill: sealed when it is made, opened when it is scanned, good for this session and for its own life."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from server.core.errors import LoginNeeded, NotFound
from server.core.ports import Clock, Sealer
from server.patients.model import Origin, ScannedBills, Session
from server.patients.ports import SessionStore
from server.patients.sealed_qr import QrSealer, SealedQr
from server.payments.hospital import Hospital
from server.payments.purposes.bills.model import within_limit
from server.payments.purposes.bills.texts import BROKEN_CODE


@dataclass(frozen=True, slots=True)
class OpenedQr:
    hospital_id: str
    scanned: ScannedBills


class ScanService:
    """``make`` prints, ``open`` reads, ``attach`` gives the bills to a session."""

    def __init__(self, hospitals: Mapping[str, Hospital], sessions: SessionStore, sealer: Sealer, clock: Clock) -> None:
        self._sessions = sessions
        self._seals = QrSealer("qr", "s", hospitals, sealer, clock, broken=BROKEN_CODE)
        self._clock = clock

    def make(self, hospital_id: str, scanned: ScannedBills) -> SealedQr:
        """The address that the QR carries. Raises NotFound for an unknown hospital, BadInput for more bills than one payment holds."""
        within_limit(len(scanned.bill_nos))
        origin = scanned.origin
        return self._seals.make(
            hospital_id, scanned.expires_at, scanned.card_no, scanned.name, scanned.phone, scanned.id_no, list(scanned.bill_nos),
            origin.entrance, origin.terminal, origin.operator,
        )  # fmt: skip

    def open(self, sealed: str) -> OpenedQr:
        """Raises Forged for what we did not seal, LinkExpired after its end."""
        opened = self._seals.open(sealed)
        card_no, name, phone, id_no, bill_nos, entrance, terminal, operator = opened.facts
        scanned = ScannedBills(
            card_no=card_no,
            name=name,
            phone=phone,
            id_no=id_no,
            bill_nos=tuple(bill_nos),
            origin=Origin(entrance=entrance, terminal=terminal, operator=operator),
            expires_at=opened.expires_at,
        )
        return OpenedQr(opened.hospital_id, scanned)

    async def attach(self, session: Session, sealed: str) -> Session:
        """The session with the scanned bills, newest scan first. Raises NotFound for a QR of another hospital, LoginNeeded."""
        opened = self.open(sealed)
        if opened.hospital_id != session.hospital:
            raise NotFound("QR of another hospital")
        now = self._clock.now()

        changed = await self._sessions.change(
            session.id, now, lambda current: current.with_scan(opened.scanned, now), known=session
        )
        if changed is None:
            raise LoginNeeded("session ended meanwhile")
        return replace(changed, linked=session.linked)
