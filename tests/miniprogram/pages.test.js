'use strict';
/** The pages as a person uses them: taps and texts; the server is played (support/server.js). */
const assert = require('node:assert');
const { afterEach, test } = require('node:test');

const { home, need, ME, MINE, PAYMENT } = require('./support/server');
const { open, pause } = require('./support/pages');
const { startPhone } = require('./support/start');

let server, phone, screen;
startPhone((made) => ({ server, phone } = made));
afterEach(() => screen.close());

const lastOpened = () => phone.opened[phone.opened.length - 1];

test('home shows what is needed now, whose it is, and the notices, which open', async () => {
  screen = await open('pages/home/home');
  assert.match(screen.text(), /示范医院.*2张待缴费，共124\.45元内科、检验科张\*就诊卡\*\*\*\*0001/);
  assert.ok(!screen.text().includes('周六上午照常开诊'));
  screen.tap('line', '周六门诊照常');
  assert.match(screen.text(), /周六上午照常开诊/);
});

test('each need leads to its page, and what has none here says where it is done', async () => {
  server.answers['GET /home'] = () => home([
    need(), need({ title: '一张', page: 'bills/B%201' }), need({ title: '入账', page: 'payments/ZF1', urgency: 'first', member: null }), need({ title: '新报告', page: 'newer', urgency: 'news' }),
    need({ title: '候诊', page: 'appointments/ZF2/queue', urgency: 'now' }), need({ title: '停诊', page: 'appointments' }), need({ title: '不认识', page: 'bills/B1/more' }),
  ]);
  screen = await open('pages/home/home');
  for (const title of ['2 张待缴费', '一张', '入账', '新报告', '候诊', '停诊', '不认识']) screen.tap('line', title);
  assert.deepStrictEqual(
    phone.opened.map((one) => one.url),
    ['/pages/bills/bills', '/pages/bill/bill?bill_nos=B%201', '/pages/payment/payment?id=ZF1', '/pages/queue/queue?id=ZF2', '/pages/appointments/appointments'],
  );
  assert.match(screen.text(), /请在医院的公众号里办理/);
  assert.equal(screen.all('need--warn').length, 1);
});

test('who looks after several people chooses one of them, or all', async () => {
  const child = { ...MINE, card_key: 'c2', name_masked: '张*甜', card_masked: '****0002' };
  server.answers['GET /home'] = () => home([need(), need({ title: '孩子的', member: child })], { members: [MINE, child] });
  server.answers['GET /home/c2'] = () => home([need({ title: '孩子的', member: child })], { members: [MINE, child], chosen: 'c2' });
  screen = await open('pages/home/home');
  screen.tap('members__one', '张*甜');
  await screen.until(() => !screen.text().includes('2张待缴费'));
  assert.match(screen.text(), /孩子的/);
  screen.tap('members__one', '全部');
  await screen.until(() => screen.text().includes('2张待缴费'));
});

test('home says that nothing is needed, or that something could not be known', async () => {
  for (const note of ['现在没有要办的事。', '有的内容暂时没有取到，请稍后再打开本页。']) {
    server.answers['GET /home'] = () => home([], { note });
    screen = await open('pages/home/home');
    assert.ok(screen.text().includes(note));
    screen.close();
  }
  screen = await open('pages/home/home');
});

test('home leads to every place', async () => {
  server.answers['GET /home'] = () => home([], { places: [{ title: '预约挂号', page: 'registration' }, { title: '我的预约', page: 'appointments' }, { title: '没有的', page: 'nowhere' }] });
  screen = await open('pages/home/home');
  screen.tap('scan');
  for (const way of ['待缴费', '就诊卡', '缴费记录', '预约挂号', '我的预约', '设置']) screen.tap('ways__way', way);
  screen.tap('foot');
  assert.deepStrictEqual(
    phone.opened.map((one) => one.url),
    ['/pages/scan/scan', '/pages/bills/bills', '/pages/cards/cards', '/pages/history/history', '/pages/departments/departments', '/pages/appointments/appointments', '/pages/settings/settings', '010-00000000'],
  );
});

