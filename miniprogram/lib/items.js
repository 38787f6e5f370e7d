/** What the pages show of an item of a bill: plain text, ready for WXML. */

const { yuan } = require('./money');

/** @param {import('../api/model').BillItem} item */
function itemLine(item) {
  return {
    name: item.name,
    about: [item.category, item.spec].filter(Boolean).join(' · '),
    price: `${yuan(item.unit_price_fen)} × ${quantity(item.quantity)}${item.unit}`,
    amount: yuan(item.amount_fen),
  };
}

/**
 * `2.00` → `2`; what is no plain decimal is shown as the hospital wrote it.
 * @param {string | number} told
 */
function quantity(told) {
  const text = String(told);
  return /^\d+\.\d+$/.test(text) ? text.replace(/\.?0+$/, '') : text;
}

module.exports = { itemLine };
