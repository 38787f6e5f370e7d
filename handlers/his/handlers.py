"""``POST /his/v1/{function}``: the HIS calling us (docs/his-interface.md section 4). Signed both ways; the key names the hospital."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from handlers.base.errors import shown
from handlers.base.handler import JSON_TYPE, PlatformHandler
from handlers.his.requests import (
    BillPush,
    ClinicChanged,
    NumberOffered,
    NumberPaid,
    PaymentStateAsked,
    QrMake,
    RefundMake,
    ReportReady,
    WristbandMake,
    read,
)
from server.core.days import hospital_time
from server.core.errors import BadInput, Forged, LostRace, NotAllowed, NotFound, Refusal, StoreUnavailable, TooManyTries
from server.core.ports import RawReply
from server.infrastructure.qr_png import QrPrinter
from server.inpatient.model import Stay
from server.patients.model import Origin, ScannedBills
from server.patients.sealed_qr import SealedQr
from server.payments.hospital import Hospital
from server.payments.model import Payment
from server.payments.refund_model import RefundLine
from server.refunds.window_service import NotBookedYet, NumberBusy, NumberReused, WrittenOff
from server.registration.model import ClinicChange, ShiftState

WRISTBAND_VALID = timedelta(days=90)
Data = Mapping[str, object]


def rfc3339(moment: datetime) -> str:
    return hospital_time(moment).isoformat(timespec="seconds")


def payment_data(payment: Payment) -> Data:
    return {
        "out_trade_no": payment.id,
        "state": payment.state,
        "amount_fen": payment.amount_fen,
        "paid_at": rfc3339(payment.paid_at) if payment.paid_at else None,
        "refunds": [
            {"out_refund_no": refund.id, "state": refund.state, "amount_fen": refund.amount_fen}
            for refund in payment.refunds
        ],
    }


class HisHandler(PlatformHandler):
    """The route table says how long a code is good (``qr_valid``) that the HIS asks for without saying."""

    async def post(self, function: str) -> None:
        raw = self.raw_request()
        hospital = self._hospital(raw.headers.get("zhenfu-key-id", ""))
        await hospital.his_door.verify(raw)
        act = self.FUNCTIONS.get(function)
        if act is None:
            self._answer("NO_FUNCTION", f"there is no {function} here", status=404)
            return
        try:
            code, message, data = "OK", "", await act(self, hospital)
        except BadInput as error:
            self._answer("BAD_REQUEST", str(error), status=400)
            return
        except NotFound:
            code, message, data = "NO_DATA", "", {}
        except (StoreUnavailable, LostRace, TooManyTries, NotBookedYet, NumberBusy) as error:
            code, message, data = "BUSY", error.user_message, {}
        except NumberReused as error:
            code, message, data = "CONFLICT", error.user_message, {}
        except NotAllowed as error:
            code, message, data = "REFUSED", error.user_message, {}
        body = _body(code, message, data)
        for name, value in hospital.his_door.answer(raw, body).items():
            self.set_header(name, value)
        self.send(RawReply(status=200, body=body, content_type=JSON_TYPE))

    async def _qr_make(self, hospital: Hospital) -> Data:
        asked = read(QrMake, self.request.body)
        valid: timedelta = self.of_route["qr_valid"]
        if asked.valid_seconds is not None:
            valid = timedelta(seconds=asked.valid_seconds)
        scanned = ScannedBills(
            card_no=asked.card_no,
            name=asked.name,
            phone=asked.phone,
            id_no=asked.id_no,
            bill_nos=tuple(asked.bill_nos),
            origin=Origin(entrance=asked.entrance, terminal=asked.terminal, operator=asked.operator),
            expires_at=self.services.clock.now() + valid,
        )
        qr = self.services.scans.make(hospital.id, scanned)
        return await self._printed(qr)

    async def _wristband_make(self, hospital: Hospital) -> Data:
        """The code of a stay; it shows a masked name and takes deposits, so it is good for longer than a bill's."""
        asked = read(WristbandMake, self.request.body)
        valid = WRISTBAND_VALID if asked.valid_seconds is None else timedelta(seconds=asked.valid_seconds)
        stay = Stay(admission_no=asked.admission_no, count=asked.stay)
        qr = self.services.wristbands.make(hospital.id, stay, self.services.clock.now() + valid)
        return await self._printed(qr)

    async def _printed(self, qr: SealedQr) -> Data:
        printer: QrPrinter = self.application.settings["printer"]
        png = await printer.png(qr.url)
        return {"url": qr.url, "expires_at": rfc3339(qr.expires_at), "png_base64": base64.b64encode(png).decode()}

    async def _payment_state(self, hospital: Hospital) -> Data:
        asked = read(PaymentStateAsked, self.request.body)
        payment = await self.services.payments.state_for_his(
            hospital.id, asked.out_trade_no, asked.card_no, asked.bill_no
        )
        return payment_data(payment)

    async def _refund_make(self, hospital: Hospital) -> Data:
        asked = read(RefundMake, self.request.body)
        lines = tuple(
            RefundLine(charge_no=line.bill_no, item_no=line.item_no, amount_fen=line.amount_fen) for line in asked.lines
        )
        told = WrittenOff(**{**asked.model_dump(), "lines": lines})
        refund = await self.services.window_refunds.make(hospital.id, told)
        return {"out_refund_no": refund.id}

    async def _bill_push(self, hospital: Hospital) -> Data:
        self.services.bills.changed(hospital.id, read(BillPush, self.request.body).card_no)
        return {}

    async def _report_ready(self, hospital: Hospital) -> Data:
        asked = read(ReportReady, self.request.body)
        await self.services.reports.telling.ready(hospital.id, asked.card_no, asked.report_no)
        return {}

    async def _clinic_changed(self, hospital: Hospital) -> Data:
        asked = read(ClinicChanged, self.request.body)
        state = ShiftState(asked.state)
        change = ClinicChange(state=state, at=asked.at, replaced_by=asked.replaced_by, reason=asked.reason)
        await self.services.registration.clinics.told(hospital.id, asked.out_trade_no, change)
        return {}

    async def _number_offered(self, hospital: Hospital) -> Data:
        asked = read(NumberOffered, self.request.body)
        await self.services.registration.waiting.offered(hospital.id, asked.card_no, asked.schedule_no)
        return {}

    async def _number_paid(self, hospital: Hospital) -> Data:
        asked = read(NumberPaid, self.request.body)
        await self.services.registration.at_window.paid(hospital.id, asked.out_trade_no)
        return {}

    FUNCTIONS: ClassVar[Mapping[str, Callable[[HisHandler, Hospital], Awaitable[Data]]]] = {
        "qr.make": _qr_make,
        "wristband.make": _wristband_make,
        "payment.state": _payment_state,
        "refund.make": _refund_make,
        "bill.push": _bill_push,
        "report.ready": _report_ready,
        "reg.changed": _clinic_changed,
        "reg.offered": _number_offered,
        "reg.paid": _number_paid,
    }

    def _hospital(self, key_id: str) -> Hospital:
        found = next((one for one in self.services.hospitals.values() if key_id in one.his_door.key_ids), None)
        if found is None:
            raise Forged("key id")
        return found

    # ---- answering -------------------------------------------------------------------------------------------------------------------

    def _answer(self, code: str, message: str, *, status: int) -> None:
        self.send(RawReply(status=status, body=_body(code, message, {}), content_type=JSON_TYPE))

    def show_error(self, status_code: int, **kwargs: Any) -> None:
        """A wrong signature, or something that must count as unknown there."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(error, Forged):
            self._answer("SIGNATURE", "the signature does not hold", status=401)
        elif isinstance(error, Refusal):
            self._answer("BAD_REQUEST", shown(error).message, status=shown(error).status)
        else:
            super().show_error(status_code, **kwargs)


def _body(code: str, message: str, data: Data) -> bytes:
    return json.dumps({"code": code, "message": message, "data": data}, ensure_ascii=False).encode()
