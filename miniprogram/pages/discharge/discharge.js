const api = require('../../api/index');
const { LOADING, fill, whenPulled } = require('../../lib/loading');
const { PAYING, Payer, whenLeft } = require('../../lib/paying');
const staying = require('../../lib/staying');

/** The whole calculation at discharge before anything moves, the button that settles, and what has become of the money. */
Page({
  ...whenPulled,
  ...whenLeft,
  data: {
    ...LOADING,
    told: /** @type {ReturnType<typeof staying.discharge> | null} */ (null),
    ...PAYING,
  },
  key: '',
  shown: /** @type {{ settlement_no: string, amount_fen: number } | null} */ (null),
  payer: /** @type {Payer<{ settlement_no: string, amount_fen: number }>} */ (/** @type {unknown} */ (null)),

  /** @param {Record<string, string | undefined>} query */
  onLoad(query) {
    this.key = decodeURIComponent(query.key || '');
    this.payer = new Payer((wanted, tap) => api.settle(this.key, wanted, tap), '立即支付', () => this.load());
  },

  onShow() {
    return this.data.busy ? undefined : this.load();
  },

  load() {
    return fill(this, async () => {
      const [person, told] = await Promise.all([this.payer.person(), api.discharge(this.key)]);
      const of = told.settlement;
      this.shown = of ? { settlement_no: of.settlement_no, amount_fen: of.to_pay_fen } : null;
      return { ...person, told: staying.discharge(told) };
    });
  },

  /** @param {WechatMiniprogram.CustomEvent<{ value: string }>} event */
  typePhone(event) {
    this.setData({ phone: event.detail.value });
  },

  async settle() {
    const { shown } = this;
    if (shown) await this.payer.tap(this, () => shown, () => this.load()); // it may be another calculation by now
  },

  payment() {
    if (this.data.told) wx.navigateTo({ url: `/pages/payment/payment?id=${encodeURIComponent(this.data.told.payment || '')}` });
  },
});
