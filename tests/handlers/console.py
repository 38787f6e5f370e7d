"""Staff at a computer: the phone that lets them in, and a shortcut for tests of the rooms."""

from __future__ import annotations

import re
from copy import copy
from datetime import timedelta

from tornado.httpclient import HTTPResponse

from server.payments.model import Payment
from server.payments.sms_choice import SmsChoice, sms_to
from tests.handlers.conftest import Browser, text_of
from tests.handlers.doors import WECHAT
from tests.support.builders import HOSPITAL, PHONE, a_scan, a_session
from tests.support.employees import Employee
from tests.support.in_memory_app import InMemoryApp

LOGGED_IN = timedelta(hours=2)


def asked_code(page: HTTPResponse) -> str:
    found = re.search(r'id="code">([0-9A-Z]{4}) ([0-9A-Z]{4})<', text_of(page))
    assert found, "the page shows a code"
    return found[1] + found[2]


def asked_ticket(page: HTTPResponse) -> str:
    """What the QR on the page carries, as its address in writing shows it."""
    found = re.search(r'id="address">[^<]*/staff/console/([0-9A-Za-z._-]+)<', text_of(page))
    assert found, "the page shows an address"
    return found[1]


def another(desk: Browser, user_agent: str = "") -> Browser:
    """One more device with its own cookies: none yet."""
    device = copy(desk)
    device.user_agent, device.cookies, device.set_cookie_headers = user_agent or desk.user_agent, {}, []
    return device


async def phone_of(memory_app: InMemoryApp, desk: Browser, employee: Employee) -> Browser:
    """Their own phone, logged in to the account."""
    phone = another(desk, WECHAT)
    session = a_session(f"openid-{employee.number}", expires_at=memory_app.clock.now() + LOGGED_IN)
    await memory_app.stores.sessions.drop(session.id)
    await memory_app.stores.sessions.put(session)
    phone.cookies["__Host-session-demo"] = session.id
    return phone


async def let_in(memory_app: InMemoryApp, desk: Browser, employee: Employee, ticket: str) -> None:
    phone = await phone_of(memory_app, desk, employee)
    path = f"/h/demo/staff/console/{ticket}"
    done = await phone.submit(await phone.get(path), path, {"answer": "yes"})
    assert "已确认" in text_of(done)


async def sit_down(memory_app: InMemoryApp, desk: Browser, employee: Employee) -> Browser:
    """The computer with a session of this member of staff."""
    desk.cookies["__Host-console"] = await memory_app.console.sessions.open(await employee.now())
    return desk


async def booked(memory_app: InMemoryApp, bill_no: str = "B1", sms: SmsChoice | None = None) -> Payment:
    begun = await memory_app.payments.start(
        "bills", a_session("openid-zhang-ceshi", a_scan(bill_no)), [bill_no], sms or sms_to(PHONE)
    )
    await memory_app.notifications.apply(HOSPITAL, memory_app.channel.pay(begun.payment_id))
    await memory_app.work()
    return await memory_app.payment(begun.payment_id)


def proof_of(employee: Employee, pin: str = "280519") -> dict[str, str]:
    proof = employee.proof(pin)
    return {"pin": proof.pin, "totp": f"{proof.totp[:3]} {proof.totp[3:]}"}
