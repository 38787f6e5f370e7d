// What the desk shows, read from the sandbox's public controls. The one place of the desk that knows their JSON (sandbox/README.md).

import { ask, yuan } from "./live.js";

export async function look(number) {
  const [{ people }, money] = await Promise.all([ask("/sandbox/credentials"), ask("/sandbox/money")]);
  const [inbox, bills] = await Promise.all([ask(`/sandbox/inbox?person=${number}`), ask(`/sandbox/bills?person=${number}`)]);
  return { people: people.map((person, i) => ({ ...person, number: i + 1 })), sms: inbox.sms, bills: bills.bills, money: rows(money) };
}

function rows(money) {
  const paid = money.wechatpay.trades.filter((trade) => trade.trade_state === "SUCCESS" || trade.trade_state === "REFUND");
  const sum = (list, amount) => list.reduce((total, row) => total + amount(row), 0);
  return [["微信支付收到", `¥${yuan(sum(paid, (trade) => trade.amount.total))}`, `${paid.length} 笔`]];
}
