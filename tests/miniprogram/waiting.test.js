'use strict';
/** Doctors found and marked, and waiting for a number of a full shift: with taps only. */
const assert = require('node:assert');
const { test } = require('node:test');

const { clinic, NONE_LEFT, WAITED, DOCTOR, WAIT, NUMBER } = require('./support/clinic');
const { until } = require('./support/pages');
const { startRouter } = require('./support/start');

let server, phone, router, shows, tap;
startRouter((made) => ({ server, phone, router, shows, tap } = made), clinic);

test('a doctor is found, marked, and stands first on the way back', async () => {
  let marked = [];
  server.answers['GET /registration/departments?q=li'] = () => ({ items: [], next: null });
  server.answers['GET /registration/doctors?q=li'] = () => ({ items: [DOCTOR], next: null });
  server.answers['GET /registration/doctors'] = () => ({ items: marked, next: null });
  server.answers['PUT /registration/departments/D01/doctors/R1/favourite'] = () => { marked = [DOCTOR]; return { status: 204 }; };
  server.answers['DELETE /registration/departments/D01/doctors/R1/favourite'] = () => { marked = []; return { status: 204 }; };
  await router.start('pages/departments/departments');
  router.front.page.type({ detail: { value: 'li' } });
  tap('weui-btn', '查找');
  await shows('departments', '选择医生李医生内科主任医师');
  assert.doesNotMatch(router.front.text(), /选择科室|没有找到/);
  tap('line--link', '李医生');
  await shows('doctor', '高血压');
  assert.match(router.front.text(), /11月24日周二上午主任医师¥21\.00余2个号11月25日周三上午主任医师¥21\.00已约满，可候补/);
  tap('weui-btn', '收藏这位医生');
  await shows('doctor', '已收藏，点此取消');
  phone.wx.navigateBack();
  await shows('departments', '查看全部科室');
  tap('weui-btn', '查看全部科室');
  await shows('departments', '收藏的医生李医生');
  assert.match(router.front.text(), /选择科室内科/);
  tap('line--link', '李医生');
  await shows('doctor', '收藏这位医生');
});

test('who finds a shift full waits for a number of it, and leaves the list again', async () => {
  let waits = [];
  server.answers['GET /registration/departments/D01'] = () => ({ department: { department_no: 'D01', name: '内科', place: '', note: '' }, shown: WAITED.date, shifts: [WAITED], days: [{ date: WAITED.date, day: WAITED.day, text: '无号' }] });
  server.answers['GET /registration/shifts/S2'] = () => ({ shift: WAITED, periods: [], none_left: NONE_LEFT });
  server.answers['GET /cards'] = () => ({ items: ['c1', 'c2'].map((key) => ({ card_key: key, name_masked: '张*', card_masked: key, own: false })), next: null });
  server.answers['POST /waits'] = () => { waits = [{ ...WAIT, card_key: 'c2' }]; return { text: '已加入候补。有号时会通知您，请及时确认。' }; };
  server.answers['GET /waits'] = () => ({ items: waits, next: null, note: '' });
  server.answers['DELETE /waits/S2/c2'] = () => { waits = []; return { text: '已退出候补。' }; };
  await router.start('pages/department/department', { no: 'D01' });
  tap('line--link', '已约满，可候补');
  await shows('shift', '也可以候补');
  tap('members__one', 'c2');
  tap('weui-btn', '加入候补');
  await shows('appointments', '已加入候补');
  assert.deepStrictEqual(server.last('POST /waits').body, { schedule_no: 'S2', card_key: 'c2' });
  assert.match(router.front.text(), /候补内科王医生状态排在第1位/);
  assert.doesNotMatch(router.front.text(), /去确认/);
  tap('weui-btn', '退出候补');
  await shows('appointments', '已退出候补');
  await until(() => !router.front.text().includes('排在第1位'));
});

test('a number that is held is confirmed for the card that waited', async () => {
  server.answers['GET /waits'] = () => ({ items: [{ ...WAIT, text: '有号了，09:45 前有效', look: 'success', slot_no: 'S2-03', time: '09:20–09:30' }], next: null, note: '' });
  server.answers['GET /cards'] = () => ({ items: ['c2', 'c1'].map((key) => ({ card_key: key, name_masked: '张*', card_masked: key, own: false })), next: null });
  server.answers['GET /registration/shifts/S2/numbers/S2-03'] = () => ({ ...NUMBER, shift: WAITED, card_key: 'c1', slot_no: 'S2-03' });
  await router.start('pages/appointments/appointments');
  await shows('appointments', '时间09:20–09:30');
  tap('weui-btn', '去确认');
  await shows('number', '支付并挂号');
  assert.deepStrictEqual(router.front.all('members__one').length, 1);
  tap('bar__button');
  await shows('payment', '支付结果确认中');
  assert.equal(server.last('POST /appointments').body.card_key, 'c1');
});

test('who has no card is led to binding one before waiting', async () => {
  server.answers['GET /registration/shifts/S2'] = () => ({ shift: WAITED, periods: [], none_left: NONE_LEFT });
  server.answers['GET /cards'] = () => ({ items: [], next: null });
  await router.start('pages/shift/shift', { no: 'S2' });
  await shows('shift', '候补需要实名，请先绑定就诊人的就诊卡');
  tap('weui-btn', '绑定就诊卡');
  await shows('bind', '验证码');
});

test('one\'s own numbers are shown while nobody says how the waiting stands', async () => {
  server.answers['GET /waits'] = () => ({ status: 503, body: { code: 'not_sent', detail: '暂时没有响应。', status: 503 } });
  await router.start('pages/appointments/appointments');
  await shows('appointments', '医院系统暂时没有响应，候补的情况没有取到');
  assert.match(router.front.text(), /预约成功/);
  server.answers['GET /waits'] = () => ({ items: [], next: null, note: '医院系统暂时没有响应，有的就诊卡没有查到，请稍后再看。' });
  await router.start('pages/appointments/appointments');
  await shows('appointments', '有的就诊卡没有查到');
});
