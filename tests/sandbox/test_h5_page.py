"""The page behind an h5_url: who may open it from where, for how long, and where it leads back to."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import quote, urlsplit

import pytest

from sandbox.wechatpay.mweb import EXPIRED, INSIDE, NOT_REGISTERED
from sandbox.world.wire import Request
from tests.sandbox.merchant import TRADE, Merchant, new_number
from tests.sandbox.world import APP, World, answer_of

BROWSER = {"payer_client_ip": "203.0.113.7", "h5_info": {"type": "Wap"}}
FROM_APP = f"{APP}/h/demo/bills/B1"
BACK = f"&redirect_url={quote(f'{APP}/h/demo/payments/P1?paid=1', safe='')}"


def ordered(merchant: Merchant, number: str = "") -> str:
    """The h5_url of an order."""
    asked = merchant.order_body(number or new_number(), payer=..., scene_info=BROWSER)
    return str(answer_of(merchant.call("POST", f"{TRADE}/h5", asked))["h5_url"])


def opened(world: World, address: str, referer: str = FROM_APP, person: int | None = None) -> str:
    parts = urlsplit(address)
    headers = {"referer": referer} if referer else {}
    request = Request(method="GET", target=f"{parts.path}?{parts.query}", headers=headers)
    who = world.outside.scene.people[person] if person is not None else None
    return world.outside.wechatpay.h5_page.page(request, who).body.decode()


def test_the_order_is_paid_from_its_page(world: World, merchant: Merchant) -> None:
    number = new_number()
    page = opened(world, ordered(merchant, number) + BACK)
    facts = {name: unescape(value) for name, value in re.findall(r'data-([a-z-]+)="([^"]*)"', page)}
    assert (facts["amount-fen"], facts["back"]) == ("1200", f"{APP}/h/demo/payments/P1?paid=1")
    assert all(person.openid in page for person in world.outside.scene.people)
    world.outside.wechatpay.pay_at(facts["address"], world.openid(2), "ok")
    told = answer_of(merchant.query(number))
    assert (told["trade_state"], told["trade_type"], told["payer"]["openid"]) == ("SUCCESS", "MWEB", world.openid(2))


def test_five_minutes_is_its_life(world: World, merchant: Merchant) -> None:
    address = ordered(merchant)
    world.time.pass_(minutes=4, seconds=59)
    assert EXPIRED not in opened(world, address)
    world.time.pass_(seconds=2)
    assert EXPIRED in opened(world, address)


def test_a_newer_address_takes_its_place(world: World, merchant: Merchant) -> None:
    number = new_number()
    old, new = ordered(merchant, number), ordered(merchant, number)
    assert EXPIRED in opened(world, old)
    assert EXPIRED not in opened(world, new)


@pytest.mark.parametrize("referer", ["", "https://elsewhere.example/page", f"{APP}.evil.example/"])
def test_it_is_opened_from_the_merchant_s_own_domain(world: World, merchant: Merchant, referer: str) -> None:
    address = ordered(merchant)
    assert NOT_REGISTERED in opened(world, address, referer)
    world.outside.scene.faults.settings["wechatpay_h5_referer"] = "ignore"
    assert NOT_REGISTERED not in opened(world, address, referer)


def test_it_leads_back_to_that_domain_only(world: World, merchant: Merchant) -> None:
    assert NOT_REGISTERED in opened(world, ordered(merchant) + "&redirect_url=https%3A%2F%2Felsewhere.example")


def test_inside_wechat_it_opens_no_cashier(world: World, merchant: Merchant) -> None:
    assert INSIDE in opened(world, ordered(merchant), person=0)


def test_on_this_machine_the_address_is_the_sandbox_s(world: World, merchant: Merchant) -> None:
    asked = merchant.order_body(new_number(), payer=..., scene_info=BROWSER)
    request = merchant.request("POST", f"{TRADE}/h5", asked)
    here = Request(
        method=request.method, target=request.target, headers=request.headers, body=request.body, host="localhost:8889"
    )
    address = answer_of(world.ask(here))["h5_url"]
    assert address.startswith("http://localhost:8889/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx")
    assert EXPIRED not in opened(world, address)
    assert ordered(merchant).startswith("https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx")