test('without a card home says what to do', async () => {
  server.answers['GET /home'] = () => home([], { members: [] });
  screen = await open('pages/home/home');
  assert.match(screen.text(), /请扫缴费单上的二维码，或先绑定就诊卡/);
  screen.tap('weui-btn', '绑定就诊卡');
  assert.equal(lastOpened().url, '/pages/bind/bind');
});

test('a skeleton until the answer is there', async () => {
  let answer;
  server.answers['GET /bills'] = () => new Promise((resolve) => (answer = resolve));
  const opening = open('pages/bills/bills').then((opened) => (screen = opened));
  const skeleton = () => document.querySelector('[class*="skeleton"]');
  while (!answer) await pause(1);
  assert.ok(skeleton());
  answer({ items: [], next: null });
  await opening;
  assert.equal(skeleton(), null);
  assert.match(screen.text(), /还没有可查看的缴费单/);
});

test('pulled down, home looks again and lets go', async () => {
  screen = await open('pages/home/home');
  server.answers['GET /home'] = () => home([]);
  await screen.page.onPullDownRefresh();
  assert.ok(!screen.text().includes('124.45'));
  assert.deepStrictEqual(phone.opened, [{ kind: 'stopPullDownRefresh' }]);
});

test('without a network an empty page says so, and tries again when asked', async () => {
  phone.offline = true;
  screen = await open('pages/cards/cards');
  assert.match(screen.text(), /暂时打不开网络连接不上，请检查手机网络后再试/);
  phone.offline = false;
  screen.tap('weui-btn', '再试一次');
  await screen.until(() => screen.text().includes('****0001'));
});

test('the history goes on when its end is reached', async () => {
  const line = (number) => ({ ...PAYMENT, out_trade_no: `P${number}`, state: 'booked', headline: '缴费成功', departments: ['内科', '检验科'] });
  server.answers['GET /payments'] = () => ({ items: [line(1)], next: 'a b' });
  server.answers['GET /payments?cursor=a%20b'] = () => ({ items: [line(2)], next: null });
  screen = await open('pages/history/history');
  assert.match(screen.text(), /内科、检验科张\*甜就诊卡\*{4}000111月23日09:30¥123\.45缴费成功查看更早的记录/);
  phone.offline = true;
  screen.tap('none', '查看更早的记录');
  await screen.until(() => screen.text().includes('网络连接不上'));
  phone.offline = false;
  screen.tap('none', '网络连接不上');
  await screen.until(() => screen.all('line--link').length === 2);
  assert.ok(!screen.text().includes('查看更早'));
  server.answers['GET /payments'] = () => ({ items: [line(1)], next: 'a b' });
  await screen.page.load();
  await Promise.all([screen.page.onReachBottom(), screen.page.onReachBottom()]); // the finger is quicker than the answer
  assert.equal(screen.all('line--link').length, 2);
});

test('large type is chosen, kept on the phone, and seen at once', async () => {
  screen = await open('pages/settings/settings');
  assert.equal(screen.all('page--large').length, 0);
  screen.page.resize({ detail: { value: true } });
  await screen.until(() => screen.all('page--large').length === 1);
  screen.close();
  screen = await open('pages/home/home');
  assert.equal(screen.all('page--large').length, 1);
  assert.deepStrictEqual([...phone.storage], [['large_type', true]]);
});

test("WeChat's own large type counts until something is chosen here", async () => {
  for (const [set, chosen, grown] of [[16, undefined, 1], [18, undefined, 1], [20, undefined, 1.18], [23, undefined, 1.35], [26, undefined, 1.5], [26, false, 1], [17, true, 1.33], [26, true, 1.5]]) {
    phone.fontSize = set;
    phone.storage.clear();
    if (chosen !== undefined) phone.storage.set('large_type', chosen);
    screen = await open('pages/home/home');
    const page = screen.all('page')[0];
    assert.equal(Number(Number(page.style.getPropertyValue('--scale')).toFixed(2)), grown, `${set} ${chosen}`);
    assert.equal(screen.all('page--large').length, grown > 1 ? 1 : 0);
    screen.close();
  }
});

