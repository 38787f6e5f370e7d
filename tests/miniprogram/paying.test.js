'use strict';
/** Paying, as a person sees it; the server is played. */
const assert = require('node:assert');
const { afterEach, test } = require('node:test');

const { bill, PAYMENT, BOOKED, CALL } = require('./support/server');
const { open } = require('./support/pages');
const { startPhone } = require('./support/start');

const ID = PAYMENT.out_trade_no;

let server, phone, screen;
startPhone((made) => ({ server, phone } = made));
afterEach(() => screen.close());

const lastOpened = () => phone.opened[phone.opened.length - 1];
const openBill = async (numbers = 'B1') => (screen = await open('pages/bill/bill', { bill_nos: numbers }));

test('a bill shows its items, the split and one button', async () => {
  server.answers['GET /bills/B1'] = () => bill('B1', { fund_fen: 7655 });
  await openBill();
  assert.match(screen.text(), /需支付¥123\.45总费用¥200\.00医保统筹支付¥76\.55自付（需支付）¥123\.45/);
  assert.match(screen.text(), /阿莫西林胶囊西药费·0\.25g×24粒¥11\.50×2盒¥23\.00开单时间2026年11月23日08:10/);
  assert.match(screen.text(), /立即支付¥123\.45/);
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
  screen.tap('bar__button', '立即支付');
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
  await screen.until(() => screen.text().includes('现在是50.00元') && screen.text().includes('立即支付¥50.00'));
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
  assert.match(screen.text(), /立即支付¥124\.45/);
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

test('a bill that the insurance pays whole is confirmed, not paid', async () => {
  server.answers['GET /bills/B1'] = () => bill('B1', { own_fen: 0 });
  await openBill();
  assert.match(screen.text(), /确认（无需付款）/);
  assert.ok(!screen.text().includes('立即支付'));
});
