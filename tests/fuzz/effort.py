"""How many examples a property gets: FUZZ_EXAMPLES for `make fuzz`, few and always the same in `make test`."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "40"))
IS_LONG = "FUZZ_EXAMPLES" in os.environ

thrown = settings(
    max_examples=EXAMPLES,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],  # explaining takes longer than finding
    deadline=None,  # bounded by CPU time in tests/fuzz/target.py, which other processes don't disturb
    derandomize=not IS_LONG,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
