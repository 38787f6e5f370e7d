"""`run.py doctor` says of what patients hear nothing, because the hospital's file has no template for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_args

from server.app.configuration.alipay import Alipay
from server.app.configuration.his import His
from server.app.configuration.hospital_file import HospitalFile, OfficialAccount, Wechat
from server.app.configuration.mini_program import MiniProgram
from server.app.configuration.registration import PayAtWindow, Registration
from server.app.configuration.reports import Reports
from server.app.configuration.section import ChatPurpose
from server.app.configuration.sms import Sms, SmsPurpose
from server.app.configuration.untold import (
    OF_INPATIENTS,
    OF_OLD_BALANCES,
    OF_REGISTRATION,
    OF_REPORTS,
    OF_WAITING_LISTS,
    OF_WINDOWS,
    TO_PATIENTS,
    untold_anyhow,
    untold_by_one,
)
from server.app.doctor import messages_checked

TO_STAFF = {"refund_waiting", "refund_result", "audit_head", "alerts_standing"}
NOT_SENT_YET = {"bill_issued"}


def a_file(
    account: Iterable[str] = (),
    mini: Iterable[str] | None = None,
    life: Iterable[str] | None = None,
    sms: Iterable[str] | None = None,
) -> HospitalFile:
    """A hospital with an official account, and with what else has templates here."""

    def templates(purposes: Iterable[str]) -> dict[str, Any]:
        return dict.fromkeys(purposes)

    wechat = Wechat.model_construct(
        official_account=OfficialAccount.model_construct(),
        templates=templates(account),
        miniprogram=None if mini is None else MiniProgram.model_construct(templates=templates(mini)),
    )
    return HospitalFile.model_construct(
        id="renmin",
        his=His.model_construct(inpatient=False),
        wechat=wechat,
        alipay=None if life is None else Alipay.model_construct(life_account=True, templates=templates(life)),
        sms=None if sms is None else Sms.model_construct(templates=templates(sms)),
    )


def test_every_purpose_to_patients_is_looked_at() -> None:
    of_some = {*OF_REPORTS, *OF_INPATIENTS, *OF_OLD_BALANCES, *OF_REGISTRATION, *OF_WAITING_LISTS, *OF_WINDOWS}
    assert set(TO_PATIENTS) == set(get_args(ChatPurpose)) - TO_STAFF - NOT_SENT_YET - of_some
    assert {*TO_PATIENTS, *of_some} <= set(get_args(SmsPurpose))


def test_a_purpose_without_any_template_is_to_be_mended() -> None:
    file = a_file(set(TO_PATIENTS) - {"payment_confirmed"}, sms=["payment_booked"])
    assert untold_anyhow(file) == [
        "renmin: patients are told nothing of payment_confirmed 已确认，无需付款 没有通知: no template in [wechat.templates], [sms.templates]"
    ]
    findings = messages_checked([file])
    assert findings[0].text == "checked 已检查 renmin: messages to patients 给患者的通知: 1 to look at 有 1 项"
    assert [finding.text for finding in findings if finding.to_mend] == [findings[0].text, *untold_anyhow(file)][1:]


def test_an_sms_alone_tells_it() -> None:
    assert untold_anyhow(a_file(set(TO_PATIENTS) - {"payment_late"}, sms=["payment_late"])) == []


def test_an_entrance_that_lacks_what_another_has_is_named() -> None:
    file = a_file(TO_PATIENTS, mini=["payment_booked"], life=TO_PATIENTS, sms=TO_PATIENTS)
    assert untold_anyhow(file) == []
    (sentence,) = untold_by_one(file)
    assert sentence.startswith("renmin: [wechat.miniprogram.templates] has no template for payment_confirmed,")
    assert [finding.to_mend for finding in messages_checked([file])] == [False, False]


def test_a_life_account_that_is_switched_off_tells_nothing() -> None:
    file = a_file((), life=TO_PATIENTS)
    assert file.alipay is not None
    off = file.model_copy(update={"alipay": file.alipay.model_copy(update={"life_account": False})})
    assert len(untold_anyhow(off)) == len(TO_PATIENTS)
    assert untold_anyhow(file) == []


def test_only_a_hospital_that_shows_reports_has_to_tell_of_them() -> None:
    file = a_file(TO_PATIENTS)
    assert untold_anyhow(file) == []
    (sentence,) = untold_anyhow(file.model_copy(update={"reports": Reports()}))
    assert sentence.startswith("renmin: patients are told nothing of report_ready 有新的报告")
    told = a_file({*TO_PATIENTS, "report_ready"}).model_copy(update={"reports": Reports()})
    assert untold_anyhow(told) == []


def test_only_a_hospital_with_wards_has_to_tell_of_low_deposits() -> None:
    def with_wards(told: Iterable[str]) -> HospitalFile:
        file = a_file(told)
        return file.model_copy(update={"his": file.his.model_copy(update={"inpatient": True})})

    (sentence,) = untold_anyhow(with_wards(TO_PATIENTS))
    assert sentence.startswith("renmin: patients are told nothing of low_deposit 预交金不足")
    assert untold_anyhow(with_wards({*TO_PATIENTS, "low_deposit"})) == []


def test_only_a_hospital_with_old_balances_has_to_tell_of_them() -> None:
    def with_balances(told: Iterable[str]) -> HospitalFile:
        file = a_file(told)
        return file.model_copy(update={"his": file.his.model_copy(update={"old_balances": True})})

    (sentence,) = untold_anyhow(with_balances(TO_PATIENTS))
    assert sentence.startswith("renmin: patients are told nothing of old_balance 有余额可以退还")
    assert untold_anyhow(with_balances({*TO_PATIENTS, "old_balance"})) == []


def test_only_a_hospital_that_takes_registrations_has_to_tell_of_changed_ones() -> None:
    (sentence,) = untold_anyhow(a_file(TO_PATIENTS).model_copy(update={"registration": Registration()}))
    assert sentence.startswith("renmin: patients are told nothing of booking_changed 医院通知有变更")
    told = a_file({*TO_PATIENTS, "booking_changed"}).model_copy(update={"registration": Registration()})
    assert untold_anyhow(told) == []


def test_only_a_hospital_with_waiting_lists_has_to_tell_of_offered_numbers() -> None:
    told = {*TO_PATIENTS, "booking_changed"}

    def with_lists(told: Iterable[str]) -> HospitalFile:
        return a_file(told).model_copy(update={"registration": Registration(waiting_lists=True)})

    assert untold_anyhow(a_file(told).model_copy(update={"registration": Registration()})) == []
    (sentence,) = untold_anyhow(with_lists(told))
    assert sentence.startswith("renmin: patients are told nothing of number_offered 候补的号有了")
    assert untold_anyhow(with_lists({*told, "number_offered"})) == []


def test_only_a_hospital_whose_numbers_are_paid_at_the_window_has_to_tell_of_it() -> None:
    registration = Registration(pay_at_window=PayAtWindow(place="收费窗口"))
    told = {*TO_PATIENTS, "booking_changed"}
    elsewhere, lapsed = untold_anyhow(a_file(told).model_copy(update={"registration": registration}))
    assert elsewhere.startswith("renmin: patients are told nothing of payment_elsewhere 已确认，请到窗口支付")
    assert lapsed.startswith("renmin: patients are told nothing of payment_lapsed 到时没有支付，已取消")
    everything = a_file({*told, "payment_elsewhere", "payment_lapsed"}).model_copy(
        update={"registration": registration}
    )
    assert untold_anyhow(everything) == []
