const api = require('../../api/index');
const { Problem, textOf } = require('../../api/problem');
const cashier = require('../../lib/cashier');
const help = require('../../lib/help');
const { fill } = require('../../lib/loading');
const { yuan, total } = require('../../lib/money');
const showing = require('../../lib/showing');
const subscribing = require('../../lib/subscribing');
const typed = require('../../lib/typed');
const words = require('../../lib/words');

/** One bill, or several that the hospital settles together, and the button that pays them. */
Page({
  data: {
    words: { billNumber: words.billNumber },
    state: /** @type {import('../../lib/loading').ScreenState} */ ('loading'),
    problem: '',
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
  gone: false,
  /** What a tap asked for, kept while nobody knows whether the server has it: the next tap then asks for the same. */
  attempt: /** @type {{ key: string, wanted: import('../../api/model').PaymentAsked } | null} */ (null),

  /** @param {Record<string, string | undefined>} query */
  onLoad(query) {
    this.billNos = decodeURIComponent(query.bill_nos || '').split(',').filter(Boolean);
    return this.load();
  },

  onUnload() {
    this.gone = true;
  },

  async onPullDownRefresh() {
    await this.load();
    wx.stopPullDownRefresh();
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

  /** @param {WechatMiniprogram.Input} event */
  typePhone(event) {
    this.setData({ phone: event.detail.value });
  },

  async pay() {
    if (this.data.busy) return;
    const phone = typed.mobile(this.data.phone);
    if (!phone && typed.plain(this.data.phone)) return this.setData({ refusal: '手机号不正确，请填写 11 位手机号。' });
    this.setData({ busy: true, refusal: '' });
    try {
      await this.payNow({ bill_nos: this.billNos, amount_fen: this.amountFen, phone });
    } catch (error) {
      this.setData({ refusal: textOf(error) });
      if (error instanceof Problem && error.amountFen !== undefined) this.shows(error.amountFen);
    } finally {
      this.setData({ busy: false });
    }
  },

  /** @param {import('../../api/model').PaymentAsked} wanted */
  async payNow(wanted) {
    const started = await this.start(wanted);
    if (this.gone) return; // no cashier over another page; the payment waits among the others
    const id = started.payment.out_trade_no;
    let paid = '';
    if (started.call) {
      const result = await cashier.open(started.call);
      if (result === 'cancel') return this.setData({ refusal: '支付已取消。需要时请再点一次“去支付”。' });
      if (result === 'ok') {
        paid = '&paid=1';
        await subscribing.ask(this.subscriptions, 'paid'); // WeChat allows the question here, and here it makes sense
      }
    }
    wx.redirectTo({ url: `/pages/payment/payment?id=${encodeURIComponent(id)}${paid}` });
  },

  /** @param {import('../../api/model').PaymentAsked} wanted */
  async start(wanted) {
    const before = this.attempt;
    const same = before && JSON.stringify(before.wanted) === JSON.stringify(wanted);
    const attempt = before && same ? before : { key: api.newKey(), wanted };
    this.attempt = attempt;
    try {
      const started = await api.startPayment(attempt.wanted, attempt.key);
      this.attempt = null;
      return started;
    } catch (error) {
      if (!(error instanceof Problem && error.unknown)) this.attempt = null;
      throw error;
    }
  },
});
