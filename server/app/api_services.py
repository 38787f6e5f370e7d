"""The use cases that only the API has; everything else it shares with the pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from server.core.idempotency import IdempotencyService
from server.core.ports import Clock, Ids, Sealer
from server.patients.api_sessions import ApiSessionService
from server.patients.persons import PersonService
from server.payments.hospital import Hospital
from server.storage.stores import Stores


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiServices:
    sessions: ApiSessionService
    idempotency: IdempotencyService


def api_services(
    hospitals: Mapping[str, Hospital], stores: Stores, people: PersonService, sealer: Sealer, clock: Clock, ids: Ids
) -> ApiServices:
    return ApiServices(
        sessions=ApiSessionService(hospitals, stores.sessions, stores.short_lived, people, sealer, clock, ids),
        idempotency=IdempotencyService(stores.short_lived, clock),
    )
