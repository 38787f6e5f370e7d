"""``/api/v1/openapi.json`` for machines and ``/api/v1/docs`` for people: no script, nothing from elsewhere."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import Any

from handlers.api.document import document
from handlers.base.errors import Shown, codes
from handlers.base.handler import JSON_TYPE, BaseHandler
from handlers.base.rendering import Pages
from server.core.ports import RawReply

MINUTES = "public, max-age=300"


@cache
def as_json() -> bytes:
    return json.dumps(document(), ensure_ascii=False, separators=(",", ":")).encode()


class OpenApiHandler(BaseHandler):
    def get(self) -> None:
        self.set_header("ETag", f'"{hashlib.sha256(as_json()).hexdigest()[:32]}"')
        self.set_header("Cache-Control", MINUTES)
        if self.check_etag_header():
            self.set_status(304)
            self.finish()
            return
        self.send(RawReply(status=200, body=as_json(), content_type=JSON_TYPE))


class DocsHandler(BaseHandler):
    def get(self) -> None:
        pages: Pages = self.application.settings["pages"]
        body = pages.render("api/docs", docs_view()).encode()
        self.set_header("Cache-Control", MINUTES)
        self.send(RawReply(status=200, body=body, content_type="text/html; charset=utf-8"))


@cache
def docs_view() -> dict[str, object]:
    told = document()
    return {
        "title": told["info"]["title"],
        "about": told["info"]["description"],
        "operations": [
            _operation(path, method, each)
            for path, of_path in told["paths"].items()
            for method, each in of_path.items()
            if method != "parameters"
        ],
        "schemas": [_schema(name, schema) for name, schema in told["components"]["schemas"].items()],
        "errors": [_error(one) for one in codes()],
    }


def _error(one: Shown) -> dict[str, object]:
    return {"code": one.code, "status": one.status, "person": one.message, "retry": "yes" if one.retry else "no"}


def _operation(path: str, method: str, each: dict[str, Any]) -> dict[str, object]:
    content = each.get("requestBody", {}).get("content", {}).get("application/json", {})
    body, example = content.get("schema", {}), content.get("example")
    answers = [
        {"status": status, "schema": _name(told)} for status, told in each["responses"].items() if "$ref" not in told
    ]
    return {
        "id": each["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": each["summary"],
        "needs_token": bool(each["security"]),
        "parameters": [
            {"name": p["name"], "place": p["in"], "required": p.get("required", False), "shape": _shape(p["schema"])}
            for p in each["parameters"]
        ],
        "body": _last(body.get("$ref", "")),
        "example": json.dumps(example, ensure_ascii=False) if example else "",
        "answers": answers,
    }


def _name(told: dict[str, Any]) -> str:
    return next((_last(kind["schema"].get("$ref", "")) for kind in told.get("content", {}).values()), "")


def _last(reference: str) -> str:
    return reference.rpartition("/")[2]


def _schema(name: str, schema: dict[str, Any]) -> dict[str, object]:
    required = schema.get("required", [])
    return {
        "name": name,
        "about": schema.get("description", ""),
        "fields": [
            {"name": field, "shape": _shape(of), "to": _target(of), "required": field in required}
            for field, of in schema.get("properties", {}).items()
        ],
    }


def _target(of: dict[str, Any]) -> str:
    """The schema that this field is made of, to jump to."""
    inner = of.get("items", of)
    choices = [inner, *inner.get("anyOf", [])]
    return next((_last(one["$ref"]) for one in choices if "$ref" in one), "")


def _shape(of: dict[str, Any]) -> str:
    if "anyOf" in of:
        return " | ".join(_shape(one) for one in of["anyOf"])
    if "$ref" in of:
        return _last(of["$ref"])
    if "enum" in of:
        return " | ".join(str(one) for one in of["enum"])
    if of.get("type") == "array":
        return f"[{_shape(of.get('items', {}))}]"
    bounds = [f"{name} {of[key]}" for key, name in _BOUNDS.items() if key in of]
    return " ".join([str(of.get("type", "any")), *bounds])


_BOUNDS = {"minimum": "≥", "maximum": "≤", "minLength": "min", "maxLength": "max", "pattern": "~"}
