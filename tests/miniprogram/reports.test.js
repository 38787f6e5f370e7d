'use strict';
/** 报告 with taps only: the list, one report, one value over time, and the code that opens a sensitive one. */
const assert = require('node:assert');
const { test } = require('node:test');

const { home, need } = require('./support/server');
const { startRouter } = require('./support/start');

const KEY = '9c0d4e7f2a1b8365f0e4';
const WHO = { name_masked: '张*', card_masked: '****0001' };
const LINE = { report_key: KEY, ...WHO, title: '血脂四项', about: '检验 检验科 2026年11月23日 10:00', text: '1 项异常', look: 'warn', closed: false };
const ITEM = { item_no: 'LDL', name: '低密度脂蛋白胆固醇', value: '3.91 mmol/L', reference: '参考范围 1.2–3.4', flag: '偏高 ↑', look: 'warn' };
const CONTENT = { title: '血脂四项', facts: [{ label: '状态', value: '已审核' }], items: [ITEM], text: '1 项异常', look: 'warn', findings: [], conclusion: [], files: [] };
const CLOSED = { report_key: KEY, ...WHO, report: null };

/** The server of somebody with two reports. */
function withReports(server) {
  Object.assign(server.answers, {
    'GET /reports': () => ({ items: [LINE, { ...LINE, report_key: 'b', card_masked: '****0002', title: '需要验证后查看的报告', text: '', closed: true }], next: null }),
    [`GET /reports/${KEY}`]: () => ({ report_key: KEY, ...WHO, report: CONTENT }),
    [`GET /reports/${KEY}/values/LDL`]: () => ({ name: ITEM.name, ...WHO, values: [{ ...ITEM, at: '2026-11-23T08:00:00+08:00' }, { ...ITEM, value: '2.60 mmol/L', flag: '正常', look: 'success', at: '2026-10-24T08:00:00+08:00' }] }),
  });
  return server;
}

let server, router, shows, tap;
startRouter((made) => ({ server, router, shows, tap } = made), withReports);

test('from the need to the report, its abnormal value, and that value over time', async () => {
  server.answers['GET /home'] = () => home([need({ title: '有 1 份新报告', page: 'reports', urgency: 'news' })], { places: [{ title: '报告查询', page: 'reports' }] });
  await router.start('pages/home/home');
  assert.doesNotMatch(router.front.text(), /公众号/);
  tap('line--link', '有 1 份新报告');
  await shows('reports', '张*就诊卡****0001血脂四项');
  assert.match(router.front.text(), /1项异常张\*就诊卡\*\*\*\*0002需要验证后查看的报告/);
  tap('line--link', '血脂四项');
  await shows('report', '3.91mmol/L偏高↑');
  assert.match(router.front.text(), /状态已审核结果请由医生结合病情判断/);
  assert.ok(router.front.find('state--warn', '偏高'));
  tap('line--link', '低密度脂蛋白胆固醇');
  await shows('trend', '2.60mmol/L参考范围1.2–3.42026年10月24日08:00正常');
});

test('findings and conclusion are read in lines, and files are named', async () => {
  const film = { ...CONTENT, title: '胸部正位片', items: [], text: '', findings: ['双肺纹理稍增多。', '心影正常。'], conclusion: ['请结合临床。'], files: ['胸部正位'] };
  server.answers[`GET /reports/${KEY}`] = () => ({ report_key: KEY, ...WHO, report: film });
  await router.start('pages/report/report', { key: KEY });
  await shows('report', '所见双肺纹理稍增多。心影正常。诊断意见请结合临床。图片和文件胸部正位请在医院的公众号里查看。');
});

test('a sensitive report opens by the code, and by nothing else', async () => {
  server.answers[`GET /reports/${KEY}`] = () => CLOSED;
  server.answers[`POST /reports/${KEY}/codes`] = () => ({ status: 201, body: { phone_masked: '139****0002' } });
  server.answers[`POST /reports/${KEY}/opening`] = () => ({ status: 400, body: { code: 'bad_input', detail: '验证码不对，请检查后重试。', status: 400 } });
  await router.start('pages/report/report', { key: KEY });
  await shows('report', '这份报告需要先验证就诊人在医院登记的手机号。');
  assert.doesNotMatch(router.front.text(), /血脂/);
  tap('weui-btn', '获取验证码');
  await shows('report', '验证码已发到139****0002');
  tap('weui-btn', '查看报告');
  await shows('report', '请填写短信里的验证码。');
  router.front.page.type({ detail: { value: '000000' } });
  tap('weui-btn', '查看报告');
  await shows('report', '验证码不对');
  server.answers[`POST /reports/${KEY}/opening`] = () => ({ report_key: KEY, ...WHO, report: CONTENT });
  router.front.page.setData({ code: '' });
  router.front.page.type({ detail: { value: '291 417' } });
  tap('weui-btn', '查看报告');
  await shows('report', '偏高↑');
  assert.deepStrictEqual(server.last(`POST /reports/${KEY}/opening`).body, { code: '291417' });
});

test('a report that was opened meanwhile needs no code, and without reports that is said', async () => {
  let isOpen = false;
  server.answers[`GET /reports/${KEY}`] = () => (isOpen ? { report_key: KEY, ...WHO, report: CONTENT } : CLOSED);
  server.answers[`POST /reports/${KEY}/codes`] = () => ({ status: 201, body: { phone_masked: null } });
  await router.start('pages/report/report', { key: KEY });
  isOpen = true;
  tap('weui-btn', '获取验证码');
  await shows('report', '血脂四项');
  server.answers['GET /reports'] = () => ({ items: [], next: null });
  await router.start('pages/reports/reports');
  await shows('reports', '还没有可查看的报告');
});
