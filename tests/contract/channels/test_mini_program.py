"""The mini-program's adapter against the sandbox: login, phone, messages, codes, links, and the official account's unionid."""

from __future__ import annotations

from types import SimpleNamespace
from urllib.parse import quote

import pytest
import pytest_asyncio

from server.core.errors import BadInput, LoginNeeded, NotAllowedYet, OutsideRefusal
from server.infrastructure.clock_and_ids import SystemClock, SystemIds
from server.infrastructure.transport import AiohttpTransport
from server.patients.contact_ports import OutgoingMessage
from server.patients.model import PayerIdentity
from server.platforms.wechat.miniprogram.account import MiniProgramConfig, SubscribeTemplate
from server.platforms.wechat.miniprogram.program import WechatMiniProgram
from server.storage.memory_short_lived import MemoryShortLived
from tests.contract.channels.conftest import Controls, RunningSandbox

PURPOSE = "payment_booked"
NOTICE = OutgoingMessage(
    purpose=PURPOSE,
    values={"patient": "张*", "amount": "1,234.56", "time": "2026-11-23 09:31", "payment": "ZF20261123TEST"},
)


@pytest.fixture
def told(sandbox: RunningSandbox) -> dict[str, str]:
    account: dict[str, str] = sandbox.credentials["miniprogram"]
    return account


@pytest_asyncio.fixture
async def mini(sandbox: RunningSandbox, transport: AiohttpTransport) -> WechatMiniProgram:
    account = sandbox.credentials["miniprogram"]
    config = MiniProgramConfig(
        app_id=account["appid"],
        secret=account["secret"],
        api_base=sandbox.base_url,
        version="develop",
        templates={purpose: SubscribeTemplate(**template) for purpose, template in account["templates"].items()},
    )
    means = SimpleNamespace(transport=transport, clock=SystemClock(), ids=SystemIds(), short_lived=MemoryShortLived())
    return WechatMiniProgram(config, means)


async def code(controls: Controls, kind: str = "login") -> str:
    answer = await controls.ask("POST", f"/sandbox/miniprogram/{kind}", {"person": controls.person()["openid"]})
    return str(answer["code"])


@pytest.mark.asyncio
async def test_a_code_is_the_person_and_good_once(mini: WechatMiniProgram, controls: Controls) -> None:
    login = await code(controls)
    person = await mini.identify(login)
    assert (person.app_id, person.union_id) == (mini.app_id, controls.person()["unionid"])
    assert person.subject != controls.person()["openid"]
    for wrong in (login, "nonsense", ""):
        with pytest.raises(LoginNeeded):
            await mini.identify(wrong)


@pytest.mark.asyncio
async def test_the_phone_s_number_is_the_person_s(mini: WechatMiniProgram, controls: Controls) -> None:
    person = await mini.identify(await code(controls))
    of_phone = await code(controls, "phone_code")
    assert await mini.phone(person, of_phone) == controls.person()["phone"]
    with pytest.raises(BadInput):
        await mini.phone(person, of_phone)


@pytest.mark.asyncio
async def test_each_accepted_message_is_sent_once(
    mini: WechatMiniProgram, controls: Controls, told: dict[str, str]
) -> None:
    person = await mini.identify(await code(controls))
    with pytest.raises(NotAllowedYet):
        await mini.messenger.send(person, NOTICE, "ZF-1")
    template_id = sandbox_template(told)
    await controls.ask(
        "POST",
        "/sandbox/miniprogram/subscribe",
        {"person": controls.person()["openid"], "results": {template_id: "accept"}},
    )
    assert (await mini.accepted(person, [template_id, "unknown"]))[PURPOSE] == 1
    assert await mini.messenger.send(person, NOTICE, "ZF-1")
    assert (await mini.accepted(person, []))[PURPOSE] == 0
    with pytest.raises(NotAllowedYet):
        await mini.messenger.send(person, NOTICE, "ZF-1")
    stranger = PayerIdentity(channel="wechat", app_id="wxother", subject=person.subject)
    assert await mini.messenger.send(stranger, NOTICE, "ZF-1") is None


def sandbox_template(told: dict[str, str]) -> str:
    templates: dict[str, dict[str, str]] = told["templates"]  # type: ignore[assignment]
    return templates[PURPOSE]["template_id"]


@pytest.mark.asyncio
async def test_a_code_for_posters_is_a_picture_and_a_link_leads_to_its_page(
    mini: WechatMiniProgram, controls: Controls
) -> None:
    picture = await mini.code("poster-1", "pages/home/home")
    assert picture.startswith((b"\x89PNG", b"\xff\xd8"))
    with pytest.raises(BadInput):
        await mini.code("中文", "pages/home/home")
    with pytest.raises(OutsideRefusal):
        await mini.code("poster-1", "/pages/home")
    link = await mini.payment_link("ZF1", 30)
    assert await controls.ask("GET", f"/sandbox/miniprogram/link?link={quote(link, safe='')}") == {
        "path": "pages/payment/payment",
        "query": "id=ZF1",
    }
