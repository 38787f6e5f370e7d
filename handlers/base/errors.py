"""What an error looks like from outside: one table, one shape. Nothing of an exception is ever shown but its ``person`` text."""

from __future__ import annotations

import traceback
from dataclasses import dataclass

from tornado.web import HTTPError

from server.core import errors

# The first line that fits counts: special ones stand before general ones.
STATUS: tuple[tuple[type[errors.ZhenfuError], int], ...] = (
    (errors.BadInput, 400),
    (errors.NotFound, 404),
    (errors.NotAllowed, 403),
    (errors.LoginNeeded, 401),
    (errors.LinkExpired, 410),
    (errors.AlreadyPaid, 409),
    (errors.ChargeChanged, 409),
    (errors.KeyReused, 409),
    (errors.StillRunning, 409),
    (errors.TooManyTries, 429),
    (errors.TooLarge, 413),
    (errors.Refusal, 400),
    (errors.Forged, 403),
    (errors.TooSoon, 429),
    (errors.Tampered, 409),
    (errors.RefusedInWords, 409),
    (errors.OutsideRefusal, 502),
    (errors.OutsideError, 503),
    (errors.LostRace, 409),
    (errors.StoreError, 503),
    (errors.Overloaded, 503),
    (errors.ZhenfuError, 500),
)

# What Tornado itself refuses: code and text by status.
_OF_HTTP: dict[int, tuple[str, str]] = {
    400: (errors.BadInput.code, errors.BadInput.user_message),
    403: ("page_expired", "页面已过期，请返回上一页，刷新后再试。"),
    404: (errors.NotFound.code, errors.NotFound.user_message),
    405: ("method_not_allowed", "这个地址不能这样打开，请从首页重新进入。"),
    413: (errors.TooLarge.code, errors.TooLarge.user_message),
}

_NEVER_TOLD = (errors.LeaseLost, errors.BackupRefused, errors.NotAllowedYet)
"""They stay within the worker and the command line."""

FRAMES_MAX = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the outside sees of an error. ``wait_seconds`` becomes Retry-After."""

    status: int
    code: str
    message: str
    retry: bool
    wait_seconds: int = 0
    amount_fen: int | None = None

    def as_json(self, reference: str) -> dict[str, object]:
        """The one JSON error shape."""
        return {"code": self.code, "message": self.message, "reference": reference, "retry": self.retry}

    def as_problem(self, reference: str) -> dict[str, object]:
        """The shape of RFC 9457, which the API has."""
        return {
            "type": f"/api/v1/docs#{self.code}",
            "title": self.code.replace("_", " "),
            "status": self.status,
            "code": self.code,
            "detail": self.message,
            "reference": reference,
            "retry": self.retry,
            **({} if self.amount_fen is None else {"amount_fen": self.amount_fen}),
        }


def shown(error: BaseException | None) -> Shown:
    if isinstance(error, errors.ZhenfuError):
        status = _status(type(error))
        wait = (
            error.wait_seconds
            if isinstance(error, errors.TooManyTries | errors.TooSoon | errors.StillRunning | errors.Overloaded)
            else 0
        )
        amount_fen = error.amount_fen if isinstance(error, errors.ChargeChanged) else None
        return Shown(
            status=status,
            code=error.code,
            message=error.user_message,
            retry=error.retry,
            wait_seconds=wait,
            amount_fen=amount_fen,
        )
    if isinstance(error, HTTPError) and error.status_code < 500:
        known = error.status_code if error.status_code in _OF_HTTP else 400
        code, message = _OF_HTTP[known]
        return Shown(status=error.status_code, code=code, message=message, retry=known == 403)
    return Shown(status=500, code=errors.ZhenfuError.code, message=errors.ZhenfuError.user_message, retry=True)


def codes() -> tuple[Shown, ...]:
    """Every code that an answer may carry, once, with what it usually looks like."""
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.ZhenfuError)]
    of_tree = [
        Shown(status=_status(kind), code=kind.code, message=kind.user_message, retry=kind.retry)
        for kind in kinds
        if kind not in _NEVER_TOLD
    ]
    of_http = [Shown(status=status, code=code, message=text, retry=False) for status, (code, text) in _OF_HTTP.items()]
    return tuple({one.code: one for one in (*of_http, *of_tree, shown(None))}.values())


def _status(kind: type[errors.ZhenfuError]) -> int:
    return next(status for general, status in STATUS if issubclass(kind, general))


def described(error: BaseException | None) -> str:
    """The error as the log has it. Our own errors carry codes only; of anything else just its type and place are told, since its text may hold
    personal data."""
    if error is None:
        return "unknown"
    if isinstance(error, errors.ZhenfuError):
        return f"{type(error).__name__}({error})"
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES_MAX:]
    places = " > ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}:{frame.name}" for frame in frames)
    return f"{type(error).__name__} at {places}"
