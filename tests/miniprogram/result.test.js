'use strict';
/** The result of a payment, as a person sees it; the server is played. */
const assert = require('node:assert');
const { afterEach, test } = require('node:test');

const { ME, PAYMENT, BOOKED, CALL } = require('./support/server');
const { open, pause } = require('./support/pages');
const { startPhone } = require('./support/start');

const ID = PAYMENT.out_trade_no;

let server, phone, screen;
startPhone((made) => ({ server, phone } = made));
afterEach(() => screen.close());

const lastOpened = () => phone.opened[phone.opened.length - 1];
const openPayment = async (query = {}) => (screen = await open('pages/payment/payment', { id: ID, ...query }));

test('the result follows by itself, from looking to booked, and then stops', async () => {
  const states = [PAYMENT, { ...PAYMENT, state: 'paid', headline: '已付款，医院正在入账' }, BOOKED];
  server.answers[`GET /payments/${ID}`] = () => (states.length > 1 ? states.shift() : states[0]);
  await openPayment({ paid: '1' });
  assert.match(screen.text(), /支付结果确认中.*不要重复付款.*自动更新/);
  assert.ok(!screen.text().includes('继续支付'));
  await screen.until(() => screen.text().includes('缴费成功'));
  assert.match(screen.text(), /¥123\.45请到一楼药房3号窗口取药.*收据号R0001/);
  assert.equal(screen.data.watching, false);
});

test('it goes on following through a lost network, keeping what it shows', async () => {
  await openPayment({ paid: '1' });
  phone.offline = true;
  await screen.until(() => screen.text().includes('网络连接不上'));
  assert.match(screen.text(), /支付结果确认中/);
  server.answers[`GET /payments/${ID}`] = () => BOOKED;
  phone.offline = false;
  await screen.until(() => screen.text().includes('缴费成功') && !screen.text().includes('网络连接不上'));
});

test('what happened stands newest first, as on the pages and in the console', async () => {
  const timeline = [['提交支付', '09:30'], ['已收款', '09:31'], ['医院已入账', '09:32']].map(([text, at]) => ({ text, at: `2026-11-23T${at}:00+08:00` }));
  server.answers[`GET /payments/${ID}`] = () => ({ ...BOOKED, timeline });
  await openPayment();
  assert.match(screen.text(), /经过医院已入账11月23日09:32已收款11月23日09:31提交支付11月23日09:30/);
  assert.equal(screen.all('timeline__line--now').length, 1);
});

test('of two children with one masked name the card tells whose it is', async () => {
  server.answers[`GET /payments/${ID}`] = () => BOOKED;
  await openPayment();
  assert.match(screen.text(), /就诊人张\*甜就诊卡\*{4}0001/);
});

test('a payment left open can be paid from its page', async () => {
  server.answers[`POST /payments/${ID}/call`] = () => ({ call: CALL });
  await openPayment();
  assert.match(screen.text(), /待支付.*继续支付¥123\.45/);
  screen.tap('weui-btn', '继续支付');
  await screen.until(() => screen.text().includes('支付结果确认中') && server.times('POST /subscriptions') === 1);
});

test('a payment that ran out is paid anew, from its bills', async () => {
  server.answers[`GET /payments/${ID}`] = () => ({ ...PAYMENT, state: 'closed', final: true, headline: '已关闭', detail: '可以重新支付。', bill_nos: ['B1', 'B2'], can_begin_again: true, again: { title: '重新支付', page: 'bills' } });
  await openPayment();
  assert.ok(!screen.text().includes('继续支付'));
  screen.tap('weui-btn', '重新支付');
  assert.equal(lastOpened().url, `/pages/bill/bill?bill_nos=${encodeURIComponent('B1,B2')}`);
});

