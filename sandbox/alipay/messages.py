"""What the app sends to a person through the life account (section 10). Refusals carry the old codes: newer ones are not known."""

from __future__ import annotations

from datetime import datetime, timedelta

from sandbox.alipay.errors import failed
from sandbox.alipay.gateway import Call
from sandbox.alipay.life_account import ACTED
from sandbox.alipay.templates import filled
from sandbox.world.chats import Chats
from sandbox.world.scene import Scene
from sandbox.world.wire import Record, split_address

SENT = "alipay.sent"
AFTER_ACTION = timedelta(hours=48)
A_DAY_MAX = 100
ACTION_NAME_MAX = 16
CONTENT_MAX = 500


class Messages:
    def __init__(self, scene: Scene, chats: Chats) -> None:
        self._scene = scene
        self._chats = chats

    def single(self, call: Call, fault: Record) -> Record:
        """alipay.open.public.message.single.send: a template message, to who follows."""
        content = call.content()
        who = self._who(content, "to_user_id", "to_open_id")
        template = _object(content, "template")
        context = _object(template, "context")
        found, rows, around = filled(template.get("template_id"), context)
        url, action = str(context.get("url") or ""), str(context.get("action_name") or "")
        if url and split_address(url) is None:
            raise failed("1001", "url 不是合法的地址")
        if len(action.encode("gbk", "replace")) > ACTION_NAME_MAX:
            raise failed("1001", "action_name 过长")
        self._must_follow(who)
        self._chats.add(
            who, mine=False, kind="card", title=found.title, rows=rows, url=url, action=action, **around,
            template_id=found.template_id, data=context,
        )  # fmt: skip
        return {}

    def custom(self, call: Call, fault: Record) -> Record:
        """alipay.open.public.message.custom.send: within 48 hours of the person's last action, a hundred a day."""
        content = call.content()
        who, sort = self._who(content, "to_user_id", "open_id"), content.get("msg_type")
        shown = _text(content) if sort == "text" else _article(content) if sort == "image-text" else None
        if shown is None:
            raise failed("1001", "msg_type 不支持")
        self._must_follow(who)
        self._use_quota(who)
        self._chats.add(who, mine=False, **shown)
        return {}

    def _who(self, content: Record, user_id: str, open_id: str) -> str:
        given = content.get(user_id) or content.get(open_id)
        person = self._scene.person(given) if isinstance(given, str) else None
        if person is None or given not in (person.alipay_user_id, person.alipay_open_id):
            raise failed("1001", "接收用户不存在")
        return person.alipay_user_id

    def _must_follow(self, who: str) -> None:
        if not self._chats.follows(who):
            raise failed("11011", "用户没有关注生活号")

    def _use_quota(self, who: str) -> None:
        now, acted = self._scene.clock.now(), self._scene.records.get(ACTED, who)
        if acted is None or now - datetime.fromisoformat(acted["at"]) > AFTER_ACTION:
            raise failed("11012", "用户 48 小时内没有与生活号互动")
        sent = self._scene.records.get(SENT, who) or {}
        count = sent.get("count", 0) if sent.get("day") == f"{now:%Y-%m-%d}" else 0
        if count >= A_DAY_MAX:
            raise failed("11012", "当天发给该用户的消息超过 100 条")
        self._scene.records.put(SENT, who, {"day": f"{now:%Y-%m-%d}", "count": count + 1})


def _object(content: Record, name: str) -> Record:
    value = content.get(name)
    if not isinstance(value, dict):
        raise failed("1001", f"{name} 必须是对象")
    return value


def _text(content: Record) -> Record:
    words = _object(content, "text").get("content")
    if not isinstance(words, str) or not 1 <= len(words) <= CONTENT_MAX:
        raise failed("1001", "text.content 为空或过长")
    return {"kind": "text", "text": words}


def _article(content: Record) -> Record:
    articles = content.get("articles")
    first = articles[0] if isinstance(articles, list) and articles else None
    if not isinstance(first, dict) or not first.get("title") or split_address(str(first.get("url", ""))) is None:
        raise failed("1001", "articles 格式错误")
    shown = {"title": first["title"], "intro": str(first.get("desc", "")), "url": first["url"]}
    return {"kind": "card", "rows": [], "action": str(first.get("action_name", "")), **shown}
