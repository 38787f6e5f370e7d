"""What the pages about inpatients show."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from handlers.base.display import day_and_time, patient_text, quantity, yuan
from server.core.days import hospital_day
from server.core.money import yuan_text
from server.inpatient.admissions import KnownAdmission
from server.inpatient.model import Admission, AdmissionState, DayItem, DayList, DepositQuote
from server.inpatient.texts import (
    ADMISSION_STATES,
    NOTHING_NEEDED,
    WAYS,
)
from server.patients.model import mask_name
from server.refunds.model import Deposit


def own_url(base: str, known: KnownAdmission) -> str:
    return f"{base}/inpatient/{known.key}"


def who_of(known: KnownAdmission) -> str:
    return patient_text(known.admission.patient_name, known.admission.card_no)


def admission_list(base: str, admissions: Sequence[KnownAdmission]) -> dict[str, object]:
    return {"admissions": [_summary(base, known) for known in admissions]}


def _summary(base: str, known: KnownAdmission) -> dict[str, object]:
    admission = known.admission
    return {
        "url": own_url(base, known),
        "name": who_of(known),
        "place": place_of(admission),
        "state": ADMISSION_STATES[admission.state],
        "look": look_of(admission),
        **_rest(admission),
    }


def place_of(admission: Admission) -> str:
    bed = f"{admission.bed}床" if admission.bed else ""
    return " ".join(part for part in (admission.department, admission.ward, bed) if part)


def rest_of(admission: Admission) -> tuple[str, int]:
    """What is left of the deposits or owed, in fen: which of the two in words, never by a sign."""
    return ("预交金不足，已欠", admission.owed_fen) if admission.owed_fen else ("预交金余额", admission.left_fen)


def _rest(admission: Admission) -> dict[str, str]:
    label, fen = rest_of(admission)
    return {"rest_label": label, "rest": yuan(fen)}


def look_of(admission: Admission) -> str:
    return "success" if admission.state is AdmissionState.SETTLED else "info"


def admission_page(base: str, known: KnownAdmission) -> dict[str, object]:
    admission, own = known.admission, own_url(base, known)
    facts = [
        ("住院科室", place_of(admission)),
        ("主管医生", admission.doctor),
        ("入院时间", day_and_time(admission.admitted_at)),
        ("出院时间", day_and_time(admission.discharged_at) if admission.discharged_at else ""),
        ("已交预交金", yuan(admission.deposits_fen)),
        ("已发生费用", yuan(admission.spent_fen)),
        ("其中自付", yuan(admission.own_fen)),
    ]
    return {
        **_summary(base, known),
        "facts": [{"label": label, "value": value} for label, value in facts if value],
        "low": admission.low_reason,
        "top_up_url": f"{own}/deposit" if admission.state is AdmissionState.ADMITTED else "",
        "discharge_url": f"{own}/discharge" if admission.state is not AdmissionState.ADMITTED else "",
        "days_url": f"{own}/day",
        "deposits_url": f"{own}/deposits",
    }


def day_page(base: str, known: KnownAdmission, day: date, listed: DayList | None, today: date) -> dict[str, object]:
    """One day by kind of item, with the way to the days beside it, within the stay."""
    own = own_url(base, known)
    kinds = [
        {"category": kind.category, "amount": yuan(kind.amount_fen), "items": [_item(item) for item in kind.items]}
        for kind in (listed.kinds if listed is not None else ())
    ]
    before, after = days_beside(known.admission, day, today)
    return {
        "name": who_of(known),
        "day": day_words(day),
        "amount": yuan(listed.amount_fen) if listed is not None else "",
        "kinds": kinds,
        "before_url": f"{own}/day?date={before}" if before else "",
        "after_url": f"{own}/day?date={after}" if after else "",
        "own_url": own,
        "is_today": day == today,
    }


def days_beside(admission: Admission, day: date, today: date) -> tuple[date | None, date | None]:
    """The day before and the one after, as far as they are of the stay."""
    first = hospital_day(admission.admitted_at)
    last = min(today, hospital_day(admission.discharged_at)) if admission.discharged_at else today
    before, after = day - timedelta(days=1), day + timedelta(days=1)
    return (before if before >= first else None), (after if after <= last else None)


def day_words(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _item(item: DayItem) -> dict[str, str]:
    return {
        "name": item.name,
        "about": item.spec,
        "price": f"{yuan(item.unit_price_fen)} × {quantity(item.quantity, item.unit)}",
        "amount": yuan(item.amount_fen),
    }


def way_text(way: str) -> str:
    """How a deposit was paid."""
    return WAYS.get(way, WAYS["other"])


def deposit_list(base: str, known: KnownAdmission, deposits: Sequence[Deposit]) -> dict[str, object]:
    lines = [
        {
            "amount": yuan(deposit.amount_fen),
            "way": way_text(deposit.way),
            "at": day_and_time(deposit.paid_at),
            "receipt": deposit.receipt_no,
            "returned": yuan(deposit.returned_fen) if deposit.returned_fen else "",
        }
        for deposit in deposits
    ]
    rest = _rest(known.admission)
    return {"name": who_of(known), "deposits": lines, "own_url": own_url(base, known), **rest}


def can_pay_in(admission: Admission, quote: DepositQuote) -> bool:
    return admission.state is AdmissionState.ADMITTED and quote.needed_fen > 0


def no_pay_in(admission: Admission) -> str:
    """What is said where nothing can be paid in."""
    return NOTHING_NEEDED if admission.state is AdmissionState.ADMITTED else "已办理出院，不能再交预交金。"


def top_up_page(base: str, known: KnownAdmission, quote: DepositQuote, phone_masked: str) -> dict[str, object]:
    """``amount`` is what the field proposes: all that is still needed."""
    admission = known.admission
    return {
        "name": who_of(known),
        "place": place_of(admission),
        **_rest(admission),
        "can_pay": can_pay_in(admission, quote),
        "needed": yuan(quote.needed_fen),
        "reason": quote.reason,
        "cap": yuan(quote.cap_fen) if quote.cap_fen is not None else "",
        "refused": no_pay_in(admission),
        "amount": yuan_text(quote.needed_fen).replace(",", ""),
        "phone": phone_masked,
        "own_url": own_url(base, known),
        "pay_url": f"{own_url(base, known)}/deposit",
    }


def wristband_page(base: str, admission: Admission, phone_masked: str) -> dict[str, object]:
    """For whoever scans a wristband: the masked name, and nothing of the stay."""
    return {"name": mask_name(admission.patient_name), "phone": phone_masked, "pay_url": f"{base}/wristband"}


def asking_for_admission(admission_no: str = "", name: str = "") -> dict[str, object]:
    return {"step": "admission", "admission_no": admission_no, "name": name, "problem": ""}


def asking_for_code(card_key: str, phone_masked: str, typed: tuple[str, str]) -> dict[str, object]:
    """``typed``: the number and name as the person typed them, so that the code can be asked for again."""
    admission_no, name = typed
    return {
        "step": "code", "card_key": card_key, "phone_masked": phone_masked, "admission_no": admission_no, "name": name, "problem": "",
    }  # fmt: skip
