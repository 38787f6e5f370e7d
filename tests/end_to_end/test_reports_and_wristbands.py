"""Reports and wristbands, with real processes: a report's picture and paper reach the patient by the page and by the API, and a stranger by a
link as long as it lives; whoever scans a wristband reads a masked name and may pay in, and nothing else.
"""

from __future__ import annotations

import base64
import re
import urllib.parse
from typing import Any

from tests.end_to_end.api import Api
from tests.end_to_end.installation import Installation
from tests.end_to_end.phone import Phone

FEN = 12_345
BEGINS = {"image/png": b"\x89PNG\r\n\x1a\n", "application/pdf": b"%PDF-"}
"""How a file of this type begins."""


def has_files(api: Api) -> dict[str, Any]:
    """The newest report with a picture and a paper, as the API tells it."""
    heads = api("GET", "/reports")["items"]
    reports = (api("GET", f"/reports/{head['report_key']}") for head in heads)
    return next(one for one in reports if one["report"] and one["report"]["files"])


def test_the_files_of_a_report_are_the_same_on_the_page_and_in_the_api(world: Installation) -> None:
    phone = Phone(world, 1)
    phone.bind_card(own=True)
    api = Api(world, 1)
    told = has_files(api)
    phone.open("/h/demo/reports")
    found: set[str] = set()
    for path in re.findall(r'href="(/h/demo/reports/[^/"]+)"', phone.page):
        found |= set(re.findall(r"/h/demo/reports/[^/\"]+/files/[^/\"]+", phone.open(path)))
    types: set[str] = set()
    for file in told["report"]["files"]:
        api_file = api("GET", f"/reports/{told['report_key']}/files/{file['file_no']}")
        content = base64.b64decode(api_file["content_base64"])
        [path] = [one for one in found if one.endswith(f"{told['report_key']}/files/{file['file_no']}")]
        assert phone.fetch(path) == (200, api_file["media_type"], content)
        assert content.startswith(BEGINS[api_file["media_type"]])
        types.add(api_file["media_type"])
    assert types == set(BEGINS)
    nobody = Phone(world, 3)
    nobody.open("/h/demo/cards")
    status, _, content = nobody.fetch(path)
    assert status == 404
    assert not content.startswith(tuple(BEGINS.values()))


def test_a_shared_link_shows_the_files_until_it_is_ended(world: Installation) -> None:
    stranger = Phone(world, 3)
    Phone(world, 2).bind_card(own=True)
    api, holder = Api(world, 2), world.ask("/sandbox/credentials")["people"][1]
    told = has_files(api)
    url = api("POST", f"/reports/{told['report_key']}/share")["url"]
    path = urllib.parse.urlsplit(url).path
    status, _, page = stranger.fetch(path)
    assert status == 200
    assert holder["name"] not in page.decode()
    file = f"{path}/files/{told['report']['files'][0]['file_no']}"
    assert stranger.fetch(file)[2].startswith(BEGINS["image/png"])
    api("DELETE", f"/reports/{told['report_key']}/share")
    assert [stranger.fetch(gone)[0] for gone in (path, file)] == [410, 410]


def printed(world: Installation, person: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The code of the person's stay, and the person."""
    status, made = world.post("/sandbox/his/wristband", {"person": str(person)})
    assert status == 200, made
    people = world.ask("/sandbox/credentials")["people"]
    return made, next(one for one in people if one["number"] == person)


def test_a_relative_pays_in_by_the_wristband_and_learns_nothing(world: Installation) -> None:
    made, patient = printed(world, 1)
    relative = Phone(world, 4)
    page = relative.scan(made)
    assert f"{patient['name'][0]}*" in page
    for secret in (patient["name"], patient["phone"], patient["id_no"], *patient["cards"]):
        assert secret not in page
        assert secret not in made["url"]
    status, started = relative.post("/h/demo/wristband", {"amount": f"{FEN / 100:.2f}", "sms": "none"})
    assert status == 200, started
    assert relative.enter_password(started)
    relative.wait_for(started["payment_id"], "paid")
    [trade] = [one for one in world.money()["his"]["trades"] if one["out_trade_no"] == started["payment_id"]]
    assert trade["amount_fen"] == FEN
    result = relative.open(f"/h/demo/payments/{started['payment_id']}")
    for secret in (patient["name"], "病区", "床", "余额"):
        assert secret not in result
    assert "还没有可查看的住院" in relative.open("/h/demo/inpatient")


def test_a_code_that_was_changed_opens_nothing(world: Installation) -> None:
    made, _ = printed(world, 1)
    sealed = made["url"].rpartition("/")[2]
    changed = sealed[:-6] + ("A" if sealed[-6] != "A" else "B") + sealed[-5:]
    status, _, page = Phone(world, 4).fetch(urllib.parse.urlsplit(made["url"]).path.replace(sealed, changed))
    assert status == 403
    assert "预交金" not in page.decode()
