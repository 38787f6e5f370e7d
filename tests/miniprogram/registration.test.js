'use strict';
/** Registering with taps only: from the first page to the number, its payment, the queue, and giving it back. */
const assert = require('node:assert');
const { test } = require('node:test');

const { clinic, OWN, QUEUE, PAID_NUMBER } = require('./support/clinic');
const { home } = require('./support/server');
const { until } = require('./support/pages');
const { startRouter } = require('./support/start');

const NUMBER_PAGE = ['pages/number/number', { shift: 'S1', slot: 'S1-07' }];
let server, phone, router, shows, tap;
startRouter((made) => ({ server, phone, router, shows, tap } = made), clinic);

test('from the first page to a paid number, and on to the registrations', async () => {
  server.answers['GET /home'] = () => home([], { places: [{ title: '预约挂号', page: 'registration' }] });
  await router.start('pages/home/home');
  tap('ways__way', '预约挂号');
  await shows('departments', '门诊楼2层·请先量体温');
  tap('line--link', '内科');
  await shows('department', '李医生');
  assert.match(router.front.text(), /11月24日周二有号11月25日周三无号.*上午主任医师¥21\.00余2个号/);
  tap('line--link', '李医生');
  await shows('shift', '08:00–08:20');
  tap('line--link', '08:00');
  await shows('number', '诊查费¥20.00');
  assert.match(router.front.text(), /日期11月24日周二上午时间08:00–08:10序号7号地点门诊楼2层.*需支付¥21\.00/);
  tap('bar__button', '支付并挂号 ¥21.00');
  await shows('payment', '支付结果确认中');
  assert.deepStrictEqual(server.last('POST /appointments').body, { schedule_no: 'S1', slot_no: 'S1-07', card_key: 'c1', amount_fen: 2100, at_window: false, phone: null });
  server.answers[`GET /payments/${OWN.out_trade_no}`] = () => ({ ...PAID_NUMBER, state: 'booked', final: true, headline: '预约成功', detail: '' });
  await shows('payment', '预约成功');
  tap('weui-btn', '返回我的预约');
  await shows('appointments', '就诊人张*就诊卡****0001');
});

test('a number is paid at the hospital where it says so, and its limit stands with it', async () => {
  const way = '11月24日 07:30 前到收费窗口支付，过时号会取消';
  const number = server.answers['GET /registration/shifts/S1/numbers/S1-07']();
  server.answers['GET /registration/shifts/S1/numbers/S1-07'] = () => ({ ...number, at_window: `到院支付：${way}`, action: '确认挂号' });
  await router.start(...NUMBER_PAGE);
  tap('members__one', '到院支付');
  server.answers['POST /appointments'] = () => ({ status: 201, body: { payment: { ...PAID_NUMBER, state: 'booked', final: true, headline: '已确认，请到窗口支付', detail: '' }, call: null } });
  server.answers[`GET /payments/${OWN.out_trade_no}`] = () => ({ ...PAID_NUMBER, state: 'booked', final: true, headline: '已确认，请到窗口支付', detail: '' });
  tap('bar__button', '确认挂号');
  await shows('payment', '已确认，请到窗口支付');
  assert.equal(server.last('POST /appointments').body.at_window, true);
  server.answers['GET /appointments'] = () => ({ items: [{ ...OWN, to_pay: way }], next: null });
  await router.start('pages/appointments/appointments');
  await shows('appointments', `挂号费请在${way.replace(/ /g, '')}`);
  server.answers[`GET /appointments/${OWN.out_trade_no}/queue`] = () => ({ appointment: { ...OWN, to_pay: way }, text: '还没有签到', look: 'warn', now: '还没有开始', ahead: '', place: '', can_check_in: false, by_place: false });
  tap('weui-btn', '签到与候诊');
  await shows('queue', `挂号费请在${way.replace(/ /g, '')}`);
});

test('another day shows its doctors; who has no number left can not be tapped', async () => {
  await router.start('pages/department/department', { no: 'D01' });
  tap('members__one', '11月25日');
  await shows('department', '王医生');
  assert.doesNotMatch(router.front.text(), /李医生/);
  assert.equal(router.front.all('line--link').length, 0);
  tap('line', '王医生');
  assert.equal(router.front.name, 'pages/department/department');
});

