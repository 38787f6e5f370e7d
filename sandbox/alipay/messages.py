"""What the app sends to a person through the life account (section 10). Refusals carry the old codes: newer ones are not known."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import Field

from sandbox.alipay import fields
from sandbox.alipay.errors import failed
from sandbox.alipay.fields import read
from sandbox.alipay.gateway import Call
from sandbox.alipay.life_account import ACTED
from sandbox.alipay.templates import filled
from sandbox.world.chats import Chats
from sandbox.world.scene import Scene
from sandbox.world.shapes import ABSENT, ADDRESS, Asked, bytes_max, coded, fits
from sandbox.world.wire import Record, split_address

SENT = "alipay.sent"
AFTER_ACTION = timedelta(hours=48)
A_DAY_MAX = 100


class Card(Asked):
    url: Annotated[
        fields.Text, fits(lambda url: not url or split_address(url) is not None), coded("1001", "url 不是合法的地址")
    ] = ""
    action_name: Annotated[fields.Text, bytes_max(16, "gbk"), coded("1001", "action_name 过长")] = ""


class Template(Asked):
    template_id: Any = ""
    context: Annotated[dict[str, Any], coded("1001", "context 必须是对象")] = ABSENT


class Single(Asked):
    template: Annotated[Template, coded("1001", "template 必须是对象")] = ABSENT


class Words(Asked):
    content: Annotated[str, Field(min_length=1, max_length=500), coded("1001", "text.content 为空或过长")] = ABSENT


class Text(Asked):
    text: Annotated[Words, coded("1001", "text 必须是对象")] = ABSENT


class Article(Asked):
    title: Annotated[str, Field(min_length=1)]
    url: Annotated[str, Field(min_length=1), ADDRESS]
    desc: fields.Text = ""
    action_name: fields.Text = ""


class ImageText(Asked):
    articles: Annotated[list[Article], Field(min_length=1), coded("1001", "articles 格式错误")] = ABSENT


class Messages:
    def __init__(self, scene: Scene, chats: Chats) -> None:
        self._scene = scene
        self._chats = chats

    def single(self, call: Call, fault: Record) -> Record:
        """alipay.open.public.message.single.send: a template message, to who follows."""
        content = call.content()
        who = self._who(content, "to_user_id", "to_open_id")
        template = read(content, Single).template
        context = template.context
        found, rows, around = filled(template.template_id, context)
        card = read(context, Card)
        self._must_follow(who)
        self._chats.add(
            who, mine=False, kind="card", title=found.title, rows=rows, url=card.url, action=card.action_name, **around,
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


def _text(content: Record) -> Record:
    return {"kind": "text", "text": read(content, Text).text.content}


def _article(content: Record) -> Record:
    first = read(content, ImageText).articles[0]
    shown = {"title": first.title, "intro": first.desc, "url": first.url, "action": first.action_name}
    return {"kind": "card", "rows": [], **shown}
