"""``/notify/…``: what platforms tell us. Verified first, then stored, then acknowledged; anything else makes them send again."""

from __future__ import annotations

import asyncio
import logging

from handlers.base.errors import described
from handlers.base.handler import REFERENCE, PlatformHandler
from server.core.errors import Forged, NotFound
from server.core.ports import RawReply
from server.patients.contact_ports import Sms
from server.payments.ports import PaymentChannel

log = logging.getLogger("zhenfu.notifications")

STORE_S_MAX = 4.5
"""Platforms hang up after 5 s. What was stored by then is applied again without harm when they repeat it."""


class NotificationHandler(PlatformHandler):
    """The notifications of every payment channel alike; the route table says which ``channel`` a path belongs to."""

    async def post(self, hospital: str) -> None:
        await self.take_in(hospital)

    async def take_in(self, hospital: str) -> None:
        """Verify the request as the channel's, apply it, and answer."""
        channel = self._channel_of(hospital)
        try:
            notification = channel.verify(self.raw_request())
        except Forged as error:
            log.warning("forged door=%s hospital=%s why=%s", self.door, hospital, described(error))
            self.send(_unauthorised(channel.refuse()))
            return
        except Exception as error:
            self._refuse(channel, hospital, error)
            return
        try:
            async with asyncio.timeout(STORE_S_MAX):
                await self.services.notifications.apply(hospital, notification)
        except Exception as error:
            self._refuse(channel, hospital, error)
            return
        self.send(channel.acknowledge())

    def _channel_of(self, hospital: str) -> PaymentChannel:
        found = self.services.hospitals.get(hospital)
        channel = None if found is None else found.channels.get(self.of_route["channel"])
        if channel is None:
            raise NotFound("channel")
        return channel

    def _refuse(self, channel: PaymentChannel, hospital: str, error: Exception) -> None:
        log.error(
            "refused door=%s hospital=%s reference=%s why=%s", self.door, hospital, self.reference, described(error)
        )
        self.set_header(REFERENCE, self.reference)
        self.send(channel.refuse())


def _unauthorised(refusal: RawReply) -> RawReply:
    return RawReply(status=401, body=refusal.body, content_type=refusal.content_type)


class SmsReportHandler(PlatformHandler):
    """Delivery reports. Unsigned (docs/protocols/aliyun_sms.md section 7): a secret in the address is all the proof there is."""

    body_bytes_max = 256 * 1024

    async def post(self, hospital: str, secret: str) -> None:
        sms = self._sms_of(hospital)
        if not sms.is_receipt_secret(secret):
            raise Forged("secret of the delivery reports")
        reports = sms.reports(self.request.body)
        await self.services.delivery_reports.of_sms(hospital, reports)
        self.send(sms.acknowledge())

    def _sms_of(self, hospital: str) -> Sms:
        found = self.services.hospitals.get(hospital)
        if found is None or found.sms is None:
            raise NotFound("sms")
        return found.sms
