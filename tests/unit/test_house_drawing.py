"""The drawing of the house in docs/design.md is the one that the imports give."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_drawn_arrows_are_those_of_the_imports() -> None:
    drawn = subprocess.run(["scripts/draw-house"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert f"```mermaid\n{drawn}```" in (ROOT / "docs/design.md").read_text("utf-8"), "run scripts/draw-house --write"
