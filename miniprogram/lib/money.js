/** Money is an integer of fen everywhere; only here does it become text. */

/**
 * 123456 → `¥1,234.56`. Integer arithmetic only: a float never touches money.
 * @param {number} fen
 */
function yuan(fen) {
  if (!Number.isSafeInteger(fen)) throw new TypeError('fen must be an integer');
  const size = Math.abs(fen);
  const cents = size % 100;
  const whole = String((size - cents) / 100).replace(/\B(?=(\d{3})+$)/g, ',');
  return `${fen < 0 ? '-' : ''}¥${whole}.${cents < 10 ? '0' : ''}${cents}`;
}

/**
 * The sum of what is to be paid for these bills.
 * @param {ReadonlyArray<{ own_fen: number }>} bills
 */
function total(bills) {
  return bills.reduce((sum, bill) => sum + bill.own_fen, 0);
}

module.exports = { yuan, total };
