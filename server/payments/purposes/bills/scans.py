"""The QR code on a bill: sealed when it is made, opened when it is scanned, good for this session and for its own life."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from server.core.errors import Forged, LinkExpired, LoginNeeded, NotFound
from server.core.ports import Clock, Sealer
from server.patients.model import Origin, ScannedBills, Session
from server.patients.ports import SessionStore
from server.payments.hospital import Hospital
from server.payments.purposes.bills.model import within_limit

SCANS_PER_SESSION_MAX = 10
_SEAL = "qr"


@dataclass(frozen=True, slots=True)
class SealedQr:
    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class OpenedQr:
    hospital_id: str
    scanned: ScannedBills


class ScanService:
    """``make`` prints, ``open`` reads, ``attach`` gives the bills to a session."""

    def __init__(self, hospitals: Mapping[str, Hospital], sessions: SessionStore, sealer: Sealer, clock: Clock) -> None:
        self._hospitals = hospitals
        self._sessions = sessions
        self._sealer = sealer
        self._clock = clock

    def make(self, hospital_id: str, scanned: ScannedBills) -> SealedQr:
        """The address that the QR carries; BadInput for more bills than one payment holds. Everything in it is sealed; fields are kept short because QR codes are small."""
        hospital = self._hospitals.get(hospital_id)
        if hospital is None:
            raise NotFound("no such hospital")
        within_limit(len(scanned.bill_nos))
        ends = int(scanned.expires_at.timestamp())
        origin = scanned.origin
        facts = [
            hospital_id, ends, scanned.card_no, scanned.name, scanned.phone, scanned.id_no, list(scanned.bill_nos),
            origin.entrance, origin.terminal, origin.operator,
        ]  # fmt: skip
        sealed = self._sealer.seal(_SEAL, json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode())
        return SealedQr(f"{hospital.public_url}/s/{sealed}", datetime.fromtimestamp(ends, UTC))

    def open(self, sealed: str) -> OpenedQr:
        """Raises Forged for what we did not seal, LinkExpired after its end."""
        facts = json.loads(self._sealer.open(_SEAL, sealed))
        hospital_id, ends, card_no, name, phone, id_no, bill_nos, entrance, terminal, operator = facts
        expires_at = datetime.fromtimestamp(ends, UTC)
        if hospital_id not in self._hospitals:
            raise Forged("hospital of the QR")
        if expires_at <= self._clock.now():
            raise LinkExpired("qr")
        scanned = ScannedBills(
            card_no=card_no,
            name=name,
            phone=phone,
            id_no=id_no,
            bill_nos=tuple(bill_nos),
            origin=Origin(entrance=entrance, terminal=terminal, operator=operator),
            expires_at=expires_at,
        )
        return OpenedQr(hospital_id, scanned)

    async def attach(self, session: Session, sealed: str) -> Session:
        """The session with the scanned bills, newest scan first. Raises NotFound for a QR of another hospital, LoginNeeded."""
        opened = self.open(sealed)
        if opened.hospital_id != session.hospital:
            raise NotFound("QR of another hospital")
        now = self._clock.now()

        def with_scan(current: Session) -> Session:
            others = [s for s in current.scans if s.expires_at > now and s != opened.scanned]
            return replace(current, scans=(opened.scanned, *others)[:SCANS_PER_SESSION_MAX])

        changed = await self._sessions.change(session.id, now, with_scan)
        if changed is None:
            raise LoginNeeded("session ended meanwhile")
        return replace(changed, linked=session.linked)
