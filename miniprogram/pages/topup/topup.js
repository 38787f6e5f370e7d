const api = require('../../api/index');
const { textOf } = require('../../api/problem');
const help = require('../../lib/help');
const { LOADING, fill, whenPulled } = require('../../lib/loading');
const { Payer, phoneOf } = require('../../lib/paying');
const staying = require('../../lib/staying');
const typed = require('../../lib/typed');

/** Paying in for one stay: how much is still needed and why, or that nothing is. */
Page({
  ...whenPulled,
  data: {
    ...LOADING,
    told: /** @type {ReturnType<typeof staying.topUp> | null} */ (null),
    amount: '',
    phone: '',
    knownPhone: '',
    busy: false,
    refusal: '',
  },
  key: '',
  subscriptions: /** @type {import('../../api/model').Subscription[]} */ ([]),
  payer: /** @type {Payer<import('../../api/model').TopUpAsked>} */ (/** @type {unknown} */ (null)),

  /** @param {Record<string, string | undefined>} query */
  onLoad(query) {
    this.key = decodeURIComponent(query.key || '');
    this.payer = new Payer((wanted, tap) => api.payIn(this.key, wanted, tap), '交预交金');
    return this.load();
  },

  onUnload() {
    this.payer.leave();
  },

  load() {
    return fill(this, async () => {
      const [me, told] = await Promise.all([api.me(), api.topUp(this.key)]);
      help.remember(me.hospital.help_phone);
      this.subscriptions = me.subscriptions;
      return { told: staying.topUp(told), amount: this.data.amount || staying.proposed(told.needed_fen), knownPhone: me.phone_masked || '' };
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

  async pay() {
    if (this.data.busy) return;
    if (!typed.plain(this.data.amount)) return this.setData({ refusal: '请填写金额。' });
    this.setData({ busy: true, refusal: '' });
    try {
      const wanted = { amount: this.data.amount, phone: phoneOf(this.data.phone) };
      this.setData({ refusal: await this.payer.pay(wanted, this.subscriptions) });
    } catch (error) {
      this.setData({ refusal: textOf(error) });
    } finally {
      this.setData({ busy: false });
    }
  },
});
