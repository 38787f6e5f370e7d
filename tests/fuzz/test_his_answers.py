"""What a HIS may answer: half broken, in another encoding, without its signature. A page with a reference, never another's bill."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.ports import HttpRequest
from server.platforms.his.signing import SIGNATURE
from tests.fuzz.effort import thrown
from tests.fuzz.hostile import NAMED, NASTY, Mutation, bent, garbage, leaves, mutated, mutations
from tests.fuzz.outside import BILL, PATIENT, as_the_his_signs, unsigned
from tests.fuzz.target import Answer, Target

PAGES = ("/h/demo/bills", "/h/demo/bills/B1", "/h/demo/checkout?bill_no=B1")
MARK = "只有真的医院知道"
MEGABYTE = 1024 * 1024
ANSWERS = (200, 500, 502, 401, 400, 204, 302)


def look(target: Target, page: str) -> Answer:
    """The page as who scanned the bill sees it, and its script; the answer to who has bound the card."""
    cookie = target.log_in("B1")
    target.ask("GET", page, [("Accept", "application/json")], b"", cookie)
    target.ask("GET", page, (), b"", cookie)
    return target.ask("GET", page, (), b"", target.log_in_with_card())


def pay(target: Target) -> Answer:
    form = b"bill_no=B1&sms=none&shown_fen=1234"
    return target.form("/h/demo/payments", form, target.log_in("B1"), ("Accept", "application/json"))


def test_honest_answers_are_shown(target: Target) -> None:
    for page in PAGES:
        assert "12.34" in look(target, page).body.decode()
    assert pay(target).status == 200


@thrown
@given(page=st.sampled_from(PAGES), body=garbage, status=st.sampled_from(ANSWERS), signed=st.booleans())
def garbled(target: Target, page: str, body: bytes, status: int, signed: bool) -> None:
    target.outside.as_usual()
    target.outside.his_status, target.outside.his_body = status, body
    if not signed:
        target.outside.his_signed = unsigned
    answer = look(target, page)
    assert answer.status in {200, 404, 409, 502, 503}
    assert pay(target).status != 200


@thrown
@given(
    page=st.sampled_from(PAGES),
    bill=bent(BILL),
    data=st.one_of(st.just({}), st.fixed_dictionaries({"bills": leaves}), st.fixed_dictionaries({"bill": leaves})),
)
def fits_badly(target: Target, page: str, bill: dict[str, Any], data: dict[str, Any]) -> None:
    """Fields missing, empty, of other kinds, too long, times at the edge of the calendar: read strictly or not at all."""
    target.outside.as_usual()
    target.outside.his_data = {"bills": [bill, BILL], "bill": bill, **data}
    assert look(target, page).status in {200, 404, 409, 502, 503}
    pay(target)


@thrown
@given(patient=bent(PATIENT))
def patients_that_fit_badly(target: Target, patient: dict[str, Any]) -> None:
    target.outside.as_usual()
    target.outside.his_data = {"patient": patient}
    form = "card_no=C0000001&name=张测试".encode()
    assert target.form("/h/demo/cards/code", form, target.log_in()).status in {200, 400, 404, 409, 429, 502, 503}


@thrown
@given(how=mutations, where=st.sampled_from(["body", "signature", "question"]))
def changed_on_the_way(target: Target, how: Mutation, where: str) -> None:
    """A bill of an answer that is not the HIS's to this very question is shown to nobody."""
    target.outside.as_usual()
    honest = json.dumps(
        {"code": "OK", "message": "", "data": {"bills": [{**BILL, "doctor": MARK}], "bill": {**BILL, "doctor": MARK}}}
    )
    changed = mutated(honest.encode(), how)

    def signs(request: HttpRequest, body: bytes) -> dict[str, str]:
        headers = as_the_his_signs(request, honest.encode())
        if where == "signature":
            headers[SIGNATURE.lower()] = headers[SIGNATURE.lower()][: how[1] % 64]
        elif where == "question":
            request.headers[
                "Zhenfu-Nonce"
            ]  # the nonce is in the signature: that of another question signs nothing here
            other = HttpRequest(
                system="his", method="POST", url=request.url, headers={"Zhenfu-Nonce": "0" * 32}, timeout_s=1
            )
            headers = as_the_his_signs(other, body)
        return headers

    target.outside.his_signed = signs
    target.outside.his_body = changed if where == "body" else honest.encode()
    answer = look(target, "/h/demo/bills/B1")
    if where != "body" or changed != honest.encode():
        assert MARK not in answer.body.decode()
        assert answer.status == 503


@pytest.mark.parametrize("name", NAMED)
def test_every_kind_of_broken_answer_is_a_page(target: Target, name: str) -> None:
    target.outside.his_body = NAMED[name]
    assert look(target, "/h/demo/bills").status in {502, 503}


@pytest.mark.parametrize("bills", [500, 501, 5000])
def test_a_huge_list_is_bounded(target: Target, bills: int) -> None:
    target.outside.his_data = {"bills": [{**BILL, "bill_no": f"B{n}", "items": None} for n in range(bills)]}
    assert look(target, "/h/demo/bills").status == (200 if bills <= 500 else 503)


@pytest.mark.parametrize("field", ["bill_no", "patient_name", "department", "doctor"])
def test_a_huge_text_does_not_break_the_page(target: Target, field: str) -> None:
    target.outside.his_data = {"bill": {**BILL, field: "长" * (MEGABYTE // 4)}}
    assert look(target, "/h/demo/bills/B1").status in {200, 503}


def test_garbled_answers_become_pages(target: Target) -> None:
    garbled(target)


def test_bills_that_fit_badly_become_pages(target: Target) -> None:
    fits_badly(target)


def test_patients_that_fit_badly_become_pages(target: Target) -> None:
    patients_that_fit_badly(target)


def test_changed_answers_are_not_believed(target: Target) -> None:
    changed_on_the_way(target)


@pytest.mark.parametrize("field", ["issued_at", "own_fen", "bill_no", "quantity"])
def test_values_at_the_edge_are_read_or_refused(target: Target, field: str) -> None:
    """The calendar's ends, more money than there is, texts that mean something to somebody else: in every field by itself."""
    for value in (*NASTY, 2**31, 2**53 + 1, 2**63, 10**40, -1, 0.5, True, None):
        bill = {**BILL, field: value}
        if field == "own_fen":
            bill |= {"total_fen": None, "fund_fen": None, "account_fen": None}
        elif field == "quantity":
            bill = {**BILL, "items": [{**BILL["items"][0], field: value}]}
        target.outside.his_data = {"bills": [bill], "bill": bill}
        for page in PAGES:
            assert look(target, page).status in {200, 404, 409, 503}, value
        assert pay(target).status in {200, 400, 404, 409, 503}, value


@pytest.mark.parametrize("own_fen", [10**12 + 1, 2**63, 10**40])
def test_more_money_than_there_is_is_no_bill(target: Target, own_fen: int) -> None:
    """The database holds 64 bits; nobody may get as far as that."""
    bill = {**BILL, "own_fen": own_fen, "total_fen": None, "fund_fen": None, "account_fen": None}
    target.outside.his_data = {"bills": [bill], "bill": bill}
    assert [look(target, page).status for page in PAGES] == [503] * 3
    assert pay(target).status == 503
