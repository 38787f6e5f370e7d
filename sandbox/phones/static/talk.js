// How messages look in a chat.

import { el, when } from "./live.js";

const LINK = /(https?:\/\/[^\s<>"'，。）]+)/;
const ANCHOR = /<a\s[^>]*href=["']([^"']+)["'][^>]*>(.*?)<\/a>/gis;

/** Text as the client shows it: `<a href>` and bare addresses become links, everything else stays text. */
export function words(text, openUrl) {
  const link = (url, label) => el("a", { href: url, onclick: (event) => { event.preventDefault(); openUrl(url); } }, label);
  const bare = (part) => part.split(LINK).map((piece, i) => (i % 2 ? link(piece, piece) : piece));
  const out = [];
  let from = 0;
  for (const found of text.matchAll(ANCHOR)) {
    out.push(...bare(text.slice(from, found.index)), link(found[1], found[2]));
    from = found.index + found[0].length;
  }
  return [...out, ...bare(text.slice(from))];
}

function card({ title, rows, intro, remark, url, action }, openUrl) {
  const body = [
    el("h3", {}, title),
    intro ? el("p", {}, intro) : null,
    rows?.length ? el("dl", {}, rows.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])) : null,
    remark ? el("p", {}, remark) : null,
  ];
  if (!url) return el("div", { class: "card" }, body);
  return el("button", { class: "card", type: "button", "data-url": url, onclick: () => openUrl(url) }, body, el("div", { class: "more" }, action || "详情", el("span", { "aria-hidden": true }, "›")));
}

function bubble(message, person, openUrl) {
  const face = message.mine ? el("div", { class: "avatar small person", "aria-hidden": true }, person.slice(0, 1)) : el("div", { class: "avatar small", "aria-hidden": true }, "医");
  return el("div", { class: message.mine ? "msg mine" : "msg" }, face, el("div", { class: "bubble" }, words(message.text, openUrl)));
}

/** All messages as elements, with the time between those that are five minutes apart. */
export function talk(messages, person, openUrl) {
  const out = [];
  let last = 0;
  for (const message of messages) {
    const at = Date.parse(message.at) || last;
    if (at - last > 300_000) out.push(el("time", {}, when(message.at)));
    last = at;
    if (message.kind === "note") out.push(el("div", { class: "note" }, message.text));
    else if (message.kind === "card") out.push(card(message, openUrl));
    else out.push(bubble(message, person, openUrl));
  }
  return out;
}

export const preview = (message) => (message ? message.text || message.title || "" : "");
