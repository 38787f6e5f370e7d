// WeixinJSBridge, as the real client puts it into every page (openCashier stands in front of this file; both run inside one function).
// Platform page: WeChat Pay v3, section 5.2 (JSAPI). The signature is checked by the sandbox with the merchant's certificate, as WeChat does.

const shell = (() => {
  try { return window.parent !== window && window.parent.phoneShell ? window.parent.phoneShell : null; } catch { return null; }
})();

const post = async (path, body) => {
  const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  const data = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(data.message || data.error || "支付系统繁忙");
  return data;
};

const pay = async (params) => {
  let order;
  try {
    order = await post("/phone/wechat/cashier", params);
  } catch (error) {
    (shell ? shell.window : window).alert(error.message);
    return { err_msg: "get_brand_wcpay_request:fail", err_desc: error.message };
  }
  const settle = (result) => post("/sandbox/wechat/pay", { prepay_id: order.prepay_id, result });
  const open = shell ? shell.openCashier : openCashier;
  const result = await open((shell ? shell.window : window).document, { ...order, method: "零钱", colour: "#07c160" }, settle);
  return { err_msg: `get_brand_wcpay_request:${result}` };
};

const leave = async () => {
  if (shell) shell.closeWindow(); else window.location.assign("/phone/");
  return { err_msg: "close_window:ok" };
};

const scan = async () => {
  const url = shell ? await shell.scan() : "";
  return url ? { err_msg: "scanQRCode:ok", resultStr: url } : { err_msg: "scanQRCode:cancel" };
};

const verifyPage = async (params) => {
  const answer = await fetch("/phone/wechat/page", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(params) });
  return { err_msg: answer.ok ? "preVerifyJSAPI:ok" : "preVerifyJSAPI:invalid signature" };
};

const network = async () => ({ err_msg: "network_type:wifi" });
const FUNCTIONS = { getBrandWCPayRequest: pay, closeWindow: leave, scanQRCode: scan, getNetworkType: network, preVerifyJSAPI: verifyPage };
// Of the menu behind the three dots nothing is drawn, so hiding it is done at once.
const ACCEPTED = new Set(["hideOptionMenu", "showOptionMenu", "hideToolbar", "showToolbar", "hideMenuItems", "showMenuItems"]);

const bridge = {
  invoke(name, params, callback) {
    const done = (answer) => { if (typeof callback === "function") callback(answer); };
    if (typeof params === "function") { bridge.invoke(name, {}, params); return; }
    if (FUNCTIONS[name]) FUNCTIONS[name](params || {}).then(done);
    else setTimeout(done, 0, { err_msg: ACCEPTED.has(name) ? `${name}:ok` : `${name}:access_denied` });
  },
  call(name) { bridge.invoke(name, {}); },
  on() { /* sharing menus: nothing here ever fires them */ },
};

// The bridge of some clients speaks through frames that lead to these schemes (wechat_official.md, Corrections). Where the page's own
// Content-Security-Policy forbids such a frame, nothing of what the page says arrives: there is no bridge, here either.
const SCHEMES = ["weixin", "weixinping", "weixinpreinject", "wvjbscheme"];
let isShutOut = false;
document.addEventListener("securitypolicyviolation", (violation) => {
  if (violation.effectiveDirective !== "frame-src") return;
  isShutOut = true;
  delete window.WeixinJSBridge; // on a busy machine the browser tells of it late
});
const speakThroughFrames = () => SCHEMES.map((scheme) => {
  const frame = document.createElement("iframe");
  frame.hidden = true;
  frame.src = `${scheme}://dispatch_message/`;
  document.documentElement.append(frame);
  return frame;
});

// The client brings the bridge a moment after the page has begun. A page that does not wait for the event must not work here either.
const arrive = () => {
  const frames = speakThroughFrames();
  setTimeout(() => {
    for (const frame of frames) frame.remove();
    if (isShutOut) return;
    window.WeixinJSBridge = bridge;
    document.dispatchEvent(new Event("WeixinJSBridgeReady"));
  }, 60);
};
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", arrive); else arrive();
