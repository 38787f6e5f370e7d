const api = require('../../api/index');
const { textOf } = require('../../api/problem');
const help = require('../../lib/help');
const { LOADING, fill, whenPulled } = require('../../lib/loading');
const { Payer, phoneOf } = require('../../lib/paying');
const staying = require('../../lib/staying');

/** The whole calculation at discharge before anything moves, the button that settles, and what has become of the money. */
Page({
  ...whenPulled,
  data: {
    ...LOADING,
    told: /** @type {ReturnType<typeof staying.discharge> | null} */ (null),
    phone: '',
    knownPhone: '',
    busy: false,
    refusal: '',
  },
  key: '',
  shown: /** @type {{ settlement_no: string, amount_fen: number } | null} */ (null),
  subscriptions: /** @type {import('../../api/model').Subscription[]} */ ([]),
  payer: /** @type {Payer<import('../../api/model').SettlementAsked>} */ (/** @type {unknown} */ (null)),

  /** @param {Record<string, string | undefined>} query */
  onLoad(query) {
    this.key = decodeURIComponent(query.key || '');
    this.payer = new Payer((wanted, tap) => api.settle(this.key, wanted, tap), '立即支付', () => this.load());
  },

  onShow() {
    return this.data.busy ? undefined : this.load();
  },

  onUnload() {
    this.payer.leave();
  },

  load() {
    return fill(this, async () => {
      const [me, told] = await Promise.all([api.me(), api.discharge(this.key)]);
      help.remember(me.hospital.help_phone);
      this.subscriptions = me.subscriptions;
      const of = told.settlement;
      this.shown = of ? { settlement_no: of.settlement_no, amount_fen: of.to_pay_fen } : null;
      return { told: staying.discharge(told), knownPhone: me.phone_masked || '' };
    });
  },

  /** @param {WechatMiniprogram.CustomEvent<{ value: string }>} event */
  typePhone(event) {
    this.setData({ phone: event.detail.value });
  },

  async settle() {
    if (this.data.busy || !this.shown) return;
    this.setData({ busy: true, refusal: '' });
    try {
      const wanted = { ...this.shown, phone: phoneOf(this.data.phone) };
      this.setData({ refusal: await this.payer.pay(wanted, this.subscriptions) });
    } catch (error) {
      this.setData({ refusal: textOf(error) });
      await this.load(); // it may be another calculation by now
    } finally {
      this.setData({ busy: false });
    }
  },

  payment() {
    if (this.data.told) wx.navigateTo({ url: `/pages/payment/payment?id=${encodeURIComponent(this.data.told.payment || '')}` });
  },
});
