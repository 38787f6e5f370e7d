"""Paying and following a payment. Each answer is truthful at the moment it is given; the page asks again by itself."""

from __future__ import annotations

import logging

from handlers.base.moments import read_place
from handlers.base.page import Page
from handlers.patient.paying import Paying, shown_fen, sms_choice
from handlers.patient.views.cashier import CASHIER_RESULTS, cashier_failed, client_words
from handlers.patient.views.code import code_page
from handlers.patient.views.payments import open_part, payment_list, payment_page, progress_text
from server.core.errors import NotFound
from server.infrastructure.qr_png import QrPrinter
from server.payments.answers import PaymentView
from server.payments.purposes.bills.model import BILLS
from server.payments.refund_channel import channel_of_refund
from server.payments.service import PAGE_SIZE

log = logging.getLogger("zhenfu.cashier")


class PaymentsHandler(Paying):
    async def get(self, hospital: str) -> None:
        asked = self.get_query_argument("before", "")
        before = read_place("before", asked) if asked else None
        session = await self.person()
        payments = await self.services.payments.mine(session, before)
        self.show("payments/payments", payment_list(self.base, payments, PAGE_SIZE, is_first=before is None))

    async def post(self, hospital: str) -> None:
        bill_nos = self.get_body_arguments("bill_no")
        sms = sms_choice(self.get_body_argument("sms", ""), self.get_body_argument("phone", ""))
        shown = shown_fen(self.get_body_argument("shown_fen", ""))
        session = await self.person()
        self.answer(await self.services.payments.start(BILLS, session, bill_nos, sms, shown_fen=shown))


class OnePayment(Page):
    """Shows one payment of the person's."""

    async def payment(self, payment_id: str, *, just_paid: bool = False) -> PaymentView:
        """Most are looked at by the identity that began them: who else the person is, is asked only where it began none. Raises NotFound."""
        view, session = self.services.payments.view, await self.identity()
        try:
            return await view(session, payment_id, just_paid=just_paid)
        except NotFound:
            return await view(await self.services.login.whole(session), payment_id, just_paid=just_paid)


class PaymentHandler(OnePayment):
    async def get(self, hospital: str, payment_id: str) -> None:
        just_paid = "paid" in self.request.query_arguments
        just_begun = "begun" in self.request.query_arguments
        view = await self.payment(payment_id, just_paid=just_paid)
        arrival = channel_of_refund(self.hospital, view.payment).arrival
        now = self.services.clock.now()
        self.show(
            "payments/payment",
            payment_page(self.base, view, now, just_paid=just_paid, just_begun=just_begun, arrival=arrival),
        )

    def way_on(self) -> str:
        return self.request.path


class PaymentCodeHandler(Page):
    """The code by which another phone pays. What can't be paid so (any more) is shown by the payment's own page."""

    async def get(self, hospital: str, payment_id: str) -> None:
        session = await self.person()
        shown = await self.services.payments.code(session, payment_id)
        if shown is None:
            self.redirect(f"{self.base}/payments/{payment_id}", status=303)
            return
        printer: QrPrinter = self.application.settings["printer"]
        png, now = await printer.png(shown.text), self.services.clock.now()
        self.show("payments/code", code_page(self.base, shown, self._client_of(shown.part.channel), png, now))

    def _client_of(self, channel: str) -> str:
        """What people call the program with which they scan."""
        identity = self.hospital.identities.get(channel)
        return self.hospital.channel_titles[channel] if identity is None else identity.client_name


class PaymentStateHandler(OnePayment):
    """What the page asks while it waits: JSON ``{progress, final, text, part}``."""

    @property
    def wants_json(self) -> bool:
        return True

    async def get(self, hospital: str, payment_id: str) -> None:
        just_paid = "paid" in self.request.query_arguments
        view = await self.payment(payment_id, just_paid=just_paid)
        text = progress_text(view, self.services.clock.now(), just_paid=just_paid)
        self.send_json(
            {
                "progress": view.standing.progress,
                "final": view.standing.final,
                "text": text.title,
                "part": open_part(view.payment),
            }
        )


class ResumeHandler(Paying):
    async def post(self, hospital: str, payment_id: str) -> None:
        session = await self.person()
        self.answer(await self.services.payments.resume(session, payment_id))


class CashierHandler(OnePayment):
    """What the client said when its cashier did not open: into the log, and as a sentence that support can use."""

    @property
    def wants_json(self) -> bool:
        return True

    async def post(self, hospital: str, payment_id: str) -> None:
        view = await self.payment(payment_id)
        result, why = self.get_body_argument("result", ""), client_words(self.get_body_argument("why", ""))
        said = result if result in CASHIER_RESULTS else "fail"
        log.warning(
            "cashier did not open payment=%s result=%s reference=%s why=%s", view.payment.id, said, self.reference, why
        )
        elsewhere = f"{self.base}/open" if said == "unsupported" else ""
        self.send_json({"message": cashier_failed(said, why, self.reference), "url": elsewhere})


class OpenElsewhereHandler(Page):
    """Where the script leads when this client has no cashier."""

    async def get(self, hospital: str) -> None:
        await self.show_open_with("这里打不开收银台，请用手机扫描下面的二维码缴费。")
