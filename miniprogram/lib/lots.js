/** Money that goes back over what was paid in, line by line. */

const { yuan } = require('./money');

/** @param {import('../api/model').Lot} told */
function lot(told) {
  return { ...told, amount: yuan(told.amount_fen) };
}

/** @param {import('../api/model').Sum} told */
function sum(told) {
  return { label: told.label, value: yuan(told.amount_fen), own: told.own };
}

module.exports = { lot, sum };
