// A phone: which view is seen, and what its buttons do. What it shows and what a platform calls things come from the platform's own folder.

import { InAppBrowser } from "./browser.js";
import { clock, el, follow, show, when } from "./live.js";
import { Foot } from "./menu.js";
import { preview, talk } from "./talk.js";

/**
 * Run the phone of this page.
 * @param {object} world `look(number)` → `{me, follows, account: {name, menu}, messages, papers}`, `say(me, text)`, `follow(me)`, `unfollow(me)`,
 *   `press(me, button)`, `linkOf(button)` → the address that a menu button opens, or ""
 * @param {string} accountWord what the platform calls the hospital's account
 * @param {{view: string, begin(shell: object): void, enter(rest: string): void, leave(): void, draw(state: object): void, row(state: object): ?object, takes?(url: string): boolean, follow?(url: string): void}[]} [more]
 *   views that only this platform's client has: `#/{view}/{rest}` leads there; `row` is a line of the list of chats; `takes(url)` says whether an address is no page but its own, and `follow(url)` goes there
 */
export function start(world, accountWord, more = []) {
  const number = Number(document.body.dataset.number);
  const $ = (id) => document.getElementById(id);
  const views = [...document.querySelectorAll(".view")];
  let state = null;
  let behindWeb = "#/";
  let scanned = null; // set while a page waits for a scan: what it gets, and the view that it is in

  const browser = new InAppBrowser({
    frame: $("web"), title: $("web-title"), back: $("web-back"), progress: $("web-progress"),
    home: JSON.parse(document.body.dataset.home), onClose: () => { location.hash = behindWeb; },
  });
  const openUrl = (url) => { location.hash = `#/web/${encodeURIComponent(url)}`; };

  // What the bridge inside app pages reaches for (same origin, see bridge.js).
  window.phoneShell = {
    window,
    openCashier: (doc, order, settle) => openCashier(doc, { ...order, within: $("phone") }, settle),
    closeWindow: () => { location.hash = behindWeb; },
    scan: () => new Promise((resolve) => { scanned = { resolve, view: views.find((view) => !view.hidden).dataset.view }; showView("scan"); }),
  };
  for (const one of more) one.begin(window.phoneShell);

  /** The page that waits for a scan gets this text ("": none), and is seen again. */
  function giveScanned(text) {
    const { resolve, view } = scanned;
    scanned = null;
    showView(view);
    resolve(text);
  }

  function route() {
    const [, name = "", rest = ""] = location.hash.match(/^#\/(\w*)\/?(.*)$/) || [];
    if (scanned) giveScanned("");
    const own = more.find((one) => one.view === name);
    for (const one of more) if (one !== own) one.leave();
    if (name === "web") {
      const url = decodeURIComponent(rest);
      const taker = more.find((one) => one.takes?.(url));
      if (taker) { taker.follow(url); return; }
      if (url !== browser.current) { browser.current = url; browser.open(url); }
      showView("web");
      return;
    }
    behindWeb = name === "scan" ? "#/" : location.hash || "#/";
    browser.current = null;
    browser.close();
    showView(own ? name : ["chat", "account", "scan"].includes(name) ? name : "chats");
    own?.enter(decodeURIComponent(rest));
  }

  function showView(name) {
    for (const view of views) view.hidden = view.dataset.view !== name;
    if (name === "chat") { markRead(); $("talk").scrollTop = $("talk").scrollHeight; }
  }

  const readKey = `read-${number}`;
  const markRead = () => { if (state) { localStorage.setItem(readKey, state.messages.length); drawChats(); } };
  const unread = () => {
    const received = state.messages.slice(Number(localStorage.getItem(readKey)) || 0).filter((message) => !message.mine && message.kind !== "note");
    return received.length || null;
  };

  function drawChats() {
    const last = state.messages.at(-1);
    const line = preview(last) || (state.follows ? "你已关注" : "还没有关注，点这里看资料");
    show($("chats"), el("li", {}, el("a", { href: state.follows || last ? "#/chat" : "#/account" },
      el("div", { class: "avatar", "data-new": unread(), "aria-hidden": true }, "医"), el("b", {}, state.account.name), el("time", {}, last ? when(last.at) : ""), el("p", {}, line))),
    more.map((one) => one.row(state)));
  }

  function drawPapers() {
    const papers = state.papers.map((paper) => el("li", {}, el("button", { type: "button", "data-url": paper.url, "aria-label": `扫 ${paper.title} 的二维码`, onclick: () => scan(paper.url) },
      el("img", { src: paper.qr, alt: "" }), el("span", {}, el("b", {}, paper.title), el("small", {}, paper.line), el("small", {}, paper.state)))));
    show($("papers"), papers.length ? papers : el("li", { class: "empty" }, "手边没有缴费单"));
  }

  function scan(url) {
    if (!scanned) { openUrl(url); return; }
    giveScanned(url);
  }

  views.find((view) => view.dataset.view === "scan").querySelector(".back").addEventListener("click", (event) => {
    if (!scanned) return;
    event.preventDefault();
    giveScanned("");
  });

  $("on-screen").addEventListener("submit", (event) => { // a code on a screen, which this phone has no eyes for
    event.preventDefault();
    scan(event.target.elements.url.value);
    event.target.reset();
  });
  $("on-screen").querySelector("button").disabled = false; // a tap before this script would load the page anew

  function drawAccount() {
    const button = (text, kind, act) => el("button", { class: kind, type: "button", onclick: act }, text);
    show($("follow"), state.follows
      ? [el("a", { class: "button", href: "#/chat" }, `进入${accountWord}`), button("取消关注", "quiet", () => act(() => world.unfollow(state.me)))]
      : button(`关注${accountWord}`, "button", async () => { await act(() => world.follow(state.me)); location.hash = "#/chat"; }));
  }

  async function act(doing) {
    try { await doing(); } catch (error) { alert(error.message); }
    await refresh();
  }

  const foot = new Foot($("foot"), {
    say: (text) => act(() => world.say(state.me, text)),
    press: (button) => {
      const url = world.linkOf(button);
      if (url) openUrl(url);
      return act(() => world.press(state.me, button));
    },
  });

  const refresh = follow(async () => {
    try {
      state = await world.look(number);
    } catch (error) {
      if (!state) show($("chats"), el("li", { class: "none" }, error.message));
      throw error;
    }
    for (const place of document.querySelectorAll("[data-hospital]")) place.textContent = state.account.name;
    const bottom = $("talk").scrollHeight - $("talk").scrollTop - $("talk").clientHeight < 80;
    if (show($("talk"), talk(state.messages, state.me.name, openUrl)) && bottom) $("talk").scrollTop = $("talk").scrollHeight;
    foot.setMenu(state.account.menu);
    if (!views.find((view) => view.dataset.view === "chat").hidden) markRead();
    drawChats();
    drawPapers();
    drawAccount();
    for (const one of more) one.draw(state);
  });

  const tick = () => { $("clock").textContent = clock(); };
  tick();
  setInterval(tick, 10_000);
  $("web-close").onclick = () => { location.hash = behindWeb; };
  addEventListener("hashchange", route);
  route();
}
