"""How many of our files something passes between the door where it arrives and the write that stores it (docs/design.md)."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.handlers.conftest import Browser
from tests.handlers.doors import SEAL, a_paid_order
from tests.handlers.scripts import begin
from tests.support.builders import an_identity
from tests.support.in_memory_app import InMemoryApp
from tests.support.refund_desk import at_the_desk

pytestmark = pytest.mark.gen_test
ROOT = Path(__file__).resolve().parents[2]
FOLDERS = (str(ROOT / "handlers"), str(ROOT / "server"))
NOTIFICATION_MAX, START_MAX, CHAT_MAX = 7, 9, 8


def our_files_under_way() -> set[str]:
    """The files of handlers/ and server/ with a call that has not returned, but for the stores' own."""
    found: set[str] = set()
    frame = inspect.currentframe()
    while frame is not None:
        if (file := frame.f_code.co_filename).startswith(FOLDERS):
            found.add(str(Path(file).relative_to(ROOT)))
        frame = frame.f_back
    return {file for file in found if not file.startswith("server/storage/")}


@pytest.fixture
def passed(memory_app: InMemoryApp, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, set[str]]]:
    """(what is written, the files that led to the write), for payments and for what lives short."""
    seen: list[tuple[str, set[str]]] = []

    def watch(store: Any, call: str, kind_of: Callable[..., str]) -> None:
        write = getattr(store, call)

        async def watched(*args: Any, **kwargs: Any) -> Any:
            seen.append((kind_of(*args), our_files_under_way()))
            return await write(*args, **kwargs)

        monkeypatch.setattr(store, call, watched)

    for call in ("insert", "save"):
        watch(memory_app.stores.payments, call, lambda *_: "payment")
    for call in ("put", "put_once"):
        watch(memory_app.stores.short_lived, call, lambda kind, *_: kind)
    return seen


def most(passed: list[tuple[str, set[str]]], kind: str) -> set[str]:
    """The longest way to a write of this kind."""
    return max((files for what, files in passed if what == kind), key=len)


async def test_a_notification_passes_seven_files_at_most(
    memory_app: InMemoryApp, post: Any, passed: list[tuple[str, set[str]]]
) -> None:
    payment_id = await a_paid_order(memory_app)
    passed.clear()
    await post("/notify/wechatpay/demo/payment", json.dumps({"out_trade_no": payment_id}), Signature=SEAL)
    way = most(passed, "payment")
    assert "handlers/platforms/notifications.py" in way
    assert len(way) <= NOTIFICATION_MAX, sorted(way)


async def test_a_started_payment_passes_nine_files_at_most(
    browser: Browser, enter: Any, passed: list[tuple[str, set[str]]]
) -> None:
    await enter("B1")
    await begin(browser, "B1")
    way = most(passed, "payment")
    assert "handlers/patient/payments.py" in way
    assert len(way) <= START_MAX, sorted(way)


async def test_a_refund_by_chat_passes_eight_files_at_most(
    memory_app: InMemoryApp, post: Any, passed: list[tuple[str, set[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reply is prepared in a task of its own: the files before the task and in it count together."""
    payment, cashier, _ = await at_the_desk(memory_app)
    passed.clear()
    monkeypatch.setattr("tests.handlers.doors.an_identity", lambda: an_identity(f"openid-{cashier.number}"))
    answer = await post("/wechat/demo/callback?signature=genuine", f"退费 {payment.id} 10元 没做检查".encode())
    assert "本次退 10.00元" in answer.body.decode()
    way = most(passed, "chat_reply") | most(passed, "refund_ticket")
    assert {"handlers/platforms/callbacks.py", "server/refunds/drafts.py"} <= way
    assert len(way) <= CHAT_MAX, sorted(way)
