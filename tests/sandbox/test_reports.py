"""The HIS's functions for reports by docs/his-interface.md section 10."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest

from sandbox.world.chance import CHINA
from tests.sandbox.hospital import His
from tests.sandbox.world import Record, World

HEAD = {
    "report_no", "card_no", "patient_name", "kind", "title", "department", "doctor", "auditor", "sampled_at", "audited_at", "state",
    "printed", "sensitive", "abnormal",
}  # fmt: skip


@pytest.fixture
def his(world: World) -> His:
    return His(world)


def days(world: World, back: int) -> Record:
    today = world.time().astimezone(CHINA).date()
    return {"from": (today - timedelta(days=back)).isoformat(), "to": today.isoformat()}


def reports(his: His, world: World, back: int = 200) -> list[Record]:
    code, data = his.ask("reports.list", card_no=his.card(), **days(world, back))
    assert code == "OK"
    found: list[Record] = data["reports"]
    return found


def test_a_person_has_reports_of_every_kind_within_the_days_asked_for(his: His, world: World) -> None:
    found = reports(his, world)
    assert {one["kind"] for one in found} == {"lab", "exam", "pathology"}
    assert {one["state"] for one in found} == {"audited", "preliminary"}
    assert all(set(one) == HEAD for one in found)
    assert 0 < len(reports(his, world, 10)) < len(found)
    assert his.ask("reports.list", card_no="NOSUCH", **days(world, 10))[0] == "NO_DATA"


def test_what_is_not_audited_has_no_content(his: His, world: World) -> None:
    [waiting] = [one for one in reports(his, world) if one["state"] == "preliminary"]
    code, data = his.ask("report.detail", card_no=his.card(), report_no=waiting["report_no"])
    assert (code, data["report"]["items"], data["report"]["audited_at"]) == ("OK", [], None)


def test_values_are_judged_and_have_a_history(his: His, world: World) -> None:
    panel = next(one for one in reports(his, world) if one["title"] == "血常规" and one["state"] == "audited")
    report = his.ask("report.detail", card_no=his.card(), report_no=panel["report_no"])[1]["report"]
    assert {item["flag"] for item in report["items"]} <= {"normal", "low", "high", "very_high"}
    assert panel["abnormal"] == sum(item["flag"] != "normal" for item in report["items"])
    values = his.ask("report.values", card_no=his.card(), item_no="WBC", **days(world, 200))[1]["values"]
    assert len(values) == 3
    assert his.ask("report.values", card_no=his.card(), item_no="NONE", **days(world, 200))[0] == "NO_DATA"


@pytest.mark.parametrize(("file_no", "begins"), [("1", b"\x89PNG"), ("2", b"%PDF-")])
def test_a_film_has_a_picture_and_a_paper(his: His, world: World, file_no: str, begins: bytes) -> None:
    film = next(one for one in reports(his, world) if one["kind"] == "exam")
    named: dict[str, Any] = {"card_no": his.card(), "report_no": film["report_no"]}
    code, data = his.ask("report.file", **named, file_no=file_no)
    assert code == "OK"
    assert base64.b64decode(data["content_base64"]).startswith(begins)
    assert his.ask("report.file", **named, file_no="9")[0] == "NO_DATA"
    assert his.ask("report.file", card_no=his.card(2), report_no=film["report_no"], file_no=file_no)[0] == "NO_DATA"
