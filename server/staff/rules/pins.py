"""Which PINs are too easy: by what they look like, never by a list. Pure."""

from __future__ import annotations

from itertools import pairwise

DISTINCT_MIN = 3


def is_weak(pin: str) -> bool:
    """Six digits that somebody who looks over a shoulder, or guesses, has at once: few different ones (111222, 121212), a half that
    comes again (123123), the same step from each to the next (123456, 135791), pairs (112233), read the same backwards (123321), or
    two short runs (123789, 456321).
    """
    digits = [int(one) for one in pin]
    steps = [(after - before) % 10 for before, after in pairwise(digits)]
    half = len(digits) // 2
    return (
        len(set(digits)) < DISTINCT_MIN
        or digits[:half] == digits[half:]
        or len(set(steps)) == 1
        or digits[::2] == digits[1::2]
        or digits == digits[::-1]
        or all(_is_run(part) for part in (steps[: half - 1], steps[half:]))
    )


def _is_run(steps: list[int]) -> bool:
    return set(steps) in ({0}, {1}, {9})
