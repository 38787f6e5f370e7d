'use strict';
/** The API client: tokens, tries, time-outs, what is remembered. The phone's clock and pauses are played, so nothing waits. */
const assert = require('node:assert');
const { beforeEach, test } = require('node:test');

const { Client } = require('../../miniprogram/api/client');
const { Problem, textOf } = require('../../miniprogram/api/problem');

let phone, client;

/** Answers in the order asked; a `Problem` is thrown. Logins are answered by themselves unless a test says otherwise. */
function createPhone() {
  const phone = {
    asked: [], waited: [], clock: 0, tokens: 0, logins: 0, answers: [],
    session: null,
    async request(asked) {
      await Promise.resolve();
      phone.asked.push(asked);
      const isLogin = /\/session(\/rotation)?$/.test(asked.url) && asked.method === 'POST';
      const answer = isLogin ? (phone.session || granted)(asked) : phone.answers.shift();
      assert.ok(answer, `not expected: ${asked.method} ${asked.url}`);
      if (answer instanceof Problem) throw answer;
      return { header: {}, ...answer };
    },
    login: async () => `code-${(phone.logins += 1)}`,
    wait: async (ms) => void phone.waited.push(ms),
    now: () => phone.clock,
    random: () => 'k'.repeat(32),
  };
  const granted = () => ({ status: 200, body: { access_token: `a${(phone.tokens += 1)}`, refresh_token: `r${phone.tokens}`, expires_in: 600 } });
  phone.granted = granted;
  return phone;
}

beforeEach(() => {
  phone = createPhone();
  client = new Client(phone, { origin: 'https://pay.hospital.example', hospital: 'demo' });
});

const OK = { status: 200, body: { ok: true } };
const problem = (status, header = {}) => ({ status, header, body: { code: 'c', detail: '说明。' } });
const paths = () => phone.asked.map((one) => `${one.method} ${one.url.slice('https://pay.hospital.example/api/v1/demo'.length)}`);
const refuses = (work, code, check = () => true) => assert.rejects(work, (error) => error instanceof Problem && error.code === code && check(error));

test('the first call logs in, the next ones use the token', async () => {
  phone.answers.push(OK, OK);
  await client.get('/me');
  await client.get('/bills');
  assert.deepStrictEqual(paths(), ['POST /session', 'GET /me', 'GET /bills']);
  assert.deepStrictEqual(phone.asked[0].body, { code: 'code-1' });
  assert.equal(phone.asked[2].header.Authorization, 'Bearer a1');
  assert.ok(phone.asked.every((one) => one.timeoutMs > 0));
});

test('calls at the same time log in once', async () => {
  phone.answers.push(OK, OK, OK);
  await Promise.all(['/me', '/bills', '/notices'].map((path) => client.get(path)));
  assert.equal(phone.logins, 1);
});

test('shortly before a token ends it is rotated, once for all who wait', async () => {
  phone.answers.push(OK, OK, OK);
  await client.get('/me');
  phone.clock = 590000;
  await Promise.all([client.get('/bills'), client.get('/me')]);
  assert.deepStrictEqual(phone.asked.filter((one) => one.url.endsWith('/rotation')).map((one) => one.body), [{ refresh_token: 'r1' }]);
  assert.equal(phone.asked[4].header.Authorization, 'Bearer a2');
  assert.equal(phone.logins, 1);
});

test('a token that the server no longer takes is rotated, and the call goes out again', async () => {
  phone.answers.push(OK, problem(401), problem(401), OK, OK);
  await client.get('/me');
  await Promise.all([client.get('/bills'), client.get('/cards')]);
  assert.equal(phone.asked.filter((one) => one.url.endsWith('/rotation')).length, 1);
});

test('a refresh token is used once: refused or unanswered, the person is logged in anew', async () => {
  for (const outcome of [problem(401), Problem.unreachable(true)]) {
    phone = createPhone();
    client = new Client(phone, { origin: 'https://pay.hospital.example', hospital: 'demo' });
    phone.session = (asked) => (asked.url.endsWith('/rotation') ? outcome : phone.granted());
    phone.answers.push(OK, problem(401), OK);
    await client.get('/me');
    assert.deepStrictEqual(await client.get('/bills'), { ok: true });
    assert.deepStrictEqual(paths(), ['POST /session', 'GET /me', 'GET /bills', 'POST /session/rotation', 'POST /session', 'GET /bills']);
  }
});

test('nor is it used again when the login after it was lost, too', async () => {
  phone.answers.push(OK, problem(401), OK);
  await client.get('/me');
  phone.session = () => Problem.unreachable(false);
  await refuses(client.get('/bills'), 'offline');
  phone.session = null;
  await client.get('/bills');
  assert.equal(phone.asked.filter((one) => one.url.endsWith('/rotation')).length, 1);
});

test('401 again after that is told, not tried for ever', async () => {
  phone.answers.push(problem(401), problem(401));
  await refuses(client.get('/me'), 'c', (error) => error.status === 401);
  assert.equal(phone.answers.length, 0);
});

