"""Every error that Zhenfu raises on purpose. Each says whether trying again can help and what the person sees.

ZhenfuError
├── Refusal                    the person asked for something that can't be had; nothing is wrong with us
│   ├── BadInput               the request does not make sense
│   │   └── MeantForPayments   it came to a chat's address and is about money: the payment channel has to verify it
│   ├── NotFound               not there, or not theirs (the two look alike from outside)
│   ├── NotAllowed             known, but not permitted to do this
│   ├── LoginNeeded            nobody is logged in, or no longer
│   │   └── CodeRefused        the platform does not know this login code, or no longer
│   ├── LinkExpired            a QR code or link that is no longer good
│   ├── AlreadyPaid            the bill is paid or being paid by someone else
│   ├── ChargeChanged            the bill is no longer what the page showed
│   ├── KeyReused              an idempotency key that came with another request before
│   ├── StillRunning           the first request under this idempotency key has no answer yet
│   ├── TooManyTries           a limit was hit; wait
│   └── TooLarge               over a size limit
├── Forged                     a signature, key or seal that does not hold; never says why in detail
├── Tampered                   a stored payment that was changed outside Zhenfu: nothing is done until a person says what is true of it
├── OutsideError               a system outside did not do what we asked
│   ├── OutcomeUnknown         time-out, 5xx, unreadable answer: it may or may not have been done
│   ├── NotSent                it was surely not done (breaker open, connection refused, queue full)
│   │   └── NotAllowedYet      the person has not agreed to this message, and still may
│   └── OutsideRefusal         an explicit final word of the other side, with its code
│       ├── RefusedInWords     and with why, in words that the person reads: nothing is wrong with us, nor with it
│       └── TooSoon            it takes no more of these for a while
├── StoreError
│   ├── StoreUnavailable       the database did not say yes: what was to be written is not known to be stored
│   ├── Unreadable             a document that this Zhenfu can't read; it is left as it is
│   ├── LostRace               somebody else changed the document first: read again and decide again
│   ├── ClaimTaken             another live payment claims the same purpose
│   ├── AlreadyStored          an insert of an id that exists
│   └── BackupRefused          a backup that is damaged, or that can't be restored here; a sentence for the operator
├── ClockOff                   this machine's clock is wrong: it decides nothing until it is right
├── Overloaded                 turned away before anything was done, so that what matters more goes on
└── LeaseLost                  another worker owns this effect now; drop the result
"""

from __future__ import annotations

from typing import ClassVar

from server.core.systems import title_of


class ZhenfuError(Exception):
    """Root. ``retry`` says whether the same request may succeed later; ``user_message`` is what a patient or staff member reads."""

    code: ClassVar[str] = "internal_error"
    retry: ClassVar[bool] = False
    user_message: str = "系统出了点问题，请稍后再试。如已付款，款项不会丢失。"

    def __init__(self, detail: str = "", *, user_message: str | None = None) -> None:
        super().__init__(detail or type(self).__name__)
        if user_message is not None:
            self.user_message = user_message


class Refusal(ZhenfuError):
    code = "refused"
    user_message = "无法完成这个操作。"


class BadInput(Refusal):
    code = "bad_input"
    user_message = "填写的内容不正确，请检查后重试。"


class MeantForPayments(BadInput):
    pass


class NotFound(Refusal):
    code = "not_found"
    user_message = "没有找到您要的内容。"


class NotAllowed(Refusal):
    code = "not_allowed"
    user_message = "您不能进行这个操作。"


class LoginNeeded(Refusal):
    code = "login_needed"
    user_message = "登录已过期，请从医院的菜单重新进入，或重新扫描缴费单上的二维码。"


class CodeRefused(LoginNeeded):
    """Who sends many of these guesses."""


class LinkExpired(Refusal):
    code = "link_expired"
    user_message = "二维码已过期，请到收费窗口重新打印，或从医院的菜单进入缴费。"


class AlreadyPaid(Refusal):
    code = "already_paid"
    user_message = "这笔费用已经支付，或正在由他人支付，无需重复付款。"


