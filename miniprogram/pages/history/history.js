const api = require('../../api/index');
const { textOf } = require('../../api/problem');
const { LOADING, fill, whenShown } = require('../../lib/loading');
const showing = require('../../lib/showing');

/** All payments, newest first; the next ones come when the end is reached. */
Page({
  ...whenShown,
  data: {
    ...LOADING,
    payments: /** @type {ReturnType<typeof showing.paymentLine>[]} */ ([]),
    isAll: true,
    moreProblem: '',
  },
  next: /** @type {string | null} */ (null),
  more: false,

  load() {
    return fill(this, async () => {
      const told = await api.payments(null);
      this.next = told.next;
      return { payments: told.items.map(showing.paymentLine), isAll: told.next === null, moreProblem: '' };
    });
  },

  async onReachBottom() {
    if (this.more || this.next === null) return;
    this.more = true;
    try {
      const told = await api.payments(this.next);
      this.next = told.next;
      const payments = this.data.payments.concat(told.items.map(showing.paymentLine));
      this.setData({ payments, isAll: told.next === null, moreProblem: '' });
    } catch (error) {
      this.setData({ moreProblem: textOf(error) });
    } finally {
      this.more = false;
    }
  },

  /** @param {WechatMiniprogram.TouchEvent<{}, {}, { id: string }>} event */
  open(event) {
    wx.navigateTo({ url: `/pages/payment/payment?id=${encodeURIComponent(event.currentTarget.dataset.id)}` });
  },
});
