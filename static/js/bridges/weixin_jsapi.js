// The cashier inside WeChat's browser (WeChat Pay v3, JSAPI: WeixinJSBridge.invoke getBrandWCPayRequest).

const WAIT_MS = 5000;

function ready() {
  if (window.WeixinJSBridge) return Promise.resolve(true);
  return new Promise((resolve) => {
    document.addEventListener("WeixinJSBridgeReady", () => resolve(true), { once: true });
    setTimeout(resolve, WAIT_MS, Boolean(window.WeixinJSBridge));
  });
}

/** Answers ok, cancel, fail, or absent where there is no bridge. "ok" is what the client says, no proof of money. */
export async function open(params) {
  if (!(await ready()) || !window.WeixinJSBridge) return "absent";
  return new Promise((resolve) => {
    window.WeixinJSBridge.invoke("getBrandWCPayRequest", params, (answer) => {
      const said = String(answer.err_msg || "").split(":").pop();
      resolve(said === "ok" || said === "cancel" ? said : "fail");
    });
  });
}
