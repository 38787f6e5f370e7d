"""QR codes as PNG. Drawing one costs 10 to 17 ms of CPU (practices.md D): done off the loop, remembered, never in a crowd."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

from server.core.errors import BadInput, TooManyTries
from server.core.newest import put_newest

TEXT_CHARS_MAX = 1200
REMEMBERED_MAX = 256
WAITING_MAX = 32
THREADS = 2
BOX_PIXELS = 8
BORDER_BOXES = 4


def draw(text: str) -> bytes:
    """The code with medium error correction and the quiet zone that the standard asks for. Blocks; call it off the loop."""
    import qrcode  # with Pillow; workers and most commands draw nothing
    from qrcode.constants import ERROR_CORRECT_M

    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, box_size=BOX_PIXELS, border=BORDER_BOXES)
    code.add_data(text)
    code.make(fit=True)
    png = BytesIO()
    code.make_image().save(png, "PNG")
    return png.getvalue()


class QrPrinter:
    """Draws each text once while it is remembered, however many ask for it at the same time."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="qr")
        self._drawn: OrderedDict[str, bytes] = OrderedDict()
        self._drawing: dict[str, asyncio.Task[bytes]] = {}

    async def png(self, text: str) -> bytes:
        """Raises BadInput for a text that is too long for a code, TooManyTries when too many wait already."""
        if len(text) > TEXT_CHARS_MAX:
            raise BadInput("text too long for a QR code")
        known = self._drawn.get(text)
        if known is not None:
            self._drawn.move_to_end(text)
            return known
        task = self._drawing.get(text)
        if task is None:
            if len(self._drawing) >= WAITING_MAX:
                raise TooManyTries("qr codes", wait_seconds=1)
            task = asyncio.create_task(self._draw(text))
            self._drawing[text] = task
        return await asyncio.shield(task)  # who asked may leave; the others who wait for the same code stay

    async def _draw(self, text: str) -> bytes:
        try:
            png = await asyncio.get_running_loop().run_in_executor(self._threads, draw, text)
        finally:
            del self._drawing[text]
        put_newest(self._drawn, text, png, REMEMBERED_MAX)
        return png
