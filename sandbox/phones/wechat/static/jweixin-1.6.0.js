// A small JS-SDK with the real one's names (wechat_official.md section 7), standing on WeixinJSBridge as the real one does.
// Served at /open/js/jweixin-1.6.0.js. A page that was not configured may not pay: "permission denied".
window.wx = (() => {
  const onReady = [];
  const onError = [];
  let settings = null;
  let outcome = null; // "ok", or the error message

  const withBridge = (run) => {
    if (window.WeixinJSBridge) run(window.WeixinJSBridge);
    else document.addEventListener("WeixinJSBridgeReady", () => run(window.WeixinJSBridge), { once: true });
  };

  const answer = (name, options, result) => {
    const what = String(result.err_msg || "").replace(/^[^:]*:/, "");
    const told = { ...result, errMsg: `${name}:${what}` };
    delete told.err_msg;
    const callback = what === "ok" ? options.success : what === "cancel" ? options.cancel : options.fail;
    callback?.(told);
    options.complete?.(told);
  };

  const call = (name, native, options = {}, params = {}) => {
    if (outcome !== "ok" || !settings.jsApiList.includes(name)) {
      setTimeout(answer, 0, name, options, { err_msg: `${name}:permission denied` });
      return;
    }
    withBridge((bridge) => bridge.invoke(native, params, (result) => answer(name, options, result)));
  };

  const settle = (result) => {
    outcome = result;
    if (result === "ok") onReady.splice(0).forEach((run) => run());
    else onError.splice(0).forEach((run) => run({ errMsg: `config:${result}` }));
  };

  return {
    config(given) {
      settings = { jsApiList: [], ...given };
      const { appId, timestamp, nonceStr, signature } = settings;
      const url = location.href.split("#")[0];
      withBridge((bridge) => bridge.invoke("preVerifyJSAPI", { appId, timestamp: String(timestamp), nonceStr, signature, url },
        (result) => settle(String(result.err_msg).replace(/^[^:]*:/, ""))));
    },
    ready(run) { if (outcome === "ok") setTimeout(run, 0); else onReady.push(run); },
    error(run) { if (outcome && outcome !== "ok") setTimeout(run, 0, { errMsg: `config:${outcome}` }); else onError.push(run); },
    chooseWXPay(options) {
      const { timestamp, nonceStr, package: prepay, signType, paySign } = options;
      call("chooseWXPay", "getBrandWCPayRequest", options, { appId: settings?.appId, timeStamp: String(timestamp), nonceStr, package: prepay, signType, paySign });
    },
    scanQRCode(options) { call("scanQRCode", "scanQRCode", options); },
    closeWindow() { withBridge((bridge) => bridge.invoke("closeWindow", {})); },
    hideOptionMenu() { withBridge((bridge) => bridge.invoke("hideOptionMenu", {})); },
  };
})();
