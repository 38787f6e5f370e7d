// What the desk shows, read from the sandbox's public controls. The one place of the desk that knows their JSON (sandbox/README.md).

import { ask, unpaidFirst, yuan } from "./live.js";

const ROLES = { cashier: "收费员", approver: "审批", finance: "财务", admin: "管理员" };

export async function look(number) {
  const [{ people }, inbox, { bills }, money] = await Promise.all([
    ask("/sandbox/credentials"), ask(`/sandbox/inbox?person=${number}`), ask(`/sandbox/bills?person=${number}`), ask("/sandbox/money"),
  ]);
  const named = people.map((person) => ({ ...person, role: ROLES[person.staff_role] ?? person.staff_role }));
  return { people: named, sms: inbox.sms, bills: unpaidFirst(bills), money: books(money) };
}

/** What the two sides of the counter say about today's money: `[name, value, note]`. They agree when nothing is lost. */
function books({ wechatpay, his }) {
  const sum = (rows) => rows.reduce((total, row) => total + row.amount_fen, 0);
  const received = wechatpay.trades.filter((trade) => trade.success_time);
  const returned = wechatpay.refunds.filter((refund) => refund.status === "SUCCESS");
  const row = (name, rows) => [name, `¥${yuan(sum(rows))}`, `${rows.length} 笔`];
  return [row("微信支付收到", received), row("微信支付退回", returned), row("医院入账", his.trades), row("医院退费", his.refunds)];
}
