"""A message to the official account, encrypted as WeChat sends it, and its encrypted answer."""

from __future__ import annotations

from collections.abc import Sequence

from bench.asking import Request
from bench.employee import Employee
from bench.engine import Row
from bench.means import Means

FOR_EVERYBODY = "缴费"
"""A word that means the same from staff and from patients."""
OF_STAFF = "待办"
"""Which refunds wait for somebody: work of staff, whose answer is stored."""


def rows(means: Means) -> Sequence[Row]:
    messages = means.world.messages

    async def words(count: int) -> Sequence[Request]:
        return await means.world.messages(count, FOR_EVERYBODY)

    return [
        Row(
            "message",
            "Official-account message → reply",
            [
                means.ours(messages),
                means.other("Tornado alone, signature checked", "message_floor.py", messages),
                means.other("wechatpy 1.8.18", "message_wechatpy.py", messages, "wechatpy"),
                means.other("wechatpy, one durable insert", "message_wechatpy.py", messages, "wechatpy", stores=True),
                means.other("wechat 2.1.0 on Node.js", "message_wechat.js", messages),
            ],
            goals={"cpu_us": 227},
            note="The floor decrypts nothing. A text that asks for nothing is sent; Zhenfu looks whether one of the staff speaks, and answers with its guide.",
        ),
        Row(
            "message-word",
            "Official-account message that everybody may send → reply",
            [
                means.ours(words),
                means.other("Tornado alone, signature checked", "message_floor.py", words),
                means.other("wechatpy 1.8.18", "message_wechatpy.py", words, "wechatpy"),
            ],
            goals={"cpu_us": 227},
            note=f"The text is {FOR_EVERYBODY}: nobody is looked up.",
        ),
        _of_staff(means),
    ]


def _of_staff(means: Means) -> Row:
    employee = Employee(means.world)

    async def of_staff(count: int) -> Sequence[Request]:
        return await employee.says(OF_STAFF, count)

    peer = means.other(
        "wechatpy, one durable insert", "message_wechatpy.py", means.world.messages, "wechatpy", stores=True
    )
    return Row(
        "message-staff",
        "Official-account message of staff → reply that is stored",
        [means.ours(of_staff), peer],
        goals={"cpu_us": 700},
        note=f"The text is {OF_STAFF}: work of staff is done once for a message, and its answer stored before it is given.",
    )
