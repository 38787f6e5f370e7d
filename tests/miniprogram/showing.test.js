'use strict';
const assert = require('node:assert');
const { test } = require('node:test');

const { yuan, total } = require('../../miniprogram/lib/money');
const { day, dayAndTime, fullDate } = require('../../miniprogram/lib/time');
const { refundLine } = require('../../miniprogram/lib/refunds');
const showing = require('../../miniprogram/lib/showing');
const { bill, PAYMENT } = require('./support/server');

test('fen become yuan exactly, as on the H5 pages', () => {
  const known = [[0, '¥0.00'], [1, '¥0.01'], [10, '¥0.10'], [99, '¥0.99'], [100, '¥1.00'], [123456, '¥1,234.56'], [-2300, '-¥23.00'], [100000000, '¥1,000,000.00'], [29, '¥0.29'], [1015, '¥10.15']];
  for (const [fen, text] of known) assert.equal(yuan(fen), text);
  for (const wrong of [0.5, NaN, Infinity, '1', null, 2 ** 53]) assert.throws(() => yuan(wrong), TypeError);
  assert.equal(total([{ own_fen: 1 }, { own_fen: 29 }]), 30);
});

test("times are the hospital's, wherever the phone is", () => {
  const moment = '2026-01-02T00:05:09+08:00';
  assert.deepStrictEqual([day(moment), dayAndTime(moment), fullDate(moment)], ['1月2日', '1月2日 00:05', '2026年1月2日 00:05']);
});

test('only bills of one group are offered together', () => {
  const bills = [bill('1', { settle_group: 'a' }), bill('2', { settle_group: 'b' }), bill('3', { settle_group: 'a' }), bill('4')];
  assert.deepStrictEqual(showing.together(bills).map((one) => [one.billNos, one.amount]), [['1,3', '¥246.90']]);
});

const entry = (bills, more = {}) => ({ card_key: 'c', name_masked: '张*', card_masked: '****0001', from_scan: false, bills, settled: [], problem: null, ...more });

test('a patient with one bill has one button, which names the sum', () => {
  const [patient] = showing.patients([entry([bill('B1', { own_fen: 9760 })])]);
  assert.deepStrictEqual([patient.pay, patient.together, patient.apart], [{ billNos: 'B1', text: '去支付 ¥97.60' }, [], '']);
  const [none] = showing.patients([entry([])]);
  const [two] = showing.patients([entry([bill('B1'), bill('B2')])]);
  assert.deepStrictEqual([none.pay, two.pay], [null, null]);
});

test('which bills go apart is said where others go together, and only there', () => {
  const a = { settle_group: 'a' };
  const apart = (...bills) => showing.patients([entry(bills)])[0].apart;
  const lab = bill('B3', { department: '检验科' });
  assert.equal(apart(bill('B1', a), bill('B2', a), lab), '检验科（1 张）由医院分开结算，请单独支付。');
  const another = bill('B4', { department: '放射科', settle_group: 'b' });
  assert.equal(apart(bill('B1', a), bill('B2', a), lab, another, bill('B5', { department: '检验科' })), '检验科、放射科（3 张）由医院分开结算，请单独支付。');
  assert.equal(apart(bill('B1', a), bill('B2', a)), '');
  assert.equal(apart(bill('B1'), lab), '');
});

test('a bill that has been paid is set apart and says by whom', () => {
  const own = bill('B1', { payment: { out_trade_no: 'ZF1', state: 'paid', text: '已付款，医院正在入账', note: '' } });
  const other = bill('B2', { payment: { out_trade_no: null, state: 'booked', text: '已付款', note: '已由他人用微信支付付款，11月23日 09:30，37.20 元' } });
  const [patient] = showing.patients([{ card_key: 'c', name_masked: '张*', card_masked: '****0001', from_scan: false, bills: [], settled: [own, other], problem: null }]);
  assert.deepStrictEqual(patient.settled.map((line) => [line.text, line.payment, line.look]), [['已付款，医院正在入账', 'ZF1', 'waiting'], ['已付款', '', 'success']]);
  assert.equal(patient.none, '');
  assert.equal(showing.whyNotPaid([own]), '已付款，医院正在入账，请不要重复付款。');
  assert.equal(showing.whyNotPaid([other]), '这张缴费单已由他人用微信支付付款，11月23日 09:30，37.20 元，无需重复付款。');
  assert.equal(showing.whyNotPaid([bill('B3', { status: 'cancelled', payment: null })]), '这张缴费单已作废。');
});

test('the split is shown where somebody else pays a part', () => {
  assert.deepStrictEqual(showing.split([bill('1')]), []);
  const shown = showing.split([bill('1', { fund_fen: 100, account_fen: 0 }), bill('2', { fund_fen: 1 })]);
  assert.deepStrictEqual(shown, [{ label: '总费用', amount: '¥400.00' }, { label: '医保统筹支付', amount: '¥1.01' }]);
});

test('a quantity is written as people write it', () => {
  const item = (quantity) => showing.billDetail(bill('1', { items: [{ ...bill('1').items[0], quantity }] })).items[0].price;
  assert.deepStrictEqual(['2.00', '0.50', '10', '约 3'].map(item), ['¥11.50 × 2盒', '¥11.50 × 0.5盒', '¥11.50 × 10盒', '¥11.50 × 约 3盒']);
});

test('a refund says the words of the server, and how far it is where that is known', () => {
  const steps = { approved: 0, released: 0, submitted: 1, succeeded: 2, abnormal: -1, 'of the future': -1 };
  for (const [state, step] of Object.entries(steps)) {
    const told = { state, text: '退费已受理', detail: '医院已用其他方式退还', look: 'waiting' };
    const line = refundLine({ out_refund_no: 'R', amount_fen: 1, reason_text: '', requested_at: PAYMENT.created_at, finished_at: null, ...told });
    assert.deepStrictEqual([line.text, line.detail, line.look, line.step], ['退费已受理', '医院已用其他方式退还', 'waiting', step]);
  }
});

test('only an https receipt is offered', () => {
  const url = (receipt_url) => showing.paymentDetail({ ...PAYMENT, receipt_url }, false).receiptUrl;
  assert.deepStrictEqual([url('https://fp.example/1'), url('http://fp.example/1'), url('javascript:1'), url('')], ['https://fp.example/1', '', '', '']);
});

test('the button of a bill that the insurance pays whole says that nothing is paid', () => {
  const entry = { card_key: 'c', name_masked: '张*', card_masked: '', from_scan: true, problem: null, settled: [] };
  const free = { own_fen: 0, settle_group: 'G' };
  assert.equal(showing.patients([{ ...entry, bills: [bill('B1', free)] }])[0].pay.text, '确认（无需付款）');
  const [together] = showing.patients([{ ...entry, bills: [bill('B1', free), bill('B2', free)] }])[0].together;
  assert.deepStrictEqual([together.text, together.amount], ['2 张一起确认', '（无需付款）']);
});
