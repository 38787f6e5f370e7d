const api = require('../../api/index');
const balances = require('../../lib/balances');
const { LOADING, fill, whenShown } = require('../../lib/loading');
const members = require('../../lib/members');

/** What is left on the outpatient cards of this person's patients. */
Page({
  ...whenShown,
  ...members.whenChosen,
  data: {
    ...LOADING,
    ...members.MEMBERS,
    note: '',
    balances: /** @type {ReturnType<typeof balances.line>[]} */ ([]),
  },

  load() {
    return fill(this, async () => {
      const [{ items, note }, cards] = await Promise.all([api.balances(), api.cards()]);
      const of = members.of(cards.items, this.data.chosen);
      return { ...of, balances: members.only(items, of.chosen).map(balances.line), note };
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
