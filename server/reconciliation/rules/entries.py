"""Entries of our payments: receipts and refunds as the registers list them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from server.patients.model import mask_name
from server.payments.model import Payment
from server.payments.part import Part
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.payments.subject import Charge, ChargeItem
from server.reconciliation.register_model import Entry, EntryKind, Share

BOOKED = "booked"
OTHER_WAY = "other"


def entries_of(payment: Payment) -> tuple[Entry, ...]:
    """The receipts and the refunds of one payment; none where no money came. Money that people gave back another way than by the channel
    has the way ``other``.
    """
    if payment.paid_at is None:
        return ()
    done = (each for each in payment.refunds if each.state is RefundState.SUCCEEDED)
    paid = (part for part in payment.parts if part.paid_fen)
    return (*(_receipt(payment, part) for part in paid), *(_refund(payment, each) for each in done))


def _receipt(payment: Payment, part: Part) -> Entry:
    """One for each part: its channel and its order. Items are of the whole payment, so a part among others names none."""
    charges = payment.personal.subject.charges if len(payment.parts) == 1 else ()
    booking, origin = payment.booking, payment.origin
    return Entry(
        kind=EntryKind.PAYMENT, at=payment.paid_at or payment.created_at, way=part.channel, amount_fen=part.paid_fen,
        number=part.order_no, payment_number=payment.id, transaction_id=part.transaction_id or "",
        his_no=booking.his_trade_no if booking else "", receipt_no=booking.receipt_no if booking else "",
        patient=mask_name(payment.personal.patient_name), entrance=origin.entrance, terminal=origin.terminal, operator=origin.operator,
        shares=tuple(_shares(charges, part.paid_fen)),
        booked_at=next((line.at for line in payment.history if line.what == BOOKED), None),
    )  # fmt: skip


def _refund(payment: Payment, refund: Refund) -> Entry:
    origin = payment.origin
    return Entry(
        kind=EntryKind.REFUND, at=refund.finished_at or refund.at, amount_fen=refund.amount_fen, number=refund.id, payment_number=payment.id,
        way=OTHER_WAY if refund.origin is RefundOrigin.ELSEWHERE else payment.part_of(refund).channel,
        transaction_id=refund.channel_refund_id or "", his_no=refund.his_refund_no, patient=mask_name(payment.personal.patient_name),
        entrance=origin.entrance, terminal=origin.terminal, operator=refund.asked_by, began_at=refund.at, reason=refund.reason,
        shares=tuple(_refund_shares(payment, refund)),
    )  # fmt: skip


def _shares(charges: Sequence[Charge], amount_fen: int) -> Iterator[Share]:
    """Every charge's own part by its items. What the charges do not explain of ``amount_fen`` is one share that nobody names."""
    left = amount_fen
    for charge in charges:
        if not charge.items:
            left -= charge.own_fen
            yield Share(amount_fen=charge.own_fen, department=charge.department, doctor=charge.doctor)
        for item, fen in zip(charge.items, own_parts(charge), strict=True):
            left -= fen
            yield _share_of(fen, (charge, item))
    if left:
        yield Share(amount_fen=left)


def own_parts(charge: Charge) -> tuple[int, ...]:
    """What the patient pays of each item, in fen: as the HIS says it, or in proportion. They add up to the charge's own part."""
    told = [item.own_fen for item in charge.items if item.own_fen is not None]
    if len(told) == len(charge.items):
        return tuple(told)
    total = sum(item.amount_fen for item in charge.items)
    if not total:
        return (charge.own_fen, *[0] * (len(charge.items) - 1))
    parts, before = [], 0
    for item in charge.items:  # by running sums: no fen is lost, none is there twice
        after = before + item.amount_fen
        parts.append(charge.own_fen * after // total - charge.own_fen * before // total)
        before = after
    return tuple(parts)


def _refund_shares(payment: Payment, refund: Refund) -> Iterable[Share]:
    charges = payment.personal.subject.charges
    if refund.lines:
        items = {(charge.number, item.item_no): (charge, item) for charge in charges for item in charge.items}
        return [_share_of(line.amount_fen, items.get((line.charge_no, line.item_no))) for line in refund.lines]
    if refund.amount_fen == payment.paid_fen:
        return _shares(charges, refund.amount_fen)
    departments, doctors = {charge.department for charge in charges}, {charge.doctor for charge in charges}
    return [Share(amount_fen=refund.amount_fen, department=_only(departments), doctor=_only(doctors))]


def _share_of(fen: int, found: tuple[Charge, ChargeItem] | None) -> Share:
    if found is None:
        return Share(amount_fen=fen)
    charge, item = found
    return Share(amount_fen=fen, category=item.category, department=charge.department, doctor=charge.doctor)


def _only(names: set[str]) -> str:
    """The one name that there is; nothing where there are several."""
    return names.pop() if len(names) == 1 else ""
