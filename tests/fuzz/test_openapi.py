"""Every door of the OpenAPI document, tried by schemathesis: what fits the document and what does not, on the real application."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tornado.netutil import bind_sockets

from handlers.api.document import document
from server.app.routes import make_server
from tests.fuzz.effort import EXAMPLES, IS_LONG
from tests.fuzz.target import Tireless
from tests.handlers.api.conftest import BothApps
from tests.handlers.doors import an_app, doors_of
from tests.support import registrations, reports
from tests.support.builders import HOSPITAL, a_bill, a_scan
from tests.support.hospital_systems import FaithfulHis
from tests.support.in_memory_app import InMemoryApp
from tests.support.inpatients import FaithfulInpatients
from tests.support.mini_program import ObligingMiniProgram

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
)
CALL_S = 60
EACH = EXAMPLES if IS_LONG else 12


def _of_this_house() -> dict[str, Any]:
    """The document with the one hospital there is, and without the token: each call carries a good one (others are tried in test_api)."""
    told = document()
    del told["components"]["securitySchemes"]
    for path in told["paths"].values():
        for each in path.values():
            if isinstance(each, dict):
                each.pop("security", None)
        for parameter in path.get("parameters", ()):
            if parameter["name"] == "hospital":
                parameter["schema"] = {"type": "string", "enum": [HOSPITAL]}
    return told


SCHEMA = schemathesis.openapi.from_dict(_of_this_house())


class Served:
    """The application in a thread of its own, as an HTTP client from elsewhere meets it."""

    def __init__(self) -> None:
        his = FaithfulHis(a_bill("B1", 3720), a_bill("B2", 50), inpatient=FaithfulInpatients())
        self.memory_app: InMemoryApp = an_app(
            his=his,
            registration=registrations.an_offer(his),
            reports={HOSPITAL: reports.an_offer(reports.FaithfulReports())},
            channels={"wechat": BothApps()},
            mini_program=ObligingMiniProgram(),
        )
        self.qr = self.memory_app.scans.make(HOSPITAL, a_scan("B1", "B2")).url
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.port = asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(CALL_S)

    async def _open(self) -> int:
        application = doors_of(self.memory_app)
        application.settings["rate_limits"] = Tireless()
        self._server = make_server(application, xheaders=False)
        sockets = bind_sockets(0, "127.0.0.1")
        self._server.add_sockets(sockets)
        return int(sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._server.stop)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CALL_S)

    def token(self, client: requests.Session) -> str:
        """A person who has just come in and has scanned a bill."""
        base = f"{self.url}/api/v1/{HOSPITAL}"
        answer = client.post(f"{base}/session", json={"code": "code-of-openid-mini-zhang"}, timeout=CALL_S)
        token = str(answer.json()["access_token"])
        sent = {"Authorization": f"Bearer {token}"}
        assert client.post(f"{base}/scans", json={"content": self.qr}, headers=sent, timeout=CALL_S).status_code == 201
        return token


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    served = Served()
    yield served
    served.close()


@pytest.fixture(scope="module")
def client() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


@SCHEMA.parametrize()
@settings(
    max_examples=EACH, deadline=None, derandomize=not IS_LONG, database=None, suppress_health_check=list(HealthCheck)
)
def test_the_document_is_true(case: Any, served: Served, client: requests.Session) -> None:
    """Whatever is asked: an answer that the document knows, in the shape it says; what the document forbids is refused."""
    token = served.token(client)
    answer = case.call(
        base_url=served.url, session=client, headers={"Authorization": f"Bearer {token}"}, timeout=CALL_S
    )
    case.validate_response(answer, checks=CHECKS)
