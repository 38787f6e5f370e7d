"""Doors broken on purpose, in the ways in which they are broken by accident: each must be noticed by the properties of this folder."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

import pytest
import xmltodict
from wechatpy.crypto import WeChatCrypto
from wechatpy.parser import MESSAGE_TYPES

import handlers.base.early_requests
import handlers.base.errors
import server.infrastructure.sealing
import server.platforms.his.signing
import server.platforms.wechat.official_account.callback
import server.platforms.wechat.official_account.envelope
import server.platforms.wechat.pay.signing
from server.core.errors import Forged
from server.platforms.aliyun.aliyun import AliyunSms
from server.platforms.his.request_verifier import HisRequestVerifier
from server.platforms.wechat.pay.signing import PlatformVerifier
from tests.fuzz import test_callback, test_his_answers, test_his_door, test_limits, test_seals, test_wechat_pay
from tests.fuzz.target import Target
from tests.unit.platforms.official_account_messages import CONFIG, sha1

Holds = Callable[[Target], None]


def resolves_entities() -> list[Any]:
    """The guard before the parser gone, and the parser's own refusal of entities."""
    callback = server.platforms.wechat.official_account.callback
    return [
        patch.object(callback, "_ROOT_AT_ONCE", re.compile("")),
        patch.object(server.platforms.wechat.official_account.envelope, "parse_message", _with_entities),
    ]


def _with_entities(text: str) -> Any:
    told = xmltodict.parse(text, disable_entities=False)["xml"]
    return MESSAGE_TYPES[told["MsgType"].lower()](told)


def prefix_is_enough(right: str, given: str) -> None:
    if not right.startswith(given):
        raise Forged("signature")


def leaks(error: BaseException | None) -> Any:
    told = _shown(error)
    return handlers.base.errors.Shown(
        status=told.status, code=told.code, message=f"{told.message} {type(error).__name__}: {error}", retry=told.retry
    )


_shown = handlers.base.errors.shown


def signature_not_checked() -> list[Any]:
    return [patch.object(PlatformVerifier, "check", lambda *given: None)]


def any_age_accepted() -> list[Any]:
    return [patch.object(server.platforms.wechat.pay.signing, "AGE_MAX_S", 10**12)]


def his_age_not_checked() -> list[Any]:
    return [patch.object(server.platforms.his.signing, "check_age", lambda *given: None)]


def his_prefix_compared() -> list[Any]:
    return [patch.object(server.platforms.his.signing, "_compare", prefix_is_enough)]


def his_not_verified() -> list[Any]:
    async def verify(self: HisRequestVerifier, raw: Any) -> None:
        return None

    return [patch.object(HisRequestVerifier, "verify", verify)]


def his_answer_not_checked() -> list[Any]:
    return [patch("server.platforms.his.http_json.check_answer", lambda *given: None)]


def chat_prefix_compared() -> list[Any]:
    """Ours, and wechatpy's own comparison behind it."""
    real = WeChatCrypto.decrypt_message

    def decrypt(self: WeChatCrypto, told: dict[str, str], given: str, timestamp: str, nonce: str) -> Any:
        return real(self, told, sha1(CONFIG.token, timestamp, nonce, told["Encrypt"]), timestamp, nonce)

    digest = "server.platforms.wechat.official_account.callback.hmac.compare_digest"
    return [
        patch(digest, lambda right, given: right.startswith(given)),
        patch.object(WeChatCrypto, "decrypt_message", decrypt),
    ]


def exception_text_shown() -> list[Any]:
    return [patch("handlers.base.handler.shown", leaks), patch("handlers.base.page.shown", leaks)]


def no_body_limit() -> list[Any]:
    return [
        patch.object(handlers.base.early_requests, "_is_more", lambda size, most: False),
        patch("handlers.base.handler.BaseHandler.body_bytes_max", 10**9),
    ]


def seals_of_any_purpose() -> list[Any]:
    return [patch.object(server.infrastructure.sealing, "_bound_to", lambda kid, purpose: b"")]


def quadratic_blanks() -> list[Any]:
    callback = server.platforms.wechat.official_account.callback
    return [patch.object(callback, "_ROOT_AT_ONCE", re.compile(r"\s*(?:<\?xml [^<>]*\?>)?\s*<xml>"))]


def receipts_without_secret() -> list[Any]:
    return [patch.object(AliyunSms, "is_receipt_secret", lambda self, secret: True)]


MUTANTS: dict[str, tuple[Callable[[], list[Any]], Holds]] = {
    "WeChat Pay's signature is not checked": (signature_not_checked, test_wechat_pay.forged),
    "a notification of any age is accepted": (any_age_accepted, test_wechat_pay.forged),
    "the HIS's timestamp is not checked": (his_age_not_checked, test_his_door.forged),
    "the beginning of the HIS's signature is enough": (his_prefix_compared, test_his_door.forged),
    "the HIS's request is not verified": (his_not_verified, test_his_door.changed_on_the_way),
    "the HIS's answer is not verified": (his_answer_not_checked, test_his_answers.changed_on_the_way),
    "the beginning of the chat's signature is enough": (chat_prefix_compared, test_callback.part_of_a_signature),
    "entities are resolved": (resolves_entities, lambda target: test_callback.hostile(target, "entity")),
    "a pattern goes back over blanks": (quadratic_blanks, lambda target: test_callback.hostile(target, "blanks")),
    "the words of an exception are shown": (exception_text_shown, test_his_answers.garbled),
    "bodies have no limit": (
        no_body_limit,
        lambda target: test_limits.test_ten_megabytes_are_refused_and_never_held(target, "/his/v1/qr.make"),
    ),
    "a seal opens for any purpose": (seals_of_any_purpose, test_seals.sealed_for_something_else),
    "receipts need no secret": (receipts_without_secret, test_his_door.receipts),
}


@pytest.fixture
def target() -> Iterator[Target]:
    """One of this test's own: what a broken door lets in stays in its stores."""
    logging.disable(logging.CRITICAL)
    target = Target()
    yield target
    target.close()
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("name", MUTANTS)
def test_a_broken_door_is_noticed(target: Target, name: str) -> None:
    patches, holds = MUTANTS[name]
    with pytest.raises((AssertionError, ExceptionGroup, TimeoutError)):
        _broken(target, patches(), holds)


def _broken(target: Target, patches: list[Any], holds: Holds) -> None:
    if not patches:
        holds(target)
        return
    with patches[0]:
        _broken(target, patches[1:], holds)


def test_the_whole_ones_pass(target: Target) -> None:
    """What the mutants fail is what the doors as they are pass: otherwise the table above would prove nothing."""
    for _, holds in MUTANTS.values():
        holds(target)
