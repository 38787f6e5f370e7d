const api = require('../../api/index');
const balances = require('../../lib/balances');
const { LOADING, fill, whenShown } = require('../../lib/loading');

/** What is left on the outpatient cards of this person's patients. */
Page({
  ...whenShown,
  data: {
    ...LOADING,
    note: '',
    balances: /** @type {ReturnType<typeof balances.line>[]} */ ([]),
  },

  load() {
    return fill(this, async () => {
      const { items, note } = await api.balances();
      return { balances: items.map(balances.line), note };
    });
  },

  /** @param {WechatMiniprogram.TouchEvent<{}, {}, { key: string }>} event */
  open(event) {
    wx.navigateTo({ url: `/pages/balance/balance?key=${encodeURIComponent(event.currentTarget.dataset.key)}` });
  },

  cards() {
    wx.navigateTo({ url: '/pages/cards/cards' });
  },
});
