'use strict';
/** 门诊余额 with taps only: from the first page's need to the money on its way. */
const assert = require('node:assert');
const { test } = require('node:test');

const { home, need } = require('./support/server');
const { until } = require('./support/pages');
const { startRouter } = require('./support/start');

const KEY = '0123456789abcdef0123';
const OWN = `/balances/${KEY}`;
const LINE = { balance_key: KEY, card_key: 'c1', name_masked: '张*', card_masked: '****0001', amount_fen: 13720 };
const LOT = { title: '微信支付', about: '2025年3月1日付的', payer: '', amount_fen: 3720, text: '', look: 'waiting' };
const BALANCE = {
  balance_key: KEY, name_masked: '张*', card_masked: '****0001', left_fen: 13720, returning: [], returns: [LOT], returnable_fen: 3720, action: '退回 ¥37.20',
  window: [{ label: '现金交的', amount_fen: 10000, own: false }], place: '门诊 6 号窗口',
};
const ASKED = { ...BALANCE, left_fen: 10000, returning: [{ ...LOT, about: '2026年11月23日申请', text: '正在退' }], returns: [], returnable_fen: 0, action: '' };
const TOLD = '已申请，医院核销后退到原付款账户。';

let server, phone, router, shows, tap;
startRouter((made) => ({ server, phone, router, shows, tap } = made), (made) => {
  Object.assign(made.answers, {
    'GET /balances': () => ({ items: [LINE], next: null, note: '' }),
    [`GET ${OWN}`]: () => BALANCE,
    [`POST ${OWN}/return`]: () => {
      made.answers[`GET ${OWN}`] = () => ASKED;
      return { status: 201, body: { text: TOLD } };
    },
  });
  return made;
});

test('the first page leads to the list and straight to the balance, and sends nobody elsewhere', async () => {
  const places = [{ title: '门诊余额', page: 'balances' }];
  server.answers['GET /home'] = () => home([need({ title: '有余额可以退还', text: '门诊余额 137.20 元', page: `balances/${KEY}` })], { places });
  await router.start('pages/home/home');
  assert.doesNotMatch(router.front.text(), /公众号/);
  tap('line--link', '有余额可以退还');
  await shows('balance', '张*就诊卡****0001还可以退¥137.20');
  phone.wx.navigateBack();
  await shows('home', '门诊余额');
  tap('ways__way', '门诊余额');
  await shows('balances', '张*就诊卡****0001门诊余额查看怎么退¥137.20');
  tap('line--link', '门诊余额');
  await shows('balance', '还可以退¥137.20');
});

test('where all of it goes is seen before anything moves, asked for with one tap, and followed on the same page', async () => {
  await router.start('pages/balance/balance', { key: KEY });
  await shows('balance', '原路退回微信支付2025年3月1日付的¥37.20退到当时付款的账户。到门诊6号窗口领取现金交的¥100.00请带就诊人身份证和就诊卡。');
  assert.equal(server.times(`POST ${OWN}/return`), 0);
  tap('bar__button', '退回 ¥37.20');
  await shows('balance', TOLD);
  await shows('balance', '退到哪一步微信支付2026年11月23日申请¥37.20正在退');
  assert.deepStrictEqual(server.last(`POST ${OWN}/return`).body, { amount_fen: 3720 });
  assert.match(router.front.text(), /还可以退¥100\.00/);
  assert.equal(router.front.all('bar__button').length, 0);
});

test('another sum is refused in words and shown at once', async () => {
  server.answers[`POST ${OWN}/return`] = () => ({ status: 409, body: { code: 'bill_changed', detail: '余额有变化，请重新核对后再退。', status: 409 } });
  await router.start('pages/balance/balance', { key: KEY });
  server.answers[`GET ${OWN}`] = () => ({ ...BALANCE, returnable_fen: 3000, action: '退回 ¥30.00', returns: [{ ...LOT, amount_fen: 3000, payer: '他人付款，退给付款人' }] });
  tap('bar__button', '退回 ¥37.20');
  await shows('balance', '余额有变化，请重新核对后再退。退回¥30.00');
  assert.match(router.front.text(), /他人付款，退给付款人/);
});

test('a tap whose outcome nobody knows is the same tap when it comes again', async () => {
  const answers = server.answers[`POST ${OWN}/return`];
  server.answers[`POST ${OWN}/return`] = () => ({ status: 500, body: {} });
  await router.start('pages/balance/balance', { key: KEY });
  tap('bar__button', '退回 ¥37.20');
  const refused = () => Boolean(router.front.data.refusal) && !router.front.data.busy;
  await until(refused, () => 'a refusal');
  const first = server.last(`POST ${OWN}/return`).header['Idempotency-Key'];
  server.answers[`POST ${OWN}/return`] = answers;
  tap('bar__button', '退回 ¥37.20');
  await shows('balance', TOLD);
  assert.equal(server.last(`POST ${OWN}/return`).header['Idempotency-Key'], first);
  assert.equal(router.front.data.refusal, '');
});

test('without a balance the list says so; a card of which the hospital does not answer is said to be missing', async () => {
  server.answers['GET /balances'] = () => ({ items: [], next: null, note: '' });
  await router.start('pages/balances/balances');
  await shows('balances', '没有门诊余额绑定的就诊卡里没有以前存入、还没退的钱。');
  server.answers['GET /balances'] = () => ({ items: [], next: null, note: '有的就诊卡没有查到，请稍后再看。' });
  await router.front.page.onPullDownRefresh();
  await shows('balances', '有的就诊卡没有查到');
  assert.doesNotMatch(router.front.text(), /没有门诊余额/);
});
