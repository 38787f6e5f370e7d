"""Sessions, who I am, my phone, what I am told."""

from __future__ import annotations

from contextlib import suppress
from typing import ClassVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError

from handlers.api import models
from handlers.api.door import ApiHandler
from handlers.api.operation import Operation, operation
from handlers.base.admission import Share
from handlers.base.limits import PER_PERSON
from handlers.patient.login_lane import LoginLane
from server.core.errors import CodeRefused, Forged, LoginNeeded, NotFound
from server.patients.api_sessions import Tokens
from server.patients.model import mask_name, mask_phone
from server.patients.ports import MiniProgram

SCAN_PATH = "/s/"


def _tokens(given: Tokens) -> models.Tokens:
    return models.Tokens(access_token=given.access, refresh_token=given.refresh, expires_in=given.expires_in)


class _MiniHandler(ApiHandler):
    def mini_program(self) -> MiniProgram:
        mini = self.hospital.mini_program_of(self.session.identity)
        if mini is None:
            raise NotFound("no mini-program")
        return mini


class SessionHandler(ApiHandler):
    share: ClassVar[Share | None] = Share.LOGINS

    @operation(
        Operation(
            summary="Log in: the code of wx.login for tokens",
            body=models.LoginAsked,
            answer=models.Tokens,
            secured=False,
            status=201,
        )
    )
    async def post(self, asked: models.LoginAsked) -> models.Tokens:
        lane = LoginLane(self)
        lane.enter()
        try:
            return _tokens(await self.services.api.sessions.login(self.hospital.id, asked.code))
        except CodeRefused:
            lane.refused()
            raise

    @operation(Operation(summary="Log out", status=204))
    async def delete(self, asked: None) -> None:
        await self.services.api.sessions.logout(self.session)


class RotationHandler(ApiHandler):
    def spend_unknown(self) -> None:
        """A genuine refresh token names its session: that one's limit, not the address's, which strangers share."""
        try:
            asked = models.RotationAsked.model_validate_json(self.request.body)
            session_id = self.services.api.sessions.named(self.hospital.id, asked.refresh_token)
        except (ValidationError, LoginNeeded):
            super().spend_unknown()
            return
        self.spend(f"rotation:{session_id}", self.application.settings.get("requests_per_person", PER_PERSON))

    @operation(
        Operation(
            summary="New tokens; the old refresh token ends",
            body=models.RotationAsked,
            answer=models.Tokens,
            secured=False,
        )
    )
    async def post(self, asked: models.RotationAsked) -> models.Tokens:
        return _tokens(await self.services.api.sessions.rotate(self.hospital.id, asked.refresh_token))


class MeHandler(ApiHandler):
    @operation(Operation(summary="Me and the hospital", answer=models.Me))
    async def get(self, asked: None) -> models.Me:
        mini = self.hospital.mini_program_of(self.session.identity)
        return models.Me(
            phone_masked=mask_phone(self.session.phone) if self.session.phone else None,
            hospital=models.HospitalTold(name=self.hospital.name, help_phone=self.hospital.help_phone),
            subscriptions=[
                models.SubscriptionTold(purpose=one.purpose, template_id=one.template_id, title=one.title)
                for one in (mini.subscriptions if mini is not None else ())
            ],
        )

    @operation(
        Operation(
            summary="Close my account: every card is unbound and every session ends; payments and refunds are kept as the law demands",
            status=204,
        )
    )
    async def delete(self, asked: None) -> None:
        await self.services.accounts.close(self.session.hospital, self.session.owners)
        await self.services.api.sessions.logout(self.session)


class PhoneHandler(_MiniHandler):
    @operation(
        Operation(summary="My phone number, verified by WeChat", body=models.PhoneAsked, answer=models.PhoneTold)
    )
    async def put(self, asked: models.PhoneAsked) -> models.PhoneTold:
        number = await self.mini_program().phone(self.session.identity, asked.code)
        await self.services.api.sessions.phone_proven(self.session, number)
        return models.PhoneTold(phone_masked=mask_phone(number))


class SubscriptionsHandler(_MiniHandler):
    @operation(
        Operation(
            summary="What was agreed to: one message may be sent for each yes",
            body=models.SubscriptionsAsked,
            answer=models.SubscriptionsTold,
        )
    )
    async def post(self, asked: models.SubscriptionsAsked) -> models.SubscriptionsTold:
        agreed = [template_id for template_id, said in asked.results.items() if said.startswith("accept")]
        counts = await self.mini_program().accepted(self.session.identity, agreed)
        return models.SubscriptionsTold(counts=dict(counts))


class NoticesHandler(ApiHandler):
    @operation(Operation(summary="The hospital's announcements", answer=models.NoticePage))
    async def get(self, asked: None) -> BaseModel:
        items = [models.NoticeTold(id=a.id, title=a.title, text=a.text, at=a.at) for a in self.hospital.announcements]
        return models.NoticePage(items=items, next=None)


class ScansHandler(ApiHandler):
    @operation(
        Operation(
            summary="Scan the code of a bill",
            body=models.ScanAsked,
            answer=models.ScanTold,
            status=201,
            refuses=(403, 410),
        )
    )
    async def post(self, asked: models.ScanAsked) -> models.ScanTold:
        """The QR holds our own address; of another address just the path would count, and what we did not seal is refused."""
        path = ""
        with suppress(ValueError):
            path = urlsplit(asked.content.strip()).path
        _, found, sealed = path.rpartition(SCAN_PATH)
        if not found:
            raise Forged("no address of ours", user_message="这不是缴费单上的二维码。")
        session = await self.services.scans.attach(self.session, sealed)
        scan = self.services.scans.open(sealed).scanned
        self.session = session
        return models.ScanTold(name_masked=mask_name(scan.name), expires_at=scan.expires_at)
