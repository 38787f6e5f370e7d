'use strict';
/** The pages as a person uses them: taps and texts; the server is played (support/server.js). */
const assert = require('node:assert');
const { beforeEach, afterEach, test } = require('node:test');

const { createPhone } = require('./support/wx');
const { createServer, bill, ME, PAYMENT } = require('./support/server');
const { open, restart, pause } = require('./support/pages');

let server, phone, screen;
beforeEach(() => {
  server = createServer();
  phone = createPhone((asked) => server.answer(asked));
  restart(phone);
});
afterEach(() => screen.close());

const lastOpened = () => phone.opened[phone.opened.length - 1];

test('home shows what is to be paid, the sum, and the notices, which open', async () => {
  screen = await open('pages/home/home');
  assert.match(screen.text(), /示范医院.*共2张待缴费¥124\.45张\*就诊卡\*\*\*\*0001内科李医生·11月23日¥123\.45检验科/);
  assert.ok(!screen.text().includes('周六上午照常开诊'));
  screen.tap('line', '周六门诊照常');
  assert.match(screen.text(), /周六上午照常开诊/);
});

test('home leads to every place', async () => {
  screen = await open('pages/home/home');
  screen.tap('scan');
  for (const way of ['就诊卡', '缴费记录', '设置']) screen.tap('ways__way', way);
  screen.tap('foot');
  assert.deepStrictEqual(
    phone.opened.map((one) => one.url),
    ['/pages/scan/scan', '/pages/cards/cards', '/pages/history/history', '/pages/settings/settings', '010-00000000'],
  );
});

