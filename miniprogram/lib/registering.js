/** What the pages of registration show, from what the API says: plain text, ready for WXML. */

const { yuan } = require('./money');
const { patient } = require('./showing');

/**
 * @typedef {import('../api/model').Department} Department
 * @typedef {import('../api/model').DepartmentShifts} DepartmentShifts
 * @typedef {import('../api/model').Shift} Shift
 * @typedef {import('../api/model').RegistrationNumber} RegistrationNumber
 * @typedef {import('../api/model').Doctor} Doctor
 * @typedef {import('../api/model').DoctorShifts} DoctorShifts
 * @typedef {import('../api/model').Wait} Wait
 * @typedef {import('../api/model').Appointment} Appointment
 * @typedef {import('../api/model').Queue} Queue
 * @typedef {{ label: string, value: string, own?: boolean, look?: string }} Fact
 */

/** @param {Department} one */
function department(one) {
  return { no: one.department_no, name: one.name, about: [one.place, one.note].filter(Boolean).join(' · ') };
}

/** The days to choose from. @param {DepartmentShifts} told @param {string | null} chosen */
function days(told, chosen) {
  return told.days.map((one) => ({ date: one.date, day: one.day, text: one.text, here: one.date === chosen }));
}

/** The doctors of one day. @param {DepartmentShifts} told @param {string | null} chosen */
function doctors(told, chosen) {
  return told.shifts.filter((shift) => shift.date === chosen).map(shiftLine);
}

/** `opens`: a number can be had, or waited for. @param {Shift} shift */
function shiftLine(shift) {
  return {
    no: shift.schedule_no,
    doctor: shift.doctor,
    about: [shift.half_day, shift.title, shift.replaced].filter(Boolean).join(' '),
    fee: yuan(shift.fee_fen),
    text: shift.text,
    look: shift.look,
    opens: shift.left > 0 || shift.can_wait,
  };
}

/** A doctor in a list. @param {Doctor} one */
function doctorLine(one) {
  return { no: one.doctor_no, department: one.department_no, name: one.name, about: [one.department, one.title].filter(Boolean).join(' ') };
}

/** One doctor's shifts by day. @param {DoctorShifts} told */
function doctorDays(told) {
  const days = [...new Set(told.shifts.map((shift) => shift.day))];
  return days.map((day) => ({ day, shifts: told.shifts.filter((shift) => shift.day === day).map(shiftLine) }));
}

/** A patient on the list of a full shift. @param {Wait} one */
function wait(one) {
  /** @type {Fact[]} */
  const facts = [
    { label: '状态', value: one.text, own: true, look: one.look },
    { label: '就诊人', value: patient(one) },
    { label: '日期', value: `${one.shift.day} ${one.shift.half_day}`, own: true },
    { label: '时间', value: one.time, own: true },
    { label: '挂号费', value: yuan(one.shift.fee_fen) },
  ];
  return {
    id: `${one.shift.schedule_no}/${one.card_key}`,
    department: one.shift.department,
    doctor: one.shift.doctor,
    shift: one.shift.schedule_no,
    card: one.card_key,
    slot: one.slot_no || '',
    facts: facts.filter((fact) => fact.value),
  };
}

/** @param {Shift} shift @returns {Fact[]} */
function aboutShift(shift) {
  return [
    { label: '科室', value: shift.department },
    { label: '医生', value: `${shift.doctor} ${shift.title}`.trim() },
    { label: '日期', value: `${shift.day} ${shift.half_day}` },
    { label: '地点', value: shift.place },
  ].filter((fact) => fact.value);
}

/** @param {RegistrationNumber} told @returns {Fact[]} */
function aboutNumber(told) {
  const about = aboutShift(told.shift);
  const time = [{ label: '时间', value: told.time, own: true }, { label: '序号', value: `${told.number} 号` }];
  const fees = told.fees.map((fee) => ({ label: fee.name, value: yuan(fee.amount_fen) }));
  return [...about.slice(0, 3), ...time, ...about.slice(3), ...fees];
}

/** What is to be paid at the hospital; empty where nothing is. @param {Appointment} one */
function toPay(one) {
  return one.to_pay && `挂号费请在 ${one.to_pay}。`;
}

/** @param {Appointment} one */
function appointment(one) {
  /** @type {Fact[]} */
  const facts = [
    { label: '状态', value: one.text, own: true, look: one.look },
    { label: '就诊人', value: patient(one) },
    { label: '日期', value: one.day, own: true },
    { label: '时间', value: one.time, own: true },
    { label: '序号', value: `${one.number} 号` },
    { label: '地点', value: one.place },
    { label: '挂号费', value: yuan(one.fee_fen) },
  ];
  return {
    toPay: toPay(one),
    id: one.out_trade_no,
    department: one.department,
    doctor: one.doctor,
    change: one.change,
    facts: facts.filter((fact) => fact.value),
    payment: one.state === 'waiting' ? '去支付' : '查看缴费',
    hasQueue: one.has_queue,
    canRebook: one.can_rebook,
    canCancel: one.can_cancel,
    noCancel: one.no_cancel,
  };
}

/** @param {Queue} told */
function queue(told) {
  const of = told.appointment;
  /** @type {Fact[]} */
  const facts = [
    { label: '状态', value: told.text, own: true, look: told.look },
    { label: '您的号', value: `${of.number} 号`, own: true },
    { label: '正在就诊', value: told.now },
    { label: '前面还有', value: told.ahead, own: true },
    { label: '时间', value: of.time },
    { label: '地点', value: told.place },
    { label: '就诊人', value: patient(of) },
  ];
  return { department: of.department, doctor: of.doctor, facts: facts.filter((fact) => fact.value), canCheckIn: told.can_check_in, byPlace: told.by_place, toPay: toPay(of) };
}

module.exports = { department, days, doctors, doctorLine, doctorDays, wait, aboutShift, aboutNumber, appointment, queue };
