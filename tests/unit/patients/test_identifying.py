"""What a person reads whose login a platform does not answer, or refuses: who it was, and that nothing was taken."""

from __future__ import annotations

import pytest

from server.core.errors import NotSent, OutcomeUnknown, OutsideError, OutsideRefusal
from server.core.systems import System
from server.patients.identifying import identified
from server.patients.model import PayerIdentity
from tests.support.builders import an_identity

ALIPAY = System("alipay_life", "支付宝")
REST = "，这次没有扣款。请稍后再试，或到收费窗口办理。如之前已付款，款项不会丢失。"


class Platform:
    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    async def identify(self, code: str) -> PayerIdentity:
        if self.error is not None:
            raise self.error
        return an_identity()


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OutcomeUnknown(ALIPAY, "silent"), f"支付宝暂时没有响应，登录没有完成{REST}"),
        (NotSent(ALIPAY), f"支付宝暂时没有响应，登录没有完成{REST}"),
        (OutsideRefusal(ALIPAY, "NO"), f"支付宝没有接受这次登录{REST}"),
    ],
)
async def test_a_failed_login_names_the_platform_and_takes_nothing(error: OutsideError, said: str) -> None:
    with pytest.raises(OutsideError) as caught:
        await identified(Platform(error), "code")
    assert (caught.value, caught.value.user_message) == (error, said)


@pytest.mark.asyncio
async def test_who_is_known_is_told() -> None:
    assert await identified(Platform(), "code") == an_identity()
    with pytest.raises(ValueError, match="own"):
        await identified(Platform(ValueError("own")), "code")
