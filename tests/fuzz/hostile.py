"""What is thrown: mutations of genuine bytes, JSON that fits badly, texts that break things."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

Mutation = tuple[str, int, bytes]
NASTY = (
    "", " ", "\x00", "a" * 5000, "\u202e", "\ufeff", "𝕏" * 50, "'; DROP", "{{7*7}}", "<script>", "%00", "../../etc/passwd",
    "-1", "1e309", "NaN", "1.5", "9" * 400, "null", "true", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59",
    "0001-01-01T00:00:00+08:00", "2026-11-23T24:00:00Z", "2026-02-30T00:00:00Z", "\r\nSet-Cookie: x=1", "javascript:alert(1)", "𠀀",
    "$where", "http://[", "//", "\u2028", "٣", "²",
)  # fmt: skip
texts = st.one_of(st.sampled_from(NASTY), st.text(max_size=60))
leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.sampled_from([10**18, 2**63, 10**40, -(10**40), 0, -1]), texts,
    st.floats(), st.sampled_from([[], {}, [[]], {"": None}]),
)  # fmt: skip
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=12
)
NAMED = {
    "deep lists": b"[" * 30_000,
    "deep objects": b'{"a":' * 10_000,
    "deep resource": b'{"resource":' * 5_000,
    "deep and closed": b"[" * 300 + b"]" * 300,
    "html": b"<html><body>502 Bad Gateway</body></html>",
    "gbk": "缴费单不存在".encode("gbk"),
    "bom": b"\xef\xbb\xbf{}",
    "gzip": b"\x1f\x8b\x08\x00" * 50,
    "long text": b'"' + b"a" * 40_000 + b'"',
    "long number": b"9" * 40_000,
    "twice": b'{"a":1,"a":2}',
    "zeros": b"\x00" * 1000,
    "half a pair": b'{"a":"\\ud800"}',
}
garbage = st.one_of(
    st.binary(max_size=300),
    st.sampled_from(sorted(NAMED)).map(NAMED.__getitem__),
    values.map(lambda value: json.dumps(value).encode()),
    st.text(max_size=100).map(lambda text: text.encode("utf-16")),
)
mutations: st.SearchStrategy[Mutation] = st.tuples(
    st.sampled_from(["flip", "delete", "insert", "cut", "double", "append", "case"]),
    st.integers(min_value=0, max_value=1 << 20),
    st.binary(min_size=1, max_size=8),
)


def mutated(data: bytes, mutation: Mutation) -> bytes:
    """``data`` with one thing changed; now and then it comes out equal."""
    kind, number, more = mutation
    at = number % max(len(data), 1)
    match kind:
        case "flip":
            return data[:at] + bytes([data[at] ^ (1 << (number % 8))]) + data[at + 1 :] if data else more
        case "delete":
            return data[:at] + data[at + 1 :]
        case "insert":
            return data[:at] + more + data[at:]
        case "cut":
            return data[:at]
        case "double":
            return data + data
        case "append":
            return data + more
        case _:
            return data[:at] + data[at : at + 1].swapcase() + data[at + 1 :]


def mutated_text(text: str, mutation: Mutation) -> str:
    """The same for what travels in a header or address: what could not be sent at all becomes something that can."""
    raw = mutated(text.encode(), mutation).decode("latin-1")
    return "".join(char if 32 < ord(char) < 127 else "A" for char in raw)


@st.composite
def bent(draw: st.DrawFn, honest: dict[str, Any]) -> dict[str, Any]:
    """An honest object with some of its fields, at any depth, replaced, removed or joined by hostile ones."""
    return _bent(draw, honest)  # type: ignore[no-any-return]


def _bent(draw: st.DrawFn, value: Any) -> Any:
    match draw(st.integers(0, 9)):
        case 0:
            return draw(values)
        case _ if isinstance(value, dict):
            kept = {name: _bent(draw, inner) for name, inner in value.items() if draw(st.integers(0, 19))}
            return kept | ({draw(texts): draw(leaves)} if draw(st.integers(0, 9)) == 0 else {})
        case _ if isinstance(value, list):
            return [_bent(draw, inner) for inner in value] * draw(st.sampled_from([1, 1, 1, 0, 2, 300]))
        case _:
            return value