class ChargeChanged(Refusal):
    """``amount_fen``: what is to be paid now, where that is all that has changed."""

    code = "bill_changed"
    user_message = "费用有变化，请返回列表查看最新内容。"

    def __init__(self, detail: str = "", *, user_message: str | None = None, amount_fen: int | None = None) -> None:
        super().__init__(detail, user_message=user_message)
        self.amount_fen = amount_fen


class KeyReused(Refusal):
    code = "idempotency_key_reused"
    user_message = "请返回上一页，刷新后再试。"


class StillRunning(Refusal):
    code = "in_progress"
    retry = True
    user_message = "正在处理，请稍等。"
    wait_seconds: ClassVar[int] = 2


class TooManyTries(Refusal):
    code = "too_many_tries"
    retry = True
    user_message = "操作太频繁，请稍后再试。"

    def __init__(self, detail: str = "", *, user_message: str | None = None, wait_seconds: int = 60) -> None:
        super().__init__(detail, user_message=user_message)
        self.wait_seconds = wait_seconds


class TooLarge(Refusal):
    code = "too_large"
    user_message = "提交的内容太大。"


class Forged(ZhenfuError):
    code = "signature_invalid"
    user_message = "二维码或链接无效，请重新扫码进入。"


class Tampered(ZhenfuError):
    code = "record_under_review"
    user_message = "这笔缴费的记录正在人工核对，暂时不能操作。请联系收费窗口，款项不会丢失。"


class OutsideError(ZhenfuError):
    """``system`` names who failed: a label, safe for logs and metrics. Where nobody says more, a person reads what people call it."""

    code = "outside_error"
    retry = True
    user_message = "系统暂时没有响应，请稍后再试，或到收费窗口办理。如已付款，款项不会丢失。"

    def __init__(self, system: str, detail: str = "", *, user_message: str | None = None) -> None:
        super().__init__(f"{system}: {detail}" if detail else system, user_message=user_message)
        self.system = system
        if user_message is None:
            self.user_message = self.user_message.replace("系统", title_of(system), 1)


class OutcomeUnknown(OutsideError):
    code = "outcome_unknown"


class NotSent(OutsideError):
    code = "not_sent"


class NotAllowedYet(NotSent):
    code = "not_allowed_yet"


class OutsideRefusal(OutsideError):
    """``reason_code`` is the other side's own code; ``reason`` its words, free of personal data."""

    code = "outside_refused"
    retry = False
    user_message = "系统没有接受这个操作，请稍后再试，或到收费窗口办理。"

    def __init__(self, system: str, reason_code: str, reason: str = "", *, user_message: str | None = None) -> None:
        super().__init__(system, f"{reason_code} {reason}".strip(), user_message=user_message)
        self.reason_code, self.reason = reason_code, reason


class RefusedInWords(OutsideRefusal):
    code = "refused_with_reason"


class TooSoon(OutsideRefusal):
    code = "too_soon"
    retry = True
    wait_seconds: ClassVar[int] = 60


class StoreError(ZhenfuError):
    code = "store_error"
    retry = True


class StoreUnavailable(StoreError):
    code = "store_unavailable"
    user_message = "系统繁忙，请稍后再试。如已付款，款项不会丢失。"


class Unreadable(StoreError):
    """``newer``: a newer Zhenfu wrote it, and nothing is wrong with it."""

    code = "unreadable"

    def __init__(self, detail: str = "", *, newer: bool = False) -> None:
        super().__init__(detail)
        self.newer = newer


class LostRace(StoreError):
    code = "lost_race"
    user_message = "刚才有人同时在办理这一笔，请刷新后查看结果。"


class ClaimTaken(StoreError):
    code = "claim_taken"


class AlreadyStored(StoreError):
    code = "already_stored"
    retry = False


class ClockOff(ZhenfuError):
    code = "clock_off"
    retry = True


class Overloaded(ZhenfuError):
    code = "overloaded"
    retry = True
    user_message = "现在访问的人很多，请等几秒再试。如已付款，款项不会丢失。"
    wait_seconds: ClassVar[int] = 5


class BackupRefused(StoreError):
    code = "backup_refused"
    retry = False


class LeaseLost(ZhenfuError):
    code = "lease_lost"
