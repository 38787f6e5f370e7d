"""The app's doors for platforms, without HTTP: what `handlers/platforms/notifications.py` and `handlers/platforms/callbacks.py` do, step by step."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from urllib.parse import parse_qsl, urlsplit

from handlers.his.requests import ClinicChanged, NumberOffered, NumberPaid, read
from handlers.platforms.callbacks import ANSWER_S_MAX
from handlers.platforms.notifications import STORE_S_MAX
from sandbox.world.wire import Outbound
from server.app.wiring import Composition
from server.core.errors import BadInput, Forged, LostRace, NotFound, OutsideError, StoreError
from server.core.ports import RawReply, RawRequest
from server.patients.contact_ports import ChatReply
from server.payments.ports import VerifiedNotification
from server.refunds.window_service import NotBookedYet
from server.registration.model import ClinicChange, ShiftState

Acknowledged = Callable[[VerifiedNotification], None]


def as_raw(outbound: Outbound) -> RawRequest:
    parts = urlsplit(outbound.url)
    return RawRequest(
        method="POST" if outbound.body else "GET",
        path=f"{parts.path}?{parts.query}" if parts.query else parts.path,
        query=dict(parse_qsl(parts.query, keep_blank_values=True)),
        headers={name.lower(): value for name, value in outbound.headers.items()},
        body=outbound.body,
    )


async def notification(
    parts: Composition, hospital: str, channel_name: str, raw: RawRequest, acknowledged: Acknowledged
) -> RawReply:
    """Verified, stored, acknowledged, in this order; ``acknowledged`` hears of it in the same moment as the platform."""
    channel = parts.services.hospitals[hospital].channels[channel_name]
    try:
        told = channel.verify(raw)
    except Forged:
        return RawReply(status=401, body=channel.refuse().body)
    except BadInput:
        return channel.refuse()
    try:
        async with asyncio.timeout(STORE_S_MAX):
            await parts.services.notifications.apply(hospital, told)
    except Exception:
        return channel.refuse()
    acknowledged(told)
    return channel.acknowledge()


async def sms_receipt(parts: Composition, hospital: str, raw: RawRequest) -> RawReply:
    sms = parts.services.hospitals[hospital].sms
    if sms is None or not sms.is_receipt_secret(raw.path.rpartition("/")[2]):
        return RawReply(status=403)
    await parts.services.delivery_reports.of_sms(hospital, sms.reports(raw.body))
    return sms.acknowledge()


async def chat(parts: Composition, hospital: str, channel: str, raw: RawRequest) -> RawReply:
    account = parts.services.hospitals[hospital].chats[channel]
    message = account.receive(raw)
    try:
        async with asyncio.timeout(ANSWER_S_MAX):
            reply = await parts.services.chat.answer(hospital, channel, message)
    except TimeoutError:
        reply = ChatReply()
    told = account.reply(message, reply)
    with suppress(OutsideError, StoreError):
        await account.say(message, reply)
    return told


async def his_says(parts: Composition, hospital: str, raw: RawRequest) -> RawReply:
    """What the simulated hospital calls: `reg.changed`, `reg.offered` and `reg.paid`."""
    door = parts.services.hospitals[hospital].his_door
    await door.verify(raw)
    code = "OK"
    try:
        await _HEARD[raw.path.rpartition("/")[2]](parts, hospital, raw)
    except NotFound:
        code = "NO_DATA"
    except (StoreError, LostRace, NotBookedYet):
        code = "BUSY"
    body = json.dumps({"code": code, "message": "", "data": {}}).encode()
    door.answer(raw, body)
    return RawReply(status=200, body=body)


async def _clinic_changed(parts: Composition, hospital: str, raw: RawRequest) -> None:
    asked = read(ClinicChanged, raw.body)
    change = ClinicChange(
        state=ShiftState(asked.state), at=asked.at, replaced_by=asked.replaced_by, reason=asked.reason
    )
    await parts.services.registration.clinics.told(hospital, asked.out_trade_no, change)


async def _number_offered(parts: Composition, hospital: str, raw: RawRequest) -> None:
    asked = read(NumberOffered, raw.body)
    await parts.services.registration.waiting.offered(hospital, asked.card_no, asked.schedule_no)


async def _number_paid(parts: Composition, hospital: str, raw: RawRequest) -> None:
    await parts.services.registration.at_window.paid(hospital, read(NumberPaid, raw.body).out_trade_no)


_HEARD: Mapping[str, Callable[[Composition, str, RawRequest], Awaitable[None]]] = {
    "reg.changed": _clinic_changed,
    "reg.offered": _number_offered,
    "reg.paid": _number_paid,
}
