const api = require('../../api/index');
const { textOf } = require('../../api/problem');
const { LOADING, fill, whenShown } = require('../../lib/loading');
const { FAMILY, named } = require('../../lib/relations');
const { sure } = require('../../lib/sure');

/** @param {import('../../api/model').Card} card */
function shown(card) {
  return { ...card, title: named(card.name_masked, card.relation), relate: `${card.relation ? '更改' : '填写'}与您的关系` };
}

/** The cards whose bills this person sees. */
Page({
  ...whenShown,
  data: {
    ...LOADING,
    cards: /** @type {ReturnType<typeof shown>[]} */ ([]),
    relations: FAMILY,
    /** The key of the card of which it is asked what the patient is; empty for none. */
    asked: '',
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

  /** Shows what can be said of a card of the family; a second tap hides it. @param {WechatMiniprogram.TouchEvent<{}, {}, { key: string }>} event */
  ask(event) {
    const { key } = event.currentTarget.dataset;
    this.setData({ asked: this.data.asked === key ? '' : key });
  },

  /** What was said before is taken back. @param {WechatMiniprogram.TouchEvent<{}, {}, { index: number, relation: import('../../lib/relations').Family }>} event */
  relate(event) {
    const { index, relation } = event.currentTarget.dataset;
    const card = this.data.cards[index];
    this.setData({ asked: '' });
    return this.done(() => api.relate(card.card_key, card.relation === relation ? null : relation));
  },

  /** @param {WechatMiniprogram.TouchEvent<{}, {}, { index: number }>} event */
  async unbind(event) {
    const card = this.data.cards[event.currentTarget.dataset.index];
    if (!(await sure('解除绑定', `解除后，就看不到${card.name_masked}的缴费单了。需要时可以再绑定。`))) return;
    await this.done(() => api.unbind(card.card_key));
  },

  /** @param {() => Promise<unknown>} act */
  async done(act) {
    this.setData({ refusal: '' });
    try {
      await act();
      await this.load();
    } catch (error) {
      this.setData({ refusal: textOf(error) });
    }
  },
});