test('a lost login is tried again with a new code, three times', async () => {
  phone.session = () => Problem.unreachable(false);
  await refuses(client.get('/me'), 'offline');
  assert.deepStrictEqual(phone.asked.map((one) => one.body.code), ['code-1', 'code-2', 'code-3']);
  phone.session = null;
  phone.answers.push(OK);
  assert.deepStrictEqual(await client.get('/me'), { ok: true });
});

test('a login that is refused is not tried again', async () => {
  phone.session = () => problem(403);
  await refuses(client.get('/me'), 'c');
  assert.equal(phone.logins, 1);
});

test('reading is tried again through lost answers and passing trouble', async () => {
  phone.answers.push(Problem.unreachable(false), problem(503), OK);
  assert.deepStrictEqual(await client.get('/bills'), { ok: true });
  assert.deepStrictEqual(phone.waited, [600, 1800]);
});

test('three tries are all', async () => {
  phone.answers.push(...[1, 2, 3].map(() => Problem.unreachable(true)));
  await refuses(client.get('/bills'), 'slow', (error) => error.unknown);
});

test('what is not passing is told at once', async () => {
  for (const status of [400, 403, 404, 409, 422, 500]) {
    phone.answers.push(problem(status));
    await refuses(client.get('/bills'), 'c', (error) => error.unknown === status >= 500);
  }
  assert.deepStrictEqual(phone.waited, []);
});

test('a write with a key goes out again, unchanged', async () => {
  phone.answers.push(Problem.unreachable(true), problem(502), { status: 201, body: { ok: true } });
  await client.send({ method: 'POST', path: '/payments', body: { amount_fen: 1 }, key: 'key-of-this-tap-0001' });
  const sent = phone.asked.filter((one) => one.url.endsWith('/payments'));
  assert.equal(sent.length, 3);
  assert.ok(sent.every((one) => one.header['Idempotency-Key'] === 'key-of-this-tap-0001' && one.body.amount_fen === 1));
});

test('a write without a key goes out once; unless it was refused at the door', async () => {
  phone.answers.push(problem(503));
  await refuses(client.send({ method: 'POST', path: '/cards/codes', body: {} }), 'c');
  phone.answers.push(problem(429, { 'retry-after': '2' }), OK);
  await client.send({ method: 'POST', path: '/cards/codes', body: {} });
  assert.deepStrictEqual(phone.waited, [2000]);
});

test('Retry-After is honoured, in seconds and as a date; a long one is told instead', async () => {
  phone.clock = Date.parse('2026-11-23T09:00:00Z');
  phone.answers.push(problem(503, { 'retry-after': 'Mon, 23 Nov 2026 09:00:03 GMT' }), problem(429, { 'retry-after': '5' }), OK);
  await client.get('/bills');
  assert.deepStrictEqual(phone.waited, [3000, 5000]);
  phone.answers.push(problem(429, { 'retry-after': '60' }));
  await refuses(client.get('/bills'), 'c', (error) => error.status === 429);
});

test('a payment that is still being started under this key is waited for', async () => {
  phone.answers.push(problem(409, { 'retry-after': '1' }), { status: 201, body: { ok: true } });
  await client.send({ method: 'POST', path: '/payments', body: {}, key: 'key-of-this-tap-0001' });
  assert.deepStrictEqual(phone.waited, [1000]);
});

test('what has not changed is not sent again', async () => {
  phone.answers.push({ status: 200, header: { etag: '"1"' }, body: { n: 1 } }, { status: 304, body: '' }, { status: 200, header: { etag: '"2"' }, body: { n: 2 } });
  const told = [await client.get('/bills'), await client.get('/bills'), await client.get('/bills')];
  assert.deepStrictEqual(told, [{ n: 1 }, { n: 1 }, { n: 2 }]);
  assert.deepStrictEqual(phone.asked.slice(1).map((one) => one.header['If-None-Match']), [undefined, '"1"', '"1"']);
});

test('what is remembered is bounded', async () => {
  for (let n = 0; n < 100; n += 1) {
    phone.answers.push({ status: 200, header: { etag: `"${n}"` }, body: {} });
    await client.get(`/bills/${n}`);
  }
  assert.equal(client.remembered.size, 30);
});

test('a person never reads a technical word', () => {
  const shown = [
    textOf(new TypeError("Cannot read properties of undefined (reading 'x')")),
    textOf(Problem.of(502, '<html>Bad Gateway</html>')),
    textOf(Problem.of(500, { code: 'internal_error', detail: '', reference: 'A1B2' })),
    textOf(Problem.of(429, null)),
    textOf(Problem.unreachable(true)),
    textOf(Problem.unreachable(false)),
    textOf(undefined),
  ];
  for (const text of shown) assert.match(text, /^[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]+(编号 A1B2）)?$/u);
  assert.match(shown[2], /编号 A1B2/);
});
