"""A QR code that a patient scans: one hospital's facts, sealed until a moment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from server.core.errors import Forged, LinkExpired, NotFound
from server.core.ports import Clock, Sealer
from server.patients.ports import PatientsHospital


@dataclass(frozen=True, slots=True)
class SealedQr:
    """``url`` is the address that the code carries."""

    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SealedFacts:
    hospital_id: str
    expires_at: datetime
    facts: tuple[Any, ...]


class QrSealer:
    """Seals under ``label``; the code leads to ``/{door}/{sealed}``. ``expired``: what whoever scans it after its end reads, if not the words
    of `LinkExpired`; ``broken``: what they read of one that can't be opened, which may be a genuine code whose key is gone.
    """

    def __init__(
        self,
        label: str,
        door: str,
        hospitals: Mapping[str, PatientsHospital],
        sealer: Sealer,
        clock: Clock,
        *,
        broken: str,
        expired: str | None = None,
    ) -> None:
        self._label = label
        self._door = door
        self._hospitals = hospitals
        self._sealer = sealer
        self._clock = clock
        self._broken = broken
        self._expired = expired

    def make(self, hospital_id: str, expires_at: datetime, *facts: object) -> SealedQr:
        """``facts`` are JSON values, as short as can be, because QR codes are small; the end is kept in whole seconds. Raises NotFound for an
        unknown hospital.
        """
        hospital = self._hospitals.get(hospital_id)
        if hospital is None:
            raise NotFound("no such hospital")
        ends = int(expires_at.timestamp())
        text = json.dumps([hospital_id, ends, *facts], ensure_ascii=False, separators=(",", ":"))
        sealed = self._sealer.seal(self._label, text.encode())
        return SealedQr(f"{hospital.public_url}/{self._door}/{sealed}", datetime.fromtimestamp(ends, UTC))

    def open(self, sealed: str) -> SealedFacts:
        """Raises Forged for what we did not seal under this label, LinkExpired after its end."""
        try:
            hospital_id, ends, *facts = json.loads(self._sealer.open(self._label, sealed))
        except Forged:
            raise Forged(self._label, user_message=self._broken) from None
        expires_at = datetime.fromtimestamp(ends, UTC)
        if hospital_id not in self._hospitals:
            raise Forged(f"hospital of the {self._label}", user_message=self._broken)
        if expires_at <= self._clock.now():
            raise LinkExpired(self._label, user_message=self._expired)
        return SealedFacts(hospital_id, expires_at, tuple(facts))
