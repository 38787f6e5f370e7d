"""Who is there, and what was scanned."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from server.core.errors import BadInput, Forged, LinkExpired, LoginNeeded, NotFound
from server.infrastructure.sealing import Keyring
from server.patients.login import LOGIN_LIFE, SESSION_LIFE
from server.patients.model import SCANS_PER_SESSION_MAX
from tests.support.builders import CARD, HOSPITAL, a_bill, a_scan, a_session
from tests.support.clock_and_ids import MORNING
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import FaithfulHis, a_hospital

pytestmark = pytest.mark.asyncio
HOME = "/h/demo/bills"


def two_hospitals() -> InMemoryApp:
    return InMemoryApp(a_hospital(), a_hospital("other"))


def state_in(url: str) -> str:
    return parse_qs(urlsplit(url).query)["state"][0]


class TestLogin:
    async def test_there_and_back(self) -> None:
        memory_app = InMemoryApp()
        begun = memory_app.login.begin(HOSPITAL, "wechat", "/h/demo/bills?from=menu")
        done = await memory_app.login.finish(HOSPITAL, "wechat", "code-of-zhang", state_in(begun.url), begun.cookie)
        assert done.return_to == "/h/demo/bills?from=menu"
        assert done.session.identity.subject == "zhang"
        assert await memory_app.login.session(HOSPITAL, done.session.id) == done.session
        await memory_app.login.logout(done.session)
        with pytest.raises(LoginNeeded):
            await memory_app.login.session(HOSPITAL, done.session.id)

    @pytest.mark.parametrize(
        "target",
        ["https://evil.example/", "//evil.example/h/demo/", "/h/other/bills", "/h/demo", "/h/demox/", "", "h/demo/bills",
         "/h/demo/\\evil", "/h/demo/\r\nSet-Cookie: a=b", "/h/demo/\tx", "/h/demo/ x", "/h/demo/../../console/x", "/h/demo/..",
         "/h/demo/%2e%2e/%2E%2e/console", "/h/demo/x/../../other/bills", "javascript:alert(1)", "/h/demo/" + "x" * 2000, "/h/demo/\x7f"],
    )  # fmt: skip
    async def test_is_no_open_redirect(self, target: str) -> None:
        with pytest.raises(BadInput):
            two_hospitals().login.begin(HOSPITAL, "wechat", target)

    @pytest.mark.parametrize("target", ["/h/demo/bills", "/h/demo/payments/ZF1?just_paid=1", "/h/demo/bills/B..1"])
    async def test_own_pages_are_fine(self, target: str) -> None:
        assert InMemoryApp().login.begin(HOSPITAL, "wechat", target).cookie

    async def test_state_and_cookie_must_meet_again(self) -> None:
        memory_app = two_hospitals()
        mine, theirs = (memory_app.login.begin(HOSPITAL, "wechat", HOME) for _ in range(2))
        tries = [
            (HOSPITAL, "code-of-x", state_in(theirs.url), mine.cookie),
            (HOSPITAL, "code-of-x", "", mine.cookie),
            (HOSPITAL, "code-of-x", "状态", mine.cookie),
            (HOSPITAL, "code-of-x", state_in(mine.url), ""),
            (HOSPITAL, "code-of-x", state_in(mine.url), mine.cookie[:-2] + "xx"),
            (HOSPITAL, "", state_in(mine.url), mine.cookie),
            (HOSPITAL, "wrong", state_in(mine.url), mine.cookie),
            ("other", "code-of-x", state_in(mine.url), mine.cookie),
        ]
        for hospital, code, state, cookie in tries:
            with pytest.raises(LoginNeeded):
                await memory_app.login.finish(hospital, "wechat", code, state, cookie)

    async def test_a_cookie_of_another_purpose_is_none(self) -> None:
        memory_app = InMemoryApp()
        sealed = memory_app.sealer.seal("qr", b'["demo","wechat","S","/h/demo/bills",9999999999]')
        with pytest.raises(LoginNeeded):
            await memory_app.login.finish(HOSPITAL, "wechat", "code-of-x", "S", sealed)

    async def test_a_login_ends_after_its_life(self) -> None:
        memory_app = InMemoryApp()
        begun = memory_app.login.begin(HOSPITAL, "wechat", HOME)
        memory_app.clock.forward(LOGIN_LIFE.total_seconds() + 1)
        with pytest.raises(LoginNeeded):
            await memory_app.login.finish(HOSPITAL, "wechat", "code-of-x", state_in(begun.url), begun.cookie)

    async def test_a_session_ends_and_belongs_to_one_hospital(self) -> None:
        memory_app = two_hospitals()
        begun = memory_app.login.begin(HOSPITAL, "wechat", HOME)
        session = (
            await memory_app.login.finish(HOSPITAL, "wechat", "code-of-x", state_in(begun.url), begun.cookie)
        ).session
        for hospital, session_id in (("other", session.id), (HOSPITAL, "nothing"), (HOSPITAL, ""), (HOSPITAL, None)):
            with pytest.raises(LoginNeeded):
                await memory_app.login.session(hospital, session_id)
        memory_app.clock.forward(SESSION_LIFE.total_seconds())
        with pytest.raises(LoginNeeded):
            await memory_app.login.session(HOSPITAL, session.id)

    async def test_unknown_doors(self) -> None:
        for hospital, channel in (("nothing", "wechat"), (HOSPITAL, "alipay")):
            with pytest.raises(NotFound):
                InMemoryApp().login.begin(hospital, channel, HOME)

    async def test_a_session_begins_with_what_was_scanned_before_the_login(self) -> None:
        memory_app, session_id = InMemoryApp(), ""
        for scan in (a_scan("B1"), a_scan("B2")):
            begun = memory_app.login.begin(HOSPITAL, "wechat", HOME)
            done = await memory_app.login.finish(
                HOSPITAL, "wechat", "code-of-zhang", state_in(begun.url), begun.cookie, session_id, scan
            )
            session_id = done.session.id
        stored = await memory_app.login.session(HOSPITAL, session_id)
        assert stored.scans == (a_scan("B2"), a_scan("B1"))


class TestScan:
    async def test_a_sealed_scan_is_opened_as_it_was_made(self) -> None:
        memory_app = InMemoryApp()
        scan = a_scan("B1", "B2")
        made = memory_app.scans.make(HOSPITAL, scan)
        assert made.expires_at == scan.expires_at
        opened = memory_app.scans.open(made.url.removeprefix("https://pay.hospital.example/s/"))
        assert (opened.hospital_id, opened.scanned) == (HOSPITAL, scan)

    async def test_tells_nothing_in_clear_and_fits_a_code_even_with_20_bills(self) -> None:
        memory_app = InMemoryApp()
        scan = a_scan(*(f"MZ2026112300{number:04d}" for number in range(20)))
        url = memory_app.scans.make(HOSPITAL, scan).url
        assert len(url) < 700, "a QR of level M stays readable on paper"
        for secret in (scan.name, scan.phone, scan.id_no, scan.card_no, "MZ2026"):
            assert secret not in url
        assert set(url.rsplit("/", 1)[1]) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")

    async def test_more_bills_than_one_can_pay_are_not_printed(self) -> None:
        with pytest.raises(BadInput):
            InMemoryApp().scans.make(HOSPITAL, a_scan(*(f"B{number}" for number in range(21))))
        with pytest.raises(NotFound):
            InMemoryApp().scans.make("nothing", a_scan())

    async def test_forged_or_foreign(self) -> None:
        memory_app = InMemoryApp()
        sealed = memory_app.scans.make(HOSPITAL, a_scan()).url.rsplit("/", 1)[1]
        stranger = Keyring("k1", {"k1": b"9" * 32}, b"2" * 32).seal("qr", b"[]")
        other_purpose = memory_app.sealer.seal("login", b"[]")
        changed = sealed[:-4] + ("A" if sealed[-4] != "A" else "B") + sealed[-3:]
        for wrong in ("", "x", sealed[:-1], changed, stranger, other_purpose, "k2" + sealed[2:], "k1." + "A" * 200):
            with pytest.raises(Forged):
                memory_app.scans.open(wrong)

    async def test_an_expired_scan_is_refused(self) -> None:
        memory_app = InMemoryApp()
        sealed = memory_app.scans.make(HOSPITAL, a_scan(expires_at=MORNING + timedelta(seconds=10))).url.rsplit("/", 1)[
            1
        ]
        memory_app.clock.forward(10)
        with pytest.raises(LinkExpired):
            memory_app.scans.open(sealed)

    async def test_of_a_hospital_that_is_not_here(self) -> None:
        sealed = two_hospitals().scans.make("other", a_scan()).url.rsplit("/", 1)[1]
        with pytest.raises(Forged):
            InMemoryApp().scans.open(sealed)
        memory_app = two_hospitals()
        with pytest.raises(NotFound):
            await memory_app.scans.attach(a_session("zhang"), sealed)

    async def test_opens_its_bills_to_this_session_and_for_its_life(self) -> None:
        memory_app = InMemoryApp(a_hospital(his=FaithfulHis(a_bill("B1"), a_bill("B2"))))
        sealed = memory_app.scans.make(HOSPITAL, a_scan("B1", expires_at=MORNING + timedelta(minutes=30))).url.rsplit(
            "/", 1
        )[1]
        with pytest.raises(LoginNeeded):
            await memory_app.scans.attach(a_session("zhang"), sealed)
        await memory_app.stores.sessions.put(a_session("zhang"))
        session = await memory_app.scans.attach(a_session("zhang"), sealed)
        assert await memory_app.scans.attach(session, sealed) == session
        assert await memory_app.stores.sessions.get(session.id, memory_app.clock.now()) == session
        [shown] = await memory_app.bills.unpaid(session)
        assert [bill.bill_no for bill in shown.bills] == ["B1"]
        assert (shown.name_masked, shown.bound, shown.scanned) == ("张*试", False, True)
        assert CARD not in shown.card_key
        with pytest.raises(NotFound):
            await memory_app.bills.one(session, "B2")
        memory_app.clock.forward(minutes=30)
        assert await memory_app.bills.unpaid(session) == ()
        with pytest.raises(NotFound):
            await memory_app.bills.one(session, "B1")

    async def test_of_two_scans_at_once_none_is_lost(self) -> None:
        """A family's bills, scanned one after the other while the first page still loads."""
        memory_app = InMemoryApp(a_hospital(his=FaithfulHis(a_bill("B1"), a_bill("B2"))))
        session = a_session("zhang")
        await memory_app.stores.sessions.put(session)
        seals = [memory_app.scans.make(HOSPITAL, a_scan(number)).url.rsplit("/", 1)[1] for number in ("B1", "B2")]
        for sealed in seals:  # both requests have read the session before either has changed it
            await memory_app.scans.attach(session, sealed)
        stored = await memory_app.login.session(HOSPITAL, session.id)
        assert {scan.bill_nos for scan in stored.scans} == {("B1",), ("B2",)}

    async def test_a_session_keeps_only_so_many(self) -> None:
        memory_app = InMemoryApp()
        session = a_session("zhang")
        await memory_app.stores.sessions.put(session)
        for number in range(SCANS_PER_SESSION_MAX + 3):
            session = await memory_app.scans.attach(
                session, memory_app.scans.make(HOSPITAL, a_scan(f"B{number}")).url.rsplit("/", 1)[1]
            )
        assert len(session.scans) == SCANS_PER_SESSION_MAX
        assert session.scans[0].bill_nos == (f"B{SCANS_PER_SESSION_MAX + 2}",)
