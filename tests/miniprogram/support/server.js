'use strict';
/** A small played API: enough to show what the pages do with its answers. What the real one does, the end-to-end test shows. */

const PAYMENT = {
  out_trade_no: 'ZFDEMO20261123000001', name_masked: '张*甜', card_masked: '****0001', state: 'paying', final: false, amount_fen: 12345, what_for: '', departments: ['内科'], bill_nos: ['B1'], can_begin_again: false, back: { title: '返回待缴费列表', page: 'bills' }, again: null,
  charges: [{ department: '内科', doctor: '李医生', own_fen: 12345, own_name: '自付', number: 'B1', number_name: '缴费单号', items: [{ name: '阿莫西林胶囊', category: '西药费', spec: '0.25g×24粒', unit: '盒', quantity: '2.00', unit_price_fen: 1150, amount_fen: 2300 }] }],
  created_at: '2026-11-23T09:30:05+08:00', paid_at: null, guide_text: '', receipt_no: '', receipt_url: '', headline: '待支付',
  detail: '这笔费用还没有付款，可以继续支付。', timeline: [{ at: '2026-11-23T09:30:05+08:00', text: '提交支付' }], refunds: [],
};
const BOOKED = {
  ...PAYMENT, state: 'booked', final: true, headline: '缴费成功', detail: '', guide_text: '请到一楼药房 3 号窗口取药', receipt_no: 'R0001',
  paid_at: '2026-11-23T09:31:00+08:00', receipt_url: 'https://fp.example/1',
};
const ME = {
  phone_masked: '138****0001', hospital: { name: '示范医院', help_phone: '010-00000000' },
  subscriptions: [{ purpose: 'paid', template_id: 'T1', title: '缴费成功提醒' }, { purpose: 'refunded', template_id: 'T2', title: '退费通知' }],
};
const CALL = { timeStamp: '1795426205', nonceStr: 'n', package: 'prepay_id=wx1', signType: 'RSA', paySign: 's' };

function bill(number, more = {}) {
  return {
    bill_no: number, name_masked: '张*', card_masked: '****0001', department: '内科', doctor: '李医生', issued_at: '2026-11-23T08:10:00+08:00', status: 'unpaid', total_fen: 20000,
    fund_fen: null, account_fen: null, own_fen: 12345, settle_group: null,
    items: [{ name: '阿莫西林胶囊', category: '西药费', spec: '0.25g×24粒', unit: '盒', quantity: '2.00', unit_price_fen: 1150, amount_fen: 2300 }],
    ...more,
  };
}

const MINE = { card_key: 'c1', name_masked: '张*', card_masked: '****0001', bound: true };

/** One need of the first page. */
function need(more = {}) {
  return { title: '2 张待缴费，共 124.45 元', text: '内科、检验科', page: 'bills', urgency: 'to_do', at: '2026-11-23T08:10:00+08:00', member: MINE, ...more };
}

/** The answer to `GET /home`. */
function home(needs, more = {}) {
  return { members: [MINE], chosen: null, needs, note: '', places: [], ...more };
}

/** `answers["GET /bills"] = (asked, match) => body | {status, header, body}`; the path is below `/api/v1/demo`. */
function createServer() {
  const server = {
    tokens: 0,
    answers: {
      'POST /session': () => tokens(server),
      'POST /session/rotation': () => tokens(server),
      'GET /me': () => ME,
      'GET /notices': () => ({ items: [{ id: 'n1', title: '周六门诊照常', text: '周六上午照常开诊。', at: '2026-11-20T08:00:00+08:00' }], next: null }),
      'GET /home': () => home([need()]),
      'GET /bills': () => ({ items: [{ card_key: 'c1', name_masked: '张*', card_masked: '****0001', from_scan: false, settled: [], bills: [bill('B1'), bill('B2', { own_fen: 100, department: '检验科' })] }], next: null }),
      'GET /bills/B1': () => bill('B1'),
      'GET /bills/B2': () => bill('B2', { own_fen: 100, department: '检验科' }),
      'POST /payments': () => ({ status: 201, body: { payment: PAYMENT, call: CALL } }),
      'GET /payments/ZFDEMO20261123000001': () => PAYMENT,
      'POST /subscriptions': () => ({ counts: { paid: 1 } }),
      'GET /cards': () => ({ items: [{ card_key: 'c1', name_masked: '张*', card_masked: '****0001' }], next: null }),
    },
    saw: [],
    /** As `wx.request` sees it. */
    async answer(asked) {
      const url = new URL(asked.url);
      const name = `${asked.method} ${decodeURIComponent(url.pathname.replace(/^\/api\/v1\/demo/, ''))}`;
      server.saw.push({ name, ...asked, query: url.search });
      const answer = server.answers[name + url.search] || server.answers[name];
      if (!answer) return { status: 404, body: { code: 'not_found', detail: '没有找到。', status: 404 } };
      const told = await answer(asked);
      return told && typeof told.status === 'number' && ('body' in told || 'header' in told) ? { header: {}, ...told } : { status: 200, header: {}, body: told };
    },
    times: (name) => server.saw.filter((one) => one.name === name).length,
    last: (name) => server.saw.filter((one) => one.name === name).pop(),
  };
  return server;
}

function tokens(server) {
  server.tokens += 1;
  return { access_token: `access-${server.tokens}`, refresh_token: `refresh-${server.tokens}`, expires_in: 900 };
}

module.exports = { createServer, bill, home, need, MINE, ME, PAYMENT, BOOKED, CALL };
