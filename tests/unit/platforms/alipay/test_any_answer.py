"""Whatever JSON the platform writes and however it spaces it: what was signed is what is read, and nothing else is believed."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.core.errors import NotSent, OutcomeUnknown, OutsideRefusal
from server.platforms.alipay.openapi.answers import members_of
from server.platforms.alipay.pay.amounts import fen_of, yuan_of
from tests.unit.platforms.alipay.pen import a_client, sealed
from tests.unit.platforms.played import plain

QUERY = "alipay.trade.query"
TEXT = st.text(alphabet=st.sampled_from('{}[]",:\\/ \n"sign"诊a'), max_size=30)
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
NODE = st.dictionaries(TEXT, VALUE, max_size=6)
SPACING = st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", " :\t")])


def asked(body: bytes) -> Any:
    client, _ = a_client(plain(body))
    return json.loads(asyncio.run(client.call(QUERY, {})))


@given(NODE, SPACING, st.booleans())
@settings(deadline=None, max_examples=150)
def test_a_signed_answer_is_read_as_it_was_written(
    node: dict[str, Any], spacing: tuple[str, str], ascii_: bool
) -> None:
    node = {**node, "code": "10000", "msg": "Success", "sub_code": ""}
    raw = json.dumps(node, ensure_ascii=ascii_, separators=spacing)
    assert asked(sealed(QUERY, raw).body) == node


@given(NODE, st.integers(min_value=0), st.integers(min_value=1, max_value=255))
@settings(deadline=None, max_examples=150)
def test_one_changed_byte_is_never_a_success(node: dict[str, Any], where: int, by: int) -> None:
    genuine = sealed(QUERY, {**node, "code": "10000", "msg": "Success", "sub_code": ""}).body
    at = where % len(genuine)
    body = genuine[:at] + bytes([genuine[at] ^ by]) + genuine[at + 1 :]
    inside = genuine.index(b":") < at < genuine.rindex(b',"sign"')
    try:
        asked(body)
    except (OutcomeUnknown, NotSent, OutsideRefusal):
        return
    assert not inside, "a changed byte of the signed text was believed"


@given(st.binary(max_size=200))
@settings(deadline=None, max_examples=300)
def test_noise_is_a_value_error(noise: bytes) -> None:
    for body in (noise, b"{" + noise + b"}", b'{"a":' + noise + b"}"):
        try:
            found = members_of(body)
        except ValueError:
            continue
        assert {name: json.loads(raw) for name, raw in found.items()} == json.loads(body)


@given(st.integers(min_value=0, max_value=10**11))
def test_amounts_are_exact(fen: int) -> None:
    if fen < 10**11:
        assert fen_of(yuan_of(fen)) == fen
    with pytest.raises(ValueError, match="amount"):
        fen_of(yuan_of(fen) + "1")