test('without a card home says what to do', async () => {
  server.answers['GET /bills'] = () => ({ items: [], next: null });
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
  server.answers['GET /bills'] = () => ({ items: [], next: null });
  await screen.page.onPullDownRefresh();
  assert.ok(!screen.text().includes('¥123.45'));
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

test('scanned: the content goes to the server, then the bills of that patient are shown', async () => {
  server.answers['POST /scans'] = () => ({ name_masked: '王*', expires_at: '2026-11-23T10:00:00+08:00' });
  phone.scans = () => 'https://pay.example/s/sealed';
  screen = await open('pages/scan/scan');
  assert.deepStrictEqual(server.last('POST /scans').body, { content: 'https://pay.example/s/sealed' });
  assert.deepStrictEqual(lastOpened(), { kind: 'redirectTo', url: '/pages/bills/bills?scanned=1' });
  screen.close();
  const entries = [
    { card_key: 'c1', name_masked: '张*', card_masked: '****0001', from_scan: false, settled: [], bills: [bill('B1')] },
    { card_key: 'c9', name_masked: '王*', card_masked: '****0001', from_scan: true, settled: [], bills: [bill('B9', { settle_group: 'g' }), bill('B8', { settle_group: 'g' })] },
  ];
  server.answers['GET /bills'] = () => ({ items: entries, next: null });
  screen = await open('pages/bills/bills', { scanned: '1' });
  assert.match(screen.text(), /王\*.*2张一起支付¥246\.90内科绑定就诊卡后/);
  assert.ok(!screen.text().includes('张*'));
  screen.tap('weui-btn', '一起支付');
  assert.equal(lastOpened().url, `/pages/bill/bill?bill_nos=${encodeURIComponent('B9,B8')}`);
  screen.tap('weui-btn', '绑定就诊卡');
  assert.equal(lastOpened().url, '/pages/bind/bind?card=c9');
});

test('scanned: the button of the only bill comes first and leads to the bill, binding is below', async () => {
  const only = [bill('B9', { own_fen: 9760 })];
  server.answers['GET /bills'] = () => ({ items: [{ card_key: 'c9', name_masked: '王*', card_masked: '****0001', from_scan: true, settled: [], bills: only }], next: null });
  screen = await open('pages/bills/bills', { scanned: '1' });
  assert.match(screen.text(), /去支付¥97\.60绑定就诊卡后/);
  screen.tap('weui-btn', '去支付');
  assert.equal(lastOpened().url, '/pages/bill/bill?bill_nos=B9');
});

test('the list says which bills go apart, below the button of those that go together', async () => {
  const g = { settle_group: 'g' };
  const bills = [bill('B9', g), bill('B8', g), bill('B7', { department: '检验科' })];
  server.answers['GET /bills'] = () => ({ items: [{ card_key: 'c1', name_masked: '张*', card_masked: '****0001', from_scan: false, settled: [], bills }], next: null });
  screen = await open('pages/bills/bills');
  assert.match(screen.text(), /2张一起支付¥246\.90内科检验科（1张）由医院分开结算，请单独支付。/);
  assert.ok(!screen.text().includes('去支付'));
});

test("WeChat's own scanner brings the content along", async () => {
  server.answers['POST /scans'] = () => ({ name_masked: '王*', expires_at: '2026-11-23T10:00:00+08:00' });
  screen = await open('pages/scan/scan', { q: 'https://pay.example/s/sealed' });
  assert.deepStrictEqual(server.last('POST /scans').body, { content: 'https://pay.example/s/sealed' });
});

test('a code that is none of ours, and no code at all, are sentences', async () => {
  server.answers['POST /scans'] = () => ({ status: 400, body: { code: 'bad_qr', detail: '这不是本院的缴费单二维码。' } });
  phone.scans = () => 'https://elsewhere.example/';
  screen = await open('pages/scan/scan');
  assert.match(screen.text(), /这不是本院的缴费单二维码。重新扫码/);
  phone.scans = () => null;
  screen.tap('weui-btn', '重新扫码');
  await screen.until(() => screen.text().includes('没有扫到二维码'));
});

test('consent is asked before the camera; read, refused, then given', async () => {
  server.answers['POST /scans'] = () => ({ name_masked: '王*', expires_at: '2026-11-23T10:00:00+08:00' });
  phone.privacy.needed = true;
  phone.scans = () => 'https://pay.example/s/sealed';
  const opening = open('pages/scan/scan').then((opened) => (screen = opened));
  const { until } = require('./support/pages');
  const shown = (words) => [...document.querySelectorAll('[class*="consent"]')].some((one) => one.textContent.includes(words));
  await until(() => shown('《示范医院小程序隐私保护指引》'));
  const tapIn = (words, event = 'tap') => {
    const exparser = require('miniprogram-exparser');
    const found = [...document.querySelectorAll('[class*="consent__link"], [class*="consent"] [class*="weui-btn"]')].filter((one) => one.textContent.includes(words));
    exparser.Event.dispatchEvent(found[0].__wxElement, exparser.Event.create(event, {}, { bubbles: true, capturePhase: true, composed: true }));
  };
  tapIn('查看');
  assert.equal(phone.privacy.read, 1);
  tapIn('不同意');
  await opening;
  assert.match(screen.text(), /需要您同意隐私说明后才能扫码/);
  screen.tap('weui-btn', '重新扫码');
  await until(() => shown('请先看一下隐私说明'));
  tapIn('同意', 'agreeprivacyauthorization');
  await screen.until(() => lastOpened());
  assert.equal(server.times('POST /scans'), 1);
  const last = phone.privacy.answers[phone.privacy.answers.length - 1];
  assert.deepStrictEqual(last, { event: 'agree', buttonId: 'agree-button' });
});

test('a card is bound with the code that the hospital sends', async () => {
  server.answers['POST /cards/codes'] = () => ({ card_key: 'c2', phone_masked: '139****0002', valid_seconds: 300 });
  server.answers['POST /cards'] = (asked) =>
    asked.body.code === '123456' ? { status: 201, body: { card_key: 'c2', name_masked: '李*', card_masked: '****2' } } : { status: 400, body: { code: 'wrong_code', detail: '验证码不对，请再看一下短信。' } };
  screen = await open('pages/bind/bind');
  screen.tap('weui-btn', '发送验证码');
  assert.match(screen.text(), /请填写就诊卡号和姓名/);
  screen.page.type({ currentTarget: { dataset: { field: 'cardNo' } }, detail: { value: ' 900002 ' } });
  screen.page.type({ currentTarget: { dataset: { field: 'name' } }, detail: { value: '李示例' } });
  screen.tap('weui-btn', '发送验证码');
  await screen.until(() => screen.text().includes('验证码已发到139****0002'));
  assert.deepStrictEqual(server.last('POST /cards/codes').body, { card_no: '900002', name: '李示例' });
  assert.match(screen.text(), /\d+秒后可重新发送/);
  for (const code of ['000000', '123456']) {
    screen.page.type({ currentTarget: { dataset: { field: 'code' } }, detail: { value: code } });
    screen.tap('weui-btn', '确认绑定');
    await screen.until(() => !screen.data.busy);
    if (code === '000000') assert.match(screen.text(), /验证码不对，请再看一下短信/);
  }
  assert.deepStrictEqual(server.last('POST /cards').body, { card_key: 'c2', code: '123456', own: false });
  await screen.until(() => lastOpened());
  assert.equal(lastOpened().kind, 'navigateBack');
});

test('whose card it is is asked, and not guessed', async () => {
  server.answers['POST /cards/codes'] = () => ({ card_key: 'c2', phone_masked: '139****0002', valid_seconds: 300 });
  server.answers['POST /cards'] = () => ({ status: 201, body: { card_key: 'c2', name_masked: '李*', card_masked: '****2' } });
  screen = await open('pages/bind/bind', { card: 'c2' });
  screen.tap('weui-btn', '发送验证码');
  await screen.until(() => screen.text().includes('这是我本人的卡'));
  assert.equal(screen.data.own, false);
  screen.page.chooseOwn({ detail: { value: true } });
  screen.page.type({ currentTarget: { dataset: { field: 'code' } }, detail: { value: '123456' } });
  screen.tap('weui-btn', '确认绑定');
  await screen.until(() => lastOpened());
  assert.equal(server.last('POST /cards').body.own, true);
});

test('a scanned card is bound without typing its number', async () => {
  server.answers['POST /cards/codes'] = () => ({ card_key: 'c9', phone_masked: '139****0009', valid_seconds: 300 });
  screen = await open('pages/bind/bind', { card: 'c9' });
  assert.ok(!screen.text().includes('就诊卡号'));
  screen.tap('weui-btn', '发送验证码');
  await screen.until(() => screen.text().includes('139****0009'));
  assert.deepStrictEqual(server.last('POST /cards/codes').body, { card_key: 'c9' });
});

test('a card is unbound once the person is sure', async () => {
  server.answers['DELETE /cards/c1'] = () => ({ status: 204, body: '' });
  screen = await open('pages/cards/cards');
  phone.confirms = () => false;
  screen.tap('cells__action', '解除绑定');
  await pause(30);
  assert.equal(server.times('DELETE /cards/c1'), 0);
  phone.confirms = () => true;
  server.answers['GET /cards'] = () => ({ items: [], next: null });
  screen.tap('cells__action', '解除绑定');
  await screen.until(() => screen.text().includes('还没有绑定就诊卡'));
  assert.equal(server.times('DELETE /cards/c1'), 1);
});

test('only one\'s own card leads to who bound it', async () => {
  const own = { card_key: 'c1', name_masked: '张*', card_masked: '****0001', own: true };
  const family = { card_key: 'c2', name_masked: '李*', card_masked: '****0002', own: false };
  server.answers['GET /cards'] = () => ({ items: [own, family], next: null });
  screen = await open('pages/cards/cards');
  assert.equal(screen.text().split('谁绑定了这张卡').length, 2);
  screen.tap('cells__action', '谁绑定了这张卡');
  assert.deepStrictEqual(lastOpened(), { kind: 'navigateTo', url: '/pages/card/card?key=c1' });
});

test('everybody who bound one\'s own card is shown, and cut once the person is sure', async () => {
  const mine = { binding_key: 'b1', client: '微信小程序', since: '2026-11-23T09:30:00+08:00', mine: true };
  const theirs = { binding_key: 'b2', client: '支付宝', since: null, mine: false };
  server.answers['GET /cards/c1/bindings'] = () => ({ items: [mine, theirs], next: null });
  server.answers['DELETE /cards/c1/bindings/b2'] = () => ({ status: 204, body: '' });
  screen = await open('pages/card/card', { key: 'c1' });
  assert.match(screen.text(), /不认识的，请解除。.*您本人.*微信小程序，2026年11月23日09:30起.*其他人.*支付宝，绑定时间没有记录/);
  phone.confirms = () => false;
  screen.tap('cells__action', '解除');
  await pause(30);
  assert.equal(server.times('DELETE /cards/c1/bindings/b2'), 0);
  phone.confirms = () => true;
  server.answers['GET /cards/c1/bindings'] = () => ({ items: [mine], next: null });
  screen.tap('cells__action', '解除');
  await screen.until(() => screen.text().includes('这张卡只有您绑定了'));
  assert.equal(server.times('DELETE /cards/c1/bindings/b2'), 1);
});

test('the history goes on when its end is reached', async () => {
  const line = (number) => ({ ...PAYMENT, out_trade_no: `P${number}`, state: 'booked', headline: '缴费成功', departments: ['内科', '检验科'] });
  server.answers['GET /payments'] = () => ({ items: [line(1)], next: 'a b' });
  server.answers['GET /payments?cursor=a%20b'] = () => ({ items: [line(2)], next: null });
  screen = await open('pages/history/history');
  assert.match(screen.text(), /内科、检验科张\*甜就诊卡\*{4}0001·11月23日09:30¥123\.45缴费成功查看更早的记录/);
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
  phone.fontSize = 23;
  screen = await open('pages/home/home');
  assert.equal(screen.all('page--large').length, 1);
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
  screen.tap('weui-btn', '复制电子发票网址');
  await screen.until(() => phone.toasts.includes('没有复制成功'));
  phone.copies = true;
  screen.tap('weui-btn', '复制电子发票网址');
  await screen.until(() => lastOpened());
  assert.deepStrictEqual(lastOpened(), { kind: 'copy', url: 'https://fp.example/1' });
});

test('the cashier can be called from what could not be loaded, too', async () => {
  screen = await open('pages/home/home');
  screen.close();
  server.answers['GET /cards'] = () => ({ status: 503, body: { code: 'not_sent', detail: '医院的收费系统暂时没有响应。', status: 503 } });
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