test('a department is looked for by what is typed, and all come back', async () => {
  for (const of of ['departments', 'doctors']) server.answers[`GET /registration/${of}?q=yk`] = () => ({ items: [], next: null });
  await router.start('pages/departments/departments');
  router.front.page.type({ detail: { value: ' yk ' } });
  tap('weui-btn', '查找');
  await shows('departments', '没有找到这个科室或医生，请换个词再找。');
  tap('weui-btn', '查看全部科室');
  await shows('departments', '内科');
});

test('who has no card binds one first, and finds the number again', async () => {
  let cards = [];
  server.answers['GET /cards'] = () => ({ items: cards, next: null });
  await router.start(...NUMBER_PAGE);
  await shows('number', '请先绑定就诊人的就诊卡');
  assert.equal(router.front.all('bar__button').length, 0);
  cards = [{ card_key: 'c1', name_masked: '张*', card_masked: '****0001', own: true }];
  tap('weui-btn', '绑定就诊卡');
  await shows('bind', '验证码');
  phone.wx.navigateBack();
  await shows('number', '支付并挂号');
});

test('it is taken for the member who was chosen', async () => {
  server.answers['GET /cards'] = () => ({ items: ['c1', 'c2'].map((key) => ({ card_key: key, name_masked: '张*', card_masked: key, own: false })), next: null });
  await router.start(...NUMBER_PAGE);
  tap('members__one', 'c2');
  tap('bar__button');
  await shows('payment', '支付结果确认中');
  assert.equal(server.last('POST /appointments').body.card_key, 'c2');
});

test('a refusal is read on the page, and a changed fee is shown before the next tap', async () => {
  await router.start(...NUMBER_PAGE);
  const refusal = { code: 'not_allowed', detail: '就诊人当天已在内科挂过号，同一天同一科室只能挂一个号。', status: 403 };
  server.answers['POST /appointments'] = () => ({ status: 403, body: refusal });
  tap('bar__button');
  await shows('number', '同一天同一科室只能挂一个号');
  const number = server.answers['GET /registration/shifts/S1/numbers/S1-07']();
  server.answers['GET /registration/shifts/S1/numbers/S1-07'] = () => ({ ...number, amount_fen: 2300, action: '支付并挂号 ¥23.00' });
  server.answers['POST /appointments'] = () => ({ status: 409, body: { code: 'bill_changed', detail: '金额变了。', status: 409, amount_fen: 2300 } });
  tap('bar__button');
  await shows('number', '支付并挂号¥23.00');
  assert.match(router.front.text(), /金额变了/);
});

test('a cancelled payment stays with its number, and a lost answer asks for the same again', async () => {
  phone.pays = () => 'cancel';
  await router.start(...NUMBER_PAGE);
  tap('bar__button');
  await shows('number', '支付已取消。需要时请再点一次“支付并挂号”');
  const answer = server.answers['POST /appointments'];
  let lost = 3;
  server.answers['POST /appointments'] = () => ((lost -= 1) >= 0 ? { status: 503, body: { code: 'not_sent', detail: '暂时没有响应。', status: 503 } } : answer());
  tap('bar__button');
  await shows('number', '暂时没有响应');
  phone.pays = () => 'ok';
  tap('bar__button');
  await shows('payment', '支付结果确认中');
  const keys = server.saw.filter((one) => one.name === 'POST /appointments').map((one) => one.header['Idempotency-Key']);
  assert.equal(keys.length, 5);
  assert.equal(new Set(keys.slice(1)).size, 1);
  assert.notEqual(keys[0], keys[1]);
});

test('a number is given back after a yes', async () => {
  await router.start('pages/appointments/appointments');
  phone.confirms = () => false;
  tap('weui-btn', '取消预约');
  await until(() => router.front.data.busy === false);
  assert.equal(server.times(`POST /appointments/${OWN.out_trade_no}/cancellation`), 0);
  const gone = { ...OWN, state: 'cancelling', text: '正在取消', look: 'waiting', can_cancel: false };
  server.answers[`POST /appointments/${OWN.out_trade_no}/cancellation`] = () => {
    server.answers['GET /appointments'] = () => ({ items: [gone], next: null });
    return { appointment: gone, text: '已提交取消。付过的挂号费会原路退回。' };
  };
  phone.confirms = () => true;
  tap('weui-btn', '取消预约');
  await shows('appointments', '正在取消');
  assert.match(router.front.text(), /已提交取消/);
  assert.equal(router.front.all('weui-btn', '取消预约').length, 0);
});

