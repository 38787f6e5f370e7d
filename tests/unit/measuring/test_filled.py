"""The payments that the bench puts into a store: as many different ones as it says, spread over a year, some of the person who asks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bench import stored_payments
from bench.stored_payments import AHEAD, OF_ONE, OWN, fingerprint, made, payment_id
from server.patients.model import PayerIdentity
from tests.support.clock_and_ids import MORNING

PAYMENTS = 400
OWNER = PayerIdentity(channel="wechat", app_id="wx-invented", subject="openid-1")


def test_each_is_another_payment_of_one_year() -> None:
    payments = list(made(PAYMENTS, OWNER, MORNING))
    assert [each.id for each in payments] == [payment_id(number) for number in range(PAYMENTS)]
    assert len({each.parts[0].order_no for each in payments}) == PAYMENTS
    times = sorted(each.created_at for each in payments)
    assert times[-1] - times[0] < timedelta(days=365)
    assert payments[0].created_at == MORNING


def test_the_days_to_come_are_as_full_as_those_before() -> None:
    times = [each.created_at for each in made(36_500, OWNER, MORNING)]
    day = timedelta(days=1)
    for kept in range(AHEAD.days + 1):
        asked = MORNING + kept * day
        assert sum(asked - 2 * day < each <= asked for each in times) == pytest.approx(200, abs=2)


def test_the_person_who_asks_has_two_pages_and_the_others_a_few_each() -> None:
    payments = list(made(PAYMENTS, OWNER, MORNING))
    owners = [each.owner for each in payments]
    assert owners.count(OWNER.key) == OWN
    assert max(owners.count(owner) for owner in set(owners) - {OWNER.key}) == OF_ONE
    assert max(each.created_at for each in payments if each.owner == OWNER.key) == MORNING


def test_those_that_are_there_are_not_made_again() -> None:
    assert list(made(PAYMENTS, OWNER, MORNING, 390)) == list(made(PAYMENTS, OWNER, MORNING))[390:]


def test_a_fingerprint_is_that_of_the_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint()
    assert fingerprint() == before
    stored = stored_payments.payment_to_document
    monkeypatch.setattr(stored_payments, "payment_to_document", lambda payment, sealer: stored(replace(payment, version=9), sealer))  # fmt: skip
    assert fingerprint() != before
