"""The played app keeps only what the running test caused."""

from __future__ import annotations

import requests

from tests.sandbox.process import PlayedApp


def test_what_was_on_its_way_to_the_test_before_is_answered_and_not_kept() -> None:
    with PlayedApp() as app:
        app.forget()
        earlier = app.url
        app.forget()
        assert requests.post(f"{earlier}/notify", data=b"late", timeout=5).ok
        assert requests.post(f"{app.url}/notify", data=b"mine", timeout=5).ok
        assert [arrived.body for arrived in app.wait_for(1, "/notify")] == [b"mine"]
