"""What a HIS may ask of us, as it must look (docs/his-interface.md section 4). Wrong requests are told which field is wrong, never its value."""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from server.core.days import of_our_time
from server.core.errors import BadInput
from server.payments.purposes.bills.model import BILLS_PER_PAYMENT_MAX

Number = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x20/]+$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Short = Annotated[str, StringConstraints(max_length=64)]
OneLine = Annotated[str, StringConstraints(max_length=64, pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028-\u202e]*$")]
VALID_SECONDS_MAX = 365 * 24 * 3600
AMOUNT_FEN_MAX = 10**12
LINES_MAX = 200


class HisRequest(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, frozen=True, hide_input_in_errors=True, defer_build=True)


class QrMake(HisRequest):
    card_no: Number
    name: Name
    phone: Short = ""
    id_no: Short = ""
    bill_nos: Annotated[list[Number], Field(min_length=1, max_length=BILLS_PER_PAYMENT_MAX)]
    entrance: Literal["bill_qr", "counter", "kiosk"] = "bill_qr"
    terminal: OneLine = ""
    operator: OneLine = ""
    valid_seconds: Annotated[int, Field(ge=60, le=VALID_SECONDS_MAX)] | None = None


class PaymentStateAsked(HisRequest):
    out_trade_no: Number | None = None
    card_no: Number | None = None
    bill_no: Number | None = None

    @model_validator(mode="after")
    def _names_one(self) -> PaymentStateAsked:
        if self.out_trade_no is None and (self.card_no is None or self.bill_no is None):
            raise ValueError("out_trade_no, or card_no and bill_no")
        return self


class WristbandMake(HisRequest):
    admission_no: Number
    stay: Annotated[int, Field(ge=1, le=9999)]
    valid_seconds: Annotated[int, Field(ge=60, le=VALID_SECONDS_MAX)] | None = None


class BillPush(HisRequest):
    """``bill_no`` is for the HIS's own log: every list of the card is asked for anew."""

    card_no: Number
    bill_no: Number


class ReportReady(HisRequest):
    card_no: Number
    report_no: Number


class NumberOffered(HisRequest):
    card_no: Number
    schedule_no: Number


class NumberPaid(HisRequest):
    out_trade_no: Number


class ClinicChanged(HisRequest):
    out_trade_no: Number
    state: Literal["stopped", "replaced", "open"]
    replaced_by: OneLine = ""
    reason: OneLine = ""
    at: Annotated[AwareDatetime, AfterValidator(of_our_time), Field(strict=False)]


class RefundLineTold(HisRequest):
    bill_no: Number
    item_no: Number
    amount_fen: Annotated[int, Field(ge=1, le=AMOUNT_FEN_MAX)]


class RefundMake(HisRequest):
    out_trade_no: Number
    his_refund_no: Number
    amount_fen: Annotated[int, Field(ge=1, le=AMOUNT_FEN_MAX)]
    lines: Annotated[list[RefundLineTold], Field(max_length=LINES_MAX)] = []
    reason: Short = ""
    operator: Annotated[str, StringConstraints(max_length=32, pattern=r"^[0-9A-Za-z_.-]*$")] = ""


Asked = TypeVar("Asked", bound=HisRequest)


def read(model: type[Asked], body: bytes) -> Asked:
    """Raises BadInput that names the wrong field."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "body"
        raise BadInput(f"{place}: {first['msg']}") from None
