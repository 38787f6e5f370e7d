// The sandbox's controls as a page uses them: ask, tell, and hear that something has changed.

export async function ask(path) {
  return read(await fetch(path, { headers: { Accept: "application/json" } }));
}

export async function tell(path, body, method = "POST") {
  return read(await fetch(path, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body ?? {}) }));
}

async function read(answer) {
  const data = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(data.message || `沙箱没有应答（${answer.status}）`);
  return data;
}

/**
 * Call `refresh` now, after every change of the world, and when the page is seen again.
 * A hidden page holds no connection: a browser allows only six of them to one host, and app pages need some too.
 * Changes that come while a refresh is running are one more refresh after it.
 */
export function follow(refresh) {
  let source = null;
  let running = false;
  let again = false;
  const run = async () => {
    if (running) { again = true; return; }
    running = true;
    do {
      again = false;
      try { await refresh(); } catch (error) { console.warn(error); }
    } while (again);
    running = false;
  };
  const listen = () => {
    if (document.hidden) { source?.close(); source = null; return; }
    run();
    if (source) return;
    source = new EventSource("/sandbox/events");
    source.onopen = run;
    source.onmessage = run;
  };
  document.addEventListener("visibilitychange", listen);
  listen();
  return run;
}

/** An element: `el("p", {class: "x", onclick: f}, "text", child, …)`. Text is always text, never HTML. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** One of the drawings in icons.svg. */
export function icon(name) {
  const holder = el("span", { class: "iconbox", "aria-hidden": true });
  holder.innerHTML = `<svg class="icon"><use href="/phone/assets/shared/icons.svg#${name}"/></svg>`;
  return holder;
}

/** Replace the children only if they would look different, so that focus and scrolling survive a refresh. */
export function show(parent, ...children) {
  const fresh = el("div", {}, ...children);
  if (parent.dataset.shown === fresh.innerHTML) return false;
  parent.dataset.shown = fresh.innerHTML;
  parent.replaceChildren(...fresh.childNodes);
  return true;
}

export const unpaidFirst = (bills) => bills.toSorted((a, b) => (a.status === "unpaid" ? 0 : 1) - (b.status === "unpaid" ? 0 : 1));

export const yuan = (fen) => (fen === null || fen === undefined ? "—" : (fen / 100).toFixed(2));

const DAY = new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", month: "numeric", day: "numeric" });
const TIME = new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", hour12: false });
const FULL_DAY = new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", year: "numeric", month: "2-digit", day: "2-digit" });

/** "14:05" today, "11月3日 14:05" on another day; the hospital's clock, wherever the browser is. */
export function when(stamp) {
  const date = new Date(stamp);
  if (Number.isNaN(date.getTime())) return "";
  const time = TIME.format(date);
  return DAY.format(date) === DAY.format(new Date()) ? time : `${DAY.format(date).replace("/", "月")}日 ${time}`;
}

export const clock = () => TIME.format(new Date());

export function fullTime(stamp) {
  const date = new Date(stamp);
  return Number.isNaN(date.getTime()) ? "" : `${FULL_DAY.format(date).replaceAll("/", "-")} ${TIME.format(date)}`;
}
