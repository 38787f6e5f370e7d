"""What takes a file that comes in pieces, in memory; and how a played transport hands it one."""

from __future__ import annotations

from dataclasses import replace

from server.core.ports import HttpRequest, HttpResponse

PIECE_BYTES = 4096


class Taken:
    """core.ports.Receiver, with everything that it took."""

    def __init__(self) -> None:
        self.content = b""

    @property
    def size(self) -> int:
        return len(self.content)

    async def write(self, piece: bytes) -> None:
        self.content += piece


class Counted:
    """core.ports.Receiver that keeps nothing but the lengths of its pieces."""

    def __init__(self) -> None:
        self.lengths: list[int] = []

    @property
    def size(self) -> int:
        return sum(self.lengths)

    async def write(self, piece: bytes) -> None:
        self.lengths.append(len(piece))


async def handed_over(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """What a transport answers to ``request``: its receiver has taken the body of a 200."""
    if request.into is None or response.status != 200:
        return response
    for begin in range(0, len(response.body), PIECE_BYTES):
        await request.into.write(response.body[begin : begin + PIECE_BYTES])
    return replace(response, body=b"")
