"""Which keys of one part the legs don't agree on. Works on sets of lines, so its cost is that of building them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence

from server.reconciliation.model import Leg, Row
from server.reconciliation.rules.lines import SEPARATOR, TAB, key_of, row_of

Lines = Sequence[bytes]
Group = dict[Leg, list[Row]]


def agreed_and_odd(part: Mapping[Leg, Lines], looked_at: Collection[bytes] = ()) -> tuple[int, set[bytes]]:
    """How many keys every leg of ``part`` has exactly once and alike, and the keys of all others and of ``looked_at``.

    The count is of trade rows only: what stands in the fund statement is the same money again.
    """
    heads = {leg: [line.partition(SEPARATOR)[0] for line in lines] for leg, lines in part.items()}
    once = {leg: set(of_leg) for leg, of_leg in heads.items()}
    common = set.intersection(*once.values()) if once else set()
    odd = set().union(*(of_leg - common for of_leg in once.values()))
    for leg, of_leg in heads.items():
        if len(of_leg) != len(once[leg]):
            odd |= {head for head, count in Counter(of_leg).items() if count > 1}
    keys = {head.partition(TAB)[0] for head in odd} | set(looked_at)
    if Leg.FUND in part:
        return 0, keys
    return (sum(key_of(head) not in keys for head in common) if keys else len(common)), keys


def groups_of(part: Mapping[Leg, Lines], keys: Collection[bytes]) -> dict[str, Group]:
    """The rows of ``keys``, by key and leg."""
    found: dict[str, Group] = defaultdict(lambda: defaultdict(list))
    if not keys:
        return found
    for leg, lines in part.items():
        for line in lines:
            if key_of(line) in keys:
                row = row_of(leg, line)
                found[row.key][leg].append(row)
    return found
