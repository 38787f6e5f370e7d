"""server.infrastructure.sealing: what is sealed opens for its purpose alone, with every key of the ring, and nothing else opens at all."""

from __future__ import annotations

import base64
import hmac
import json
import zlib

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from server.core.errors import Forged
from server.infrastructure.sealing import PLAIN_BYTES_MAX, Keyring, derived

OLD, NEW, LOOKUP = b"1" * 32, b"2" * 32, b"3" * 32
RING = Keyring("k1", {"k1": OLD}, LOOKUP)


@given(plain=st.binary(max_size=2000), purpose=st.text(max_size=40))
def test_what_is_sealed_opens_again(plain: bytes, purpose: str) -> None:
    assert RING.open(purpose, RING.seal(purpose, plain)) == plain


@given(text=st.text(max_size=200))
def test_nothing_else_opens(text: str) -> None:
    for forged in (text, f"k1.{text}"):
        with pytest.raises(Forged):
            RING.open("qr", forged)


def test_every_changed_character_is_noticed() -> None:
    sealed = RING.seal("qr", b"card C0000001")
    for place, old in enumerate(sealed):
        for new in ("A", "b", "-", "_", "=", "+", "/", " ", "\n", ".", "é"):
            if new != old:
                with pytest.raises(Forged):
                    RING.open("qr", sealed[:place] + new + sealed[place + 1 :])


@pytest.mark.parametrize("change", ["{}=", "{}==", "{}A", " {}", "{}\n", "{}.", "k1{}"])
def test_other_spellings_are_not_ours(change: str) -> None:
    with pytest.raises(Forged):
        RING.open("qr", change.format(RING.seal("qr", b"x")))


def test_spare_bits_of_the_last_character_are_checked() -> None:
    """Of 29 + 2 bytes the last base64 character carries two bits too many."""
    sealed = RING.seal("qr", b"ab")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    opened = []
    for last in alphabet:
        try:
            opened.append(RING.open("qr", sealed[:-1] + last))
        except Forged:
            continue
    assert opened == [b"ab"]


def test_cut_short_is_forged() -> None:
    sealed = RING.seal("qr", b"card C0000001")
    for length in range(len(sealed)):
        with pytest.raises(Forged):
            RING.open("qr", sealed[:length])


def test_sealed_for_one_purpose_is_forged_for_another() -> None:
    sealed = RING.seal("payment:demo:ZF1", b"x")
    with pytest.raises(Forged):
        RING.open("payment:demo:ZF2", sealed)


def test_a_rotated_ring_opens_the_old_and_seals_with_the_new() -> None:
    old = RING.seal("qr", b"yesterday")
    rotated = Keyring("k2", {"k1": OLD, "k2": NEW}, LOOKUP)
    assert rotated.open("qr", old) == b"yesterday"
    new = rotated.seal("qr", b"today")
    assert new.startswith("k2.")
    assert rotated.lookup("card", "C1") == RING.lookup("card", "C1")
    with pytest.raises(Forged):
        RING.open("qr", new)
    with pytest.raises(Forged):
        Keyring("k2", {"k2": NEW}, LOOKUP).open("qr", old)


def test_the_key_s_name_is_bound_too() -> None:
    """Two names for one key are two keys: a text can't be moved from one to the other."""
    twice = Keyring("k1", {"k1": OLD, "k2": OLD}, LOOKUP)
    with pytest.raises(Forged):
        twice.open("qr", "k2" + twice.seal("qr", b"x")[2:])


def test_the_same_text_is_never_sealed_alike() -> None:
    assert len({RING.seal("qr", b"x") for _ in range(200)}) == 200


def test_it_is_aes_256_gcm_as_documented() -> None:
    kid, _, text = RING.seal("qr", b"x").partition(".")
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    assert kid == "k1"
    assert AESGCM(OLD).decrypt(raw[:12], raw[12:], b"k1:qr") == b"\x00x"


def test_a_bill_s_qr_is_short() -> None:
    """Seven personal facts and two bills. The sealed text is shorter than base64 of the plain facts alone."""
    facts = {"card_no": "C0000001", "name": "张测试", "phone": "13800000001", "id_no": "11010119900101000X"}
    plain = json.dumps({**facts, "bill_nos": ["202611230001", "202611230002"], "entrance": "bill_qr"}).encode()
    sealed = RING.seal("qr:demo", plain)
    assert len(sealed) < len(base64.b64encode(plain))
    assert set(sealed) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


