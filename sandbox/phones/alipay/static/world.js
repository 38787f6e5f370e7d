// What the Alipay phone shows and does, through the sandbox's public controls. The one place that knows their JSON (sandbox/README.md).

import { ask, tell } from "/phone/assets/shared/live.js";
import { papersOf } from "/phone/assets/shared/paper.js";

export async function look(number) {
  const [{ people }, account, inbox, { bills }] = await Promise.all([
    ask("/sandbox/credentials"), ask("/sandbox/alipay/account"), ask(`/sandbox/inbox?person=${number}`), ask(`/sandbox/bills?person=${number}`),
  ]);
  const me = people.find((person) => person.number === number);
  if (!me) throw new Error(`没有 ${number} 号手机`);
  return { me, follows: me.follows_life_account, account, messages: inbox.life_account, papers: papersOf(bills) };
}

const send = (me, what) => tell("/sandbox/alipay/say", { user_id: me.alipay_user_id, ...what });
export const say = (me, text) => send(me, { text });
export const follow = (me) => send(me, { event: "follow" });
export const unfollow = (me) => send(me, { event: "unfollow" });

/** A menu button was pressed: the app hears of `out` only, as in life; buttons of other types do nothing here. */
export async function press(me, button) {
  if (button.action_type === "out") await send(me, { event: { EventType: "click", ActionParam: button.action_param } });
}

/** The address that a menu button opens, or "". */
export const linkOf = (button) => (button.action_type === "link" ? button.action_param : "");
