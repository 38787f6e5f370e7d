// What the WeChat phone shows and does, through the sandbox's public controls. The one place that knows their JSON (sandbox/README.md).

import { ask, tell } from "/phone/assets/shared/live.js";
import { papersOf } from "/phone/assets/shared/paper.js";

export async function look(number) {
  const [{ people }, account, inbox, { bills }] = await Promise.all([
    ask("/sandbox/credentials"), ask("/sandbox/wechat/account"), ask(`/sandbox/inbox?person=${number}`), ask(`/sandbox/bills?person=${number}`),
  ]);
  const me = people.find((person) => person.number === number);
  if (!me) throw new Error(`没有 ${number} 号手机`);
  return { me, follows: me.follows, account, messages: inbox.chat, notices: inbox.notices, papers: papersOf(bills) };
}

const send = (me, what) => tell("/sandbox/wechat/say", { openid: me.openid, ...what });
export const say = (me, text) => send(me, { text });
export const follow = (me) => send(me, { event: "subscribe" });
export const unfollow = (me) => send(me, { event: "unsubscribe" });

/** A menu button was pressed: the app hears it as the platform would tell it. Buttons of other types do nothing here. */
export async function press(me, button) {
  if (button.type === "click") await send(me, { event: { Event: "CLICK", EventKey: button.key } });
  else if (button.type === "view") await send(me, { event: { Event: "VIEW", EventKey: button.url } });
}

/** The address that a menu button opens, or "". */
export const linkOf = (button) => (button.type === "view" ? button.url : "");
