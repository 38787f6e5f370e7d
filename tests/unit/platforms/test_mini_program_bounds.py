"""The mini-program's adapter at the bounds of what the platform takes, and in what people read when it takes it not."""

from __future__ import annotations

import json

import pytest

from server.core.errors import BadInput, LoginNeeded, NotAllowedYet, OutcomeUnknown, OutsideRefusal, ZhenfuError
from server.platforms.wechat.api.app import SYSTEM
from server.platforms.wechat.miniprogram.links import MiniProgramLinks
from server.platforms.wechat.miniprogram.messages import COUNT_MAX, Subscriptions
from server.storage.memory_short_lived import MemoryShortLived
from tests.support.clock_and_ids import FakeClock
from tests.unit.platforms.played import Answer, ScriptedTransport, plain
from tests.unit.platforms.test_mini_program import CONFIG, NOTICE, ZHANG, a_program
from tests.unit.platforms.test_wechat_messages import an_api

pytestmark = pytest.mark.asyncio
LINK = plain({"errcode": 0, "url_link": "https://wxaurl.cn/AbC"})
IMAGE = plain(b"\x89PNG", headers={"content-type": "image/png"})


async def links(*answers: Answer) -> tuple[MiniProgramLinks, ScriptedTransport]:
    api, transport = await an_api(*answers)
    return MiniProgramLinks(CONFIG, api), transport


@pytest.mark.parametrize("days", [1, 30])
async def test_a_link_may_be_good_for_one_day_to_thirty_and_its_query_long(days: int) -> None:
    made, transport = await links(LINK)
    assert await made.link("pages/a", "q" * 1024, days) == "https://wxaurl.cn/AbC"
    assert transport.sent[0].url == "https://api.weixin.qq.com/wxa/generate_urllink?access_token=TOKEN"


@pytest.mark.parametrize(("length", "good"), [(512, True), (513, False)])
async def test_an_address_has_a_bounded_length(length: int, good: bool) -> None:
    made, _ = await links(plain({"errcode": 0, "url_link": "u" * length}))
    if good:
        assert len(await made.link("pages/a", "q", 1)) == length
        return
    with pytest.raises(OutcomeUnknown):
        await made.link("pages/a", "q", 1)


@pytest.mark.parametrize("errcode", [40029, 40163, 41008, 40226])
async def test_a_login_code_that_is_no_good_is_asked_for_anew(errcode: int) -> None:
    mini, _ = await a_program(plain({"errcode": errcode}))
    with pytest.raises(LoginNeeded):
        await mini.identify("code")


async def test_an_agreement_is_counted_for_180_days_and_a_race_is_lost_five_times_at_most() -> None:
    class Overtaken(MemoryShortLived):
        tries = 0

        async def swap(self, *given: object) -> bool:
            self.tries += 1
            return False

    clock, store = FakeClock(), Overtaken()
    agreed = Subscriptions(CONFIG, store, clock)
    await agreed.accepted(ZHANG, ["T1"])
    assert (await agreed.accepted(ZHANG, ["T1"]), store.tries) == ({"payment_booked": 1}, 5)
    clock.forward(180 * 86400 - 1)
    assert await agreed.accepted(ZHANG, []) == {"payment_booked": 1}
    clock.forward(1)
    assert await agreed.accepted(ZHANG, []) == {"payment_booked": 0}


@pytest.mark.parametrize(("days", "query"), [(0, "q"), (31, "q"), (1, "q" * 1025), (31, "q" * 1025)])
async def test_a_link_beyond_the_bounds_is_never_asked_for(days: int, query: str) -> None:
    made, transport = await links()
    with pytest.raises(BadInput):
        await made.link("pages/a", query, days)
    assert transport.sent == []


@pytest.mark.parametrize("scene", ["", "s" * 33, "带", "a b", "a%"])
async def test_a_scene_that_the_platform_does_not_take_is_never_sent(scene: str) -> None:
    mini, transport = await a_program()
    with pytest.raises(BadInput):
        await mini.code(scene, "pages/home/home")
    assert transport.sent == []


