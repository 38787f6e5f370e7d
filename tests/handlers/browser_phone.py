"""A phone in a real browser, with the pages of an app in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from playwright.async_api import Browser, BrowserContext, Page, ViewportSize
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port

from server.patients.model import Session
from server.payments.sms_choice import NO_SMS
from tests.handlers.doors import WECHAT, an_app, doors_of
from tests.support.builders import HOSPITAL, a_bill, a_scan, a_session
from tests.support.in_memory_app import InMemoryApp

PHONE_SIZE: ViewportSize = {"width": 390, "height": 844}
SMALL: ViewportSize = {"width": 320, "height": 640}


class Phone:
    def __init__(
        self, memory_app: InMemoryApp, address: str, session: Session, context: BrowserContext, page: Page
    ) -> None:
        self.memory_app = memory_app
        self.session = session
        self.address = address
        self.context = context
        self.page = page
        self.troubles: list[str] = []
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("console", lambda line: self.troubles.append(line.text) if "Content Security" in line.text else None)

    async def open(self, path: str) -> None:
        """``path`` may end with `` > `` and the name of a button, which is pressed there: some pages are the answer to a form."""
        path, _, button = path.partition(" > ")
        await self.page.goto(f"{self.address}/h/demo{path}")
        if button:
            self.memory_app.clock.forward(minutes=13)  # a person gets five codes an hour
            async with self.page.expect_navigation():
                await self.page.get_by_role("button", name=button, exact=True).click()


@asynccontextmanager
async def a_phone(
    chromium: Browser, hospital: Mapping[str, object] | None = None, **context: object
) -> AsyncIterator[Phone]:
    """``hospital``: what of the hospital differs from the usual one."""
    socket, port = bind_unused_port()
    address = f"http://localhost:{port}"
    bills = (a_bill("B1", 3720), a_bill("B2", 128000, department="医学影像科与放射治疗中心"))
    memory_app = an_app(*bills, public_url=address, **(hospital or {}))
    server = HTTPServer(doors_of(memory_app))
    server.add_socket(socket)
    session = a_session("openid-zhang-ceshi", a_scan("B1", "B2"))
    await memory_app.stores.sessions.put(session)
    try:
        opened = await chromium.new_context(viewport=PHONE_SIZE, user_agent=WECHAT, **context)  # type: ignore[arg-type]
        await opened.add_cookies([{"name": "session-demo", "value": session.id, "url": address}])
        yield Phone(memory_app, address, session, opened, await opened.new_page())
        await opened.close()
    finally:
        server.stop()
        await server.close_all_connections()


async def a_paid_one(phone: Phone) -> str:
    """The number of a payment that the HIS has booked."""
    begun = await phone.memory_app.payments.start("bills", phone.session, ["B1"], NO_SMS)
    await phone.memory_app.notifications.apply(HOSPITAL, phone.memory_app.channel.pay(begun.payment_id))
    await phone.memory_app.work()
    return begun.payment_id
