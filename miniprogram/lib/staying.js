/** What the pages about inpatients show, from what the API says: plain text, ready for WXML. */

const { itemLine } = require('./items');
const lots = require('./lots');
const { yuan } = require('./money');
const { patient } = require('./showing');
const { fullDate } = require('./time');

/**
 * @typedef {import('../api/model').Admission} Admission
 * @typedef {import('../api/model').DayList} DayList
 * @typedef {import('../api/model').Deposit} Deposit
 * @typedef {import('../api/model').Discharge} Discharge
 * @typedef {import('../api/model').TopUp} TopUp
 */

/** @param {Admission} told */
function admission(told) {
  const facts = [
    ['住院科室', told.place],
    ['主管医生', told.doctor],
    ['入院时间', fullDate(told.admitted_at)],
    ['出院时间', told.discharged_at ? fullDate(told.discharged_at) : ''],
    ['已交预交金', yuan(told.deposits_fen)],
    ['已发生费用', yuan(told.spent_fen)],
    ['其中自付', yuan(told.own_fen)],
  ];
  return {
    key: told.admission_key,
    patient: patient(told),
    text: told.text,
    look: told.look,
    place: told.place,
    restLabel: told.rest_label,
    rest: yuan(told.rest_fen),
    low: told.low,
    facts: facts.filter(([, value]) => value).map(([label, value]) => ({ label, value })),
    canTopUp: told.state === 'admitted',
    canLeave: told.state !== 'admitted',
  };
}

/** @param {DayList} told */
function day(told) {
  return {
    patient: patient(told),
    day: told.day,
    amount: told.amount_fen === null ? '' : yuan(told.amount_fen),
    isToday: told.is_today,
    kinds: told.kinds.map((kind) => ({
      category: kind.category,
      amount: yuan(kind.amount_fen),
      items: kind.items.map((item) => itemLine({ ...item, category: '' })),
    })),
    before: told.before || '',
    after: told.after || '',
  };
}

/** @param {Deposit} told */
function deposit(told) {
  return {
    way: told.way,
    amount: yuan(told.amount_fen),
    at: fullDate(told.paid_at),
    receipt: told.receipt_no,
    returned: told.returned_fen ? yuan(told.returned_fen) : '',
  };
}

/** What may be paid in, with the hospital's reason. @param {TopUp} told */
function topUp(told) {
  const cap = told.cap_fen === null ? '' : `（上限 ${yuan(told.cap_fen)}）`;
  return {
    ...admission(told.admission),
    canPay: told.can_pay,
    most: `最多还可交 ${yuan(told.needed_fen)}。${told.reason}${cap}。`,
    refused: `${told.refused}${told.reason}${told.reason ? '。' : ''}`,
  };
}

/** The amount that the field proposes: all that is still needed. @param {number} fen */
function proposed(fen) {
  return yuan(fen).replace(/[¥,]/g, '');
}

/** @param {Discharge} told */
function discharge(told) {
  const of = told.settlement;
  const who = patient(told.admission);
  if (!of) return { patient: who, refused: told.refused };
  return {
    patient: who,
    refused: '',
    restLabel: of.rest_label,
    rest: yuan(of.rest_fen),
    text: of.text,
    sums: of.sums.map(lots.sum),
    kinds: of.kinds.map(lots.sum),
    progress: of.progress.map(lots.sum),
    returns: of.returns.map(lots.lot),
    window: of.window.map(lots.sum),
    canSettle: of.can_settle,
    action: of.action,
    payment: of.out_trade_no || '',
  };
}

module.exports = { admission, day, deposit, topUp, proposed, discharge };