async def test_a_code_leads_to_its_page_with_its_scene() -> None:
    mini, transport = await a_program(IMAGE)
    assert await mini.code("s" * 32, "pages/home/home") == b"\x89PNG"
    assert transport.sent[0].url == "https://api.weixin.qq.com/wxa/getwxacodeunlimit?access_token=TOKEN"
    assert json.loads(transport.sent[0].body) == {
        "scene": "s" * 32, "page": "pages/home/home", "check_path": True, "env_version": "release",
    }  # fmt: skip


async def test_a_picture_that_is_refused_is_a_refusal_and_one_of_a_failure_is_none() -> None:
    mini, _ = await a_program(plain({"errcode": 41030, "errmsg": "invalid page rid: 1"}))
    with pytest.raises(OutsideRefusal) as refused:
        await mini.code("poster", "pages/nowhere")
    assert (refused.value.reason_code, refused.value.reason) == ("41030", "invalid page")
    mini, _ = await a_program(plain(b"\x89PNG", 502, {"content-type": "image/png"}))
    with pytest.raises(OutcomeUnknown):
        await mini.code("poster", "pages/home/home")


@pytest.mark.parametrize("code", ["", "x" * 513])
async def test_what_no_platform_gave_is_no_code(code: str) -> None:
    mini, transport = await a_program()
    with pytest.raises(LoginNeeded):
        await mini.identify(code)
    with pytest.raises(BadInput) as said:
        await mini.phone(ZHANG, code)
    assert (said.value.user_message, transport.sent) == ("没有取到手机号，请再点一次。", [])


async def test_a_code_may_have_512_characters() -> None:
    phone = {"errcode": 0, "phone_info": {"purePhoneNumber": "13800000001", "countryCode": "86"}}
    mini, _ = await a_program(plain({"openid": "o1"}), plain(phone))
    assert (await mini.identify("x" * 512)).subject == "o1"
    assert await mini.phone(ZHANG, "x" * 512) == "13800000001"


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        ({"errcode": 40029}, BadInput, "没有取到手机号，请再点一次。"),
        ({"errcode": 40163}, BadInput, "没有取到手机号，请再点一次。"),
        ({"errcode": 40013}, BadInput, "没有取到手机号，请再点一次。"),
        ({"errcode": 40037}, OutsideRefusal, OutsideRefusal(SYSTEM, "40037").user_message),
        ({"errcode": 0}, OutcomeUnknown, OutcomeUnknown(SYSTEM).user_message),
        (
            {"errcode": 0, "phone_info": {"purePhoneNumber": "2025550100", "countryCode": "1"}},
            BadInput,
            "只支持中国大陆的手机号。",
        ),
    ],
)
async def test_a_phone_that_can_not_be_had_says_why(answer: object, error: type[ZhenfuError], words: str) -> None:
    mini, _ = await a_program(plain(answer))
    with pytest.raises(error) as said:
        await mini.phone(ZHANG, "code")
    assert (type(said.value), said.value.user_message) == (error, words)


async def test_who_has_not_agreed_is_an_error_of_wechat_with_its_number() -> None:
    mini, _ = await a_program(plain({"errcode": 43101}))
    with pytest.raises(NotAllowedYet) as said:
        await mini.messenger.send(ZHANG, NOTICE, "x")
    assert (said.value.system, str(said.value)) == ("wechat", "wechat: 43101")


async def test_at_most_a_hundred_agreements_are_counted_and_never_fewer_than_none() -> None:
    mini, _ = await a_program(plain({"errcode": 0}), plain({"errcode": 0}))
    for _ in range(COUNT_MAX + 1):
        told = await mini.accepted(ZHANG, ["T1", "T9"])
    assert told == {"payment_booked": 100}
    other, _ = await a_program(plain({"errcode": 0}))
    await other.messenger.send(ZHANG, NOTICE, "x")
    assert await other.accepted(ZHANG, ["T1"]) == {"payment_booked": 1}
