"""The code that proves a card: for whom it is, how often it may be asked for, and however it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from server.core.errors import (
    BadInput,
    NotSent,
    OutcomeUnknown,
    OutsideError,
    OutsideRefusal,
    TooManyTries,
)
from server.platforms.aliyun.account import SYSTEM as SMS
from server.platforms.aliyun.errors import error_of
from tests.support.builders import CARD, a_patient, a_session
from tests.support.cards import the_code
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.asyncio
EXAMPLES = json.loads((Path(__file__).parents[2] / "support" / "typed.json").read_text("utf-8"))


class TestCodes:
    async def test_wrong_card_and_wrong_name_look_alike(self) -> None:
        memory_app = InMemoryApp()
        seen = set()
        for card, name in ((CARD, "李虚构"), ("C9999999", "张测试"), (CARD, ""), ("", "")):
            with pytest.raises(BadInput) as told:
                await memory_app.cards.send_code(a_session("zhang"), card, name)
            seen.add((type(told.value), str(told.value), told.value.user_message))
        assert len(seen) == 1
        assert memory_app.sms.sent == []

    async def test_five_wrong_codes_use_it_up(self) -> None:
        memory_app = InMemoryApp()
        session = a_session("zhang")
        sent = await memory_app.cards.send_code(session, CARD, "张测试")
        wrong = "000000" if the_code(memory_app) != "000000" else "111111"
        for _ in range(5):
            with pytest.raises(BadInput):
                await memory_app.cards.bind(session, sent.card_key, wrong)
        with pytest.raises(TooManyTries) as told:
            await memory_app.cards.bind(session, sent.card_key, the_code(memory_app))
        assert "重新获取验证码" in told.value.user_message
        assert await memory_app.cards.mine(session) == ()
        again = await memory_app.cards.send_code(session, CARD, "张测试")
        assert await memory_app.cards.bind(session, again.card_key, the_code(memory_app))

    async def test_a_code_ends_and_is_its_owners_only(self) -> None:
        memory_app = InMemoryApp()
        session = a_session("zhang")
        sent = await memory_app.cards.send_code(session, CARD, "张测试")
        with pytest.raises(BadInput):
            await memory_app.cards.bind(a_session("li"), sent.card_key, the_code(memory_app))
        memory_app.clock.forward(minutes=10)
        with pytest.raises(BadInput):
            await memory_app.cards.bind(session, sent.card_key, the_code(memory_app))

    async def test_codes_have_a_limit_for_each_person_and_for_each_card(self) -> None:
        memory_app = InMemoryApp()
        for _ in range(5):
            await memory_app.cards.send_code(a_session("zhang"), CARD, "张测试")
        for who in ("zhang", "li"):
            with pytest.raises(TooManyTries) as told:
                await memory_app.cards.send_code(a_session(who), CARD, "张测试")
            assert (told.value.wait_seconds, "一小时后" in told.value.user_message) == (3600, True)
        assert len(memory_app.sms.sent) == 5
        memory_app.clock.forward(hours=1)
        await memory_app.cards.send_code(a_session("zhang"), CARD, "张测试")

    async def test_asking_again_too_soon_leaves_the_code_that_came(self) -> None:
        """Aliyun sends one number one code a minute (isv.BUSINESS_LIMIT_CONTROL)."""
        memory_app = InMemoryApp()
        session = a_session("zhang")
        first = await memory_app.cards.send_code(session, CARD, "张测试")
        memory_app.sms.will("send", OutsideRefusal("sms", "isv.BUSINESS_LIMIT_CONTROL"))
        assert await memory_app.cards.send_code(session, CARD, "张测试") == first
        assert len(memory_app.sms.sent) == 1
        assert await memory_app.cards.bind(session, first.card_key, the_code(memory_app))

    @pytest.mark.parametrize(
        ("error", "words"),
        [
            (error_of(200, "isv.DAY_LIMIT_CONTROL"), "请明天再试"),
            (error_of(200, "isv.AMOUNT_NOT_ENOUGH"), "短信暂时发不出去"),
            (NotSent(SMS, "breaker"), "短信服务暂时没有响应，验证码发不出去"),
            (OutcomeUnknown(SMS, "timeout"), "短信服务暂时没有响应，验证码发不出去"),
        ],
    )
    async def test_a_first_code_that_was_not_sent_is_said(self, error: OutsideError, words: str) -> None:
        """In the platform's sense where it says why: tomorrow is not "later"."""
        memory_app = InMemoryApp()
        memory_app.sms.will("send", error)
        with pytest.raises(type(error)) as told:
            await memory_app.cards.send_code(a_session("zhang"), CARD, "张测试")
        assert words in told.value.user_message

    async def test_a_number_is_read_as_it_is_typed(self) -> None:
        memory_app = InMemoryApp()
        spaced = " ".join(CARD).translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})
        assert await memory_app.cards.send_code(a_session("zhang"), spaced, "张测试")
        with pytest.raises(BadInput):
            await memory_app.cards.send_code(a_session("zhang"), "8" * 9000, "张测试")

    @pytest.mark.parametrize(("typed", "held", "same"), EXAMPLES["same_name"])
    async def test_a_name_is_read_as_it_is_typed_and_as_the_his_has_it(self, typed: str, held: str, same: bool) -> None:
        for one, other in ((typed, held), (held, typed)):
            memory_app = InMemoryApp()
            memory_app.his.patients[CARD] = a_patient(name=other)
            if same:
                assert await memory_app.cards.send_code(a_session("zhang"), CARD, one)
                continue
            with pytest.raises(BadInput) as told:
                await memory_app.cards.send_code(a_session("zhang"), CARD, one)
            assert "不符" in told.value.user_message
            assert memory_app.sms.sent == []

    @pytest.mark.parametrize("malformed", ["", "29141", "2914170", "abcdef", "\ud800", "请看短信"])
    async def test_what_is_no_code_uses_up_no_try(self, malformed: str) -> None:
        memory_app = InMemoryApp()
        session = a_session("zhang")
        sent = await memory_app.cards.send_code(session, CARD, "张测试")
        for _ in range(6):
            with pytest.raises(BadInput) as told:
                await memory_app.cards.bind(session, sent.card_key, malformed)
            assert "短信" in told.value.user_message
        assert await memory_app.cards.bind(session, sent.card_key, the_code(memory_app))

    async def test_a_code_is_read_as_it_is_typed_or_pasted(self) -> None:
        for written in (
            "{0} {1}",
            "{0}-{1}",
            "\u202d{0}{1}\u202c",
            "【示范医院】验证码{0}{1}，10分钟内有效。",
            "{0}{1}{0}{1}",
        ):
            memory_app = InMemoryApp()
            session = a_session("zhang")
            sent = await memory_app.cards.send_code(session, CARD, "张测试")
            code = the_code(memory_app)
            assert await memory_app.cards.bind(session, sent.card_key, written.format(code[:3], code[3:]))

    async def test_names_cannot_be_fished_for(self) -> None:
        memory_app = InMemoryApp()
        for _ in range(5):
            with pytest.raises(BadInput):
                await memory_app.cards.send_code(a_session("zhang"), CARD, "王不对")
        with pytest.raises(TooManyTries):
            await memory_app.cards.send_code(a_session("zhang"), CARD, "张测试")

    async def test_an_sms_that_cannot_be_sent_says_so(self) -> None:
        memory_app = InMemoryApp()
        memory_app.sms.will("send", OutcomeUnknown(SMS))
        with pytest.raises(OutcomeUnknown) as told:
            await memory_app.cards.send_code(a_session("zhang"), CARD, "张测试")
        assert "验证码" in told.value.user_message
