// What the desk shows, read from the sandbox's public controls. The one place of the desk that knows their JSON (sandbox/README.md).

import { ask, unpaidFirst, yuan } from "./live.js";

const ROLES = { cashier: "收费员", approver: "审批", finance: "财务", admin: "管理员" };

/** `platforms`: the `desk.js` of each kind of phone. */
export async function look(number, platforms) {
  const [{ people }, inbox, { bills }, money] = await Promise.all([
    ask("/sandbox/credentials"), ask(`/sandbox/inbox?person=${number}`), ask(`/sandbox/bills?person=${number}`), ask("/sandbox/money"),
  ]);
  const named = people.map((person) => ({ ...person, role: ROLES[person.staff_role] ?? person.staff_role }));
  return { people: named, sms: inbox.sms, bills: unpaidFirst(bills), money: books(money, platforms) };
}

/** What the two sides of the counter say about today's money: `[name, value, note]`. They agree when nothing is lost. */
function books(money, platforms) {
  const sum = (rows) => rows.reduce((total, row) => total + row.amount_fen, 0);
  const row = (name, rows) => [name, `¥${yuan(sum(rows))}`, `${rows.length} 笔`];
  const channels = platforms.flatMap(({ title, books: name }) => [
    row(`${title}收到`, money[name].trades.filter((trade) => trade.success_time)),
    row(`${title}退回`, money[name].refunds.filter((refund) => refund.status === "SUCCESS")),
  ]);
  return [...channels, row("医院入账", money.his.trades), row("医院退费", money.his.refunds)];
}
