"""The mini-program as WeChat plays its side: who holds the phone, the cashier, the messages that people agreed to, the links in SMS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import parse_qs

from sandbox.outside import Outside
from sandbox.sms.templates import ADDRESS
from sandbox.wechat.miniprogram.logins import LOGIN, PHONE
from sandbox.wechat.miniprogram.templates import BY_ID, TEMPLATES
from sandbox.world.people import Person
from sandbox.world.wire import Record, Request
from server.payments.ports import ClientCall
from tests.simulation.channels import Told
from tests.simulation.wechat import SimulatedWechat

SEND = "/cgi-bin/message/subscribe/send"
PURPOSES = frozenset(template.purpose for template in TEMPLATES)
PLENTY = 40
"""Agreements of somebody who has ticked that it need not be asked again; more than one run can use up."""


class SimulatedMiniProgram:
    """Its money is the channel's own: orders, books and console are those of `SimulatedWechat`."""

    knows_repeats = False

    def __init__(self, outside: Outside, channel: SimulatedWechat) -> None:
        self._platform = outside.miniprogram
        self._app_id = outside.scene.keys["mini_appid"]
        self._channel = channel
        self.channel_name = channel.name

    def subject(self, person: Person) -> str:
        return person.mini_openid

    def may_go_wrong(self, call: ClientCall) -> Sequence[str]:
        return self._channel.may_go_wrong(call)

    def pay(self, call: ClientCall, result: str, fault: str) -> str:
        """The client says by itself which app it is that asks."""
        asks = replace(call, params={**call.params, "appId": self._app_id})
        return self._channel.pay(asks, result, fault)

    def login_code(self, person: Person) -> str:
        return self._platform.logins.code(person, LOGIN)

    def phone_code(self, person: Person) -> str:
        return self._platform.logins.code(person, PHONE)

    def agree(self, person: Person, times: int = 1) -> list[str]:
        """To every template; their ids."""
        for template_id in BY_ID:
            for _ in range(times):
                self._platform.subscriptions.answered(person, template_id, "accept")
        return list(BY_ID)

    def told(self, person: Person) -> Sequence[Told]:
        cards = [line for line in self._platform.notices.messages(person.mini_openid) if line["kind"] == "card"]
        return [about(card["template_id"], card["data"], card["at"]) for card in cards]

    def led_to(self, sms: Record) -> str | None:
        """The payment that the link in an SMS opens; None without a link."""
        path = sms["params"].get("path", "")
        if not path:
            return None
        place = self._platform.links.opened(f"{ADDRESS}{path}") or {"query": ""}
        return parse_qs(place["query"]).get("id", [""])[0]


def about(template_id: str, data: Record, at: str = "") -> Told:
    template = BY_ID[template_id]
    return Told.by(template.values, data, template.purpose, at)


def number_of(asked: Request) -> str:
    """Of a message, payment and purpose as the app's own number of it; of any other call nothing."""
    said = asked.json() if asked.path == SEND else None
    if not isinstance(said, dict) or said.get("template_id") not in BY_ID:
        return ""
    told = about(said["template_id"], said["data"])
    return f"{told.payment}-{told.purpose}"
