"""What belongs to people is nowhere but where it must be: their texts go the whole way, through every kind of trouble, and are then
looked for in the logs, the metrics, the error pages and the bytes of the database (DESIGN 5.3, 5.4)."""

from __future__ import annotations

import re
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.installation import Installation
from tests.end_to_end.phone import Phone

PATIENT = 1
FRIEND = 2
TYPED_PHONE = "19900000002"
"""The friend's, so that the SMS can be read."""
TYPED_NAME = "甲某错写"
Places = Mapping[str, bytes]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Installation]:
    """Its own, because all that it ever wrote is read; at level debug, because that is when most is said."""
    with Installation(tmp_path / "data", settings={"ZHENFU_LOG_LEVEL": "debug"}) as installation:
        installation.faults()
        yield installation


def test_what_belongs_to_people_is_nowhere(world: Installation) -> None:
    phone = Phone(world, PATIENT)
    bill, other = phone.bills()[:2]
    person = next(one for one in world.ask("/sandbox/credentials")["people"] if one["number"] == PATIENT)
    secrets = secrets_of(person, bill)

    words = f"{person['name']} {person['cards'][0]} {TYPED_PHONE}"  # a HIS, a platform may say anything
    payment_id = all_goes_well(world, phone, bill, words)
    look_for(secrets, all_goes_wrong(world, phone, other, words))
    world.wait_until(lambda: any(payment_id in text for text in Phone(world, FRIEND).sms()), "the SMS is there")
    metrics = answer_of(world, "/metrics")
    assert "zhenfu_requests_total" in metrics
    look_for(secrets, {"metrics": metrics.encode()})

    sealed = bill["url"].rpartition("/")[2]
    world.stop()
    logs = {name: (world.folder / f"{name}.log").read_bytes() for name in ("serve-0", "work-0")}
    for door in ("scan", "card_code", "card_bind", "payments", "his", "notify_wechatpay"):
        assert f"door={door}".encode() in logs["serve-0"], "the canary flew here"
    ids = {name: person[name] for name in ("openid", "unionid", "alipay_user_id") if person.get(name)}
    assert "openid" in ids
    look_for({**secrets, **keys_of(world), **ids, "seal": sealed}, logs)

    files = {path.name: path.read_bytes() for path in (world.folder / "database").iterdir() if path.is_file()}
    assert any(payment_id.encode() in content for content in files.values()), (
        "what is not sealed is seen in these bytes"
    )
    look_for({**secrets, **ids}, files)


# ---- the way -------------------------------------------------------------------------------------------------------------------


def all_goes_well(world: Installation, phone: Phone, bill: dict[str, Any], words: str) -> str:
    """Scan, bind the card after a wrong code, pay with a phone number typed for the SMS, read everything again. The payment's number."""
    key = re.search(r'name="card_key" value="([^"]+)"', phone.scan(bill))
    assert key, "binding is offered"
    assert phone.submit("/h/demo/cards/code", {"card_key": key[1]})[0] == 200
    [code] = world.wait_until(phone.codes, "the code is there")
    wrong = "000000" if code != "000000" else "000001"
    assert phone.submit("/h/demo/cards/bind", {"card_key": key[1], "code": wrong})[0] == 400
    status, page = phone.submit("/h/demo/cards/bind", {"card_key": key[1], "code": code})
    assert (status, "绑定成功" in page) == (200, True)
    world.faults({"where": "his.bill.confirm", "what": "refuse", "code": "BUSY", "message": words, "times": 1})
    status, started = phone.start(bill, TYPED_PHONE, sms="other")
    assert status == 200, started
    assert phone.enter_password(started)
    payment_id = str(started["payment_id"])
    phone.wait_for(payment_id, "paid")
    for page in ("bills", f"bills/{bill['bill_no']}", "payments", f"payments/{payment_id}", "cards"):
        phone.open(f"/h/demo/{page}")
    return payment_id


