/** What stands in a field, before it goes out. What can't go out is thrown as the sentence for the person. */

const { Problem } = require('../api/problem');
const typed = require('./typed');

/**
 * The number for the result's SMS; null, where nothing is typed, for the one that is known.
 * @param {string} text
 */
function phone(text) {
  const number = typed.mobile(text);
  if (!number && typed.plain(text)) throw new Problem('bad_input', '手机号不正确，请填写 11 位手机号。');
  return number;
}

/**
 * The code of an SMS.
 * @param {string} text
 */
function code(text) {
  const digits = typed.code(text);
  if (digits) return digits;
  throw new Problem('bad_input', typed.plain(text) ? '验证码是 6 位数字，请按短信重新填写。' : '请填写短信里的验证码。');
}

/**
 * An amount in yuan, as it was typed: the server reads it.
 * @param {string} text
 */
function amount(text) {
  if (!typed.plain(text)) throw new Problem('bad_input', '请填写金额。');
  return text;
}

module.exports = { phone, code, amount };
