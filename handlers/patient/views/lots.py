"""How the share of a lot that goes back is shown, whatever the lot was paid for."""

from __future__ import annotations

from collections.abc import Mapping

from server.refunds.rules.shares import ShareState

_LOOKS: Mapping[ShareState, str] = {
    ShareState.RETURNED: "success",
    ShareState.ELSEWHERE: "success",
    ShareState.FAILED: "warn",
}


def look_of(state: ShareState | None) -> str:
    """The look of a share's state; None is a share that nothing was asked of."""
    return "waiting" if state is None else _LOOKS.get(state, "waiting")
