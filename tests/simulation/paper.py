"""The bill on paper: its QR as the hospital prints it, on the way to whoever holds a camera over it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sandbox.hospital.his import BILL
from server.app.wiring import Composition
from server.patients.model import Origin, ScannedBills

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

QR_LIFE_S = 7 * 86400


def printed(world: SimulatedWorld, parts: Composition, bill_nos: Sequence[str]) -> str:
    """The address in the QR that names these bills."""
    bill = world.outside.scene.records.get(BILL, bill_nos[0]) or {}
    patient = world.outside.hospital.his.patient_query({"card_no": bill["card_no"]})["patient"]
    scanned = ScannedBills(
        card_no=bill["card_no"],
        name=patient["name"],
        phone=patient["phone"],
        id_no=patient["id_no"],
        bill_nos=tuple(bill_nos),
        origin=Origin(entrance="bill_qr", terminal="printer-1"),
        expires_at=parts.services.clock.now().replace(microsecond=0) + world.days(QR_LIFE_S / 86400),
    )
    return parts.services.scans.make(world.hospital_id, scanned).url
