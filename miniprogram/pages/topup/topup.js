const api = require('../../api/index');
const entered = require('../../lib/entered');
const { LOADING, fill, whenPulled } = require('../../lib/loading');
const { PAYING, Payer, whenLeft } = require('../../lib/paying');
const staying = require('../../lib/staying');

/** Paying in for one stay: how much is still needed and why, or that nothing is. */
Page({
  ...whenPulled,
  ...whenLeft,
  data: {
    ...LOADING,
    told: /** @type {ReturnType<typeof staying.topUp> | null} */ (null),
    amount: '',
    ...PAYING,
  },
  key: '',
  payer: /** @type {Payer<{ amount: string }>} */ (/** @type {unknown} */ (null)),

  /** @param {Record<string, string | undefined>} query */
  onLoad(query) {
    this.key = decodeURIComponent(query.key || '');
    this.payer = new Payer((wanted, tap) => api.payIn(this.key, wanted, tap), '交预交金');
    return this.load();
  },

  load() {
    return fill(this, async () => {
      const [person, told] = await Promise.all([this.payer.person(), api.topUp(this.key)]);
      return { ...person, told: staying.topUp(told), amount: this.data.amount || staying.proposed(told.needed_fen) };
    });
  },

  /** @param {WechatMiniprogram.Input} event */
  typeAmount(event) {
    this.setData({ amount: event.detail.value });
  },

  /** @param {WechatMiniprogram.CustomEvent<{ value: string }>} event */
  typePhone(event) {
    this.setData({ phone: event.detail.value });
  },

  pay() {
    return this.payer.tap(this, () => ({ amount: entered.amount(this.data.amount) }));
  },
});
