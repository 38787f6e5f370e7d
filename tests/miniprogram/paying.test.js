'use strict';
/** Paying and its result, as a person sees them; the server is played. */
const assert = require('node:assert');
const { beforeEach, afterEach, test } = require('node:test');

const { createPhone } = require('./support/wx');
const { createServer, bill, ME, PAYMENT, CALL } = require('./support/server');
const { open, restart, pause } = require('./support/pages');

const ID = PAYMENT.out_trade_no;
const BOOKED = {
  ...PAYMENT, state: 'booked', final: true, headline: '缴费成功', detail: '', guide_text: '请到一楼药房 3 号窗口取药', receipt_no: 'R0001',
  paid_at: '2026-11-23T09:31:00+08:00', receipt_url: 'https://fp.example/1',
};

let server, phone, screen;
beforeEach(() => {
  server = createServer();
  phone = createPhone((asked) => server.answer(asked));
  restart(phone);
});
afterEach(() => screen.close());

const lastOpened = () => phone.opened[phone.opened.length - 1];
const openBill = async (numbers = 'B1') => (screen = await open('pages/bill/bill', { bill_nos: numbers }));
const openPayment = async (query = {}) => (screen = await open('pages/payment/payment', { id: ID, ...query }));

test('a bill shows its items, the split and one button', async () => {
  server.answers['GET /bills/B1'] = () => bill('B1', { fund_fen: 7655 });
  await openBill();
  assert.match(screen.text(), /需支付¥123\.45总费用¥200\.00医保统筹支付¥76\.55自付（需支付）¥123\.45/);
  assert.match(screen.text(), /阿莫西林胶囊西药费·0\.25g×24粒¥11\.50×2盒¥23\.00开单时间2026年11月23日08:10/);
  assert.match(screen.text(), /去支付¥123\.45/);
});

test('a bill says whose it is: masked names of siblings may be the same, their cards are not', async () => {
  server.answers['GET /bills/B1'] = () => bill('B1', { card_masked: '****0002' });
  await openBill();
  assert.match(screen.text(), /^张\*就诊卡\*{4}0002需支付¥123\.45/);
});

test('paid: the cashier gets the call as it is, the right messages are asked for, the result page opens', async () => {
  const calls = [];
  phone.pays = (call) => calls.push(call) && 'ok';
  await openBill();
  screen.tell('field__input', '', 'input', { value: '13800000001' });
  screen.tap('bar__button');
  await screen.until(() => lastOpened());
  assert.deepStrictEqual(lastOpened(), { kind: 'redirectTo', url: `/pages/payment/payment?id=${ID}&paid=1` });
  const { success, fail, ...call } = calls[0];
  assert.deepStrictEqual(call, CALL);
  assert.deepStrictEqual(server.last('POST /payments').body, { bill_nos: ['B1'], amount_fen: 12345, phone: '13800000001' });
  assert.match(server.last('POST /payments').header['Idempotency-Key'], /^[0-9A-Za-z-]{16,64}$/);
  assert.deepStrictEqual(server.last('POST /subscriptions').body, { results: { T1: 'accept', T2: 'accept' } });
});

test('cancelled: the page stays, says so, asks for no messages; the next tap is another request', async () => {
  phone.pays = () => 'cancel';
  await openBill();
  screen.tap('bar__button');
  await screen.until(() => screen.text().includes('支付已取消'));
  screen.tap('bar__button', '去支付');
  await screen.until(() => server.times('POST /payments') === 2 && !screen.data.busy);
  assert.equal(server.times('POST /subscriptions'), 0);
  assert.equal(phone.opened.length, 0);
  const keys = server.saw.filter((one) => one.name === 'POST /payments').map((one) => one.header['Idempotency-Key']);
  assert.notEqual(keys[0], keys[1]);
});

test('a cashier that failed is no result: the payment page asks the server', async () => {
  phone.pays = () => 'fail';
  await openBill();
  screen.tap('bar__button');
  await screen.until(() => lastOpened());
  assert.equal(lastOpened().url, `/pages/payment/payment?id=${ID}`);
});

test('nothing to pay at the cashier goes straight to the result', async () => {
  server.answers['POST /payments'] = () => ({ status: 201, body: { payment: BOOKED, call: null } });
  phone.pays = () => assert.fail('no cashier');
  await openBill();
  screen.tap('bar__button');
  await screen.until(() => lastOpened());
  assert.equal(lastOpened().kind, 'redirectTo');
});

