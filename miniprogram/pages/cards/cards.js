const api = require('../../api/index');
const { textOf } = require('../../api/problem');
const { LOADING, fill, whenShown } = require('../../lib/loading');
const { named } = require('../../lib/relations');
const { sure } = require('../../lib/sure');

/** @param {import('../../api/model').Card} card */
function shown(card) {
  return { ...card, title: named(card.name_masked, card.relation) };
}

/** The cards whose bills this person sees. */
Page({
  ...whenShown,
  data: {
    ...LOADING,
    cards: /** @type {ReturnType<typeof shown>[]} */ ([]),
    refusal: '',
  },

  load() {
    return fill(this, async () => ({ cards: (await api.cards()).items.map(shown) }));
  },

  bind() {
    wx.navigateTo({ url: '/pages/bind/bind' });
  },

  /** @param {WechatMiniprogram.TouchEvent<{}, {}, { key: string }>} event */
  look(event) {
    wx.navigateTo({ url: `/pages/card/card?key=${encodeURIComponent(event.currentTarget.dataset.key)}` });
  },

  /** @param {WechatMiniprogram.TouchEvent<{}, {}, { index: number }>} event */
  async unbind(event) {
    const card = this.data.cards[event.currentTarget.dataset.index];
    if (!(await sure('解除绑定', `解除后，就看不到${card.name_masked}的缴费单了。需要时可以再绑定。`))) return;
    this.setData({ refusal: '' });
    try {
      await api.unbind(card.card_key);
      await this.load();
    } catch (error) {
      this.setData({ refusal: textOf(error) });
    }
  },
});
