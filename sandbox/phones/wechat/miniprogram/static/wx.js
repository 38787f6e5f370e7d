// `wx`, as far as the package uses it; what is missing here is missing, so that a page's own check for it holds.
// https://developers.weixin.qq.com/miniprogram/dev/api/ · the server sides are the sandbox's controls (sandbox/README.md).

import { tell } from "/phone/assets/shared/live.js";
import { ask, toast } from "./questions.js";

/** What every call of `wx` is: `{success, fail, complete}`, or a promise where none of them is given. */
function call(name, work) {
  return (given = {}) => {
    const answer = Promise.resolve().then(() => work(given)).then((told) => ({ errMsg: `${name}:ok`, ...told }), (error) => {
      throw Object.assign(new Error(error.message), { errMsg: `${name}:fail ${error.message}` });
    });
    const { success, fail, complete } = given;
    if (!success && !fail && !complete) return answer;
    answer.then((told) => { success?.(told); complete?.(told); }, (error) => { fail?.({ errMsg: error.errMsg }); complete?.({ errMsg: error.errMsg }); });
    return undefined;
  };
}

const refuse = (why) => { throw new Error(why); };

/**
 * @param {{ person: number, appid: string, titles: Record<string, string>, hospital: string }} world whose phone this is, and which app
 * @param {object} shell the phone: its scanner, its cashier
 * @param {import("./pages.js").Pages} pages
 * @param {{ stop(): void }} pulling the gesture that refreshes a page
 */
export function createWx(world, shell, pages, pulling) {
  const move = (name) => call(name, (given) => pages.go(name, given));
  return {
    ...network(world),
    ...storage(),
    ...cashier(world, shell),
    ...consent(world.hospital),
    navigateTo: move("navigateTo"), redirectTo: move("redirectTo"), reLaunch: move("reLaunch"), navigateBack: move("navigateBack"),
    setNavigationBarTitle: call("setNavigationBarTitle", ({ title }) => pages.title(title)),
    stopPullDownRefresh: call("stopPullDownRefresh", () => pulling.stop()),
    showToast: call("showToast", ({ title, duration }) => toast(title, duration)),
    showModal: call("showModal", async ({ title = "", content = "", confirmText = "确定", cancelText = "取消", showCancel = true }) => {
      const confirm = await ask({ title: title || content, text: title ? content : "", yes: confirmText, no: showCancel ? cancelText : undefined });
      return { confirm, cancel: !confirm };
    }),
    scanCode: call("scanCode", async () => ({ result: (await shell.scan()) || refuse("cancel"), scanType: "QR_CODE", charSet: "utf-8" })),
    makePhoneCall: call("makePhoneCall", async ({ phoneNumber }) => (await ask({ title: phoneNumber, yes: "呼叫", no: "取消" })) ? toast("沙箱里的电话打不出去") : refuse("cancel")),
    setClipboardData: call("setClipboardData", async ({ data }) => { await navigator.clipboard.writeText(data); toast("内容已复制"); }),
    getAppBaseInfo: () => ({ SDKVersion: "3.7.0", language: "zh_CN", theme: pages.theme.name, fontSizeSetting: fontSize() }),
    requestSubscribeMessage: call("requestSubscribeMessage", async ({ tmplIds }) => {
      const text = tmplIds.map((id) => world.titles[id] || refuse("20001 No template data return")).join("\n");
      const result = (await ask({ title: "申请发送以下消息，每项一次", text, yes: "允许", no: "取消" })) ? "accept" : "reject";
      return tell("/sandbox/miniprogram/subscribe", { person: String(world.person), results: Object.fromEntries(tmplIds.map((id) => [id, result])) });
    }),
  };
}

/** WeChat's setting of the text size: the browser's own is taken for it, whose 16 px are WeChat's 17. */
function fontSize() {
  const ruler = document.body.appendChild(Object.assign(document.createElement("i"), { style: "font-size: medium" }));
  const size = parseFloat(getComputedStyle(ruler).fontSize);
  ruler.remove();
  return Math.round(size * 17 / 16);
}

function network(world) {
  return {
    request: call("request", async ({ url, method = "GET", header = {}, data, timeout = 60_000 }) => {
      const body = data === undefined || method === "GET" ? undefined : JSON.stringify(data);
      const stopped = AbortSignal.timeout(timeout);
      const answer = await fetch(url, { method, headers: header, body, signal: stopped, credentials: "omit", redirect: "follow" })
        .then(async (told) => ({ told, text: await told.text() }))
        .catch(() => refuse(stopped.aborted ? "timeout" : "net::ERR_FAILED"));
      return { statusCode: answer.told.status, header: Object.fromEntries(answer.told.headers), data: parsed(answer.text) };
    }),
    login: call("login", () => tell("/sandbox/miniprogram/login", { person: String(world.person) })),
  };
}

/** JSON where it is some, else text: `dataType` is json if nothing is said. */
function parsed(text) {
  try { return JSON.parse(text); } catch { return text; }
}

function storage() {
  const named = (key) => `miniprogram:${key}`;
  return {
    getStorageSync: (key) => JSON.parse(localStorage.getItem(named(key)) ?? '""'),
    setStorageSync: (key, value) => localStorage.setItem(named(key), JSON.stringify(value)),
    removeStorageSync: (key) => localStorage.removeItem(named(key)),
  };
}

function cashier(world, shell) {
  return {
    requestPayment: call("requestPayment", async ({ timeStamp, nonceStr, package: order, signType, paySign }) => {
      const shown = await tell("/phone/wechat/cashier", { appId: world.appid, timeStamp, nonceStr, package: order, signType, paySign }).catch(async (error) => {
        await ask({ title: "支付没有打开", text: error.message, yes: "知道了" });
        return refuse(error.message);
      });
      const settle = (result) => tell("/sandbox/wechat/pay", { prepay_id: shown.prepay_id, result });
      const result = await shell.openCashier(shell.window.document, { ...shown, method: "零钱", colour: "#07c160" }, settle);
      return result === "ok" ? {} : refuse(result === "cancel" ? "cancel" : "(detail message)");
    }),
  };
}

/** Before the first use of anything personal the page is asked to ask (wechat_miniprogram.md, privacy); the answer is remembered. */
function consent(hospital) {
  const AGREED = "miniprogram-client:privacy";
  const needed = () => localStorage.getItem(AGREED) !== "agreed";
  let listener = null;
  const asked = () => new Promise((resolve, reject) => {
    if (!needed() || !listener) { resolve({}); return; }
    listener(({ event }) => {
      if (event === "agree") { localStorage.setItem(AGREED, "agreed"); resolve({}); }
      if (event === "disagree") reject(new Error("privacy permission is not authorized"));
    }, { referrer: "requirePrivacyAuthorize" });
  });
  const NAME = `《${hospital}小程序隐私保护指引》`;
  return {
    onNeedPrivacyAuthorization: (heard) => { listener = heard; },
    requirePrivacyAuthorize: call("requirePrivacyAuthorize", asked),
    getPrivacySetting: call("getPrivacySetting", () => ({ needAuthorization: needed(), privacyContractName: NAME })),
    openPrivacyContract: call("openPrivacyContract", async () => { await ask({ title: NAME, text: "在微信里，这里是医院在公众平台上登记的隐私说明。", yes: "知道了" }); }),
  };
}
