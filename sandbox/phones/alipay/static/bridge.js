// AlipayJSBridge, as the real client puts it into every page (openCashier stands in front of this file; both run inside one function).
// Platform page: docs/protocols/alipay.md section 11 (tradePay and its result codes).

const shell = (() => {
  try { return window.parent !== window && window.parent.phoneShell ? window.parent.phoneShell : null; } catch { return null; }
})();
const OK = "9000", CANCELLED = "6001", FAILED = "4000", NO_NETWORK = "6002", NO_PERMISSION = "4";
const CODES = { ok: OK, cancel: CANCELLED, fail: FAILED };

const post = async (path, body) => {
  const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  const data = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(data.message || data.error || "系统繁忙，请稍后再试"), { refused: true });
  return data;
};

const ended = (resultCode, memo = "") => ({ resultCode, memo, result: "" });

const tradePay = async (params) => {
  if (!params.tradeNO) return ended(params.orderStr ? NO_PERMISSION : FAILED, "缺少 tradeNO"); // orderStr is of apps that have signed for it
  let trade;
  try {
    trade = await post("/phone/alipay/cashier", { tradeNO: String(params.tradeNO) });
  } catch (error) {
    (shell ? shell.window : window).alert(error.message);
    return ended(error.refused ? FAILED : NO_NETWORK, error.message);
  }
  const settle = (result) => post("/sandbox/alipay/pay", { trade_no: trade.trade_no, result });
  const open = shell ? shell.openCashier : openCashier;
  const result = await open((shell ? shell.window : window).document, { ...trade, method: "账户余额", colour: "#1677ff" }, settle);
  return ended(CODES[result]);
};

const leave = async () => {
  if (shell) shell.closeWindow(); else window.location.assign("/phone/");
  return {};
};
const scan = async () => {
  const url = shell ? await shell.scan() : "";
  return url ? { codeContent: url, qrCode: url } : { error: 10 };
};
const show = async ({ message, content, title }) => { (shell ? shell.window : window).alert(message || content || title || ""); return {}; };

const FUNCTIONS = {
  tradePay, scan, closeWebview: leave, popWindow: leave, exitApp: leave,
  pushWindow: async ({ url }) => { if (url) window.location.assign(url); return {}; },
  alert: show, toast: show,
  setTitle: async ({ title }) => { if (title) document.title = title; return {}; },
  getNetworkType: async () => ({ networkType: "WIFI", networkAvailable: true }),
};
// Of the bar above the page nothing more is drawn, so these are done at once.
const ACCEPTED = new Set(["hideOptionMenu", "showOptionMenu", "showLoading", "hideLoading", "setOptionMenu", "hideBackButton", "setTitleColor"]);

const bridge = {
  startupParams: {},
  call(name, params, callback) {
    if (typeof params === "function") { bridge.call(name, {}, params); return; }
    const done = (answer) => { if (typeof callback === "function") callback(answer); };
    if (FUNCTIONS[name]) FUNCTIONS[name](params || {}).then(done);
    else setTimeout(done, 0, ACCEPTED.has(name) ? {} : { error: 1, errorMessage: "接口不存在" });
  },
};

// The client brings the bridge a moment after the page has begun. A page that does not wait for the event must not work here either.
const arrive = () => setTimeout(() => {
  window.AlipayJSBridge = bridge;
  document.dispatchEvent(new Event("AlipayJSBridgeReady"));
}, 60);
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", arrive); else arrive();
