// Paying: ask the server to begin, open the cashier of this client, then go and look at what really became of it.
import { busy } from "./forms.js";

const START_TIMEOUT_MS = 20000;
const LEAVE_TIMEOUT_MS = 20000;

/** The snippets that open a cashier, one file each in bridges/, by the name the server gives. */
async function openCashier(call) {
  if (!/^[a-z0-9_]+$/.test(call.bridge)) throw new Error("bridge");
  const bridge = await import(`./bridges/${call.bridge}.js`);
  return bridge.open(call.params);
}

async function begin(form) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), START_TIMEOUT_MS);
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new URLSearchParams(new FormData(form)),
      credentials: "same-origin",
      signal: stop.signal,
    });
    return { status: answer.status, data: await answer.json() };
  } finally {
    clearTimeout(timer);
  }
}

/** Is there nothing left to pay? Without an answer the person may try again. */
async function isOver(url) {
  try {
    const answer = await fetch(`${url}/state`, { credentials: "same-origin", headers: { Accept: "application/json" } });
    return answer.ok && (await answer.json()).progress !== "waiting";
  } catch {
    return false;
  }
}

const CANCELLED = "支付已取消。需要时可以再次支付。";
const FAILED = "支付没有完成，请再试一次；还是不行，请到收费窗口缴费。";

/** The client's reason goes into the server's log; the answer has the sentence for the person, and where this client can't pay a page. */
async function report(form, url, said) {
  try {
    const answer = await fetch(`${url}/cashier`, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new URLSearchParams({ _xsrf: new FormData(form).get("_xsrf"), ...said }),
      credentials: "same-origin",
    });
    return answer.ok ? await answer.json() : { message: FAILED, url: "" };
  } catch {
    return { message: FAILED, url: "" };
  }
}

/** Where to go on; "" where the page stays and has told why. */
async function pay(form, tell) {
  const { status, data } = await begin(form);
  if (status === 401) return location.pathname + location.search; // logs in again by itself, then shows the bill
  if (status !== 200) { // the number helps staff with our own troubles only
    tell(status >= 500 ? `${data.message}（编号 ${data.reference}）` : data.message);
    return "";
  }
  if (!data.call) return data.url;
  const said = await openCashier(data.call);
  if (said.result === "ok") return `${data.url}?paid=1`;
  if (await isOver(data.url)) return data.url; // closed or paid meanwhile: its page says what happened
  if (said.result === "cancel") {
    tell(CANCELLED);
    return "";
  }
  const advice = await report(form, data.url, said);
  tell(advice.message);
  return advice.url;
}

function attend(form) {
  const problem = form.querySelector("[role=alert]");
  const tell = (text) => { problem.textContent = text; problem.hidden = !text; };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.dataset.sent) return;
    form.dataset.sent = "yes";
    busy(form, true);
    tell("");
    const next = await pay(form, tell).catch(() => { tell("网络不稳定，请再试一次。不会重复收费。"); return ""; });
    if (next) { // the button stays down until that page is there; some clients stay on this one when it does not come
      location.assign(next);
      await new Promise((resolve) => { setTimeout(resolve, LEAVE_TIMEOUT_MS); });
    }
    delete form.dataset.sent;
    busy(form, false);
  });
  if ("atOnce" in form.dataset) { // tapped on the page before, when this script was not there yet; a reload is no tap
    delete form.dataset.atOnce;
    history.replaceState(null, "", location.pathname);
    form.requestSubmit();
  }
}

/** Also called for the forms of a page part that was fetched later. */
export function attendAll(root) {
  for (const form of root.querySelectorAll("form[data-pay]")) attend(form);
}

attendAll(document);
