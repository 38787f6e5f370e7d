'use strict';
/** From page to page with taps only, as a person goes: the stack of pages is played, the pages are not. */
const assert = require('node:assert');
const { test } = require('node:test');

const { bill, home, need, PAYMENT } = require('./support/server');
const { until } = require('./support/pages');
const { startRouter } = require('./support/start');

const BOOKED = { ...PAYMENT, state: 'booked', final: true, headline: '缴费成功', detail: '', guide_text: '请到一楼药房取药', paid_at: '2026-11-23T09:31:00+08:00' };

let server, phone, router, shows, tap;
startRouter((made) => ({ server, phone, router, shows, tap } = made));

test('a paper bill is scanned and paid, and home no longer shows it', async () => {
  let isPaid = false;
  server.answers['POST /scans'] = () => ({ name_masked: '王*', expires_at: '2026-11-23T10:00:00+08:00' });
  server.answers['GET /bills'] = () => ({ items: [{ card_key: 'c9', name_masked: '王*', card_masked: '****0001', from_scan: true, settled: [], bills: isPaid ? [] : [bill('B1')] }], next: null });
  server.answers['GET /home'] = () => home(isPaid ? [] : [need()], { note: isPaid ? '现在没有要办的事。' : '' });
  server.answers[`GET /payments/${PAYMENT.out_trade_no}`] = () => (isPaid ? BOOKED : PAYMENT);
  phone.scans = () => 'https://pay.example/s/sealed';
  await router.start('pages/home/home');
  tap('scan');
  await shows('bills', '¥123.45');
  tap('line--link', '内科');
  await shows('bill', '立即支付');
  tap('bar__button', '立即支付');
  await shows('payment', '支付结果确认中');
  isPaid = true;
  await shows('payment', '缴费成功');
  assert.match(router.front.text(), /请到一楼药房取药/);
  tap('weui-btn', '返回首页');
  await shows('home', '现在没有要办的事。');
  assert.equal(router.stack.length, 1);
  assert.equal(phone.codes, 1);
});

test('back from a bill the list is looked at again', async () => {
  await router.start('pages/home/home');
  tap('line--link', '待缴费');
  await shows('bills', '检验科');
  tap('line--link', '检验科');
  await shows('bill', '立即支付¥1.00');
  server.answers['GET /bills'] = () => ({ items: [{ card_key: 'c1', name_masked: '张*', card_masked: '****0001', from_scan: false, settled: [], bills: [bill('B1')] }], next: null });
  phone.wx.navigateBack();
  await until(() => router.stack.length === 2 && !router.front.text().includes('检验科'), () => router.front.text());
  assert.match(router.front.text(), /内科/);
});

test('a scan that leads nowhere comes back home', async () => {
  await router.start('pages/home/home');
  tap('scan');
  await shows('scan', '没有扫到二维码');
  tap('weui-btn', '返回');
  await shows('home', '扫码缴费扫缴费单上的二维码');
  assert.equal(router.stack.length, 1);
});

test('the privacy question is asked on the page in front, and once', async () => {
  phone.privacy.needed = true;
  await router.start('pages/home/home');
  tap('scan');
  await shows('scan', '请先看一下隐私说明');
  router.front.tell('weui-btn', '不同意', 'tap', {});
  await shows('scan', '需要您同意隐私说明后才能扫码');
  tap('weui-btn', '返回');
  await shows('home', '扫码缴费');
  assert.doesNotMatch(router.front.text(), /隐私说明/);
});

test('opened by a message, a page without a way back leads home', async () => {
  await router.start('pages/bind/bind', {});
  server.answers['POST /cards/codes'] = () => ({ card_key: 'c2', phone_masked: '139****0002', valid_seconds: 300 });
  server.answers['POST /cards'] = () => ({ status: 201, body: { card_key: 'c2', name_masked: '李*', card_masked: '****2' } });
  const type = (field, value) => router.front.page.type({ currentTarget: { dataset: { field } }, detail: { value } });
  type('cardNo', '900002');
  type('name', '李示例');
  tap('weui-btn', '获取验证码');
  await shows('bind', '验证码已发到');
  type('code', '123456');
  tap('weui-btn', '确认绑定');
  await shows('home', '示范医院');
  assert.deepStrictEqual(phone.toasts, ['绑定成功']);
});
