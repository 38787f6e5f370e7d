"""The console's rooms and the pages on which staff prove themselves."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from playwright.async_api import Browser

from server.core.errors import OutsideRefusal
from server.patients.contact_ports import DeliveryReport
from server.patients.model import BoundCard
from server.staff.model import Role
from tests.handlers.test_console_in_browser import Desk, a_desk, a_waiting_refund
from tests.screenshots.sheets import DESK_LOOKS, PHONE_LOOKS, sheet
from tests.support.builders import HOSPITAL, PHONE, a_patient, a_session
from tests.support.employees import Employee, an_employee
from tests.support.old_balances import FaithfulOldBalances, an_old_balance
from tests.support.outside import FaithfulHis, RecordingMessenger

OF_FINANCE = (
    "payments", "payments/waiting", "payments/{payment}", "payments/{payment}/refund", "confirm/{ticket}", "money", "figures",
    "reconciliation", "audit", "alerts", "manual", "login", "payments/none",
)  # fmt: skip
OF_ADMIN = ("staff", "staff/invite", "staff/employee/1001")


async def rooms(chromium: Browser, wanted: set[str]) -> None:
    """Every room, as finance and an admin see it; the name of a sheet is ``console-`` and the room's path."""
    async with a_desk(chromium) as desk:
        payment_id, ticket, finance = await a_waiting_refund(desk.memory_app)
        admin = await an_employee(desk.memory_app, "9001", Role.ADMIN, name="管理甲")
        names = {"payment": payment_id, "ticket": ticket}
        await _of(desk, finance, OF_FINANCE, names, wanted)
        await _of(desk, admin, OF_ADMIN, names, wanted)


async def _of(desk: Desk, employee: Employee, paths: Sequence[str], names: dict[str, str], wanted: set[str]) -> None:
    await desk.seat(employee)
    for path in paths:
        name = "console-" + path.replace("/", "-").replace("{", "").replace("}", "")
        if not wanted or name in wanted:
            await sheet(desk.page, name, partial(desk.open, f"/console/{path.format(**names)}"), DESK_LOOKS)
            print(name, flush=True)


async def balances(chromium: Browser, wanted: set[str]) -> None:
    """Whom no message about an old balance has reached, for each reason a line."""
    name = "console-money-balances"
    if wanted and name not in wanted:
        return
    cards = [
        (f"99000000000{place}", person) for place, person in enumerate(("张测试", "欧阳测试", "李小测", "王样本"), 1)
    ]
    his = FaithfulHis(
        old_balances=FaithfulOldBalances(*(an_old_balance(card_no=card, patient_name=name) for card, name in cards))
    )
    async with a_desk(chromium, his=his, messengers={"wechat": RecordingMessenger(follows=False)}) as desk:
        app = desk.memory_app
        for card, person in cards[1:]:
            await app.stores.cards.bind(
                BoundCard(hospital=HOSPITAL, owner=f"wechat:app:{card}", card_no=card, name=person)
            )
        app.his.patients |= {
            card: a_patient(card_nos=(card,), phone="" if card == cards[1][0] else PHONE) for card, _ in cards
        }
        app.sms.will("send", OutsideRefusal("sms", "isv.MOBILE_NUMBER_ILLEGAL"))
        await app.balance_round.once()
        await desk.seat(await an_employee(app, "3001", Role.FINANCE, name="钱财务"))
        for number in app.sms.days:
            await app.services.delivery_reports.of_sms(
                HOSPITAL, [DeliveryReport(out_id=number, delivered=False, code="MK:0008")]
            )
        await sheet(desk.page, name, partial(desk.open, "/console/money/balances"), DESK_LOOKS)
        print(name, flush=True)


async def proofs(chromium: Browser, wanted: set[str]) -> None:
    """The pages on a phone where a member of staff types PIN and code."""
    async with a_desk(chromium) as desk:
        memory_app = desk.memory_app
        payment_id, _, finance = await a_waiting_refund(memory_app)
        session = a_session(f"openid-{finance.number}")
        await memory_app.stores.sessions.drop(session.id)
        await memory_app.stores.sessions.put(session)
        await desk.context.add_cookies([{"name": "session-demo", "value": session.id, "url": desk.address}])
        asked = await memory_app.refund_desk.draft(await finance.now(), payment_id, None, "not_done", "未到检查")
        for name in ("confirm", "items"):
            if not wanted or f"staff-{name}" in wanted:
                path = f"/h/demo/staff/{name}/{asked.draft.ticket}"
                await sheet(desk.page, f"staff-{name}", partial(desk.open, path), PHONE_LOOKS)
                print(f"staff-{name}", flush=True)
