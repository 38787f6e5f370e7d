const api = require('../../api/index');
const { textOf } = require('../../api/problem');
const { fill } = require('../../lib/loading');

/** The cards whose bills this person sees. */
Page({
  data: {
    state: /** @type {import('../../lib/loading').ScreenState} */ ('loading'),
    problem: '',
    cards: /** @type {import('../../api/model').Card[]} */ ([]),
    refusal: '',
  },

  onShow() {
    return this.load();
  },

  async onPullDownRefresh() {
    await this.load();
    wx.stopPullDownRefresh();
  },

  load() {
    return fill(this, async () => ({ cards: (await api.cards()).items }));
  },

  bind() {
    wx.navigateTo({ url: '/pages/bind/bind' });
  },

  /** @param {WechatMiniprogram.TouchEvent<{}, {}, { index: number }>} event */
  async unbind(event) {
    const card = this.data.cards[event.currentTarget.dataset.index];
    if (!(await confirmed(card.name_masked))) return;
    this.setData({ refusal: '' });
    try {
      await api.unbind(card.card_key);
      await this.load();
    } catch (error) {
      this.setData({ refusal: textOf(error) });
    }
  },
});

/**
 * @param {string} name
 * @returns {Promise<boolean>}
 */
function confirmed(name) {
  return new Promise((resolve) => {
    wx.showModal({
      title: '解除绑定',
      content: `解除后，就看不到${name}的缴费单了。需要时可以再绑定。`,
      confirmText: '解除',
      cancelText: '不解除',
      success: (told) => resolve(told.confirm),
      fail: () => resolve(false),
    });
  });
}
