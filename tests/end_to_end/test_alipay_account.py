"""A hospital whose Alipay app works in certificate mode, and whose newer life account has neither menu nor messages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.installation import Installation
from tests.end_to_end.phone import Phone


def with_certificates_and_little_else(file: Path, credentials: dict[str, Any]) -> None:
    told, keys = credentials["alipay"], file.parent / "demo-keys"
    for name in ("app_cert_pem", "alipay_cert_pem", "alipay_root_cert_pem"):
        (keys / f"{name}.crt").write_text(told[name])
    text = file.read_text("utf-8").replace("demo-keys/alipay_public_key.pem", "demo-keys/alipay_cert_pem.crt")
    before, _, section = text.partition("[alipay]\n")
    section = re.sub(r"(?m)^templates = .*\n", "", section, count=1)
    own = (
        'mode = "certificate"\nmenu = false\n'
        'app_certificate_file = "demo-keys/app_cert_pem.crt"\n'
        'root_certificates_file = "demo-keys/alipay_root_cert_pem.crt"\n'
    )
    file.write_text(f"{before}[alipay]\n{own}{section}", "utf-8")


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("certificates") / "data"
    with Installation(folder, edit=with_certificates_and_little_else) as world:
        yield world


def test_everything_works_and_messages_go_by_sms(world: Installation) -> None:
    phone = Phone(world, 1, "alipay")
    payment_id = phone.pay(phone.bills()[0])
    phone.wait_for(payment_id, "paid")
    world.wait_until(lambda: any(payment_id in text for text in phone.sms()), "the SMS is there")
    assert phone.cards() == []
    assert "缴费成功" in phone.open(f"/h/demo/payments/{payment_id}")


def test_money_goes_back_in_certificate_mode_too(world: Installation) -> None:
    world.faults({"where": "his.bill.confirm", "what": "refuse", "code": "REFUSED", "times": None})
    phone = Phone(world, 2, "alipay")
    bill = phone.bills()[0]
    payment_id = phone.pay(bill)
    phone.wait_for(payment_id, "returned")
    [trade] = [trade for trade in world.money()["alipay"]["trades"] if trade["out_trade_no"] == payment_id]
    assert trade["refunded_fen"] == bill["own_fen"]
