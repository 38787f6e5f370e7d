"""Anything may come to the gateway: it answers every request, and with HTTP 200 as the platform does."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.world.keys import make_keys
from sandbox.world.wire import Request
from tests.sandbox.alipay_app import FORM, AlipayApp, new_number
from tests.sandbox.world import new_world

METHODS = (
    "alipay.trade.create", "alipay.trade.precreate", "alipay.trade.query", "alipay.trade.close", "alipay.trade.cancel",
    "alipay.trade.refund", "alipay.trade.fastpay.refund.query", "alipay.trade.wap.pay", "alipay.open.public.menu.create",
    "alipay.open.public.menu.query", "alipay.open.public.message.single.send", "alipay.open.public.message.custom.send",
    "alipay.data.dataservice.bill.downloadurl.query", "alipay.open.app.alipaycert.download", "alipay.user.info.share",
)  # fmt: skip
FIELDS = (
    "out_trade_no", "trade_no", "total_amount", "subject", "buyer_id", "product_code", "op_app_id", "refund_amount", "out_request_no",
    "query_options", "button", "type", "to_user_id", "template", "msg_type", "text", "articles", "bill_type", "bill_date",
    "time_expire", "timeout_express", "passback_params", "body", "seller_id", "quit_url", "alipay_cert_sn",
)  # fmt: skip
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["12.00", "trade", "2026-03-01"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "context", "content", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def app() -> AlipayApp:
    return AlipayApp(new_world(make_keys()))


@given(method=st.sampled_from(METHODS), content=st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=6))
@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_content_is_answered(app: AlipayApp, method: str, content: dict[str, Any]) -> None:
    """A whole order with any of its fields replaced by anything."""
    asked = (
        app.order(new_number(), refund_amount="1.00", out_request_no="R1", bill_type="trade", bill_date="2026-03-01")
        | content
    )
    response = app.world.ask(app.request(app.params(method, json.dumps(asked))))
    assert response.status in (200, 302)
    assert response.body or "Location" in response.headers


@given(query=st.text(max_size=40), body=st.binary(max_size=40))
@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_answered(app: AlipayApp, query: str, body: bytes) -> None:
    for target in (f"/gateway.do?{query}", f"/gateway.do?charset=gbk&{query}", f"/downloadBillFile.resource?{query}"):
        response = app.world.ask(Request(method="POST", target=target, headers=FORM, body=body, host="x"))
        assert response.status in (200, 404)


def test_more_fields_than_anybody_sends(app: AlipayApp) -> None:
    target = "/gateway.do?" + "&".join(f"a{n}=1" for n in range(101))
    assert b"error_response" in app.world.ask(Request(method="GET", target=target, host="x")).body
