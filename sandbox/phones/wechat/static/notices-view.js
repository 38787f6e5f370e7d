// 服务通知: where the messages are that a person has allowed in a mini-program. Each leads to its page there.

import { el, show, when } from "/phone/assets/shared/live.js";
import { preview, talk } from "/phone/assets/shared/talk.js";

const toPage = (page) => { location.hash = `#/app/${encodeURIComponent(page)}`; };

export class NoticesView {
  view = "notices";
  begin() {}
  enter() { this.place.scrollTop = this.place.scrollHeight; }
  leave() {}
  get place() { return document.getElementById("notices"); }

  draw({ notices, me }) {
    show(this.place, talk(notices.map((notice) => ({ ...notice, url: notice.page, action: "进入小程序查看" })), me.name, toPage));
  }

  row({ notices }) {
    const last = notices.at(-1);
    if (!last) return null;
    return el("li", {}, el("a", { href: "#/notices" },
      el("div", { class: "avatar service", "aria-hidden": true }, "通"), el("b", {}, "服务通知"), el("time", {}, when(last.at)), el("p", {}, preview(last))));
  }
}
