"""Laboratory, examination and pathology reports (docs/his-interface.md section 10)."""

from __future__ import annotations

import base64
import random
from datetime import date, datetime
from functools import lru_cache

from sandbox.hospital.catalogue import patient_of_person
from sandbox.hospital.errors import No
from sandbox.hospital.report_contents import lab, picture, reports_of, sheet
from sandbox.world.chance import CHINA
from sandbox.world.people import Person
from sandbox.world.scene import Scene
from sandbox.world.wire import Record

REPORT = "his.report"
SEED = 20260301
TOLD = (
    "report_no", "card_no", "patient_name", "kind", "title", "department", "doctor", "auditor", "sampled_at", "audited_at", "state",
    "printed", "sensitive",
)  # fmt: skip
FINAL = {"audited", "amended"}
NOTHING_SHOWN: Record = {"items": [], "findings": "", "conclusion": "", "files": []}
"""The content of a report that is not audited."""


class Reports:
    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.functions = {
            "reports.list": self.listed,
            "report.detail": self.detail,
            "report.file": self.file,
            "report.values": self.values,
        }

    def open(self, now: datetime) -> None:
        """The first morning: everybody with a phone has had reports for half a year."""
        for report in _first_reports(self._scene.people, now.astimezone(CHINA)):
            self._put(report)

    # ---- questions -----------------------------------------------------------------------------------------------------------------

    def listed(self, asked: Record) -> Record:
        """Whatever their state; those that are not audited yet count to the day of the sample."""
        found = [one for one in self._of(asked["card_no"]) if asked["from"] <= _day(one) <= asked["to"]]
        if not found:
            raise No("NO_DATA", "没有报告")
        return {"reports": [_told(one) for one in found]}

    def detail(self, asked: Record) -> Record:
        report = self._get(asked)
        shown = report if report["state"] in FINAL else NOTHING_SHOWN
        body = {name: shown[name] for name in NOTHING_SHOWN}
        return {"report": {**_told(report), "specimen": report["specimen"], **body}}

    def file(self, asked: Record) -> Record:
        report = self._get(asked)
        found = [one for one in report["files"] if one["file_no"] == asked["file_no"]]
        if not found or report["state"] not in FINAL:
            raise No("NO_DATA", "没有这个文件")
        media = found[0]["media_type"]
        content = picture() if media == "image/png" else sheet(report["report_no"])
        return {"media_type": media, "content_base64": base64.b64encode(content).decode()}

    def values(self, asked: Record) -> Record:
        values = [
            {
                "report_no": one["report_no"], "at": one["sampled_at"],
                **{name: item[name] for name in ("value", "unit", "range", "flag")},
            }
            for one in self._of(asked["card_no"])
            if one["state"] in FINAL and asked["from"] <= _day(one) <= asked["to"]
            for item in one["items"]
            if item["item_no"] == asked["item_no"]
        ]  # fmt: skip
        if not values:
            raise No("NO_DATA", "没有这个项目的结果")
        return {"values": values}

    # ---- the laboratory ------------------------------------------------------------------------------------------------------------

    def audit(self, card_no: str) -> Record:
        """The doctor on duty audits what waits; where nothing waits, a new blood count is made and audited. Raises No."""
        of_card = self._of(card_no)
        if not of_card:
            raise No("NO_DATA", "没有这张卡的报告")
        now = self._scene.clock.business_now().astimezone(CHINA)
        waiting = next((one for one in of_card if one["state"] not in FINAL), None)
        if waiting is None:
            patient = {"cards": [card_no], "name": of_card[0]["patient_name"]}
            number = f"R{len(of_card):03d}{card_no[-4:]}50"
            waiting = lab(random.Random(SEED + len(of_card)), number, patient, now, "血常规")
        at = now.isoformat(timespec="seconds")
        return self._put({**waiting, "state": "audited", "auditor": "审核员甲", "audited_at": at})

    # ---- steps ---------------------------------------------------------------------------------------------------------------------

    def _of(self, card_no: str) -> list[Record]:
        """The newest first."""
        found = [one for one in self._scene.records.all(REPORT) if one["card_no"] == card_no]
        return sorted(found, key=lambda one: str(one["audited_at"] or one["sampled_at"]), reverse=True)

    def _get(self, asked: Record) -> Record:
        report = self._scene.records.get(REPORT, asked["report_no"])
        if report is None or report["card_no"] != asked["card_no"]:
            raise No("NO_DATA", "没有这份报告")
        return report

    def _put(self, report: Record) -> Record:
        return self._scene.records.put(REPORT, report["report_no"], report)


def _day(report: Record) -> str:
    """Of Asia/Shanghai, in which every time of a report is written."""
    moment = datetime.fromisoformat(report["audited_at"] or report["sampled_at"])
    day: date = moment.astimezone(CHINA).date()
    return day.isoformat()


def _told(report: Record) -> Record:
    abnormal = sum(item["flag"] not in {"none", "normal"} for item in report["items"])
    shown = report["state"] in FINAL and report["kind"] == "lab"
    return {**{name: report[name] for name in TOLD}, "abnormal": abnormal if shown else None}


@lru_cache(maxsize=1)
def _first_reports(people: tuple[Person, ...], now: datetime) -> tuple[Record, ...]:
    """Worlds that begin at the same moment share these records; nobody changes a record in place."""
    return tuple(
        report
        for number, person in enumerate(people, 1)
        for report in reports_of(random.Random(SEED + number), number, patient_of_person(person), now)
    )
