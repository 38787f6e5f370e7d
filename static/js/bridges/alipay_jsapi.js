// The cashier inside Alipay's client (AlipayJSBridge.call tradePay with the trade's number).

const WAIT_MS = 5000;
const SAID = {
  9000: "ok",
  8000: "ok", // being processed: nobody knows yet, so the server goes and asks
  6004: "ok", // unknown: the same
  6001: "cancel",
};

function ready() {
  if (window.AlipayJSBridge) return Promise.resolve(true);
  return new Promise((resolve) => {
    document.addEventListener("AlipayJSBridgeReady", () => resolve(true), { once: true });
    setTimeout(resolve, WAIT_MS, Boolean(window.AlipayJSBridge));
  });
}

/** Answers ok, cancel, fail, or absent where there is no bridge. "ok" is what the client says, no proof of money. */
export async function open(params) {
  if (!(await ready()) || !window.AlipayJSBridge) return "absent";
  return new Promise((resolve) => {
    window.AlipayJSBridge.call("tradePay", params, (answer) => resolve(SAID[answer.resultCode] || "fail"));
  });
}
