"""Every door of the API with keys of another patient: it answers as for a key that names nothing, and nothing of theirs changes."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from tornado.httpclient import AsyncHTTPClient

from handlers.api.document import operations_of
from handlers.api.doors import DOORS
from handlers.api.examples import BODIES
from server.patients.model import BoundCard
from tests.handlers.api.conftest import KEY, BothApps, Client, told
from tests.handlers.api.test_api_registration import taken, with_card
from tests.handlers.doors import an_app
from tests.support.builders import CARD, HOSPITAL, a_bill
from tests.support.hospital_systems import FaithfulHis
from tests.support.in_memory_app import InMemoryApp
from tests.support.inpatients import FaithfulInpatients
from tests.support.mini_program import MINI_APP, ObligingMiniProgram
from tests.support.old_balances import FaithfulOldBalances
from tests.support.registrations import SHIFT_NO, a_slot, an_offer
from tests.support.reports import FaithfulReports, a_film
from tests.support.reports import an_offer as reports_offer

pytestmark = pytest.mark.gen_test
THIEF = "openid-mini-thief"
OF_SOMEBODY = ("card_key", "binding_key", "bill_no", "out_trade_no", "admission_key", "report_key", "balance_key")
OF_NOBODY = {
    "department_no": "D01", "doctor_no": "1001", "schedule_no": SHIFT_NO, "slot_no": a_slot(2).slot_no, "day": "2026-11-23", "item_no": "TG",
    "file_no": "1",
}  # fmt: skip
NAMES_NOTHING = {
    **dict.fromkeys(("card_key", "binding_key", "admission_key", "report_key", "balance_key"), "0123456789abcdef0123"),
    "bill_no": "B999", "out_trade_no": "ZF20261123XXXXXXXXXXXX",
}  # fmt: skip
SHOWN_ALL_THE_SAME = {("get", "/home/{card_key}"), ("delete", "/reports/{report_key}/share")}
"""The first page of one's own people, and the end of a link that nobody has made."""
LISTS = ("/cards", "/bills", "/payments", "/appointments", "/waits", "/admissions", "/balances", "/reports")


@dataclass(frozen=True, slots=True)
class Asked:
    method: str
    path: str
    body: dict[str, Any] | None

    def of(self, keys: Mapping[str, str]) -> tuple[str, str, dict[str, Any] | None]:
        """The request that names what ``keys`` name."""
        path = re.sub(r"\{(\w+)\}", lambda name: urllib.parse.quote(keys[name[1]], safe=""), self.path)
        body = None if self.body is None else {name: keys.get(name, value) for name, value in self.body.items()}
        if body is not None and "bill_nos" in body:
            body["bill_nos"] = [keys["bill_no"]]
        return self.method.upper(), path, body


def asked_of_somebody() -> Iterator[Asked]:
    """Every operation of the document that names something of a patient, in its address or in its body."""
    for _, path, door in DOORS:
        for method, operation in operations_of(door):
            body = None if operation.body is None else dict(BODIES[operation.body.__name__])
            named = {*re.findall(r"\{(\w+)\}", path), *(body or ())}
            if named & {*OF_SOMEBODY, "bill_nos"}:
                yield Asked(method, path, body)


@pytest.fixture
def memory_app(mini: ObligingMiniProgram) -> InMemoryApp:
    his = FaithfulHis(a_bill("B1"), a_bill("B2"), inpatient=FaithfulInpatients(), old_balances=FaithfulOldBalances())
    return an_app(
        his=his,
        registration=an_offer(his),
        reports={HOSPITAL: reports_offer(FaithfulReports(a_film("R1")))},
        channels={"wechat": BothApps()},
        mini_program=mini,
    )


async def keys_of_a_patient(memory_app: InMemoryApp, client: Client) -> dict[str, str]:
    """What the patient of ``client`` has here."""
    await with_card(memory_app, client)
    number = told(await taken(memory_app, client))["payment"]["out_trade_no"]
    lists = ("cards", "admissions", "balances", "reports")
    first = {name: told(await client.call("GET", f"/{name}"))["items"][0] for name in lists}
    return {
        **OF_NOBODY,
        "card_key": first["cards"]["card_key"],
        "binding_key": first["cards"]["card_key"],
        "bill_no": "B1",
        "out_trade_no": number,
        "admission_key": first["admissions"]["admission_key"],
        "report_key": first["reports"]["report_key"],
        "balance_key": first["balances"]["balance_key"],
    }


async def answered(client: Client, asked: Asked, keys: Mapping[str, str]) -> tuple[int, Any]:
    """The status and what is told, without the reference of the answer."""
    method, path, body = asked.of(keys)
    answer = await client.call(
        method, path, body, Idempotency_Key=f"{KEY}-{sorted(keys.values()) == sorted(NAMES_NOTHING.values())}"
    )
    problem = told(answer) if answer.body else None
    return answer.code, {name: said for name, said in problem.items() if name != "reference"} if problem else None


async def a_thief(memory_app: InMemoryApp, http_client: AsyncHTTPClient, base_url: str) -> Client:
    """Logged in, with a card of their own."""
    thief = Client(http_client, base_url)
    await thief.log_in(THIEF)
    own = BoundCard(hospital=HOSPITAL, owner=f"wechat:{MINI_APP}:{THIEF}", card_no="C0000002", name="李小测")
    await memory_app.stores.cards.bind(own)
    return thief


async def test_another_patient_s_keys_name_nothing(
    memory_app: InMemoryApp, client: Client, http_client: AsyncHTTPClient, base_url: str
) -> None:
    keys = await keys_of_a_patient(memory_app, client)
    thief = await a_thief(memory_app, http_client, base_url)
    before = [told(await client.call("GET", path)) for path in LISTS]
    for asked in asked_of_somebody():
        theirs = await answered(thief, asked, keys)
        invented = await answered(thief, asked, {**OF_NOBODY, **NAMES_NOTHING})
        assert theirs == invented, asked
        shown = (asked.method, asked.path) in SHOWN_ALL_THE_SAME
        assert (theirs[0] in {400, 404}) is not shown, (asked, theirs)
        assert CARD not in str(theirs)
    assert [told(await client.call("GET", path)) for path in LISTS] == before
    assert not memory_app.sms.sent, "nobody was sent a code for them"


async def test_the_same_keys_open_what_is_theirs(memory_app: InMemoryApp, client: Client) -> None:
    """Else the test above would prove nothing."""
    keys = await keys_of_a_patient(memory_app, client)
    reads = [asked for asked in asked_of_somebody() if asked.method == "get"]
    closed = {asked.path for asked in reads if (await answered(client, asked, keys))[0] != 200}
    assert closed <= {
        "/cards/{card_key}/bindings", "/appointments/{out_trade_no}/queue", "/reports/{report_key}/values/{item_no}",
        "/admissions/{admission_key}/discharge",
    }  # fmt: skip
    await memory_app.services.cards.unbind(await memory_app.services.api.sessions.session(HOSPITAL, client.tokens["access_token"]), keys["card_key"])  # fmt: skip
    own_still = {
        path for path in (asked.path for asked in reads) if "out_trade_no" in path or path == "/home/{card_key}"
    }
    opened = {asked.path for asked in reads if (await answered(client, asked, keys))[0] == 200}
    assert opened <= own_still, "what a card showed ends with its binding; one's own payments stay"