test('the network is lost in the middle of the tap: the same key goes out again, also by the next tap', async () => {
  await openBill();
  phone.offline = true;
  screen.tap('bar__button');
  await screen.until(() => screen.text().includes('网络连接不上'));
  phone.offline = false;
  screen.tap('bar__button');
  await screen.until(() => lastOpened());
  const keys = phone.asked.filter((one) => one.method === 'POST' && one.url.endsWith('/payments')).map((one) => one.header['Idempotency-Key']);
  assert.equal(keys.length, 4);
  assert.equal(new Set(keys).size, 1);
});

test('two quick taps are one request', async () => {
  await openBill();
  const pay = screen.page.pay.bind(screen.page);
  await Promise.all([pay(), pay()]);
  assert.equal(server.times('POST /payments'), 1);
});

test('what the server refuses is said in its words', async () => {
  server.answers['POST /payments'] = () => ({ status: 409, body: { code: 'bill_changed', detail: '费用有变化，请刷新后再付。', status: 409, reference: 'R1' } });
  await openBill();
  screen.tap('bar__button');
  await screen.until(() => screen.text().includes('费用有变化，请刷新后再付。'));
  assert.ok(!/R1|bill_changed|409/.test(screen.text()));
  screen.tap('bar__button');
  await screen.until(() => server.times('POST /payments') === 2);
  const keys = server.saw.filter((one) => one.name === 'POST /payments').map((one) => one.header['Idempotency-Key']);
  assert.notEqual(keys[0], keys[1]); // an answer, if only a no, is the end of that tap
});

test('another sum by now is shown, and the next tap pays that one', async () => {
  server.answers['POST /payments'] = () => ({ status: 409, body: { code: 'bill_changed', detail: '需支付的金额现在是 50.00 元，请核对后再支付。', amount_fen: 5000 } });
  await openBill();
  screen.tap('bar__button');
  await screen.until(() => screen.text().includes('现在是50.00元') && screen.text().includes('去支付¥50.00'));
  screen.tap('bar__button');
  await screen.until(() => server.times('POST /payments') === 2 && !screen.data.busy);
  assert.equal(server.last('POST /payments').body.amount_fen, 5000);
});

test('a phone number with a wrong length is noticed before anything is sent', async () => {
  await openBill();
  screen.tell('field__input', '', 'input', { value: '1380000' });
  screen.tap('bar__button');
  assert.match(screen.text(), /手机号不正确，请填写11位手机号/);
  assert.equal(server.times('POST /payments'), 0);
});

test('bills of one group are paid together', async () => {
  await openBill('B1,B2');
  assert.match(screen.text(), /去支付¥124\.45/);
  screen.tap('bar__button');
  await screen.until(() => lastOpened());
  assert.deepStrictEqual(server.last('POST /payments').body.bill_nos, ['B1', 'B2']);
});

test('a bill that is paid offers no button', async () => {
  server.answers['GET /bills/B1'] = () => bill('B1', { status: 'paid' });
  await openBill();
  assert.equal(screen.all('bar__button').length, 0);
  assert.match(screen.text(), /这张缴费单已支付/);
});

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
  server.answers[`GET /payments/${ID}`] = () => ({ ...PAYMENT, state: 'closed', final: true, headline: '已关闭', detail: '可以重新支付。', bill_nos: ['B1', 'B2'], can_begin_again: true });
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

test('a bill that the insurance pays whole is confirmed, not paid', async () => {
  server.answers['GET /bills/B1'] = () => bill('B1', { own_fen: 0 });
  await openBill();
  assert.match(screen.text(), /确认（无需付款）/);
  assert.ok(!screen.text().includes('去支付'));
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
  const refund = { out_refund_no: `${ID}R01`, amount_fen: 2300, state: 'submitted', reason_text: '药品缺货', requested_at: '2026-11-23T10:00:00+08:00', finished_at: null };
  server.answers[`GET /payments/${ID}`] = () => ({ ...BOOKED, refunds: [refund] });
  await openPayment();
  screen.tap('line--link', '正在退费');
  assert.equal(lastOpened().url, `/pages/refund/refund?id=${ID}&refund=${ID}R01`);
  screen.close();
  screen = await open('pages/refund/refund', { id: ID, refund: refund.out_refund_no });
  assert.match(screen.text(), /正在退费¥23\.00已交给微信支付.*申请办理退费到账原因药品缺货/);
  assert.equal(screen.all('steps__step--done').length, 3);
  Object.assign(refund, { state: 'succeeded', finished_at: '2026-11-23T10:05:00+08:00' });
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
