// What the WeChat phone shows and does, through the sandbox's public controls. The one place that knows their JSON (sandbox/README.md).

import { ask, tell } from "/phone/assets/shared/live.js";

export async function look(number) {
  return ask(`/dev/look?n=${number}`);
}
export const say = (me, text) => tell("/sandbox/wechat/say", { openid: me.openid, text });
export const press = (me, button) => tell("/sandbox/wechat/say", { openid: me.openid, event: button.type === "view" ? { Event: "VIEW", EventKey: button.url } : { Event: "CLICK", EventKey: button.key } });
export const follow = (me) => tell("/sandbox/wechat/say", { openid: me.openid, event: { Event: "subscribe" } });
export const unfollow = (me) => tell("/sandbox/wechat/say", { openid: me.openid, event: { Event: "unsubscribe" } });
