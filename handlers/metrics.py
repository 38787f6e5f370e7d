"""Counts and durations of requests, by the route's name. No label holds anything that came from outside."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """``registry`` may already hold what other parts count; everything in it is told."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self._registry = registry or CollectorRegistry()
        self._requests = Counter(
            "zhenfu_requests", "Requests answered, by door and status.", ("door", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "zhenfu_request_seconds",
            "Time to the answer, by door.",
            ("door",),
            buckets=_BUCKETS,
            registry=self._registry,
        )

    def answered(self, door: str, status: int, seconds: float) -> None:
        self._requests.labels(door, str(status)).inc()
        self._seconds.labels(door).observe(seconds)

    def text(self) -> bytes:
        """In Prometheus' text format."""
        return generate_latest(self._registry)
