"""Contestants that run once and print their figures as JSON: drawings, imports, matching."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bench.engine import NotHere
from bench.slices import Figures
from settings import ROOT

ENDED_WITHIN_S = 900.0


@dataclass(slots=True)
class Program:
    """``words`` gives the command line, and raises NotHere where something is missing."""

    name: str
    words: Callable[[], Sequence[str]]
    environ: Mapping[str, str] = field(default_factory=dict)

    async def start(self) -> None:
        await self.slice(0.0)

    async def slice(self, seconds: float) -> Figures:
        running = await asyncio.create_subprocess_exec(
            *self.words(), cwd=ROOT, env=os.environ | dict(self.environ),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        async with asyncio.timeout(ENDED_WITHIN_S):
            printed, complained = await running.communicate()
        if running.returncode:
            lines = complained.decode("utf-8", "replace").strip().splitlines() or ["it said nothing"]
            raise NotHere(f"ended with {running.returncode}: {lines[-1]}")
        told: dict[str, float] = json.loads(printed.decode().strip().splitlines()[-1])
        return told

    async def counted(self) -> Figures:
        return {}

    async def stop(self) -> None: ...
