'use strict';
/** 住院 with taps only: binding a stay, what it costs, paying in, and the discharge. */
const assert = require('node:assert');
const { test } = require('node:test');

const { CALL, home, need } = require('./support/server');
const { ward, KEY, STAY, LEFT, TOP_UP, TO_RETURN, LOT, PAID_IN } = require('./support/ward');
const { startRouter } = require('./support/start');

const OWN = `/admissions/${KEY}`;
let server, phone, router, shows, tap;
startRouter((made) => ({ server, phone, router, shows, tap } = made), ward);

test('a stay is bound by its number, a name and the code, and is listed', async () => {
  let stays = [];
  server.answers['GET /home'] = () => home([], { places: [{ title: '住院服务', page: 'inpatient' }] });
  server.answers['GET /admissions'] = () => ({ items: stays, next: null, note: '' });
  server.answers['POST /admissions/codes'] = () => ({ card_key: 'c2', phone_masked: '139****0002', valid_seconds: 600 });
  server.answers['POST /cards'] = () => {
    stays = [STAY];
    return { status: 201, body: { card_key: 'c2', name_masked: '张*', card_masked: '****2', own: false } };
  };
  await router.start('pages/home/home');
  tap('ways__way', '住院服务');
  await shows('inpatient', '还没有可查看的住院');
  tap('weui-btn', '绑定住院');
  await shows('bind', '住院号');
  assert.deepStrictEqual(phone.titles, ['绑定住院']);
  const type = (field, value) => router.front.page.type({ currentTarget: { dataset: { field } }, detail: { value } });
  tap('weui-btn', '获取验证码');
  await shows('bind', '请填写住院号和姓名。');
  type('cardNo', ' ZY20261120');
  type('name', '张甜');
  tap('weui-btn', '获取验证码');
  await shows('bind', '验证码已发到139****0002');
  assert.match(router.front.text(), /您也能看到就诊人的缴费单.*重新填写/);
  assert.doesNotMatch(router.front.text(), /这是我本人的卡|换一张卡/);
  assert.deepStrictEqual(server.last('POST /admissions/codes').body, { admission_no: 'ZY20261120', name: '张甜' });
  type('code', '123456');
  tap('weui-btn', '确认绑定');
  await shows('inpatient', '预交金余额内科三病区12床¥200.00');
  assert.equal(server.last('POST /cards').body.own, false);
});

test('a wristband is scanned, its masked name is read, and a deposit paid', async () => {
  await router.start('pages/inpatient/inpatient');
  tap('weui-btn', '扫腕带交预交金');
  await shows('wristband', '没有扫到腕带上的二维码');
  phone.scans = () => 'https://pay.example/w/sealed';
  server.answers['POST /wristbands'] = () => ({ status: 403, body: { code: 'forged', detail: '这不是腕带上的二维码。', status: 403 } });
  tap('weui-btn', '再试一次');
  await shows('wristband', '这不是腕带上的二维码');
  server.answers['POST /wristbands'] = () => ({ name_masked: '张*' });
  tap('weui-btn', '再试一次');
  await shows('wristband', '为住院患者交预交金张*请核对姓名');
  server.answers['POST /wristbands/deposit'] = () => ({ status: 201, body: { payment: PAID_IN, call: CALL } });
  tap('bar__button', '交预交金');
  await shows('wristband', '请填写金额');
  router.front.page.typeAmount({ detail: { value: '500' } });
  tap('bar__button', '交预交金');
  await shows('payment', '支付结果确认中');
  assert.deepStrictEqual(server.last('POST /wristbands/deposit').body, { content: 'https://pay.example/w/sealed', amount: '500', phone: null });
});

test('balance, days and deposits of a stay', async () => {
  await router.start('pages/inpatient/inpatient');
  tap('line--link', '预交金余额');
  await shows('admission', '预交金余额¥200.00住院中');
  assert.match(router.front.text(), /主管医生李医生入院时间2026年11月20日09:00已交预交金¥1,000\.00已发生费用¥2,500\.00其中自付¥800\.00/);
  assert.doesNotMatch(router.front.text(), /出院时间|出院结算/);
  tap('weui-btn', '一日清单');
  await shows('day', '床位费三人间¥60.00×1天¥60.00');
  assert.match(router.front.text(), /今天的费用还会增加/);
  assert.equal(router.front.all('weui-btn', '后一天').length, 0);
  tap('weui-btn', '前一天');
  await shows('day', '这一天没有费用');
  assert.equal(router.front.all('weui-btn', '前一天').length, 0);
  tap('weui-btn', '后一天');
  server.answers[`GET ${OWN}/days/2026-11-23`] = server.answers[`GET ${OWN}/days`];
  phone.wx.navigateBack();
  await shows('admission', '预交金记录');
  const before = server.times(`GET ${OWN}`);
  tap('weui-btn', '预交金记录');
  await shows('deposits', '现金2026年11月20日09:10收据号YJ0001已退¥300.00¥1,000.00');
  assert.match(router.front.text(), /预交金余额¥200\.00/);
  assert.equal(server.times(`GET ${OWN}`), before); // the deposits come with their stay
});

