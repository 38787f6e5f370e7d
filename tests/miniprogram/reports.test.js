'use strict';
/** 报告 with taps only: the list, one report, one value over time, and the code that opens a sensitive one. */
const assert = require('node:assert');
const { test } = require('node:test');

const { home, need } = require('./support/server');
const { until } = require('./support/pages');
const { startRouter } = require('./support/start');

const KEY = '9c0d4e7f2a1b8365f0e4';
const WHO = { name_masked: '张*', card_masked: '****0001' };
const LINE = { report_key: KEY, card_key: 'c1', ...WHO, title: '血脂四项', about: '检验 检验科 2026年11月23日 10:00', text: '1 项异常', look: 'warn', closed: false };
const ITEM = { item_no: 'LDL', name: '低密度脂蛋白胆固醇', value: '3.91 mmol/L', reference: '参考范围 1.2–3.4', flag: '偏高 ↑', look: 'warn' };
const CONTENT = { title: '血脂四项', facts: [{ label: '状态', value: '已审核' }], items: [ITEM], text: '1 项异常', look: 'warn', findings: [], conclusion: [], files: [] };
const CLOSED = { report_key: KEY, ...WHO, report: null, can_share: false, share: null };
const SHARE = { url: 'https://pay.example/h/demo/shared/abc', until: '2026-11-26T10:00:00+08:00', text: '拿到链接的人都能看到这份报告，有效期至 2026年11月26日 10:00。' };
const OPENED = { report_key: KEY, ...WHO, can_share: true, share: null };

/** The server of somebody with two reports. */
function withReports(server) {
  Object.assign(server.answers, {
    'GET /reports': () => ({ items: [LINE, { ...LINE, report_key: 'b', card_key: 'c2', card_masked: '****0002', title: '需要验证后查看的报告', text: '', closed: true }], next: null, note: '' }),
    [`GET /reports/${KEY}`]: () => ({ ...OPENED, report: CONTENT }),
    [`GET /reports/${KEY}/values/LDL`]: () => ({ name: ITEM.name, ...WHO, values: [{ ...ITEM, at: '2026-11-23T08:00:00+08:00' }, { ...ITEM, value: '2.60 mmol/L', flag: '正常', look: 'success', at: '2026-10-24T08:00:00+08:00' }] }),
  });
  return server;
}

let server, phone, router, shows, tap;
startRouter((made) => ({ server, phone, router, shows, tap } = made), withReports);

test('from the need to the report, its abnormal value, and that value over time', async () => {
  server.answers['GET /home'] = () => home([need({ title: '有 1 份新报告', page: 'reports', urgency: 'news' })], { places: [{ title: '报告查询', page: 'reports' }] });
  await router.start('pages/home/home');
  assert.doesNotMatch(router.front.text(), /公众号/);
  tap('line--link', '有 1 份新报告');
  await shows('reports', '张*就诊卡****0001血脂四项');
  assert.match(router.front.text(), /1项异常张\*就诊卡\*\*\*\*0002需要验证后查看的报告/);
  tap('line--link', '血脂四项');
  await shows('report', '3.91mmol/L偏高↑');
  assert.match(router.front.text(), /状态已审核分享给医生或家人.*结果请由医生结合病情判断/);
  assert.ok(router.front.find('state--warn', '偏高'));
  tap('line--link', '低密度脂蛋白胆固醇');
  await shows('trend', '2.60mmol/L参考范围1.2–3.42026年10月24日08:00正常');
});

test('findings and conclusion are read in lines, and files are shown', async () => {
  const film = { ...CONTENT, title: '胸部正位片', items: [], text: '', findings: ['双肺纹理稍增多。', '心影正常。'], conclusion: ['请结合临床。'], files: [{ file_no: '1', name: '胸部正位', kind: 'picture' }, { file_no: '2', name: '报告单', kind: 'paper' }] };
  server.answers[`GET /reports/${KEY}`] = () => ({ ...OPENED, report: film });
  server.answers[`GET /reports/${KEY}/files/1`] = () => ({ media_type: 'image/png', content_base64: 'AAEC' });
  server.answers[`GET /reports/${KEY}/files/2`] = () => ({ media_type: 'application/pdf', content_base64: 'AwQF' });
  await router.start('pages/report/report', { key: KEY });
  await shows('report', '所见双肺纹理稍增多。心影正常。诊断意见请结合临床。图片和文件胸部正位报告单');
  tap('line--link', '胸部正位');
  await until(() => phone.opened.some((one) => one.kind === 'picture' && one.url === 'wxfile://usr/report.png'), () => 'not opened');
  tap('line--link', '报告单');
  await until(() => phone.opened.some((one) => one.kind === 'document' && one.url === 'wxfile://usr/report.pdf'), () => 'not opened');
  assert.deepStrictEqual(phone.files, { 'wxfile://usr/report.png': 'AAEC', 'wxfile://usr/report.pdf': 'AwQF' });
});

test('a report is shared by a link that is copied, and shared no more', async () => {
  await router.start('pages/report/report', { key: KEY });
  await shows('report', '生成一个到期失效的链接');
  server.answers[`POST /reports/${KEY}/share`] = () => SHARE;
  server.answers[`GET /reports/${KEY}`] = () => ({ ...OPENED, report: CONTENT, share: SHARE });
  tap('weui-btn', '生成分享链接');
  await shows('report', '有效期至2026年11月26日10:00');
  tap('weui-btn', '复制分享链接');
  await until(() => phone.opened.some((one) => one.kind === 'copy' && one.url === SHARE.url), () => 'not opened');
  server.answers[`DELETE /reports/${KEY}/share`] = () => ({ status: 204 });
  server.answers[`GET /reports/${KEY}`] = () => ({ ...OPENED, report: CONTENT });
  tap('weui-btn', '停止分享');
  await shows('report', '生成分享链接');
});

test('a file that the phone can not show is said', async () => {
  const film = { ...CONTENT, items: [], text: '', files: [{ file_no: '1', name: '胸部正位', kind: 'picture' }] };
  server.answers[`GET /reports/${KEY}`] = () => ({ ...OPENED, report: film });
  server.answers[`GET /reports/${KEY}/files/1`] = () => ({ media_type: 'image/dicom', content_base64: 'AAEC' });
  await router.start('pages/report/report', { key: KEY });
  await shows('report', '胸部正位');
  tap('line--link', '胸部正位');
  await shows('report', '这个文件没有打开');
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
  server.answers['GET /reports'] = () => ({ items: [], next: null, note: '' });
  await router.start('pages/reports/reports');
  await shows('reports', '还没有可查看的报告');
  server.answers['GET /reports'] = () => ({ items: [], next: null, note: '医院系统暂时没有响应，有的就诊卡没有查到，请稍后再看。' });
  await router.start('pages/reports/reports');
  await shows('reports', '有的就诊卡没有查到');
  assert.doesNotMatch(router.front.text(), /还没有可查看的报告/);
});
