'use strict';
/** 就诊人: whoever has bound the cards of several people chooses of whom a list is shown. */
const assert = require('node:assert');
const { test } = require('node:test');

const { clinic, OWN, WAIT } = require('./support/clinic');
const { pause, until } = require('./support/pages');
const { bill, home, need } = require('./support/server');
const { startRouter } = require('./support/start');
const { ward, STAY } = require('./support/ward');

const MINE = { card_key: 'c1', name_masked: '张*', card_masked: '****0001', own: true };
const CHILD = { card_key: 'c2', name_masked: '李*', card_masked: '****0002', own: false };
const of = (one, line) => ({ ...line, card_key: one.card_key, name_masked: one.name_masked, card_masked: one.card_masked });
const REPORT = { report_key: 'a', title: '血脂四项', about: '检验', text: '', look: 'success', closed: false };
const BALANCE = { balance_key: 'a', amount_fen: 100 };
/** Of each list: where it is, what the server answers, and what is said of a member who has nothing in it. */
const LISTS = [
  ['appointments', OWN, '这位就诊人还没有预约'],
  ['reports', REPORT, '这位就诊人还没有可查看的报告'],
  ['inpatient', STAY, '这位就诊人还没有可查看的住院'],
  ['balances', BALANCE, '这位就诊人没有门诊余额'],
];
const DOORS = { inpatient: '/admissions' };
const door = (page) => `GET ${DOORS[page] || `/${page}`}`;

let server, router, shows, tap;
startRouter((made) => ({ server, router, shows, tap } = made), (made) => {
  clinic(ward(made));
  made.answers['GET /cards'] = () => ({ items: [MINE, CHILD], next: null });
  made.answers['GET /waits'] = () => ({ items: [], next: null, note: '' });
  return made;
});

/** The text below the row of people. */
const list = () => router.front.all('panel').map((one) => one.textContent).join(' ');

for (const [page, line, none] of LISTS) {
  test(`${page}: one of several is chosen, and all again`, async () => {
    server.answers[door(page)] = () => ({ items: [of(MINE, line), of(CHILD, line)], next: null, note: '' });
    await router.start(`pages/${page}/${page}`);
    assert.match(list(), /张\*.*李\*/s);
    tap('members__one', '李*');
    await until(() => !/张\*/.test(list()));
    assert.match(list(), /李\*/);
    assert.match(router.front.find('members__one--here', '').textContent, /李\* 就诊卡\u00a0\*\*\*\*0002/);
    tap('members__one', '全部');
    await until(() => /张\*/.test(list()));
    assert.match(list(), /李\*/);
  });

  test(`${page}: of a member without any it is said; who has one card chooses nobody`, async () => {
    server.answers[door(page)] = () => ({ items: [of(MINE, line)], next: null, note: '' });
    await router.start(`pages/${page}/${page}`);
    tap('members__one', '李*');
    await shows(page, none);
    server.answers['GET /cards'] = () => ({ items: [MINE], next: null });
    await router.front.page.onPullDownRefresh();
    assert.equal(router.front.all('members__one').length, 0);
    assert.match(list(), /张\*/); // the card of whoever was chosen is gone: all are shown
  });
}

const OWED = { from_scan: false, settled: [], problem: null, bills: [bill('B1')] };

test('bills: one of several is chosen, with their own sum; whose bill was scanned is one of them', async () => {
  const scanned = { ...OWED, card_key: 'c9', name_masked: '王*', card_masked: '****0009', from_scan: true, bills: [bill('B2')] };
  server.answers['GET /bills'] = () => ({ items: [of(MINE, OWED), of(CHILD, { ...OWED, bills: [bill('B3'), bill('B4')] }), scanned], next: null });
  await router.start('pages/bills/bills');
  assert.deepStrictEqual(router.front.all('members__one').map((one) => one.textContent.trim().slice(0, 2)), ['全部', '张*', '李*', '王*']);
  assert.match(router.front.text(), /共4张待缴费/);
  tap('members__one', '李*');
  await until(() => !/张\*/.test(list()));
  assert.match(router.front.text(), /共2张待缴费/);
  tap('members__one', '王*');
  await until(() => /王\*/.test(list()));
  assert.doesNotMatch(list(), /李\*/);
});

test('bills: straight after a scan there is nobody to choose from', async () => {
  server.answers['GET /bills'] = () => ({ items: [of(MINE, { ...OWED, from_scan: true }), of(CHILD, OWED)], next: null });
  await router.start('pages/bills/bills?scanned=1');
  assert.equal(router.front.all('members__one').length, 0);
  assert.doesNotMatch(list(), /李\*/);
});

test('the lists on which one waits are those of the chosen one, too', async () => {
  server.answers['GET /appointments'] = () => ({ items: [], next: null });
  server.answers['GET /waits'] = () => ({ items: [of(MINE, WAIT)], next: null, note: '' });
  await router.start('pages/appointments/appointments');
  await shows('appointments', '候补');
  tap('members__one', '李*');
  await shows('appointments', '这位就诊人还没有预约');
  assert.doesNotMatch(list(), /候补/);
});

test('of two members who are tapped quickly the second is shown, whichever answer comes first', async () => {
  const members = [MINE, CHILD];
  const of_whom = (chosen) => home([need({ title: chosen ? `只有${chosen}的` : '所有人的' })], { members, chosen: chosen || null });
  const given = {};
  const held = (key) => () => new Promise((resolve) => (given[key] = () => resolve(of_whom(key))));
  server.answers['GET /home'] = () => of_whom('');
  server.answers['GET /home/c1'] = held('c1');
  server.answers['GET /home/c2'] = held('c2');
  await router.start('pages/home/home');
  tap('members__one', '张*');
  tap('members__one', '李*');
  await until(() => given.c1 && given.c2);
  given.c2();
  await shows('home', '只有c2的');
  given.c1();
  await pause(30);
  assert.match(router.front.text(), /只有c2的/);
  assert.match(router.front.find('members__one--here', '').textContent, /李\*/);
});

test('the reports of siblings whose names and cards are masked alike stay apart', async () => {
  const twin = { ...MINE, card_key: 'c2' };
  server.answers['GET /reports'] = () => ({ items: [of(MINE, REPORT), { ...of(twin, REPORT), report_key: 'b' }], next: null, note: '' });
  await router.start('pages/reports/reports');
  assert.equal(router.front.all('panel__head').length, 2);
});
