'use strict';
/** A played hospital that looks after inpatients: one stay of one patient. */

const { PAYMENT, CALL } = require('./server');

const KEY = '0123456789abcdef0123';
const STAY = {
  admission_key: KEY, card_key: 'c1', name_masked: '张*', card_masked: '****0001', state: 'admitted', text: '住院中', look: 'info', place: '内科 三病区 12床', doctor: '李医生', admitted_at: '2026-11-20T09:00:00+08:00',
  discharged_at: null, rest_label: '预交金余额', rest_fen: 20000, deposits_fen: 100000, spent_fen: 250000, own_fen: 80000, low: '',
};
const ITEM = { name: '床位费', spec: '三人间', unit: '天', quantity: '1.00', unit_price_fen: 6000, amount_fen: 6000 };
const DAY = {
  name_masked: '张*', card_masked: '****0001', date: '2026-11-23', day: '2026年11月23日', is_today: true, amount_fen: 6000, kinds: [{ category: '床位', amount_fen: 6000, items: [ITEM] }],
  before: '2026-11-22', after: null,
};
const TOP_UP = { admission: STAY, can_pay: true, needed_fen: 300050, cap_fen: 500000, reason: '按同病种平均自付费用核定', refused: '目前不需要再交预交金。' };
const PAID_IN = { ...PAYMENT, what_for: '住院预交金', bill_nos: [], back: { title: '返回住院', page: 'inpatient' } };
const LOT = { title: '微信支付', about: '11月20日交的', payer: '', amount_fen: 50000, text: '', look: 'waiting' };
const TO_RETURN = {
  settlement_no: 'YJ1', rest_label: '应退给您', rest_fen: 80000, to_pay_fen: 0, text: '', sums: [{ label: '总费用', amount_fen: 250000, own: false }, { label: '应退', amount_fen: 80000, own: true }],
  kinds: [{ label: '床位', amount_fen: 24000, own: false }], progress: [], returns: [LOT], window: [{ label: '现金交的', amount_fen: 30000, own: false }], can_settle: true, action: '确认结算', out_trade_no: null,
};
const LEFT = { ...STAY, state: 'discharged', text: '已出院，待结算', discharged_at: '2026-11-23T10:00:00+08:00' };

/** Into the played server: what the real one answers about a stay. */
function ward(server) {
  const own = `/admissions/${KEY}`;
  Object.assign(server.answers, {
    'GET /admissions': () => ({ items: [STAY], next: null, note: '' }),
    [`GET ${own}`]: () => STAY,
    [`GET ${own}/days`]: () => DAY,
    [`GET ${own}/days/2026-11-22`]: () => ({ ...DAY, date: '2026-11-22', day: '2026年11月22日', is_today: false, amount_fen: null, kinds: [], before: null, after: '2026-11-23' }),
    [`GET ${own}/deposits`]: () => ({ admission: STAY, items: [{ way: '现金', amount_fen: 100000, returned_fen: 30000, paid_at: '2026-11-20T09:10:00+08:00', receipt_no: 'YJ0001' }], next: null }),
    [`GET ${own}/deposit`]: () => TOP_UP,
    [`POST ${own}/deposit`]: () => ({ status: 201, body: { payment: PAID_IN, call: CALL } }),
    [`GET ${own}/discharge`]: () => ({ admission: LEFT, settlement: TO_RETURN, refused: '' }),
    [`POST ${own}/discharge`]: () => ({ status: 201, body: { payment: PAID_IN, call: null } }),
    [`GET /payments/${PAID_IN.out_trade_no}`]: () => PAID_IN,
  });
  return server;
}

module.exports = { ward, KEY, STAY, LEFT, TOP_UP, TO_RETURN, LOT, PAID_IN };
