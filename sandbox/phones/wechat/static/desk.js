// What the desk shows of WeChat: its books, and what can go wrong there.

export const title = "微信支付";
export const books = "wechatpay"; // in /sandbox/money
export const drills = [
  ["支付通知丢失", { where: "notify.payment", what: "lost" }],
  ["支付通知来两遍", { where: "notify.payment", what: "doubled" }],
  ["支付通知晚到 20 秒", { where: "notify.payment", what: "delay", seconds: 20 }],
  ["支付通知签名不对", { where: "notify.payment", what: "unsigned" }],
  ["支付通知多一分钱", { where: "notify.payment", what: "wrong_amount" }],
  ["微信下单：做了，没应答", { where: "wechatpay.order", what: "timeout_after_work" }],
  ["微信支付系统繁忙", { where: "wechatpay.*", what: "error_5xx" }],
  ["退款入不了账户", { where: "wechatpay.refund", what: "abnormal" }],
  ["微信授权没有应答", { where: "wechat.oauth", what: "timeout_before_work" }],
];