def all_goes_wrong(world: Installation, phone: Phone, bill: dict[str, Any], words: str) -> Places:
    """Everything refused that can be, by outsiders that talk too much. The answers that the person saw, except that the HIS's own
    words for a refusal are shown to them on purpose: only their log is of interest."""
    seen: dict[str, bytes] = {}
    phone.scan(bill)
    for fault, said in (("refuse", "ALREADY_PAID"), ("error_5xx", ""), ("garbled", ""), ("unsigned", "")):
        rule = {"where": "his.bill.detail", "what": fault} | ({"code": said, "message": words} if said else {})
        world.faults(rule)
        seen[f"his {fault}"] = error_page(phone, f"/h/demo/bills/{bill['bill_no']}")
    world.faults({"where": "his.bill.detail", "what": "refuse", "code": "REFUSED", "message": words})
    error_page(phone, f"/h/demo/bills/{bill['bill_no']}")
    world.faults({"where": "wechatpay.order", "what": "error_5xx"})
    phone.start(bill, TYPED_PHONE, sms="other")
    world.faults({"where": "his.bill.confirm", "what": "refuse", "code": "REFUSED", "message": words})
    status, started = phone.start(bill, TYPED_PHONE, sms="other")
    assert status == 200, started
    assert phone.enter_password(started)
    phone.wait_for(str(started["payment_id"]), "returned", within_s=60)
    world.faults()
    phone.open("/h/demo/cards/new")
    typed = {"card_no": "8800000001", "name": TYPED_NAME}
    status, page = phone.submit("/h/demo/cards/code", typed)
    assert status == 400
    assert TYPED_NAME in page, "what was typed is still in the form"
    seen["wrong phone"] = str(phone.start(bill, TYPED_PHONE + "0", sms="other")).encode()
    seen["forged seal"] = error_page(phone, bill["url"][bill["url"].index("/s/") :][:-4] + "AAAA")
    phone.open(f"/h/demo/bills?name={TYPED_PHONE}")
    seen["no such page"] = error_page(phone, f"/h/demo/{TYPED_PHONE}")
    return seen


def error_page(phone: Phone, path: str) -> bytes:
    with pytest.raises(urllib.error.HTTPError) as raised:
        phone.open(path)
    with raised.value as answer:
        return answer.read()


# ---- looking -------------------------------------------------------------------------------------------------------------------


def secrets_of(person: dict[str, Any], bill: dict[str, Any]) -> dict[str, str]:
    return {
        "name": person["name"],
        "phone": person["phone"],
        "ID number": person["id_no"],
        "card": person["cards"][0],
        "typed phone": TYPED_PHONE,
        "typed name": TYPED_NAME,
        **{f"item {number}": item["name"] for number, item in enumerate(bill["items"])},
    }


def keys_of(world: Installation) -> dict[str, str]:
    """Every secret of the hospital's file and of the keyring."""
    file = tomllib.loads((world.folder / "hospitals" / "demo.toml").read_text("utf-8"))
    keyring = tomllib.loads((world.folder / "keyring.toml").read_text("utf-8"))
    found = {
        "secret": file["wechat"]["official_account"]["secret"],
        "token": file["wechat"]["official_account"]["token"],
        "encoding_aes_key": file["wechat"]["official_account"]["encoding_aes_key"],
        "apiv3_key": file["wechat"]["pay"]["apiv3_key"],
        "access_key_secret": file["sms"]["access_key_secret"],
        "receipt_secret": file["sms"]["receipt_secret"],
        **{f"his key {name}": key for name, key in file["his"]["keys"].items()},
        **{f"sealing key {name}": key for name, key in keyring["keys"].items()},
        "lookup key": keyring["lookup"],
    }
    assert all(len(key) > 8 for key in found.values())
    return found


def look_for(secrets: Mapping[str, str], places: Places) -> None:
    """Also as JSON and as an address would write them."""
    for what, secret in secrets.items():
        spelled = {secret, ascii(secret)[1:-1], urllib.request.quote(secret), repr(secret.encode())[2:-1]}
        for place, content in places.items():
            leaked = [one for one in spelled if one.encode() in content or one.lower().encode() in content]
            assert not leaked, f"{what} is in {place}"


def answer_of(world: Installation, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{world.port}{path}", timeout=10) as answer:
        return str(answer.read().decode())
