"""What every door of ``/api/v1`` has: bearer token, checked requests, problem+json, ETag, idempotency, limits with their headers."""

from __future__ import annotations

import hashlib
import json
import re
from http import HTTPStatus
from typing import Any, ClassVar

from pydantic import BaseModel, ValidationError

from handlers.api.models import PAGE_MAX
from handlers.api.operation import Act, Operation
from handlers.base.errors import shown
from handlers.base.handler import JSON_TYPE, PROBLEM_TYPE, BaseHandler
from handlers.base.limits import PER_ADDRESS, Allowance
from server.core.errors import BadInput, LoginNeeded, NotFound
from server.core.ports import RawReply
from server.patients.model import Session
from server.payments.hospital import Hospital

METHODS = ("GET", "POST", "PUT", "DELETE")
KEY = re.compile(r"[0-9A-Za-z-]{16,64}")
CURSOR = re.compile(r"[0-9A-Za-z_-]{0,100}")
LIMIT_DEFAULT = 20
PAGE_QUERY = frozenset({"cursor", "limit"})


class ApiHandler(BaseHandler):
    """Below ``/api/v1/{hospital}``. No cookie is read, so no page elsewhere can act in a person's name."""

    hospital: Hospital
    session: Session
    cursor: str
    limit: int
    body_bytes_max: ClassVar[int] = 16 * 1024

    def check_xsrf_cookie(self) -> None:
        return None

    def prepare(self) -> Any:
        hospital = self.services.hospitals.get(self.path_kwargs.get("hospital") or "")
        if hospital is None:
            raise NotFound("hospital")
        self.hospital = hospital
        return super().prepare()

    # ---- one request -------------------------------------------------------------------------------------------------------------

    async def run(self, asked: Operation, act: Act) -> None:
        """Who → how often → what → once → answer."""
        if asked.secured:
            self.session = await self._person()
            self.admit(self.session)
        else:
            self.spend_unknown()
        if self.allowance is not None:
            self._show(self.allowance)
        if set(self.request.query_arguments) - {*asked.queries, *(PAGE_QUERY if asked.paged else ())}:
            raise BadInput("a query that this door does not know")
        body = self._body(asked)
        if asked.paged:
            self.cursor, self.limit = self._paging()
        if not asked.creates:
            self._answer(asked.status, _told(asked, await act(self, body)))
            return

        async def once() -> tuple[int, str]:
            return asked.status, _told(asked, await act(self, body))

        owner = f"{self.session.hospital}:{self.session.identity.key}"
        stored = await self.services.api.idempotency.once(
            owner, self.door, self._idempotency_key(), self.request.body, once
        )
        if stored.is_repeat:
            self.set_header("Idempotency-Replayed", "true")
        self._answer(stored.status, stored.body)

    async def _person(self) -> Session:
        kind, _, token = self.request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer" or not token:
            raise LoginNeeded("no bearer token")
        return await self.services.api.sessions.session(self.hospital.id, token.strip())

    def spend_unknown(self) -> None:
        """The limit of a request before anybody is known."""
        self.spend(f"address:{self.request.remote_ip}", PER_ADDRESS)

    def _show(self, left: Allowance) -> None:
        self.set_header("RateLimit-Limit", str(left.limit))
        self.set_header("RateLimit-Remaining", str(max(left.remaining, 0)))
        self.set_header("RateLimit-Reset", str(left.reset_s))

    def _body(self, asked: Operation) -> BaseModel | None:
        """The checked request; whatever is wrong is named by its field, never by its value."""
        if asked.body is None:
            return None
        try:
            return asked.body.model_validate_json(self.request.body)
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            field = str(first["loc"][0]) if first["loc"] else "body"
            named = (
                field if field in asked.body.model_fields else "a field that is not known"
            )  # whose name is the sender's text
            raise BadInput(f"{named}: {first['type']}") from None

    def _idempotency_key(self) -> str:
        key = self.request.headers.get("Idempotency-Key", "")
        if not KEY.fullmatch(key):
            raise BadInput("Idempotency-Key: 16 to 64 of 0-9 A-Z a-z -")
        return key

    def _paging(self) -> tuple[str, int]:
        """(cursor, limit) of a list."""
        cursor = self.get_query_argument("cursor", "", strip=False)
        if not CURSOR.fullmatch(cursor):
            raise BadInput("cursor")
        limit = self.get_query_argument("limit", str(LIMIT_DEFAULT), strip=False)
        if not (limit.isascii() and limit.isdigit() and len(limit) <= 2 and 1 <= int(limit) <= PAGE_MAX):
            raise BadInput(f"limit: 1 to {PAGE_MAX}")
        return cursor, int(limit)

    def card_key(self, card_no: str) -> str:
        """The key by which `/cards` names the card; empty where the number is: its patient was erased."""
        return self.services.cards.key_of(self.session, card_no) if card_no else ""

    # ---- answering -----------------------------------------------------------------------------------------------------------------

    def _answer(self, status: int, text: str) -> None:
        if self.request.method == "GET":
            self.set_header("ETag", f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"')
            if self.check_etag_header():
                self.set_status(HTTPStatus.NOT_MODIFIED)
                self.finish()
                return
        if status == HTTPStatus.NO_CONTENT:
            self.set_status(status)
            self.finish()
            return
        self.send(RawReply(status=status, body=text.encode(), content_type=JSON_TYPE))

    def show_error(self, status_code: int, **kwargs: Any) -> None:
        error = shown(kwargs.get("exc_info", (None, None, None))[1])
        if self.allowance is not None:  # Tornado has cleared the headers that were set before
            self._show(self.allowance)
        if error.wait_seconds:
            self.set_header("Retry-After", str(error.wait_seconds))
        if status_code == HTTPStatus.UNAUTHORIZED:
            self.set_header("WWW-Authenticate", "Bearer")
        if status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            self.set_header("Allow", ", ".join(self.methods()))
        problem = {**error.as_problem(self.reference), "status": status_code}
        body = json.dumps(problem, ensure_ascii=False, separators=(",", ":")).encode()
        self.send(RawReply(status=status_code, body=body, content_type=PROBLEM_TYPE))

    @classmethod
    def methods(cls) -> list[str]:
        return [name for name in METHODS if hasattr(getattr(cls, name.lower()), "operation")]


class NoSuchHandler(ApiHandler):
    """Every other address below ``/api/``."""

    def prepare(self) -> Any:
        raise NotFound("no such door")


def _told(asked: Operation, answer: BaseModel | None) -> str:
    """The answer as it goes out, by the model that the document shows."""
    if asked.answer is None:
        return ""
    if not isinstance(answer, asked.answer):
        raise TypeError(f"{asked.summary}: answers {type(answer).__name__}")
    return answer.model_dump_json()
