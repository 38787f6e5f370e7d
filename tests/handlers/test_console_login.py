"""Into the console by phone, PIN and authenticator; sessions that end."""

from __future__ import annotations

import json
from http.cookies import SimpleCookie
from typing import Any

import pytest

from server.staff.model import Role
from server.staff.proofs import Proof
from server.staff.rules.proofs import LOCKED_FOR
from tests.handlers.conftest import Browser, place, text_of
from tests.handlers.console import another, asked_code, asked_ticket, let_in, phone_of
from tests.support.builders import HOSPITAL
from tests.support.employees import PIN, Employee, an_employee
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.gen_test


def form(proof: Proof) -> dict[str, str]:
    return {"pin": proof.pin, "totp": proof.totp}


async def confirmed(memory_app: InMemoryApp, desk: Browser, employee: Employee) -> Any:
    """The page that asks for PIN and TOTP."""
    page = await desk.get("/console/login")
    await let_in(memory_app, desk, employee, asked_ticket(page))
    return await desk.get("/console/login")


async def test_the_phone_says_who_and_the_proof_that_it_is_them(memory_app: InMemoryApp, desk: Browser) -> None:
    cashier = await an_employee(memory_app)
    assert place(await desk.get("/console/payments")) == "/console/login"
    page = await desk.get("/console/login")
    assert "data:image/png;base64," in text_of(page)
    code, ticket = asked_code(page), asked_ticket(page)
    phone = await phone_of(memory_app, desk, cashier)
    asked = await phone.get(f"/h/demo/staff/console/{ticket}")
    assert "在电脑上登录控制台？" in text_of(asked)
    assert f"{code[:4]} {code[4:]}" in text_of(asked)
    assert "Edge（Windows）" in text_of(asked)
    assert "09:30" in text_of(asked)
    assert json.loads((await desk.get("/console/login/state")).body) == {"state": "waiting"}
    assert "已确认" in text_of(await phone.submit(asked, f"/h/demo/staff/console/{ticket}", {"answer": "yes"}))
    assert json.loads((await desk.get("/console/login/state")).body) == {"state": "confirmed"}
    page = await desk.get("/console/login")
    assert "李*费" in text_of(page)
    done = await desk.submit(page, "/console/login", form(cashier.proof()))
    assert (done.code, place(done)) == (303, "/console")
    assert place(await desk.get("/console")) == "/console/payments"
    shown = text_of(await desk.get("/console/payments"))
    assert "李收费 · 收费员 · 工号1001" in shown
    assert "/console/staff" not in shown


async def test_the_cookies_are_the_console_s_own_and_strict(memory_app: InMemoryApp, desk: Browser) -> None:
    cashier = await an_employee(memory_app)
    page = await confirmed(memory_app, desk, cashier)
    await desk.submit(page, "/console/login", form(cashier.proof()))
    kept = {name: morsel for header in desk.set_cookie_headers for name, morsel in SimpleCookie(header).items()}
    for name in ("__Host-console", "__Host-console-login"):
        morsel = kept[name]
        assert (morsel["samesite"], morsel["path"]) == ("Strict", "/")
        assert morsel["httponly"]
        assert morsel["secure"]
    assert "__Host-console-login" not in desk.cookies, "used up"
    ours = next(header for header in desk.set_cookie_headers if header.startswith("__Host-console="))
    assert "expires" not in ours.lower()
    assert "max-age" not in ours.lower(), "ends with the browser"


async def test_a_session_that_somebody_planted_is_not_the_one_that_is_logged_in(
    memory_app: InMemoryApp, desk: Browser
) -> None:
    cashier = await an_employee(memory_app)
    desk.cookies["__Host-console"] = "PLANTED"
    page = await confirmed(memory_app, desk, cashier)
    await desk.submit(page, "/console/login", form(cashier.proof()))
    first = desk.cookies["__Host-console"]
    assert first != "PLANTED"
    page = await confirmed(memory_app, desk, cashier)
    await desk.submit(page, "/console/login", form(cashier.proof()))
    assert desk.cookies["__Host-console"] != first
    desk.cookies["__Host-console"] = first
    assert place(await desk.get("/console/payments")) == "/console/login", "the old one ended with the new login"


async def test_a_code_is_for_one_phone_one_login_and_three_minutes(memory_app: InMemoryApp, desk: Browser) -> None:
    cashier, other = await an_employee(memory_app), await an_employee(memory_app, "1002", name="孙收费")
    page = await desk.get("/console/login")
    ticket = asked_ticket(page)
    await let_in(memory_app, desk, cashier, ticket)
    late = await phone_of(memory_app, desk, other)
    assert (await late.get(f"/h/demo/staff/console/{ticket}")).code == 410
    page, kept = await desk.get("/console/login"), dict(desk.cookies)
    assert place(await desk.submit(page, "/console/login", form(cashier.proof()))) == "/console"
    desk.cookies = kept
    again = await desk.submit(page, "/console/login", form(cashier.proof()))
    assert (again.code, "__Host-console" in desk.cookies) == (401, False)
    page = await desk.get("/console/login")
    memory_app.clock.forward(181)
    phone = await phone_of(memory_app, desk, cashier)
    assert (await phone.get(f"/h/demo/staff/console/{asked_ticket(page)}")).code == 410
    assert json.loads((await desk.get("/console/login/state")).body) == {"state": "gone"}


