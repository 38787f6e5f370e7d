"""The OpenAPI 3.1 document, made from what the doors themselves use: their patterns, operations and models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from handlers.api.door import CURSOR, KEY, LIMIT_DEFAULT, ApiHandler
from handlers.api.doors import BASE, DOORS, PARTS
from handlers.api.examples import BODIES
from handlers.api.his_document import HIS_MODELS, his_paths
from handlers.api.models import PAGE_MAX, Problem
from handlers.api.operation import Operation
from handlers.base.errors import codes

JSON = "application/json"
PROBLEM = "application/problem+json"
REFERENCE = "#/components/schemas/{model}"
LIMIT_HEADERS = {
    "RateLimit-Limit": "requests a minute",
    "RateLimit-Remaining": "how many are left of them",
    "RateLimit-Reset": "seconds until they are all there again",
}
PROBLEM_HEADERS = {
    "Retry-After": {"schema": {"type": "integer"}, "description": "seconds, where waiting helps"},
    "WWW-Authenticate": {"schema": {"type": "string"}, "description": "Bearer, with 401"},
}
EXAMPLES = {
    "hospital": "demo",
    "card_key": "70cc1973af0e3ae7832d",
    "binding_key": "0be1c47c8fe2f0dd1a55",
    "bill_no": "B20261123001",
    "out_trade_no": "ZF20261123ABCDEFGHJKMN",
    "department_no": "D01",
    "doctor_no": "D0101",
    "schedule_no": "S20261124D01A",
    "slot_no": "S20261124D01A-07",
    "admission_key": "4f2d8c1b9a7e6053d1c2",
    "day": "2026-11-23",
    "report_key": "9c0d4e7f2a1b8365f0e4",
    "balance_key": "b71e03c5d84f9a26e0d7",
    "item_no": "LDL",
    "file_no": "1",
}
Json = dict[str, Any]


def document() -> Json:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Zhenfu 诊付",
            "version": "1",
            "description": "Money is an integer of fen. Times are RFC 3339 in the hospital's time. Errors are problem+json "
            "with stable codes. /his/v1 is what a HIS asks of us, signed as docs/his-interface.md says.",
        },
        "servers": [{"url": "/"}],
        "paths": {
            **{f"{BASE}/{{hospital}}{path}": _path(name, path, door) for name, path, door in DOORS},
            **his_paths(),
        },
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "access_token of /session"}
            },
            "responses": {
                "problem": {
                    "description": "What went wrong",
                    "headers": {**_limit_headers(), **PROBLEM_HEADERS},
                    "content": {PROBLEM: {**_content(PROBLEM, Problem)[PROBLEM], "examples": _problems()}},
                }
            },
        },
    }


def operations_of(door: type[ApiHandler]) -> Iterator[tuple[str, Operation]]:
    for method in door.methods():
        yield method.lower(), getattr(door, method.lower()).operation


def _path(name: str, path: str, door: type[ApiHandler]) -> Json:
    places = [part for part in PARTS if "{" + part + "}" in f"/{{hospital}}{path}"]
    return {
        "parameters": [
            {
                "name": part,
                "in": "path",
                "required": True,
                "schema": {"type": "string", "pattern": f"^{PARTS[part]}$"},
                "example": EXAMPLES[part],
            }
            for part in places
        ],
        **{method: _operation(name, method, asked) for method, asked in operations_of(door)},
    }


def _operation(name: str, method: str, asked: Operation) -> Json:
    told: Json = {
        "operationId": f"{name}_{method}",
        "summary": asked.summary,
        "tags": ["mini-program"],
        "parameters": list(_parameters(method, asked)),
        "responses": {str(asked.status): _success(method, asked), **_refusals(method, asked)},
        "security": [{"bearer": []}] if asked.secured else [],
    }
    if asked.body is not None:
        content = _content(JSON, asked.body)
        content[JSON]["example"] = BODIES[asked.body.__name__]
        told["requestBody"] = {"required": True, "content": content}
    return told


def _parameters(method: str, asked: Operation) -> Iterator[Json]:
    if asked.paged:
        limit = {"type": "integer", "minimum": 1, "maximum": PAGE_MAX, "default": LIMIT_DEFAULT}
        yield {"name": "limit", "in": "query", "schema": limit}
        cursor = {"type": "string", "pattern": f"^{CURSOR.pattern}$"}
        yield {"name": "cursor", "in": "query", "schema": cursor, "description": "next of the page before"}
    for name, what in asked.queries.items():
        yield {"name": name, "in": "query", "schema": {"type": "string"}, "description": what}
    if asked.creates:
        shape = {"type": "string", "pattern": f"^{KEY.pattern}$"}
        what = "new for every tap, the same when it is tried again; kept for 24 hours"
        yield {"name": "Idempotency-Key", "in": "header", "required": True, "schema": shape, "description": what}
    if method == "get":
        yield {"name": "If-None-Match", "in": "header", "schema": {"type": "string"}}


def _success(method: str, asked: Operation) -> Json:
    told: Json = {"description": asked.summary, "headers": _limit_headers()}
    if method == "get":
        told["headers"]["ETag"] = {"schema": {"type": "string"}}
    if asked.creates:
        what = "true: the stored answer of the first request under this key"
        told["headers"]["Idempotency-Replayed"] = {"schema": {"type": "string"}, "description": what}
    if asked.answer is not None:
        told["content"] = _content(JSON, asked.answer)
    return told


def _limit_headers() -> Json:
    return {name: {"schema": {"type": "integer"}, "description": what} for name, what in LIMIT_HEADERS.items()}


def _refusals(method: str, asked: Operation) -> Json:
    """Which of the statuses of `handlers.base.errors` this operation may answer."""
    statuses = {
        400,
        404,
        409,
        413,
        429,
        500,
        502,
        503,
        *asked.refuses,
    }  # 409: somebody else was first, or the hospital says no
    if asked.secured or asked.body is not None:  # a login may be refused, too
        statuses |= {401}
    told: Json = {str(status): {"$ref": "#/components/responses/problem"} for status in sorted(statuses)}
    if method == "get":
        told[str(int(HTTPStatus.NOT_MODIFIED))] = {"description": "Not changed since this ETag"}
    return told


def _problems() -> Json:
    """An example for every code; ``detail`` is what the person reads, in Chinese."""
    return {one.code: {"summary": f"HTTP {one.status}", "value": one.as_problem("7K2M9QXB")} for one in codes()}


def _content(kind: str, model: type[BaseModel]) -> Json:
    return {kind: {"schema": {"$ref": REFERENCE.format(model=model.__name__)}}}


def _schemas() -> Mapping[str, Any]:
    asked = {each.body for _, _, door in DOORS for _, each in operations_of(door) if each.body} | set(HIS_MODELS)
    told = {each.answer for _, _, door in DOORS for _, each in operations_of(door) if each.answer} | {Problem}
    pairs = [(model, "validation") for model in asked] + [(model, "serialization") for model in told]
    _, schemas = models_json_schema(sorted(pairs, key=lambda pair: pair[0].__name__), ref_template=REFERENCE)  # type: ignore[arg-type]
    return dict(sorted(schemas["$defs"].items()))
