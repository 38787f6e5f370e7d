"""What the tiny app shows: a page that pays by the bridge, and one that pays by the JS-SDK."""

from __future__ import annotations

SCRIPT = """
document.getElementById("pay").onclick = async () => {
  const params = await (await fetch("/h/demo/order" + location.search, { method: "POST" })).json();
  WeixinJSBridge.invoke("getBrandWCPayRequest", params, (result) => { document.getElementById("result").textContent =
  result.err_msg; });
};
// The client brings the bridge a moment after the page has begun; before it nothing can be tapped.
const begin = () => { for (const button of document.querySelectorAll("button")) button.disabled = false; };
if (window.WeixinJSBridge) begin(); else document.addEventListener("WeixinJSBridgeReady", begin, { once: true });
"""
SDK_SCRIPT = """
const said = (text) => { document.getElementById("result").textContent = text; };
const settings = JSON.parse(document.body.dataset.settings);
wx.error((error) => said(error.errMsg));
wx.ready(async () => {
  const { appId, timeStamp, ...params } = await (await fetch("/h/demo/order", { method: "POST" })).json();
  wx.chooseWXPay({ timestamp: timeStamp, ...params, success: (done) => said(done.errMsg), cancel: (done) => said(done.errMsg) });
});
wx.config(settings);
"""
SDK_PAGE = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>JS-SDK</title>
<script src="{sandbox}/open/js/jweixin-1.6.0.js"></script><script src="/sdk.js" defer></script></head>
<body data-settings="{settings}"><p id="result"></p></body></html>"""
STYLE = "body{font:17px sans-serif;padding:24px;line-height:1.8}button{font:inherit;padding:12px;width:100%}"
PAGE = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport"
content="width=device-width">
<title>待缴费</title><link rel="stylesheet" href="/style.css"><script src="/app.js" defer></script></head>
<body><h2>门诊缴费 ¥12.34</h2><p>我是 <span id="who">{openid}</span></p><p><button id="pay" disabled>去支付</button></p>
<p id="result">还没有支付</p><p><a href="/h/demo/help">说明</a></p></body></html>"""
