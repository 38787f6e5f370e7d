'use strict';
/** What people type, by the server's rules: tests/support/typed.json holds both to the same examples. */
const assert = require('node:assert');
const { test } = require('node:test');

const EXAMPLES = require('../support/typed.json');
const typed = require('../../miniprogram/lib/typed');

for (const [text, number] of EXAMPLES.mobile) {
  test(`the phone number in ${JSON.stringify(text)}`, () => assert.strictEqual(typed.mobile(text), number));
}

for (const [text, digits] of EXAMPLES.code) {
  test(`the code in ${JSON.stringify(text)}`, () => assert.strictEqual(typed.code(text), digits));
}

test('the field of the code keeps six digits of what is typed, pasted or filled in twice, and cuts nothing else', () => {
  for (const [value, before, shown] of [
    ['2914', '291', '2914'],
    ['291 417', '', '291417'],
    ['【示范医院】验证码291417，10分钟内有效。', '', '291417'],
    ['291417291417', '', '291417'],
    ['2914178', '291417', '291417'],
    ['29141', '291417', '29141'],
    ['0108888', '', '0108888'],
  ]) {
    assert.strictEqual(typed.codeField(value, before), shown);
  }
});
