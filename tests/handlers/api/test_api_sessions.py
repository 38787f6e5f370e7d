"""Tokens, errors and limits of the mini-program's API."""

from __future__ import annotations

import pytest

from server.core.errors import OutcomeUnknown
from server.patients.api_sessions import ACCESS_LIFE
from server.patients.login import SESSION_LIFE
from server.platforms.wechat.api.codes import SYSTEM as WECHAT_LOGIN
from tests.handlers.api.conftest import Client, told
from tests.support.in_memory_app import InMemoryApp
from tests.support.mini_program import ObligingMiniProgram


@pytest.mark.gen_test
async def test_a_refresh_token_is_good_once_and_a_second_use_ends_the_session(
    memory_app: InMemoryApp, client: Client
) -> None:
    await client.log_in()
    old = client.tokens
    rotated = await client.call("POST", "/session/rotation", {"refresh_token": old["refresh_token"]})
    client.tokens = told(rotated)
    assert rotated.code == 200
    assert (await client.call("GET", "/me")).code == 200
    again = await client.call("POST", "/session/rotation", {"refresh_token": old["refresh_token"]})
    assert (again.code, told(again)["code"]) == (401, "login_needed")
    assert (await client.call("GET", "/me")).code == 401


@pytest.mark.gen_test
async def test_tokens_end_in_time_and_are_good_for_one_thing_only(memory_app: InMemoryApp, client: Client) -> None:
    await client.log_in()
    swapped = await client.call("POST", "/session/rotation", {"refresh_token": client.tokens["access_token"]})
    assert swapped.code == 401
    as_access = await client.call("GET", "/me", Authorization=f"Bearer {client.tokens['refresh_token']}")
    assert as_access.code == 401
    memory_app.clock.forward(ACCESS_LIFE.total_seconds() + 1)
    late = await client.call("GET", "/me")
    assert (late.code, late.headers["WWW-Authenticate"]) == (401, "Bearer")
    memory_app.clock.forward(SESSION_LIFE.total_seconds())
    ended = await client.call("POST", "/session/rotation", {"refresh_token": client.tokens["refresh_token"]})
    assert ended.code == 401


@pytest.mark.gen_test
async def test_leaving_ends_the_session(client: Client) -> None:
    await client.log_in()
    assert (await client.call("DELETE", "/session")).code == 204
    assert (await client.call("GET", "/me")).code == 401


@pytest.mark.gen_test
async def test_errors_are_problems_and_limits_are_told(memory_app: InMemoryApp, client: Client) -> None:
    nobody = await client.call("GET", "/bills")
    problem = told(nobody)
    assert nobody.headers["Content-Type"].startswith("application/problem+json")
    assert (problem["status"], problem["code"], problem["retry"]) == (401, "login_needed", False)
    assert problem["reference"]
    await client.log_in()
    answer = await client.call("GET", "/me")
    assert (answer.headers["RateLimit-Limit"], answer.headers["RateLimit-Remaining"]) == ("240", "239")
    for _ in range(239):
        house_limits = await client.call("GET", "/notices")
    assert house_limits.code == 200
    refused = await client.call("GET", "/me")
    assert (refused.code, told(refused)["code"]) == (429, "too_many_tries")
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert (refused.headers["RateLimit-Limit"], refused.headers["RateLimit-Remaining"]) == ("240", "0")
    assert refused.headers["RateLimit-Reset"] == refused.headers["Retry-After"]


@pytest.mark.gen_test
async def test_whoever_is_refused_is_told_the_limits_too(client: Client) -> None:
    wrong = await client.call("POST", "/session", {"code": "wrong"})
    assert (wrong.code, wrong.headers["RateLimit-Remaining"]) == (401, "1199")
    await client.log_in()
    missing = await client.call("GET", "/bills/B9")
    assert (missing.code, missing.headers["RateLimit-Remaining"]) == (404, "239")


@pytest.mark.gen_test
async def test_what_has_not_changed_is_not_sent_again(client: Client) -> None:
    await client.log_in()
    first = await client.call("GET", "/me")
    same = await client.call("GET", "/me", If_None_Match=first.headers["Etag"])
    assert (same.code, same.body or b"") == (304, b"")
    assert first.headers["Cache-Control"] == "no-store"
    assert (await client.call("GET", "/me", If_None_Match='"other"')).code == 200
    for known in (f'"a", W/{first.headers["Etag"]}', "*"):
        assert (await client.call("GET", "/me", If_None_Match=known)).code == 304


@pytest.mark.gen_test
async def test_a_silent_wechat_is_named_and_is_said_to_have_taken_nothing(
    client: Client, mini: ObligingMiniProgram
) -> None:
    mini.will("identify", OutcomeUnknown(WECHAT_LOGIN, "HTTP 502"))
    answer = await client.call("POST", "/session", {"code": "code-of-zhang"})
    assert answer.code == 503
    assert told(answer)["detail"] == (
        "微信暂时没有响应，登录没有完成，这次没有扣款。请稍后再试，或到收费窗口办理。如之前已付款，款项不会丢失。"
    )