def test_there_is_a_bound_on_what_is_sealed_opened_and_inflated() -> None:
    assert RING.open("big", RING.seal("big", b"a" * PLAIN_BYTES_MAX)) == b"a" * PLAIN_BYTES_MAX
    with pytest.raises(ValueError, match="bytes to seal"):
        RING.seal("big", b"a" * (PLAIN_BYTES_MAX + 1))
    with pytest.raises(Forged):
        RING.open("big", "k1." + "A" * (3 * PLAIN_BYTES_MAX))
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = b"\x01" + packer.compress(bytes(8 * PLAIN_BYTES_MAX)) + packer.flush()
    nonce = bytes(12)
    text = base64.urlsafe_b64encode(nonce + AESGCM(OLD).encrypt(nonce, bomb, b"k1:big")).rstrip(b"=").decode()
    with pytest.raises(Forged):
        RING.open("big", f"k1.{text}")


def test_lookup_is_a_keyed_hash_bound_to_its_purpose() -> None:
    assert RING.lookup("card", "C1") == hmac.digest(LOOKUP, b"card\x00C1", "sha256").hex()
    assert RING.lookup("card", "C1") != RING.lookup("phone", "C1")
    assert RING.lookup("card", "C1") != Keyring("k1", {"k1": OLD}, b"4" * 32).lookup("card", "C1")


@pytest.mark.parametrize(
    ("active", "keys", "lookup", "said"),
    [
        ("k2", {"k1": OLD}, LOOKUP, "active"),
        ("k1", {}, LOOKUP, "active"),
        ("k1", {"k1": b"short"}, LOOKUP, "k1 has 5 bytes"),
        ("k1", {"k1": OLD}, b"", "lookup key has 0 bytes"),
        ("k1", {"k1": OLD}, OLD, "another"),
        ("k.1", {"k.1": OLD}, LOOKUP, "letters and digits"),
        ("", {"": OLD}, LOOKUP, "letters and digits"),
        ("密", {"密": OLD}, LOOKUP, "letters and digits"),
    ],
)
def test_a_ring_that_can_t_be_right_is_a_sentence(
    active: str, keys: dict[str, bytes], lookup: bytes, said: str
) -> None:
    with pytest.raises(ValueError, match=said) as error:
        Keyring(active, keys, lookup)
    assert not any(key and key.decode() in str(error.value) for key in (*keys.values(), lookup))


def test_pins_the_chain_and_look_ups_have_keys_of_their_own() -> None:
    ring = Keyring("k1", {"k1": b"1" * 32}, b"2" * 32)
    assert ring.lookup("card", "x") == ring.lookup_before("card", "x")
    for purpose in ("staff_pin", "audit"):
        assert ring.lookup(purpose, "x") != ring.lookup_before(purpose, "x")
    assert derived(b"2" * 32, "pin") != derived(b"2" * 32, "audit") != b"2" * 32


def test_a_mac_is_of_one_purpose_one_text_and_a_known_key() -> None:
    ring = Keyring("k1", {"k1": b"1" * 32}, b"2" * 32)
    mac = ring.mac("a", b"text")
    assert ring.mac_holds("a", b"text", mac)
    rotated = Keyring("k2", {"k1": b"1" * 32, "k2": b"3" * 32}, b"2" * 32)
    assert rotated.mac_holds("a", b"text", mac)
    assert rotated.mac("a", b"text").startswith("k2.")
    for purpose, data, other in (
        ("b", b"text", mac),
        ("a", b"texts", mac),
        ("a", b"text", mac.replace("k1", "k9")),
        ("a", b"text", mac[:-1]),
        ("a", b"text", mac + "\udc80"),
        ("a", b"text", ""),
    ):
        assert not ring.mac_holds(purpose, data, other)


def test_resealing_changes_the_key_and_nothing_else() -> None:
    old = Keyring("k1", {"k1": b"1" * 32}, b"2" * 32).seal("p", b"text")
    rotated = Keyring("k2", {"k1": b"1" * 32, "k2": b"3" * 32}, b"2" * 32)
    new = rotated.reseal("p", old)
    assert new.startswith("k2.")
    assert rotated.open("p", new) == b"text"
    assert rotated.reseal("p", new) is new
