// What the desk shows of Alipay: its books, and what can go wrong there.

export const title = "支付宝";
export const books = "alipay"; // in /sandbox/money
export const drills = [
  ["支付宝通知丢失", { where: "notify.alipay", what: "lost" }],
  ["支付宝通知来两遍", { where: "notify.alipay", what: "doubled" }],
  ["支付宝通知签名不对", { where: "notify.alipay", what: "wrong_signature" }],
  ["支付宝通知多一分钱", { where: "notify.alipay", what: "wrong_amount" }],
  ["支付宝下单：做了，没应答", { where: "alipay.create", what: "timeout_after_work" }],
  ["支付宝系统繁忙", { where: "alipay.*", what: "refuse" }],
  ["支付宝退款：收到了，钱晚十秒动", { where: "alipay.refund", what: "unmoved" }],
  ["支付宝授权没有应答", { where: "alipay.oauth", what: "timeout_before_work" }],
];