test('the phone number comes by its button; declined, nothing happens', async () => {
  server.answers['PUT /me/phone'] = () => ({ phone_masked: '137****0007' });
  screen = await open('pages/settings/settings');
  assert.match(screen.text(), /手机号138\*{4}0001更换.*缴费成功提醒退费通知接收.*《示范医院小程序隐私保护指引》/);
  screen.tell('cells__action--button', '更换', 'getphonenumber', { errMsg: 'getPhoneNumber:fail user deny' });
  screen.tell('cells__action--button', '更换', 'getphonenumber', { code: 'phone-code' });
  await screen.until(() => screen.text().includes('137****0007'));
  assert.equal(server.times('PUT /me/phone'), 1);
  assert.deepStrictEqual(server.last('PUT /me/phone').body, { code: 'phone-code' });
});

test('who wants no messages gets an SMS', async () => {
  phone.subscribes = () => 'reject';
  screen = await open('pages/settings/settings');
  screen.tap('cells__action', '接收');
  await screen.until(() => screen.text().includes('没有打开通知。结果仍会发短信。'));
});

test('no SMS is promised to somebody whose number nobody knows', async () => {
  phone.subscribes = () => 'reject';
  server.answers['GET /me'] = () => ({ ...ME, phone_masked: null });
  screen = await open('pages/settings/settings');
  screen.tap('cells__action', '接收');
  await screen.until(() => screen.text().includes('没有打开通知。填写手机号，结果就会发短信。'));
});

test('the account is closed after a yes, and nothing is asked of the server any more', async () => {
  server.answers['DELETE /me'] = () => ({ status: 204, body: '' });
  screen = await open('pages/settings/settings');
  assert.match(screen.text(), /示范医院保存您的微信用户标识/);
  phone.confirms = () => false;
  screen.tap('cells__action', '注销');
  await pause(30);
  assert.equal(server.times('DELETE /me'), 0);
  phone.confirms = () => true;
  screen.tap('cells__action', '注销');
  await screen.until(() => screen.text().includes('已注销。'));
  assert.equal(server.times('DELETE /me'), 1);
  assert.ok(!screen.text().includes('138****0001'));
  const asked = server.times('GET /me');
  await screen.page.onShow();
  assert.equal(server.times('GET /me'), asked);
});

test('an address that can not be copied is said', async () => {
  server.answers[`GET /payments/${PAYMENT.out_trade_no}`] = () => ({ ...PAYMENT, state: 'booked', final: true, receipt_url: 'https://fp.example/1' });
  screen = await open('pages/payment/payment', { id: PAYMENT.out_trade_no });
  phone.copies = false;
  screen.tap('weui-btn', '复制电子票据网址');
  await screen.until(() => phone.toasts.includes('没有复制成功'));
  phone.copies = true;
  screen.tap('weui-btn', '复制电子票据网址');
  await screen.until(() => lastOpened());
  assert.deepStrictEqual(lastOpened(), { kind: 'copy', url: 'https://fp.example/1' });
});

test('the cashier can be called from what could not be loaded, too', async () => {
  screen = await open('pages/home/home');
  screen.close();
  server.answers['GET /cards'] = () => ({ status: 503, body: { code: 'not_sent', detail: '医院系统暂时没有响应。', status: 503 } });
  screen = await open('pages/cards/cards');
  assert.match(screen.text(), /暂时打不开.*有疑问请拨打010-00000000/);
});

test('nothing personal and no token is kept on the phone', async () => {
  screen = await open('pages/home/home');
  screen.close();
  screen = await open('pages/bill/bill', { bill_nos: 'B1' });
  screen.tap('bar__button');
  await screen.until(() => phone.opened.length);
  assert.equal(phone.storage.size, 0);
});
