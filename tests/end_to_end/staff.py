"""A member of staff of the demo hospital: says things in the chat, has an authenticator, types PIN and code on the page."""

from __future__ import annotations

import html
import re
import time
import urllib.parse
from pathlib import Path
from typing import Any

import pyotp

from tests.end_to_end.installation import Installation
from tests.end_to_end.phone import Phone
from tests.support.warm_python import warm_python

PIN = "280519"
STEP_S = 30


def run_staff(world: Installation, *words: str) -> str:
    """`run.py staff …` against this installation; what it printed."""
    done = warm_python().run(["staff", *words], world.environ)
    assert done.returncode == 0, done.stderr
    return done.stdout


def hire(world: Installation, folder: Path, *wanted: tuple[int, str, str, str]) -> list[Employee]:
    """(person, employee number, role, limit in yuan) each: invited at the console, at work."""
    employees = [Employee(world, person, number) for person, number, _, _ in wanted]
    rows = [
        f"{e.number},{e.name},{role},{limit},{limit}" for e, (_, _, role, limit) in zip(employees, wanted, strict=True)
    ]
    people = folder / "people.csv"
    people.write_text("\n".join(["number,name,role,per_refund,per_day", *rows]), "utf-8")
    codes = re.findall(r"绑定 ([0-9A-Z]{8})", run_staff(world, "invite", "--file", str(people)))
    return [employee.starts(code) for employee, code in zip(employees, codes, strict=True)]


class Employee:
    """Person ``number`` of the sandbox, with the phone that is theirs."""

    def __init__(self, world: Installation, person: int, number: str) -> None:
        self._world = world
        self.number = number
        self.phone = Phone(world, person)
        people = world.ask("/sandbox/credentials")["people"]
        self.openid = people[person - 1]["openid"]
        self.name = people[person - 1]["name"]
        self._secret = ""
        self._used = 0

    def starts(self, code: str) -> Employee:
        """Bound in the chat, set up on the page."""
        setup = self.link(self.says(f"绑 定{code.lower()}"))
        self.has_authenticator(self.phone.open(setup))
        status, page = self.phone.submit(setup, {"pin": PIN, "pin_again": PIN, "totp": self.code()})
        assert (status, "设置完成" in page) == (200, True), page
        return self

    def has_authenticator(self, shown: str) -> None:
        """With the secret of the otpauth address in ``shown``."""
        secret = re.search(r"secret=([A-Z2-7]{32})", html.unescape(shown))
        assert secret, shown
        self._secret = secret[1]

    def says(self, text: str, wait_s: float = 0.0) -> str:
        """The reply in the chat."""
        told = self.ask(text, wait_s)
        assert told["reply"] is not None, told
        return str(told["reply"]["text"])

    def ask(self, text: str, wait_s: float = 0.0) -> Any:
        told = self._world.ask("/sandbox/wechat/say", {"openid": self.openid, "text": text, "wait_s": wait_s})
        assert told is not None
        return told

    def heard(self) -> list[str]:
        """All that the account has said, oldest first."""
        chat = self._world.ask(f"/sandbox/inbox?person={self.phone.number}")["chat"]
        return [message["text"] for message in chat if message["kind"] == "text" and not message["mine"]]

    def link(self, text: str) -> str:
        found = re.search(r'href="([^"]+)"', text)
        assert found, text
        return urllib.parse.urlsplit(found[1]).path

    def code(self) -> str:
        """A fresh one: each step's code is good once, so the next step's is taken, which the server's tolerance of one step admits."""
        now = int(time.time()) // STEP_S
        step = max(now, self._used + 1)
        if step > now + 1:  # both codes of this half minute are used up
            time.sleep((step - 1) * STEP_S - time.time() + 0.1)
        self._used = step
        return pyotp.TOTP(self._secret).at(step * STEP_S)

    def confirms(self) -> str:
        """确认, the page, PIN and code: the page that follows."""
        page = self.link(self.says("确认"))
        self.phone.open(page)
        _, answer = self.phone.submit(page, {"pin": PIN, "totp": self.code()})
        return answer
