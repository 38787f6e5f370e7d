// The desk: who pays, the paper bills, the phone, the SMS inbox, and the panel for drills.

import { el, follow, show, tell, when } from "./live.js";
import { addDrills, drawFaults } from "./faults.js";
import * as outside from "./outside.js";
import { paper } from "./paper.js";
import { words } from "./talk.js";

const number = Number(document.body.dataset.number);
const kind = document.body.dataset.kind;
const kinds = JSON.parse(document.body.dataset.kinds); // [[name, title], …]
const platforms = await Promise.all(kinds.map(([name]) => import(`/phone/assets/${name}/desk.js`)));
for (const { drills } of platforms.toReversed()) addDrills(drills);
const $ = (id) => document.getElementById(id);
const say = (text) => { $("say").textContent = text; };

/** What a frame is told before its page stands in it is lost. */
const phoneIsThere = new Promise((resolve) => {
  const frame = $("phone");
  if (frame.contentDocument?.readyState === "complete" && frame.contentWindow.location.pathname === "/phone/") resolve();
  else frame.addEventListener("load", resolve, { once: true });
});

/** Take the phone to the bill: it opens what the QR code says. */
async function takeThere(url) {
  await phoneIsThere;
  const hash = `#/web/${encodeURIComponent(url)}`;
  const phone = $("phone").contentWindow;
  if (phone.location.hash === hash) phone.location.hash = "#/"; // scanned a second time: open it anew
  setTimeout(() => { phone.location.hash = hash; }, 0);
  $("phone").scrollIntoView({ behavior: "smooth", block: "nearest" });
}

const hostOf = (person, which = kind) => `${location.protocol}//${which}-${person}.localhost:${location.port}/sandbox/`;

/** Each person has one phone of every kind. */
function drawKinds() {
  show($("kinds"), kinds.map(([name, title]) => el("a", { href: hostOf(number, name), "aria-current": name === kind ? "true" : null }, title)));
}

function drawPeople(people) {
  show($("people"), people.map((person) => el("a", { href: hostOf(person.number), "aria-current": person.number === number ? "true" : null },
    el("i", { "aria-hidden": true }, person.name.slice(0, 1)), el("span", {}, person.name, person.role ? el("small", {}, ` ${person.role}`) : null))));
}

function drawSms(texts) {
  show($("sms"), texts.length
    ? texts.toReversed().map((text) => el("article", {}, el("header", {}, el("span", {}, text.sender), el("time", {}, when(text.at))), el("p", {}, words(text.text, takeThere))))
    : el("p", { class: "none" }, "还没有短信。"));
}

function drawPapers(bills) {
  show($("paper"), bills.length ? bills.map((bill) => paper(bill, takeThere, atCounter)) : el("p", { class: "none" }, "这个人手里没有缴费单。"));
}

const DONE = { pay_at_window: "已在窗口缴费。", change: "旧单已作废，新单已开出。", refund_at_window: "医院已冲账，钱由诊付退回原支付账户。", dispense: "药已发出，不能再退费。" };

async function atCounter(action, billNo) {
  say("");
  try {
    await tell(`/sandbox/his/${action}`, { bill_no: billNo });
    say(DONE[action]);
  } catch (error) {
    say(error.message);
  }
}

function drawMoney(rows) {
  show($("money"), el("table", {}, rows.map(([name, value, note]) => el("tr", {}, el("th", { scope: "row" }, name, note ? el("small", {}, note) : null), el("td", {}, value)))));
}

function drawReset() {
  const ask = el("button", { class: "quiet", type: "button" }, "全部重来…");
  ask.onclick = () => {
    const no = el("button", { class: "quiet", type: "button", onclick: drawReset }, "算了");
    const yes = el("button", { class: "key", type: "button" }, "只清空沙箱");
    yes.onclick = async () => { await tell("/sandbox/reset"); localStorage.clear(); drawReset(); say("沙箱回到了第一个早晨。诊付自己的数据没有动。"); await refresh(); };
    $("reset").replaceChildren(el("span", {}, "只清空沙箱里的账、消息和短信。诊付自己的数据还在，两边从此对不上：手机要重新登录，没有办完的支付和退费会告警。两边一起重来，请停下后运行 make reset。"), yes, no);
    yes.focus();
  };
  $("reset").replaceChildren(ask);
}

let later = 0;
const refresh = follow(async () => {
  const seen = await outside.look(number, platforms);
  drawPeople(seen.people);
  drawPapers(seen.bills);
  drawSms(seen.sms);
  drawMoney(seen.money);
  await drawFaults($("faults"), say);
  clearTimeout(later);
  if (seen.bills.some((bill) => bill.reason)) later = setTimeout(() => refresh(), 3000); // the app was not there to print the code
});
drawReset();
drawKinds();
