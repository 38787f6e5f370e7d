'use strict';
/** A played hospital that takes registrations: one department, one doctor, one free number. */

const { PAYMENT, CALL } = require('./server');

const SHIFT = {
  schedule_no: 'S1', department_no: 'D01', department: '内科', doctor: '李医生', title: '主任医师', date: '2026-11-24', day: '11月24日 周二', half_day: '上午', replaced: '',
  place: '门诊楼 2 层', fee_fen: 2100, left: 2, can_wait: false, text: '余 2 个号', look: 'success',
};
const FULL = { ...SHIFT, schedule_no: 'S2', date: '2026-11-25', day: '11月25日 周三', doctor: '王医生', left: 0, text: '已约满', look: 'info' };
const DEPARTMENT = { department_no: 'D01', name: '内科', place: '门诊楼 2 层', note: '请先量体温' };
const WAITED = { ...FULL, can_wait: true, text: '已约满，可候补' };
const NONE_LEFT = '这个班次已经没有号了，请选择其他时间或医生';
const DOCTOR = { department_no: 'D01', doctor_no: 'R1', name: '李医生', title: '主任医师', department: '内科', note: '高血压' };
const WAIT = { shift: WAITED, card_key: 'c1', name_masked: '张*', card_masked: '****0001', text: '排在第 1 位', look: 'waiting', slot_no: null, time: '' };
const NUMBER = { shift: SHIFT, card_key: null, slot_no: 'S1-07', number: 7, time: '08:00–08:10', fees: [{ name: '挂号费', amount_fen: 100 }, { name: '诊查费', amount_fen: 2000 }], amount_fen: 2100, at_window: null, action: '支付并挂号 ¥21.00' };
const OWN = {
  out_trade_no: PAYMENT.out_trade_no, card_key: 'c1', name_masked: '张*', card_masked: '****0001', department: '内科', doctor: '李医生', begins_at: '2026-11-24T08:00:00+08:00', day: '11月24日 周二',
  time: '08:00–08:10', place: '门诊楼 2 层', number: 7, fee_fen: 2100, to_pay: '', state: 'booked', text: '预约成功', look: 'success', can_cancel: true, no_cancel: '', can_rebook: false, change: '', has_queue: true,
};
const QUEUE = { appointment: OWN, text: '还没有签到', look: 'warn', now: '还没有开始', ahead: '2 人', place: '内科诊区', can_check_in: true, by_place: false };
const PAID_NUMBER = { ...PAYMENT, amount_fen: 2100, what_for: '预约挂号', bill_nos: [], back: { title: '返回我的预约', page: 'appointments' } };

/** Into the played server: what the real one answers about registrations. */
function clinic(server) {
  Object.assign(server.answers, {
    'GET /registration/departments': () => ({ items: [DEPARTMENT], next: null }),
    'GET /registration/departments/D01': () => ({
      department: DEPARTMENT, shown: '2026-11-24', shifts: [SHIFT, FULL],
      days: [{ date: '2026-11-24', day: '11月24日 周二', text: '有号' }, { date: '2026-11-25', day: '11月25日 周三', text: '无号' }],
    }),
    'GET /registration/doctors': () => ({ items: [], next: null }),
    'GET /registration/departments/D01/doctors/R1': () => ({ doctor: DOCTOR, is_favourite: false, shifts: [SHIFT, WAITED] }),
    'GET /waits': () => ({ items: [], next: null, note: '' }),
    'GET /registration/shifts/S1': () => ({ shift: SHIFT, periods: [{ slot_no: 'S1-07', time: '08:00–08:20', left: 2, text: '余 2 个号' }], none_left: NONE_LEFT }),
    'GET /registration/shifts/S1/numbers/S1-07': () => NUMBER,
    'POST /appointments': () => ({ status: 201, body: { payment: PAID_NUMBER, call: CALL } }),
    'GET /appointments': () => ({ items: [OWN], next: null }),
    [`GET /appointments/${OWN.out_trade_no}/queue`]: () => QUEUE,
    [`GET /payments/${OWN.out_trade_no}`]: () => PAID_NUMBER,
  });
  return server;
}

module.exports = { clinic, NONE_LEFT, OWN, QUEUE, PAID_NUMBER, SHIFT, WAITED, DOCTOR, WAIT, NUMBER };
