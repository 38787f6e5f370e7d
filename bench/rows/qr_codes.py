"""The QR code of a bill as PNG."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from bench.engine import Row
from bench.installing import ADAPTERS
from bench.means import Means
from bench.programs import Program
from settings import ROOT


def rows(means: Means) -> Sequence[Row]:
    drawn = max(2, int(means.plan.seconds * 20))

    program = str(ADAPTERS / "qr_codes.py")
    ours = Program(
        "Zhenfu (qrcode)", lambda: [sys.executable, program, "zhenfu", str(drawn)], environ={"PYTHONPATH": str(ROOT)}
    )
    segno = Program("segno 1.6.6", lambda: [means.installed.python("segno"), program, "segno", str(drawn)])
    return [
        Row(
            "qr",
            "QR code of a bill, drawn",
            [ours, segno],
            figure="cpu_ms",
            note="Zhenfu draws a code once while it is remembered, in a thread of its own; this is that one drawing.",
        )
    ]
