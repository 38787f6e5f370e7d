/** What the pages show, from what the API says: plain text, ready for WXML. */

const { itemLine } = require('./items');
const { yuan, total } = require('./money');
const { refundLine } = require('./refunds');
const { named } = require('./relations');
const { day, dayAndTime, fullDate } = require('./time');
const words = require('./words');

/**
 * @typedef {import('../api/model').Bill} Bill
 * @typedef {import('../api/model').Payment} Payment
 */

const BILLS_PER_PAYMENT_MAX = 20;

const LOOKS = /** @type {Record<Payment['state'], string>} */ ({
  paying: 'info',
  confirming: 'waiting',
  paid: 'waiting',
  booked: 'success',
  closed: 'info',
  returning: 'warn',
  returned: 'info',
});

/**
 * The unpaid bills by patient. A patient without bills is still shown: "nothing to pay" is an answer.
 * @param {import('../api/model').PatientBills[]} entries
 */
function patients(entries) {
  return entries.map((entry) => ({
    key: entry.card_key,
    name: entry.name_masked,
    card: entry.card_masked,
    fromScan: entry.from_scan,
    bills: entry.bills.map((bill) => ({
      billNo: bill.bill_no,
      department: bill.department,
      about: [bill.doctor, day(bill.issued_at)].filter(Boolean).join(' · '),
      amount: yuan(bill.own_fen),
    })),
    settled: entry.settled.map(settledLine),
    pay: alone(entry.bills),
    together: together(entry.bills),
    apart: apart(entry.bills),
    none: entry.problem || (entry.bills.length || entry.settled.length ? '' : '没有待缴费用'),
  }));
}

const SETTLED = /** @type {Record<Bill['status'], string>} */ ({
  unpaid: '',
  paid: words.billPaid,
  refunded: words.billRefunded,
  cancelled: words.billCancelled,
});

/**
 * A bill that nobody needs to pay any more; `payment` is the person's own payment of it.
 * @param {Bill} bill
 */
function settledLine(bill) {
  const { payment } = bill;
  return {
    billNo: bill.bill_no,
    department: bill.department,
    about: [bill.doctor, day(bill.issued_at)].filter(Boolean).join(' · '),
    amount: yuan(bill.own_fen),
    text: payment ? payment.text : SETTLED[bill.status],
    note: payment ? payment.note : '',
    look: payment ? LOOKS[payment.state] : 'info',
    payment: (payment && payment.out_trade_no) || '',
  };
}

/** On a bill's page, as on the hospital's own. */
const PAY = '立即支付';
const NOTHING_DUE = '（无需付款）';

/**
 * What a button does: nothing is paid where the insurance pays it all.
 * @param {number} ownFen
 * @param {string} [verb] PAY where the cashier opens at once
 */
function action(ownFen, verb = '去支付') {
  return ownFen ? `${verb} ${yuan(ownFen)}` : `确认${NOTHING_DUE}`;
}

/**
 * The button of a patient's only bill: after a scan it is the first thing to tap.
 * @param {Bill[]} bills
 */
function alone(bills) {
  return bills.length === 1 ? { billNos: bills[0].bill_no, text: action(bills[0].own_fen) } : null;
}

/** @param {Bill[]} bills */
function departments(bills) {
  return [...new Set(bills.map((bill) => bill.department))].join('、');
}

/**
 * Which bills can't go with the others, where some can.
 * @param {Bill[]} bills
 */
function apart(bills) {
  const together = groups(bills).flat();
  const single = bills.filter((bill) => !together.includes(bill));
  if (!together.length || !single.length) return '';
  return `${departments(single)}（${single.length} 张）由医院分开结算，请单独支付。`;
}

/**
 * Bills that may be paid in one payment, two to BILLS_PER_PAYMENT_MAX each. A bill without a group stands alone: the hospital did not promise more.
 * @param {Bill[]} bills
 */
function groups(bills) {
  /** @type {Map<string, Bill[]>} */
  const named = new Map();
  bills.forEach((bill) => {
    if (bill.settle_group) named.set(bill.settle_group, [...(named.get(bill.settle_group) || []), bill]);
  });
  const most = BILLS_PER_PAYMENT_MAX;
  return [...named.values()]
    .flatMap((group) => Array.from({ length: Math.ceil(group.length / most) }, (_, at) => group.slice(at * most, (at + 1) * most)))
    .filter((group) => group.length > 1);
}

/**
 * The buttons of bills that go by one payment; `which` names their departments.
 * @param {Bill[]} bills
 */
