"""Small parts of answers that the Corrections of docs/protocols name: lengths of numbers, and what a refusal recommends."""

from __future__ import annotations

from tests.sandbox.account import Account
from tests.sandbox.customer import Customer
from tests.sandbox.merchant import BACK, Merchant
from tests.sandbox.world import World, error_of


def test_a_template_message_s_number_has_19_digits(world: World) -> None:
    """docs/protocols/wechat_official.md, Corrections."""
    account = Account(world)
    template = account.templates["payment_booked"]
    good = {"thing": "内科", "amount": "1.20元", "time": "2026年3月2日 09:00", "character_string": "ZF1"}
    data = {name: {"value": good[name.rstrip("0123456789")]} for name in template["keywords"]}
    asked = {"touser": world.openid(), "template_id": template["template_id"], "data": data}
    told = account.ask("POST", "/cgi-bin/message/template/send", asked, access_token=account.token())
    assert (told["errcode"], len(str(told["msgid"]))) == (0, 19)


def test_an_unknown_access_key_is_told_where_to_read_on(world: World) -> None:
    """docs/protocols/aliyun_sms.md, Corrections."""
    status, told = Customer(world).send(AccessKeyId="LTAInobody")
    assert (status, told["Code"]) == (404, "InvalidAccessKeyId.NotFound")
    assert told["Recommend"].startswith("https://")
    assert told["RequestId"] in told["Recommend"]


def test_a_refund_number_in_the_path_has_64_characters_at_most(world: World) -> None:
    """docs/protocols/wechat_pay_v3.md, Corrections: a number that is too long is not an unknown one."""
    merchant = Merchant(world)
    assert error_of(merchant.call("GET", f"{BACK}/{'R' * 65}")) == (400, "PARAM_ERROR")
    assert error_of(merchant.call("GET", f"{BACK}/{'R' * 64}")) == (404, "RESOURCE_NOT_EXISTS")
