'use strict';
/** Whoever leaves a page while something is under way is not followed: what comes back late moves nothing, asks nothing, polls nothing. */
const assert = require('node:assert');
const { test } = require('node:test');

const { PAYMENT, CALL } = require('./support/server');
const { open, until, pause } = require('./support/pages');
const { startPhone } = require('./support/start');

const ID = PAYMENT.out_trade_no;
const SCANNED = { name_masked: '王*', expires_at: '2026-11-23T10:00:00+08:00' };

let server, phone;
startPhone((made) => ({ server, phone } = made));

/** The answer to `name` waits until `give` is called. */
function held(name, answer) {
  const asked = {};
  server.answers[name] = () => new Promise((resolve) => (asked.give = () => resolve(answer)));
  return asked;
}

/** Opened without waiting for its first answers; once closed it has nothing more to say. */
function placed(page, query) {
  return new Promise((resolve) => {
    open(page, query, resolve).catch(() => undefined);
  });
}

/** Longer than an answer takes to be heard. */
const heard = () => pause(30);

test('leaving is a no to the question for consent, and opens no camera', async () => {
  phone.privacy.needed = true;
  phone.scans = () => assert.fail('no camera');
  const screen = await placed('pages/scan/scan');
  await until(() => phone.privacy.answers.length === 1, () => 'asked');
  screen.close();
  await until(() => phone.privacy.answers.length === 2, () => 'answered');
  assert.deepStrictEqual(phone.privacy.answers[1], { event: 'disagree' });
  const home = await open('pages/home/home');
  assert.equal(home.all('consent').length, 0);
  home.close();
});

test('a scan that is answered late does not replace the page in front', async () => {
  phone.scans = () => 'https://pay.example/s/sealed';
  const scan = held('POST /scans', SCANNED);
  const screen = await placed('pages/scan/scan');
  await until(() => scan.give, () => 'asked');
  screen.close();
  scan.give();
  await heard();
  assert.deepStrictEqual(phone.opened, []);
});

test('a payment that is started late opens no cashier', async () => {
  phone.pays = () => assert.fail('no cashier');
  const start = held('POST /payments', { status: 201, body: { payment: PAYMENT, call: CALL } });
  const screen = await open('pages/bill/bill', { bill_nos: 'B1' });
  screen.tap('bar__button');
  await until(() => start.give, () => 'asked');
  screen.close();
  start.give();
  await heard();
  assert.deepStrictEqual(phone.opened, []);
});

test('nor does one that is paid again late', async () => {
  phone.pays = () => assert.fail('no cashier');
  const call = held(`POST /payments/${ID}/call`, { payment: PAYMENT, call: CALL });
  const screen = await open('pages/payment/payment', { id: ID });
  screen.tap('weui-btn', '继续支付');
  await until(() => call.give, () => 'asked');
  screen.close();
  call.give();
  await heard();
  assert.equal(screen.data.watching, false);
});

for (const [page, query] of [['pages/payment/payment', { id: ID }], ['pages/refund/refund', { id: ID, refund: `${ID}R01` }]]) {
  test(`${page} left while it loads does not go on looking`, async () => {
    const refund = { out_refund_no: `${ID}R01`, amount_fen: 1, state: 'submitted', reason_text: '', requested_at: PAYMENT.created_at, finished_at: null, text: '正在退费', detail: '', look: 'waiting' };
    const payment = held(`GET /payments/${ID}`, { ...PAYMENT, refunds: [refund] });
    const screen = await placed(page, query);
    await until(() => payment.give, () => 'asked');
    screen.close();
    payment.give();
    await heard();
    payment.give = undefined;
    await pause(150); // the first looks come 40 and 90 ms after the one before
    assert.equal(payment.give, undefined, 'looked again');
  });
}

test('a code that is sent late counts no seconds down', async () => {
  const code = held('POST /cards/codes', { card_key: 'c2', phone_masked: '139****0002', valid_seconds: 300 });
  const screen = await open('pages/bind/bind', { card: 'c2' });
  screen.tap('weui-btn', '获取验证码');
  await until(() => code.give, () => 'asked');
  screen.close();
  code.give();
  await heard();
  assert.equal(screen.data.wait, 0);
});

test('a card that is bound late does not move the page in front', async () => {
  server.answers['POST /cards/codes'] = () => ({ card_key: 'c2', phone_masked: '139****0002', valid_seconds: 300 });
  const binding = held('POST /cards', { status: 201, body: { card_key: 'c2', name_masked: '李*', card_masked: '****2' } });
  const screen = await open('pages/bind/bind', { card: 'c2' });
  screen.tap('weui-btn', '获取验证码');
  await screen.until(() => screen.text().includes('确认绑定'));
  screen.page.type({ currentTarget: { dataset: { field: 'code' } }, detail: { value: '123456' } });
  screen.tap('weui-btn', '确认绑定');
  await until(() => binding.give, () => 'asked');
  screen.close();
  binding.give();
  await heard();
  assert.deepStrictEqual(phone.toasts, ['绑定成功']);
  assert.deepStrictEqual(phone.opened, []);
});
