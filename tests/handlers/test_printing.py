"""QR codes: readable, drawn once, bounded."""

from __future__ import annotations

import asyncio
import threading
from io import BytesIO

import pytest
from PIL import Image

from server.core.errors import BadInput, TooManyTries
from server.infrastructure import qr_png
from server.infrastructure.qr_png import QrPrinter

ADDRESS = "https://pay.hospital.example/s/" + "A" * 300


@pytest.mark.asyncio
async def test_a_code_is_a_square_png_with_a_quiet_zone() -> None:
    image = Image.open(BytesIO(await QrPrinter().png(ADDRESS))).convert("1")
    assert image.width == image.height
    quiet = qr_png.BOX_PIXELS * qr_png.BORDER_BOXES
    assert image.crop((0, 0, image.width, quiet)).getextrema() == (255, 255)
    assert image.getpixel((quiet, quiet)) == 0, "the finder pattern begins right after it"


@pytest.mark.asyncio
async def test_a_crowd_asking_for_one_code_has_it_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    monkeypatch.setattr(qr_png, "draw", lambda text: drawn.append(text) or text.encode())
    printer = QrPrinter()
    assert set(await asyncio.gather(*(printer.png("a") for _ in range(20)))) == {b"a"}
    assert await printer.png("a") == b"a"
    assert drawn == ["a"]


@pytest.mark.asyncio
async def test_old_codes_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qr_png, "REMEMBERED_MAX", 2)
    drawn: list[str] = []
    monkeypatch.setattr(qr_png, "draw", lambda text: drawn.append(text) or text.encode())
    printer = QrPrinter()
    for text in ("a", "b", "a", "c", "a", "b"):
        await printer.png(text)
    assert drawn == ["a", "b", "c", "b"]


@pytest.mark.asyncio
async def test_too_many_waiting_are_sent_away_and_a_failure_is_not_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qr_png, "WAITING_MAX", 1)
    go = threading.Event()

    def slow(text: str) -> bytes:
        go.wait(10)
        raise OSError("out of memory")

    monkeypatch.setattr(qr_png, "draw", slow)
    printer = QrPrinter()
    first = asyncio.create_task(printer.png("a"))
    await asyncio.sleep(0)
    with pytest.raises(TooManyTries):
        await printer.png("b")
    go.set()
    with pytest.raises(OSError, match="out of memory"):
        await first
    monkeypatch.setattr(qr_png, "draw", lambda text: text.encode())
    assert await printer.png("a") == b"a"
    with pytest.raises(BadInput):
        await printer.png("x" * 2000)
