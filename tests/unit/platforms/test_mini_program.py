"""The mini-program's adapter: odd answers, tokens of its own, counts, and how it places orders."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from types import SimpleNamespace

import pytest

from server.core.errors import (
    BadInput,
    LoginNeeded,
    NotAllowedYet,
    NotSent,
    OutcomeUnknown,
    OutsideRefusal,
    StoreUnavailable,
)
from server.patients.contact_ports import OutgoingMessage
from server.platforms.wechat.messengers import MessengersByApp
from server.platforms.wechat.miniprogram import messages
from server.platforms.wechat.miniprogram.account import MiniProgramConfig, SubscribeTemplate
from server.platforms.wechat.miniprogram.program import WechatMiniProgram
from server.platforms.wechat.pay.jsapi import Jsapi, MiniProgramPay
from server.platforms.wechat.pay.signing import MerchantSigner
from server.storage.memory_short_lived import MemoryShortLived
from tests.support.builders import a_request, an_identity
from tests.support.clock_and_ids import FakeClock
from tests.support.mini_program import MINI_APP
from tests.support.outside import RecordingMessenger
from tests.unit.platforms.played import Answer, ScriptedTransport, plain
from tests.unit.platforms.wechat_pay_answers import ACCOUNT

pytestmark = pytest.mark.asyncio
CONFIG = MiniProgramConfig(
    app_id=MINI_APP,
    secret="invented-secret",
    templates={"payment_booked": SubscribeTemplate(template_id="T1", title="缴费结果", keywords={"amount1": "amount"})},
)
NOTICE = OutgoingMessage(purpose="payment_booked", values={"amount": "12.34", "payment": "ZF1"})
ZHANG = an_identity("mini-zhang", app_id=MINI_APP)


async def a_program(
    *answers: Answer, store: MemoryShortLived | None = None
) -> tuple[WechatMiniProgram, ScriptedTransport]:
    """With its token in the store already."""
    clock, transport = FakeClock(), ScriptedTransport(*answers)
    store = MemoryShortLived() if store is None else store
    ends = clock.now() + timedelta(hours=1)
    await store.put("wechat_access_token", MINI_APP, json.dumps(["TOKEN", ends.isoformat()]), ends)
    means = SimpleNamespace(transport=transport, clock=clock, short_lived=store)
    return WechatMiniProgram(CONFIG, means), transport


async def test_a_live_login_answer_has_no_errcode_and_the_session_key_is_not_kept() -> None:
    mini, transport = await a_program(plain({"openid": "o1", "session_key": "c2VjcmV0", "unionid": "u1"}))
    person = await mini.identify("code 1")
    assert (person.key, person.union_id) == (f"wechat:{MINI_APP}:o1", "u1")
    assert "js_code=code%201" in transport.sent[0].url
    assert "c2VjcmV0" not in repr(person)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"errcode": 40029}, LoginNeeded),
        ({"errcode": 40163}, LoginNeeded),
        ({"errcode": 40226}, LoginNeeded),
        ({"errcode": -1}, OutcomeUnknown),
        ({"errcode": 45011}, NotSent),
        ({"errcode": 40125}, OutsideRefusal),
        ({"errcode": 0}, OutcomeUnknown),
        (b"<html>", OutcomeUnknown),
    ],
)
async def test_a_login_that_fails_says_how(answer: object, error: type[Exception]) -> None:
    mini, _ = await a_program(plain(answer))
    with pytest.raises(error):
        await mini.identify("code")


async def test_only_mainland_phones_can_hear_of_payments() -> None:
    told = {"errcode": 0, "phone_info": {"purePhoneNumber": "2025550100", "countryCode": "1"}}
    mini, transport = await a_program(plain(told))
    with pytest.raises(BadInput):
        await mini.phone(ZHANG, "code")
    assert json.loads(transport.sent[0].body) == {"code": "code", "openid": "mini-zhang"}


async def test_a_message_leads_to_its_payment_and_uses_one_consent_up() -> None:
    mini, transport = await a_program(plain({"errcode": 0, "errmsg": "ok"}))
    assert await mini.accepted(ZHANG, ["T1"]) == {"payment_booked": 1}
    assert await mini.accepted(ZHANG, ["T1", "T1"]) == {"payment_booked": 2}
    assert await mini.messenger.send(ZHANG, NOTICE, "ZF1-payment_booked") == "ZF1-payment_booked"
    body = json.loads(transport.sent[0].body)
    assert (body["page"], body["miniprogram_state"]) == ("pages/payment/payment?id=ZF1", "formal")
    assert body["data"] == {"amount1": {"value": "12.34元"}}
    assert await mini.accepted(ZHANG, []) == {"payment_booked": 1}


async def test_a_message_that_went_out_has_gone_out_whether_or_not_it_could_be_counted() -> None:
    """Found by the simulation: a count that failed made it be sent a second time, and take a second agreement with it."""

    class Down(MemoryShortLived):
        async def put_once(self, *given: object) -> bool:
            raise StoreUnavailable("swap")

    mini, _ = await a_program(plain({"errcode": 0, "errmsg": "ok", "msgid": 7}), store=Down())
    assert await mini.messenger.send(ZHANG, NOTICE, "x") == "7"


async def test_nor_does_a_slow_count_hold_up_what_went_out(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(MemoryShortLived):
        async def put_once(self, *given: object) -> bool:
            await asyncio.sleep(60)
            return True

    monkeypatch.setattr(messages, "COUNTED_WITHIN_S", 0.01)
    mini, _ = await a_program(plain({"errcode": 0, "errmsg": "ok", "msgid": 7}), store=Slow())
    assert await asyncio.wait_for(mini.messenger.send(ZHANG, NOTICE, "x"), 5) == "7"


async def test_who_has_not_agreed_may_still_do_so() -> None:
    mini, _ = await a_program(plain({"errcode": 43101, "errmsg": "user refuse to accept the msg rid: 1"}))
    await mini.accepted(ZHANG, ["T1"])
    with pytest.raises(NotAllowedYet):
        await mini.messenger.send(ZHANG, NOTICE, "x")
    assert await mini.accepted(ZHANG, []) == {"payment_booked": 0}


@pytest.mark.parametrize("code", [40003, 43107])
async def test_who_can_not_be_told_is_none_and_counts_for_nothing(code: int) -> None:
    mini, _ = await a_program(plain({"errcode": code, "errmsg": "user refuse to accept the msg rid: 1"}))
    await mini.accepted(ZHANG, ["T1"])
    assert await mini.messenger.send(ZHANG, NOTICE, "x") is None
    assert await mini.accepted(ZHANG, []) == {"payment_booked": 0}


async def test_a_wrong_template_is_an_error_of_ours() -> None:
    mini, _ = await a_program(plain({"errcode": 40037, "errmsg": "invalid template_id"}))
    with pytest.raises(OutsideRefusal):
        await mini.messenger.send(ZHANG, NOTICE, "x")


async def test_a_picture_comes_with_a_new_token_when_the_old_one_is_refused() -> None:
    token = plain({"access_token": "NEW", "expires_in": 7200})
    image = plain(b"\x89PNG", headers={"content-type": "image/png"})
    mini, transport = await a_program(plain({"errcode": 40001, "errmsg": "invalid credential"}), token, image)
    assert await mini.code("poster", "pages/home/home") == b"\x89PNG"
    assert "access_token=NEW" in transport.sent[-1].url
    mini, _ = await a_program(plain({"errcode": 0, "errmsg": "ok"}))
    with pytest.raises(OutcomeUnknown):
        await mini.code("poster", "pages/home/home")


async def test_a_link_holds_the_payment_s_number_and_ends() -> None:
    mini, transport = await a_program(plain({"errcode": 0, "errmsg": "ok", "url_link": "https://wxaurl.cn/AbC"}))
    assert await mini.payment_link("ZF1", 30) == "https://wxaurl.cn/AbC"
    assert json.loads(transport.sent[0].body) == {
        "path": "pages/payment/payment", "query": "id=ZF1", "expire_type": 1, "expire_interval": 30, "env_version": "release",
    }  # fmt: skip
    mini, _ = await a_program(plain({"errcode": 0, "errmsg": "ok"}))
    with pytest.raises(OutcomeUnknown):
        await mini.payment_link("ZF1", 30)


async def test_each_app_s_messenger_tells_its_own_people() -> None:
    mini, _ = await a_program(plain({"errcode": 0}))
    account = RecordingMessenger(follows=False)
    both = MessengersByApp(account, mini.messenger)
    assert await both.send(ZHANG, NOTICE, "n1") == "n1"
    assert await both.send(an_identity(), NOTICE, "n2") is None
    assert len(account.calls) == 2


async def test_the_mini_program_s_call_is_signed_with_its_own_appid_which_is_not_in_it() -> None:
    signer = MerchantSigner(ACCOUNT)
    request = a_request(app_id=MINI_APP, method="miniprogram")
    call = MiniProgramPay(MINI_APP).client_call(signer, request, "prepay-1", 1414561699, "nonce")
    assert set(call.params) == {"timeStamp", "nonceStr", "package", "signType", "paySign"}
    page = Jsapi(MINI_APP).client_call(signer, request, "prepay-1", 1414561699, "nonce")
    assert call.params["paySign"] == page.params["paySign"]
    other = Jsapi("wxother").client_call(signer, a_request(app_id="wxother"), "prepay-1", 1414561699, "nonce")
    assert other.params["paySign"] != page.params["paySign"]
