'use strict';
/** Every call of the client against the server's OpenAPI document, which pytest hands over in OPENAPI_FILE. */
const assert = require('node:assert');
const fs = require('node:fs');
const { test } = require('node:test');

const { restart, ROOT } = require('./support/pages');
const { createPhone } = require('./support/wx');

const document = JSON.parse(fs.readFileSync(process.env.OPENAPI_FILE || assert.fail('OPENAPI_FILE is given by test_miniprogram.py'), 'utf8'));
const CARD_KEY = '0a1b2c3d';
const STAY = '0123456789abcdef0123'; // the keys of a report and of a balance look the same
const PAYMENT = 'ZF20261123ABCDEFGHJKMN';
const KEY = 'k'.repeat(32);
/** What the pages hand over, for every function of api/index.js. */
const CALLS = {
  me: [[]], home: [[''], [CARD_KEY]], closeAccount: [[]], savePhone: [['phone-code']], notices: [[]], scan: [['https://pay.example/s/x']], cards: [[]],
  sendCode: [[{ card_no: '900001', name: '李示例' }], [{ card_key: CARD_KEY }]], bind: [[CARD_KEY, '123456']], unbind: [[CARD_KEY]], relate: [[CARD_KEY, 'child'], [CARD_KEY, null]],
  bindings: [[CARD_KEY]], cutBinding: [[CARD_KEY, '00ff']],
  bills: [[]], bill: [['B 1/2']], callAgain: [[PAYMENT]], payments: [[null], ['cursor']], payment: [[PAYMENT]],
  startPayment: [[{ bill_nos: ['B1'], amount_fen: 1, phone: null }, KEY], [{ bill_nos: ['B1', 'B2'], amount_fen: 1, phone: '13800000001' }, KEY]],
  departments: [[''], ['内科']], department: [['D01']], shift: [['S1']], number: [['S1', 'S1-07']],
  doctors: [[''], ['李']], doctor: [['D01', 'R1']], markDoctor: [['D01', 'R1', true], ['D01', 'R1', false]],
  waits: [[]], joinWait: [['S1', CARD_KEY]], leaveWait: [['S1', CARD_KEY]],
  takeNumber: [[{ schedule_no: 'S1', slot_no: 'S1-07', card_key: CARD_KEY, amount_fen: 2100, at_window: false, phone: null }, KEY]],
  appointments: [[]], appointment: [[PAYMENT]], cancel: [[PAYMENT]], rebook: [[PAYMENT]], queue: [[PAYMENT]], checkIn: [[PAYMENT, { content: 'https://pay.example/h/demo/check-in/A1' }], [PAYMENT, { position: { latitude: 39.9, longitude: 116.4, accuracy: 20 } }]],
  admissions: [[]], sendAdmissionCode: [[{ admission_no: 'ZY20261120', name: '李示例' }]], admission: [[STAY]], day: [[STAY, ''], [STAY, '2026-11-23']], deposits: [[STAY]],
  topUp: [[STAY]], payIn: [[STAY, { amount: '500', phone: null }, KEY]], discharge: [[STAY]], settle: [[STAY, { settlement_no: 'YJ1', amount_fen: 0, phone: null }, KEY]],
  balances: [[]], balance: [[STAY]], giveBack: [[STAY, { amount_fen: 3720 }, KEY]],
  reports: [[]], report: [[STAY]], sendReportCode: [[STAY]], openReport: [[STAY, '123456']], reportValues: [[STAY, 'LDL']], reportFile: [[STAY, '1']], wristband: [['https://pay.example/w/abc']], payByWristband: [[{ content: 'https://pay.example/w/abc', amount: '500', phone: null }, KEY]], shareReport: [[STAY]], unshareReport: [[STAY]],
  subscribe: [[{ T1: 'accept', T2: 'reject' }]],
};

const phone = createPhone((asked) =>
  asked.url.endsWith('/session') ? { status: 201, body: { access_token: 'a', refresh_token: 'r', expires_in: 600 } } : { status: 200, body: {} },
);
restart(phone);
const api = require(`${ROOT}/api/index`);

/** The operation of the document that this request asks for. */
function operationOf(asked) {
  const path = new URL(asked.url).pathname;
  for (const [template, told] of Object.entries(document.paths)) {
    const shapes = Object.fromEntries(told.parameters.map((one) => [one.name, one.schema.pattern.slice(1, -1)]));
    const whole = new RegExp(`^${template.replace(/\{(\w+)\}/g, (_, name) => `(?:${shapes[name]})`)}$`);
    if (whole.test(path) && told[asked.method.toLowerCase()]) return told[asked.method.toLowerCase()];
  }
  return assert.fail(`not in the document: ${asked.method} ${path}`);
}

function fits(value, schema, place) {
  if (schema.$ref) return fits(value, document.components.schemas[schema.$ref.split('/').pop()], place);
  if (schema.anyOf) return assert.ok(schema.anyOf.some((one) => isFitting(value, one, place)), place);
  if (schema.enum) assert.ok(schema.enum.includes(value), `${place}: ${value}`);
  if (schema.pattern) assert.match(value, new RegExp(schema.pattern), place);
  if (schema.type === 'null') assert.equal(value, null, place);
  if (schema.type === 'string') assert.equal(typeof value, 'string', place);
  if (schema.type === 'integer') assert.ok(Number.isInteger(value), place);
  if (schema.type === 'array') value.forEach((one) => fits(one, schema.items, place));
  if (schema.type !== 'object') return undefined;
  for (const name of schema.required || []) assert.ok(name in value, `${place}.${name}`);
  for (const [name, one] of Object.entries(value)) {
    const of = (schema.properties || {})[name] || (typeof schema.additionalProperties === 'object' && schema.additionalProperties);
    assert.ok(of, `${place}.${name} is not known to the server`);
    fits(one, of, `${place}.${name}`);
  }
  return undefined;
}

function isFitting(...given) {
  try {
    fits(...given);
    return true;
  } catch {
    return false;
  }
}

test('every function of the client has its call here', () => {
  assert.deepStrictEqual(Object.keys(CALLS).sort(), Object.keys(api).filter((name) => name !== 'newKey').sort());
});

for (const [name, calls] of Object.entries(CALLS)) {
  test(`${name} asks for what the server offers`, async () => {
    for (const given of calls) {
      await api[name](...given);
      const asked = phone.asked[phone.asked.length - 1];
      const operation = operationOf(asked);
      assert.equal(Boolean(asked.body), Boolean(operation.requestBody), `${name}: body`);
      if (asked.body) fits(asked.body, operation.requestBody.content['application/json'].schema, name);
      const needsKey = operation.parameters.some((one) => one.name === 'Idempotency-Key' && one.required);
      assert.equal('Idempotency-Key' in asked.header, needsKey, `${name}: Idempotency-Key`);
      const known = operation.parameters.filter((one) => one.in === 'query').map((one) => one.name);
      for (const query of new URL(asked.url).searchParams.keys()) assert.ok(known.includes(query), `${name}: ${query}`);
    }
  });
}

test('login asks for what the server offers', () => {
  const asked = phone.asked[0];
  fits(asked.body, operationOf(asked).requestBody.content['application/json'].schema, 'login');
});
