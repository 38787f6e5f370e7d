// The page behind an h5_url, in a browser outside WeChat (sandbox/wechatpay/mweb.py makes it; openCashier is loaded before).

const mweb = document.getElementById("mweb");
const { address, amountFen, payee, description, back } = mweb.dataset;
const told = document.getElementById("told");

const settleBy = (openid) => async (result) => {
  const answer = await fetch("/sandbox/wechat/pay", {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ h5_url: address, openid, result }),
  });
  const data = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(data.message || "支付没有完成");
};

mweb.addEventListener("click", async (event) => {
  const { openid } = event.target.dataset;
  if (!openid) return;
  const order = { amount_fen: Number(amountFen), payee, description, method: "零钱", colour: "#07c160" };
  const result = await openCashier(document, order, settleBy(openid));
  // WeChat leads back whatever came of it: the merchant's page has to ask.
  if (back) location.assign(back);
  else told.textContent = result === "ok" ? "支付成功，可以关闭本页。" : "支付没有完成，可以再付一次。";
});
for (const button of mweb.querySelectorAll("button")) button.disabled = false; // a tap before this script would be lost
