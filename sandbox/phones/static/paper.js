// The paper bill, drawn as the hospital's printer would.

import { el, fullTime, unpaidFirst, when, yuan } from "./live.js";

const SEALS = { paid: "已缴费", refunded: "已退费", cancelled: "已作废" };

function facts(bill) {
  const rows = [["姓名", bill.patient_name], ["就诊卡", bill.card_no], ["科室", bill.department], ["医生", bill.doctor], ["单号", bill.bill_no], ["开单", fullTime(bill.issued_at)]];
  return el("dl", { class: "facts" }, rows.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value ?? ""))));
}

function items(bill) {
  const head = el("tr", {}, ["项目", "数量", "单价", "金额"].map((name, i) => el("th", { class: i ? "n" : null, scope: "col" }, name)));
  const rows = (bill.items || []).map((item) => el("tr", {},
    el("td", {}, item.name, item.spec ? el("small", {}, item.spec) : null),
    el("td", { class: "n" }, `${item.quantity}${item.unit || ""}`),
    el("td", { class: "n" }, yuan(item.unit_price_fen)),
    el("td", { class: "n" }, yuan(item.amount_fen))));
  return el("table", {}, el("thead", {}, head), el("tbody", {}, rows));
}

function sums(bill) {
  const parts = [["总费用", bill.total_fen], ["医保统筹支付", bill.fund_fen], ["医保个人账户支付", bill.account_fen]];
  return [
    el("dl", { class: "sums" }, parts.map(([name, fen]) => el("div", {}, el("dt", {}, name), el("dd", {}, yuan(fen))))),
    el("div", { class: "own" }, el("span", {}, "自付"), el("b", {}, `¥${yuan(bill.own_fen)}`)),
  ];
}

const COUNTER = { unpaid: [["pay_at_window", "在窗口付了"], ["change", "改单重开"]], paid: [["refund_at_window", "在窗口全退"], ["dispense", "药已发出"]] };

/** What the hospital's window can do with this bill. */
function counter(bill, act) {
  const ways = COUNTER[bill.status] || [];
  return ways.length ? el("p", { class: "counter" }, el("span", {}, "收费窗口"), ways.map(([action, label]) => el("button", { type: "button", onclick: () => act(action, bill.bill_no) }, label))) : null;
}

/**
 * `bill` as in docs/his-interface.md section 3, and `hospital`, `qr` (image address), `url` (what the code says).
 * @param {(url: string) => void} takeThere
 * @param {(action: string, bill_no: string) => void} atCounter the control of `/sandbox/his/` that was pressed
 */
export function paper(bill, takeThere, atCounter) {
  const seal = SEALS[bill.status];
  const button = el("button", { type: "button", "data-url": bill.url, onclick: () => takeThere(bill.url) }, "用手机扫一扫");
  const code = bill.url
    ? el("div", { class: "scan" }, el("img", { src: bill.qr, alt: "缴费二维码", width: 124, height: 124 }), el("div", {}, el("p", {}, "用手机扫码缴费，不必排队。"), button))
    : el("div", { class: "scan" }, el("p", {}, bill.reason || "二维码正在打印…"));
  return el("article", { class: "paper", "aria-label": `${bill.department} 缴费单` },
    el("h3", {}, bill.hospital), el("p", { class: "kind" }, "门诊缴费单"), code, facts(bill), items(bill), sums(bill), seal ? el("div", { class: "seal" }, seal) : null, counter(bill, atCounter));
}

/** The bills as a phone's scanner sees them lying about: those with a code, the unpaid first. */
export function papersOf(bills) {
  return unpaidFirst(bills).filter((bill) => bill.url).map((bill) => ({
    title: `${bill.department} ¥${yuan(bill.own_fen)}`,
    line: `${bill.doctor} · ${when(bill.issued_at)}`,
    state: { unpaid: "待缴费", ...SEALS }[bill.status] ?? "",
    url: bill.url,
    qr: bill.qr,
  }));
}
