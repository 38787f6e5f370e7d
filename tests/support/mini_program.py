"""The played mini-program: its people log in by ``code-of-X``, whose phone is in ``phones``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from server.core.errors import BadInput, CodeRefused
from server.patients.model import PayerIdentity
from server.patients.ports import Subscription
from tests.support.builders import PHONE
from tests.support.played import Played

MINI_APP = "wxdemomini000001"
TEMPLATE = "template-booked"


class ObligingMiniProgram(Played):
    channel = "wechat"
    entrance = "mini_program"
    pay_method = "miniprogram"
    app_id = MINI_APP

    def __init__(self) -> None:
        super().__init__()
        self.subscriptions: Sequence[Subscription] = (
            Subscription(purpose="payment_booked", template_id=TEMPLATE, title="缴费结果"),
        )
        self.unions: dict[str, str] = {}
        self.phones: dict[str, str] = {}
        self.agreed: Counter[str] = Counter()

    async def identify(self, code: str) -> PayerIdentity:
        await self._begin("identify", code)
        if not code.startswith("code-of-"):
            raise CodeRefused("code")
        subject = code.removeprefix("code-of-")
        return PayerIdentity(channel=self.channel, app_id=MINI_APP, subject=subject, union_id=self.unions.get(subject))

    async def phone(self, person: PayerIdentity, code: str) -> str:
        await self._begin("phone", code)
        if code != "phone-code":
            raise BadInput("phone code", user_message="没有取到手机号，请再点一次。")
        return self.phones.get(person.subject, PHONE)

    async def accepted(self, person: PayerIdentity, template_ids: Sequence[str]) -> Mapping[str, int]:
        self.agreed.update(one for one in template_ids if one == TEMPLATE)
        return {"payment_booked": self.agreed[TEMPLATE]}

    async def code(self, scene: str, page: str) -> bytes:
        return b"picture"

    async def payment_link(self, payment_id: str, days: int) -> str:
        await self._begin("payment_link", (payment_id, days))
        self._end("payment_link")
        return f"https://wxaurl.cn/invented{len(self.named('payment_link'))}"