test('too late to cancel is said with the words of the rule', async () => {
  server.answers['GET /appointments'] = () => ({ items: [{ ...OWN, can_cancel: false, no_cancel: '11月23日 22:00 以后不能在手机上取消，请到窗口办理。' }], next: null });
  await router.start('pages/appointments/appointments');
  await shows('appointments', '以后不能在手机上取消');
  assert.equal(router.front.all('weui-btn', '取消预约').length, 0);
});

test('of a stopped clinic the words are shown, and another number is one tap away', async () => {
  const stopped = { ...OWN, state: 'stopped', text: '停诊', look: 'warn', can_rebook: true, change: '11月24日上午李医生停诊，可取消或改约。' };
  server.answers['GET /appointments'] = () => ({ items: [stopped], next: null });
  server.answers[`POST /appointments/${OWN.out_trade_no}/rebooking`] = () => ({ department_no: 'D01', text: '原来的号正在退。请选择新的时间。' });
  await router.start('pages/appointments/appointments');
  await shows('appointments', '李医生停诊，可取消或改约');
  tap('weui-btn', '取消并改约');
  await shows('department', '原来的号正在退');
  phone.wx.navigateBack();
  await shows('appointments', '停诊');
});

test('the queue is seen, and the code at the clinic checks in', async () => {
  await router.start('pages/appointments/appointments');
  tap('weui-btn', '签到与候诊');
  await shows('queue', '前面还有2人');
  phone.scans = () => 'https://pay.example/h/demo/check-in/A1';
  server.answers[`POST /appointments/${OWN.out_trade_no}/check-in`] = () => ({ ...QUEUE, text: '已签到，请候诊', look: 'success', can_check_in: false });
  tap('weui-btn', '扫签到码');
  await shows('queue', '已签到，请候诊');
  assert.deepStrictEqual(server.last(`POST /appointments/${OWN.out_trade_no}/check-in`).body, { content: 'https://pay.example/h/demo/check-in/A1', position: null });
  assert.equal(router.front.all('weui-btn', '扫签到码').length, 0);
  tap('weui-btn', '返回我的预约');
  await shows('appointments', '预约成功');
});

test('who is at the hospital checks in by the place, and who does not say where scans the code', async () => {
  const asked = `POST /appointments/${OWN.out_trade_no}/check-in`;
  server.answers[`GET /appointments/${OWN.out_trade_no}/queue`] = () => ({ ...QUEUE, by_place: true });
  await router.start('pages/appointments/appointments');
  tap('weui-btn', '签到与候诊');
  await shows('queue', '位置不保存，也不告诉别人');
  tap('weui-btn', '定位签到');
  await shows('queue', '没有取到位置');
  assert.equal(server.last(asked), undefined);
  phone.place = { latitude: 39.9, longitude: 116.4, accuracy: 20 };
  server.answers[asked] = () => ({ status: 403, body: { code: 'not_allowed', detail: '您还不在医院的签到范围内，请到医院后再签到。', status: 403 } });
  tap('weui-btn', '定位签到');
  await shows('queue', '您还不在医院的签到范围内');
  server.answers[asked] = () => ({ ...QUEUE, text: '已签到，请候诊', look: 'success', can_check_in: false });
  tap('weui-btn', '定位签到');
  await shows('queue', '已签到，请候诊');
  assert.deepStrictEqual(server.last(asked).body, { content: null, position: phone.place });
});

test('a payment that ended unpaid leads to where one begins again', async () => {
  const ended = { ...PAID_NUMBER, state: 'closed', final: true, headline: '没有支付', detail: '', again: { title: '重新挂号', page: 'registration' } };
  server.answers[`GET /payments/${OWN.out_trade_no}`] = () => ended;
  await router.start('pages/payment/payment', { id: OWN.out_trade_no });
  tap('weui-btn', '重新挂号');
  await shows('departments', '选择科室');
});
