"""Reads the delivery receipts that Aliyun pushes (docs/protocols/aliyun_sms.md section 7). They are unsigned: they inform, no more."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from server.core.errors import BadInput
from server.patients.contact_ports import DeliveryReport

BODY_BYTES_MAX = 1024 * 1024
REPORTS_MAX = 1000


class _Report(BaseModel):
    """``out_id`` is missing for messages that somebody else sent with the same account."""

    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)
    success: bool
    err_code: str | None = Field(default=None, max_length=128)
    out_id: str | None = Field(default=None, max_length=256)


_REPORTS = TypeAdapter(list[_Report])


def read_reports(body: bytes) -> Sequence[DeliveryReport]:
    """The reports that carry a number of ours. Raises BadInput for a body that is not a bounded list of reports."""
    if len(body) > BODY_BYTES_MAX:
        raise BadInput("receipts too large")
    try:
        reports = _REPORTS.validate_json(body)
    except ValidationError as error:
        raise BadInput("receipts") from error
    if len(reports) > REPORTS_MAX:
        raise BadInput("too many receipts")
    return [
        DeliveryReport(out_id=report.out_id, delivered=report.success, code=report.err_code or "")
        for report in reports
        if report.out_id
    ]
