"""Commands of operations: menus, codes, backups, the trial of a store. Each function prints what came of it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from server.app import bootstrap
from server.core.errors import BackupRefused, StoreError
from server.infrastructure.qr_png import QrPrinter
from server.patients.model import Origin, ScannedBills

if TYPE_CHECKING:
    from settings import Settings

OK, FAILED = 0, 1
HEADS_SHOWN = 7


def try_store(uri: str) -> int:
    """`run.py doctor --store`: a line per promise that Zhenfu needs of a MongoDB."""
    try:
        results = bootstrap.try_store(uri)
    except StoreError as error:
        print(
            f"The database at this address does not answer ({error}). Is it running, and is the address right?",
            file=sys.stderr,
        )
        return FAILED
    for result in results:
        print(f"{'kept  ' if not result.why else 'BROKEN'}  {result.promise}")
        if result.why:
            print(f"        {result.why}")
    broken = sum(bool(result.why) for result in results)
    print(f"{broken} broken. 有 {broken} 项不满足" if broken else "This store keeps its promises. 这个数据库可以用")
    return FAILED if broken else OK


def doctor(settings: Settings) -> int:
    """`run.py doctor`: a sentence for everything that needs a person."""
    findings = bootstrap.doctor(settings)
    for finding in findings:
        print(finding)
    to_mend = sum(finding.to_mend for finding in findings)
    print("Nothing to mend. 一切正常" if not to_mend else f"{to_mend} to look at. 有 {to_mend} 项需要处理")
    return FAILED if to_mend else OK


def back_up(settings: Settings, file: Path) -> int:
    return _archived(lambda: bootstrap.back_up(settings, file), f"{file}: written and read again")


def restore(settings: Settings, file: Path) -> int:
    return _archived(lambda: bootstrap.restore(settings, file), f"{file}: restored")


def verify_audit(settings: Settings, hospital_id: str | None, day: date | None, head: str) -> int:
    """`run.py audit verify`: a line per hospital, the heads, and a sentence per thing that is wrong."""
    from settings import load_hospitals

    failed = False
    for hospital in [hospital_id] if hospital_id else [each.id for each in load_hospitals(settings)]:
        report = bootstrap.verify_audit(settings, hospital, day, head)
        for on, mac in sorted(report.heads.items())[-HEADS_SHOWN:]:
            print(f"{hospital} {on}: head {mac}")
        for problem in report.problems:
            print(f"· {hospital}: {problem}")
        what = (
            f"{len(report.problems)} wrong. 有 {len(report.problems)} 处不符"
            if report.problems
            else "whole. 审计链完整"
        )
        print(f"{hospital}: {report.entries} entries, {what}")
        failed = failed or bool(report.problems)
    return FAILED if failed else OK


def _archived(act: Callable[[], bootstrap.Contents], done: str) -> int:
    try:
        contents = act()
    except BackupRefused as error:
        print(error, file=sys.stderr)
        return FAILED
    counts = ", ".join(f"{count} {name}" for name, count in contents.documents.items() if count)
    print(
        f"{done}: {counts or 'nothing'}. Sealed with {', '.join(contents.key_ids) or 'no key'}: keep the keyring apart from it."
    )
    return OK


def push_menus(settings: Settings, hospital: str | None) -> None:
    """The menu of one hospital, or of all."""

    async def push(process: bootstrap.Process) -> None:
        services = process.parts.services
        for hospital_id in [hospital] if hospital else list(services.hospitals):
            for channel in await services.menus.push(hospital_id):
                print(f"{hospital_id}: menu pushed to {channel}")

    bootstrap.once(settings, push)


def make_qr(settings: Settings, hospital: str, card_no: str, bill_nos: tuple[str, ...], out_file: Path) -> None:
    """A bill's QR code as a PNG file, for the patient that the HIS knows under ``card_no``."""

    async def make(process: bootstrap.Process) -> None:
        services = process.parts.services
        patient = await services.hospitals[hospital].his.patient(card_no)
        if patient is None:
            print("The HIS knows no such card.")
            return
        scanned = ScannedBills(
            card_no=card_no,
            name=patient.name,
            phone=patient.phone,
            id_no=patient.id_no,
            bill_nos=bill_nos,
            origin=Origin(entrance="bill_qr"),
            expires_at=services.clock.now() + timedelta(days=settings.qr_valid_days),
        )
        sealed = services.scans.make(hospital, scanned)
        await asyncio.to_thread(out_file.write_bytes, await QrPrinter().png(sealed.url))
        print(f"{out_file}: valid until {sealed.expires_at:%Y-%m-%d}")

    bootstrap.once(settings, make)


POSTER_PAGE = "pages/home/home"


def make_poster(settings: Settings, hospital: str, scene: str, out_file: Path) -> int:
    """The mini-program's own code, which WeChat draws: it opens the hospital's bills, ``scene`` says which poster it was."""

    async def make(process: bootstrap.Process) -> int:
        mini_program = process.parts.services.hospitals[hospital].mini_program
        if mini_program is None:
            print(f"{hospital} has no mini-program: its file needs [wechat.miniprogram].", file=sys.stderr)
            return FAILED
        await asyncio.to_thread(out_file.write_bytes, await mini_program.code(scene, POSTER_PAGE))
        print(f"{out_file}: opens {POSTER_PAGE} with scene={scene}")
        return OK

    return bootstrap.once(settings, make)