test('the result lists what was paid, and says what it was for where that is no bill', async () => {
  server.answers[`GET /payments/${ID}`] = () => ({ ...PAYMENT, state: 'booked', final: true, headline: '缴费成功', what_for: '预约挂号' });
  await openPayment();
  assert.match(screen.text(), /缴费项目预约挂号.*内科李医生阿莫西林胶囊¥11\.50×2盒¥23\.00自付¥123\.45缴费单号B1/);
});

test('a payment that gave way to another one is not paid anew', async () => {
  server.answers[`GET /payments/${ID}`] = () => ({ ...PAYMENT, state: 'closed', final: true, headline: '已关闭', detail: '这笔费用已改用另一笔支付，这笔没有扣款。' });
  await openPayment();
  assert.ok(!screen.text().includes('重新支付'));
});

test('nobody looks any more: the page asks no more', async () => {
  await openPayment();
  screen.page.onHide();
  const before = server.saw.length;
  await pause(200);
  assert.equal(server.saw.length, before);
});

test('refunds stand on the result, and lead to their progress', async () => {
  const refund = { out_refund_no: `${ID}R01`, amount_fen: 2300, state: 'submitted', reason_text: '药品缺货', requested_at: '2026-11-23T10:00:00+08:00', finished_at: null, text: '正在退费', detail: '零钱即时到账', look: 'waiting' };
  server.answers[`GET /payments/${ID}`] = () => ({ ...BOOKED, refunds: [refund] });
  await openPayment();
  screen.tap('line--link', '正在退费');
  assert.equal(lastOpened().url, `/pages/refund/refund?id=${ID}&refund=${ID}R01`);
  screen.close();
  screen = await open('pages/refund/refund', { id: ID, refund: refund.out_refund_no });
  assert.match(screen.text(), /正在退费¥23\.00零钱即时到账.*申请办理退费到账原因药品缺货/);
  assert.equal(screen.all('steps__step--done').length, 3);
  Object.assign(refund, { state: 'succeeded', finished_at: '2026-11-23T10:05:00+08:00', text: '退费已到账', look: 'success' });
  await screen.until(() => screen.text().includes('退费已到账'));
  assert.match(screen.text(), /完成时间11月23日10:05/);
});

test('WeChat takes three at once: what may be told next is asked first, and after the end what a refund brings', async () => {
  const all = ['bill_issued', 'refund_arrived', 'payment_booked', 'refund_accepted', 'payment_returned', 'payment_late'];
  const subscriptions = all.map((purpose) => ({ purpose, template_id: `T-${purpose}`, title: purpose }));
  server.answers['GET /me'] = () => ({ ...ME, subscriptions });
  const asked = () => Object.keys(server.last('POST /subscriptions').body.results);
  await openPayment();
  screen.tap('weui-btn', '有消息时通知我');
  await screen.until(() => server.times('POST /subscriptions') === 1);
  assert.deepStrictEqual(asked(), ['T-payment_booked', 'T-payment_late', 'T-payment_returned']);
  server.answers[`GET /payments/${ID}`] = () => BOOKED;
  screen.close();
  await openPayment();
  screen.tap('weui-btn', '有消息时通知我');
  await screen.until(() => server.times('POST /subscriptions') === 2);
  assert.deepStrictEqual(asked(), ['T-refund_arrived', 'T-payment_returned', 'T-refund_accepted']);
});

test('messages can be asked for later, too; a no is a no', async () => {
  server.answers[`GET /payments/${ID}`] = () => BOOKED;
  phone.subscribes = () => 'off';
  await openPayment();
  await screen.page.subscribe();
  assert.equal(server.times('POST /subscriptions'), 0);
  phone.subscribes = () => 'reject';
  screen.tap('weui-btn', '有消息时通知我');
  await screen.until(() => server.times('POST /subscriptions') === 1);
  assert.deepStrictEqual(server.last('POST /subscriptions').body, { results: { T1: 'reject', T2: 'reject' } });
  assert.deepStrictEqual(phone.toasts, []);
});
