"""The use cases that only the API has; everything else it shares with the pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from server.ports import Clock, Hospital, Ids, Sealer, Stores
from server.services.api_sessions import ApiSessionService
from server.services.idempotency import IdempotencyService
from server.services.people import PersonService


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
