"""People of the hospital who give money back while processes die: cashiers and an approver in the chat, the HIS's window, the merchant's console.

A person tries again what was not answered. What they ask for at the window goes on under its number until there is an answer; what was asked for
over the limit is agreed to in the end.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.chaos.outside import CHANNELS
from tests.end_to_end.installation import Installation
from tests.end_to_end.staff import PIN, Employee, hire

EMPLOYEES = ((6, "1001", "cashier", "100000"), (3, "1003", "cashier", "100000"), (8, "1002", "cashier", "0.01"), (7, "2001", "approver", "100000"))  # fmt: skip
PAUSE_S = (0.5, 2.0)
TRIES = 6
WINDOW_TRIES = 60
AGAIN_AFTER_S = 0.5
IN_CHAT_SHARE = 0.5
LOST = (AssertionError, OSError, TypeError, KeyError, ValueError)
"""What a step raises when its page or reply did not come."""


class Staff:
    """Runs in a thread of its own. ``quiet``: the refunds that nobody told the app of, by the channel's number: whose payment's they are."""

    def __init__(self, world: Installation, folder: Path, dice: random.Random, *, in_chat: bool) -> None:
        """``in_chat``: cashiers and an approver are hired first, which takes some seconds; otherwise only window and console give back."""
        self._world = world
        self._dice = dice
        self._employees = hire(world, folder, *EMPLOYEES) if in_chat else []
        people = world.ask("/sandbox/credentials")["people"]
        self._own = {people[number - 1][channel.subject] for number, *_ in EMPLOYEES for channel in CHANNELS}
        self._used: set[str] = set()
        self._evening = threading.Event()
        self._failed: BaseException | None = None
        self._thread = threading.Thread(target=self._live, name="staff")
        self._windows: set[str] = set()
        self.did: Counter[str] = Counter()
        self.quiet: dict[str, str] = {}
        self.looked_at: set[str] = set()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._evening.set()
        self._thread.join()
        if self._failed is not None:
            raise self._failed

    def finish(self, waiting: list[str]) -> None:
        """In calm weather: what the window has begun gets its answer, and the refunds ``waiting`` are agreed to."""
        for number in sorted(self._windows):
            self._window(number, WINDOW_TRIES)
        for refund_no in waiting:
            self._step(lambda number=refund_no: self._agree(number))
        for number in set(self.quiet.values()) if self._employees else ():
            self._step(lambda number=number: self._looks_at(number))

    def _looks_at(self, number: str) -> str:
        """A preview asks the channel, which says that something has gone back."""
        reply = self._heard(self._employees[0], f"退费 {number} 没做")
        assert number[-6:] in reply or "退" in reply, reply
        self.looked_at.add(number)
        return "looked at"

    def _live(self) -> None:
        try:
            while not self._evening.wait(self._dice.uniform(*PAUSE_S)):
                number = self._payment()
                if number is not None:
                    self._give_back(*number)
        except BaseException as error:
            self._failed = error

    def _payment(self) -> tuple[str, str] | None:
        """(number, client) of one that the HIS holds, somebody else's, and that nobody has given back from."""
        money = self._world.money()
        held = {trade["out_trade_no"] for trade in money["his"]["trades"] if trade["amount_fen"] > 1} - self._used
        free = [
            (trade["out_trade_no"], client)
            for client, books, payer in (("wechat", "wechatpay", "openid"), ("alipay", "alipay", "buyer_id"))
            for trade in money[books]["trades"]
            if trade["out_trade_no"] in held and trade[payer] not in self._own and not trade["refunded_fen"]
        ]
        if not free:
            return None
        chosen = self._dice.choice(sorted(free))
        self._used.add(chosen[0])
        return chosen

    def _give_back(self, number: str, client: str) -> None:
        if self._employees and self._dice.random() < IN_CHAT_SHARE:
            self._step(lambda: self._in_chat(number))
        elif self._dice.random() < 0.4:
            self._window(number, TRIES)
        else:
            self._in_console(number, client, told=self._dice.random() < 0.6)

    # ---- in the chat -------------------------------------------------------------------------------------------------------------------

    def _in_chat(self, number: str) -> str:
        cashier = self._dice.choice(self._employees[:-1])
        part = self._dice.choice(["", "0.01元 "])
        assert "退费预览" in self._heard(cashier, f"{part}退费 {number} 没做")
        answer = self._proves(cashier)
        assert "正在办理" in answer or "等待审批" in answer, answer
        if "等待审批" in answer:
            self._agree(f"{number}R01")
            return "refunded by two in the chat"
        return "refunded in the chat"

    def _agree(self, refund_no: str) -> str:
        approver = self._employees[-1]
        assert "同意退费" in self._heard(approver, f"同意 {refund_no}")
        self._proves(approver)
        return "agreed to"

    def _heard(self, employee: Employee, text: str) -> str:
        """The reply, now or a little later."""
        told = employee.ask(text, 3.0)
        replies = [told["reply"], *told["later"]]
        return "\n".join(str(reply["text"]) for reply in replies if reply is not None)

    def _proves(self, employee: Employee) -> str:
        """确认, then PIN and code on the page, as often as it takes for a page to come."""
        path = employee.link(self._heard(employee, "确认"))
        employee.phone.open(path)
        _, page = employee.phone.submit(path, {"pin": PIN, "totp": employee.code()})
        return page

    def _step(self, act: Callable[[], str]) -> None:
        for _ in range(TRIES):
            try:
                self.did[act()] += 1
                return
            except LOST:
                time.sleep(AGAIN_AFTER_S)
        self.did["not answered in the chat"] += 1

    # ---- outside -----------------------------------------------------------------------------------------------------------------------

    def _window(self, number: str, tries: int) -> None:
        """Written off in the HIS; asked again until the app has said yes or no."""
        self._windows.add(number)
        for _ in range(tries):
            status, told = self._world.post("/sandbox/his/refund_at_window", {"out_trade_no": number})
            if status in {200, 409}:
                self._windows.discard(number)
                self.did["refunded at the window" if status == 200 else "refused at the window"] += 1
                return
            assert status in {424, 0}, told
            time.sleep(AGAIN_AFTER_S)

    def _in_console(self, number: str, client: str, *, told: bool) -> None:
        body = {"out_trade_no": number, "told": told}
        if self._dice.random() < 0.5:
            body["fen"] = 1
        status, answer = self._world.post(f"/sandbox/{client}/refund_in_console", body)
        if status == 200:
            self.did["refunded in the console" if told else "refunded in the console without a word"] += 1
            if not told:
                self.quiet[answer["out_refund_no"]] = number
