"""Sealed texts from outside: QR codes and cookies. What we did not seal for this purpose opens nothing; bombs do not inflate."""

from __future__ import annotations

import os
import tracemalloc
import zlib
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from server.core.errors import Forged
from server.infrastructure.sealing import PLAIN_BYTES_MAX, Keyring, _as_text
from tests.fuzz.effort import thrown
from tests.fuzz.hostile import Mutation, mutated, mutations, texts
from tests.fuzz.target import Target
from tests.support.builders import HOSPITAL, a_scan

PURPOSES = ("login", "payment", "qr ", "QR", "", "card")
MEMORY_BYTES_MAX = 16 * 1024 * 1024
KEY = b"1" * 32


def a_seal(target: Target) -> str:
    return target.memory_app.scans.make(HOSPITAL, a_scan("B1")).url.rpartition("/")[2]


def by_hand(body: bytes, purpose: str = "qr") -> str:
    """Sealed with the hospital's own key, as only a thief of the key could."""
    nonce = os.urandom(12)
    return "k1." + _as_text(nonce + AESGCM(KEY).encrypt(nonce, body, f"k1:{purpose}".encode()))


def test_the_genuine_one_opens(target: Target) -> None:
    assert target.ask("GET", f"/s/{a_seal(target)}").status == 302


@thrown
@given(how=mutations)
def changed_seal(target: Target, how: Mutation) -> None:
    genuine = a_seal(target)
    changed = mutated(genuine.encode(), how)
    answer = target.ask("GET", f"/s/{quote(changed, safe='.')}")
    assert (answer.status == 302) == (changed == genuine.encode())


@thrown
@given(purpose=st.sampled_from(PURPOSES), plain=texts)
def sealed_for_something_else(target: Target, purpose: str, plain: str) -> None:
    sealed = target.memory_app.sealer.seal(purpose, plain.encode())
    assert target.ask("GET", f"/s/{sealed}").status in {403, 404}


@thrown
@given(text=texts, cookie=st.sampled_from(["session", "scan", "login", "xsrf"]))
def anything_as_seal_or_cookie(target: Target, text: str, cookie: str) -> None:
    assert target.ask("GET", f"/s/{quote(text or 'x', safe='')}", ()).status in {400, 403, 404}
    plain = "".join(char for char in text if 32 < ord(char) < 127 and char not in ";,")
    answer = target.ask("GET", "/h/demo/bills", (), b"", f"__Host-{cookie}-demo={plain}; {target.log_in('B1')}")
    assert answer.status < 500


@thrown
@given(how=mutations, cookie=st.sampled_from(["scan", "login"]))
def changed_cookie(target: Target, how: Mutation, cookie: str) -> None:
    """A scan's cookie that was changed gives nobody a bill."""
    genuine = a_seal(target)
    value = "".join(
        chr(byte) if 32 < byte < 127 and byte not in b";," else "A" for byte in mutated(genuine.encode(), how)
    )
    answer = target.ask("GET", "/h/demo/bills", (), b"", f"{target.log_in()}; __Host-{cookie}-demo={value}")
    assert ("测试内科" in answer.body.decode()) == (cookie == "scan" and value == genuine)


@pytest.mark.parametrize("inside", [b"\x00" * (64 * 1024 * 1024), b"[" * (64 * 1024 * 1024)])
def test_a_bomb_does_not_inflate(inside: bytes) -> None:
    """Even one that carries our own seal is given up at the size that we ever seal."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = by_hand(b"\x01" + packer.compress(inside) + packer.flush())
    keyring = Keyring("k1", {"k1": KEY}, b"2" * 32)
    tracemalloc.start()
    try:
        with pytest.raises(Forged):
            keyring.open("qr", bomb)
        assert tracemalloc.get_traced_memory()[1] < MEMORY_BYTES_MAX
    finally:
        tracemalloc.stop()


def test_a_forged_bomb_never_reaches_the_inflater(monkeypatch: pytest.MonkeyPatch) -> None:
    keyring = Keyring("k1", {"k1": KEY}, b"2" * 32)
    monkeypatch.setattr(zlib, "decompressobj", lambda *_: pytest.fail("inflated before it was authenticated"))
    sealed = by_hand(b"\x01" + b"\xff" * 100)
    with pytest.raises(Forged):
        keyring.open("qr", sealed[:-2] + ("AA" if not sealed.endswith("AA") else "BB"))


def test_the_largest_honest_seal_opens() -> None:
    keyring = Keyring("k1", {"k1": KEY}, b"2" * 32)
    largest = os.urandom(PLAIN_BYTES_MAX)
    assert keyring.open("backup", keyring.seal("backup", largest)) == largest
    zeros = bytes(PLAIN_BYTES_MAX)
    assert keyring.open("backup", keyring.seal("backup", zeros)) == zeros


def test_a_changed_seal_opens_nothing(target: Target) -> None:
    changed_seal(target)


def test_a_seal_of_another_purpose_opens_nothing(target: Target) -> None:
    sealed_for_something_else(target)


def test_anything_may_stand_where_a_seal_belongs(target: Target) -> None:
    anything_as_seal_or_cookie(target)


def test_a_changed_cookie_shows_nobody_a_bill(target: Target) -> None:
    changed_cookie(target)