test('all that is still needed is proposed, and what was typed goes to the server as it is', async () => {
  await router.start('pages/home/home');
  server.answers['GET /home'] = () => home([need({ title: '预交金不足', page: `inpatient/${KEY}/deposit` })]);
  await router.front.page.load();
  tap('line--link', '预交金不足');
  await shows('topup', '最多还可交¥3,000.50。按同病种平均自付费用核定（上限¥5,000.00）。');
  assert.equal(router.front.data.amount, '3000.50');
  router.front.page.typeAmount({ detail: { value: '１,２００ 元' } });
  tap('bar__button', '交预交金');
  await shows('payment', '支付结果确认中');
  assert.deepStrictEqual(server.last(`POST ${OWN}/deposit`).body, { amount: '１,２００ 元', phone: null });
  tap('weui-btn', '返回住院');
  await shows('inpatient', '预交金余额');
});

test('the hospital says how much is still needed, or that nothing is', async () => {
  const words = '最多还可交 500.00 元。预交金按同病种患者平均自付费用核定';
  server.answers[`POST ${OWN}/deposit`] = () => ({ status: 400, body: { code: 'bad_input', detail: words, status: 400 } });
  await router.start('pages/topup/topup', { key: KEY });
  tap('bar__button');
  await shows('topup', words.replace(/ /g, ''));
  router.front.page.typeAmount({ detail: { value: ' ' } });
  tap('bar__button');
  await shows('topup', '请填写金额。');
  server.answers[`GET ${OWN}/deposit`] = () => ({ ...TOP_UP, can_pay: false, needed_fen: 0, reason: '已交足' });
  await router.front.page.onPullDownRefresh();
  await shows('topup', '目前不需要再交预交金。已交足。');
  assert.equal(router.front.all('bar__button').length, 0);
});

test('a discharge is seen whole, settled with one tap, and followed on the same page', async () => {
  server.answers[`GET ${OWN}`] = () => LEFT;
  await router.start('pages/admission/admission', { key: KEY });
  await shows('admission', '出院时间');
  tap('weui-btn', '出院结算');
  await shows('discharge', '应退给您¥800.00');
  assert.match(router.front.text(), /怎么算的总费用¥2,500\.00应退¥800\.00原路退回微信支付11月20日交的¥500\.00.*到住院收费处领取现金交的¥300\.00.*费用分类床位¥240\.00/);
  const settled = { ...TO_RETURN, text: '正在结算', can_settle: false, progress: [{ label: '正在退', amount_fen: 50000, own: false }], returns: [{ ...LOT, text: '正在退' }] };
  server.answers[`POST ${OWN}/discharge`] = () => {
    server.answers[`GET ${OWN}/discharge`] = () => ({ admission: LEFT, settlement: settled, refused: '' });
    return { status: 201, body: { payment: PAID_IN, call: null } };
  };
  tap('bar__button', '确认结算');
  await shows('discharge', '退到哪一步正在退¥500.00');
  assert.deepStrictEqual(server.last(`POST ${OWN}/discharge`).body, { settlement_no: 'YJ1', amount_fen: 0, phone: null });
  assert.equal(router.front.all('bar__button').length, 0);
});

test('the rest of a discharge is paid, and its payment is found again', async () => {
  const toPay = { ...TO_RETURN, rest_label: '还需补交', rest_fen: 30000, to_pay_fen: 30000, returns: [], window: [], action: '立即支付 ¥300.00' };
  server.answers[`GET ${OWN}/discharge`] = () => ({ admission: LEFT, settlement: toPay, refused: '' });
  server.answers[`POST ${OWN}/discharge`] = () => ({ status: 201, body: { payment: PAID_IN, call: CALL } });
  await router.start('pages/discharge/discharge', { key: KEY });
  tap('bar__button', '立即支付 ¥300.00');
  await shows('payment', '支付结果确认中');
  server.answers[`GET ${OWN}/discharge`] = () => ({ admission: LEFT, settlement: { ...toPay, can_settle: false, out_trade_no: PAID_IN.out_trade_no }, refused: '' });
  await router.start('pages/discharge/discharge', { key: KEY });
  tap('weui-btn', '查看这笔支付');
  await shows('payment', '住院预交金');
});

test('another calculation is refused in words and shown at once; before the discharge nothing is calculated', async () => {
  await router.start('pages/discharge/discharge', { key: KEY });
  server.answers[`POST ${OWN}/discharge`] = () => ({ status: 409, body: { code: 'bill_changed', detail: '费用有变化，请重新核对。', status: 409 } });
  server.answers[`GET ${OWN}/discharge`] = () => ({ admission: LEFT, settlement: { ...TO_RETURN, settlement_no: 'YJ2', rest_fen: 70000 }, refused: '' });
  tap('bar__button', '确认结算');
  await shows('discharge', '应退给您¥700.00');
  assert.match(router.front.text(), /请重新核对/);
  server.answers[`GET ${OWN}/discharge`] = () => ({ admission: STAY, settlement: null, refused: '还没有办理出院。' });
  await router.front.page.onPullDownRefresh();
  await shows('discharge', '还没有办理出院。');
});

test('a card of which the hospital does not answer is said to be missing', async () => {
  server.answers['GET /admissions'] = () => ({ items: [], next: null, note: '医院系统暂时没有响应，有的就诊卡没有查到，请稍后再看。' });
  await router.start('pages/inpatient/inpatient');
  await shows('inpatient', '有的就诊卡没有查到');
  assert.doesNotMatch(router.front.text(), /还没有可查看的住院/);
});
