"""Who did something, in the words that staff read."""

from __future__ import annotations

from server.core.actors import CARD_HOLDER, PAYER, READER, Actor, Source

_PATIENTS = {PAYER: "付款人", CARD_HOLDER: "持卡患者本人", READER: "看报告的人"}


def who(actor: Actor) -> str:
    """``工号1001``, ``医院系统（w7）``. Each source has words of its own, so that no name of one looks like another's. A payer's
    identity on a platform is nobody's business here.
    """
    match actor.source:
        case Source.STAFF:
            return f"工号{actor.name}"
        case Source.HIS:
            return f"医院系统（{actor.name}）" if actor.name else "医院系统"
        case Source.CLI:
            return f"服务器命令行（{actor.name}）"
        case Source.CHANNEL:
            return f"渠道{actor.name}"
        case Source.PATIENT:
            return _PATIENTS.get(str(actor), "持卡患者本人")
        case Source.SYSTEM:
            return "系统"
