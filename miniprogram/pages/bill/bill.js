const api = require('../../api/index');
const { Problem, textOf } = require('../../api/problem');
const help = require('../../lib/help');
const { LOADING, fill, whenPulled } = require('../../lib/loading');
const { yuan, total } = require('../../lib/money');
const { Payer, phoneOf } = require('../../lib/paying');
const showing = require('../../lib/showing');
const words = require('../../lib/words');

/** One bill, or several that the hospital settles together, and the button that pays them. */
Page({
  ...whenPulled,
  data: {
    words: { billNumber: words.billNumber },
    ...LOADING,
    bills: /** @type {ReturnType<typeof showing.billDetail>[]} */ ([]),
    split: /** @type {ReturnType<typeof showing.split>} */ ([]),
    amount: '',
    action: '',
    canPay: false,
    settled: '',
    phone: '',
    knownPhone: '',
    busy: false,
    refusal: '',
  },
  billNos: /** @type {string[]} */ ([]),
  amountFen: 0,
  subscriptions: /** @type {import('../../api/model').Subscription[]} */ ([]),
  payer: /** @type {Payer<import('../../api/model').PaymentAsked>} */ (/** @type {unknown} */ (null)),

  /** @param {Record<string, string | undefined>} query */
  onLoad(query) {
    this.billNos = decodeURIComponent(query.bill_nos || '').split(',').filter(Boolean);
    this.payer = new Payer(api.startPayment, '去支付');
    return this.load();
  },

  onUnload() {
    this.payer.leave();
  },

  load() {
    return fill(this, async () => {
      const [me, ...bills] = await Promise.all([api.me(), ...this.billNos.map(api.bill)]);
      help.remember(me.hospital.help_phone);
      this.subscriptions = me.subscriptions;
      this.amountFen = total(bills);
      return {
        bills: bills.map(showing.billDetail),
        split: showing.split(bills),
        amount: yuan(this.amountFen),
        action: showing.action(this.amountFen),
        knownPhone: me.phone_masked || '',
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
    this.setData({ amount: yuan(amountFen), action: showing.action(amountFen) });
  },

  /** @param {WechatMiniprogram.CustomEvent<{ value: string }>} event */
  typePhone(event) {
    this.setData({ phone: event.detail.value });
  },

  async pay() {
    if (this.data.busy) return;
    this.setData({ busy: true, refusal: '' });
    try {
      const wanted = { bill_nos: this.billNos, amount_fen: this.amountFen, phone: phoneOf(this.data.phone) };
      this.setData({ refusal: await this.payer.pay(wanted, this.subscriptions) });
    } catch (error) {
      this.setData({ refusal: textOf(error) });
      if (error instanceof Problem && error.amountFen !== undefined) this.shows(error.amountFen);
    } finally {
      this.setData({ busy: false });
    }
  },
});