function together(bills) {
  return groups(bills).map((group) => ({
    billNos: group.map((bill) => bill.bill_no).join(','),
    text: `${group.length} 张一起${total(group) ? '支付' : '确认'}`,
    amount: total(group) ? yuan(total(group)) : NOTHING_DUE,
    which: departments(group),
  }));
}

/**
 * Why there is no button: who paid, or what the hospital says of the first bill that is not to be paid.
 * @param {Bill[]} bills
 */
function whyNotPaid(bills) {
  const payment = bills.map((bill) => bill.payment).find(Boolean);
  if (payment) return payment.note ? `这张缴费单${payment.note}，无需重复付款。` : `${payment.text}，请不要重复付款。`;
  const settled = bills.find((bill) => bill.status !== 'unpaid');
  return settled ? `这张缴费单${SETTLED[settled.status]}。` : '';
}

/** @param {Bill} bill */
function billDetail(bill) {
  return {
    billNo: bill.bill_no,
    patient: patient(bill),
    department: bill.department,
    doctor: bill.doctor,
    issuedAt: fullDate(bill.issued_at),
    items: (bill.items || []).map(itemLine),
  };
}

/** What was paid for. @param {NonNullable<Payment['charges']>[number]} charge */
function chargePanel(charge) {
  return {
    number: charge.number,
    department: charge.department,
    doctor: charge.doctor,
    items: charge.items.map(itemLine),
    own: `${charge.own_name} ${yuan(charge.own_fen)}`,
    numbered: charge.number ? `${charge.number_name} ${charge.number}` : '',
  };
}

/**
 * Total, what the insurance pays, and what is left, for bills that are paid together; nothing where the insurance pays nothing.
 * @param {Bill[]} bills
 */
function split(bills) {
  const isKnown = bills.every((bill) => bill.total_fen !== null);
  const parts = [
    { label: words.total, fen: isKnown ? bills.reduce((sum, bill) => sum + Number(bill.total_fen), 0) : 0 },
    { label: words.fund, fen: bills.reduce((sum, bill) => sum + (bill.fund_fen || 0), 0) },
    { label: words.account, fen: bills.reduce((sum, bill) => sum + (bill.account_fen || 0), 0) },
  ];
  if (!parts[1].fen && !parts[2].fen) return [];
  return parts.filter((part) => part.fen).map((part) => ({ label: part.label, amount: yuan(part.fen) }));
}

/**
 * A line of the history.
 * @param {Payment} payment
 */
function paymentLine(payment) {
  return {
    id: payment.out_trade_no,
    departments: [payment.what_for, payment.departments.join('、')].filter(Boolean).join(' · '),
    patient: patient(payment),
    time: dayAndTime(payment.paid_at || payment.created_at),
    amount: yuan(payment.amount_fen),
    text: payment.headline,
    look: LOOKS[payment.state] || 'info',
  };
}

/**
 * Masked names of siblings may be the same, their cards are not.
 * @param {{ name_masked: string, card_masked: string, relation?: string | null }} told
 */
function patient(told) {
  const name = named(told.name_masked, told.relation);
  return told.card_masked ? `${name} 就诊卡\u00a0${told.card_masked}` : name;
}

const CHECKING = { text: '支付结果确认中', detail: '正在核实是否已付款，请稍等，不要重复付款。', look: 'waiting' };

/**
 * @param {Payment} payment
 * @param {boolean} justPaid the cashier has just said so, and the server does not know yet
 */
function paymentDetail(payment, justPaid) {
  const facts = [
    ['缴费项目', payment.what_for],
    ['就诊人', patient(payment)],
    ['科室', payment.departments.join('、')],
    ['支付时间', payment.paid_at ? fullDate(payment.paid_at) : ''],
    ['收据号', payment.receipt_no],
    [words.paymentNumber, payment.out_trade_no],
  ];
  return {
    ...paymentLine(payment),
    state: payment.state,
    detail: payment.guide_text && payment.state === 'booked' ? payment.guide_text : payment.detail,
    ...(justPaid && payment.state === 'paying' ? CHECKING : {}),
    facts: facts.filter(([, value]) => value).map(([label, value]) => ({ label, value })),
    timeline: payment.timeline.map((line) => ({ text: line.text, at: dayAndTime(line.at) })).reverse(), // newest first, as on every other page
    refunds: payment.refunds.map(refundLine),
    charges: (payment.charges || []).map(chargePanel),
    receiptUrl: /^https:\/\//.test(payment.receipt_url) ? payment.receipt_url : '',
  };
}

module.exports = { PAY, action, patient, patients, whyNotPaid, together, billDetail, split, paymentLine, paymentDetail };
