"""Counts and durations of requests by the route's name, and the alerts that stand. No label holds anything that came from outside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from server.alerts.model import Standing

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
        self._alerts = Gauge(
            "zhenfu_alerts",
            "Alerts that are not closed, by kind and state.",
            ("hospital", "kind", "state"),
            registry=self._registry,
        )
        self._oldest = Gauge(
            "zhenfu_alert_oldest_seconds",
            "Age of the oldest alert that is not closed, by kind.",
            ("hospital", "kind"),
            registry=self._registry,
        )

    def answered(self, door: str, status: int, seconds: float) -> None:
        self._requests.labels(door, str(status)).inc()
        self._seconds.labels(door).observe(seconds)

    def alerts(self, hospital: str, standing: Sequence[Standing], now: datetime) -> None:
        """What stands now, in the place of what stood before."""
        for gauge in (self._alerts, self._oldest):
            gauge.remove_by_labels({"hospital": hospital})
        for one in standing:
            self._alerts.labels(hospital, one.kind, "open").set(one.open)
            self._alerts.labels(hospital, one.kind, "taken").set(one.taken)
            self._oldest.labels(hospital, one.kind).set(max(0.0, (now - one.oldest).total_seconds()))

    def text(self) -> bytes:
        """In Prometheus' text format."""
        return generate_latest(self._registry)
