// The cashier page of alipay.trade.wap.pay, in any browser (sandbox/alipay/wap.py makes it; openCashier is loaded before).

const wap = document.getElementById("wap");
const { tradeNo, amountFen, payee, description, back, quit } = wap.dataset;
const told = document.getElementById("told");
const go = (url, words) => { if (url) location.assign(url); else told.textContent = words; };

async function settle(result) {
  const answer = await fetch("/sandbox/alipay/pay", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ trade_no: tradeNo, result }) });
  const data = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(data.message || "支付没有完成");
}

const pay = document.getElementById("pay");
pay.onclick = async () => {
  const order = { amount_fen: Number(amountFen), payee, description, method: "账户余额", colour: "#1677ff" };
  const result = await openCashier(document, order, settle);
  if (result === "ok") go(back, "支付成功，可以关闭本页。");
  else if (result === "cancel") go(quit, "支付已取消，可以再付一次。");
  else told.textContent = "支付没有完成，可以再付一次。";
};
pay.disabled = false; // a tap before this script would be lost
