"""Our own leg: what of a payment belongs to a day. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime

from server.core.days import hospital_day
from server.payments.model import Payment, PaymentState
from server.payments.part import Part
from server.payments.refund_model import NEVER_SENT, SHARE_FREE, Refund, RefundOrigin, RefundState
from server.payments.rules.his_asked import BOOKED_AGAIN, WRITTEN_OFF_AGAIN
from server.payments.rules.refund_shares import refunds_of
from server.reconciliation.model import Carried, Category, Discrepancy, Leg, Row, RowKind, RowState

BOOKED = frozenset({PaymentState.PAID, PaymentState.BOOKED})
UNSENT = NEVER_SENT | {RefundState.REQUESTED, RefundState.APPROVED, RefundState.RELEASED}
TAKEN_OVER = frozenset({"booked", "booked_as_is", BOOKED_AGAIN})
"""The lines that say that the HIS has the payment; of a refund they are others."""
WRITTEN_OFF = frozenset({"refund_released", WRITTEN_OFF_AGAIN})
SENT = frozenset({"refund_submitted", "refund_abnormal", "refund_succeeded", "refund_closed"})
"""The lines of a history that show that a refund has reached its channel."""
_LASTING = frozenset({RefundState.SUBMITTED, RefundState.SUCCEEDED})
_BOTH, _CHANNEL, _HIS = frozenset({Leg.CHANNEL, Leg.HIS}), frozenset({Leg.CHANNEL}), frozenset({Leg.HIS})


def sent_at(payment: Payment, refund: Refund) -> datetime | None:
    """When the channel had this refund: when it was first known to, or when it has ended there, whichever is earlier. None for one that never
    reached it. A refund that somebody made in the merchant's console may have ended days before it is known.
    """
    if refund.state in UNSENT:
        return None
    lines = (line.at for line in payment.history if line.what in SENT and line.detail.get("refund") == refund.id)
    moments = [moment for moment in (next(lines, None), refund.finished_at) if moment is not None]
    return min(moments, default=refund.at)


def our_rows(payment: Payment, channel: str, day: date) -> Iterator[Row]:
    """The orders of the payment's parts, if ``channel`` took their money on ``day``, and their refunds that were sent on ``day``. A bill of
    0 fen has no channel.
    """
    for part in payment.parts:
        if part.channel == channel and part.paid_fen:
            yield from _part_rows(payment, part, day)


def as_of_now(payment: Payment, channel: str, row: Row) -> Row:
    """``row`` of ours as ``payment`` tells it by now: what the HIS was told since it was made is known."""
    today = our_rows(payment, channel, hospital_day(row.at))
    return next((each for each in today if each.key == row.key), row)


def says_otherwise(payment: Payment, channel: str, found: Discrepancy) -> bool:
    """Would ``payment`` tell of ``found`` by now what it did not tell when the rows were compared? Whether a refund is sought in the HIS's list
    is decided by the run, which knows the days without such a list.
    """
    ours = [row for row in found.rows if row.leg is Leg.OURS]
    if any(
        row.payment_number == payment.id and _sought_alike(as_of_now(payment, channel, row), row) != row for row in ours
    ):
        return True
    if ours or found.category is not Category.MISSING_HERE:
        return False
    keys = {row.key for row in found.rows}
    days = {hospital_day(row.at) for row in found.rows}
    return any(row.key in keys for day in days for row in our_rows(payment, channel, day))


def _sought_alike(now: Row, before: Row) -> Row:
    return now._replace(expected_in=before.expected_in) if now.kind is RowKind.REFUND else now


def taken_over_later(payment: Payment, channel: str, day: date) -> Iterator[Carried]:
    """What an earlier day would have carried into ``day``, had it known that the HIS takes it over, or writes it off, only then: our rows, and
    the channel's, of which that day has told. The HIS may have done so before we heard of it.
    """
    moments = [payment.paid_at, *(sent_at(payment, refund) for refund in payment.refunds)]
    for earlier in sorted({hospital_day(moment) for moment in moments if moment is not None}):
        for row in our_rows(payment, channel, earlier) if earlier < day else ():
            if row.booked_on is not None and row.booked_on >= day and row.state is RowState.DONE:
                legs = [leg for leg in (Leg.OURS, Leg.CHANNEL) if leg is Leg.OURS or leg in row.expected_in]
                yield Carried(key=row.key, since=earlier, rows=tuple(row._replace(leg=leg) for leg in legs))


def written_off_before(payment: Payment, rows: Iterable[Row], day: date) -> Iterator[tuple[str, date]]:
    """The keys of the refunds among ``rows`` of ``day`` that the HIS wrote off on an earlier day, and that day."""
    for row in rows:
        told = _last_told(payment, row.number, WRITTEN_OFF)
        if row.kind is RowKind.REFUND and told is not None and told < day:
            yield row.key, told


def _part_rows(payment: Payment, part: Part, day: date) -> Iterator[Row]:
    to_his = payment.booking is not None or payment.state in BOOKED
    if payment.paid_at is not None and hospital_day(payment.paid_at) == day:
        yield Row(
            leg=Leg.OURS,
            kind=RowKind.PAYMENT,
            number=part.order_no,
            payment_number=payment.id,
            amount_fen=part.paid_fen,
            state=RowState.DONE,
            at=payment.paid_at,
            channel_no=part.transaction_id or "",
            expected_in=_BOTH if to_his else _CHANNEL,
            booked_on=_booked_on(payment, "", TAKEN_OVER, payment.paid_at),
        )
    for refund in refunds_of(payment, part):
        moment = sent_at(payment, refund)
        if refund.origin is RefundOrigin.ELSEWHERE and not refund.covered_fen:
            continue  # of money that the HIS never had, and that no channel sent
        if moment is not None and hospital_day(moment) == day:
            yield _refund_row(payment, refund, moment, to_his=to_his)


def _refund_row(payment: Payment, refund: Refund, moment: datetime, *, to_his: bool) -> Row:
    elsewhere = refund.origin is RefundOrigin.ELSEWHERE
    automatic = refund.origin is RefundOrigin.AUTOMATIC or not to_his
    return Row(
        leg=Leg.OURS,
        kind=RowKind.REFUND,
        number=refund.id,
        payment_number=payment.id,
        amount_fen=refund.amount_fen,
        state=RowState.DONE if refund.state in _LASTING else RowState.FAILED,
        at=moment,
        channel_no=refund.channel_refund_id or payment.part_of(refund).transaction_id or "",
        expected_in=_HIS if elsewhere else _CHANNEL if automatic else _BOTH,
        booked_on=_booked_on(payment, refund.id, WRITTEN_OFF, moment),
    )


def _booked_on(payment: Payment, refund_id: str, lines: Collection[str], moment: datetime) -> date | None:
    """The day of the last of ``lines`` about the payment, or its refund, if it is later than that of ``moment``."""
    told = _last_told(payment, refund_id, lines)
    return told if told is not None and told > hospital_day(moment) else None


def _last_told(payment: Payment, refund_id: str, lines: Collection[str]) -> date | None:
    days = [
        hospital_day(line.at)
        for line in payment.history
        if line.what in lines and line.detail.get("refund", "") == refund_id
    ]
    return days[-1] if days else None


def numbers_in_his(payment: Payment) -> dict[str, str]:
    """Under which number the HIS has a refund, and which number brought the money back: another where the channel refused the first, where
    it gave way to a refund in the merchant's console, and where the payer got the money by transfer.
    """
    gave_way = {
        refund.written_off_as or refund.id: refund.covered_by for refund in payment.refunds if refund.covered_by
    }
    followed = {
        refund.written_off_as: refund.id
        for refund in payment.refunds
        if refund.written_off_as not in {"", refund.id} and refund.state not in SHARE_FREE
    }
    return gave_way | followed


def renumbered(rows: Iterable[Row], numbers: Mapping[str, str]) -> Iterator[Row]:
    """``rows`` with the HIS's refunds under the numbers that everybody else has for them."""
    for row in rows:
        if row.leg is Leg.HIS and row.kind is RowKind.REFUND and row.number in numbers:
            row = row._replace(number=numbers[row.number])
        yield row
