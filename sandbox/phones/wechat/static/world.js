// What the WeChat phone shows and does, through the sandbox's public controls. The one place that knows their JSON (sandbox/README.md).

import { ask, tell, unpaidFirst, when, yuan } from "/phone/assets/shared/live.js";

export async function look(number) {
  const [{ people }, account, inbox, { bills }] = await Promise.all([
    ask("/sandbox/credentials"), ask("/sandbox/wechat/account"), ask(`/sandbox/inbox?person=${number}`), ask(`/sandbox/bills?person=${number}`),
  ]);
  const me = people.find((person) => person.number === number);
  if (!me) throw new Error(`没有 ${number} 号手机`);
  return { me, account, messages: inbox.chat, papers: unpaidFirst(bills).filter((bill) => bill.url).map(paper) };
}

function paper(bill) {
  return {
    title: `${bill.department} ¥${yuan(bill.own_fen)}`,
    line: `${bill.doctor} · ${when(bill.issued_at)}`,
    state: { unpaid: "待缴费", paid: "已缴费", refunded: "已退费", cancelled: "已作废" }[bill.status] ?? "",
    url: bill.url,
    qr: bill.qr,
  };
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
