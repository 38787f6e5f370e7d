"""A sandbox's world without sockets: a clock that moves when told, dice from a seed, keys of the test run."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from sandbox.controls import views
from sandbox.outside import Outside, open_outside
from sandbox.world.chance import WorldClock
from sandbox.world.wire import Outbound, Request, Response

CHINA = timezone(timedelta(hours=8))
MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=CHINA)
APP = "http://app.invalid:8888"
Record = dict[str, Any]


@dataclass
class Time:
    """Stands still until ``pass_`` is called."""

    moment: datetime = MORNING

    def __call__(self) -> datetime:
        return self.moment

    def pass_(self, **much: float) -> None:
        self.moment += timedelta(**much)


@dataclass
class Try:
    """One try of a delivery: ``requests`` are what left; none: lost or put off."""

    at: datetime
    requests: list[Outbound]


@dataclass
class World:
    outside: Outside
    time: Time
    credentials: Record = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.credentials = views.credentials(self.outside, "http://sandbox.invalid:8889")

    def ask(self, request: Request) -> Response:
        return self.outside.answer(request)

    def faults(self, *rules: Record, **more: Any) -> None:
        self.outside.scene.faults.replace({"rules": list(rules), **more})

    def openid(self, number: int = 1) -> str:
        openid: str = self.credentials["people"][number - 1]["openid"]
        return openid

    def wait(self, **much: float) -> None:
        """Time passes, and what takes time ends."""
        self.time.pass_(**much)
        assert self.outside.due(limit=0) == []

    def bring(self, status: int = 200, body: bytes = b"") -> list[Outbound]:
        """What is due now, each answered so."""
        return [request for each in self.tries(status, body) for request in each.requests]

    def tries(self, status: int = 200, body: bytes = b"") -> list[Try]:
        done = []
        for delivery in self.outside.due(limit=100):
            requests = self.outside.outbounds(delivery)
            if requests:
                self.outside.answered(delivery, status, body)
            done.append(Try(self.time.moment, requests))
        return done

    def bring_all(self, status: int, body: bytes = b"", most: int = 40) -> list[Try]:
        """Let time pass from try to try, every one answered so, until nothing is owed any more."""
        done: list[Try] = []
        while len(done) < most:
            done += self.tries(status, body)
            due = self.outside.next_due()
            if due is None:
                break
            self.time.moment = max(self.time.moment, due)
        return done


def new_world(keys: Record, seed: int = 1) -> World:
    time = Time()
    outside = open_outside(
        None, app_url=APP, app_public_url=APP, clock=WorldClock(time), dice=random.Random(seed), keys=keys
    )
    return World(outside, time)


def answer_of(response: Response) -> Any:
    """The JSON of a 200."""
    assert response.status == 200, response.body.decode()
    return json.loads(response.body)


def error_of(response: Response) -> tuple[int, Any]:
    return response.status, json.loads(response.body)["code"]
