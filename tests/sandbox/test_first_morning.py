"""The first morning of the invented hospital: the same for every world that begins at the same moment."""

from __future__ import annotations

from copy import deepcopy

from sandbox.hospital.his import BILL, PATIENT
from sandbox.hospital.reports import REPORT
from tests.sandbox.world import Record, World, new_world


def shown(world: World) -> list[list[Record]]:
    records = world.outside.scene.records
    return [list(records.all(kind)) for kind in (PATIENT, BILL, REPORT)]


def test_what_happens_in_one_world_is_not_seen_in_another(keys: Record) -> None:
    one = new_world(keys)
    before = deepcopy(shown(one))
    his = one.outside.hospital.his
    paid, changed, *_ = (bill["bill_no"] for bill in shown(one)[1] if bill["status"] == "unpaid")
    his.pay_at_window(paid)
    his.dispense(paid)
    his.change(changed)
    card_no = one.credentials["people"][0]["cards"][0]
    his.issue(card_no)
    his.reports.audit(card_no)
    assert shown(one) != before
    assert shown(new_world(keys)) == before
