"""Login in Alipay's browser: the address we send people to, and who comes back."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from server.core.errors import LoginNeeded, NotSent, OutcomeUnknown, OutsideRefusal
from server.core.ports import HttpResponse
from server.patients.model import PayerIdentity
from server.platforms.alipay.life_account.oauth import AlipayOAuth
from tests.unit.platforms.alipay.pen import APP_ID, USER, a_client, sealed, sent, unsigned
from tests.unit.platforms.played import Answer, ScriptedTransport

TOKEN = "alipay.system.oauth.token"


def an_identity(*answers: Answer) -> tuple[AlipayOAuth, ScriptedTransport]:
    client, transport = a_client(*answers)
    return AlipayOAuth(client, "https://openauth.alipay.com"), transport


def token(**fields: Any) -> HttpResponse:
    """Without code and msg, as the platform answers this one call."""
    return sealed(TOKEN, {"access_token": "t" * 40, "expires_in": 3600, "refresh_token": "r" * 40, **fields})


def test_where_people_are_sent() -> None:
    identity, _ = an_identity()
    url = identity.authorize_url("https://pay.example.org/oauth/alipay/demo/return", "s&=1")
    parts = urlsplit(url)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == "https://openauth.alipay.com/oauth2/publicAppAuthorize.htm"
    assert dict(parse_qsl(parts.query)) == {
        "app_id": APP_ID,
        "scope": "auth_base",
        "redirect_uri": "https://pay.example.org/oauth/alipay/demo/return",
        "state": "s&=1",
    }


@pytest.mark.asyncio
async def test_people_are_known_by_whichever_id_the_app_gets() -> None:
    for fields, subject in (
        ({"user_id": USER}, USER),
        (
            {"open_id": "074a1CcTG1LelxKe4xQC0zgNdId0nxi95b5lsNpazWYoCo5"},
            "074a1CcTG1LelxKe4xQC0zgNdId0nxi95b5lsNpazWYoCo5",
        ),
        ({"user_id": USER, "open_id": "074a"}, USER),
    ):
        identity, transport = an_identity(token(**fields))
        assert await identity.identify("code-1") == PayerIdentity(channel="alipay", app_id=APP_ID, subject=subject)
        told = sent(transport.sent[0])
        assert (told["grant_type"], told["code"]) == ("authorization_code", "code-1")
        assert "biz_content" not in told
        assert "code-1" not in transport.sent[0].url


@pytest.mark.parametrize("sub_code", ["isv.code-invalid", "isv.unmatched-app-id"])
@pytest.mark.asyncio
async def test_a_code_that_is_no_good_means_again(sub_code: str) -> None:
    identity, transport = an_identity(unsigned({"code": "40002", "msg": "Invalid Arguments", "sub_code": sub_code}))
    with pytest.raises(LoginNeeded):
        await identity.identify("code-1")
    assert len(transport.sent) == 1


@pytest.mark.parametrize("code", ["", "c" * 513])
@pytest.mark.asyncio
async def test_what_is_no_code_is_not_sent(code: str) -> None:
    identity, _ = an_identity()
    with pytest.raises(LoginNeeded):
        await identity.identify(code)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (token(), OutcomeUnknown),
        (token(user_id=7), OutcomeUnknown),
        (unsigned({"user_id": USER}, "alipay_system_oauth_token_response"), OutcomeUnknown),
        (unsigned({"code": "20000", "sub_code": "isp.unknow-error"}), OutcomeUnknown),
        (unsigned({"code": "40002", "sub_code": "isv.invalid-signature"}), OutsideRefusal),
        (unsigned({"code": "40005", "sub_code": "isv.app-call-limited"}), NotSent),
    ],
)
@pytest.mark.asyncio
async def test_everything_else_is_told_as_it_is(answer: HttpResponse, kind: type[Exception]) -> None:
    identity, _ = an_identity(answer)
    with pytest.raises(kind):
        await identity.identify("code-1")


@pytest.mark.parametrize(("field", "most"), [("user_id", 64), ("open_id", 128), ("union_id", 128)])
@pytest.mark.asyncio
async def test_an_id_of_the_platform_has_a_bounded_length(field: str, most: int) -> None:
    ids = {"user_id": USER} if field == "union_id" else {}
    identity, _ = an_identity(token(**ids, **{field: "x" * most}), token(**ids, **{field: "x" * (most + 1)}))
    person = await identity.identify("code")
    assert "x" * most in {person.subject, person.union_id}
    assert identity.client_name == "支付宝"
    with pytest.raises(OutcomeUnknown):
        await identity.identify("code")


@pytest.mark.asyncio
async def test_a_code_may_have_512_characters_and_no_more() -> None:
    identity, transport = an_identity(token(user_id=USER, union_id="u-1"))
    person = await identity.identify("x" * 512)
    assert (person.subject, person.union_id) == (USER, "u-1")
    for code in ("", "x" * 513):
        with pytest.raises(LoginNeeded):
            await identity.identify(code)
    assert len(transport.sent) == 1
