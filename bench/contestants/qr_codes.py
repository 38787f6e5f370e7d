"""Draws QR codes of a bill's address as PNG and prints what one costs: the first word says by what, the second how many to draw."""

import io
import json
import sys
import time

BY, COUNT = sys.argv[1], int(sys.argv[2])
TEXT = "https://pay.hospital.example/s/" + "Aa0Bb1Cc2Dd3Ee4Ff5Gg6Hh7Ii8Jj9Kk_" * 7


def by_segno(text):
    import segno

    segno.make(text, error="m", boost_error=False, micro=False).save(png := io.BytesIO(), kind="png", scale=8, border=4)
    return png.getvalue()


def by_zhenfu(text):
    from server.infrastructure.qr_png import draw  # the bench runs this one where Zhenfu is

    return draw(text)


draw = {"zhenfu": by_zhenfu, "segno": by_segno}[BY]
draw(TEXT)
wall, began = time.perf_counter(), time.process_time()
for number in range(COUNT):
    draw(f"{TEXT}{number:03d}")
print(
    json.dumps(
        {
            "cpu_ms": (time.process_time() - began) * 1000 / COUNT,
            "wall_ms": (time.perf_counter() - wall) * 1000 / COUNT,
        }
    )
)
