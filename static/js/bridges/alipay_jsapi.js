// The cashier inside Alipay's client (AlipayJSBridge.call tradePay with the trade's number).

const WAIT_MS = 5000;
const SAID = {
  9000: "ok",
  8000: "ok", // being processed: nobody knows yet, so the server goes and asks
  6004: "ok", // unknown: the same
  6001: "cancel",
};
const UNSUPPORTED = /not.?implement|not.?support|not.?exist|no.?permission|接口不存在|不支持|无权限/i;

function ready() {
  if (window.AlipayJSBridge) return Promise.resolve(true);
  return new Promise((resolve) => {
    document.addEventListener("AlipayJSBridgeReady", () => resolve(true), { once: true });
    setTimeout(resolve, WAIT_MS, Boolean(window.AlipayJSBridge));
  });
}

/**
 * Answers { result, why }: ok, cancel, fail, absent where there is no bridge, or unsupported in a client that has a bridge and no
 * cashier; why is the client's reason. "ok" is what the client says, no proof of money.
 */
export async function open(params) {
  if (!(await ready()) || !window.AlipayJSBridge) return { result: "absent", why: "" };
  return new Promise((resolve) => {
    window.AlipayJSBridge.call("tradePay", params, (answer) => {
      const why = String(answer.errorMessage || answer.memo || answer.resultCode || answer.error || "");
      const result = SAID[answer.resultCode] || (UNSUPPORTED.test(why) ? "unsupported" : "fail");
      resolve({ result, why });
    });
  });
}
