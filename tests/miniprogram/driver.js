'use strict';
/** A phone for tests in another language: one line of JSON in, one out. The pages are the real ones, the server too. */

const path = require('node:path');
const readline = require('node:readline');
const { createPhone } = require('./support/wx');
const { Router } = require('./support/router');
const { restart, ROOT } = require('./support/pages');

const HTTP_TIMEOUT_MS = 30000;
let phone, router, origin, sandbox, person;

const commands = {
  /** As when somebody opens the mini-program: `page` is where, home if nothing is said. */
  async start(given) {
    ({ origin, sandbox, person } = { origin, sandbox, person, ...given });
    if (router) while (router.stack.length) router.pop();
    phone = createPhone(overHttp);
    phone.login = async () => (await control('/sandbox/miniprogram/login', { person })).code;
    phone.pays = cashier;
    phone.subscribes = subscribe;
    router = new Router(phone);
    restart(phone, { origin, hospital: given.hospital || 'demo' });
    await router.start(given.page || 'pages/home/home', given.query || {});
    return router.front.text();
  },
  tap: async ({ name, words }) => void router.front.tap(name, words),
  pick: async ({ name, at }) => void router.front.send(router.front.all(name).at(at), 'tap', {}),
  tell: async ({ name, words, event, detail }) => void router.front.tell(name, words || '', event, detail),
  /** Types into the field that has this label. */
  async type({ label, value }) {
    const field = router.front.find('field', label);
    const input = [...field.querySelectorAll('*')].find((one) => /field__input$/.test(one.className));
    router.front.send(input, 'input', { value });
  },
  /** Until this page (any, if none is named) is in front and shows these words. */
  async until({ page, words }) {
    await router.shows(page, words);
    return router.front.text();
  },
  /** The button of open-type getPhoneNumber: WeChat asks, the person agrees. */
  async givePhone({ name, words }) {
    const { code } = await control('/sandbox/miniprogram/phone_code', { person });
    router.front.tell(name, words, 'getphonenumber', { code });
  },
  pull: async () => void (await router.front.page.onPullDownRefresh()),
  back: async () => phone.wx.navigateBack(),
  text: async () => router.front.text(),
  /** The network, what the camera reads, what the person does in the cashier. */
  async set({ offline, offlineAfterwards, camera, result, subscription, privacy }) {
    if (offline !== undefined) phone.offline = offline;
    if (offlineAfterwards !== undefined) phone.offlineAfterwards = offlineAfterwards;
    if (camera !== undefined) phone.scans = () => camera;
    if (result !== undefined) phone.result = result;
    if (subscription !== undefined) phone.subscription = subscription;
    if (privacy !== undefined) phone.privacy.needed = privacy;
  },
  asked: async () => phone.asked.map(({ method, url, header }) => ({ method, url, key: header['Idempotency-Key'] || '' })),
  /** Answers to what is written are lost on their way, this many from now on. */
  lose: async ({ answers }) => void (phone.lost = answers),
  /**
   * As if the token had come to its end, for the next calls: the server does not take what they carry. With `session` nor does
   * it take the refresh token, as when nobody has come for hours.
   */
  async spoil({ calls, session }) {
    phone.spoilt = calls;
    phone.sessionSpoilt = Boolean(session);
  },
  /** The phone's clock goes on by so much; the pages stay open. */
  later: async ({ seconds }) => void (require(path.join(ROOT, 'api/wechat.js')).now = () => Date.now() + seconds * 1000),
  storage: async () => Object.fromEntries(phone.storage),
};

async function overHttp({ method, url, header, body }) {
  if (phone.spoilt > 0 && header.Authorization) {
    phone.spoilt -= 1;
    header = { ...header, Authorization: `${header.Authorization}x` };
  }
  if (phone.sessionSpoilt && url.endsWith('/session/rotation')) {
    phone.sessionSpoilt = false;
    body = { refresh_token: `${body.refresh_token}x` };
  }
  const told = await fetch(url, { method, headers: header, body: body && JSON.stringify(body), signal: AbortSignal.timeout(HTTP_TIMEOUT_MS) });
  const text = await told.text();
  if (phone.lost > 0 && method === 'POST') {
    phone.lost -= 1;
    throw new Error('net::ERR_CONNECTION_RESET'); // the work is done, its answer is lost
  }
  return { status: told.status, header: Object.fromEntries(told.headers), body: parsed(text) };
}

/** `wx.request` hands over JSON where it is some, and text else. */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function control(path, body) {
  const told = await fetch(sandbox + path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  if (!told.ok) throw new Error(`${path}: ${told.status} ${await told.text()}`);
  return told.json();
}

async function cashier(call) {
  const result = phone.result || 'ok';
  await control('/sandbox/wechat/pay', { prepay_id: call.package.replace('prepay_id=', ''), result });
  if (phone.offlineAfterwards) phone.offline = true;
  return result;
}

async function subscribe(templateIds) {
  const result = phone.subscription || 'accept';
  await control('/sandbox/miniprogram/subscribe', { person, results: Object.fromEntries(templateIds.map((id) => [id, result])) });
  return result;
}

readline.createInterface({ input: process.stdin }).on('line', async (line) => {
  const { do: name, ...given } = JSON.parse(line);
  let told;
  try {
    told = { answer: (await commands[name](given)) ?? null };
  } catch (error) {
    told = { error: String(error && error.stack) };
  }
  process.stdout.write(`${JSON.stringify(told)}\n`);
}).on('close', () => process.exit(0));
