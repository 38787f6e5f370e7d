"""By which way a person pays: the hospital's rows, and the login's own where there are none."""

from __future__ import annotations

import pytest

from server.core.errors import BadInput
from server.payments.methods import MethodRow, Way, ways_for
from server.payments.sms_choice import NO_SMS
from tests.support.builders import a_scan, a_session, an_identity
from tests.support.channels import FaithfulChannel
from tests.support.every_payment import every_payment
from tests.support.in_memory_app import InMemoryApp
from tests.support.mini_program import MINI_APP, ObligingMiniProgram
from tests.support.outside import ObligingIdentity, a_hospital

USUAL = Way("wechat", "jsapi")
WAP, NATIVE = Way("alipay", "wap"), Way("wechat", "native")


@pytest.mark.parametrize(
    ("rows", "ways"),
    [
        ((), (USUAL,)),
        ((MethodRow(login="alipay", way=WAP),), (USUAL,)),
        ((MethodRow(entrance="bill_qr", way=WAP),), (USUAL,)),
        ((MethodRow(way=WAP),), (WAP,)),
        ((MethodRow(login="wechat", entrance="official_account", way=NATIVE), MethodRow(way=WAP)), (NATIVE, WAP)),
        ((MethodRow(way=WAP), MethodRow(login="wechat", way=WAP)), (WAP,)),
    ],
)
def test_rows_of_this_login_and_entrance_in_their_order(rows: tuple[MethodRow, ...], ways: tuple[Way, ...]) -> None:
    assert ways_for(rows, "wechat", "official_account", USUAL) == ways


def app_with(*rows: MethodRow) -> InMemoryApp:
    channels = {name: FaithfulChannel(name) for name in ("wechat", "alipay")}
    identities = {name: ObligingIdentity(name) for name in channels}
    return InMemoryApp(a_hospital(channels=channels, identities=identities, methods=rows))


@pytest.mark.asyncio
async def test_the_channel_of_the_login_need_not_be_the_payment_s() -> None:
    memory_app = app_with(MethodRow(login="wechat", entrance="bill_qr", way=WAP))
    begun = await memory_app.payments.start("bills", a_session("somebody", a_scan("B1")), ["B1"], NO_SMS)
    [part] = (await memory_app.payment(begun.payment_id)).parts
    assert (part.request.channel, part.request.method, part.request.payer.channel) == ("alipay", "wap", "wechat")
    assert list(memory_app.hospital.channels["alipay"].orders) == [begun.payment_id]  # type: ignore[attr-defined]


@pytest.mark.asyncio
async def test_another_login_pays_as_usual() -> None:
    memory_app = app_with(MethodRow(login="wechat", way=WAP))
    session = a_session("somebody", a_scan("B1"), identity=an_identity("somebody", channel="alipay"))
    begun = await memory_app.payments.start("bills", session, ["B1"], NO_SMS)
    [part] = (await memory_app.payment(begun.payment_id)).parts
    assert (part.request.channel, part.request.method) == ("alipay", "jsapi")


@pytest.mark.asyncio
async def test_a_row_of_a_channel_that_is_gone_begins_nothing() -> None:
    memory_app = app_with(MethodRow(way=Way("gone", "jsapi")))
    with pytest.raises(BadInput):
        await memory_app.payments.start("bills", a_session("somebody", a_scan("B1")), ["B1"], NO_SMS)
    assert await every_payment(memory_app.stores.payments) == []


@pytest.mark.asyncio
async def test_a_mini_program_pays_by_itself_whatever_the_rows_say() -> None:
    memory_app = InMemoryApp(a_hospital(mini_program=ObligingMiniProgram(), methods=(MethodRow(way=NATIVE),)))
    session = a_session("somebody", a_scan("B1"), identity=an_identity("somebody", app_id=MINI_APP))
    begun = await memory_app.payments.start("bills", session, ["B1"], NO_SMS)
    [part] = (await memory_app.payment(begun.payment_id)).parts
    assert part.request.method == "miniprogram"