async def test_who_is_no_staff_or_says_no_lets_nobody_in(
    memory_app: InMemoryApp, desk: Browser, enter: Any, browser: Browser
) -> None:
    cashier = await an_employee(memory_app)
    ticket = asked_ticket(await desk.get("/console/login"))
    await enter()
    assert (await browser.get(f"/h/demo/staff/console/{ticket}")).code == 404, "for strangers there is no such page"
    phone = await phone_of(memory_app, desk, cashier)
    asked = await phone.get(f"/h/demo/staff/console/{ticket}")
    assert "已拒绝" in text_of(await phone.submit(asked, f"/h/demo/staff/console/{ticket}", {"answer": "no"}))
    assert json.loads((await desk.get("/console/login/state")).body) == {"state": "gone"}


async def test_without_the_proof_nobody_comes_in_and_guessing_locks(memory_app: InMemoryApp, desk: Browser) -> None:
    cashier = await an_employee(memory_app)
    page = await confirmed(memory_app, desk, cashier)
    for _ in range(4):
        page = await desk.submit(page, "/console/login", form(cashier.proof("908172")))
        assert page.code == 403
        assert "PIN或动态码不正确" in text_of(page)
    locked = await desk.submit(page, "/console/login", form(cashier.proof("908172")))
    assert (locked.code, "__Host-console" in desk.cookies) == (429, False)
    memory_app.clock.forward(LOCKED_FOR.total_seconds())


async def test_full_width_digits_are_digits_and_anything_else_is_wrong(memory_app: InMemoryApp, desk: Browser) -> None:
    cashier = await an_employee(memory_app)
    page = await confirmed(memory_app, desk, cashier)
    proof = cashier.proof()
    for odd in ("一二三四五六", "²²²²²²", "", "\x00" * 6):
        assert (await desk.submit(page, "/console/login", {"pin": proof.pin, "totp": odd})).code == 403
    wide = {
        name: typed.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789"}) for name, typed in form(proof).items()
    }
    assert (await desk.submit(page, "/console/login", wide)).code == 303


async def test_a_link_from_elsewhere_which_brings_no_cookie_ends_no_session(
    memory_app: InMemoryApp, desk: Browser
) -> None:
    cashier = await an_employee(memory_app)
    page = await confirmed(memory_app, desk, cashier)
    await desk.submit(page, "/console/login", form(cashier.proof()))
    kept = desk.cookies.pop("__Host-console")
    desk.set_cookie_headers.clear()
    assert place(await desk.get("/console/payments")) == "/console/login"
    assert not [header for header in desk.set_cookie_headers if header.startswith("__Host-console=")]
    desk.cookies["__Host-console"] = kept
    assert (await desk.get("/console/payments")).code == 200


async def test_another_computer_s_code_is_of_no_use(memory_app: InMemoryApp, desk: Browser) -> None:
    cashier = await an_employee(memory_app)
    thief = another(desk)
    page = await confirmed(memory_app, desk, cashier)
    await thief.get("/console/login")
    thief.cookies["__Host-console-login"] = desk.cookies["__Host-console-login"].partition(".")[0] + ".0000"
    stolen = await thief.submit(page, "/console/login", form(cashier.proof()))
    assert stolen.code in {401, 403}
    assert "__Host-console" not in thief.cookies


async def test_pin_and_cookie_stand_nowhere_in_the_store_in_clear(memory_app: InMemoryApp, desk: Browser) -> None:
    cashier = await an_employee(memory_app)
    page = await confirmed(memory_app, desk, cashier)
    await desk.submit(page, "/console/login", form(cashier.proof()))
    stored = repr(vars(memory_app.stores.short_lived))
    assert desk.cookies["__Host-console"] not in stored
    assert PIN not in stored


async def test_forms_need_their_token_and_pages_their_headers(memory_app: InMemoryApp, desk: Browser) -> None:
    cashier = await an_employee(memory_app)
    page = await confirmed(memory_app, desk, cashier)
    assert (await desk.post("/console/login", form(cashier.proof()))).code == 403
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"
    for markup in ("<style", " style=", " onclick"):
        assert markup not in text_of(page)


async def test_finance_sees_who_came_failed_and_left(memory_app: InMemoryApp, desk: Browser) -> None:
    finance = await an_employee(memory_app, "5001", Role.FINANCE)
    page = await confirmed(memory_app, desk, finance)
    wrong = await desk.submit(page, "/console/login", form(finance.proof(pin="908172")))
    await desk.submit(wrong, "/console/login", form(finance.proof()))
    shown = text_of(await desk.get("/console/audit"))
    for words in ("输入PIN和动态码，不正确", "登录控制台，PIN不对", "输入PIN和动态码，正确", "工号5001"):
        assert words in shown
    await desk.submit(await desk.get("/console/manual"), "/console/logout", {})
    last = await memory_app.stores.audit.last(HOSPITAL)
    assert last is not None
    assert (last.what, last.by) == ("staff_logged_out", "staff:5001")
