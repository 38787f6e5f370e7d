'use strict';
const assert = require('node:assert');
const { beforeEach, afterEach, test } = require('node:test');

const { createPhone } = require('./support/wx');
const { createServer, bill, PAYMENT } = require('./support/server');
const { open, restart } = require('./support/pages');

let server, phone, screen;
beforeEach(() => {
  server = createServer();
  phone = createPhone((asked) => server.answer(asked));
  restart(phone);
});
afterEach(() => screen.close());

test('home shows what is to be paid, the sum, and the notices', async () => {
  screen = await open('pages/home/home');
  console.log(screen.text());
  assert.match(screen.text(), /示范医院.*共 2 张待缴费 ¥124\.45.*张\*.*内科.*¥123\.45/);
});
