/** What the pages about old outpatient balances show, from what the API says: plain text, ready for WXML. */

const lots = require('./lots');
const { yuan } = require('./money');
const { patient } = require('./showing');

/** @param {import('../api/model').BalanceLine} told */
function line(told) {
  return { key: told.balance_key, patient: patient(told), amount: yuan(told.amount_fen) };
}

/** @param {import('../api/model').Balance} told */
function balance(told) {
  return {
    patient: patient(told),
    left: yuan(told.left_fen),
    returning: told.returning.map(lots.lot),
    returns: told.returns.map(lots.lot),
    action: told.action,
    window: told.window.map(lots.sum),
    place: told.place,
  };
}

module.exports = { line, balance };
