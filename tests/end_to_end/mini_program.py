"""A patient with the mini-program: its real pages and client in a process of Node.js (tests/miniprogram/driver.js), against the real server."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.end_to_end.installation import Installation
from tests.end_to_end.phone import Phone

FOLDER = Path(__file__).parents[1] / "miniprogram"
FASTER = "3"
"""The pages' own pauses are this many times shorter."""


class MiniProgram:
    """Person ``number``'s WeChat with the mini-program opened on its first page."""

    def __init__(self, world: Installation, number: int) -> None:
        self._world = world
        self.number = number
        assert (FOLDER / "node_modules").is_dir(), "run scripts/install-node-tests (make env-test does)"
        self._process = subprocess.Popen(
            ["node", "driver.js"], cwd=FOLDER, env=os.environ | {"PAGES_FASTER": FASTER},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def __enter__(self) -> MiniProgram:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()

    def __call__(self, command: str, /, **given: Any) -> Any:
        """One line there, one back (driver.js says which)."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": command, **given}) + "\n")
        self._process.stdin.flush()
        told = json.loads(self._process.stdout.readline())
        assert "error" not in told, told["error"]
        return told["answer"]

    def start(self, page: str = "pages/home/home", **query: str) -> str:
        """Opened anew, as after WeChat has thrown it away; what the page shows."""
        world = self._world
        return str(self("start", origin=f"http://127.0.0.1:{world.port}", sandbox=world.sandbox_url,
                        person=str(self.number), page=page, query=query))  # fmt: skip

    def tap(self, name: str, words: str = "") -> None:
        self("tap", name=name, words=words)

    def pick(self, name: str, at: int = 0) -> None:
        """Taps the first one of them, or the one at this place; -1 is the last."""
        self("pick", name=name, at=at)

    def until(self, page: str, words: str) -> str:
        """Until this page is in front and shows these words (30 s at most); all that it shows."""
        return str(self("until", page=page, words=words))

    def sent(self, ending: str) -> list[str]:
        """The Idempotency-Keys of everything that was posted there."""
        return [one["key"] for one in self("asked") if one["method"] == "POST" and one["url"].endswith(ending)]

    # ---- the world around --------------------------------------------------------------------------------------------------------

    def bills(self) -> list[dict[str, Any]]:
        """The unpaid paper bills of this person that have something to pay."""
        found = self._world.ask(f"/sandbox/bills?person={self.number}")["bills"]
        return [bill for bill in found if bill["status"] == "unpaid" and bill["own_fen"] > 0]

    def scan(self, bill: dict[str, Any]) -> None:
        """From home with the camera to the bill's page, where the button is."""
        self("set", camera=bill["url"])
        self.tap("scan")
        self.until("bills", yuan(bill["own_fen"]))
        self.tap("line--link", yuan(bill["own_fen"]))
        self.until("bill", "立即支付")

    def choose(self, bill: dict[str, Any]) -> None:
        """From home by the list of bills to the bill's page, where the button is."""
        self.tap("ways__way", "待缴费")
        self.until("bills", yuan(bill["own_fen"]))
        self.tap("line--link", yuan(bill["own_fen"]))
        self.until("bill", "立即支付")

    def bind(self) -> dict[str, Any]:
        """The person's own card, from home, by the code that the hospital sends; who they are."""
        people = self._world.ask("/sandbox/credentials")["people"]
        person = next(one for one in people if one["number"] == self.number)
        holder = Phone(self._world, self.number)
        before = len(holder.codes())
        self.tap("ways__way", "就诊卡")
        self.until("cards", "还没有绑定就诊卡")
        self.tap("weui-btn", "绑定就诊卡")
        self.until("bind", "验证码会发到")
        self("type", label="就诊卡号", value=person["cards"][0])
        self("type", label="姓名", value=person["name"])
        self.tap("weui-btn", "获取验证码")
        self.until("bind", "验证码已发到")
        [code] = self._world.wait_until(lambda: holder.codes()[before:], "the code's SMS is there")
        self("type", label="验证码", value=code)
        self.tap("weui-btn", "确认绑定")
        self.until("cards", "解除绑定")
        return dict(person)

    def open_with_card(self, place: str) -> None:
        """From home to a place of the hospital, with the person's own card bound, now or before."""
        if "还没有可查看的缴费单" in self.start():
            self.bind()
            self("back")
        self.until("home", place)
        self.tap("ways__way", place)

    def sms(self) -> list[str]:
        return [message["text"] for message in self.inbox()["sms"]]

    def inbox(self) -> Any:
        return self._world.ask(f"/sandbox/inbox?person={self.number}")


def yuan(fen: int) -> str:
    return f"¥{fen // 100:,}.{fen % 100:02}"
