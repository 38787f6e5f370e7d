"""Pages that the chat leads to. Each capability describes its own; wiring says which hospitals have it."""

from __future__ import annotations

from dataclasses import dataclass

from server.payments.hospital import Hospital


@dataclass(frozen=True, slots=True)
class ChatPage:
    """``pattern`` fits the whole normalised text of a message that asks for the page; a menu's button asks by ``key``.

    ``word`` is what the help says to reply, and ``use`` what comes of it. ``link`` is the text of the link to ``path``, below the hospital's
    address; ``more`` follows it on a line of its own.
    """

    key: str
    pattern: str
    word: str
    use: str
    path: str
    link: str
    more: str = ""

    def text(self, hospital: Hospital) -> str:
        """The reply, as the chats of both platforms show it."""
        link = f'<a href="{hospital.public_url}/h/{hospital.id}/{self.path}">{self.link}</a>'
        return f"{link}\n{self.more}" if self.more else link


BILLS = ChatPage(
    key="bills",
    pattern=r"(我要)?(缴费|交费|付款|付费|待缴)",
    word="缴费",
    use="查看待缴费用",
    path="bills",
    link="点这里查看待缴费用",
    more="也可以直接扫描缴费单上的二维码。",
)
PAYMENTS = ChatPage(
    key="payments",
    pattern=r"(缴费)?(记录|历史|收据)",
    word="记录",
    use="查看缴费记录",
    path="payments",
    link="点这里查看缴费记录",
)
CARDS = ChatPage(
    key="cards",
    pattern=r"(绑卡|绑定|就诊卡)",
    word="绑卡",
    use="绑定就诊卡",
    path="cards",
    link="点这里绑定或管理就诊卡",
)
