"""The controls of the wards over HTTP: who leaves, whose settlement is undone, and the code on a wristband."""

from __future__ import annotations

import json

from tests.sandbox.code_maker import PICTURE, qr_app
from tests.sandbox.process import PlayedApp, RunningSandbox


def test_a_wristband_has_the_code_that_the_app_made(sandbox: RunningSandbox, app: PlayedApp) -> None:
    app.answer = qr_app(sandbox)
    made = sandbox.control("POST", "/sandbox/his/wristband", {"person": "1"})
    [asked] = [arrived for arrived in app.arrived if arrived.path == "/his/v1/wristband.make"]
    assert set(json.loads(asked.body)) == {"admission_no", "stay"}
    assert (made["url"], made["png_base64"]) == (f"http://app/s/{len(asked.body)}", PICTURE)
    sandbox.control("POST", "/sandbox/his/wristband", {"person": "3"}, expect=404)
    app.answer = qr_app(sandbox, "another")
    sandbox.control("POST", "/sandbox/his/wristband", {"person": "1"}, expect=424)


def test_a_patient_leaves_the_ward_once(sandbox: RunningSandbox) -> None:
    left = sandbox.control("POST", "/sandbox/his/discharge", {"person": "1"})
    assert set(left) == {"admission_no", "stay"}
    sandbox.control("POST", "/sandbox/his/discharge", {"person": "1"}, expect=404)
    sandbox.control("POST", "/sandbox/his/settlement_taken_back", {"person": "1"}, expect=409)
    sandbox.control("POST", "/sandbox/his/settlement_taken_back", {"person": "3"}, expect=404)
