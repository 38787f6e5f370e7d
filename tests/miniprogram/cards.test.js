'use strict';
/** Scanning a bill's code, and binding a card, as a person does it; the server is played (support/server.js). */
const assert = require('node:assert');
const { afterEach, test } = require('node:test');

const { bill } = require('./support/server');
const { open, pause } = require('./support/pages');
const { startPhone } = require('./support/start');

let server, phone, screen;
startPhone((made) => ({ server, phone } = made));
afterEach(() => screen.close());

const lastOpened = () => phone.opened[phone.opened.length - 1];

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
  screen.tap('weui-btn', '获取验证码');
  assert.match(screen.text(), /请填写就诊卡号和姓名/);
  screen.page.type({ currentTarget: { dataset: { field: 'cardNo' } }, detail: { value: ' 900002 ' } });
  screen.page.type({ currentTarget: { dataset: { field: 'name' } }, detail: { value: '李示例' } });
  screen.tap('weui-btn', '获取验证码');
  await screen.until(() => screen.text().includes('验证码已发到139****0002'));
  assert.deepStrictEqual(server.last('POST /cards/codes').body, { card_no: '900002', name: '李示例' });
  assert.match(screen.text(), /\d+秒后可重新获取/);
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
  screen.tap('weui-btn', '获取验证码');
  await screen.until(() => screen.text().includes('这是我本人的卡'));
  assert.equal(screen.data.own, false);
  screen.page.chooseOwn({ detail: { value: true } });
  screen.page.type({ currentTarget: { dataset: { field: 'code' } }, detail: { value: '123456' } });
  screen.tap('weui-btn', '确认绑定');
  await screen.until(() => lastOpened());
  assert.equal(server.last('POST /cards').body.own, true);
});

test('what a family member is to them can be said, and taken back', async () => {
  server.answers['POST /cards/codes'] = () => ({ card_key: 'c2', phone_masked: '139****0002', valid_seconds: 300 });
  server.answers['POST /cards'] = () => ({ status: 201, body: { card_key: 'c2', name_masked: '李*', card_masked: '****2' } });
  screen = await open('pages/bind/bind', { card: 'c2' });
  assert.ok(!screen.text().includes('家人的卡'));
  screen.tap('weui-btn', '获取验证码');
  await screen.until(() => screen.text().includes('家人的卡：就诊人是您的'));
  screen.tap('members__one', '子女');
  assert.equal(screen.data.family, 'child');
  screen.tap('members__one', '子女');
  assert.equal(screen.data.family, '');
  screen.tap('members__one', '被监护人');
  screen.page.chooseOwn({ detail: { value: true } });
  await screen.until(() => !screen.text().includes('家人的卡：就诊人是您的'));
  assert.equal(screen.data.family, '', 'nobody is their own ward');
  screen.page.chooseOwn({ detail: { value: false } });
  await screen.until(() => screen.text().includes('家人的卡：就诊人是您的'));
  screen.tap('members__one', '被监护人');
  screen.page.type({ currentTarget: { dataset: { field: 'code' } }, detail: { value: '123456' } });
  screen.tap('weui-btn', '确认绑定');
  await screen.until(() => lastOpened());
  assert.deepStrictEqual(server.last('POST /cards').body, { card_key: 'c2', code: '123456', own: false, family: 'ward' });
});

test('a card says what the patient is to them, where that is known', async () => {
  const child = { card_key: 'c1', name_masked: '张*', card_masked: '****0001', own: false, relation: 'child' };
  const unknown = { card_key: 'c2', name_masked: '李*', card_masked: '****0002', own: false, relation: null };
  server.answers['GET /cards'] = () => ({ items: [child, unknown], next: null });
  screen = await open('pages/cards/cards');
  assert.match(screen.text(), /张\*（子女）/);
  assert.match(screen.text(), /李\*\s*就诊卡/);
});

test('what the patient is to them is said later, changed and taken back', async () => {
  const card = { card_key: 'c2', name_masked: '李*', card_masked: '****0002', own: false, relation: null };
  server.answers['GET /cards'] = () => ({ items: [card], next: null });
  server.answers['PUT /cards/c2/relation'] = ({ body }) => ({ ...card, relation: (card.relation = body.family) });
  screen = await open('pages/cards/cards');
  const said = async (action, word, then) => {
    screen.tap('cells__action', action);
    screen.tap('members__one', word);
    await screen.until(() => screen.text().includes(then));
    assert.equal(screen.all('members__one').length, 0);
  };
  await said('填写与您的关系', '子女', '李*（子女）');
  await said('更改与您的关系', '被监护人', '李*（被监护人）');
  await said('更改与您的关系', '被监护人', '填写与您的关系');
  assert.equal(server.last('PUT /cards/c2/relation').body.family, null);
});

test('a scanned card is bound without typing its number', async () => {
  server.answers['POST /cards/codes'] = () => ({ card_key: 'c9', phone_masked: '139****0009', valid_seconds: 300 });
  screen = await open('pages/bind/bind', { card: 'c9' });
  assert.ok(!screen.text().includes('就诊卡号'));
  screen.tap('weui-btn', '获取验证码');
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
