// The cashier inside WeChat's browser (WeChat Pay v3, JSAPI: WeixinJSBridge.invoke getBrandWCPayRequest).

const WAIT_MS = 5000;
const UNSUPPORTED = /not.?support|not.?exist|no.?permission|access.?denied|not.?allow/i;

function ready() {
  if (window.WeixinJSBridge) return Promise.resolve(true);
  return new Promise((resolve) => {
    document.addEventListener("WeixinJSBridgeReady", () => resolve(true), { once: true });
    setTimeout(resolve, WAIT_MS, Boolean(window.WeixinJSBridge));
  });
}

/**
 * Answers { result, why }: ok, cancel, fail, absent where there is no bridge, or unsupported in a client that has a bridge and no
 * cashier; why is the client's reason. "ok" is what the client says, no proof of money.
 */
export async function open(params) {
  if (window.__wxjs_environment === "miniprogram") return { result: "unsupported", why: "web-view" };
  if (!(await ready()) || !window.WeixinJSBridge) return { result: "absent", why: "" };
  if (window.__wxjs_environment === "miniprogram") return { result: "unsupported", why: "web-view" };
  return new Promise((resolve) => {
    window.WeixinJSBridge.invoke("getBrandWCPayRequest", params, (answer) => {
      const message = String(answer.err_msg || "");
      const said = message.split(":").pop();
      if (said === "ok" || said === "cancel") return resolve({ result: said, why: "" });
      const why = String(answer.err_desc || answer.errMsg || message);
      return resolve({ result: UNSUPPORTED.test(message.replace(/_/g, " ")) ? "unsupported" : "fail", why });
    });
  });
}
