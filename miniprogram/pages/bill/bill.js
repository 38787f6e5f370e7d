const api = require('../../api/index');
const { Problem } = require('../../api/problem');
const { LOADING, fill, whenPulled } = require('../../lib/loading');
const { yuan, total } = require('../../lib/money');
const { PAYING, Payer, whenLeft } = require('../../lib/paying');
const showing = require('../../lib/showing');
const words = require('../../lib/words');

/** One bill, or several that the hospital settles together, and the button that pays them. */
Page({
  ...whenPulled,
  ...whenLeft,
  data: {
    words: { billNumber: words.billNumber },
    ...LOADING,
    bills: /** @type {ReturnType<typeof showing.billDetail>[]} */ ([]),
    split: /** @type {ReturnType<typeof showing.split>} */ ([]),
    amount: '',
    action: '',
    canPay: false,
    settled: '',
    ...PAYING,
  },
  billNos: /** @type {string[]} */ ([]),
  amountFen: 0,
  payer: /** @type {Payer<{ bill_nos: string[], amount_fen: number }>} */ (/** @type {unknown} */ (null)),

  /** @param {Record<string, string | undefined>} query */
  onLoad(query) {
    this.billNos = decodeURIComponent(query.bill_nos || '').split(',').filter(Boolean);
    this.payer = new Payer(api.startPayment, showing.PAY);
    return this.load();
  },

  load() {
    return fill(this, async () => {
      const [person, ...bills] = await Promise.all([this.payer.person(), ...this.billNos.map(api.bill)]);
      this.amountFen = total(bills);
      return {
        ...person,
        bills: bills.map(showing.billDetail),
        split: showing.split(bills),
        amount: yuan(this.amountFen),
        action: showing.action(this.amountFen, showing.PAY),
        canPay: bills.length > 0 && bills.every((bill) => bill.status === 'unpaid' && !bill.payment),
        settled: showing.whyNotPaid(bills),
      };
    });
  },

  /**
   * The sum that the next tap pays.
   * @param {number} amountFen
   */
  shows(amountFen) {
    this.amountFen = amountFen;
    this.setData({ amount: yuan(amountFen), action: showing.action(amountFen, showing.PAY) });
  },

  /** @param {WechatMiniprogram.CustomEvent<{ value: string }>} event */
  typePhone(event) {
    this.setData({ phone: event.detail.value });
  },

  pay() {
    const wanted = () => ({ bill_nos: this.billNos, amount_fen: this.amountFen });
    return this.payer.tap(this, wanted, (/** @type {unknown} */ error) => {
      if (error instanceof Problem && error.amountFen !== undefined) this.shows(error.amountFen);
    });
  },
});
