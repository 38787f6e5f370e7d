/** Every call that the pages make. Shapes are in `model.d.ts`; each throws `Problem`. */

const config = require('../config');
const { Client } = require('./client');
const phone = require('./wechat');

/**
 * @typedef {import('./model').Me} Me
 * @typedef {import('./model').Home} Home
 * @typedef {import('./model').Scan} Scan
 * @typedef {import('./model').Card} Card
 * @typedef {import('./model').Binding} Binding
 * @typedef {import('./model').CodeSent} CodeSent
 * @typedef {import('./model').Bill} Bill
 * @typedef {import('./model').PatientBills} PatientBills
 * @typedef {import('./model').Payment} Payment
 * @typedef {import('./model').Started} Started
 * @typedef {import('./model').Notice} Notice
 */
/**
 * @template T
 * @typedef {import('./model').Page<T>} Page
 */

const client = new Client(phone, config);
const part = encodeURIComponent;

module.exports = {
  /** A key for one tap; the same key is given again when the same tap is tried again. */
  newKey: () => phone.random(),

  /** @returns {Promise<Me>} */
  me: () => client.get('/me'),

  /** @param {string} cardKey of the one member who is looked at; empty for all @returns {Promise<Home>} */
  home: (cardKey) => client.get(cardKey ? `/home/${part(cardKey)}` : '/home'),

  /** Cards, phone and logins end in every entrance. @returns {Promise<void>} */
  closeAccount: async () => {
    await client.send({ method: 'DELETE', path: '/me' });
    client.forget();
  },

  /** @param {string} code from the getPhoneNumber button @returns {Promise<{ phone_masked: string }>} */
  savePhone: (code) => client.send({ method: 'PUT', path: '/me/phone', body: { code } }),

  /** @returns {Promise<Page<Notice>>} */
  notices: () => client.get('/notices'),

  /** @param {string} content what the camera read @returns {Promise<Scan>} */
  scan: (content) => client.send({ method: 'POST', path: '/scans', body: { content } }),

  /** @returns {Promise<Page<Card>>} */
  cards: () => client.get('/cards'),

  /** @param {import('./model').CardCodeAsked} card @returns {Promise<CodeSent>} */
  sendCode: (card) => client.send({ method: 'POST', path: '/cards/codes', body: card }),

  /** @param {string} cardKey @param {string} code @param {import('../lib/relations').Whose} whose @returns {Promise<Card>} */
  bind: (cardKey, code, whose) =>
    client.send({ method: 'POST', path: '/cards', body: { card_key: cardKey, code, ...whose } }),

  /** @param {string} cardKey @param {import('../lib/relations').Family | null} family null takes back what was said @returns {Promise<Card>} */
  relate: (cardKey, family) => client.send({ method: 'PUT', path: `/cards/${part(cardKey)}/relation`, body: { family } }),

  /** @param {string} cardKey @returns {Promise<void>} */
  unbind: (cardKey) => client.send({ method: 'DELETE', path: `/cards/${part(cardKey)}` }),

  /** @param {string} cardKey @returns {Promise<Page<Binding>>} */
  bindings: (cardKey) => client.get(`/cards/${part(cardKey)}/bindings`),

  /** @param {string} cardKey @param {string} bindingKey @returns {Promise<void>} */
  cutBinding: (cardKey, bindingKey) =>
    client.send({ method: 'DELETE', path: `/cards/${part(cardKey)}/bindings/${part(bindingKey)}` }),

  /** @returns {Promise<Page<PatientBills>>} */
  bills: () => client.get('/bills'),

  /** @param {string} billNo @returns {Promise<Bill>} */
  bill: (billNo) => client.get(`/bills/${part(billNo)}`),

  /**
   * @param {import('./model').PaymentAsked} wanted
   * @param {string} key
   * @returns {Promise<Started>}
   */
  startPayment: (wanted, key) => client.send({ method: 'POST', path: '/payments', body: wanted, key }),

  /** @param {string} outTradeNo @returns {Promise<import('./model').CallAnswer>} */
  callAgain: (outTradeNo) => client.send({ method: 'POST', path: `/payments/${part(outTradeNo)}/call` }),

  /** @param {string | null} cursor @returns {Promise<Page<Payment>>} */
  payments: (cursor) => client.get(cursor ? `/payments?cursor=${part(cursor)}` : '/payments'),

  /** @param {string} outTradeNo @returns {Promise<Payment>} */
  payment: (outTradeNo) => client.get(`/payments/${part(outTradeNo)}`),

  /** @param {string} typed a part of the name, or its initials; empty for all @returns {Promise<Page<import('./model').Department>>} */
  departments: (typed) => client.get(`/registration/departments${typed ? `?q=${part(typed)}` : ''}`),

  /** @param {string} departmentNo @returns {Promise<import('./model').DepartmentShifts>} */
  department: (departmentNo) => client.get(`/registration/departments/${part(departmentNo)}`),

  /** @param {string} scheduleNo @returns {Promise<import('./model').ShiftPeriods>} */
  shift: (scheduleNo) => client.get(`/registration/shifts/${part(scheduleNo)}`),

  /** @param {string} scheduleNo @param {string} slotNo @returns {Promise<import('./model').RegistrationNumber>} */
  number: (scheduleNo, slotNo) => client.get(`/registration/shifts/${part(scheduleNo)}/numbers/${part(slotNo)}`),

  /** @param {string} typed part of a name, or initials; empty for those whom the person has marked @returns {Promise<Page<import('./model').Doctor>>} */
  doctors: (typed) => client.get(`/registration/doctors${typed ? `?q=${part(typed)}` : ''}`),

  /** @param {string} departmentNo @param {string} doctorNo @returns {Promise<import('./model').DoctorShifts>} */
  doctor: (departmentNo, doctorNo) => client.get(`/registration/departments/${part(departmentNo)}/doctors/${part(doctorNo)}`),

  /** @param {string} departmentNo @param {string} doctorNo @param {boolean} wanted @returns {Promise<void>} */
  markDoctor: (departmentNo, doctorNo, wanted) =>
    client.send({ method: wanted ? 'PUT' : 'DELETE', path: `/registration/departments/${part(departmentNo)}/doctors/${part(doctorNo)}/favourite` }),

  /** @returns {Promise<Page<import('./model').Wait> & { note: string }>} */
  waits: () => client.get('/waits'),

  /** @param {string} scheduleNo @param {string} cardKey @returns {Promise<import('./model').Waiting>} */
  joinWait: (scheduleNo, cardKey) => client.send({ method: 'POST', path: '/waits', body: { schedule_no: scheduleNo, card_key: cardKey } }),

  /** @param {string} scheduleNo @param {string} cardKey @returns {Promise<import('./model').Waiting>} */
  leaveWait: (scheduleNo, cardKey) => client.send({ method: 'DELETE', path: `/waits/${part(scheduleNo)}/${part(cardKey)}` }),

  /** @param {import('./model').NumberAsked} wanted @param {string} key @returns {Promise<Started>} */
  takeNumber: (wanted, key) => client.send({ method: 'POST', path: '/appointments', body: wanted, key }),

  /** @returns {Promise<Page<import('./model').Appointment>>} */
  appointments: () => client.get('/appointments'),

  /** @param {string} outTradeNo @returns {Promise<import('./model').Appointment>} */
  appointment: (outTradeNo) => client.get(`/appointments/${part(outTradeNo)}`),

  /** @param {string} outTradeNo @returns {Promise<import('./model').Cancelled>} */
  cancel: (outTradeNo) => client.send({ method: 'POST', path: `/appointments/${part(outTradeNo)}/cancellation` }),

  /** @param {string} outTradeNo @returns {Promise<import('./model').Rebooked>} */
  rebook: (outTradeNo) => client.send({ method: 'POST', path: `/appointments/${part(outTradeNo)}/rebooking` }),

  /** @param {string} outTradeNo @returns {Promise<import('./model').Queue>} */
  queue: (outTradeNo) => client.get(`/appointments/${part(outTradeNo)}/queue`),

  /** @param {string} outTradeNo @param {Partial<import('./model').CheckInAsked>} here what the camera read at the clinic, or where the phone is @returns {Promise<import('./model').Queue>} */
  checkIn: (outTradeNo, here) => client.send({ method: 'POST', path: `/appointments/${part(outTradeNo)}/check-in`, body: { content: null, position: null, ...here } }),

  /** @returns {Promise<Page<import('./model').Admission> & { note: string }>} */
  admissions: () => client.get('/admissions'),

  /** @param {import('./model').AdmissionCodeAsked} named @returns {Promise<CodeSent>} */
  sendAdmissionCode: (named) => client.send({ method: 'POST', path: '/admissions/codes', body: named }),

  /** @param {string} key @returns {Promise<import('./model').Admission>} */
  admission: (key) => client.get(`/admissions/${part(key)}`),

  /** @param {string} key @param {string} date empty for today @returns {Promise<import('./model').DayList>} */
  day: (key, date) => client.get(`/admissions/${part(key)}/days${date ? `/${part(date)}` : ''}`),

  /** @param {string} key @returns {Promise<import('./model').Deposits>} */
  deposits: (key) => client.get(`/admissions/${part(key)}/deposits`),

  /** @param {string} key @returns {Promise<import('./model').TopUp>} */
  topUp: (key) => client.get(`/admissions/${part(key)}/deposit`),

  /** @param {string} key @param {import('./model').TopUpAsked} wanted @param {string} tap @returns {Promise<Started>} */
  payIn: (key, wanted, tap) => client.send({ method: 'POST', path: `/admissions/${part(key)}/deposit`, body: wanted, key: tap }),

  /** @param {string} key @returns {Promise<import('./model').Discharge>} */
  discharge: (key) => client.get(`/admissions/${part(key)}/discharge`),

  /** @param {string} key @param {import('./model').SettlementAsked} wanted @param {string} tap @returns {Promise<Started>} */
  settle: (key, wanted, tap) => client.send({ method: 'POST', path: `/admissions/${part(key)}/discharge`, body: wanted, key: tap }),

  /** @returns {Promise<Page<import('./model').BalanceLine> & { note: string }>} */
  balances: () => client.get('/balances'),

  /** @param {string} key @returns {Promise<import('./model').Balance>} */
  balance: (key) => client.get(`/balances/${part(key)}`),

  /** @param {string} key @param {import('./model').BalanceReturnAsked} wanted @param {string} tap @returns {Promise<{ text: string }>} */
  giveBack: (key, wanted, tap) => client.send({ method: 'POST', path: `/balances/${part(key)}/return`, body: wanted, key: tap }),

  /** @returns {Promise<Page<import('./model').ReportLine> & { note: string }>} */
  reports: () => client.get('/reports'),

  /** @param {string} key @returns {Promise<import('./model').Report>} */
  report: (key) => client.get(`/reports/${part(key)}`),

  /** @param {string} key @returns {Promise<import('./model').ReportCode>} */
  sendReportCode: (key) => client.send({ method: 'POST', path: `/reports/${part(key)}/codes` }),

  /** @param {string} key @param {string} code @returns {Promise<import('./model').Report>} */
  openReport: (key, code) => client.send({ method: 'POST', path: `/reports/${part(key)}/opening`, body: { code } }),

  /** @param {string} content what the camera read off a wristband @returns {Promise<import('./model').Wristband>} */
  wristband: (content) => client.send({ method: 'POST', path: '/wristbands', body: { content } }),

  /** @param {import('./model').WristbandDepositAsked} wanted @param {string} key @returns {Promise<Started>} */
  payByWristband: (wanted, key) => client.send({ method: 'POST', path: '/wristbands/deposit', body: wanted, key }),

  /** @param {string} key @returns {Promise<import('./model').Share>} */
  shareReport: (key) => client.send({ method: 'POST', path: `/reports/${part(key)}/share` }),

  /** @param {string} key @returns {Promise<void>} */
  unshareReport: (key) => client.send({ method: 'DELETE', path: `/reports/${part(key)}/share` }),

  /** @param {string} key @param {string} fileNo @returns {Promise<import('./model').ReportFile>} */
  reportFile: (key, fileNo) => client.get(`/reports/${part(key)}/files/${part(fileNo)}`),

  /** @param {string} key @param {string} itemNo @returns {Promise<import('./model').Values>} */
  reportValues: (key, itemNo) => client.get(`/reports/${part(key)}/values/${part(itemNo)}`),

  /** @param {import('./model').SubscriptionsAsked['results']} results @returns {Promise<{ counts: Record<string, number> }>} */
  subscribe: (results) => client.send({ method: 'POST', path: '/subscriptions', body: { results } }),
};
